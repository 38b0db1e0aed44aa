"""A JSON file of any size to its pieces, one at a time: elements of the outer list, or of the lists in an object.

Only the outermost two levels are looked at, and each piece is handed on as bytes; so a file of gigabytes costs the
memory of its largest piece.  Several values after one another (JSON lines) are read as well.
Grammar: https://www.rfc-editor.org/rfc/rfc8259 (read 2026-11-26).
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, NamedTuple

import msgspec

from qwen_desktop.core.exchange.problems import BadConversation, BadFile

CHUNK_BYTES = 256 * 1024
MOST_PIECE_BYTES = 64 * 1024 * 1024
DEEPEST = 200
HOPELESS_DEPTH = 1_000_000
MOST_MARKS = 100_000_000
"""Of one file: so many signs are looked at in minutes, and a bomb of some megabytes has billions."""
MOST_VALUES = 4_000_000
"""Of one piece: as Python values, the smallest take some sixty times their bytes."""
_AT_ONCE_BYTES = 256 * 1024
"""Larger pieces are decoded in parts, so that no other thread waits long for the interpreter."""
_LEVELS_IN_PARTS = 6
"""As deep as pictures lie: conversation, messages, message, content, part, address."""
_KEYS_OF_PICTURES = ("content", "data", "image", "image_url", "url")
_LONG_BASE64_BYTES = 4 << 20
_BASE64 = re.compile(rb'"(?:data:[^"\\]{0,200},)?[A-Za-z0-9+/]{256}')
_MARK = re.compile(rb'["\[\]{},:]')
_FLAT = rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+'
_INSIDE = re.compile(_FLAT + rb"(?:[\[{]" + _FLAT + rb"[\]}]" + _FLAT + rb")*+", re.DOTALL)
"""Up to the next bracket that matters inside a piece: over strings, and over lists and objects that hold no others."""
_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)


class Piece(NamedTuple):
    """`kind`: 'item' of the outer list; 'list' and 'element' for the list named `key` and each of its elements; 'value'
    of `key`; 'end' of an object."""

    kind: str
    key: str = ""
    raw: bytes | None = b""
    """None: it was passed over."""
    why: str = ""
    """'large', 'deep'."""


class Walker:
    """Bytes in, pieces out.  Raises BadFile: 'not_json' at the place where it goes wrong, 'deep' and 'large' for what
    would take hours."""

    def __init__(self, most_bytes: int = MOST_PIECE_BYTES) -> None:
        self._most_bytes = most_bytes
        self._depth = 0
        self._holders: list[int] = []
        """The brackets of the outer one or two levels."""
        self._key: str | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._marks = 0
        self._why = ""
        self._is_in_string = self._is_escaped = self._was_list = False
        self._is_deep = False
        """Of the piece at hand."""

    @property
    def is_whole(self) -> bool:
        """All that was opened is closed."""
        return not self._depth and not self._is_in_string and not b"".join(self._parts).strip()

    @property
    def is_open(self) -> bool:
        return bool(self._holders)

    @property
    def is_deep(self) -> bool:
        """What is open is nested too deeply."""
        return self._is_deep

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        at = begin = 0
        if self._is_escaped:
            at, self._is_escaped = 1, False
        while at < len(chunk):
            if self._is_in_string:
                at = _end_of_string(chunk, at)
                if at == len(chunk):
                    break
                if chunk[at] != 0x22:  # a backslash at the very end
                    self._is_escaped = True
                    break
                self._is_in_string = False
                at += 1
                continue
            if self._depth > len(self._holders):
                skipped = _INSIDE.match(chunk, at)
                assert skipped is not None
                at = skipped.end()
            mark = _MARK.search(chunk, at)
            if mark is None:
                break
            at = mark.end()
            sign = chunk[at - 1]
            self._marks += 1
            if sign == 0x22:
                self._is_in_string = True
            elif self._depth > len(self._holders):  # inside a piece
                self._depth += (sign in b"[{") - (sign in b"]}")
                self._is_deep = self._is_deep or self._depth > DEEPEST
            else:
                pieces, is_taken = self._on_sign(sign, chunk[begin : at - 1])
                if is_taken:
                    begin = at
                yield from pieces
        self._take(chunk[begin:])
        if self._depth > HOPELESS_DEPTH:
            raise BadFile("deep")
        if self._marks > MOST_MARKS:
            raise BadFile("large")

    def _take(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= self._most_bytes and not self._is_deep:
            self._parts.append(part)

    def _finish(self, part: bytes) -> bytes | None:
        self._take(part)
        self._why = "deep" if self._is_deep else "large" if self._size > self._most_bytes else ""
        raw = None if self._why else _joined(self._parts)
        self._parts, self._size, self._is_deep = [], 0, False
        return raw

    def _on_sign(self, sign: int, before: bytes) -> tuple[list[Piece], bool]:
        """A sign between pieces: what it ends, and whether the bytes before it were taken."""
        holder = self._holders[-1] if self._holders else 0
        if sign in b"[{":
            if len(self._holders) == 0 or (sign == 0x5B and self._is_list_of_key(before)):
                if self._finish(before):
                    raise BadFile("not_json")
                self._holders.append(sign)
                self._depth += 1
                return ([Piece("list", self._key or "")] if len(self._holders) == 2 else []), True
            self._depth += 1
            return [], False
        if not holder:
            raise BadFile("not_json")
        if sign == 0x3A:  # :
            if holder != 0x7B or self._key is not None:
                raise BadFile("not_json")
            self._key = _text(self._finish(before))
            return [], True
        if sign in b"]}" and holder != sign - 2:  # [ ] and { } are two apart
            raise BadFile("not_json")
        pieces = self._end_piece(self._finish(before))
        if sign in b"]}":
            self._holders.pop()
            self._depth -= 1
            self._was_list = bool(self._holders)
            if not self._holders and sign == 0x7D:
                pieces.append(Piece("end"))
        return pieces, True

    def _is_list_of_key(self, before: bytes) -> bool:
        is_blank = not before.strip() and not b"".join(self._parts).strip()
        return len(self._holders) == 1 and self._holders[0] == 0x7B and self._key is not None and is_blank

    def _end_piece(self, raw: bytes | None) -> list[Piece]:
        was_list, self._was_list = self._was_list, False
        key = self._key or ""
        if len(self._holders) == 2:
            return [Piece("element", key, raw, self._why)] if raw is None or raw else []
        if self._holders[0] == 0x5B:
            return [Piece("item", "", raw, self._why)] if raw is None or raw else []
        if was_list:
            if raw:
                raise BadFile("not_json")
            self._key = None
            return []
        if self._key is None:
            if raw:
                raise BadFile("not_json")
            return []
        self._key = None
        return [Piece("value", key, raw, self._why)]


def _end_of_string(chunk: bytes, at: int) -> int:
    """Where the quotation mark is that ends it, or a backslash at the very end of the chunk, or that end."""
    end = chunk.find(b'"', at)
    end = len(chunk) if end < 0 else end
    if chunk.find(b"\\", at, end) < 0:  # as in a picture
        return end
    found = _STRING.match(chunk, at)
    assert found is not None
    return found.end()


def _joined(parts: list[bytes]) -> bytes:
    """Without space around it; `strip` would copy it all while every other thread waits, and `join` does not."""
    first, last = 0, len(parts)
    while first < last and not (begin := parts[first].lstrip()):
        first += 1
    while first < last and not parts[last - 1].rstrip():
        last -= 1
    if first == last:
        return b""
    inner = [begin, *parts[first + 1 : last]]
    inner[-1] = inner[-1].rstrip()
    return b"".join(inner)


def pieces_of(read: Callable[[int], bytes], most_bytes: int = MOST_PIECE_BYTES) -> Iterator[Piece]:
    """The pieces of what `read(size)` gives until it gives nothing.  Raises BadFile, 'cut' for one that just ends."""
    walker = Walker(most_bytes)
    read = as_utf8(read)
    chunk = read(CHUNK_BYTES).removeprefix(b"\xef\xbb\xbf")
    while chunk:
        yield from walker.feed(chunk)
        chunk = read(CHUNK_BYTES)
    if not walker.is_whole:
        raise BadFile("deep" if walker.is_deep else "cut" if walker.is_open else "not_json")


def as_utf8(read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """The same of a file in UTF-16, as some editors save it, which its first bytes tell."""
    begin = read(4)
    little = begin[:2] == b"\xff\xfe" or (len(begin) == 4 and begin[0] and not begin[1])
    big = begin[:2] == b"\xfe\xff" or (len(begin) == 4 and begin[1] and not begin[0])
    decoder = codecs.getincrementaldecoder("utf-16-le" if little else "utf-16-be")("replace")
    waiting = begin

    def taken(size: int) -> bytes:
        nonlocal waiting
        chunk, waiting = waiting + read(size), b""
        if not (little or big):
            return chunk
        while chunk:
            if text := decoder.decode(chunk):
                return text.removeprefix("\ufeff").encode("utf-8", "replace")
            chunk = read(size)
        return decoder.decode(b"", final=True).encode("utf-8", "replace")

    return taken


def decoded(piece: Piece, levels: int = _LEVELS_IN_PARTS) -> Any:
    """A piece as Python values.  A long picture comes as a view of its bytes: to make a text of it takes too long at
    once.  Raises BadConversation."""
    if piece.raw is None:
        raise BadConversation(piece.why, str(MOST_PIECE_BYTES >> 20))
    if piece.key in _KEYS_OF_PICTURES and len(piece.raw) > _LONG_BASE64_BYTES and _is_base64(piece.raw):
        return memoryview(piece.raw)[1:-1]
    return _decoded(piece.raw, levels)


def _is_base64(raw: bytes) -> bool:
    """A string that begins as a picture does, and is written as it is."""
    return _BASE64.match(raw) is not None and b"\\" not in raw and raw.find(b'"', 1) == len(raw) - 1


def _decoded(raw: bytes, levels: int) -> Any:
    if levels == _LEVELS_IN_PARTS and len(raw) > MOST_VALUES and _values_in(raw) > MOST_VALUES:
        raise BadConversation("large", str(MOST_PIECE_BYTES >> 20))
    if len(raw) > _AT_ONCE_BYTES and levels and raw[:1] in (b"{", b"["):
        return _in_parts(raw, levels)
    try:
        if len(raw) > _AT_ONCE_BYTES and raw[:1] == b'"' and b"\\" not in raw and raw.find(b'"', 1) == len(raw) - 1:
            return str(memoryview(raw)[1:-1], "utf-8")  # a picture: quicker by half
        return msgspec.json.decode(raw)
    except UnicodeDecodeError:
        raise BadConversation("encoding") from None
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return json.loads(raw)  # takes half surrogate pairs, which msgspec does not
    except (ValueError, RecursionError):
        raise BadConversation("json") from None


def _values_in(raw: bytes) -> int:
    """About; a slice at a time, so that no other thread waits long."""
    slices = range(0, len(raw), CHUNK_BYTES)
    return sum(raw.count(sign, at, at + CHUNK_BYTES) for at in slices for sign in (b",", b"[", b"{"))


def _in_parts(raw: bytes, levels: int) -> Any:
    items: list[Any] = []
    found: dict[str, Any] = {}
    try:
        for piece in pieces_of(BytesIO(raw).read):
            match piece.kind:
                case "item":
                    items.append(decoded(piece, levels - 1))
                case "list":
                    found[piece.key] = []
                case "element":
                    holder = found.setdefault(piece.key, [])
                    if isinstance(holder, list):
                        holder.append(decoded(piece, levels - 1))
                case "value":
                    found[piece.key] = decoded(piece, levels - 1)
    except BadFile:
        raise BadConversation("json") from None
    return items if raw[:1] == b"[" else found


def _text(raw: bytes | None) -> str:
    try:
        key = json.loads(raw or b"")
    except (ValueError, RecursionError):
        key = None
    if not isinstance(key, str):
        raise BadFile("not_json")
    return key
