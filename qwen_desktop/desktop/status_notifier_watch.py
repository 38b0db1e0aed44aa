"""The session bus to whether a StatusNotifier tray is there: told by the bus when that changes, never asked again.

Source: https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/ (read 2026-11-26).
QtDBus and not dbus-fast, since it is loaded in 5 ms (dbus-fast: 41 ms) and Qt's own tray icon uses the same connection.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import SLOT, QObject, Signal, Slot
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusServiceWatcher

WATCHER = "org.kde.StatusNotifierWatcher"
"""Name and interface; the `org.freedesktop` name of the specification is used by nobody, Qt included."""
PATH = "/StatusNotifierWatcher"

_HOST_SIGNALS = ("StatusNotifierHostRegistered", "StatusNotifierHostUnregistered")
_ASK: Any = SLOT("ask()")  # the binding takes no bound method here, and its stubs do not know what SLOT gives


class StatusNotifierWatch(QObject):
    """Whether something collects tray icons and something shows them.

    Signals: changed(): `is_there` is another now
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_there: bool | None = None
        """None where a watcher has the name, but has no host or does not answer: nobody shows the icon, and Qt sends it
        there all the same, never to a tray of the other kind."""
        self._asked = 0
        self._owners: QDBusServiceWatcher | None = None

    def begin(self) -> None:
        """Watch and ask once.  Without a session bus there is no such tray, and none will come."""
        bus = QDBusConnection.sessionBus()
        if not bus.isConnected():
            self._set(False)
            return
        mode = QDBusServiceWatcher.WatchModeFlag.WatchForOwnerChange
        self._owners = QDBusServiceWatcher(WATCHER, bus, mode, self)
        self._owners.serviceOwnerChanged.connect(self._on_owner)
        for name in _HOST_SIGNALS:
            bus.connect(WATCHER, PATH, WATCHER, name, self, _ASK)
        self.ask()

    def close(self) -> None:
        """No signal comes after this."""
        self._asked += 1
        if self._owners is None:
            return
        self._owners.deleteLater()
        self._owners = None
        bus = QDBusConnection.sessionBus()
        for name in _HOST_SIGNALS:
            bus.disconnect(WATCHER, PATH, WATCHER, name, self, _ASK)

    def _on_owner(self, _name: str, _before: str, owner: str) -> None:
        if owner:
            self.ask()
        else:
            self._asked += 1  # an answer under way is the old owner's
            self._set(False)

    @Slot()
    def ask(self) -> None:
        """Ask the watcher whether a host shows what it collects; the answer is waited for by nobody."""
        question = QDBusMessage.createMethodCall(WATCHER, PATH, "org.freedesktop.DBus.Properties", "Get")
        question.setArguments([WATCHER, "IsStatusNotifierHostRegistered"])
        question.setAutoStartService(False)
        self._asked += 1
        number = self._asked
        call = QDBusPendingCallWatcher(QDBusConnection.sessionBus().asyncCall(question), self)

        def answered() -> None:
            call.deleteLater()
            if number != self._asked:
                return
            if call.isError():
                self._set(False if call.error().name().endswith((".NameHasNoOwner", ".ServiceUnknown")) else None)
            else:
                arguments = call.reply().arguments()
                self._set(True if arguments and arguments[0].variant() is True else None)

        call.finished.connect(answered)

    def _set(self, is_there: bool | None) -> None:
        if is_there is not self.is_there:
            self.is_there = is_there
            self.changed.emit()
