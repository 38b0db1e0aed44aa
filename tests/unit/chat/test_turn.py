"""The turn's states, retries, stop and journal, against a scripted provider (the real one is in tests/faults)."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from qwen_desktop.core.chat.delta import Delta, Finished, ReasoningDelta, TextDelta, TextReplaced
from qwen_desktop.core.chat.message import Message, MessageStatus, Role, Usage
from qwen_desktop.core.chat.turn import (
    DeltaReceived,
    RetryPolicy,
    RetryScheduled,
    StatusChanged,
    StorageTroubled,
    Turn,
    TurnEnded,
    TurnEvent,
)
from qwen_desktop.core.errors import (
    ConnectionFailed,
    ProviderError,
    RateLimited,
    ReplyInterrupted,
    RequestRefused,
    ServiceUnavailable,
    StorageUnavailable,
)
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage

Step = list[Delta] | Exception | float


class ScriptedStream:
    """Plays steps: a batch of deltas, an error, or seconds of silence (a float; `inf` waits until it is cancelled)."""

    def __init__(self, steps: Sequence[Step], on_sent: Callable[[], None] | None) -> None:
        self._steps = list(steps)
        self._on_sent = on_sent
        self.usage: Usage | None = None
        self.request_id: str | None = "r-1"
        self.finish_reason: str | None = None
        self.is_done = False
        self.last_data_at = time.monotonic()
        self.is_closed = False

    def __aiter__(self) -> ScriptedStream:
        return self

    async def __anext__(self) -> Sequence[Delta]:
        if self._on_sent is not None:
            self._on_sent()
            self._on_sent = None
        while self._steps:
            step = self._steps.pop(0)
            if isinstance(step, Exception):
                raise step
            if isinstance(step, float):
                await asyncio.sleep(1e9 if step == float("inf") else step)
                continue
            for delta in step:
                if isinstance(delta, Finished):
                    self.finish_reason = delta.reason
                    self.usage = Usage(input_tokens=7, output_tokens=3)
            return step
        raise StopAsyncIteration

    sent = None

    async def aclose(self) -> None:
        self.is_closed = True


class ScriptedProvider:
    def __init__(self, *attempts: Sequence[Step]) -> None:
        self._attempts = list(attempts)
        self.streams: list[ScriptedStream] = []

    def stream(self, request: ReplyRequest, *, on_sent: Callable[[], None] | None = None) -> ScriptedStream:
        self.streams.append(ScriptedStream(self._attempts.pop(0), on_sent))
        return self.streams[-1]


class ListJournal:
    """Keeps what it is given; refuses while `error` is set."""

    def __init__(self) -> None:
        self.pieces: list[tuple[str, str]] = []
        self.statuses: list[MessageStatus] = []
        self.finished: Message | None = None
        self.error: Exception | None = None
        self.finish_gate = asyncio.Event()
        self.finish_gate.set()

    async def append(self, pieces: Sequence[tuple[str, str]]) -> None:
        if self.error:
            raise self.error
        self.pieces.extend(pieces)

    async def set_status(self, status: MessageStatus) -> None:
        if self.error:
            raise self.error
        self.statuses.append(status)

    async def finish(self, reply: Message) -> None:
        await self.finish_gate.wait()
        if self.error:
            raise self.error
        self.finished = reply


def reply_row() -> Message:
    return Message(1, 1, 0, Role.ASSISTANT, "", MessageStatus.QUEUED, datetime.now(UTC))


def request() -> ReplyRequest:
    return ReplyRequest("qwen-plus", (RequestMessage(Role.USER, "hi"),))


class Run:
    """One turn with everything it told."""

    def __init__(self, *attempts: Sequence[Step], policy: RetryPolicy | None = None) -> None:
        self.provider = ScriptedProvider(*attempts)
        self.journal = ListJournal()
        self.events: list[TurnEvent] = []
        self.waits: list[float] = []
        self.turn = Turn(
            reply_row(),
            request(),
            self.provider,
            self.journal,
            listener=self.events.append,
            policy=policy,
            chance=lambda: 0.5,
            pause=self._pause,
        )

    async def _pause(self, wait_s: float) -> None:
        self.waits.append(wait_s)

    @property
    def statuses(self) -> list[MessageStatus]:
        return [event.status for event in self.events if isinstance(event, StatusChanged)]


def refused(**more: object) -> RateLimited:
    return RateLimited("busy", status=429, safe_to_resend=True, **more)  # type: ignore[arg-type]


async def test_a_reply_walks_through_its_states_and_is_stored_whole() -> None:
    run = Run([[ReasoningDelta("mull")], [TextDelta("Hel"), TextDelta("lo")], [Finished("stop")]])
    reply = await run.turn.run()
    assert run.statuses == [
        MessageStatus.CONNECTING,
        MessageStatus.WAITING,
        MessageStatus.THINKING,
        MessageStatus.WRITING,
        MessageStatus.COMPLETE,
    ]
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("Hello", "mull", "stop")
    assert reply.usage == Usage(input_tokens=7, output_tokens=3)
    assert reply.thinking_s is not None
    assert reply.ended_at is not None
    assert run.journal.finished == reply
    assert isinstance(run.events[-1], TurnEnded)
    assert run.provider.streams[0].is_closed


async def test_a_turn_that_has_ended_does_not_wait_for_the_garbage_collector() -> None:
    """It holds the whole reply."""
    gc.disable()
    try:
        run = Run([[TextDelta("Hello")], [Finished("stop")]])
        await run.turn.run()
        turn = weakref.ref(run.turn)
        del run.turn
        assert turn() is None
    finally:
        gc.enable()


async def test_every_delta_is_told_once_and_in_order() -> None:
    deltas: list[Delta] = [TextDelta(str(number)) for number in range(100)]
    run = Run([deltas[:37], deltas[37:], [Finished("stop")]])
    await run.turn.run()
    told = [event.delta for event in run.events if isinstance(event, DeltaReceived)]
    assert told == [*deltas, Finished("stop")]


async def test_text_reaches_the_journal_while_the_reply_runs() -> None:
    run = Run([[TextDelta("early")], float("inf")])
    task = asyncio.ensure_future(run.turn.run())
    async with asyncio.timeout(20):
        while run.journal.pieces != [("text", "early")]:
            await asyncio.sleep(0.005)
    assert MessageStatus.WRITING in run.journal.statuses
    run.turn.stop()
    await task


@pytest.mark.parametrize(
    "steps",
    [
        [float("inf")],
        [[ReasoningDelta("hm")], float("inf")],
        [[TextDelta("some")], float("inf")],
    ],
)
async def test_stop_ends_any_state_and_keeps_what_arrived(steps: list[Step]) -> None:
    run = Run(steps)
    task = asyncio.ensure_future(run.turn.run())
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        while not run.provider.streams or run.provider.streams[0]._steps:
            await asyncio.sleep(0)
    run.turn.stop()
    run.turn.stop()
    reply = await task
    assert reply.status is MessageStatus.STOPPED
    assert reply.text + reply.reasoning == "".join(
        getattr(delta, "text", "") for step in steps if isinstance(step, list) for delta in step
    )
    assert run.provider.streams[0].is_closed
    assert len(run.provider.streams) == 1


async def test_stop_before_the_first_step_sends_nothing() -> None:
    run = Run([[TextDelta("never")]])
    run.turn.stop()
    reply = await run.turn.run()
    assert reply.status is MessageStatus.STOPPED
    assert run.provider.streams == []


async def test_stop_wins_over_a_waiting_retry() -> None:
    run = Run([refused()], [[TextDelta("never")]])
    gate = asyncio.Event()

    async def long_pause(wait_s: float) -> None:
        gate.set()
        await asyncio.sleep(1e9)

    run.turn._pause = long_pause
    task = asyncio.ensure_future(run.turn.run())
    await gate.wait()
    run.turn.stop()
    assert (await task).status is MessageStatus.STOPPED
    assert len(run.provider.streams) == 1


async def test_a_refused_request_is_sent_again_a_bounded_number_of_times() -> None:
    run = Run([refused()], [refused()], [refused()], [refused()], policy=RetryPolicy(max_retries=3))
    reply = await run.turn.run()
    assert reply.status is MessageStatus.FAILED
    assert reply.failure is not None
    assert reply.failure.kind == "RateLimited"
    assert len(run.provider.streams) == 4
    assert run.waits == [0.5, 1.0, 2.0]
    assert [event.attempt for event in run.events if isinstance(event, RetryScheduled)] == [1, 2, 3]


async def test_a_retry_that_succeeds_gives_the_whole_reply() -> None:
    run = Run([ServiceUnavailable(safe_to_resend=True)], [[TextDelta("ok"), Finished("stop")]])
    reply = await run.turn.run()
    assert (reply.status, reply.text, reply.failure) == (MessageStatus.COMPLETE, "ok", None)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionFailed(reason="lost"),
        RequestRefused("bad", status=400),
        RateLimited("no", status=429, safe_to_resend=True, retry_after_s=86400.0),
    ],
)
async def test_what_may_have_been_worked_on_or_would_wait_too_long_is_not_sent_again(error: ProviderError) -> None:
    run = Run([error], [[TextDelta("billed twice")]])
    reply = await run.turn.run()
    assert reply.status is MessageStatus.FAILED
    assert len(run.provider.streams) == 1


async def test_nothing_is_sent_again_after_the_first_delta() -> None:
    run = Run([[ReasoningDelta("x")], refused()], [[TextDelta("billed twice")]])
    reply = await run.turn.run()
    assert len(run.provider.streams) == 1
    assert reply.status is MessageStatus.FAILED
    assert reply.reasoning == "x"


async def test_retry_after_is_waited_for() -> None:
    run = Run([refused(retry_after_s=42.0)], [[TextDelta("ok"), Finished("stop")]])
    await run.turn.run()
    assert run.waits == [42.0]


async def test_a_cut_reply_is_interrupted_and_kept() -> None:
    run = Run([[TextDelta("half")], ReplyInterrupted(reason="cut")])
    reply = await run.turn.run()
    assert (reply.status, reply.text) == (MessageStatus.INTERRUPTED, "half")


async def test_an_end_without_a_finish_is_not_success() -> None:
    assert (await Run([[TextDelta("half")]]).turn.run()).status is MessageStatus.INTERRUPTED
    empty = await Run([[]]).turn.run()
    assert empty.status is MessageStatus.FAILED
    assert empty.failure is not None
    assert empty.failure.reason == "empty_stream"


async def test_a_finish_without_anything_is_an_empty_reply() -> None:
    reply = await Run([[Finished("stop")]]).turn.run()
    assert reply.status is MessageStatus.FAILED
    assert reply.failure is not None
    assert reply.failure.reason == "empty_reply"


async def test_a_service_error_after_text_is_failed_with_the_text_kept() -> None:
    run = Run([[TextDelta("The three")], RequestRefused("filter", reason="content_filter", side="output")])
    reply = await run.turn.run()
    assert (reply.status, reply.text) == (MessageStatus.FAILED, "The three")


async def test_replaced_text_is_what_is_stored() -> None:
    run = Run([[TextDelta("aab"), TextReplaced("ab", ""), TextDelta("c"), Finished("stop")]])
    assert (await run.turn.run()).text == "abc"


async def test_a_disk_that_refuses_keeps_the_text_in_memory_and_says_so_once() -> None:
    run = Run([[TextDelta("a")], 0.3, [TextDelta("b")], 0.3, [TextDelta("c"), Finished("stop")]])
    run.journal.error = StorageUnavailable(reason="full")
    reply = await run.turn.run()
    assert reply.text == "abc"
    assert sum(isinstance(event, StorageTroubled) for event in run.events) == 1
    ended = run.events[-1]
    assert isinstance(ended, TurnEnded)
    assert not ended.is_saved
    run.journal.error = None
    assert await run.turn.save_again()
    assert run.journal.finished is not None
    assert run.journal.finished.text == "abc"


async def test_cancelling_the_caller_saves_first_even_when_cancelled_twice() -> None:
    run = Run([[TextDelta("kept")], float("inf")])
    run.journal.finish_gate.clear()
    task = asyncio.ensure_future(run.turn.run())
    while run.turn.status is not MessageStatus.WRITING:
        await asyncio.sleep(0)
    task.cancel()
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    run.journal.finish_gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert run.journal.finished is not None
    assert (run.journal.finished.status, run.journal.finished.text) == (MessageStatus.STOPPED, "kept")


async def test_stop_after_the_finish_changes_nothing() -> None:
    run = Run([[TextDelta("done"), Finished("stop")], float("inf")])
    task = asyncio.ensure_future(run.turn.run())
    while not any(isinstance(event, DeltaReceived) and isinstance(event.delta, Finished) for event in run.events):
        await asyncio.sleep(0)
    run.turn.stop()
    assert (await task).status is MessageStatus.COMPLETE


async def test_a_bug_in_the_provider_is_reported_and_the_text_is_kept() -> None:
    run = Run([[TextDelta("kept")], ZeroDivisionError()])
    with pytest.raises(ZeroDivisionError):
        await run.turn.run()
    assert run.journal.finished is not None
    assert run.journal.finished.text == "kept"


@pytest.mark.parametrize(("chance", "expected"), [(0.0, 0.375), (0.5, 0.5), (0.999999, 0.625)])
def test_waits_are_varied_by_a_quarter(chance: float, expected: float) -> None:
    wait_s = RetryPolicy().wait_s(1, refused(), chance)
    assert wait_s == pytest.approx(expected, abs=1e-3)


def test_waits_grow_to_eight_seconds() -> None:
    policy = RetryPolicy(max_retries=9)
    assert [policy.wait_s(attempt, refused(), 0.5) for attempt in range(1, 7)] == [0.5, 1, 2, 4, 8, 8]
