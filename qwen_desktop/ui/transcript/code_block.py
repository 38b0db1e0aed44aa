"""A fence to painted lines: header, colours, sideways scrolling or wrapping; one piece for every few dozen lines.

`CodeBlock` is the whole fence: its text, its spans, where it is scrolled to.  `CodePiece` paints some of its lines,
each laid out when it is first painted, so that neither growing nor opening a long one costs more than a screenful."""

from __future__ import annotations

import bisect
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QTextLayout

from qwen_desktop.ui.transcript.blocks import Piece, Place
from qwen_desktop.ui.transcript.highlight import (
    LEXERS,
    LONGEST_COLOURED,
    SMALL_CODE,
    GrowingLexer,
    LexerToken,
    Span,
    role_of,
    tokens_in_slices,
)
from qwen_desktop.ui.transcript.inline import shown_code
from qwen_desktop.ui.transcript.stamps import Frame
from qwen_desktop.ui.transcript.style import CODE_HEADER_PX, CODE_PADDING_PX, CODE_SIDE_PX, SCROLL_BAR_PX, Style
from qwen_desktop.ui.transcript.text_box import ENDLESS_PX, Selection, Wash, step_in, utf16_length, x_in_line
from qwen_desktop.ui.views.controls import fill

LINES_PER_PIECE = 40
LONGEST_LINE = 1_000
"""Characters above which a line is shown as several."""
RADIUS_PX = 10
SLICE_S = 0.002
REREAD_GROWTH = 1.3
"""A lexer that cannot go on from where it stood reads all again when the code has grown by so much."""


class CodeBlock:
    """The code of one fence.  Its owner calls `grow` as more comes and `close` at its end.

    `schedule` is called with it when it wants `colour_some` to be called in idle time."""

    def __init__(self, language: str, lexer_loaded: Callable[[], None], schedule: Callable[[CodeBlock], None]) -> None:
        self.language = language
        self.code = ""
        self.lines: list[str] = [""]
        """As shown: without line ends, long ones in parts."""
        self.starts: list[int] = [0]
        """Offset in `code` of each shown line."""
        self.spans: list[list[Span]] = [[]]
        self.is_wrapped = False
        self.scrolled_px = 0
        self.longest_line = 0
        """In columns; a wide character is two."""
        self.is_closed = False
        self.changed_lines: set[int] = set()
        """Lines whose colours changed since they were last asked for."""
        self.pieces: list[weakref.ref[CodePiece]] = []
        """What paints its lines, in their order; they have the block, not the block them."""
        self._schedule = schedule
        self._is_looked_at = False
        self._lexer_loaded = lexer_loaded
        self._lexer: Any = None
        self._growing: GrowingLexer | None = None
        self._slices: Iterator[list[LexerToken]] | None = None
        self._read_length = 0

    def grow(self, code: str) -> int:
        """Take the code so far; the first shown line that changed.  No more than the new part is looked at."""
        first = len(self.lines) - 1
        is_shorter = len(code) < len(self.code)
        if is_shorter and self.code.startswith(code):  # what looked like code was the end of the fence
            first = bisect.bisect_right(self.starts, len(code)) - 1
            if self._growing is None or self._growing.position > len(code):
                self._colour_anew()
        elif is_shorter or not code.startswith(self.code[-64:], max(0, len(self.code) - 64)):
            first = 0  # a line that looked like the end of the fence was none
            self._colour_anew()
        elif len(code) == len(self.code):
            return len(self.lines)
        self.code = code
        at = self.starts[first]
        del self.lines[first:], self.starts[first:], self.spans[first:]
        for line in code[at:].split("\n"):
            for begin in range(0, max(1, len(line)), LONGEST_LINE):
                part = shown_code(line[begin : begin + LONGEST_LINE])
                self.lines.append(part)
                self.starts.append(at + begin)
                self.spans.append([])
                self.longest_line = max(self.longest_line, columns(part))
            at += len(line) + 1
        if len(self.lines) > 1 and not self.lines[-1]:
            del self.lines[-1], self.starts[-1], self.spans[-1]  # the last line end is no line
        self._colour_new_part()
        return min(first, len(self.lines) - 1)

    def _colour_anew(self) -> None:
        self._growing = GrowingLexer(self._lexer) if self._growing else None
        self._slices, self._read_length = None, 0

    def close(self) -> None:
        """No more will come: have all of it coloured once more, as a whole and in idle time, if it is looked at."""
        if not self.is_closed:
            self.is_closed = True
            if self._is_looked_at and self._find_lexer() is not None:
                self._slices, self._read_length = None, -1
                self._schedule(self)

    def look_at(self) -> None:
        """It is about to be painted: have it coloured, now if it is short and its lexer is there."""
        if not self._is_looked_at:
            self._is_looked_at = True
            self._colour_new_part()

    def _find_lexer(self) -> Any:
        if self._lexer is None and len(self.code) <= LONGEST_COLOURED:
            self._lexer = LEXERS.find(self.language, self._lexer_loaded)
            if self._lexer is not None and GrowingLexer.can_read(self._lexer):
                self._growing = GrowingLexer(self._lexer)
        return self._lexer if len(self.code) <= LONGEST_COLOURED else None

    def _colour_new_part(self) -> None:
        lexer = self._find_lexer() if self._is_looked_at else None
        if lexer is None:
            return
        grown = len(self.code) - self._read_length
        if self._growing is not None and not self.is_closed and grown <= SMALL_CODE * 2:
            self._set_spans(*self._growing.read(self.code))
            self._read_length = len(self.code)
        elif len(self.code) <= SMALL_CODE:
            self._set_spans(0, lexer.get_tokens_unprocessed(self.code))
            self._read_length = len(self.code)
        elif self.is_closed or (self._slices is None and len(self.code) > self._read_length * REREAD_GROWTH):
            self._start_slices(lexer)

    def _start_slices(self, lexer: Any) -> None:
        self._slices = tokens_in_slices(lexer, self.code, SLICE_S)
        self._read_length = len(self.code)
        self._schedule(self)

    def colour_some(self) -> bool:
        """Go on colouring for a few milliseconds; whether there is more to do."""
        if self._slices is None and self._read_length != len(self.code):
            self._colour_new_part()
        if self._slices is None:
            return False
        tokens = next(self._slices, None)
        if tokens:
            self._set_spans(tokens[0][0], tokens)
        if tokens is None:
            self._slices = None
        return self._slices is not None

    def _set_spans(self, base: int, tokens: Iterable[LexerToken]) -> None:
        """Colours of the tokens from offset `base` on, to the lines they stand on."""
        starts, lines, spans = self.starts, self.lines, self.spans
        row = bisect.bisect_right(starts, base) - 1
        fresh: dict[int, list[Span]] = {}
        seen = row
        for position, kind, text in tokens:
            role = role_of(kind)
            while row + 1 < len(starts) and starts[row + 1] <= position:
                row += 1
            seen, end = row, position + len(text)
            while seen + 1 < len(starts) and starts[seen + 1] < end:
                seen += 1
            for at in range(row, seen + 1) if role else ():
                begin = max(0, position - starts[at])
                stop = min(len(lines[at]), end - starts[at])
                if stop > begin:
                    fresh.setdefault(at, []).append((begin, stop - begin, role))
        first = bisect.bisect_right(starts, base) - 1
        for index in range(first, min(seen + 1, len(spans))):
            new = fresh.get(index, [])
            if index == first and base > starts[index]:
                new = [span for span in spans[index] if span[0] + span[1] <= base - starts[index]] + new
            if new != spans[index]:
                spans[index] = new
                self.changed_lines.add(index)

    def content_px(self, style: Style) -> float:
        """Width of the widest line, not wrapped; a little more where the font is narrower than expected."""
        return self.longest_line * style.mono_advance_px + 2 * CODE_SIDE_PX


def columns(text: str) -> int:
    """Cells of a fixed-width font that `text` takes; a tab counts as four."""
    if text.isascii():
        return len(text) + 3 * text.count("\t")
    return len(text) + 3 * text.count("\t") + sum(character >= "\u1100" for character in text)


class CodePiece(Piece):
    """Lines `first` to before `last` of a code block; the first piece carries its header."""

    kind = "code"
    __slots__ = ("__weakref__", "_layouts", "_tops", "_wrap_px", "block", "first")

    def __init__(self, style: Style, place: Place, block: CodeBlock, first: int) -> None:
        super().__init__(style, place)
        self.block = block
        self.first = first
        self._layouts: dict[int, QTextLayout] = {}
        self._tops: list[int] = [0]
        self._wrap_px = 0.0
        del block.pieces[first // LINES_PER_PIECE :]
        block.pieces.append(weakref.ref(self))

    @property
    def last(self) -> int:
        return min(self.first + LINES_PER_PIECE, len(self.block.lines))

    @property
    def has_header(self) -> bool:
        return self.first == 0

    @property
    def is_end(self) -> bool:
        return self.last == len(self.block.lines)

    @property
    def top_px(self) -> int:
        return CODE_HEADER_PX + CODE_PADDING_PX if self.has_header else 0

    def width_px(self, width: int) -> int:
        return max(80, width - self.indent_px)

    def needs_scroll_bar(self, width: int) -> bool:
        return not self.block.is_wrapped and self.block.content_px(self.style) > self.width_px(width)

    def outline(self, width: int) -> object:
        wide_px = self.block.content_px(self.style) if self.needs_scroll_bar(width) else 0
        return width, self.height, self.is_end, wide_px

    def _bottom_px(self, width: int) -> int:
        if not self.is_end:
            return 0
        return CODE_PADDING_PX + (SCROLL_BAR_PX - 4 if self.needs_scroll_bar(width) else 0)

    def estimate(self, width: int) -> int:
        rows = self.last - self.first
        if self.block.is_wrapped:
            fit = max(1, int((self.width_px(width) - 2 * CODE_SIDE_PX) // self.style.mono_advance_px))
            rows = sum(max(1, -(-columns(line) // fit)) for line in self.block.lines[self.first : self.last])
        return self.top_px + rows * self.style.code_line_px + self._bottom_px(width)

    def lay_out(self, width: int) -> None:
        self.block.look_at()
        line_px = self.style.code_line_px
        wrap_px = float(self.width_px(width) - 2 * CODE_SIDE_PX) if self.block.is_wrapped else ENDLESS_PX
        if wrap_px != self._wrap_px:
            self._layouts.clear()
            self._wrap_px = wrap_px
        if self.block.is_wrapped:
            self._tops = [0]
            for index in range(self.first, self.last):
                self._tops.append(self._tops[-1] + self._layout(index).lineCount() * line_px)
        else:
            self._tops = [row * line_px for row in range(self.last - self.first + 1)]
        self.text_length = sum(utf16_length(line) + 1 for line in self.block.lines[self.first : self.last])
        self.height = self.top_px + self._tops[-1] + self._bottom_px(width)
        self.is_exact = True

    def line_top(self, line: int) -> int:
        """Where a line begins, if that is known; else 0."""
        row = line - self.first
        return self.top_px + self._tops[row] if self.is_exact and 0 <= row < len(self._tops) else 0

    def lines_changed(self, first: int) -> None:
        """Lines from `first` on are others now."""
        for index in [index for index in self._layouts if index >= first]:
            del self._layouts[index]
        self.is_exact = False

    def colours_changed(self, line: int) -> bool:
        return self._layouts.pop(line, None) is not None

    def drop(self) -> None:
        super().drop()
        self._layouts.clear()

    def _layout(self, index: int) -> QTextLayout:
        layout = self._layouts.get(index)
        if layout is None:
            style, text = self.style, self.block.lines[index]
            layout = self._layouts[index] = QTextLayout(text, style.mono)
            layout.setTextOption(style.code_wrapped if self.block.is_wrapped else style.code_unwrapped)
            layout.setCacheEnabled(True)
            if self.block.spans[index]:
                layout.setFormats(self._formats(text, self.block.spans[index]))
            baseline = style.code_baseline_px
            layout.beginLayout()
            y = 0
            while (line := layout.createLine()).isValid():
                line.setLineWidth(self._wrap_px or ENDLESS_PX)
                line.setPosition(QPointF(0, y + baseline - line.ascent()))
                y += style.code_line_px
            layout.endLayout()
        return layout

    def _formats(self, text: str, spans: list[Span]) -> list[QTextLayout.FormatRange]:
        formats = []
        is_narrow = text.isascii()
        for begin, length, role in spans:
            made = QTextLayout.FormatRange()
            made.start = begin if is_narrow else utf16_length(text[:begin])
            made.length = length if is_narrow else utf16_length(text[begin : begin + length])
            made.format = self.style.code_format(role)
            formats.append(made)
        return formats

    def draw(self, painter: QPainter, x: int, y: int, width: int, clip: QRectF, washes: Sequence[Wash]) -> None:
        self.draw_containers(painter, x, y)
        box = QRectF(x + self.indent_px, y, self.width_px(width), self.height)
        self._draw_box(painter, box, clip)
        inner = box.adjusted(1, self.top_px and CODE_HEADER_PX, -1, 0).intersected(clip)
        painter.save()
        painter.setClipRect(inner, Qt.ClipOperation.IntersectClip)
        left = box.left() + CODE_SIDE_PX - (0 if self.block.is_wrapped else self.block.scrolled_px)
        top = y + self.top_px
        row = max(0, bisect.bisect_right(self._tops, clip.top() - top) - 1)
        painter.setPen(self.style.text_colour)
        while row < self.last - self.first and top + self._tops[row] < clip.bottom():
            line_y = top + self._tops[row]
            for wash in washes:
                self._draw_wash(painter, row, left, line_y, wash)
            self._layout(self.first + row).draw(painter, QPointF(left, line_y))
            row += 1
        painter.restore()

    def _draw_box(self, painter: QPainter, box: QRectF, clip: QRectF) -> None:
        """Background, border and header; a piece in the middle has open ends."""
        style = self.style
        frame = Frame(
            RADIUS_PX, style.colour("code_background"), style.colour("line"),
            head_px=CODE_HEADER_PX if self.has_header else 0, head=style.colour("code_header"),
            is_open_above=not self.has_header, is_open_below=not self.is_end,
        )  # fmt: skip
        style.stamps.draw_frame(painter, box.toRect(), clip.toAlignedRect(), frame)
        header = QRectF(box.left(), box.top(), box.width(), CODE_HEADER_PX)
        if self.has_header and header.intersects(clip):
            painter.setFont(style.label)
            painter.setPen(style.colour("text_secondary"))
            room = header.adjusted(13, 0, -116, 0)
            name = QFontMetricsF(style.label).elidedText(
                shown_code(self.block.language), Qt.TextElideMode.ElideRight, room.width()
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def _draw_wash(self, painter: QPainter, row: int, left: float, y: float, wash: Wash) -> None:
        begin = self._offset_of_row(row)
        first, last = wash[0] - begin, wash[1] - begin
        if last < 0 or first > utf16_length(self.block.lines[self.first + row]):
            return
        layout = self._layout(self.first + row)
        colour = self.style.wash(wash[2])
        for index in range(layout.lineCount()):
            line = layout.lineAt(index)
            start, end = max(first, line.textStart()), min(last, line.textStart() + line.textLength())
            if start < end or (first <= line.textStart() and last > end and not line.textLength()):
                from_x, to_x = x_in_line(line, start), x_in_line(line, max(start, end))
                is_whole = last > line.textStart() + line.textLength()
                extent = max(to_x - from_x, 0.0) + (self.style.mono_advance_px / 2 if is_whole else 0)
                rect = QRectF(left + from_x, y + index * self.style.code_line_px, extent, self.style.code_line_px)
                fill(painter, rect, colour)

    def _offset_of_row(self, row: int) -> int:
        return sum(utf16_length(line) + 1 for line in self.block.lines[self.first : self.first + row])

    def position_at(self, x: float, y: float) -> int:
        x = x - self.indent_px - CODE_SIDE_PX + (0 if self.block.is_wrapped else self.block.scrolled_px)
        y -= self.top_px
        if y < 0:
            return 0
        row = min(bisect.bisect_right(self._tops, y) - 1, self.last - self.first - 1)
        layout = self._layout(self.first + row)
        index = min(int((y - self._tops[row]) // self.style.code_line_px), layout.lineCount() - 1)
        if y >= self._tops[-1] or layout.lineCount() == 0:
            return self.text_length
        return self._offset_of_row(row) + int(layout.lineAt(index).xToCursor(x))

    def _row_of(self, position: int) -> int:
        for row in range(self.last - self.first):
            position -= utf16_length(self.block.lines[self.first + row]) + 1
            if position < 0:
                return row
        return self.last - self.first - 1

    def caret(self, position: int) -> tuple[float, float]:
        row = self._row_of(position)
        inside, layout = position - self._offset_of_row(row), self._layout(self.first + row)
        x, y = float(self.indent_px + CODE_SIDE_PX - self.block.scrolled_px), float(self.top_px + self._tops[row])
        for index in range(layout.lineCount() - 1, -1, -1):
            line = layout.lineAt(index)
            if inside >= line.textStart() or not index:
                inside = min(inside, line.textStart() + line.textLength())
                return x + x_in_line(line, inside), y + index * self.style.code_line_px
        return x, y

    def step(self, position: int, *, is_back: bool, by_word: bool) -> int:
        row = self._row_of(position)
        begin, layout = self._offset_of_row(row), self._layout(self.first + row)
        moved = begin + step_in(layout, position - begin, is_back=is_back, by_word=by_word)
        if moved == position:  # over the line end
            moved = position - 1 if is_back else position + 1
        return max(0, min(moved, self.text_length))

    @property
    def caret_line_px(self) -> int:
        return self.style.code_line_px

    def word_at(self, position: int) -> Selection:
        row = next((r for r in range(self.last - self.first) if self._offset_of_row(r + 1) > position), 0)
        begin, layout = self._offset_of_row(row), self._layout(self.first + row)
        end = layout.nextCursorPosition(position - begin, QTextLayout.CursorMode.SkipWords)
        start = layout.previousCursorPosition(end, QTextLayout.CursorMode.SkipWords)
        word = self.plain(begin + start, begin + end)
        return begin + start, begin + end - (len(word) - len(word.rstrip()))

    def plain(self, begin: int, end: int) -> str:
        parts, at, starts = [], 0, self.block.starts
        for index in range(self.first, self.last):
            line = self._exact(index)
            size = utf16_length(line)
            if begin < at + size and end > at:
                units = line.encode("utf-16-le", "surrogatepass")[2 * max(0, begin - at) : 2 * max(0, end - at)]
                parts.append(units.decode("utf-16-le", "replace"))
            is_cut = index + 1 < len(starts) and starts[index + 1] == starts[index] + len(line)
            if begin <= at + size < end and not is_cut:  # of a long line that is shown as several
                parts.append("\n")
            at += size + 1
        return "".join(parts)

    def _exact(self, index: int) -> str:
        start = self.block.starts[index]
        return self.block.code[start : start + len(self.block.lines[index])]

    def end_of_text(self) -> tuple[float, float]:
        row = self.last - self.first - 1
        layout = self._layout(self.last - 1)
        line = layout.lineAt(max(0, layout.lineCount() - 1))
        x = x_in_line(line, line.textStart() + line.textLength()) - self.block.scrolled_px
        y = self.top_px + self._tops[row] + (max(1, layout.lineCount()) - 0.5) * self.style.code_line_px
        return self.indent_px + CODE_SIDE_PX + x, y
