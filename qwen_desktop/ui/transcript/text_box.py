"""Runs to painted lines: one QTextLayout, built without any markup, with inline code in its rounded tint.

A formula is one character in the layout, made as wide as its picture; a line with a high one is higher than others."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import cast
from unicodedata import bidirectional

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen, QTextLayout, QTextLine, QTextOption

from qwen_desktop.ui.transcript.inline import Run
from qwen_desktop.ui.transcript.inline_math import InlineMath
from qwen_desktop.ui.transcript.style import Style, room_format

GLUE = "\u00a0"
"""A character that no line begins or ends with."""
STAND_IN = "x"
"""What a formula is for the layout: a letter, so that lines break around it as around a word."""
ENDLESS_PX = 1e7
"""A line width at which nothing is wrapped."""

Selection = tuple[int, int]
"""First position and the one after the last, in UTF-16 units of a piece's text."""
Wash = tuple[int, int, str]
"""Such a part of the text and what the colour behind it says: 'selected', 'hit' or 'current'."""


def utf16_length(text: str) -> int:
    """How many QChars `text` is."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


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
        self._links: list[tuple[int, int, str]] = []
        self._math: list[InlineMath] = []
        self.waits = False
        """Something in it is shown as its source until it is drawn."""
        used = self._font = font or (style.heading_font(level) if level else style.body)
        self._text, formats = self._compose(runs, level)
        self._formats = formats
        self._layout = QTextLayout(self._text.replace("\n", "\u2028"), used)
        self.is_right_to_left = option is None and not self._text.isascii() and is_right_to_left(self._text)
        self._layout.setTextOption(option or (style.wrapped_right if self.is_right_to_left else style.wrapped))
        self._layout.setCacheEnabled(True)
        if formats:
            self._layout.setFormats(formats)
        metrics = QFontMetricsF(used)
        self._baseline = (self._line_px + metrics.ascent() - metrics.descent()) / 2
        self.length = utf16_length(self._text)
        self._tops = [0]
        """Of each line, and below the last."""
        self._starts: list[int] = []
        """Position of the first character of each line."""
        self._lifts: list[int] = []
        """Space above the text of each line, for what is higher."""
        self.height = self._line_px
        self.width = -1.0

    def _compose(self, runs: Sequence[Run], level: int) -> tuple[str, list[QTextLayout.FormatRange]]:
        parts: list[str] = []
        formats: list[QTextLayout.FormatRange] = []
        at = 0
        for text, look in runs:
            if look.tex:
                math = InlineMath(look, text, at, self._style, self._font)
                self.waits |= math.waits
                self._math.append(math)
                if math.picture is not None:
                    text = STAND_IN
                look = look._replace(tex="", is_display=False)
            size = utf16_length(text)
            if look.code:
                self._pads |= {at, at + size + 1}
                self._tints.append((at, at + size + 2))
                formats.append(_range(at, 1, self._style.pad_format()))
                formats.append(_range(at + size + 1, 1, self._style.pad_format()))
                formats.append(_range(at + 1, size, self._style.format(look, level)))
                text, begin, size = f"{_pad(text[:1])}{text}{_pad(text[-1:])}", at, size + 2
            else:
                begin = at
                if any(look) or level or self._style.is_muted:
                    formats.append(_range(at, size, self._style.format(look, level)))
            if look.url:
                self._links.append((begin, begin + size, look.url))
            parts.append(text)
            at += size
        return "".join(parts), formats

    def lay_out(self, width: float) -> int:
        """Break the lines at `width` px; the height in px."""
        if width == self.width:
            return self.height
        self.width = width
        layout, line_px, baseline = self._layout, self._line_px, self._baseline
        drawn = self._fit_math(width)
        layout.beginLayout()
        y = at = 0
        self._tops, self._lifts, self._starts = [0], [], []
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            lift = below = 0
            self._starts.append(line.textStart())
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
        return self.height

    def _fit_math(self, width: float) -> list[InlineMath]:
        """Make room for the formulas that are drawn, none wider than the line."""
        drawn = [math for math in self._math if math.picture is not None]
        if drawn:
            for math in drawn:
                math.fit(width)
            rooms = [_range(math.position, 1, room_format(math.room_px, self._font)) for math in drawn]
            self._layout.setFormats(self._formats + rooms)
        return drawn

    def kept_px(self, same: int) -> int:
        """How much from the top is the same when the text is from position `same` on another: not the line before that
        one, which may have room for a shorter word now."""
        number = bisect.bisect_right(self._starts, same) - 2
        return self._tops[number] if number > 0 else 0

    @property
    def first_lift_px(self) -> int:
        """Space above the text of the first line, for a formula in it."""
        return self._lifts[0] if self._lifts else 0

    @property
    def natural_width(self) -> float:
        """Of the widest line as laid out."""
        return self._layout.maximumWidth()

    def draw(self, painter: QPainter, x: float, y: float, clip: QRectF, washes: Sequence[Wash] = ()) -> None:
        """Paint at (x, y) what touches `clip`."""
        if self._tints:
            self._draw_tints(painter, x, y, clip)
        for begin, end, role in washes:
            colour = self._style.wash(role)
            for rect in self.rects(begin, end):
                painter.fillRect(rect.translated(x, y), colour)
        painter.setPen(self._style.text_colour)
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
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(self._style.colour("line"), 1))
        painter.setBrush(self._style.colour("code_background"))
        inset = (self._line_px - self._style.code_line_px) / 2 + 0.5
        for begin, end in self._tints:
            for rect in self._text_rects(begin, end):
                box = rect.translated(x, y).adjusted(0.5, inset + 0.5, -0.5, -inset - 0.5)
                if box.intersects(clip):
                    painter.drawRoundedRect(box, 4, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)

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
        for index in range(self._layout.lineCount()):
            line = self._layout.lineAt(index)
            first, last = max(begin, line.textStart()), min(end, line.textStart() + line.textLength())
            if first >= last:
                continue
            one, other = x_in_line(line, first), x_in_line(line, last)
            spans.append((index, min(one, other), abs(other - one)))
        return spans

    def position_at(self, x: float, y: float) -> int:
        """The position nearest to a point."""
        count = self._layout.lineCount()
        if count == 0 or y < 0:
            return 0
        if y >= self._tops[-1]:
            return self.length
        position = self._layout.lineAt(bisect.bisect_right(self._tops, y) - 1).xToCursor(x)
        return int(position)

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
        begin = position
        if not self._layout.isValidCursorPosition(position):
            begin = self._layout.previousCursorPosition(position)
        end = self._layout.nextCursorPosition(begin, QTextLayout.CursorMode.SkipWords)
        begin = self._layout.previousCursorPosition(end, QTextLayout.CursorMode.SkipWords)
        text = self.plain(begin, end)
        return begin, end - (len(text) - len(text.rstrip()))

    def caret(self, position: int) -> tuple[float, float]:
        """Left and top, in px, of where a caret stands before the character at a position."""
        for index in range(self._layout.lineCount() - 1, -1, -1):
            line = self._layout.lineAt(index)
            if position >= line.textStart() or not index:
                x = x_in_line(line, min(position, line.textStart() + line.textLength()))
                return x, float(self._tops[index] + self._lifts[index])
        return 0.0, 0.0

    def step(self, position: int, *, is_back: bool, by_word: bool) -> int:
        """The next position a caret can be at, or the next word's."""
        return step_in(self._layout, position, is_back=is_back, by_word=by_word)

    def end_of_text(self) -> QPointF:
        """Just behind the last character, at the middle of its line."""
        count = self._layout.lineCount()
        if count == 0:
            return QPointF(0, self._line_px / 2)
        line = self._layout.lineAt(count - 1)
        x = x_in_line(line, line.textStart() + line.textLength())
        return QPointF(x, self._tops[count - 1] + self._lifts[count - 1] + 0.5 * self._line_px)

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


def _range(start: int, length: int, format_: object) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, length, format_  # type: ignore[assignment]
    return made
