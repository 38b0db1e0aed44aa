"""Replies nobody has seen to a number on the app's icon and a window that asks to be looked at."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject
from PySide6.QtGui import QCursor, QGuiApplication
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
            # WORKAROUND for Qt 6.11 on X11: the call stays in a buffer until the server is asked or sent something
            # else, and a minimised window paints nothing.  May go when QXcbWindow::setAlertState flushes.
            QCursor.pos()

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
        if sys.platform == "linux":
            tell_launcher(self.count)
        elif isinstance(application, QGuiApplication):
            application.setBadgeNumber(self.count)


def tell_launcher(count: int) -> None:
    """Send the number to whatever shows one: the signal of https://wiki.ubuntu.com/Unity/LauncherAPI (read 2026-11-26).

    WORKAROUND for Qt 6.11, whose `setBadgeNumber` puts the name of the application into the object path as it is: with
    a hyphen in it, as in ours, the message is refused.  May go when Qt escapes it.
    """
    from PySide6.QtDBus import QDBusConnection, QDBusMessage

    bus = QDBusConnection.sessionBus()
    if bus.isConnected():
        interface = "com.canonical.Unity.LauncherEntry"
        update = QDBusMessage.createSignal("/com/canonical/unity/launcherentry/qwen_desktop", interface, "Update")
        update.setArguments(["application://qwen-desktop.desktop", {"count": count, "count-visible": count > 0}])
        bus.send(update)
