"""The desktop to the kind of tray it has now: one value, and a signal when it changes.

Qt tells a tray once, when it is asked, and takes its icon for visible where there is none; so the two kinds of trays
that come and go are watched here, and Qt is asked for an icon only where something will show it.
"""

from __future__ import annotations

import asyncio
import enum
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from qwen_desktop.desktop.status_notifier_watch import StatusNotifierWatch
    from qwen_desktop.desktop.xembed_watch import XembedWatch


class TrayHost(enum.StrEnum):
    """Who shows the icon."""

    NONE = "none"
    STATUS_NOTIFIER = "status_notifier"
    """A panel that is told of icons over D-Bus: KDE, GNOME with its extension, most others."""
    XEMBED = "xembed"
    """A panel of X11 that takes a window in; used where nobody collects icons over D-Bus."""
    SYSTEM = "system"
    """Windows and macOS: always there."""


class TrayWatch(QObject):
    """Watches for trays from `begin` to `close`.

    Signals: changed(): `host` is another now
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.host = TrayHost.SYSTEM if sys.platform in ("win32", "darwin") else TrayHost.NONE
        self._is_closed = False
        self._status_notifier: StatusNotifierWatch | None = None
        self._xembed: XembedWatch | None = None

    async def begin(self) -> None:
        """Look, and go on watching; returns when the first look is done, as far as it needs no other program."""
        platform = QGuiApplication.platformName()
        if self.host is TrayHost.SYSTEM or not (platform == "xcb" or platform.startswith("wayland")):
            return
        # QtDBus takes 5 ms to load, the other watch's library 22: neither is waited for by the window.
        await asyncio.to_thread(import_module, "qwen_desktop.desktop.status_notifier_watch")
        from qwen_desktop.desktop.status_notifier_watch import StatusNotifierWatch

        if self._is_closed:
            return
        self._status_notifier = StatusNotifierWatch(self)
        self._status_notifier.changed.connect(self._update)
        self._status_notifier.begin()
        if platform == "xcb":
            from qwen_desktop.desktop.xembed_watch import XembedWatch

            self._xembed = XembedWatch(self)
            self._xembed.changed.connect(self._update)
            await self._xembed.begin()

    def close(self) -> None:
        """No signal comes after this."""
        self._is_closed = True
        for watch in (self._status_notifier, self._xembed):
            if watch is not None:
                watch.close()

    @property
    def _status_notifier_is_out(self) -> bool:
        """Qt turns to the trays of X11 only then."""
        return self._status_notifier is not None and self._status_notifier.is_there is False

    def _update(self) -> None:
        host = TrayHost.NONE
        if self._status_notifier is not None and self._status_notifier.is_there:
            host = TrayHost.STATUS_NOTIFIER  # the one Qt prefers as well
        elif self._xembed is not None and self._xembed.is_there and self._status_notifier_is_out:
            host = TrayHost.XEMBED
        if host is not self.host:
            self.host = host
            self.changed.emit()
