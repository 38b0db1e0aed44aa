"""Places on the screen to places in the text, and back: what is painted and selected is pieces, what is copied and
found is the characters that the model wrote.

A mark is a piece and a position in it (UTF-16 units of what is painted there); an offset counts characters of the
message's exact text.  Nothing is laid out but the pieces that are asked for, nothing read but their blocks."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from qwen_desktop.ui.transcript.blocks import PlainPiece
from qwen_desktop.ui.transcript.code_block import LINES_PER_PIECE, CodePiece
from qwen_desktop.ui.transcript.copying import LeafPlace, block_offsets
from qwen_desktop.ui.transcript.copying import markdown_between as copied
from qwen_desktop.ui.transcript.inline import plain_of, runs_of
from qwen_desktop.ui.transcript.source_map import References, rendered_range, source_offset
from qwen_desktop.ui.transcript.text_box import utf16_length

if TYPE_CHECKING:
    from qwen_desktop.ui.transcript.blocks import Piece
    from qwen_desktop.ui.transcript.flow import Flow, Mark
    from qwen_desktop.ui.transcript.stream import Block

Place = tuple[int, int, int]
"""Block, leaf in it, and character in the leaf."""
Stretch = tuple[int, int, int]
"""A piece, and first and last position of a part of it."""


def markdown_between(flow: Flow, text: str, begin: Mark, end: Mark) -> str:
    """The Markdown of what is between two marks; `text` is all that was fed to the flow."""
    if begin >= end or not flow.pieces:
        return ""
    if flow.stream is None or min(end[0], len(flow.pieces) - 1) >= flow.first_unread:
        return text[offset_of(flow, text, begin) : offset_of(flow, text, end)]
    first, last = _place_of(flow, begin), _place_of(flow, end)
    alone = _words_alone(flow, text, first, last)
    return copied(flow.stream.blocks, first, last, flow.stream.definitions) if alone is None else alone


def _words_alone(flow: Flow, text: str, first: Place, last: Place) -> str | None:
    """A part of a leaf that looks alike from one end to the other: what is between the marks around it, if any.

    Who takes a name out of a sentence wants the name, without the backticks it stands in."""
    assert flow.stream is not None
    if first[:2] != last[:2]:
        return None
    block = flow.stream.blocks[first[0]]
    leaves = _leaves(flow, block)
    if first[1] >= len(leaves) or leaves[first[1]].token.type != "inline" or block.kind == "plain":
        return None
    leaf = leaves[first[1]]
    seen = leaf.text[first[2] : last[2]]
    if (first[2], last[2]) == (0, len(leaf.text)) or not seen:
        return None
    references = flow.stream.definitions
    begin = source_offset(leaf.token.content, first[2] + leaf.hidden, references)
    end = source_offset(leaf.token.content, last[2] - 1 + leaf.hidden, references) + 1
    return seen if leaf.token.content[begin:end] == seen else None


def offset_of(flow: Flow, text: str, mark: Mark) -> int:
    """Where the character at a mark was written; the end of the text behind the last one."""
    index, position = mark
    if flow.stream is None:
        return _offset_in_plain(text, flow.pieces, index, position)
    entries = flow.shown_blocks
    first_unread = flow.first_unread
    if index >= first_unread:
        read = flow.read_length
        for part, pieces in flow.unread:
            if index < first_unread + len(pieces):
                return read + _offset_in_plain(part, pieces, index - first_unread, position)
            first_unread += len(pieces)
            read += len(part)
        return len(text)
    block, leaf_number, character = _place_of(flow, mark)
    before = sum(len(entry.block.src) for entry in entries[:block])
    leaves = _leaves(flow, entries[block].block)
    inside = len(entries[block].block.src)
    if leaf_number < len(leaves):
        inside = _offset_in_block(entries[block].block, leaves[leaf_number], character, flow.stream.definitions)
    return _exact(text, before + inside)


def stretches_of(flow: Flow, text: str, begin: int, end: int) -> list[Stretch]:
    """Where the characters `begin` to `end` of a text are painted; nothing for marks that are not painted."""
    if flow.stream is None:
        return _stretches_in_plain(text, flow.pieces, 0, begin, end)
    found: list[Stretch] = []
    read = flow.read_length
    if begin < read:
        first, last = _normal(text, begin), _normal(text, end)
        at = 0
        for number, entry in enumerate(flow.shown_blocks):
            size = len(entry.block.src)
            if at >= last:
                break
            if at + size > first:
                found += stretches_in_entry(flow, number, max(0, first - at), min(size, last - at))
            at += size
    piece = flow.first_unread
    for part, pieces in flow.unread:
        if begin < read + len(part) and end > read:
            found += _stretches_in_plain(part, pieces, piece, begin - read, end - read)
        read += len(part)
        piece += len(pieces)
    return found


def entry_of(flow: Flow, index: int) -> int | None:
    """Which of the shown blocks a piece belongs to; None where it is text shown as it was written."""
    if flow.stream is None or index >= flow.first_unread:
        return None
    return max(0, bisect.bisect_right(flow.shown_blocks, index, key=lambda entry: entry.first) - 1)


def mark_of(flow: Flow, text: str, offset: int) -> Mark:
    """Where the character at an offset is painted, or where it would be."""
    if not flow.pieces or offset <= 0:
        return 0, 0
    for size in (1, 40, 400, 4_000):
        found = stretches_of(flow, text, offset, offset + size)
        if found:
            return found[0][:2]
    return flow.end_mark()


def end_mark_of(flow: Flow, text: str, offset: int) -> Mark:
    """Behind the last character that is painted of those before an offset."""
    for size in (1, 40, 400, 4_000):
        found = stretches_of(flow, text, max(0, offset - size), offset)
        if found:
            return max((piece, last) for piece, _, last in found)
    return 0, 0


# Text as it was written: prompts, what is not read yet


def _offset_in_plain(text: str, pieces: Sequence[Piece], index: int, position: int) -> int:
    if index >= len(pieces):
        return len(text)
    units = _written(pieces[index]).encode("utf-16-le", "surrogatepass")[: 2 * position]
    return _begins(text, pieces[: index + 1])[index] + len(units.decode("utf-16-le", "replace"))


def _written(piece: Piece) -> str:
    """The characters of a piece of text that is shown as it was written; it need not be laid out."""
    assert isinstance(piece, PlainPiece)
    return piece.source


def _begins(text: str, pieces: Sequence[Piece]) -> list[int]:
    """Where each piece begins in the text; line ends between pieces belong to none."""
    found, at = [], 0
    for piece in pieces:
        found.append(at)
        at += len(_written(piece))
        if text[at : at + 1] == "\n":
            at += 1
    return found


def _stretches_in_plain(text: str, pieces: Sequence[Piece], first: int, begin: int, end: int) -> list[Stretch]:
    begins = _begins(text, pieces)
    number = max(0, bisect.bisect_right(begins, begin) - 1)
    found = []
    while number < len(pieces) and begins[number] < end:
        written = _written(pieces[number])
        one, other = max(0, begin - begins[number]), min(len(written), end - begins[number])
        if one < other:
            found.append((first + number, utf16_length(written[:one]), utf16_length(written[:other])))
        number += 1
    return found


def _position_in_code(piece: CodePiece, character: int) -> int:
    """Where a character of the whole code is in a piece; a line that is shown as several has no line ends inside."""
    lines = piece.block.lines
    row = min(max(piece.first, bisect.bisect_right(piece.block.starts, character) - 1), piece.last - 1)
    before = sum(utf16_length(line) + 1 for line in lines[piece.first : row])
    return before + utf16_length(lines[row][: max(0, character - piece.block.starts[row])])


def _character_in_code(piece: CodePiece, position: int) -> int:
    row = piece.first
    while row < piece.last - 1 and position > (size := utf16_length(piece.block.lines[row])):
        position -= size + 1
        row += 1
    line = piece.block.lines[row]
    units = line.encode("utf-16-le", "surrogatepass")[: 2 * position]
    behind = 1 if position > utf16_length(line) else 0  # the line end, too
    return min(len(piece.block.code), piece.block.starts[row] + len(units.decode("utf-16-le", "replace")) + behind)


# Markdown


def _place_of(flow: Flow, mark: Mark) -> Place:
    index, position = min(mark[0], len(flow.pieces) - 1), mark[1]
    number = entry_of(flow, index) or 0
    entry = flow.shown_blocks[number]
    piece = flow.exact_piece(index)
    inside = len(piece.plain(0, position))
    if entry.block.kind == "plain":
        pieces = flow.pieces[entry.first : index + 1]
        src = entry.block.src
        return number, 0, len(src) - len(src.lstrip("\n")) + _begins(src.strip("\n"), pieces)[-1] + inside
    leaf = _leaf_numbers(flow.pieces[entry.first : index + 1])[-1] if index >= entry.first else 0
    if isinstance(piece, CodePiece):
        inside = _character_in_code(piece, position)
    elif piece.kind == "math":
        inside = len(piece.plain(0, piece.text_length)) if position else 0
    elif piece.kind == "rule":
        inside = position
    return number, leaf, inside


def _leaf_numbers(pieces: Sequence[Piece]) -> list[int]:
    """To which leaf of its block each piece belongs: all pieces of a code block are one."""
    fresh = [not (isinstance(piece, CodePiece) and piece.first >= LINES_PER_PIECE) for piece in pieces]
    return [count - 1 for count in accumulate(fresh)]


def _leaves(flow: Flow, block: Block) -> list[LeafPlace]:
    assert flow.stream is not None
    references = tuple((key, ref["href"], ref["title"]) for key, ref in flow.stream.definitions.items())
    return _cached_leaves(block, block.revision, references)


@lru_cache(maxsize=64)
def _cached_leaves(block: Block, revision: int, references: tuple[tuple[str, str, str], ...]) -> list[LeafPlace]:
    return block_offsets(block, {key: {"href": href, "title": title} for key, href, title in references})


def _line_starts(src: str) -> list[int]:
    return [0, *accumulate(len(line) + 1 for line in src.split("\n"))]


def _lines_of(block: Block, leaf: LeafPlace) -> Iterator[tuple[int, int, int]]:
    """Where each line of a leaf's content begins in it, where that is in the block's source, and its length."""
    src, starts = block.src, _line_starts(block.src)
    line = leaf.begin + (1 if leaf.token.type in ("fence", "math_block") else 0)
    at = 0
    content = leaf.token.content
    is_inline = leaf.token.type == "inline"
    for number, part in enumerate(content.split("\n")):
        if line >= len(starts) - 1:
            return
        begin, stop = starts[line], starts[line + 1]
        first = begin + (len(leaf.prefix) if is_inline and number == 0 else 0)
        found = src.find(part, first, stop) if is_inline else stop - 1 - len(part)
        if found >= begin:
            yield at, found, len(part)
        at += len(part) + 1
        line += 1


def _offset_in_block(block: Block, leaf: LeafPlace, character: int, references: References) -> int:
    """Where a rendered character of a leaf stands in its block's source."""
    if block.kind == "plain":
        return character
    if leaf.rows:
        return _offset_in_table(block, leaf, character, references)
    content_at = character
    if leaf.token.type == "inline":
        content_at = source_offset(leaf.token.content, character + leaf.hidden, references)
    elif leaf.token.type in ("math_block", "hr"):
        return _line_starts(block.src)[leaf.begin if character == 0 else min(leaf.end, block.src.count("\n") + 1)]
    best = _line_starts(block.src)[leaf.begin]
    for at, found, length in _lines_of(block, leaf):
        if content_at >= at:
            best = found + min(content_at - at, length)
    return best


def _cells(block: Block, leaf: LeafPlace) -> Iterator[tuple[int, str, int]]:
    """The cells of a table: first rendered character, content, and where that stands in the block's source."""
    starts, at = _line_starts(block.src), 0
    for cells, line in zip(leaf.rows, leaf.row_lines, strict=True):
        begin = starts[line] + (len(leaf.prefix) if line == leaf.begin else 0)
        stop = starts[line + 1]
        for cell in cells:
            found = block.src.find(cell.content, begin, stop)
            yield at, cell.content, found
            begin = found + len(cell.content) if found >= 0 else begin
            at += len(plain_of(runs_of(cell))) + 1


def _offset_in_table(block: Block, leaf: LeafPlace, character: int, references: References) -> int:
    best = _line_starts(block.src)[leaf.begin]
    for at, content, found in _cells(block, leaf):
        if at <= character and found >= 0:
            best = found + source_offset(content, character - at, references)
    return best


def stretches_in_entry(flow: Flow, number: int, begin: int, end: int) -> list[Stretch]:
    """Where `begin` to `end` of the source of a shown block is painted."""
    entry = flow.shown_blocks[number]
    is_last = number + 1 == len(flow.shown_blocks)
    stop = flow.first_unread if is_last else flow.shown_blocks[number + 1].first
    block, pieces = entry.block, flow.pieces[entry.first : stop]
    if block.kind == "plain":
        skipped = len(block.src) - len(block.src.lstrip("\n"))
        return _stretches_in_plain(block.src.strip("\n"), pieces, entry.first, begin - skipped, end - skipped)
    assert flow.stream is not None
    found: list[Stretch] = []
    numbers = _leaf_numbers(pieces)
    starts = _line_starts(block.src)
    for number, leaf in enumerate(_leaves(flow, block)):
        if starts[leaf.begin] >= end or starts[min(leaf.end, len(starts) - 1)] <= begin:
            continue
        own = range(bisect.bisect_left(numbers, number), bisect.bisect_right(numbers, number))
        for first, last in _rendered(block, leaf, begin, end, flow.stream.definitions):
            found += _in_pieces(flow, [entry.first + one for one in own], first, last)
    return found


def _rendered(block: Block, leaf: LeafPlace, begin: int, end: int, references: References) -> Iterator[tuple[int, int]]:
    """First and last rendered character of what a part of the source is seen as in a leaf."""
    if leaf.rows:
        for at, content, found in _cells(block, leaf):
            one, other = max(begin, found), min(end, found + len(content))
            if found >= 0 and one < other:
                first, last = rendered_range(content, one - found, other - found, references)
                yield at + first, at + last
        return
    if leaf.token.type in ("math_block", "hr"):
        yield 0, len(leaf.text)
        return
    first_at = last_at = None
    for at, found, length in _lines_of(block, leaf):
        one, other = max(begin, found), min(end, found + length)
        if one < other:
            first_at = at + one - found if first_at is None else first_at
            last_at = at + other - found
    if first_at is None or last_at is None:
        return
    if leaf.token.type == "inline":
        first_at, last_at = rendered_range(leaf.token.content, first_at, last_at, references)
        first_at, last_at = max(0, first_at - leaf.hidden), max(0, last_at - leaf.hidden)
    yield first_at, last_at


def _in_pieces(flow: Flow, indexes: Sequence[int], first: int, last: int) -> Iterator[Stretch]:
    """Rendered characters of a leaf, in the pieces that paint it."""
    at = 0
    for index in indexes:
        piece = flow.pieces[index]
        if isinstance(piece, CodePiece):
            code = piece.block
            begin = max(first, code.starts[piece.first])
            end = min(last, code.starts[piece.last] if piece.last < len(code.lines) else len(code.code))
            if begin < end:
                last_character = code.code[end - 1]
                behind = _position_in_code(piece, end - 1) + utf16_length(last_character)
                yield index, _position_in_code(piece, begin), behind
            continue
        piece = flow.exact_piece(index)
        size = len(piece.plain(0, piece.text_length))
        one, other = max(0, first - at), min(size, last - at)
        if one < other:
            if piece.kind == "math":
                yield index, 0, piece.text_length
            else:
                yield index, piece.position_behind(one), piece.position_behind(other)
        at += size


# Line ends: what was received may have others than what is read


def _normal(text: str, offset: int) -> int:
    return offset - text.count("\r\n", 0, offset) if "\r" in text else offset


def _exact(text: str, offset: int) -> int:
    if "\r\n" not in text:
        return offset
    at = 0
    for line in text.split("\r\n"):
        if offset <= len(line):
            return at + offset
        offset -= len(line) + 1
        at += len(line) + 2
    return len(text)
