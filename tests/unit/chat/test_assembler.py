"""Deltas to message, and the merge rule of tool calls."""

from __future__ import annotations

import pytest

from qwen_desktop.core.chat.assembler import ReplyAssembler
from qwen_desktop.core.chat.delta import (
    Citations,
    Delta,
    Finished,
    ReasoningDelta,
    TextDelta,
    TextReplaced,
    ToolCallDelta,
)
from qwen_desktop.core.chat.message import Source, ToolCall
from qwen_desktop.core.chat.sources import MOST_LOOKED_AT, MOST_SOURCES, weight_of


def assembled(*deltas: Delta) -> ReplyAssembler:
    reply = ReplyAssembler()
    for delta in deltas:
        reply.add(delta)
    return reply


def test_text_and_reasoning_are_kept_apart_and_counted() -> None:
    reply = assembled(ReasoningDelta("hm"), TextDelta("你"), TextDelta("好😀"), ReasoningDelta("…"))
    assert (reply.text, reply.reasoning) == ("你好😀", "hm…")
    assert (reply.text_length, reply.reasoning_length) == (3, 3)
    reply.add(TextDelta("!"))
    assert (reply.text, reply.text_length) == ("你好😀!", 4)


def test_replacement_takes_the_place_of_everything_before() -> None:
    reply = assembled(TextDelta("aab"), ReasoningDelta("rr"), TextReplaced("ab", "r"), TextDelta("c"))
    assert (reply.text, reply.reasoning) == ("abc", "r")
    assert (reply.text_length, reply.reasoning_length) == (3, 1)


def test_an_empty_reply_has_no_content() -> None:
    reply = assembled(Finished("stop"))
    assert not reply.has_content
    assert (reply.text, reply.reasoning, reply.tool_calls, reply.sources) == ("", "", (), ())
    assert reply.finish_reason == "stop"
    assert assembled(ReasoningDelta("r")).has_content


def test_the_last_citations_count() -> None:
    first, second = (Source(1, "a", "u"),), (Source(1, "a", "u"), Source(2, "b", "v"))
    assert assembled(Citations(first), Citations(second)).sources == second


def test_asking_often_joins_once() -> None:
    reply = assembled(*[TextDelta("x")] * 1000)
    assert reply.text is reply.text
    assert len(reply.text) == reply.text_length == 1000


Piece = tuple[int, str, str, str]


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        pytest.param(
            [(0, "a", "f", '{"x":'), (0, "", "", '"1"}'), (1, "b", "g", ""), (1, "", "", "{}")],
            [("a", "f", '{"x":"1"}'), ("b", "g", "{}")],
            id="index is the address",
        ),
        pytest.param([(0, "a", "f", '{"x"'), (0, "a", "", ":1}")], [("a", "f", '{"x":1}')], id="id on every piece"),
        pytest.param([(0, "", "f", "{"), (0, "", "", "}")], [("", "f", "{}")], id="no id at all"),
        pytest.param([(0, "", "f", ""), (0, "a", "", "{}")], [("a", "f", "{}")], id="id after the name"),
        pytest.param(
            [(0, "a", "", ""), (0, "a", "f", ""), (0, "", "", "{}")], [("a", "f", "{}")], id="name in its own piece"
        ),
        pytest.param([(0, "a", "f", ""), (0, "", "g", "{}")], [("a", "f", "{}")], id="first name stays"),
        pytest.param(
            [(0, "a", "f", "{}"), (0, "b", "g", '{"y"'), (0, "", "", ":2}")],
            [("a", "f", "{}"), ("b", "g", '{"y":2}')],
            id="same index, second call",
        ),
        pytest.param(
            [(0, "a", "f", ""), (0, "b", "g", "")],
            [("a", "f", ""), ("b", "g", "")],
            id="same index, calls without arguments",
        ),
        pytest.param(
            [(0, "a", "f", '{"x"'), (0, "b", "", ":1}")], [("a", "f", '{"x":1}')], id="id changes inside a call"
        ),
        pytest.param(
            [(0, "a", "f", '{"x":1}'), (0, "a", "f", '{"x":1}')], [("a", "f", '{"x":1}')], id="whole call again"
        ),
        pytest.param(
            [(0, "a", "f", "{"), (1, "b", "g", "{"), (0, "b", "", "}"), (1, "a", "", "}")],
            [("a", "f", "{}"), ("b", "g", "{}")],
            id="known id wins over index",
        ),
        pytest.param(
            [(7, "b", "g", "{}"), (-1, "a", "f", "{}")], [("b", "g", "{}"), ("a", "f", "{}")], id="odd indices"
        ),
        pytest.param([(0, "a", "f", "not json")], [("a", "f", "not json")], id="arguments that are no JSON"),
    ],
)
def test_pieces_of_tool_calls(pieces: list[Piece], calls: list[tuple[str, str, str]]) -> None:
    reply = assembled(*[ToolCallDelta(*piece) for piece in pieces])
    assert reply.tool_calls == tuple(ToolCall(index, *call) for index, call in enumerate(calls))


def test_a_call_is_tried_as_json_only_a_few_times() -> None:
    """Else a stream that changes its id with every piece would cost the square of its length."""
    reply = assembled(*[ToolCallDelta(0, f"id{number}", "", "{}") for number in range(5000)])
    reply.add(ToolCallDelta(1, "x", "f", "{"))
    for number in range(5000):
        reply.add(ToolCallDelta(1, f"y{number}", "", '"}'))
    assert len(reply.tool_calls) == 5001
    assert reply._calls[-1].parses_left == 0


def test_sources_that_never_end_are_taken_a_few_hundred_times() -> None:
    """Each time the whole list is put together, told and written: it may not grow with the square of the frames."""
    assembler = ReplyAssembler()
    written = 0
    for number in range(3_000):
        before = assembler.sources
        assembler.add(Citations((Source(number, "x" * 100, f"https://example.com/{number}"),)))
        if assembler.sources is not before:
            written += weight_of(assembler.sources)
    assert 200 < len(assembler.sources) < 1_000
    assert written <= MOST_LOOKED_AT
    whole = ReplyAssembler()
    whole.add(Citations(tuple(Source(number, "", "") for number in range(MOST_SOURCES))))
    whole.add(Citations((Source(-1, "", "one more"),)))
    assert len(whole.sources) == MOST_SOURCES
    huge = tuple(Source(number, "x" * 30_000, "") for number in range(1_000))
    whole.add(Citations(huge))
    assert len(whole.sources) == MOST_SOURCES
