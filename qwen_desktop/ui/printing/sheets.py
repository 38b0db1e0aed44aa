"""Strips of text and pictures, one below the other, to the sheets of a PDF: one sheet is in memory at a time.

Lengths are tenths of a point.  A strip is never cut; what is behind several strips (a box, a bar) is painted once for
each sheet, so no seam shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

DOTS_PER_INCH = 720
POINT = 10
_MARGIN_MM = (20.0, 18.0, 20.0, 13.0)
_FOOT = 30 * POINT
"""From the end of the text to the line of the page number."""

_AROUND = 4 * POINT
"""What a box that goes on on another sheet has around its text there."""

Draw = Callable[[QPainter, float], None]
"""Paints with its top at this height; where it is from the left it knows."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What is behind strips that follow one another."""

    x: float
    width: float
    fill: str = ""
    radius: float = 0
    bar: str = ""
    """Colour of a line along its left side."""


@dataclass(slots=True, eq=False)
class Strip:
    """A line, a row of a table, a picture, or space."""

    height: float
    draw: Draw | None = None
    is_kept: bool = False
    """It stays on one sheet with the next one."""
    frames: tuple[Frame, ...] = ()
    """Outermost first."""
    is_space: bool = False
    """It is left out at the top of a sheet."""
    baseline: float = 0
    """Of its text, from its top."""
    head: Sequence[Strip] = field(default=())
    """What is said again above it where it begins a sheet: the head of its table."""


def space(height: float, frames: tuple[Frame, ...] = (), *, is_kept: bool = False) -> Strip:
    return Strip(height, None, is_kept, frames, is_space=True)


class Sheets:
    """A4 sheets of one document.  `writer` is ready to be written to."""

    def __init__(self, writer: QPdfWriter, title: str, font: QFont, quiet: str, line: str) -> None:
        writer.setResolution(DOTS_PER_INCH)
        margins = QMarginsF(*_MARGIN_MM)
        size = QPageSize(QPageSize.PageSizeId.A4)
        writer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter))
        writer.setTitle(title)
        writer.setCreator("Qwen Desktop")
        self._writer = writer
        self._painter = QPainter(writer)
        self.width = float(writer.width())
        self.height = float(writer.height()) - _FOOT
        self._font, self._quiet, self._line = font, quiet, line
        self._title = QFontMetricsF(font).elidedText(title, Qt.TextElideMode.ElideRight, self.width * 0.8)
        self._waiting: list[Strip] = []
        """A chain of strips that stay together, not whole yet."""
        self._placed: list[tuple[float, Strip]] = []
        self._y = 0.0
        self._number = 1

    def add(self, strip: Strip) -> None:
        self._waiting.append(strip)
        if not strip.is_kept or sum(one.height for one in self._waiting) > self.height:
            self._place_waiting()

    def close(self) -> None:
        """The last sheet."""
        self._place_waiting()
        self._paint()
        self._painter.end()

    def _place_waiting(self) -> None:
        chain, self._waiting = self._waiting, []
        needed = sum(one.height for one in chain)
        if self._placed and self._y + needed > self.height and needed <= self.height:
            self._turn()
        for one in chain:
            if self._placed and self._y + one.height > self.height:
                self._turn()
            if not self._placed:
                if one.is_space:
                    continue
                for above in one.head:
                    self._put(above)
            self._put(one)

    def _put(self, strip: Strip) -> None:
        self._placed.append((self._y, strip))
        self._y += strip.height

    def _turn(self) -> None:
        self._paint()
        self._writer.newPage()
        self._number += 1
        self._placed, self._y = [], 0.0

    def _paint(self) -> None:
        while self._placed and self._placed[-1][1].is_space:
            self._placed.pop()
        painter = self._painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for depth in range(max((len(strip.frames) for _, strip in self._placed), default=0)):
            self._paint_frames(depth)
        for y, strip in self._placed:
            if strip.draw is not None:
                strip.draw(painter, y)
        self._paint_foot()

    def _paint_frames(self, depth: int) -> None:
        begun: tuple[Frame, float] | None = None
        end = 0.0
        last = self._placed[-1][1] if self._placed else None
        for y, strip in [*self._placed, (0.0, Strip(0))]:
            frame = strip.frames[depth] if len(strip.frames) > depth else None
            if begun is not None and begun[0] is not frame:
                self._paint_frame(begun[0], begun[1], end)
                begun = None
            if frame is not None and begun is None:
                is_continued = not y and strip.draw is not None and bool(frame.fill)
                begun = frame, y - (_AROUND if is_continued else 0)
            is_continuing = strip is last and strip.draw is not None and frame is not None and bool(frame.fill)
            end = y + strip.height + (_AROUND if is_continuing else 0)

    def _paint_frame(self, frame: Frame, top: float, bottom: float) -> None:
        painter = self._painter
        painter.setPen(Qt.PenStyle.NoPen)
        if frame.fill:
            painter.setBrush(QColor(frame.fill))
            painter.drawRoundedRect(QRectF(frame.x, top, frame.width, bottom - top), frame.radius, frame.radius)
        if frame.bar:
            painter.setBrush(QColor(frame.bar))
            painter.drawRect(QRectF(frame.x, top, 2 * POINT, bottom - top))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_foot(self) -> None:
        painter = self._painter
        line = self.height + _FOOT - QFontMetricsF(self._font).height() - 4 * POINT
        painter.setPen(QPen(QColor(self._line), 0.5 * POINT))
        painter.drawLine(QPointF(0, line), QPointF(self.width, line))
        painter.setPen(QColor(self._quiet))
        painter.setFont(self._font)
        room = QRectF(0, line + 4 * POINT, self.width, self.height + _FOOT - line)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self._title)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, str(self._number))
