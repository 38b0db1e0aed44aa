"""What lies over the window without being one: the scrim that closes it, and the panel with its shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from qwen_desktop.ui.views.controls import draw_box, fill

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from qwen_desktop.ui.theme import Theme

SHADOW_PX = 16


class Scrim(QWidget):
    """Covers the window behind a panel and takes the click that closes it.  Signals: pressed()."""

    pressed = Signal()

    def __init__(self, parent: QWidget, *, is_dim: bool = False) -> None:
        super().__init__(parent)
        self._is_dim = is_dim
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._is_dim:
            fill(QPainter(self), event.rect(), QColor(0, 0, 0, 70))


class FloatingPanel(QWidget):
    """A rounded box with a soft shadow; its contents keep SHADOW_PX away from its edges."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = self.rect().adjusted(SHADOW_PX, SHADOW_PX, -SHADOW_PX, -SHADOW_PX)
        strength = 5 if self._theme.is_dark else 2
        for spread in range(SHADOW_PX - 4, 0, -2):
            shade = QColor(0, 0, 0, strength).name(QColor.NameFormat.HexArgb)
            draw_box(painter, _grown(box, spread).translated(0, 4), fill=shade, radius_px=12 + spread)
        colours = self._theme.colours
        draw_box(painter, box, fill=colours.field, line=colours.control_line, radius_px=12)


def _grown(box: QRect, by_px: int) -> QRect:
    return box.adjusted(-by_px, -by_px, by_px, by_px)
