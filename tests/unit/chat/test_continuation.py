"""A reply that was cut goes on: once asked for, once billed, exact; and when it is asked for without asking.

Against a scripted provider; `tests/faults/test_continuation.py` does the same with both protocols on real sockets.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.chat.continuation import (
    MOST_INPUT_TOKENS,
    ContinuationPolicy,
    can_be_continued,
    input_tokens,
)
from qwen_desktop.core.chat.delta import (
    Citations,
    Delta,
    Finished,
    ReasoningDelta,
    TextDelta,
    TextReplaced,
    ToolCallDelta,
)
from qwen_desktop.core.chat.message import Continuation, Cost, Failure, Message, MessageStatus, Source, ToolCall, Usage
from qwen_desktop.core.chat.price import Price
from qwen_desktop.core.chat.price import Step as PriceStep
from qwen_desktop.core.chat.turn import (
    ContinuationAsked,
    Continued,
    DeltaReceived,
    RetryScheduled,
    StatusChanged,
    Turn,
    TurnEvent,
)
from qwen_desktop.core.errors import (
    ConnectionFailed,
    ProtocolViolated,
    ProviderError,
    RateLimited,
    ReplyInterrupted,
    RequestRefused,
    ServiceUnavailable,
)
from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage
from qwen_desktop.core.storage.journal import folded
from tests.data.mixed_reply import MIXED_REPLY, WITHOUT_RUNS
from tests.unit.chat.test_turn import ListJournal, ScriptedStream, Step, reply_row, request

AUTO = ContinuationPolicy(is_automatic=True)
CUT = ReplyInterrupted(reason="cut")
DONE = Finished("stop")


class Provider:
    """Answers one request after the other with scripted steps, or by a function of the request."""

    def __init__(self, answer: Sequence[Sequence[Step]] | Callable[[ReplyRequest], Sequence[Step]]) -> None:
        self._answer = answer
        self.requests: list[ReplyRequest] = []
        self.streams: list[ScriptedStream] = []

    def stream(self, request: ReplyRequest, *, on_sent: Callable[[], None] | None = None) -> ScriptedStream:
        self.requests.append(request)
        answer = self._answer
        steps = answer(request) if callable(answer) else answer[len(self.requests) - 1]
        self.streams.append(ScriptedStream(steps, on_sent))
        self.streams[-1].request_id = f"r-{len(self.requests)}"
        self.streams[-1].usage = Usage(input_tokens=10, output_tokens=len(self.requests))
        return self.streams[-1]


class Run:
    def __init__(
        self, *attempts: Sequence[Step], policy: ContinuationPolicy = AUTO, reply: Message | None = None
    ) -> None:
        self.provider = Provider(attempts)
        self.journal = ListJournal()
        self.events: list[TurnEvent] = []
        self.waits: list[float] = []
        self.turn = Turn(
            reply or reply_row(),
            request(),
            self.provider,
            self.journal,
            listener=self.events.append,
            continuation=policy,
            continues=reply is not None,
            chance=lambda: 0.5,
            pause=self._pause,
        )

    async def _pause(self, wait_s: float) -> None:
        self.waits.append(wait_s)

    @property
    def asked(self) -> list[str | None]:
        """What each request wanted continued; None for one that asked for a reply."""
        return [request.continues for request in self.provider.requests]

    @property
    def told(self) -> str:
        return "".join(
            event.delta.text
            for event in self.events
            if isinstance(event, DeltaReceived) and isinstance(event.delta, TextDelta)
        )


def stored(text: str = "half a re", **more: object) -> Message:
    values: dict[str, object] = {
        "status": MessageStatus.QUEUED,
        "text": text,
        "request_id": "r-0",
        "usage": Usage(input_tokens=5, output_tokens=5),
        **more,
    }
    return replace(reply_row(), **values)  # type: ignore[arg-type]


async def test_a_cut_reply_is_continued_as_one_reply() -> None:
    run = Run([[TextDelta("half a re")], CUT], [[TextDelta("ply"), DONE]])
    reply = await run.turn.run()
    assert (reply.status, reply.text, reply.failure, reply.finish_reason) == (
        MessageStatus.COMPLETE,
        "half a reply",
        None,
        "stop",
    )
    assert run.asked == [None, "half a re"]
    assert run.provider.requests[1] == replace(request(), continues="half a re")
    assert reply.continuations == (Continuation(9, "cut", "r-1"),)
    assert reply.request_id == "r-2"
    assert reply.usage == Usage(input_tokens=17, output_tokens=4)
    assert run.told == "half a reply"
    assert run.journal.finished == reply
    told = [type(event) for event in run.events if isinstance(event, ContinuationAsked | Continued | StatusChanged)]
    assert told == [*[StatusChanged] * 3, ContinuationAsked, *[StatusChanged] * 2, Continued, *[StatusChanged] * 2]
    assert all(stream.is_closed for stream in run.provider.streams)


async def test_it_is_continued_twice_and_no_more() -> None:
    run = Run(*([[TextDelta(letter)], CUT] for letter in "abcd"))
    reply = await run.turn.run()
    assert (reply.status, reply.text) == (MessageStatus.INTERRUPTED, "abc")
    assert run.asked == [None, "a", "ab"]
    assert [mark.at for mark in reply.continuations] == [1, 2]
    assert can_be_continued(reply)


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([[ReasoningDelta("hm")], CUT], "reasoning only"),
        ([[TextDelta("a")], [ReasoningDelta("hm")], CUT], "inside reasoning again"),
        ([[TextDelta("a"), ToolCallDelta(0, "c", "f", '{"x')], CUT], "open tool call"),
        ([[TextDelta(" \n\n ")], CUT], "nothing visible"),
        ([[TextDelta("a")], ReplyInterrupted(reason="limit")], "past a limit"),
        ([[TextDelta("a")], RequestRefused(reason="content_filter", side="output")], "the service ended it"),
        ([[TextDelta("a")], RateLimited(status=429)], "the service ended it"),
        ([ConnectionFailed(reason="lost")], "lost before anything came"),
        ([[TextDelta("a"), Finished("length")]], "a limit of the service, not a cut"),
        ([[TextDelta("a"), DONE]], "finished"),
    ],
)
async def test_what_is_not_a_cut_inside_text_is_never_asked_for_again(steps: list[Step], why: str) -> None:
    run = Run(steps, [[TextDelta("billed twice")]])
    await run.turn.run()
    assert len(run.provider.requests) == 1, why


async def test_a_stall_is_continued_and_thinking_stays_with_the_reply() -> None:
    run = Run(
        [[ReasoningDelta("mull")], [TextDelta("half")], ReplyInterrupted(reason="stalled")],
        [[TextDelta(" more"), DONE]],
    )
    reply = await run.turn.run()
    assert (reply.text, reply.reasoning, reply.status) == ("half more", "mull", MessageStatus.COMPLETE)
    assert reply.thinking_s is not None


async def test_a_stream_that_just_ends_is_a_cut_too() -> None:
    run = Run([[TextDelta("half")]], [[TextDelta(" more"), DONE]])
    assert (await run.turn.run()).text == "half more"


async def test_a_cut_behind_the_last_word_needs_nothing_more() -> None:
    run = Run([[TextDelta("all of it")], CUT], [[DONE]])
    reply = await run.turn.run()
    assert (reply.status, reply.text, reply.failure) == (MessageStatus.COMPLETE, "all of it", None)
    assert len(reply.continuations) == 1


# Money and consent


@pytest.mark.parametrize(
    ("policy", "posts"),
    [
        (ContinuationPolicy(), 1),
        (AUTO, 2),
        (ContinuationPolicy(is_automatic=True, takes_partial=lambda: True), 2),
        (ContinuationPolicy(is_automatic=True, takes_partial=lambda: False), 1),
        (ContinuationPolicy(is_automatic=True, has_consent=True, takes_partial=lambda: False), 1),
        (ContinuationPolicy(is_automatic=True, input_cny=lambda tokens: 0.05), 2),
        (ContinuationPolicy(is_automatic=True, input_cny=lambda tokens: 0.0501), 1),
        (ContinuationPolicy(is_automatic=True, input_cny=lambda tokens: 0.0501, has_consent=True), 2),
        (ContinuationPolicy(is_automatic=True, input_cny=lambda tokens: 0.4, most_cny=0.5), 2),
    ],
)
async def test_what_is_not_allowed_by_itself_waits_for_a_click(policy: ContinuationPolicy, posts: int) -> None:
    run = Run([[TextDelta("half")], CUT], [[TextDelta(" more"), DONE]], policy=policy)
    reply = await run.turn.run()
    assert len(run.provider.requests) == posts
    assert reply.status is (MessageStatus.COMPLETE if posts == 2 else MessageStatus.INTERRUPTED)
    assert posts == 2 or can_be_continued(reply)


async def test_without_a_price_twenty_thousand_tokens_of_input_are_the_limit() -> None:
    asked = request()
    text = "a " * 29_000
    while input_tokens(asked, text) <= MOST_INPUT_TOKENS:
        text += "a b c d e f "
    for size, posts in ((len(text) - 200, 2), (len(text), 1)):
        run = Run([[TextDelta(text[:size])], CUT], [[TextDelta(" more"), DONE]])
        await run.turn.run()
        assert len(run.provider.requests) == posts


def test_the_price_is_asked_for_the_whole_conversation_as_input() -> None:
    history = tuple(RequestMessage(message.role, "x" * 3_000) for message in request().messages * 5)
    assert input_tokens(ReplyRequest("m", history), "y" * 3_000) >= 6_000


# What becomes of the continuation


async def test_a_refused_continuation_is_sent_again_like_any_request() -> None:
    busy = RateLimited(status=429, safe_to_resend=True)
    run = Run([[TextDelta("half")], CUT], [busy], [busy], [[TextDelta(" more"), DONE]])
    reply = await run.turn.run()
    assert (reply.text, reply.status) == ("half more", MessageStatus.COMPLETE)
    assert run.waits == [0.5, 1.0]
    assert sum(isinstance(event, RetryScheduled) for event in run.events) == 2
    assert len(reply.continuations) == 1


@pytest.mark.parametrize(
    "error",
    [
        ConnectionFailed("gone", reason="lost"),
        RequestRefused("no", status=400, reason="no_partial"),
        ProtocolViolated(reason="empty_stream"),
        ServiceUnavailable(status=500),
    ],
)
async def test_a_continuation_that_brings_nothing_leaves_the_cut_reply_and_is_not_repeated(
    error: ProviderError,
) -> None:
    run = Run([[TextDelta("half")], CUT], [error], [[TextDelta("billed twice")]])
    reply = await run.turn.run()
    assert (reply.status, reply.text) == (MessageStatus.INTERRUPTED, "half")
    assert len(run.provider.requests) == 2
    assert reply.failure is not None
    assert (reply.failure.kind, reply.failure.reason) == ("ReplyInterrupted", "cut")
    assert error.kind in reply.failure.detail
    assert reply.continuations == ()


async def test_an_error_of_the_service_inside_the_continuation_is_told_and_its_text_kept() -> None:
    run = Run([[TextDelta("half")], CUT], [[TextDelta(" mo")], RequestRefused(reason="content_filter", side="output")])
    reply = await run.turn.run()
    assert (reply.status, reply.text) == (MessageStatus.FAILED, "half mo")
    assert reply.failure is not None
    assert reply.failure.kind == "RequestRefused"


async def test_a_service_that_begins_again_is_recognised_also_by_the_journal() -> None:
    text = "The kettle sings before it boils,"
    run = Run([[TextDelta(text)], CUT], [[TextDelta(piece)] for piece in (text[:9], text[9:25], text[25:], " yes")])
    run.provider._answer[1].append([DONE])  # type: ignore[index]
    reply = await run.turn.run()
    assert reply.text == run.told == text + " yes"


async def test_a_service_that_only_repeats_is_not_asked_for_the_same_again() -> None:
    text = "The kettle sings before it boils,"
    run = Run([[TextDelta(text)], CUT], [[TextDelta(text)], CUT], [[TextDelta(text)], CUT])
    reply = await run.turn.run()
    assert (reply.text, reply.status) == (text, MessageStatus.INTERRUPTED)
    assert run.asked == [None, text]


async def test_a_cumulative_continuation_replaces_only_itself() -> None:
    run = Run([[TextDelta("half")], CUT], [[TextDelta(" m")], [TextReplaced(" more", "")], [TextDelta("!"), DONE]])
    assert (await run.turn.run()).text == "half more!"


@pytest.mark.parametrize("state", ["waiting", "writing", "retrying"])
async def test_stop_ends_a_continuation_and_keeps_everything(state: str) -> None:
    steps: dict[str, list[Step]] = {
        "waiting": [float("inf")],
        "writing": [[TextDelta(" mo")], float("inf")],
        "retrying": [RateLimited(status=429, safe_to_resend=True)],
    }
    run = Run([[TextDelta("half")], CUT], steps[state])
    gate = asyncio.Event()

    async def pause(wait_s: float) -> None:
        gate.set()
        await asyncio.sleep(1e9)

    run.turn._pause = pause
    task = asyncio.ensure_future(run.turn.run())
    async with asyncio.timeout(2):
        if state == "retrying":
            await gate.wait()
        else:
            while len(run.provider.streams) < 2 or run.provider.streams[1]._steps:
                await asyncio.sleep(0)
        assert run.turn.is_continuing is (state != "writing")
        run.turn.stop()
        run.turn.stop()
        reply = await task
    assert reply.status is MessageStatus.STOPPED
    assert reply.text == ("half mo" if state == "writing" else "half")
    assert len(run.provider.requests) == 2


async def test_text_that_is_held_back_at_the_seam_is_in_the_journal() -> None:
    text = "The kettle sings before it boils,"
    run = Run([[TextDelta(text)], CUT], [[TextDelta("The kettle")], float("inf")])
    task = asyncio.ensure_future(run.turn.run())
    async with asyncio.timeout(3):
        while folded(run.journal.pieces)[0] != text + "The kettle":
            await asyncio.sleep(0.01)
    assert run.told == text
    marks = [json.loads(piece) for kind, piece in run.journal.pieces if kind == "continued"]
    assert marks == [{"at": len(text), "after": "cut", "request_id": "r-1"}]
    run.turn.stop()
    assert (await task).text == text + "The kettle"


# By click


async def test_a_click_continues_a_stored_reply_whatever_the_policy_says() -> None:
    run = Run([[TextDelta("ply"), DONE]], policy=ContinuationPolicy(), reply=stored(thinking_s=2.0, reasoning="hm"))
    reply = await run.turn.run()
    assert (reply.text, reply.reasoning, reply.thinking_s) == ("half a reply", "hm", 2.0)
    assert reply.usage == Usage(input_tokens=12, output_tokens=8)
    assert reply.continuations == (Continuation(9, "cut", "r-0"),)
    assert run.told == "ply"
    assert run.asked == ["half a re"]


async def test_a_reply_that_reached_the_length_limit_is_continued_by_click() -> None:
    run = Run([[TextDelta("ply"), DONE]], reply=stored(finish_reason="length"))
    reply = await run.turn.run()
    assert (reply.text, reply.finish_reason) == ("half a reply", "stop")
    assert reply.continuations == (Continuation(9, "length", "r-0"),)


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_model_without_partial_mode_is_asked_in_words_by_click_only(is_known: bool) -> None:
    refused = RequestRefused("no partial mode", status=400, reason="no_partial")
    policy = ContinuationPolicy(takes_partial=lambda: False if is_known else None)
    attempts: list[list[Step]] = [[refused]] * (not is_known) + [[[TextDelta("ply"), DONE]]]
    run = Run(*attempts, policy=policy, reply=stored())
    reply = await run.turn.run()
    assert (reply.text, reply.status) == ("half a reply", MessageStatus.COMPLETE)
    last = run.provider.requests[-1]
    assert last.continues is None
    assert [message.role for message in last.messages] == ["user", "assistant", "user"]
    assert last.messages[1].text == "half a re"
    assert "exactly where it stops" in last.messages[2].text


async def test_the_words_are_chinese_where_the_reply_is() -> None:
    policy = ContinuationPolicy(takes_partial=lambda: False)
    run = Run([[TextDelta("茶"), DONE]], policy=policy, reply=stored("先烧水，再泡"))
    await run.turn.run()
    assert "断开" in run.provider.requests[0].messages[-1].text


@pytest.mark.parametrize("finish_reason", [None, "length"])
async def test_a_click_that_fails_tells_why_and_can_be_repeated(finish_reason: str | None) -> None:
    lost = ConnectionFailed("gone", reason="lost")
    run = Run([lost], reply=stored(finish_reason=finish_reason))
    reply = await run.turn.run()
    assert (reply.status, reply.text) == (MessageStatus.INTERRUPTED, "half a re")
    assert reply.failure is not None
    assert reply.failure.kind == "ConnectionFailed"
    assert reply.usage == Usage(input_tokens=15, output_tokens=6)
    assert reply.continuations == ()
    assert can_be_continued(reply)


async def test_after_a_click_a_cut_is_continued_by_itself_again() -> None:
    run = Run([[TextDelta("p")], CUT], [[TextDelta("ly"), DONE]], reply=stored())
    reply = await run.turn.run()
    assert reply.text == "half a reply"
    assert [mark.at for mark in reply.continuations] == [9, 10]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": MessageStatus.INTERRUPTED, "failure": Failure("ReplyInterrupted", "cut")}, True),
        ({"status": MessageStatus.INTERRUPTED, "failure": Failure("ReplyInterrupted", "app_closed")}, True),
        ({"status": MessageStatus.INTERRUPTED, "failure": Failure("ApiKeyRejected")}, True),
        ({"status": MessageStatus.INTERRUPTED, "failure": Failure("ReplyInterrupted", "limit")}, False),
        ({"status": MessageStatus.INTERRUPTED, "failure": Failure("ReplyInterrupted", "cut"), "text": ""}, False),
        ({"status": MessageStatus.FAILED, "failure": Failure("RateLimited")}, True),
        ({"status": MessageStatus.FAILED, "failure": Failure("RequestRefused", "content_filter")}, False),
        ({"status": MessageStatus.COMPLETE, "finish_reason": "stop"}, False),
        ({"status": MessageStatus.COMPLETE, "finish_reason": "length"}, True),
        (
            {"status": MessageStatus.COMPLETE, "finish_reason": "length", "tool_calls": (ToolCall(0, "", "", ""),)},
            False,
        ),
        ({"status": MessageStatus.STOPPED}, False),
        ({"status": MessageStatus.WRITING}, False),
    ],
)
def test_what_can_be_continued_is_offered(changes: dict[str, object], expected: bool) -> None:
    assert can_be_continued(stored(**changes)) is expected


# Every cut


async def _cut_and_continued(head: str, tail: str, size: int) -> tuple[Run, Message]:
    pieces: list[Delta] = [TextDelta(tail[at : at + size]) for at in range(0, len(tail), size)]
    run = Run([[TextDelta(head)], CUT], [[*pieces, DONE] if pieces else [DONE]])
    return run, await run.turn.run()


@pytest.mark.parametrize("size", [3])
async def test_joined_text_is_the_whole_at_every_cut_of_a_mixed_reply(size: int) -> None:
    whole = MIXED_REPLY
    for at in range(1, len(whole) + 1):
        head, tail = whole[:at], whole[at : at + 60]
        run, reply = await _cut_and_continued(head, tail, size)
        assert (reply.text, run.asked) == (whole[: at + 60], [None, head]), at
        assert run.told == reply.text


async def test_joined_text_is_the_whole_when_a_character_is_cut_in_half() -> None:
    """JSON may bring the two UTF-16 units of a character in two deltas, and the cut may be between them."""
    cut = 0
    for at, character in enumerate(MIXED_REPLY):
        if character <= "\uffff":
            continue
        cut += 1
        pair = character.encode("utf-16-le")
        high, low = (pair[unit : unit + 2].decode("utf-16-le", "surrogatepass") for unit in (0, 2))
        head = MIXED_REPLY[:at]
        for tail in (character, low):  # a service that sees no half sends the whole; one that counts units the rest
            run, reply = await _cut_and_continued(head + high, tail + "x", 5)
            assert clean_text(reply.text) == head + character + "x", at
            assert run.asked == [None, head or None] if head else True
    assert cut > 30


# Whatever goes wrong

_SAID = WITHOUT_RUNS[:400]
_FATES = ("finish", "cut", "stalled", "eof", "lost", "refused", "busy", "service", "empty", "limit")
fates = st.lists(st.tuples(st.sampled_from(_FATES), st.integers(0, 90)), min_size=1, max_size=8)


class HonestService:
    """Continues exactly, and comes to the next of its fates after so many characters."""

    def __init__(self, fates: list[tuple[str, int]], size: int) -> None:
        self._fates = list(fates)
        self._size = size
        self.record: list[tuple[str | None, str]] = []
        """What each request wanted continued, and what it came to."""

    def __call__(self, request: ReplyRequest) -> list[Step]:
        fate, count = self._fates.pop(0) if self._fates else ("finish", 0)
        self.record.append((request.continues, fate))
        rest = _SAID[len(request.continues or "") :]
        match fate:
            case "lost":
                return [ConnectionFailed(reason="lost")]
            case "refused":
                return [RequestRefused(status=400, reason="parameters")]
            case "busy":
                return [ServiceUnavailable(status=503, safe_to_resend=True)]
            case "empty":
                return []
        said = rest if fate == "finish" else rest[:count]
        deltas: list[Step] = [[TextDelta(said[at : at + self._size])] for at in range(0, len(said), self._size)]
        match fate:
            case "finish":
                return [*deltas, [DONE]]
            case "eof":
                return deltas
            case "service":
                return [*deltas, RateLimited(status=429)]
        if not said:  # a stream that breaks before anything came is lost, not cut
            return [ConnectionFailed(reason="lost")]
        return [*deltas, ReplyInterrupted(reason=fate)]


@given(fates=fates, size=st.sampled_from([1, 7, 500]))
def test_no_generation_is_asked_for_twice_and_the_text_is_exact_whatever_goes_wrong(
    fates: list[tuple[str, int]], size: int
) -> None:
    async def scenario() -> None:
        service = HonestService(fates, size)
        run = Run()
        run.provider._answer = service
        reply = await run.turn.run()
        asked = [continues for continues, _ in service.record]
        assert asked[0] is None
        assert len({prefix for prefix in asked if prefix is not None}) <= 2
        for (before, fate), (after, _) in pairwise(service.record):
            if fate == "busy":  # it was not worked on
                assert after == before
            else:
                assert fate in ("cut", "stalled", "eof")
                assert after is not None
                assert len(after) > len(before or "")
        assert _SAID.startswith(reply.text)
        assert run.told == reply.text
        assert (reply.status is MessageStatus.COMPLETE) is (service.record[-1][1] == "finish")
        if reply.status is MessageStatus.COMPLETE:
            assert reply.text == _SAID
        else:
            assert reply.failure is not None

    asyncio.run(scenario())


PRICE = Price("CNY", (PriceStep(Decimal(2), Decimal(8), Decimal(1), Decimal(24)),), date(2026, 8, 26))
"""A first generation that is cut has read 10 tokens and written 1; one that is finished 7 and 3."""


def priced(*attempts: Sequence[Step], **more: object) -> Turn:
    run = Run(*attempts)
    reply = more.pop("reply", None)
    return Turn(
        reply or reply_row(),  # type: ignore[arg-type]
        request(),
        run.provider,
        run.journal,
        listener=run.events.append,
        continuation=AUTO,
        continues=reply is not None,
        price=PRICE,
        **more,  # type: ignore[arg-type]
    )


def cny(amount: str, *, is_least: bool = False) -> Cost:
    return Cost(Decimal(amount), "CNY", PRICE.priced_on, is_least)


async def test_a_continued_reply_costs_what_its_generations_cost_together() -> None:
    reply = await priced([[TextDelta("half ")], CUT], [[TextDelta("whole"), DONE]]).run()
    # (10 × 2 + 1 × 8) + (7 × 2 + 3 × 8) per million
    assert reply.cost == cny("0.000066")


async def test_a_generation_that_thought_has_the_price_of_thinking_and_the_next_has_not() -> None:
    reply = await priced([[ReasoningDelta("hm"), TextDelta("half ")], CUT], [[TextDelta("whole"), DONE]]).run()
    # (10 × 2 + 1 × 24) + (7 × 2 + 3 × 8) per million
    assert reply.cost == cny("0.000082")


async def test_a_stored_cost_is_kept_when_the_reply_goes_on() -> None:
    reply = await priced([[TextDelta("whole"), DONE]], reply=stored(cost=cny("0.01"))).run()
    assert reply.cost == cny("0.010038")


async def test_what_was_not_counted_makes_it_the_least() -> None:
    reply = await priced([[TextDelta("whole"), DONE]], reply=stored()).run()
    assert reply.cost == cny("0.000038", is_least=True)


async def test_a_reply_that_may_have_searched_costs_at_least_its_tokens() -> None:
    turn = priced([[TextDelta("whole"), DONE]])
    turn._generation.request = replace(turn._request, search=True)
    assert (await turn.run()).cost == cny("0.000038", is_least=True)


async def test_a_refusal_costs_nothing_and_hides_nothing() -> None:
    turn = priced([RateLimited(safe_to_resend=True)], [[TextDelta("whole"), DONE]], pause=no_pause)
    assert isinstance(turn._provider, Provider)
    made = turn._provider.stream

    def without_usage_at_first(*arguments: object, **more: object) -> ScriptedStream:
        stream = made(*arguments, **more)  # type: ignore[arg-type]
        stream.usage = stream.usage if len(turn._provider.requests) > 1 else None  # type: ignore[attr-defined]
        return stream

    turn._provider.stream = without_usage_at_first  # type: ignore[method-assign]
    assert (await turn.run()).cost == cny("0.000038")


async def no_pause(wait_s: float) -> None:
    """Tries again at once."""


async def test_without_a_price_or_in_the_demo_there_is_no_cost() -> None:
    assert (await Run([[TextDelta("whole"), DONE]]).turn.run()).cost is None
    demo = replace(reply_row(), is_demo=True)
    run = Run([[TextDelta("whole"), DONE]])
    turn = Turn(demo, request(), run.provider, run.journal, listener=run.events.append, price=PRICE)
    assert (await turn.run()).cost is None


async def test_the_cap_is_asked_before_a_continuation_and_told_what_the_reply_cost_so_far() -> None:
    asked: list[tuple[int, Cost | None]] = []

    async def refuse(tokens: int, so_far: Cost | None) -> bool:
        asked.append((tokens, so_far))
        return False

    turn = priced([[TextDelta("half ")], CUT], may_spend=refuse)
    reply = await turn.run()
    assert (reply.status, reply.text) == (MessageStatus.INTERRUPTED, "half ")
    ((tokens, so_far),) = asked
    assert tokens > 0
    assert so_far == cny("0.000028") == reply.cost


ONE, TWO = Source(1, "One", "https://example.com/"), Source(2, "Two", "https://example.org/")


def sources_told(run: Run) -> list[tuple[Source, ...]]:
    deltas = [event.delta for event in run.events if isinstance(event, DeltaReceived)]
    return [delta.sources for delta in deltas if isinstance(delta, Citations)]


async def test_sources_stay_with_a_reply_that_is_continued_and_new_ones_join_them() -> None:
    run = Run(
        [[Citations((ONE,)), TextDelta("half a re")], CUT],
        [[Citations((ONE, TWO)), TextDelta("ply")], [Citations((ONE, TWO)), DONE]],
    )
    run.turn._request = replace(run.turn._request, search=True)
    run.turn._generation.request = run.turn._request
    reply = await run.turn.run()
    assert (reply.text, reply.sources) == ("half a reply", (ONE, TWO))
    assert sources_told(run) == [(ONE,), (ONE, TWO)]
    assert [request.search for request in run.provider.requests] == [True, False]  # nothing is searched for twice
    kept = [json.loads(text) for kind, text in run.journal.pieces if kind == "sources"]
    assert [source["index"] for source in kept[0]] == [1]
    assert run.journal.finished is not None
    assert run.journal.finished.sources == (ONE, TWO)


async def test_sources_of_a_stored_reply_stay_when_it_is_continued_by_a_click() -> None:
    run = Run([[TextDelta("ply"), DONE]], reply=stored(sources=(ONE,)))
    assert (await run.turn.run()).sources == (ONE,)
    run = Run([[Citations((TWO,)), TextDelta("ply"), DONE]], reply=stored(sources=(ONE,)))
    assert (await run.turn.run()).sources == (ONE, TWO)
