"""Any JSON in any pieces: the same as when it is read at once, and what is no JSON is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.core.exchange import json_walk
from qwen_desktop.core.exchange.json_walk import Piece, Walker, decoded, pieces_of
from qwen_desktop.core.exchange.problems import BadConversation, BadFile

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(['\\"', "]}", "\\\\", "{,:"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def whole(content: bytes) -> object:
    """What the pieces make together."""
    items: list[object] = []
    found: dict[str, object] = {}
    for piece in pieces_of(BytesIO(content).read):
        if piece.kind == "item":
            items.append(decoded(piece))
        elif piece.kind == "list":
            found[piece.key] = []
        elif piece.kind == "element":
            holder = found[piece.key]
            assert isinstance(holder, list)
            holder.append(decoded(piece))
        elif piece.kind == "value":
            found[piece.key] = decoded(piece)
    return items if content.lstrip()[:1] == b"[" else found


@given(st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=4), values, max_size=4), st.booleans())
def test_pieces_make_the_whole_however_the_file_is_cut(value: object, is_ascii: bool) -> None:
    content = json.dumps(value, ensure_ascii=is_ascii, indent=1 if is_ascii else None).encode("utf-8", "replace")
    assert whole(content) == json.loads(content)
    for size in (1, 2, 3, 7):
        walker, cut = Walker(), []
        for at in range(0, len(content), size):
            cut += walker.feed(content[at : at + size])
        assert cut == list(pieces_of(BytesIO(content).read))
        assert walker.is_whole


@given(values)
def test_large_pieces_are_decoded_in_parts_to_the_same(value: object) -> None:
    usual = json_walk._AT_ONCE_BYTES
    json_walk._AT_ONCE_BYTES = 4
    try:
        assert decoded(Piece("item", "", json.dumps(value).encode())) == value
    finally:
        json_walk._AT_ONCE_BYTES = usual


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("hello", "not_json"),
        ("", None),
        ("<html>[1]</html>", "not_json"),
        ('{"a": [1] 2}', "not_json"),
        ("[1]]", "not_json"),
        ("[1}", "not_json"),
        ('{"a" 1: 2}', "not_json"),
        ('{"a": {"b": 1}', "cut"),
        ('["abc', "cut"),
        ('["abc\\', "cut"),
        ("[" * 5000, "deep"),
        ('{"a":' * 5000, "deep"),
    ],
)
def test_what_is_no_json_is_told(content: str, reason: str | None) -> None:
    if reason is None:
        assert list(pieces_of(BytesIO(content.encode()).read)) == []
        return
    with pytest.raises(BadFile) as caught:
        list(pieces_of(BytesIO(content.encode()).read))
    assert caught.value.reason == reason


def test_a_piece_that_is_too_large_is_passed_over_and_the_next_is_read() -> None:
    content = b'["' + b"x" * 5000 + b'", {"a": 1}]'
    first, second = pieces_of(BytesIO(content).read, 1000)
    assert first.raw is None
    assert decoded(second) == {"a": 1}
    with pytest.raises(BadConversation):
        decoded(first)


def test_a_piece_that_is_nested_too_deeply_is_passed_over_and_the_next_is_read() -> None:
    content = b'[{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b'}, {"a": 1}]'
    first, second = pieces_of(BytesIO(content).read)
    assert decoded(second) == {"a": 1}
    with pytest.raises(BadConversation) as caught:
        decoded(first)
    assert caught.value.sentence == "It is nested too deeply."


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_files_in_other_unicode_forms_are_read(coding: str) -> None:
    value = ["a" * 300_000, {"北": "😀"}]
    content = json.dumps(value, ensure_ascii=False).encode(coding)
    assert [decoded(piece) for piece in pieces_of(BytesIO(content).read)] == value


def test_an_endless_file_costs_no_memory() -> None:
    import tracemalloc

    left = 60

    def read(size: int) -> bytes:
        nonlocal left
        left -= 1
        return b" " + b"x" * (size - 1) if left > 0 else b""

    given: Callable[[int], bytes] = read
    tracemalloc.start()
    with pytest.raises(BadFile):
        list(pieces_of(lambda size: b'["' if left == 60 and given(1) else given(size), 1 << 20))
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(("signs", "reason"), [(b"[", "deep"), (b"[[]],", "large")])
def test_a_file_of_nothing_but_brackets_is_given_up(signs: bytes, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb of some megabytes unpacks to billions of them, which would be walked through for hours."""
    monkeypatch.setattr(json_walk, "HOPELESS_DEPTH", 10_000)
    monkeypatch.setattr(json_walk, "MOST_MARKS", 100_000)
    begin, taken = b"[[" if reason == "large" else b"", 0

    def read(size: int) -> bytes:
        nonlocal begin, taken
        taken += size
        assert taken < 20 * json_walk.CHUNK_BYTES, "without end"
        chunk, begin = begin + signs * 20_000, b""
        return chunk

    with pytest.raises(BadFile) as caught:
        for _ in pieces_of(read):
            pass
    assert caught.value.reason == reason


def test_a_long_picture_stays_as_its_bytes_and_a_text_does_not() -> None:
    picture = b'"data:image/png;base64,' + b"iVBO" * (1 << 20) + b'"'
    assert len(picture) > json_walk._LONG_BASE64_BYTES
    found = decoded(Piece("item", "", b'{"content": [{"url": %s}], "text": %s}' % (picture, picture)))
    view = found["content"][0]["url"]
    assert isinstance(view, memoryview)
    assert found["text"] == str(view, "ascii") == picture[1:-1].decode()
    written = picture.replace(b"/", b"\\/")
    assert decoded(Piece("value", "url", written)) == found["text"]
    assert decoded(Piece("value", "content", b'"' + b"a b " * (2 << 20) + b'"')) == "a b " * (2 << 20)


@pytest.mark.parametrize("space", [b"", b" ", b"\n\t  " * 4])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_no_space_around_a_piece_comes_along(space: bytes, size: int) -> None:
    content = b'[%s"a b"%s,%s{"x": [ ]}%s]' % ((space,) * 4)
    walker, found = Walker(), []
    for at in range(0, len(content), size):
        found += [piece.raw for piece in walker.feed(content[at : at + size])]
    assert found == [b'"a b"', b'{"x": [ ]}']
