"""The X server to whether an XEmbed tray is there: told by the server when that changes, never asked again.

Source: https://specifications.freedesktop.org/systemtray-spec/latest/ (read 2026-11-26).  A tray owns the selection
`_NET_SYSTEM_TRAY_Sn`, says so by a MANAGER message to the root window, and is gone when its window is destroyed.  A
connection of its own, read when its socket has something; no thread stays.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, Signal


class XembedWatch(QObject):
    """Whether a window collects tray icons.

    Signals: changed(): `is_there` is another now
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_there = False
        self._is_closed = False
        self._display: Any = None
        self._owner_id = 0
        self._notifier: QSocketNotifier | None = None

    async def begin(self) -> None:
        """Connect and look once.  Without an X server there is no such tray, and none will come."""
        # The library takes 22 ms to import, the connection some more.
        opening = asyncio.ensure_future(asyncio.to_thread(_open))
        try:
            display = await asyncio.shield(opening)
        except asyncio.CancelledError:
            if late := await opening:  # the thread ends by itself; what it opened would stay
                _close(late)
            raise
        if display is None:
            return
        if self._is_closed:
            _close(display)
            return
        self._display = display
        self._selection = display.get_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")
        self._manager = display.get_atom("MANAGER")
        self._notifier = QSocketNotifier(display.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)
        self._look()
        self._read()

    def close(self) -> None:
        """No signal comes after this."""
        self._is_closed = True
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None
        if self._display is not None:
            display, self._display = self._display, None
            _close(display)

    def _look(self) -> None:
        """Find the tray's window and ask to be told of its end."""
        from Xlib import X, error

        owner = self._display.get_selection_owner(self._selection)
        self._owner_id = 0 if owner == X.NONE else owner.id
        if self._owner_id:
            refused = error.CatchError(error.BadWindow)  # it went in between
            owner.change_attributes(event_mask=X.StructureNotifyMask, onerror=refused)
            self._display.sync()
            if refused.get_error() is not None:
                self._owner_id = 0
        self._set(self._owner_id != 0)

    def _read(self) -> None:
        """Everything the server has sent; also what came in while an answer was waited for."""
        from Xlib import X, error

        try:
            while self._display is not None and self._display.pending_events():
                event = self._display.next_event()
                if event.type == X.ClientMessage and event.client_type == self._manager:
                    if event.data[1][1] == self._selection:
                        self._look()
                elif event.type == X.DestroyNotify and event.window.id == self._owner_id:
                    self._look()
        except (error.ConnectionClosedError, OSError):
            self._set(False)
            self.close()

    def _set(self, is_there: bool) -> None:
        if is_there != self.is_there:
            self.is_there = is_there
            self.changed.emit()


def _open() -> Any:
    """A connection that hears of new trays, or None; blocks, so not on the GUI thread."""
    from Xlib import X, display, error

    try:
        made = display.Display()
    except (error.DisplayError, error.ConnectionClosedError, OSError):
        return None
    made.screen().root.change_attributes(event_mask=X.StructureNotifyMask)
    for name in ("MANAGER", f"_NET_SYSTEM_TRAY_S{made.get_default_screen()}"):
        made.get_atom(name)  # waits for the server; kept from now on
    return made


def _close(display: Any) -> None:
    from Xlib import error

    with contextlib.suppress(error.ConnectionClosedError, OSError):
        display.close()
