"""Theme and font to everything the transcript draws with: fonts, text formats, measures in pixels."""

from __future__ import annotations

import copy
from datetime import datetime
from functools import cached_property

from PySide6.QtCore import QLocale, Qt, QTime
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontInfo,
    QFontMetricsF,
    QTextCharFormat,
    QTextOption,
)
from PySide6.QtWidgets import QApplication

from qwen_desktop.ui.theme import INTERFACE_PT, TEXT_PT, Colours
from qwen_desktop.ui.transcript.inline import Look
from qwen_desktop.ui.transcript.stamps import Stamps

MARGIN_PX = 20
"""Between the column and the edge of a narrow window; wider than any scroll bar."""
CODE_HEADER_PX = 32
CODE_PADDING_PX = 10
CODE_SIDE_PX = 14
CELL_GAP_PX = 24
"""Between the columns of a table."""
GAP_PX = 12
"""Between blocks."""
INDENT_PX = 24
"""Of a list within what is around it."""
NUMBERED_INDENT_PX = 28
QUOTE_PX = 14
SCROLL_BAR_PX = 12
LABEL_PX = 28
"""Most that a line beside buttons takes: they do not grow with the text."""

SCALED_FROM = 1.2
"""Text that is so much larger than usual takes indents with it."""

_LINE_HEIGHT = 1.55
_HEADING_SIZES = {1: 1.5, 2: 1.28, 3: 1.12}


class Style:
    """One theme at one font.  A value in use: a change of theme or font makes a new one.

    `is_muted` is the look of reasoning: smaller and in the second colour."""

    def __init__(self, colours: Colours, font: QFont, *, is_muted: bool = False) -> None:
        self.colours = colours
        self.is_muted = is_muted
        size_pt = max(font.pointSizeF(), 1.0) * (TEXT_PT if not is_muted else INTERFACE_PT - 0.5) / INTERFACE_PT
        self.body = QFont(font)
        self.body.setPointSizeF(size_pt)
        self.small = QFont(font)
        self.small.setPointSizeF(max(font.pointSizeF(), 1.0) * 0.95)
        self.label = QFont(self.small)
        self.label.setPointSizeF(self.small.pointSizeF() * min(1.0, LABEL_PX / QFontMetricsF(self.small).height()))
        scale = font.pointSizeF() / INTERFACE_PT
        self.scale = scale if scale >= SCALED_FROM else 1.0
        """How much larger indents and the marks of lists are than usual."""
        self.mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        if not QFontInfo(self.mono).fixedPitch():  # some platforms name no such font
            self.mono = QFont("monospace")
        # By its real name: in a list with other families an alias like "monospace" is passed over.
        self.mono.setFamilies([QFontInfo(self.mono).family(), *font.families()])
        self.mono.setPointSizeF(size_pt * 0.95)
        self.mono.setStyleHint(QFont.StyleHint.Monospace)
        self.mono.setFixedPitch(True)
        for feature in ("liga", "clig", "calt", "dlig"):
            self.mono.setFeature(QFont.Tag(feature), 0)
        self.mono.setKerning(False)
        self.line_px = _line_px(self.body, _LINE_HEIGHT)
        self.small_line_px = _line_px(self.small, 1.5)
        self.code_line_px = _line_px(self.mono, 1.48)
        self._bold_colour = ""
        self._formats: dict[tuple[Look, int], QTextCharFormat] = {}
        self._code_formats: dict[str, QTextCharFormat] = {}
        self._made_colours: dict[str, QColor] = {}
        self.stamps = Stamps()
        self._rises: dict[int, float] = {}
        self._made_options: dict[Qt.AlignmentFlag, QTextOption] = {}

    def measures_like(self, other: Style) -> bool:
        """Whether text is as large in the other one."""
        return self.body == other.body and self.mono == other.mono

    def scaled(self, px: int) -> int:
        """A distance that grows with the text."""
        return px if self.scale == 1.0 else round(px * self.scale)

    def colour(self, name: str) -> QColor:
        """Not to be changed: everything of that colour is painted with it."""
        made = self._made_colours.get(name)
        if made is None:
            made = self._made_colours[name] = QColor(getattr(self.colours, name))
        return made

    def wash(self, role: str) -> QColor:
        """The colour behind text that is selected, found, or the place that is gone to."""
        name = {"selected": "control_line", "hit": "found", "current": "found_current"}[role]
        colour = QColor(self.colour(name))
        colour.setAlpha(80 if role == "selected" else 170)
        return colour

    @cached_property
    def second(self) -> Style:
        """The same fonts and measures with secondary text, as the header of a table has."""
        made = copy.copy(self)
        made.is_muted = True
        made._formats, made._code_formats = {}, {}
        return made

    def with_bold_in(self, colour: str) -> Style:
        """The same, with bold words in a colour of their own, as a notice has them."""
        made = copy.copy(self)
        made._bold_colour = colour
        made._formats, made._code_formats = {}, {}
        return made

    def rise_px(self, level: int) -> float:
        """How much more of a line of text, or of a heading of that level, is above its baseline than below."""
        found = self._rises.get(level)
        if found is None:
            found = self._rises[level] = rise_of(self.heading_font(level) if level else self.body)
        return found

    @cached_property
    def code_baseline_px(self) -> float:
        """Of a line of a code block, below its top."""
        return (self.code_line_px + rise_of(self.mono)) / 2

    @property
    def text_colour(self) -> QColor:
        return self.colour("text_secondary" if self.is_muted else "text")

    @cached_property
    def mono_advance_px(self) -> float:
        return QFontMetricsF(self.mono).horizontalAdvance("0")

    @cached_property
    def body_advance_px(self) -> float:
        """Of an average Latin letter, for estimates."""
        return QFontMetricsF(self.body).horizontalAdvance(_USUAL) / len(_USUAL)

    def heading_font(self, level: int) -> QFont:
        font = QFont(self.body)
        font.setPointSizeF(self.body.pointSizeF() * _HEADING_SIZES.get(level, 1.0))
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def heading_line_px(self, level: int) -> int:
        return _line_px(self.heading_font(level), 1.4 if level < 3 else 1.5)

    def format(self, look: Look, level: int = 0) -> QTextCharFormat:
        """The text format of a run, in a heading of `level` or a text (0)."""
        format_ = self._formats.get((look._replace(url="u") if look.url else look, level))
        if format_ is None:
            format_ = self._make_format(look, level)
            self._formats[(look._replace(url="u") if look.url else look, level)] = format_
        return format_

    def code_format(self, role: str) -> QTextCharFormat:
        format_ = self._code_formats.get(role)
        if format_ is None:
            format_ = QTextCharFormat()
            format_.setForeground(self.colour(role))
            self._code_formats[role] = format_
        return format_

    def pad_format(self) -> QTextCharFormat:
        """Of the invisible characters that stand around inline code."""
        format_ = self._code_formats.get("")
        if format_ is None:
            format_ = self._code_formats[""] = room_format(self.mono_advance_px * 0.6, self.mono)
        return format_

    def _make_format(self, look: Look, level: int) -> QTextCharFormat:
        format_ = QTextCharFormat()
        if look.code:
            font = QFont(self.mono)
            font.setPointSizeF(self.mono.pointSizeF() * 0.95 * _HEADING_SIZES.get(level, 1.0))
            format_.setFont(font)
        if look.bold or level:
            format_.setFontWeight(QFont.Weight.Bold if look.bold else QFont.Weight.DemiBold)
        format_.setFontItalic(look.italic)
        format_.setFontStrikeOut(look.struck)
        if look.url:
            format_.setForeground(self.colour("accent_text"))
            format_.setFontUnderline(self.colours.is_high_contrast)
        elif look.bold and self._bold_colour:
            format_.setForeground(self.colour(self._bold_colour))
        else:
            format_.setForeground(self.text_colour)
        return format_

    @cached_property
    def wrapped(self) -> QTextOption:
        """Wraps at words, anywhere when a word is too long; each paragraph in its own direction."""
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        option.setTabStopDistance(QFontMetricsF(self.body).horizontalAdvance("0") * 4)
        return option

    def wrapped_to(self, alignment: Qt.AlignmentFlag) -> QTextOption:
        """For text at an edge or in the middle, as a table has it.  Not to be changed."""
        option = self._made_options.get(alignment)
        if option is None:
            option = self._made_options[alignment] = QTextOption(self.wrapped)
            option.setAlignment(alignment)
        return option

    @cached_property
    def code_wrapped(self) -> QTextOption:
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        option.setTabStopDistance(self.mono_advance_px * 4)
        return option

    @cached_property
    def code_unwrapped(self) -> QTextOption:
        option = QTextOption(self.code_wrapped)
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        return option


_USUAL = "which words of what a person reads are as wide as others? "
"""Measured, since Qt's average takes the widest font that was ever used beside it, such as a Chinese one."""


def style_for(colours: Colours, font: QFont | None = None, *, is_muted: bool = False) -> Style:
    """The style of the application's font, or of another one."""
    return Style(colours, font or QApplication.font(), is_muted=is_muted)


def rise_of(font: QFont) -> float:
    """How much higher than deep its letters are, in px."""
    metrics = QFontMetricsF(font)
    return metrics.ascent() - metrics.descent()


def room_format(width: float, font: QFont) -> QTextCharFormat:
    """Of a character that keeps room for something: invisible, and `width` px wide by the space behind it."""
    tiny = QFont(font)
    tiny.setPixelSize(1)
    tiny.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, max(0.0, width - 0.5))
    made = QTextCharFormat()
    made.setFont(tiny)
    made.setForeground(QColor(0, 0, 0, 0))
    return made


def clock_time(moment: datetime) -> str:
    """A message's time of day as the user's system writes it, short."""
    local = moment.astimezone()
    return QLocale.system().toString(QTime(local.hour, local.minute), QLocale.FormatType.ShortFormat)


def _line_px(font: QFont, factor: float) -> int:
    metrics = QFontMetricsF(font)
    em = font.pixelSize() if font.pixelSize() > 0 else font.pointSizeF() * metrics.fontDpi() / 72
    return max(round(em * factor), round(metrics.ascent() + metrics.descent()))
