"""The pages of a damaged database file to the rows that lie on them, without the trees that lead there.

SQLite finds a row through pages that lead to it; when one of those is gone, whole tables are, though their rows lie
there untouched.  Here every page that looks like a leaf of a table is read by itself.  Old versions of rows may come up
too: who asks has to choose.

Source: https://www.sqlite.org/fileformat2.html, sections 1.5, 1.6, 2.1 and 4 (2026-11-26).
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

Value = None | int | float | str | bytes

_USUAL_PAGE_BYTES = 4096
_TABLE_LEAF = 0x0D
_LONGEST_ROW_BYTES = 256 * 1024 * 1024
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


class _BrokenRow(ValueError):
    """It cannot be read whole."""


def rows_on_pages(path: Path) -> Iterator[tuple[int, tuple[Value, ...]]]:
    """Row id and columns of whatever looks like a row of a table; the column that is the id itself is None.

    The log beside the file counts as far as it was committed.  Raises OSError."""
    with ExitStack() as stack:
        pages = _Pages(path, stack)
        for number in range(1, pages.count + 1):
            yield from _rows_of(pages, number)


class _Pages:
    """Pages by their number, from 1; those in the log before those in the file."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        self._file = _mapped(path, stack)
        self._log = _mapped(path.with_name(path.name + "-wal"), stack)
        header = self._file[:100]
        size = int.from_bytes(header[16:18], "big")
        size = 65536 if size == 1 else size
        is_sound = header.startswith(b"SQLite format 3\0") and size >= 512 and size & (size - 1) == 0
        self.page_bytes = size if is_sound else _USUAL_PAGE_BYTES
        self.usable_bytes = self.page_bytes - (header[20] if is_sound else 0)
        self._in_log = self._frames()
        in_file = -(-len(self._file) // self.page_bytes)
        self.count = max([in_file, *self._in_log])

    def _frames(self) -> dict[int, int]:
        """Page number to its newest place in the log, up to the last commit."""
        log, found, committed = self._log, dict[int, int](), dict[int, int]()
        if len(log) < 32:
            return committed
        salts, at = log[16:24], 32
        while at + 24 + self.page_bytes <= len(log) and log[at + 8 : at + 16] == salts:
            number, pages_after_commit = struct.unpack(">II", log[at : at + 8])
            if not 0 < number <= 0x7FFFFFFF:
                break
            found[number] = at + 24
            if pages_after_commit:
                committed.update(found)
                found.clear()
            at += 24 + self.page_bytes
        return committed

    def __getitem__(self, number: int) -> bytes:
        place = self._in_log.get(number)
        if place is not None:
            return self._log[place : place + self.page_bytes]
        return self._file[(number - 1) * self.page_bytes : number * self.page_bytes]


def _mapped(path: Path, stack: ExitStack) -> mmap.mmap | bytes:
    if not path.exists() or path.stat().st_size == 0:
        return b""
    file = stack.enter_context(path.open("rb"))
    return stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _rows_of(pages: _Pages, number: int) -> Iterator[tuple[int, tuple[Value, ...]]]:
    page = pages[number]
    start = 100 if number == 1 else 0
    if len(page) < pages.page_bytes or page[start] != _TABLE_LEAF:
        return
    cells = int.from_bytes(page[start + 3 : start + 5], "big")
    for index in range(cells):
        place = start + 8 + 2 * index
        if place + 2 > len(page):
            return
        try:
            yield _row_at(pages, page, int.from_bytes(page[place : place + 2], "big"))
        except (_BrokenRow, IndexError, struct.error):
            continue


def _row_at(pages: _Pages, page: bytes, at: int) -> tuple[int, tuple[Value, ...]]:
    size, at = _varint(page, at)
    row_id, at = _varint(page, at)
    if not 0 < size <= _LONGEST_ROW_BYTES or row_id <= 0:
        raise _BrokenRow
    return row_id, _columns(_payload(pages, page, at, size))


def _payload(pages: _Pages, page: bytes, at: int, size: int) -> bytes:
    """The whole row; what does not fit on its page goes on along a chain of others."""
    usable = pages.usable_bytes
    if size <= usable - 35:
        here = size
    else:
        least = (usable - 12) * 32 // 255 - 23
        here = least + (size - least) % (usable - 4)
        here = here if here <= usable - 35 else least
    pieces = [page[at : at + here]]
    if len(pieces[0]) < here:
        raise _BrokenRow
    missing = size - here
    following = int.from_bytes(page[at + here : at + here + 4], "big") if missing else 0
    while missing:
        if not 0 < following <= pages.count:
            raise _BrokenRow
        more = pages[following]
        pieces.append(more[4 : 4 + min(missing, usable - 4)])
        if len(pieces[-1]) < min(missing, usable - 4):
            raise _BrokenRow
        missing -= len(pieces[-1])
        following = int.from_bytes(more[:4], "big")
    return b"".join(pieces)


def _columns(row: bytes) -> tuple[Value, ...]:
    header_bytes, at = _varint(row, 0)
    if not at <= header_bytes <= len(row):
        raise _BrokenRow
    values: list[Value] = []
    body = header_bytes
    while at < header_bytes:
        kind, at = _varint(row, at)
        value, size = _value(kind, row, body)
        values.append(value)
        body += size
    if at != header_bytes or body != len(row):
        raise _BrokenRow
    return tuple(values)


def _value(kind: int, row: bytes, at: int) -> tuple[Value, int]:
    """A column and how many bytes it takes."""
    if kind == 0:
        return None, 0
    if (size := _INTEGER_BYTES.get(kind)) is not None:
        return int.from_bytes(row[at : at + size], "big", signed=True), size
    if kind == 7:
        return struct.unpack(">d", row[at : at + 8])[0], 8
    if kind in (8, 9):
        return kind - 8, 0
    if kind < 12:
        raise _BrokenRow
    size = (kind - 12) // 2
    content = row[at : at + size]
    if len(content) < size:
        raise _BrokenRow
    if kind % 2 == 0:
        return content, size
    try:
        return content.decode("utf-8"), size
    except UnicodeDecodeError as error:  # the history never holds such text
        raise _BrokenRow from error


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of up to nine bytes, and where the next one begins."""
    value = 0
    for _ in range(8):
        byte = data[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    return value << 8 | data[at], at + 1
