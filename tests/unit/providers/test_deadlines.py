"""Moving deadlines, and cleaning up that a second cancellation does not break off."""

from __future__ import annotations

import asyncio
import time

import pytest

from qwen_desktop.core.providers.deadlines import MovingDeadline, run_cancelled_once, run_to_its_end

HANG_S = 20.0


async def test_passed_deadline_is_a_timeout() -> None:
    deadline = MovingDeadline()
    deadline.at = time.monotonic() + 0.05
    with pytest.raises(TimeoutError):
        with deadline:
            await asyncio.sleep(HANG_S)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_deadline_that_moves_away_does_not_pass() -> None:
    deadline = MovingDeadline()
    deadline.at = time.monotonic() + 0.2
    for _ in range(4):
        with deadline:
            await asyncio.sleep(0.08)
        deadline.at = time.monotonic() + 0.2
    deadline.close()


async def test_deadline_that_comes_nearer_is_kept() -> None:
    deadline = MovingDeadline()
    deadline.at = time.monotonic() + 60
    with deadline:
        await asyncio.sleep(0)
    deadline.at = time.monotonic() + 0.05
    with pytest.raises(TimeoutError):
        with deadline:
            await asyncio.sleep(HANG_S)


async def test_deadline_that_passed_between_waits_ends_the_next_one() -> None:
    deadline = MovingDeadline()
    deadline.at = time.monotonic() + 0.02
    with deadline:
        await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    with deadline:
        assert await asyncio.sleep(0, "already there") == "already there"
    with pytest.raises(TimeoutError):
        with deadline:
            await asyncio.sleep(HANG_S)


async def test_what_arrived_while_the_loop_stood_still_is_taken_and_not_waited_for_again() -> None:
    """As after Ctrl-Z and `fg`."""
    deadline = MovingDeadline()
    deadline.at = time.monotonic() + 0.02
    with deadline:
        asyncio.get_running_loop().call_soon(time.sleep, 0.1)
        assert await asyncio.sleep(0.03, "arrived") == "arrived"
    with pytest.raises(TimeoutError):
        with deadline:
            await asyncio.sleep(HANG_S)


async def test_silence_while_the_loop_stood_still_is_a_timeout() -> None:
    deadline = MovingDeadline()
    deadline.at = time.monotonic() + 0.02
    with pytest.raises(TimeoutError):
        with deadline:
            asyncio.get_running_loop().call_soon(time.sleep, 0.1)
            await asyncio.sleep(HANG_S)


async def test_cancellation_from_elsewhere_goes_on() -> None:
    deadline = MovingDeadline()
    deadline.at = time.monotonic() + HANG_S

    async def wait() -> None:
        with deadline:
            await asyncio.sleep(HANG_S)

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    deadline.close()


async def test_no_deadline_arms_no_timer() -> None:
    deadline = MovingDeadline()
    with deadline:
        await asyncio.sleep(0)
    assert deadline._timer is None


async def test_closing_is_whole_although_it_is_cancelled_twice() -> None:
    steps: list[str] = []

    async def close() -> None:
        await asyncio.sleep(0.02)
        steps.append("closed")

    task = asyncio.ensure_future(run_to_its_end(close()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["closed"]


async def test_failure_of_closing_is_told() -> None:
    async def close() -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        await run_to_its_end(close())


async def test_work_sees_one_cancellation_of_many() -> None:
    cleaned: list[int] = []

    async def work() -> None:
        try:
            await asyncio.sleep(HANG_S)
        except asyncio.CancelledError:
            await asyncio.sleep(0.02)
            cleaned.append(1)
            raise

    task = asyncio.ensure_future(run_cancelled_once(asyncio.ensure_future(work())))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned == [1]
    assert await run_cancelled_once(asyncio.ensure_future(asyncio.sleep(0, "done"))) == "done"
