"""Runs of text to lines that are set for print: strips of one line each, formulas drawn as shapes within them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it.token import Token
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextOption

from qwen_desktop.ui.printing.formulas import Shape, shape_of
from qwen_desktop.ui.printing.sheets import POINT, Frame, Strip
from qwen_desktop.ui.transcript.inline import PLAIN, Look, Run
from qwen_desktop.ui.transcript.style import room_format
from qwen_desktop.ui.transcript.text_box import is_right_to_left, utf16_length, x_in_line

TEXT = "#1C1C21"
QUIET = "#62626C"
LINE = "#D9D9E0"
LINK = "#443FCB"
BOX = "#F5F5F8"
"""Of the light theme: a printed page is light."""
FONTS = ["Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "DejaVu Sans"]
_MONO = ["Noto Sans Mono", "DejaVu Sans Mono", "Consolas", "Menlo", "Noto Sans Mono CJK SC", "Noto Sans CJK SC"]
_TASKS = {"[ ] ": "☐", "[x] ": "☑", "[X] ": "☑"}
_STAND_IN = "x"
_LONGEST = 20_000
"""Characters that are set at once: more in one paragraph are set as several."""
BODY_PT = 10.0
LEADING = 1.5


def font_of(size_pt: float = BODY_PT, *, is_bold: bool = False, is_mono: bool = False) -> QFont:
    """A font of print; its size is in the tenths of a point that everything is measured in."""
    return QFont(_font(size_pt, is_bold, is_mono))


@lru_cache(maxsize=64)
def _font(size_pt: float, is_bold: bool, is_mono: bool) -> QFont:
    font = QFont(_MONO + FONTS if is_mono else FONTS)
    font.setPixelSize(round(size_pt * POINT))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    # WORKAROUND: digits that such a feature has replaced have no text in the PDF, so they are neither found nor copied.
    font.setFeature(QFont.Tag("locl"), 0)
    if is_bold:
        font.setWeight(QFont.Weight.DemiBold)
    if is_mono:
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setKerning(False)
        for feature in ("liga", "clig", "calt", "dlig"):
            font.setFeature(QFont.Tag(feature), 0)
    return font


@dataclass(slots=True)
class _Placed:
    """A formula at a position of a paragraph."""

    position: int
    shape: Shape
    side: float
    scale: float = 1.0

    @property
    def room(self) -> float:
        return self.shape.width * self.scale + 2 * self.side


class Paragraph:
    """Runs in one font.  `set` lays them out; what it gives can be drawn later."""

    def __init__(self, runs: Sequence[Run], font: QFont, colour: str = TEXT, *, leading: float = LEADING) -> None:
        self._font = font
        self._colour = colour
        self._formulas: list[_Placed] = []
        self._formats: list[QTextLayout.FormatRange] = []
        text = self._compose(runs)
        self._layout = QTextLayout(text.replace("\n", "\u2028"), font)
        self._layout.setCacheEnabled(True)
        metrics = QFontMetricsF(font)
        self._line = round(font.pixelSize() * leading)
        self._baseline = (self._line + metrics.ascent() - metrics.descent()) / 2
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        if not text.isascii() and is_right_to_left(text):
            option.setTextDirection(Qt.LayoutDirection.RightToLeft)
            option.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._option = option

    def _compose(self, runs: Sequence[Run]) -> str:
        parts: list[str] = []
        at = 0
        for text, look in runs:
            format_ = QTextCharFormat()
            format_.setForeground(QColor(LINK if look.url else self._colour))
            if (made := self._shape(look)) is not None:
                self._formulas.append(_Placed(at, made, self._font.pixelSize() * 0.06))
                text = _STAND_IN
            elif look.code:
                format_.setFont(font_of(self._font.pixelSize() / POINT * 0.94, is_mono=True))
                format_.setBackground(QColor(BOX))
            elif look != PLAIN:
                font = QFont(self._font)
                if look.bold:
                    font.setWeight(QFont.Weight.Bold)
                font.setItalic(look.italic)
                font.setStrikeOut(look.struck)
                format_.setFont(font)
            size = utf16_length(text)
            self._formats.append(_range(at, size, format_))
            parts.append(text)
            at += size
        return "".join(parts)

    def _shape(self, look: Look) -> Shape | None:
        if not look.tex:
            return None
        return shape_of(look.tex, self._font, is_display=look.is_display, colour=self._colour)

    def colour(self, begin: int, length: int, name: str) -> None:
        """Before it is set: these characters, counted in UTF-16, in that colour."""
        format_ = QTextCharFormat()
        format_.setForeground(QColor(name))
        self._formats.append(_range(begin, length, format_))

    @property
    def natural_width(self) -> float:
        """Without any wrapping."""
        self.set(1e6)
        return self._layout.maximumWidth() + 1

    def set(self, width: float) -> list[tuple[float, float]]:
        """Lay it out; the heights of the lines, and where the baseline of each is."""
        self._layout.setTextOption(self._option)
        rooms = []
        for one in self._formulas:
            one.scale = min(1.0, max(1.0, width - 2 * one.side) / one.shape.width)
            rooms.append(_range(one.position, 1, room_format(one.room, self._font)))
        self._layout.setFormats(self._formats + rooms)
        layout, heights = self._layout, []
        layout.beginLayout()
        at = 0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            above, below = self._baseline, self._line - self._baseline
            end = line.textStart() + line.textLength()
            while at < len(self._formulas) and self._formulas[at].position < end:
                one = self._formulas[at]
                above = max(above, one.shape.ascent * one.scale + 2 * POINT)
                below = max(below, one.shape.descent * one.scale + 2 * POINT)
                at += 1
            line.setPosition(QPointF(0, -line.ascent()))
            heights.append((above + below, above))
        layout.endLayout()
        return heights

    def line_width(self, number: int) -> float:
        """Of the text in a line of what was set last."""
        return self._layout.lineAt(number).naturalTextWidth()

    def draw_line(self, painter: QPainter, number: int, x: float, baseline: float) -> None:
        """Paint a line of what was set last."""
        line = self._layout.lineAt(number)
        painter.setPen(QColor(self._colour))
        line.draw(painter, QPointF(x, baseline))
        begin, end = line.textStart(), line.textStart() + line.textLength()
        for one in self._formulas:
            if begin <= one.position < end:
                left = x_in_line(line, one.position) + one.side
                one.shape.draw(painter, x + left, baseline, one.scale)

    def strips(
        self, x: float, width: float, frames: tuple[Frame, ...] = (), *, is_kept: bool = False
    ) -> Iterator[Strip]:
        """A line each; the first two and the last two stay together, and with `is_kept` all with what follows."""
        heights = self.set(width)
        last = len(heights) - 1
        for number, (height, baseline) in enumerate(heights):

            def draw(painter: QPainter, y: float, number: int = number, baseline: float = baseline) -> None:
                self.draw_line(painter, number, x, y + baseline)

            stays = is_kept or (last > 0 and number in (0, last - 1))
            yield Strip(height, draw, stays, frames, baseline=baseline)


def paragraphs(text: str, font: QFont, colour: str = TEXT, *, leading: float = LEADING) -> Iterator[Paragraph]:
    """A text as it was typed, line by line."""
    for line in text.split("\n"):
        for at in range(0, max(1, len(line)), _LONGEST):
            yield Paragraph([(line[at : at + _LONGEST] or " ", PLAIN)], font, colour, leading=leading)


def in_pieces(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Runs as they are, or cut where setting them as one paragraph would take very long."""
    piece: list[Run] = []
    size = 0
    for text, look in runs:
        at = 0
        while size + len(text) - at > _LONGEST and not look.tex:
            most = at + max(1, _LONGEST - size)
            space = text.rfind(" ", at + 1, most)
            end = space if space > 0 else most
            yield [*piece, (text[at:end], look)]
            piece, size, at = [], 0, end
        piece.append((text[at:], look))
        size += len(text) - at
    yield piece


def task_box(tokens: Sequence[Token], at: int) -> str:
    """The box of the task that the item begins with whose first token is at `at`, taken from its text; '' for none."""
    inline = tokens[at + 1] if at + 1 < len(tokens) else None
    if inline is None or inline.type != "inline" or inline.content[:4] not in _TASKS or not inline.children:
        return ""
    first = inline.children[0]
    first.content = first.content[4:]
    return _TASKS[inline.content[:4]]


def _range(start: int, length: int, format_: QTextCharFormat) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = start, length, format_
    return made
