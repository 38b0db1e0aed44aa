"""Blocking calls in order, on a thread that nobody has to end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from qwen_desktop.core.credentials.worker import Worker
from tests.conftest import eventually


async def test_calls_run_in_order_and_one_at_a_time() -> None:
    worker = Worker("test")
    seen: list[int] = []
    running = 0

    def call(number: int) -> int:
        nonlocal running
        running += 1
        assert running == 1
        seen.append(number)
        running -= 1
        return number * 2

    results = await asyncio.gather(*(worker.call(lambda number=number: call(number)) for number in range(200)))
    assert results == [number * 2 for number in range(200)]
    assert seen == list(range(200))


async def test_thread_is_gone_when_there_is_nothing_to_do() -> None:
    worker = Worker("short-lived")
    for _ in range(3):
        await worker.call(threading.get_ident)
        await eventually(lambda: "short-lived" not in [thread.name for thread in threading.enumerate()])


async def test_error_reaches_the_waiter_and_the_next_call_works() -> None:
    worker = Worker("test")
    with pytest.raises(ZeroDivisionError):
        await worker.call(lambda: 1 // 0)
    assert await worker.call(lambda: 1) == 1


async def test_call_cancelled_before_it_began_is_left_out() -> None:
    worker = Worker("test")
    may_go_on = threading.Event()
    first = asyncio.create_task(worker.call(lambda: may_go_on.wait(10)))
    ran: list[str] = []
    second = asyncio.create_task(worker.call(lambda: ran.append("second")))
    third = asyncio.create_task(worker.call(lambda: ran.append("third")))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait([second])
    may_go_on.set()
    await asyncio.gather(first, third)
    assert ran == ["third"]


def test_loop_closed_meanwhile_does_no_harm() -> None:
    worker = Worker("test")
    may_go_on = threading.Event()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await worker.call(lambda: may_go_on.wait(10))

    asyncio.run(give_up())
    may_go_on.set()
    assert asyncio.run(worker.call(lambda: 5)) == 5


def test_process_ends_while_a_call_hangs() -> None:
    script = (
        "import asyncio, threading\n"
        "from qwen_desktop.core.credentials.worker import Worker\n"
        "async def main():\n"
        "    has_begun = threading.Event()\n"
        "    def hang():\n        has_begun.set()\n        threading.Event().wait()\n"
        "    hanging = asyncio.ensure_future(Worker('w').call(hang))\n"
        "    await asyncio.to_thread(has_begun.wait)\n"
        "asyncio.run(main())\n"
    )
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=20)
    assert (child.returncode, child.stderr) == (0, b"")
