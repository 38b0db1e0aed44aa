"""Formulas to shapes for print: paths that are painted as they are, so a PDF holds no pictures of them.

The points of a path are whole numbers, ten to a unit: written out in a PDF that is a third of what fractions take."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from xml.etree import ElementTree

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath
from PySide6.QtSvg import QSvgRenderer

from qwen_desktop.ui.transcript.math_drawing import CannotDraw, Drawing, draw_formula
from qwen_desktop.ui.transcript.math_rules import LONGEST_FORMULA
from qwen_desktop.ui.transcript.math_service import size_beside

LONGEST_S = 30.0
"""For the formulas of one message; the others are shown as TeX."""
_PARTS = 10
_TOKEN = re.compile(r"[A-Za-z]|-?[\d.]+(?:e-?\d+)?")
_PLAIN = {"d", "fill", "x", "y", "width", "height"}


class DrawingTime:
    """What drawing has taken since the message began: one of a thousand hostile formulas must not take an hour."""

    def __init__(self) -> None:
        self._spent_s = 0.0

    def begin_message(self) -> None:
        self._spent_s = 0.0

    @property
    def is_over(self) -> bool:
        return self._spent_s > LONGEST_S

    @contextmanager
    def counted(self) -> Iterator[None]:
        """While one formula is drawn."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self._spent_s += time.monotonic() - begun


drawing_time = DrawingTime()
"""Of this process, which makes one message after another."""


class Shape:
    """A formula that is drawn; measures as those of its `Drawing`."""

    def __init__(self, drawing: Drawing, colour: str) -> None:
        self.width, self.ascent, self.descent = drawing.width, drawing.ascent, drawing.descent
        self._colour = QColor(colour)
        svg = ElementTree.fromstring(drawing.svg)
        self._left = float(svg.get("viewBox", "0 0 0 0").split()[0])
        self._path = _path_of(svg)
        self._svg = b"" if self._path is not None else drawing.svg

    def draw(self, painter: QPainter, x: float, baseline: float, scale: float = 1.0) -> None:
        """Paint it with its left end at `x`."""
        if self._path is None:
            size = QRectF(x, baseline - self.ascent * scale, self.width * scale, (self.ascent + self.descent) * scale)
            QSvgRenderer(QByteArray(self._svg)).render(painter, size)
            return
        painter.save()
        painter.translate(x - self._left * scale, baseline)
        painter.scale(scale / _PARTS, scale / _PARTS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillPath(self._path, self._colour)
        painter.restore()


@lru_cache(maxsize=500)
def _shape(tex: str, font_key: str, is_display: bool, colour: str) -> Shape | None:
    font = QFont()
    font.fromString(font_key)
    try:
        with drawing_time.counted():
            made = draw_formula(tex, is_display=is_display, size_px=size_beside(font), colour=colour, font=font)
    except CannotDraw:
        return None
    return Shape(made, colour)


def shape_of(tex: str, font: QFont, *, is_display: bool, colour: str) -> Shape | None:
    """A formula beside text in `font`; None where it cannot be drawn."""
    if len(tex) > LONGEST_FORMULA or drawing_time.is_over:
        return None
    return _shape(tex, font.toString(), is_display, colour)


def _path_of(svg: ElementTree.Element) -> QPainterPath | None:
    """All shapes as one; None where there are other ones than outlines and bars."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for element in svg:
        kind = element.tag.rpartition("}")[2]
        if set(element.keys()) - _PLAIN:
            return None
        if kind == "path":
            if not _add_outline(path, element.get("d", "")):
                return None
        elif kind == "rect":
            x, y, width, height = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
            path.addRect(_whole(x), _whole(y), max(1, _whole(width)), max(1, _whole(height)))
        else:
            return None
    return path


def _add_outline(path: QPainterPath, data: str) -> bool:
    """Whether all of it was understood."""
    numbers: list[float] = []
    command = ""
    for token in [*_TOKEN.findall(data), "Z"]:
        if not token[0].isalpha():
            numbers.append(_whole(float(token)))
            continue
        if not _draw_command(path, command, numbers):
            return False
        command, numbers = token, []
    return _draw_command(path, command, numbers)


def _draw_command(path: QPainterPath, command: str, numbers: list[float]) -> bool:
    match command, numbers:
        case "", []:
            pass
        case "M", [x, y]:
            path.moveTo(x, y)
        case "L", [x, y]:
            path.lineTo(x, y)
        case "Q", [a, b, x, y]:
            path.quadTo(a, b, x, y)
        case "C", [a, b, c, d, x, y]:
            path.cubicTo(a, b, c, d, x, y)
        case "Z", []:
            path.closeSubpath()
        case _:
            return False
    return True


def _whole(value: float) -> int:
    return round(value * _PARTS)
