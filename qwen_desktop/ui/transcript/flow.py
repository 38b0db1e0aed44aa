"""A text to pieces one below the other: a reply's Markdown, its reasoning, or a prompt as it was typed.

A flow knows which pieces changed, lays out those that are looked at, and keeps estimates for the others.  A long text
is read in slices; what is not read yet is shown as it was written, so that its end can be looked at at once."""

from __future__ import annotations

import bisect
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice, zip_longest
from operator import attrgetter

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from qwen_desktop.ui.transcript.blocks import (
    Leaf,
    Piece,
    Place,
    PlainPiece,
    RulePiece,
    TextPiece,
    leaves_of,
    plain_pieces,
)
from qwen_desktop.ui.transcript.code_block import LINES_PER_PIECE, CodeBlock, CodePiece
from qwen_desktop.ui.transcript.image_block import paragraph_piece
from qwen_desktop.ui.transcript.inline import plain_of
from qwen_desktop.ui.transcript.math_block import MathPiece
from qwen_desktop.ui.transcript.reuse import Reuse
from qwen_desktop.ui.transcript.stream import LONGEST_TEXT, Block, MarkdownStream
from qwen_desktop.ui.transcript.style import Style
from qwen_desktop.ui.transcript.table_block import Table, TablePiece
from qwen_desktop.ui.transcript.text_box import Wash

SLICE = 4_000
"""Characters that are read in one go, about 2 ms; a longer text is read in slices."""
MOST_LINES = 60
"""Lines that are read in one go: a short one, such as a row of a table, takes as long as many characters."""
PLAIN_SLICE = 32_000
"""The same for text that is shown as it was written."""
KEPT_PX = 1_500
"""What is farther from the screen is not kept laid out."""
MOST_KEPT = 96
"""Layouts, each of a paragraph or of a cell of a table."""

_Y, _LAYOUTS = attrgetter("y"), attrgetter("layouts")

Mark = tuple[int, int]
"""A place in the text of a flow: which piece, which position in it."""


@dataclass(slots=True)
class ShownBlock:
    """A block as it is shown."""

    block: Block
    revision: int
    first: int
    """Index of its first piece."""
    code: CodeBlock | None = None
    table: Table | None = None


class Flow:
    """Pieces in a column of `width` px.  `schedule_colouring` is called with a code block that wants idle time."""

    def __init__(
        self,
        style: Style,
        *,
        is_markdown: bool,
        lexer_loaded: Callable[[], None],
        schedule_colouring: Callable[[CodeBlock], None],
    ) -> None:
        self.style = style
        self.pieces: list[Piece] = []
        self.width = 0
        self.height = 0
        self.shape = 0
        """Another number after whatever may move a widget in it, make one wanted, or let one go."""
        self.is_in_place = False
        """With the last `update` no more changed than pixels of what is laid out."""
        self._placed = 0
        self._lexer_loaded = lexer_loaded
        self._schedule_colouring = schedule_colouring
        self.stream = MarkdownStream() if is_markdown else None
        self.shown_blocks: list[ShownBlock] = []
        self._unread: deque[tuple[str, list[Piece]]] = deque()
        """Text that was not given to the stream yet, with the pieces that show it meanwhile."""
        self._laid_out: dict[int, Piece] = {}
        """Pieces that may hold layouts."""
        self._misplaced_from: int | None = None
        """The first piece that got another height when it was painted or asked for, before `ensure` came to it."""
        self.read_length = 0
        """Characters of the text that are in the shown blocks; what is unread comes after them."""
        self.sources: Mapping[int, str] = {}
        """What numbers such as `[1]` lead to in what is read from now on."""
        self._fed: list[str] = []
        self._plain_tail = ""
        self._plain_rest: tuple[str, int] = ("", 0)
        """A long text that is shown as it was written, and up to where its pieces are there."""
        self._is_final = False
        self._changed_from: int | None = None
        self._unchanged_px = 0
        """How much of that piece looks as it did, from its top."""

    # Text in

    def feed(self, text: str) -> None:
        self._fed.append(text)

    def finish(self) -> None:
        """Nothing more will be fed; takes effect with the next `update`."""
        self._is_final = True

    @property
    def is_reading(self) -> bool:
        """There is text to be read in slices, by `read_some`."""
        return bool(self._unread or self._plain_rest[0])

    @property
    def unread(self) -> list[tuple[str, list[Piece]]]:
        """The text that is not read yet, with the pieces that show it as it was written."""
        return list(self._unread)

    @property
    def first_unread(self) -> int:
        """Index of the first piece of the text that is not read yet."""
        return len(self.pieces) - sum(len(pieces) for _, pieces in self._unread)

    def may_be_cut_anew(self, index: int) -> bool:
        """Whether more text may bring what a piece shows into other pieces."""
        if self.stream is None or index >= self.first_unread:
            return True
        open_blocks = self.shown_blocks[self.stream.frozen :] or self.shown_blocks[-1:]
        last = open_blocks[-1]
        is_long = last.code is None and len(last.block.src) > LONGEST_TEXT // 4
        return index >= open_blocks[0].first and (is_long or last.block.kind == "plain")

    def update(self) -> int | None:
        """Bring the pieces up to date with what was fed; from which y on pixels changed by it, or None."""
        before = self.height, self.shape
        text = "".join(self._fed)
        self._fed.clear()
        self._changed_from = None
        if self.stream is None:
            rest, at = self._plain_rest
            self._plain_rest = rest[at:] + text, 0
            self._grow_plain(self._next_plain())
        elif self._unread or len(text) > 2 * SLICE or text.count("\n") > 2 * MOST_LINES:
            self._put_aside(text)
        elif text or self._is_final:
            self.stream.feed(text)
            self.read_length += len(text)
            self._read(self._is_final)
        changed = self._finish_update()
        self.is_in_place = (self.height, self.shape) == before and self._is_laid_out_from(self._changed_from)
        return changed

    def _is_laid_out_from(self, first: int | None) -> bool:
        if self._misplaced_from is not None:
            return False
        return first is None or all(self.pieces[index].is_exact for index in range(first, len(self.pieces)))

    def read_some(self, budget_s: float) -> int | None:
        """Read on in a text put aside; from which y on pixels changed."""
        end = time.perf_counter() + budget_s
        self._changed_from = None
        while self._plain_rest[0] and time.perf_counter() < end:
            self._grow_plain(self._next_plain())
        while self._unread and self.stream is not None:
            text, stand_ins = self._unread.popleft()
            self._touch(len(self.pieces) - sum(len(pieces) for _, pieces in self._unread) - len(stand_ins))
            position = len(self.pieces) - sum(len(pieces) for _, pieces in self._unread)
            del self.pieces[position - len(stand_ins) : position]
            self.stream.feed(text)
            self.read_length += len(text)
            self._read(self._is_final and not self._unread)
            if time.perf_counter() > end:
                break
        return self._finish_update()

    def _finish_update(self) -> int | None:
        if self._changed_from is None:
            return None
        first = min(self._changed_from, len(self.pieces))
        self._place(first)
        if first == len(self.pieces):
            return self.height
        piece, unchanged_px = self.pieces[first], self._unchanged_px
        return piece.y + unchanged_px - piece.overhang_px - (0 if unchanged_px else piece.gap_px)

    def _touch(self, piece: int, unchanged_px: int = 0) -> None:
        """A piece changed, perhaps not at its top, and perhaps those below it."""
        if self._changed_from is None or piece < self._changed_from:
            self._changed_from, self._unchanged_px = piece, unchanged_px
        elif piece == self._changed_from:
            self._unchanged_px = min(self._unchanged_px, unchanged_px)

    def _next_plain(self) -> str:
        rest, at = self._plain_rest
        cut = at + PLAIN_SLICE
        self._plain_rest = ("", 0) if cut >= len(rest) else (rest, cut)
        return rest[at:cut]

    def _grow_plain(self, text: str) -> None:
        if not text:
            return
        if self.pieces:
            text = self._plain_tail + text
            self.pieces.pop()
        self._touch(len(self.pieces))
        place = Place(gap_px=0)
        fresh = list(plain_pieces(text, self.style, place))
        self.pieces += fresh
        last = fresh[-1]
        self._plain_tail = last.source

    def _put_aside(self, text: str) -> None:
        self._touch(len(self.pieces))
        at = 0
        while at < len(text):
            cut = _end_of_lines(text, at, at + SLICE) or text.rfind("\n", at + SLICE // 2, at + SLICE) + 1 or at + SLICE
            part, at = text[at:cut], cut
            stand_ins: list[Piece] = list(plain_pieces(part.rstrip("\n") or part, self.style, Place()))
            self.pieces += stand_ins
            self._unread.append((part, stand_ins))

    def _read(self, final: bool) -> None:
        stream = self.stream
        assert stream is not None
        update = stream.update(final)
        blocks, shown_blocks = stream.blocks, self.shown_blocks
        tail_pieces = [piece for _, pieces in self._unread for piece in pieces]
        if tail_pieces:
            del self.pieces[-len(tail_pieces) :]
        if update.dirty:
            self._rebuild(sorted(update.dirty))
        index = min(update.first_changed, len(shown_blocks))
        while index < min(len(shown_blocks), len(blocks)) and _is_shown(shown_blocks[index], blocks[index]):
            index += 1
        if index < min(len(shown_blocks), len(blocks)):
            entry = shown_blocks[index]
            is_last = index == len(shown_blocks) - 1
            if entry.block is blocks[index] and entry.code is not None and is_last:
                self._grow_code(entry)
                index += 1
        before: list[Piece] = []
        if index < len(shown_blocks):
            first = shown_blocks[index].first
            end = shown_blocks[index + 1].first if index + 1 < len(shown_blocks) else len(self.pieces)
            before = self.pieces[first:end]
            if index == len(blocks) or end < len(self.pieces):
                self._touch(first if index == len(blocks) else end)
            del self.pieces[first:], shown_blocks[index:]
        for block in blocks[len(shown_blocks) :]:
            self._show_block(block, before)
            before = []
        for entry in shown_blocks[update.first_changed : stream.frozen]:
            self._on_frozen(entry)
        self.pieces += tail_pieces

    def _on_frozen(self, entry: ShownBlock) -> None:
        entry.block.release_tokens()
        if entry.code is not None:
            entry.code.close()

    def _show_block(self, block: Block, before: list[Piece]) -> None:
        """Append the pieces of a block; `before` are those it had until now, if any."""
        entry = ShownBlock(block, block.revision, len(self.pieces))
        previous = self.shown_blocks[-1] if self.shown_blocks else None
        self.shown_blocks.append(entry)
        self.pieces += self._renewed(entry, previous, before)

    def _renewed(self, entry: ShownBlock, previous: ShownBlock | None, before: list[Piece]) -> list[Piece]:
        """The pieces of a block in the place of those it had until now."""
        reuse = Reuse(before)
        fresh = self._pieces_of(entry, previous, reuse)
        unchanged = len(fresh) if reuse.unchanged is None else reuse.unchanged
        if unchanged < max(len(fresh), len(before)):
            self._touch(entry.first + unchanged, reuse.unchanged_px)
        for old, new in zip(before, fresh, strict=False):
            if isinstance(old, TextPiece):
                new.y = old.y  # most often it stays there
        for piece in before:
            self._laid_out.pop(id(piece), None)
        self._laid_out.update((id(piece), piece) for piece in fresh if piece.is_exact)
        return fresh

    def _pieces_of(self, entry: ShownBlock, previous: ShownBlock | None, reuse: Reuse) -> list[Piece]:
        block = entry.block
        if block.kind == "plain":
            is_continued = previous is not None and previous.block.kind == "plain"
            place = Place(gap_px=0 if is_continued else 12)
            return [reuse.text(piece) for piece in plain_pieces(block.src.strip("\n"), self.style, place)]
        pieces: list[Piece] = []
        for leaf in leaves_of(block.tokens, block.number, bool(block.prefix), block.is_loose is True):
            match leaf.token.type:
                case "inline":
                    pieces.append(reuse.text(paragraph_piece(leaf, self.style, self.sources)))
                case "fence" | "code_block":
                    pieces += self._fence(leaf, entry, reuse)
                case "table_open" | "tr_open":
                    pieces.append(self._table(leaf, entry, previous, reuse))
                case "math_block":
                    token, is_closed = leaf.token, bool(leaf.token.meta.get("is_closed"))
                    piece = MathPiece(self.style, leaf.place, token.content, token.markup, is_closed)
                    pieces.append(reuse.math(piece))
                case "hr":
                    pieces.append(reuse.other(RulePiece(self.style, leaf.place)))
        return pieces

    def _fence(self, leaf: Leaf, entry: ShownBlock, reuse: Reuse) -> list[Piece]:
        language, content = (leaf.token.info.split() or [""])[0], leaf.token.content
        pieces: list[Piece] = [*reuse.code(leaf.place, language, content)]
        if pieces and isinstance(pieces[0], CodePiece):
            code = pieces[0].block
        else:
            code = CodeBlock(language, self._lexer_loaded, self._schedule_colouring)
            code.grow(content)
        pieces += self._code_pieces(code, leaf.place, len(pieces) * LINES_PER_PIECE)
        if entry.block.kind == "fence":
            entry.code = code
        return pieces

    def _table(self, leaf: Leaf, entry: ShownBlock, previous: ShownBlock | None, reuse: Reuse) -> Piece:
        piece = reuse.table(leaf.place, leaf.tokens)
        if piece is None:
            is_continued = entry.block.kind == "rows" and previous is not None
            table = previous.table if is_continued and previous is not None else None
            if table is None:
                table, is_continued = Table(), False
                table.sources = self.sources
            piece = TablePiece(self.style, leaf.place, table, leaf.tokens)
            if is_continued and self.pieces and isinstance(last := self.pieces[-1], TablePiece):
                last.is_end, last.is_exact = False, False  # it has no room for a scroll bar any more
        entry.table = piece.table
        return piece

    def table_tsv(self, table: Table) -> str:
        """The cells of a whole table as they are read, for a spreadsheet."""
        from qwen_desktop.ui.transcript.copying import table_as_tsv  # brings the parser, which the first frame spares

        pieces = [piece for piece in self.pieces if isinstance(piece, TablePiece) and piece.table is table]
        return table_as_tsv([[plain_of(cell) for cell in row] for piece in pieces for row in piece.rows])

    def table_markdown(self, table: Table) -> str:
        """The source of a whole table, without the marks of what it stands in."""
        from qwen_desktop.ui.transcript.copying import table_as_markdown, table_in

        parts = [entry.block.src for entry in self.shown_blocks
                 if entry.table is table and entry.block.kind in ("table", "rows")]  # fmt: skip
        if parts:
            return table_as_markdown("".join(parts))
        at = next(k for k, piece in enumerate(self.pieces) if isinstance(piece, TablePiece) and piece.table is table)
        entry = self.shown_blocks[bisect.bisect_right(self.shown_blocks, at, key=lambda entry: entry.first) - 1]
        return table_in(entry.block, sum(isinstance(piece, TablePiece) for piece in self.pieces[entry.first : at]))

    def _code_pieces(self, code: CodeBlock, place: Place, first_line: int) -> list[Piece]:
        pieces: list[Piece] = []
        for line in range(first_line, len(code.lines), LINES_PER_PIECE):
            own = place if line == 0 else Place(place.indent_px, place.quote_bars_px, len(place.quote_bars_px), "", 0)
            pieces.append(CodePiece(self.style, own, code, line))
        return pieces

    def _grow_code(self, entry: ShownBlock) -> None:
        """A fence that got longer: only its last piece has changed, and there may be new ones."""
        code, block = entry.code, entry.block
        assert code is not None
        entry.revision = block.revision
        changed = code.grow(block.tokens[0].content)
        first = entry.first + min(changed, len(code.lines) - 1) // LINES_PER_PIECE
        seen = min((changed, len(code.lines) - 1, *code.changed_lines))
        seen_in = min(entry.first + seen // LINES_PER_PIECE, len(self.pieces) - 1)
        piece = self.pieces[seen_in]
        self._touch(seen_in, piece.line_top(seen) if isinstance(piece, CodePiece) else 0)
        count = -(-len(code.lines) // LINES_PER_PIECE)
        del self.pieces[entry.first + count :]
        for piece in self.pieces[max(entry.first, first) :]:
            if isinstance(piece, CodePiece):
                was_laid_out = piece.is_exact
                piece.lines_changed(changed)
                if was_laid_out:
                    piece.lay_out(self.width)
        place = self.pieces[entry.first].place
        self.pieces += self._code_pieces(code, place, (len(self.pieces) - entry.first) * LINES_PER_PIECE)
        self._take_colours(code)

    def _take_colours(self, code: CodeBlock) -> list[CodePiece]:
        """Have the lines drawn again whose colours changed; their pieces."""
        lines, code.changed_lines = code.changed_lines, set()
        pieces: list[CodePiece] = []
        for number in {line // LINES_PER_PIECE for line in lines}:
            piece = code.pieces[number]() if number < len(code.pieces) else None
            if piece is not None and sum(piece.colours_changed(line) for line in lines):
                pieces.append(piece)
        return pieces

    def colours_arrived(self, code: CodeBlock) -> tuple[int, int] | None:
        """Top and bottom of what a code block's new colours changed, if it is in this flow."""
        if not any(isinstance(piece, CodePiece) and piece.block is code for piece in self.pieces):
            return None
        pieces = self._take_colours(code)
        if not pieces:
            return None
        return min(piece.y for piece in pieces), max(piece.y + piece.height for piece in pieces)

    def awaited_arrived(self) -> int | None:
        """Have the pieces that wait for formulas or pictures laid out again; from which y on."""
        waited = [piece for piece in self._laid_out.values() if piece.retake_awaited()]
        return min((piece.y for piece in waited), default=None)

    def link_sources(self) -> None:
        """Let the numbers in what was read before lead to the sources too."""
        for piece in self.pieces if self.sources else ():
            piece.link_sources(self.sources)

    def relayout_code(self, code: CodeBlock) -> None:
        """A code block is wrapped or not wrapped from now on."""
        for piece in self.pieces:
            if isinstance(piece, CodePiece) and piece.block is code:
                piece.drop()
                piece.height = piece.estimate(self.width)
        self._place(0)

    def code_blocks(self) -> list[CodeBlock]:
        return list({id(p.block): p.block for p in self.pieces if isinstance(p, CodePiece)}.values())

    def span_at(self, offset: int) -> tuple[int, int]:
        """Top and height of the block that holds a character of the source."""
        for entry, following in zip_longest(self.shown_blocks, self.shown_blocks[1:]):
            offset -= len(entry.block.src)
            if offset < 0 and entry.first < len(self.pieces):
                end = following.first if following is not None else len(self.pieces)
                last = self.pieces[max(entry.first, min(end, len(self.pieces)) - 1)]
                return self.pieces[entry.first].y, last.y + last.height - self.pieces[entry.first].y
        return 0, self.height

    def _rebuild(self, dirty: list[int]) -> None:
        """Blocks far up that changed: a link got its address, a list its space between items."""
        ends = [entry.first for entry in self.shown_blocks[1:]] + [len(self.pieces)]
        pieces = self.pieces
        parts = [pieces[entry.first : end] for entry, end in zip(self.shown_blocks, ends, strict=True)]
        for index in dirty:
            entry = self.shown_blocks[index]
            entry.revision = entry.block.revision
            parts[index] = self._renewed(entry, self.shown_blocks[index - 1] if index else None, parts[index])
            entry.block.release_tokens()
        self.pieces = []
        for entry, part in zip(self.shown_blocks, parts, strict=True):
            entry.first = len(self.pieces)
            self.pieces += part

    # Geometry

    def set_width(self, width: int) -> bool:
        """Take another column width; heights stay estimates until a piece is looked at."""
        if width == self.width:
            return False
        is_first = self.width == 0
        self.width = width
        for piece in self.pieces:
            piece.is_exact = False
            if is_first:
                piece.height = piece.estimate(width)
        self._place(0)
        return True

    def restyle(self, style: Style) -> None:
        """Take other colours or fonts.  With other colours alone everything stays as high as it is."""
        is_as_high, self.style = style.measures_like(self.style), style
        for piece in self.pieces:
            piece.restyle(style)
            if not is_as_high:
                piece.height = piece.estimate(self.width)
        self._place(0)

    def _place(self, first: int) -> None:
        """Set the positions from piece `first` on."""
        y = self.pieces[first - 1].y + self.pieces[first - 1].height if first else 0
        for index in range(first, len(self.pieces)):
            piece = self.pieces[index]
            if not piece.height and self.width:
                piece.height = piece.estimate(self.width)
            if index:
                y += piece.gap_px
            self.shape += piece.y != y
            self._note_outline(piece)
            piece.y = y
            y += piece.height
        self.height = y
        self.shape += len(self.pieces) != self._placed
        self._placed = len(self.pieces)

    def _note_outline(self, piece: Piece) -> None:
        outline = piece.outline(self.width)
        if outline != piece.outlined:
            piece.outlined = outline
            self.shape += 1

    def piece_at(self, y: float) -> int:
        """Index of the piece at or above `y`."""
        return max(0, bisect.bisect_right(self.pieces, y, key=_Y) - 1)

    def ensure(self, top: float, bottom: float) -> int | None:
        """Lay out what is between two heights; from which y on anything is elsewhere or another by it, or None."""
        moved = self._place_misplaced()
        index = self.piece_at(top)
        while index < len(self.pieces):
            piece = self.pieces[index]
            if piece.y >= bottom:
                break
            if not piece.is_exact:
                before = piece.height
                self._lay_out(index)
                if piece.height != before:
                    self._place_next(index)
            index += 1
        return min((y for y in (moved, self._place_misplaced()) if y is not None), default=None)

    def _place_misplaced(self) -> int | None:
        first, self._misplaced_from = self._misplaced_from, None
        if first is None:
            return None
        first = min(first, len(self.pieces))
        self._place(first)
        return self.pieces[first].y if first < len(self.pieces) else self.height

    def _place_next(self, index: int) -> None:
        if index + 1 < len(self.pieces):
            piece = self.pieces[index]
            self.pieces[index + 1].y = piece.y + piece.height + self.pieces[index + 1].gap_px

    def drop_far(self, top: float, bottom: float) -> None:
        """Forget some layouts of what is far from the screen: of a hundred at once it would be seen."""
        surplus = sum(map(_LAYOUTS, self._laid_out.values())) - MOST_KEPT
        if surplus <= 0:
            return
        kept_px = max(KEPT_PX, bottom - top)  # on a high screen, what is made ready beyond it
        far = (key for key, piece in self._laid_out.items()
               if piece.y + piece.height < top - kept_px or piece.y > bottom + kept_px)  # fmt: skip
        wanted = max(2, surplus // 4)
        for key in list(islice(far, wanted)):
            piece = self._laid_out.pop(key)
            wanted -= piece.layouts
            piece.drop()
            if wanted <= 0:
                break

    # Pixels and places

    def draw(
        self,
        painter: QPainter,
        x: int,
        y: int,
        clip: QRectF,
        selection: tuple[Mark, Mark] | None,
        hits: Callable[[int], list[Wash]] | None = None,
    ) -> None:
        """Paint the pieces that touch `clip`; all of them must be laid out.  `hits` gives what was found in a piece."""
        index = self.piece_at(clip.top() - y)
        while index < len(self.pieces):
            piece = self.pieces[index]
            if y + piece.y - piece.gap_px > clip.bottom():
                break
            if not piece.is_exact:
                self._lay_out(index)
            washes = self._selected(index, selection)
            if hits is not None:
                washes += hits(index)
            piece.draw(painter, x, y + piece.y, self.width, clip, washes)
            index += 1

    def _selected(self, index: int, selection: tuple[Mark, Mark] | None) -> list[Wash]:
        if selection is None or not selection[0][0] <= index <= selection[1][0]:
            return []
        begin = selection[0][1] if index == selection[0][0] else 0
        end = selection[1][1] if index == selection[1][0] else self.pieces[index].text_length + 1
        return [(begin, end, "selected")] if begin < end else []

    def mark_at(self, x: float, y: float) -> Mark:
        """The place in the text nearest to a point."""
        if not self.pieces:
            return 0, 0
        index = self.piece_at(y)
        piece = self.exact_piece(index)
        return index, piece.position_at(x, y - piece.y)

    def exact_piece(self, index: int) -> Piece:
        if not self.pieces[index].is_exact:
            self._lay_out(index % len(self.pieces))
        return self.pieces[index]

    def _lay_out(self, index: int) -> None:
        piece = self.pieces[index]
        before, columns, is_again = piece.height, piece.columns_px, id(piece) in self._laid_out
        piece.lay_out(self.width)
        self._note_outline(piece)
        self._laid_out[id(piece)] = piece
        if piece.height != before or (is_again and piece.columns_px != columns):
            first = self._misplaced_from
            self._misplaced_from = index if first is None else min(first, index)

    def caret_y(self, index: int, position: int) -> float:
        """How far below the top of a piece the line of a position begins."""
        return self.exact_piece(index).caret(position)[1]

    def moved(
        self, mark: Mark, step: str, wanted_x: float | None, *, by_word: bool
    ) -> tuple[Mark, float | None] | None:
        """Where a caret is after one step ('back', 'on', 'up', 'down', 'home', 'end'), and the x it keeps while it goes
        up and down; None where that is not in this text any more."""
        if not self.pieces:
            return None
        index, position = mark
        piece = self.exact_piece(index)
        if step in ("back", "on"):
            moved = piece.step(position, is_back=step == "back", by_word=by_word)
            if moved != position:
                return (index, moved), None
            index += -1 if step == "back" else 1
            if not 0 <= index < len(self.pieces):
                return None
            return (index, self.exact_piece(index).text_length if step == "back" else 0), None
        x, y = piece.caret(position)
        if step in ("home", "end"):
            return (index, piece.position_at(0.0 if step == "home" else 1e6, y + 1)), None
        x = x if wanted_x is None else wanted_x
        y += piece.caret_line_px * (1.5 if step == "down" else -0.5)
        last_y = piece.caret(piece.text_length)[1]
        if step == "down" and y > last_y + piece.caret_line_px:
            index, y = index + 1, -1.0
        elif step == "up" and piece.caret(position)[1] <= piece.caret(0)[1]:
            index -= 1
        if not 0 <= index < len(self.pieces):
            return None
        if index != mark[0]:
            other = self.exact_piece(index)
            y = other.caret(0 if step == "down" else other.text_length)[1] + 1
        return (index, self.exact_piece(index).position_at(x, y)), x

    def word_at(self, mark: Mark) -> tuple[Mark, Mark]:
        begin, end = self.exact_piece(mark[0]).word_at(mark[1])
        return (mark[0], begin), (mark[0], end)

    def whole_piece(self, mark: Mark) -> tuple[Mark, Mark]:
        return (mark[0], 0), (mark[0], self.exact_piece(mark[0]).text_length)

    def end_mark(self) -> Mark:
        return (len(self.pieces) - 1, self.exact_piece(-1).text_length) if self.pieces else (0, 0)

    def link_at(self, x: float, y: float) -> str:
        if not self.pieces or not 0 <= y <= self.height:
            return ""
        piece = self.exact_piece(self.piece_at(y))
        return piece.link_at(x, y - piece.y) if y <= piece.y + piece.height else ""

    def tooltip_at(self, x: float, y: float) -> str:
        if not self.pieces or not 0 <= y <= self.height:
            return ""
        piece = self.exact_piece(self.piece_at(y))
        return piece.tooltip_at(x, y - piece.y) if y <= piece.y + piece.height else ""

    def plain(self, begin: Mark, end: Mark) -> str:
        """The text between two places, without Markdown; blocks are parted as they are on the screen."""
        parts: list[str] = []
        for index in range(begin[0], min(end[0], len(self.pieces) - 1) + 1):
            piece = self.exact_piece(index)
            first = begin[1] if index == begin[0] else 0
            last = end[1] if index == end[0] else piece.text_length
            if parts:
                parts.append("\n" if piece.gap_px < 12 or piece.kind == "table" else "\n\n")
                if parts[-2].endswith("\n"):
                    parts[-1] = parts[-1][1:]
            parts.append(piece.plain(first, last))
        return "".join(parts)

    def end_of_text(self) -> tuple[float, float]:
        """Just behind the last character, at the middle of its line."""
        if not self.pieces:
            return 0.0, self.style.line_px / 2
        piece = self.exact_piece(-1)
        x, y = piece.end_of_text()
        return x, y + piece.y


def _end_of_lines(text: str, begin: int, end: int) -> int:
    """Where the line after the last one to be read in one go begins; 0 if that is not before `end`."""
    lines = text[begin:end].split("\n", MOST_LINES)
    return min(end, len(text)) - len(lines[-1]) if len(lines) > MOST_LINES else 0


def _is_shown(entry: ShownBlock, block: Block) -> bool:
    return entry.block is block and entry.revision == block.revision


def has_formulas(flow: Flow, index: int) -> bool:
    """Whether positions in a piece are others once its formulas are drawn: then each is one character."""
    piece = flow.pieces[min(index, len(flow.pieces) - 1)]
    if isinstance(piece, TablePiece):
        return any(look.tex for row in piece.rows for cell in row for _, look in cell)
    if isinstance(piece, PlainPiece):
        return False
    return isinstance(piece, MathPiece) or (isinstance(piece, TextPiece) and any(look.tex for _, look in piece.runs))
