"""Runs to painted lines: one QTextLayout, built without any markup, with inline code in its rounded tint.

A formula is one character in the layout, made as wide as its picture; a line with a high one is higher than others.
A paragraph that grows and grows gets several layouts, one below the other, of which only the last is laid out again."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor
from typing import NamedTuple, cast
from unicodedata import bidirectional

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QTextLayout, QTextLine, QTextOption

from qwen_desktop.ui.transcript.inline import Run
from qwen_desktop.ui.transcript.inline_math import InlineMath
from qwen_desktop.ui.transcript.style import Style, rise_of, room_format
from qwen_desktop.ui.views.controls import fill

GLUE = "\u00a0"
"""A character that no line begins or ends with."""
STAND_IN = "x"
"""What a formula is for the layout: a letter, so that lines break around it as around a word."""
ENDLESS_PX = 1e7
"""A line width at which nothing is wrapped."""
LAID_BY_LINES = 16
"""So many lines of a text that grows get a layout of their own, once they will not change any more."""
_CUT = re.compile(r" [^\W\d_]|[\u3001\u3002\u4e00-\u9fff\uff01\uff0c\uff1a\uff1b\uff1f][\u4e00-\u9fff]")
"""Where two layouts of one text may meet: before a letter, which tells its script by itself, and is not shaped by what
stands before it."""
_OF_ONE_PIECE = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\U00010000-\U0010ffff]"
)
"""What keeps a text in one layout: what runs from the right, and characters of two UTF-16 units."""
_LOW = re.compile(
    "[\n -\u024f\u0370-\u0482\u048a-\u052f\u2010-\u205f\u20a0-\u20bf\u2100-\u22ff\u2500-\u25ff"
    "\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]*"
)
"""Latin, Greek, Cyrillic and Chinese letters, signs between them: none reaches out of its line."""

Selection = tuple[int, int]
"""First position and the one after the last, in UTF-16 units of a piece's text."""
Wash = tuple[int, int, str]
"""Such a part of the text and what the colour behind it says: 'selected', 'hit' or 'current'."""


def utf16_length(text: str) -> int:
    """How many QChars `text` is."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Start(NamedTuple):
    """Where a stretch of a text begins that has a layout of its own."""

    position: int = 0
    line: int = 0
    run: int = 0
    """Index of the run its first character is of."""
    run_position: int = 0


_WHOLE = _Start()


class TextBox:
    """One paragraph of text at one width.

    Positions count UTF-16 units, as Qt does, of the text with the pads around inline code in it."""

    def __init__(
        self,
        runs: Sequence[Run],
        style: Style,
        *,
        level: int = 0,
        font: QFont | None = None,
        line_px: int | None = None,
        option: QTextOption | None = None,
    ) -> None:
        self._style = style
        self._line_px = line_px or (style.heading_line_px(level) if level else style.line_px)
        self._pads: set[int] = set()
        self._tints: list[Selection] = []
        self._tint_boxes: list[tuple[float, float, QRectF]] | None = None
        """Upper and lower edge of each of those and where it is, once they were painted."""
        self._links: list[tuple[int, int, str]] = []
        self._math: list[InlineMath] = []
        self.waits = False
        """Something in it is shown as its source until it is drawn."""
        self._level = level
        self._font = font or (style.heading_font(level) if level else style.body)
        self._text = ""
        self._formats: list[QTextLayout.FormatRange] = []
        self._compose(runs)
        self.is_right_to_left = option is None and not self._text.isascii() and is_right_to_left(self._text)
        self._layout = self._new_layout(0, self._text, option)
        """Of the whole text, or of its last part."""
        self._start = _WHOLE
        """Of that part."""
        self._laid_by: tuple[tuple[_Start, QTextLayout], ...] = ()
        """The parts before it."""
        self._baseline = (self._line_px + (style.rise_px(level) if font is None else rise_of(font))) / 2
        self.length = utf16_length(self._text)
        self._tops = [0]
        """Of each line, and below the last."""
        self._starts: list[int] = []
        """Position of the first character of each line."""
        self._lifts: list[int] = []
        """Space above the text of each line, for what is higher."""
        self.height = self._line_px
        self.width = -1.0

    def _compose(self, runs: Sequence[Run], skipped: int = 0) -> None:
        """Append the text of the runs, the first `skipped` characters left out, and how it looks."""
        parts: list[str] = [self._text]
        level, style, formats = self._level, self._style, self._formats
        at = utf16_length(self._text)
        for text, look in runs:
            if skipped:
                text, skipped = text[skipped:], 0
            if look.tex:
                math = InlineMath(look, text, at, style, self._font)
                self.waits |= math.waits
                self._math.append(math)
                if math.picture is not None:
                    text = STAND_IN
                look = look._replace(tex="", is_display=False)
            size = utf16_length(text)
            if look.code:
                self._pads |= {at, at + size + 1}
                self._tints.append((at, at + size + 2))
                formats.append(_range(at, 1, style.pad_format()))
                formats.append(_range(at + size + 1, 1, style.pad_format()))
                formats.append(_range(at + 1, size, style.format(look, level)))
                text, begin, size = f"{_pad(text[:1])}{text}{_pad(text[-1:])}", at, size + 2
            else:
                begin = at
                if any(look) or level or style.is_muted:
                    formats.append(_range(at, size, style.format(look, level)))
            if look.url:
                self._links.append((begin, begin + size, look.url))
            parts.append(text)
            at += size
        self._text = "".join(parts)

    def _new_layout(self, begin: int, text: str, option: QTextOption | None = None) -> QTextLayout:
        """For the stretch of the text that begins at a position."""
        layout = QTextLayout(text.replace("\n", "\u2028"), self._font)
        if option is None:
            right, style = Qt.AlignmentFlag.AlignRight, self._style
            option = style.wrapped_to(right) if self.is_right_to_left else style.wrapped
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        formats = self._formats
        if begin or len(text) < len(self._text):
            end = begin + len(text)
            own = (one for one in formats[self._formats_before(begin) :] if one.start < end)
            formats = [_range(max(0, one.start - begin), min(end, one.start + one.length) - max(one.start, begin),
                              one.format) for one in own]  # fmt: skip
        if formats:
            layout.setFormats(formats)
        return layout

    def _formats_before(self, position: int) -> int:
        """How many formats end before a position, which is not inside of code."""
        count = bisect.bisect_left(self._formats, position, key=lambda one: one.start)
        if count and self._formats[count - 1].start + self._formats[count - 1].length > position:
            count -= 1
        return count

    def lay_out(self, width: float) -> int:
        """Break the lines at `width` px; the height in px."""
        if width == self.width:
            return self.height
        self.width = width
        if self._laid_by:
            self._layout, self._start, self._laid_by = self._new_layout(0, self._text), _WHOLE, ()
        self._tops, self._lifts, self._starts = [0], [], []
        self._break_lines(self._layout, 0, self._fit_math(width))
        return self.height

    def _break_lines(self, layout: QTextLayout, begin: int, drawn: Sequence[InlineMath] = ()) -> None:
        """Lay out the part that begins at a position, below the lines there are."""
        line_px, baseline = self._line_px, self._baseline
        self._tint_boxes = None
        layout.beginLayout()
        y, at = self._tops[-1], 0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(self.width)
            lift = below = 0
            self._starts.append(begin + line.textStart())
            end = self._starts[-1] + line.textLength()
            while at < len(drawn) and drawn[at].position < end:
                lift = max(lift, ceil(drawn[at].ascent - baseline + 1))
                below = max(below, ceil(drawn[at].descent - (line_px - baseline) + 1))
                at += 1
            line.setPosition(QPointF(0, y + lift + baseline - line.ascent()))
            y += lift + line_px + below
            self._lifts.append(lift)
            self._tops.append(y)
        layout.endLayout()
        self.height = max(y, line_px)

    # Text that grows

    def grow(self, runs: Sequence[Run], same: int) -> bool:
        """Take other runs, whose first `same` characters are what they were, and lay out again only what follows the
        lines that stay.  False: it cannot, and is of no use any more."""
        line = bisect.bisect_right(self._starts, same) - 2
        if line < LAID_BY_LINES or self._math or _is_of_one_piece(self._text):
            return False
        parts = [*self._laid_by, (self._start, self._layout)]
        del parts[bisect.bisect_right(parts, line, key=lambda part: part[0].line) :]
        last = parts.pop()[0]
        start = self._next_start(runs, last, line) if line - last.line >= LAID_BY_LINES else None
        if start is None:
            start = last
        else:
            self._cut_lines(last.line)
            parts.append((last, self._new_layout(last.position, self._text[last.position : start.position])))
            self._break_lines(parts[-1][1], last.position)
        rest = runs[start.run :]
        is_new = not parts or len(self._starts) < start.line
        if is_new or any(look.tex or _is_of_one_piece(text) for text, look in rest):
            return False
        self._forget_from(start.position)
        self._compose(rest, start.position - start.run_position)
        self.length = len(self._text)
        self._laid_by, self._start = tuple(parts), start
        self._layout = self._new_layout(start.position, self._text[start.position :])
        self._cut_lines(start.line)
        self._break_lines(self._layout, start.position)
        return True

    def _next_start(self, runs: Sequence[Run], last: _Start, line: int) -> _Start | None:
        """Where a part can begin: at a line or a little before it."""
        for number in range(line, last.line + LAID_BY_LINES // 2, -1):
            position = self._starts[number]
            if _CUT.match(self._text, position - 1) is None:
                continue
            run, at = last.run, last.run_position
            while at + (size := len(runs[run][0]) + 2 * runs[run][1].code) <= position:
                run, at = run + 1, at + size
            if not runs[run][1].code:
                return _Start(position, number, run, at)
        return None

    def _cut_lines(self, first: int) -> None:
        del self._tops[first + 1 :], self._starts[first:], self._lifts[first:]

    def _forget_from(self, position: int) -> None:
        """Cut the text, which goes on as it is before `position` at first, and all that is known of it."""
        self._text = self._text[:position]
        self._pads = {pad for pad in self._pads if pad < position}
        self._tints = [tint for tint in self._tints if tint[0] < position]
        self._links = [(begin, min(end, position), url) for begin, end, url in self._links if begin < position]
        spanning = self._formats_before(position)
        cut = [_range(one.start, position - one.start, one.format)
               for one in self._formats[spanning : spanning + 1] if one.start < position]  # fmt: skip
        self._formats[spanning:] = cut

    def _layout_at(self, position: int, *, is_back: bool = False) -> tuple[QTextLayout, int]:
        """The layout a position is in, and where that begins; `is_back`: where two meet, the first."""
        at = bisect.bisect_right(self._laid_by, position - is_back, key=lambda part: part[0].position) - 1
        is_last = at < 0 or position - is_back >= self._start.position
        start, layout = (self._start, self._layout) if is_last else self._laid_by[at]
        return layout, start.position

    def _line(self, number: int) -> tuple[QTextLine, int]:
        """A line, and the position its layout begins with."""
        at = bisect.bisect_right(self._laid_by, number, key=lambda part: part[0].line) - 1
        start, layout = self._laid_by[at] if number < self._start.line else (self._start, self._layout)
        return layout.lineAt(number - start.line), start.position

    def _fit_math(self, width: float) -> list[InlineMath]:
        """Make room for the formulas that are drawn, none wider than the line."""
        drawn = [math for math in self._math if math.picture is not None]
        if drawn:
            for math in drawn:
                math.fit(width)
            rooms = [_range(math.position, 1, room_format(math.room_px, self._font)) for math in drawn]
            self._layout.setFormats(self._formats + rooms)
        return drawn

    def line_at(self, position: int) -> tuple[int, int]:
        """The number of the line a position is in, and the position of its first character."""
        number = max(0, bisect.bisect_right(self._starts, position) - 1)
        return number, self._starts[number] if self._starts else 0

    def same_px(self, line: int, start: int) -> int:
        """How much from the top is the same as it was, when the text is from a line on another that had begun at
        position `start`: not the line before it where that has room for a shorter word now."""
        is_broken_there = line < len(self._starts) and self._starts[line] == start
        return self._tops[line if is_broken_there else max(0, line - 1)]

    @property
    def first_lift_px(self) -> int:
        """Space above the text of the first line, for a formula in it."""
        return self._lifts[0] if self._lifts else 0

    @property
    def natural_width(self) -> float:
        """Of the text if no line of it were broken because it is too long."""
        return sum((layout.maximumWidth() for _, layout in self._laid_by), self._layout.maximumWidth())

    @property
    def may_overhang(self) -> bool:
        """Its last part has more than letters that stay in their line, such as marks one over the other."""
        return _LOW.fullmatch(self._text, self._start.position) is None

    def draw(self, painter: QPainter, x: float, y: float, clip: QRectF, washes: Sequence[Wash] = ()) -> None:
        """Paint at (x, y) what touches `clip`."""
        if self._tints:
            self._draw_tints(painter, x, y, clip)
        for begin, end, role in washes:
            colour = self._style.wash(role)
            for rect in self.rects(begin, end):
                fill(painter, rect.translated(x, y), colour)
        painter.setPen(self._style.text_colour)
        for _, layout in self._laid_by:
            layout.draw(painter, QPointF(x, y), [], clip)
        self._layout.draw(painter, QPointF(x, y), [], clip)
        if self._math:
            self._draw_math(painter, x, y, clip)

    def _draw_math(self, painter: QPainter, x: float, y: float, clip: QRectF) -> None:
        for math in self._math:
            if math.picture is None:
                continue
            line = self._layout.lineForTextPosition(math.position)
            if line.isValid():
                number = line.lineNumber()
                if y + self._tops[number] > clip.bottom() or y + self._tops[number + 1] < clip.top():
                    continue
                left = min(x_in_line(line, math.position), x_in_line(line, math.position + 1))
                math.draw(painter, x + left, y + self._tops[number] + self._lifts[number] + self._baseline)
                self.waits |= math.waits

    def _draw_tints(self, painter: QPainter, x: float, y: float, clip: QRectF) -> None:
        if self._tint_boxes is None:
            inset = (self._line_px - self._style.code_line_px) / 2 + 1
            lines = [rect for tint in self._tints for rect in self._text_rects(*tint)]
            boxes = [rect.adjusted(0, inset - 0.5, 0, 0.5 - inset) for rect in lines]
            self._tint_boxes = [(box.top() - 1, box.bottom() + 1, box) for box in boxes]
        top, bottom = clip.top() - y, clip.bottom() - y
        seen = [box for above, below, box in self._tint_boxes if above < bottom and below > top]
        for box in seen:
            left, right = floor(x + box.left() + 0.5), floor(x + box.right() + 0.5)
            whole = QRect(left, floor(y + box.top() + 0.5), right - left, floor(box.height() + 0.5))
            style = self._style
            style.stamps.draw_tint(painter, whole, 4, style.colour("code_background"), style.colour("line"))

    def rects(self, begin: int, end: int) -> list[QRectF]:
        """Where the characters from `begin` to before `end` stand, one rectangle a line, as high as the line."""
        tops = self._tops
        return [
            QRectF(left, tops[index], width, tops[index + 1] - tops[index])
            for index, left, width in self._spans(begin, end)
        ]

    def _text_rects(self, begin: int, end: int) -> list[QRectF]:
        """The same, as high as a line of nothing but text."""
        return [
            QRectF(left, self._tops[index] + self._lifts[index], width, self._line_px)
            for index, left, width in self._spans(begin, end)
        ]

    def _spans(self, begin: int, end: int) -> list[tuple[int, float, float]]:
        """Of each line that has some of the characters: its number, their left end and width."""
        spans = []
        for index in range(max(0, bisect.bisect_right(self._starts, begin) - 1), len(self._starts)):
            first, last = max(begin, self._starts[index]), min(end, self._end_of_line(index))
            if first >= end:
                break
            if first < last:
                line, offset = self._line(index)
                one, other = x_in_line(line, first - offset), x_in_line(line, last - offset)
                spans.append((index, min(one, other), abs(other - one)))
        return spans

    def _end_of_line(self, number: int) -> int:
        return self._starts[number + 1] if number + 1 < len(self._starts) else self.length

    def position_at(self, x: float, y: float) -> int:
        """The position nearest to a point."""
        if not self._starts or y < 0:
            return 0
        if y >= self._tops[-1]:
            return self.length
        number = bisect.bisect_right(self._tops, y) - 1
        line, offset = self._line(number)
        position = offset + int(line.xToCursor(x))
        is_next_line = number + 1 < len(self._starts) and position >= self._starts[number + 1]  # of another layout
        return self._starts[number + 1] - 1 if is_next_line else position

    def link_at(self, x: float, y: float) -> str:
        """The address of the link under a point; empty if there is none."""
        for begin, end, url in self._links:
            if any(rect.contains(x, y) for rect in self.rects(begin, end)):
                return url
        return ""

    def tooltip_at(self, x: float, y: float) -> str:
        """Why the formula under a point is shown as its source; empty if there is none."""
        for math in self._math:
            if math.reason and any(rect.contains(x, y) for rect in self.rects(math.position, math.end)):
                return math.reason
        return ""

    def word_at(self, position: int) -> Selection:
        layout, begin = self._layout_at(position)
        if not layout.isValidCursorPosition(position - begin):
            position = self.step(position, is_back=True, by_word=False)
        end = self.step(position, is_back=False, by_word=True)
        begin = self.step(end, is_back=True, by_word=True)
        text = self.plain(begin, end)
        return begin, end - (len(text) - len(text.rstrip()))

    def caret(self, position: int) -> tuple[float, float]:
        """Left and top, in px, of where a caret stands before the character at a position."""
        if not self._starts:
            return 0.0, 0.0
        number = max(0, bisect.bisect_right(self._starts, position) - 1)
        line, offset = self._line(number)
        x = x_in_line(line, min(position, self._end_of_line(number)) - offset)
        return x, float(self._tops[number] + self._lifts[number])

    def step(self, position: int, *, is_back: bool, by_word: bool) -> int:
        """The next position a caret can be at, or the next word's."""
        layout, begin = self._layout_at(position, is_back=is_back)
        stepped = begin + step_in(layout, position - begin, is_back=is_back, by_word=by_word)
        is_torn = by_word and stepped != position and 0 < stepped < self.length and self._is_start(stepped)
        if is_torn and self._text[stepped - 1] != " ":
            return self.step(stepped, is_back=is_back, by_word=True)
        return stepped

    def _is_start(self, position: int) -> bool:
        return position == self._start.position or any(start.position == position for start, _ in self._laid_by)

    def end_of_text(self) -> tuple[float, float]:
        """Just behind the last character, at the middle of its line."""
        if not self._starts:
            return 0.0, self._line_px / 2
        number = len(self._starts) - 1
        line, offset = self._line(number)
        x = x_in_line(line, self.length - offset)
        return x, self._tops[number] + self._lifts[number] + 0.5 * self._line_px

    def plain(self, begin: int, end: int) -> str:
        """The text between two positions, as it would be typed: without the pads, formulas as their source."""
        parts, at = [], begin
        for math in self._math:
            if math.picture is not None and begin <= math.position < end:
                parts += [self._plain(at, math.position), math.source]
                at = math.position + 1
        return "".join((*parts, self._plain(at, end))) if at < end else "".join(parts)

    def position_behind(self, character: int) -> int | None:
        """The position behind so many characters of `plain`; None where they are not as many as the positions."""
        if self._math or len(self._text) != self.length:
            return None
        position = max(0, character)
        for pad in sorted(self._pads):
            if pad >= position:
                break
            position += 1
        return min(position, self.length)

    def _plain(self, begin: int, end: int) -> str:
        if len(self._text) == self.length:
            cuts = [begin - 1, *sorted(pad for pad in self._pads if begin <= pad < end), end]
            return "".join(self._text[one + 1 : other] for one, other in pairwise(cuts))
        units = bytearray(self._text.encode("utf-16-le"))
        for pad in sorted(self._pads, reverse=True):
            del units[2 * pad : 2 * pad + 2]
        before = sum(pad < begin for pad in self._pads)
        inside = sum(pad < end for pad in self._pads)
        return units[2 * (begin - before) : 2 * (end - inside)].decode("utf-16-le", "replace")


def step_in(layout: QTextLayout, position: int, *, is_back: bool, by_word: bool) -> int:
    """The next position in a layout that a caret can be at."""
    mode = QTextLayout.CursorMode.SkipWords if by_word else QTextLayout.CursorMode.SkipCharacters
    move = layout.previousCursorPosition if is_back else layout.nextCursorPosition
    return move(position, mode)


def x_in_line(line: QTextLine, position: int) -> float:
    """Where a position stands in its line, in px."""
    found = cast("tuple[float, int] | float", line.cursorToX(position))
    return found[0] if isinstance(found, tuple) else found


def _pad(edge: str) -> str:
    """What stands around inline code that begins or ends with `edge`: never parted from it.  Where it can be a letter,
    the line may break on its other side as it may beside a word: between Chinese characters and the code."""
    return STAND_IN if edge.isascii() and (edge.isalnum() or edge in ("_", "(", ")")) else GLUE


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left."""
    for character in text:
        direction = bidirectional(character)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def _is_of_one_piece(text: str) -> bool:
    return not text.isascii() and _OF_ONE_PIECE.search(text) is not None


def _range(start: int, length: int, format_: object) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, length, format_  # type: ignore[assignment]
    return made
