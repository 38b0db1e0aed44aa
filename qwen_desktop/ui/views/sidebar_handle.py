"""The edge of the sidebar that can be pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent


HANDLE_PX = 8
"""Its width: as wide as the empty edge of the sidebar."""


class SidebarHandle(QWidget):
    """Invisible, a few pixels wide, with the edge at its right.  Signals: moved(int width_px): while it is pulled;
    released()."""

    moved = Signal(int)
    released = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self._to_edge_px = 0

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._to_edge_px = self.width() - event.position().toPoint().x()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.moved.emit(self.mapToParent(event.position().toPoint()).x() + self._to_edge_px)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.released.emit()
