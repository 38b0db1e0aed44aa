"""DashScope's mode of the decoder: a whole JSON object on a data line is a frame at once."""

from __future__ import annotations

import itertools
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.protocol.sse import ServerSentEvent, SSEDecoder, StatusEvent

CASES: list[tuple[str, bytes, list[tuple[str, str, str]]]] = [
    (
        "no blank lines",
        b'id:1\nevent:result\ndata:{"a":1}\nid:2\ndata:{"a":2}\n',
        [("result", '{"a":1}', "1"), ("message", '{"a":2}', "2")],
    ),
    ("with blank lines", b'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"a":1}\n\n\n', [("result", '{"a":1}', "1")]),
    (
        "two objects of one block",
        b'event:x\ndata:{"a":1}\ndata: {"b":2}\n\n',
        [("x", '{"a":1}', ""), ("message", '{"b":2}', "")],
    ),
    ("byte order mark and leading blank line", b"\xef\xbb\xbf\nid:1\ndata:{}\n", [("message", "{}", "1")]),
    (
        "object over lines",
        b'data:{"a":\ndata:{"b":[1]},\ndata:"c":"}{"\ndata:}\n',
        [("message", '{"a":\n{"b":[1]},\n"c":"}{"\n}', "")],
    ),
    ("object over lines that looks whole", b'id:3\ndata:{"a":{}\ndata:}\n\n', [("message", '{"a":{}\n}', "3")]),
    ("text over lines", b"data: a\ndata: b\n\n", [("message", "a\nb", "")]),
    ("text waits for its blank line", b"data: a\n", []),
    ("array waits for its blank line", b"data: []\n", []),
    ("done", b'data: {"a":1}\ndata: [DONE]\n', [("message", '{"a":1}', ""), ("message", "[DONE]", "")]),
    (
        "broken off in a string, then an id",
        b'id:1\ndata:{"a":"x\nid:2\ndata:{"b":1}\n',
        [("message", '{"a":"x', "1"), ("message", '{"b":1}', "2")],
    ),
    (
        "broken off in a string, then an object",
        b'data:{"a":"x\ndata:{"b":1}\n',
        [("message", '{"a":"x', ""), ("message", '{"b":1}', "")],
    ),
    (
        "broken off outside, then an event",
        b'event:x\ndata:{"a":\nevent:y\ndata:{"b":1}\n',
        [("x", '{"a":', ""), ("y", '{"b":1}', "")],
    ),
    ("text, then an object", b'data: x\ndata: {"a":1}\n', [("message", "x", ""), ("message", '{"a":1}', "")]),
    (
        "broken inside but closed",
        b'data:{"a":tru}\ndata:{"b":1}\n',
        [("message", '{"a":tru}', ""), ("message", '{"b":1}', "")],
    ),
    ("lone surrogate escape", b'data:{"a":"\\ud800"}\n', [("message", '{"a":"\\ud800"}', "")]),
    ("escaped quote", b'data:{"a":"\\"}"\ndata:}\n', [("message", '{"a":"\\"}"\n}', "")]),
    ("id after the object", b"data:{}\nid:4\n\ndata:{}\n", [("message", "{}", ""), ("message", "{}", "4")]),
    (
        "CRLF without blank lines",
        b"id:1\r\ndata:{}\r\nid:2\r\ndata:{}\r\n",
        [("message", "{}", "1"), ("message", "{}", "2")],
    ),
    ("CR without blank lines", b"id:1\rdata:{}\rid:2\rdata:{}\r", [("message", "{}", "1"), ("message", "{}", "2")]),
    ("other separators in text", 'data:{"a":"\u2028\x85"}\n'.encode(), [("message", '{"a":"\u2028\x85"}', "")]),
    ("keep-alives", b":k\n\ndata:{}\n:k\n\n:k\ndata:{}\n", [("message", "{}", ""), ("message", "{}", "")]),
    ("no data", b"id:1\nevent:x\n\n", []),
    ("unknown field before the data", b"id:1\nfoo:bar\nevent:x\ndata:{}\nevent:y\n\n", [("x", "{}", "1")]),
    (
        "id with NUL after an open object",
        b'data:{"a":{}\nid:\0\ndata:{}\n',
        [("message", '{"a":{}', ""), ("message", "{}", "")],
    ),
]


def read(pieces: list[bytes], **limits: int) -> list[tuple[str, str, str]]:
    decoder = SSEDecoder(json_lines=True, **limits)
    return [(e.event, e.data, e.id) for piece in pieces for e in decoder.feed(piece)]


def in_pieces(stream: bytes, size: int) -> list[bytes]:
    return [stream[start : start + size] for start in range(0, len(stream), size)]


@pytest.mark.parametrize(("stream", "events"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_case_in_every_cutting(stream: bytes, events: list[tuple[str, str, str]]) -> None:
    assert read([stream]) == events
    for size in (1, 2, 3, 7):
        assert read(in_pieces(stream, size)) == events, size
    for cut in range(len(stream)):
        assert read([stream[:cut], stream[cut:]]) == events, cut


def test_frame_is_given_with_its_line_end_and_its_blank_line_gives_nothing() -> None:
    decoder = SSEDecoder(json_lines=True)
    assert decoder.feed(b'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"a":1}') == []
    assert decoder.feed(b"\n") == [ServerSentEvent("result", '{"a":1}', "1")]
    assert decoder.last_event_id == "1"
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"\n\n") == []


@pytest.mark.parametrize(
    ("stream", "status"),
    [
        (b"id:1\nevent:error\n:HTTP_STATUS/400\ndata:{}\n", 400),
        (b"event:error\nHTTP_STATUS/429 TOO_MANY_REQUESTS\ndata:{}\n\n", 429),
        (b"event:error:HTTP_STATUS/503\ndata:{}\n\n", 503),
        (b":HTTP_STATUS/400\n\ndata:{}\n\n", None),
        (b":HTTP_STATUS/200\ndata:{}\n\n", None),
        (b":HTTP_STATUS/500\ndata:{}\ndata:{}\n", None),
        (b":" + b"x" * 9000 + b"\nHTTP_STATUS/401\ndata:not json\n\n", 401),
    ],
)
def test_status_of_the_block_comes_with_its_event(stream: bytes, status: int | None) -> None:
    for size in (1, 7, 1000, 100_000):
        decoder = SSEDecoder(json_lines=True)
        event = [event for piece in in_pieces(stream, size) for event in decoder.feed(piece)][-1]
        assert (event.http_status if isinstance(event, StatusEvent) else None) == status


def test_standard_mode_knows_neither_status_nor_frames() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b":HTTP_STATUS/400\ndata:{}\nid:1\n") == []
    assert decoder.close() == []
    assert decoder.feed(b"\n") == [ServerSentEvent("message", "{}", "1")]


ENDINGS: list[tuple[bytes, list[str]]] = [
    (b'data:{"a":1}', ['{"a":1}']),
    (b"data: [DONE]", ["[DONE]"]),
    (b"data:{\ndata:}", ["{\n}"]),
    (b'data:{"a":', []),
    (b'data:{"a":"}', []),
    (b"data: text", []),
    (b"data: text\n", []),
    (b"id:1", []),
    (b"", []),
]


@pytest.mark.parametrize(("tail", "data"), ENDINGS)
def test_last_frame_needs_no_line_end_but_must_be_whole(tail: bytes, data: list[str]) -> None:
    for size in (1, 3, 100):
        decoder = SSEDecoder(json_lines=True)
        for piece in in_pieces(b'data:{"first":1}\n' + tail, size):
            decoder.feed(piece)
        assert [event.data for event in decoder.close()] == data


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FRAMES = st.lists(
    st.tuples(
        st.sampled_from([b"", b"id:1\n", b"id: 22\n", b"id:\n"]),
        st.sampled_from([b"", b"event:result\n", b"event: x\n"]),
        st.sampled_from([b"", b":HTTP_STATUS/200\n", b":c\n", b"foo: bar\n", b"retry: 3\n"]),
        st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=3),
        st.sampled_from([None, 1]),
        st.sampled_from([b"", b"\n", b"\n\n", b"\n:keep-alive\n\n"]),
    ),
    max_size=6,
)


@given(FRAMES, st.lists(st.integers(0, 2000), max_size=6), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_objects_arrive_whole_with_and_without_blank_lines(frames: list, cuts: list[int], line_end: bytes) -> None:  # type: ignore[type-arg]
    stream = b""
    for own_id, name, extra, value, indent, end in frames:
        lines = json.dumps(value, ensure_ascii=len(value) % 2 == 0, indent=indent).split("\n")
        stream += own_id + name + extra + b"".join(b"data:" + line.encode() + b"\n" for line in lines) + end
    stream = stream.replace(b"\n", line_end)
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    events = read([stream[start:end] for start, end in itertools.pairwise(places)])
    assert [json.loads(data) for _, data, _ in events] == [frame[3] for frame in frames]
    assert read(in_pieces(stream, 1)) == events
    # A short line limit forbids the quick way, so everything is read line by line.
    longest_line = max((len(line) for line in stream.replace(b"\r", b"\n").split(b"\n")), default=0)
    assert read([stream], max_line_bytes=max(longest_line, 1)) == events


LINES = [b"data:{\n", b"data:}\n", b"data:{}\n", b'data:{"a":"\n', b'data:"}\n', b"data:x\n", b"id:1\n", b"event:e\n"]
LINES += [
    b"\n",
    b":c\n",
    b":HTTP_STATUS/500\n",
    b"id:\0\n",
    b"data: {}\n",
    b"data:  {}\n",
    b"data:{} \n",
    b"data: [DONE]\n",
]


@given(st.lists(st.sampled_from(LINES), max_size=14).map(b"".join), st.integers(0, 200))
def test_any_lines_are_read_the_same_in_every_cutting(stream: bytes, cut: int) -> None:
    whole = read([stream])
    assert read([stream[: cut % (len(stream) + 1)], stream[cut % (len(stream) + 1) :]]) == whole
    assert read(in_pieces(stream, 1)) == whole
    assert read([stream], max_line_bytes=20) == whole


def test_frames_around_the_size_where_the_way_of_reading_changes() -> None:
    chance = random.Random(5)
    sizes = [chance.choice([1, 300, 8100, 8192, 20_000]) for _ in range(150)]
    stream = b"".join(b'id:1\nevent:result\ndata:{"a":"%b"}\n' % (b"x" * size) for size in sizes)
    for size in (100, 1460, 16_384, len(stream)):
        assert [len(data) - 8 for _, data, _ in read(in_pieces(stream, size))] == sizes
