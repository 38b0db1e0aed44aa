"""The transcript with the keyboard to a ring around it: its frame, so that nothing lies over the messages.

What lies over them would have to be painted again at every step of the scroll bar, and so would they."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QFrame
from shiboken6 import isValid

from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.controls import fill

WIDTH_PX = 2
_BY_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_COMES_BACK = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)


class FocusRing(QObject):
    """Paints the frame it is given, which looks like the window until the keyboard comes there."""

    def __init__(self, around: QFrame, theme: Theme) -> None:
        super().__init__(around)
        self._around = around
        self._theme = theme
        self._came_by_keyboard = False
        self._is_shown = False
        around.setFrameStyle(QFrame.Shape.Box | QFrame.Shadow.Plain)
        around.setLineWidth(WIDTH_PX)
        around.installEventFilter(self)
        theme.changed.connect(self._paint_again)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            if self._around.contentsRect().contains(event.rect()):
                return True
            painter = QPainter(self._around)
            painter.setClipRegion(self._frame())
            fill(
                painter,
                self._around.rect(),
                self._theme.colours.accent if self._is_shown else self._theme.colours.window,
            )
            return True
        if isinstance(event, QFocusEvent):
            self._take_focus(event)
        return False

    def _take_focus(self, event: QFocusEvent) -> None:
        if event.gotFocus() and event.reason() not in _COMES_BACK:
            self._came_by_keyboard = event.reason() in _BY_KEYBOARD
        is_shown = event.gotFocus() and self._came_by_keyboard
        if is_shown != self._is_shown:
            self._is_shown = is_shown
            self._paint_again()

    def _paint_again(self) -> None:
        if isValid(self._around):  # one that is destroyed loses the keyboard, too
            self._around.update(self._frame())

    def _frame(self) -> QRegion:
        return QRegion(self._around.rect()) - QRegion(self._around.contentsRect())
