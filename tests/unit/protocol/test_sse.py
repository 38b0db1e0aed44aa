"""The decoder against the standard: a table of cases, and every cut of every stream."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.protocol.sse import EventTooLarge, ServerSentEvent, SSEDecoder
from tests.unit.protocol.event_stream_reference import Interpretation, interpret

Cases = list[tuple[str, bytes, list[tuple[str, str, str]]]]


def m(data: str, id: str = "") -> tuple[str, str, str]:
    return ("message", data, id)


CASES: Cases = [
    ("two data lines", b"data: a\ndata: b\n\n", [m("a\nb")]),
    ("stock example", b"data: YHOO\ndata: +2\ndata: 10\n\n", [m("YHOO\n+2\n10")]),
    (
        "standard's example with comment, ids, reset id, leading space",
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [m("first event", "1"), m("second event", ""), m(" third event", "")],
    ),
    ("standard's example of empty data", b"data\n\ndata\ndata\n\ndata:", [m(""), m("\n")]),
    ("one leading space removed", b"data:test\n\ndata: test\n\ndata:  test\n\n", [m("test"), m("test"), m(" test")]),
    ("tab is no space", b"data:\ttest\n\n", [m("\ttest")]),
    ("CRLF", b"data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", [m("a\nb"), m("c")]),
    ("lone CR", b"data: a\rdata: b\r\rdata: c\r\r", [m("a\nb"), m("c")]),
    ("CR CRLF", b"data: a\r\r\n", [m("a")]),
    ("LF CR is two ends", b"data: a\n\r", [m("a")]),
    ("mixed ends", b"data: a\rdata: b\ndata: c\r\n\rdata: d\n\r\n", [m("a\nb\nc"), m("d")]),
    ("CRLF CR", b"data: a\r\n\r\ndata: b\r\n\r", [m("a"), m("b")]),
    ("byte order mark", b"\xef\xbb\xbfdata: a\n\n", [m("a")]),
    ("byte order mark before a comment", b"\xef\xbb\xbf:x\ndata: a\n\n", [m("a")]),
    ("only one byte order mark", b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", [m("b")]),
    (
        "byte order mark in mid-stream",
        b"data: a\n\n\xef\xbb\xbfdata: b\n\ndata: \xef\xbb\xbfc\n\n",
        [m("a"), m("\ufeffc")],
    ),
    ("byte order mark after a blank line", b"\n\xef\xbb\xbfdata: a\n\n", []),
    ("half a byte order mark", b"\xef\xbbdata: a\n\n", []),
    (
        "other line separators stay",
        "data: a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\n\n".encode(),
        [m("a\u2028b\u2029c\x85d\x0be\x0cf\x1cg")],
    ),
    ("NUL in data", b"data: a\0b\n\n", [m("a\0b")]),
    ("NUL in name", b"da\0ta: a\n\n", []),
    ("NUL in id", b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n", [m("a", "1"), m("b", "1")]),
    ("id is sticky", b"id: 1\ndata: a\n\ndata: b\n\n", [m("a", "1"), m("b", "1")]),
    ("empty id resets", b"id: 1\ndata: a\n\nid:\ndata: b\n\n", [m("a", "1"), m("b", "")]),
    ("id of one space is empty", b"id: 1\n\nid: \ndata: b\n\n", [m("b", "")]),
    ("id without data is committed", b"id: 7\n\ndata: a\n\n", [m("a", "7")]),
    ("id after data", b"data: a\nid: 7\n\n", [m("a", "7")]),
    ("last id wins", b"id: 1\nid: 2\ndata: a\n\n", [m("a", "2")]),
    ("id keeps inner colons and spaces", b"id:  a:b \ndata: a\n\n", [m("a", " a:b ")]),
    ("event name", b"event: add\ndata: a\n\ndata: b\n\n", [("add", "a", ""), m("b")]),
    (
        "event name keeps later colons",
        b"event:result:HTTP_STATUS/200\ndata:a\n\n",
        [("result:HTTP_STATUS/200", "a", "")],
    ),
    ("empty event name", b"event: x\nevent:\ndata: a\n\n", [m("a")]),
    ("event without data is forgotten", b"event: x\n\ndata: a\n\n", [m("a")]),
    ("last event name wins", b"event: a\nevent: b\ndata: c\n\n", [("b", "c", "")]),
    ("no dispatch without data", b"id: 1\nevent: x\nretry: 5\n\n\n\n", []),
    ("comment between", b"data: a\n: c\ndata: b\n\n", [m("a\nb")]),
    (
        "keep-alive after an id",
        b"id: 1\ndata: a\n\n:keep-alive\n\n:keep-alive\n\ndata: b\n\n",
        [m("a", "1"), m("b", "1")],
    ),
    ("unknown fields", b"Data: a\ndata : b\n data: c\nfoo\nfoo: bar\ndata: d\n\n", [m("d")]),
    ("no colon", b"data\ndata\ndata: x\ndata\n\n", [m("\n\nx\n")]),
    ("leading empty data lines", b"data:\ndata:\ndata: x\n\n", [m("\n\nx")]),
    ("colon first value", b"data::a\ndata: :b\n\n", [m(":a\n:b")]),
    ("line of one colon", b":\ndata: a\n:\n\n", [m("a")]),
    ("unfinished event is dropped", b"data: a\n\ndata: b\n", [m("a")]),
    ("unfinished line is dropped", b"data: a\n\ndata: b", [m("a")]),
    ("unfinished event with CR", b"data: a\r", []),
    ("lone bad bytes", b"data: \xff\xfe\n\n", [m("\ufffd\ufffd")]),
    ("cut character before a line end", b"data: \xe4\xbd\ndata: \xf0\x9f\n\n", [m("\ufffd\n\ufffd")]),
    ("cut character inside a line", b"data: \xe4\xbdx\xe4\xbd\xa0\n\n", [m("\ufffdx你")]),
    ("surrogate as UTF-8", b"data: \xed\xa0\x80\n\n", [m("\ufffd\ufffd\ufffd")]),
    ("overlong and too large", b"data: \xc0\xaf\xf5\x80\n\n", [m("\ufffd" * 4)]),
    ("bad byte in the field's name", b"da\xffta: a\ndata: b\n\n", [m("b")]),
    ("native frame", b'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"a":1}\n\n', [("result", '{"a":1}', "1")]),
    (
        "status line without colon",
        b"event:error\nHTTP_STATUS/429 TOO_MANY_REQUESTS\ndata:{}\n\n",
        [("error", "{}", "")],
    ),
    ("compatible frames", b'data: {"a":1}\n\ndata: [DONE]\n\n', [m('{"a":1}'), m("[DONE]")]),
    ("two objects without a blank line are one event", b"data:{}\ndata:{}\n\n", [m("{}\n{}")]),
    ("blank lines only", b"\n\n\r\n\r\r", []),
    ("nothing", b"", []),
]
RETRIES = [
    (b"retry: 3000\n", 3000),
    (b"retry:0\n", 0),
    (b"retry: 99999999999999999999\n", 99999999999999999999),
    (b"retry: 0007\n", 7),
    (b"retry: 1\nretry: 2\n", 2),
    (b"retry: 5\nretry: x\n", 5),
    (b"retry: 5", None),
    (b"retry:  5\n", None),
    (b"retry: 5 \n", None),
    (b"retry: -5\n", None),
    (b"retry: +5\n", None),
    (b"retry: 1e3\n", None),
    (b"retry: 1.5\n", None),
    (b"retry: 1_000\n", None),
    (b"retry: 1000x\n", None),
    (b"retry:\n", None),
    (b"retry\n", None),
    ("retry: \uff15\n".encode(), None),
    ("retry: \u00b2\n".encode(), None),
]


def decode(pieces: list[bytes], decoder: SSEDecoder) -> Interpretation:
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return Interpretation([(e.event, e.data, e.id) for e in events], decoder.last_event_id, decoder.retry_ms)


def feed_all(decoder: SSEDecoder, pieces: list[bytes]) -> list[ServerSentEvent]:
    return [event for piece in pieces for event in decoder.feed(piece)]


def in_pieces(stream: bytes, size: int) -> list[bytes]:
    return [stream[start : start + size] for start in range(0, len(stream), size)]


def every_cutting(stream: bytes) -> list[list[bytes]]:
    """The whole, every single cut, and pieces of a few sizes, with empty reads between."""
    cuttings = [[stream], [b"", stream, b""]]
    cuttings += [[stream[:cut], stream[cut:]] for cut in range(len(stream))]
    cuttings += [in_pieces(stream, size) for size in (1, 2, 3, 7)]
    cuttings.append([piece for byte in in_pieces(stream, 1) for piece in (b"", byte)])
    return cuttings


@pytest.mark.parametrize(("stream", "events"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_case_of_the_standard_in_every_cutting(stream: bytes, events: list[tuple[str, str, str]]) -> None:
    expected = interpret(stream)
    assert expected.events == events, "the reference disagrees with the table"
    for pieces in every_cutting(stream):
        assert decode(pieces, SSEDecoder()) == expected, pieces


@pytest.mark.parametrize(("stream", "retry_ms"), RETRIES)
def test_retry_is_the_number_as_sent(stream: bytes, retry_ms: int | None) -> None:
    for pieces in every_cutting(stream):
        assert decode(pieces, SSEDecoder()).retry_ms == retry_ms


def test_retry_may_be_longer_than_int_accepts() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"retry: 1" + b"0" * 20_000 + b"7\n")
    assert decoder.retry_ms == 10**20_001 + 7


def test_id_of_an_unfinished_event_is_not_committed() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"id: 1\n\nid: 2\ndata: x\n")
    assert decoder.last_event_id == "1"
    decoder.feed(b"\n")
    assert decoder.last_event_id == "2"


@pytest.mark.parametrize("end", [b"\n\n", b"\r\r", b"\r\n\r", b"\n\r", b"\r\n\n"])
def test_event_is_given_with_the_byte_that_completes_it(end: bytes) -> None:
    decoder = SSEDecoder()
    stream = b"id: 1\ndata: x" + end
    *early, last = in_pieces(stream, 1)
    assert feed_all(decoder, early) == []
    assert decoder.feed(last) == [ServerSentEvent("message", "x", "1")]
    assert decoder.feed(b"\n") == []


MARKS = [b"data", b"event", b"id", b"retry", b":", b" ", b"\n", b"\n", b"\n\n", b"\r", b"\r\n", b"\0", b"\xef\xbb\xbf"]
TEXTS = [b"7", b"x", b"foo", b"\xe4\xbd\xa0", b"\xf0\x9f", b"\xff", b"\xe2\x80\xa8", b"\xc2\x85", b"\x0b", b"\x0c"]
LINES = [b"data: a\n", b"id: 9\n", b"event: e\n", b"retry: 12\n", b": c\n", b"id:1\nevent:r\n:c\ndata:{}\n\n"]
STREAMS = st.lists(st.sampled_from(MARKS + TEXTS + LINES), max_size=40).map(b"".join)


@given(STREAMS, st.lists(st.integers(0, 400), max_size=8))
def test_any_stream_cut_anywhere_is_read_as_the_standard_says(stream: bytes, cuts: list[int]) -> None:
    expected = interpret(stream)
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in itertools.pairwise(places)]
    assert decode(pieces, SSEDecoder()) == expected
    assert decode(in_pieces(stream, 1), SSEDecoder()) == expected
    # A short line limit forbids the quick way for more than a few bytes, so everything is read line by line.
    longest_line = max((len(line) for line in stream.replace(b"\r", b"\n").split(b"\n")), default=0)
    assert decode([stream], SSEDecoder(max_line_bytes=max(longest_line, 1))) == expected


@given(st.binary(max_size=120))
def test_any_bytes_are_read_as_the_standard_says(stream: bytes) -> None:
    expected = interpret(stream)
    for size in (1, 2, 3, 7, 200):
        assert decode(in_pieces(stream, size), SSEDecoder()) == expected


def test_events_around_the_size_where_the_way_of_reading_changes() -> None:
    chance = random.Random(7)
    blocks = []
    for number in range(120):
        size = chance.choice([1, 100, 4000, 8100, 8192, 8193, 20_000])
        text = ("你好🌏abc" * (size // 6 + 1))[:size]
        second = chance.choice(["", "data: b\n"])
        blocks.append(f"id:{number}\nevent:result\n:HTTP_STATUS/200\ndata:{text}\n{second}\n")
    stream = "".join(blocks).encode()
    expected = interpret(stream)
    assert len(expected.events) == 120
    for size in (1460, 16_384, 100_000, len(stream)):
        assert decode(in_pieces(stream, size), SSEDecoder()) == expected
        assert decode(in_pieces(stream.replace(b"\n", b"\r\n"), size), SSEDecoder()) == expected


class TestLimits:
    def test_events_before_the_limit_come_first_then_the_error_for_ever(self) -> None:
        decoder = SSEDecoder(max_event_bytes=20)
        assert decoder.feed(b"data: a\n\ndata: b\n\ndata: " + b"x" * 21 + b"\n\ndata: c\n\n") == [
            ServerSentEvent("message", "a", ""),
            ServerSentEvent("message", "b", ""),
        ]
        for chunk in (b"", b"data: d\n\n", b"\r\n"):
            with pytest.raises(EventTooLarge):
                decoder.feed(chunk)

    def test_limit_without_earlier_events_is_raised_at_once(self) -> None:
        with pytest.raises(EventTooLarge):
            SSEDecoder(max_event_bytes=20).feed(b"data: " + b"x" * 21 + b"\n\n")

    @pytest.mark.parametrize("field", [b"data: ", b"event: ", b"id: "])
    def test_what_is_as_large_as_the_limit_passes(self, field: bytes) -> None:
        stream = field + b"x" * 1000 + b"\n"
        for size in (1, 7, 2000):
            decoder = SSEDecoder(max_event_bytes=1000)
            assert feed_all(decoder, in_pieces(stream, size)) == []
            with pytest.raises(EventTooLarge):
                decoder.feed(field.replace(b"id", b"event") + b"x\n" if field != b"event: " else b"data: x\n")

    def test_unfinished_line_is_limited(self) -> None:
        decoder = SSEDecoder(max_event_bytes=100_000, max_line_bytes=1000)
        with pytest.raises(EventTooLarge):
            feed_all(decoder, [b"data:xxxxx"] * 101)

    def test_line_limit_holds_for_every_known_field(self) -> None:
        for name in (b"data", b"event", b"id", b"retry"):
            line = name + b":" + b"7" * (100 - len(name) - 1)
            assert SSEDecoder(max_line_bytes=100).feed(line + b"\n") == []
            with pytest.raises(EventTooLarge):
                SSEDecoder(max_line_bytes=99).feed(line + b"\n")

    def test_many_small_lines_are_one_event(self) -> None:
        decoder = SSEDecoder(max_event_bytes=10_000)
        with pytest.raises(EventTooLarge):
            feed_all(decoder, [b"data\n"] * 10_002)

    def test_ignored_lines_have_no_limit_and_are_not_kept(self) -> None:
        decoder = SSEDecoder(max_event_bytes=1000, max_line_bytes=1000)
        for line in (b":", b"unknown: ", b"no colon "):
            for piece in (line + b"x" * 100_000, *[b"data: x" * 100] * 300, b"\n"):
                assert decoder.feed(piece) == []
                assert held_bytes(decoder) < 2000
        assert decoder.feed(b"data: a\n\n") == [ServerSentEvent("message", "a", "")]

    def test_endless_comments_take_no_memory(self) -> None:
        decoder = SSEDecoder()
        for _ in range(400):
            assert decoder.feed(b": keep-alive\n" * 1000) == []
        assert held_bytes(decoder) < 20_000
        assert decoder.feed(b"\ndata: a\n\n") == [ServerSentEvent("message", "a", "")]

    @pytest.mark.parametrize("field", ["data", "event", "id"])
    @pytest.mark.parametrize("size", [1460, 1 << 30])
    def test_defaults_stop_nothing_of_sixteen_megabytes(self, field: str, size: int) -> None:
        value = b"x" * (16 * 1024 * 1024 - 2)
        stream = field.encode() + b": " + value + b"\n" + (b"data\n" if field != "data" else b"") + b"\n"
        decoder = SSEDecoder()
        [event] = feed_all(decoder, in_pieces(stream, size))
        assert getattr(event, field) == value.decode()


def held_bytes(decoder: SSEDecoder) -> int:
    """What the decoder keeps of what it has read."""
    held = [
        decoder._pending,
        decoder._line,
        decoder._data or b"",
        decoder._event,
        decoder._id or b"",
        *decoder._line_start,
    ]
    return sum(len(buffer) for buffer in held)


def cost_of_a_line(size: int, **mode: bool) -> float:
    """CPU seconds for one data line of this many bytes, in reads of 1460 bytes; the best of three."""
    text = b"x" * size
    pieces = in_pieces(b'data: {"a":"' + text + b'"}\n\n', 1460)
    costs = []
    for _ in range(3):
        decoder = SSEDecoder(**mode)  # type: ignore[arg-type]
        began = time.process_time()
        [event] = feed_all(decoder, pieces)
        costs.append(time.process_time() - began)
        assert len(event.data) == size + 8
    return min(costs)


@pytest.mark.parametrize("json_lines", [False, True])
def test_cost_of_a_line_is_linear_in_its_length(json_lines: bool) -> None:
    """Eight times the line costs about eight times as much; where the line is copied for every read, 64 times."""
    assert cost_of_a_line(8 << 20, json_lines=json_lines) < 40 * cost_of_a_line(1 << 20, json_lines=json_lines)
