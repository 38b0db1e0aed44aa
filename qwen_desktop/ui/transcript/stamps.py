"""Small shapes with smooth edges to pictures: drawn once for a screen, afterwards only copied, in a tenth of the time.

On a screen whose pixels are no whole part of the measures here (125 %) frames are drawn each time: parts that are put
together would show their seams."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from math import ceil, floor
from typing import NamedTuple

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

LONGEST_PX = 256
"""Of a frame that is one picture, cut to the length that is wanted."""


class Frame(NamedTuple):
    """A box with round corners and a line of 1 px around it."""

    radius: int
    fill: QColor
    line: QColor
    head_px: int = 0
    """So much of it, from its top, is of another colour."""
    head: QColor | None = None
    is_open_above: bool = False
    """It goes on there, without a line."""
    is_open_below: bool = False

    @property
    def top(self) -> QColor:
        """What it is filled with at its top."""
        return self.head if self.head is not None and self.head_px else self.fill


class Stamps:
    """The pictures of one theme; each is as large as it is drawn, in px of the screen."""

    def __init__(self) -> None:
        self._made: dict[Hashable, QPixmap] = {}

    def picture(
        self, key: Hashable, width: int, height: int, scale: float, draw: Callable[[QPainter], None]
    ) -> QPixmap:
        """What `draw` draws into `width` x `height` px, for a screen of that scale; `key` is another for each shape."""
        found = self._made.get((key, scale))
        if found is None:
            found = self._made[key, scale] = QPixmap(ceil(width * scale), ceil(height * scale))
            found.setDevicePixelRatio(scale)
            found.fill(Qt.GlobalColor.transparent)
            painter = QPainter(found)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw(painter)
            painter.end()
        return found

    def draw_shape(
        self, painter: QPainter, key: Hashable, box: QRectF, draw: Callable[[QPainter, QRectF], None]
    ) -> None:
        """What `draw` draws in `box` and up to a pixel around it."""
        left, top = floor(box.left()), floor(box.top())
        inside = QRectF(box.left() - left + 1, box.top() - top + 1, box.width(), box.height())
        width, height = ceil(inside.right()) + 1, ceil(inside.bottom()) + 1
        key = key, inside.left(), inside.top(), width, height
        picture = self.picture(key, width, height, scale_of(painter), lambda fresh: draw(fresh, inside))
        painter.drawPixmap(left - 1, top - 1, picture)

    def draw_tint(self, painter: QPainter, box: QRect, radius: int, fill: QColor, line: QColor) -> None:
        """A rounded box behind a few words."""
        scale = scale_of(painter)
        if not scale.is_integer() or not 2 * radius + 2 < box.width() <= LONGEST_PX:
            _draw_rounded(painter, QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), radius, fill, line)
            return
        whole, height = QRectF(0.5, 0.5, LONGEST_PX - 1, box.height() - 1), box.height()
        picture = self.picture(
            ("tint", height, radius, fill.rgba(), line.rgba()), LONGEST_PX, height, scale,
            lambda fresh: _draw_rounded(fresh, whole, radius, fill, line),
        )  # fmt: skip
        end, cut = radius + 1, int(scale)
        rest = box.width() - end
        painter.drawPixmap(box.left(), box.top(), picture, 0, 0, rest * cut, height * cut)
        painter.drawPixmap(box.left() + rest, box.top(), picture, (LONGEST_PX - end) * cut, 0, end * cut, height * cut)

    def draw_frame(self, painter: QPainter, box: QRect, clip: QRect, frame: Frame) -> None:
        """A box as large as what is in it, as far as `clip` shows it."""
        scale = scale_of(painter)
        if not scale.is_integer():
            _draw_whole(painter, box, frame)
            return
        end, (x, y, width, height) = frame.radius + 1, (box.x(), box.y(), box.width(), box.height())
        body = 0 if frame.is_open_above else max(end, frame.head_px)
        lower = 0 if frame.is_open_below else end
        inner, right = width - 2 * end, x + width - end
        corners = list[tuple[int, int, bool]]()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(frame.fill)
        painter.drawRect(QRect(x, y + body, width, height - body - lower).intersected(clip))
        if lower and y + height - lower <= clip.bottom():
            painter.drawRect(x + end, y + height - lower, inner, lower)
            corners += [(x, y + height - end, True), (right, y + height - end, True)]
        if body and y + body > clip.top():
            painter.setBrush(frame.top)
            painter.drawRect(x + end, y, inner, end)
            painter.drawRect(x, y + end, width, body - end)
            corners += [(x, y, False), (right, y, False)]
        painter.setBrush(frame.line)
        side = 0 if frame.is_open_above else end
        painter.drawRect(x, y + side, 1, height - side - lower)
        painter.drawRect(x + width - 1, y + side, 1, height - side - lower)
        for left, top, is_lower in corners:
            if left == x:
                painter.drawRect(x + end, y + height - 1 if is_lower else y, inner, 1)
            painter.drawPixmap(left, top, self._corner(scale, frame, left == right, is_lower))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _corner(self, scale: float, frame: Frame, is_right: bool, is_lower: bool) -> QPixmap:
        end, fill = frame.radius + 1, frame.fill if is_lower else frame.top
        whole = QRectF(0.5 - is_right * end, 0.5 - is_lower * end, 2 * end - 1, 2 * end - 1)
        key = "corner", is_right, is_lower, end, fill.rgba(), frame.line.rgba()
        return self.picture(
            key, end, end, scale, lambda fresh: _draw_rounded(fresh, whole, frame.radius, fill, frame.line)
        )


def _draw_whole(painter: QPainter, box: QRect, frame: Frame) -> None:
    above, below = 2 * frame.radius * frame.is_open_above, 2 * frame.radius * frame.is_open_below
    path = QPainterPath()
    path.addRoundedRect(QRectF(box).adjusted(0.5, 0.5 - above, -0.5, below - 0.5), frame.radius, frame.radius)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setClipRect(box, Qt.ClipOperation.IntersectClip)
    painter.fillPath(path, frame.fill)
    if frame.head_px:
        painter.save()
        head = QRect(box.left(), box.top(), box.width(), frame.head_px)
        painter.setClipRect(head, Qt.ClipOperation.IntersectClip)
        painter.fillPath(path, frame.top)
        painter.restore()
    painter.setPen(QPen(frame.line, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    painter.restore()


def scale_of(painter: QPainter) -> float:
    """Pixels of the screen to one of the measures here."""
    return float(painter.device().devicePixelRatio())


def _draw_rounded(painter: QPainter, box: QRectF, radius: int, fill: QColor, line: QColor) -> None:
    was_smooth = painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(line, 1))
    painter.setBrush(fill)
    painter.drawRoundedRect(box, radius, radius)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, was_smooth)
    painter.setBrush(Qt.BrushStyle.NoBrush)
