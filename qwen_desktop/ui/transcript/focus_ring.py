"""The transcript with the keyboard to a ring around it: drawn over its messages, which fill it to the edges."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.controls import fill

WIDTH_PX = 2
_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class FocusRing(QObject):
    """Owned by the widget it looks after; the ring itself is made when the keyboard first comes there."""

    def __init__(self, around: QWidget, theme: Theme) -> None:
        super().__init__(around)
        self._around = around
        self._theme = theme
        self._ring: QWidget | None = None
        around.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusIn:
            if event.reason() in _BY_KEYBOARD:
                self._ring = self._ring or _Ring(self._around, self._theme)
                self._place()
                self._ring.show()
                self._ring.raise_()
        elif self._ring is not None and event.type() == QEvent.Type.FocusOut:
            self._ring.hide()
        elif self._ring is not None and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        assert self._ring is not None
        box = QRect(0, 0, self._around.width(), self._around.height())
        self._ring.setGeometry(box)
        inside = box.adjusted(WIDTH_PX, WIDTH_PX, -WIDTH_PX, -WIDTH_PX)
        self._ring.setMask(QRegion(box) - QRegion(inside))


class _Ring(QWidget):
    """Four narrow lines; what is between them is no part of it."""

    def __init__(self, parent: QWidget, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("focus_ring")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        fill(QPainter(self), self.rect(), self._theme.colours.accent)
