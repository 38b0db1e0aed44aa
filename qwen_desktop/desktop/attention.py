"""Replies nobody has seen to a number on the app's icon and a window that asks to be looked at."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget


class Attention(QObject):
    """Counts chats, not replies: a chat with three of them is one to look at.

    The number is shown by macOS, Windows, and those Linux desktops that know the launcher's interface; the others
    ignore it.  The call for attention ends when the window becomes active, which the desktop sees to.
    """

    def __init__(self, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window = window
        self._unread: set[int] = set()

    @property
    def count(self) -> int:
        """Chats with a reply nobody has seen."""
        return len(self._unread)

    def reply_done(self, conversation_id: int) -> None:
        """A reply ended that is not being looked at; whether it is, the caller knows."""
        self._unread.add(conversation_id)
        self._show()
        if self._window.isVisible() and not self._window.isActiveWindow():
            QApplication.alert(self._window)

    def seen(self, conversation_id: int) -> None:
        """The chat is on the screen and the window active; also for a chat that was deleted."""
        if conversation_id in self._unread:
            self._unread.discard(conversation_id)
            self._show()

    def close(self) -> None:
        """The number goes with the app."""
        if self._unread:
            self._unread.clear()
            self._show()

    def _show(self) -> None:
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.setBadgeNumber(len(self._unread))
