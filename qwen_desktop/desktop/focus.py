"""The window that has the keyboard, remembered before ours is shown and given the keyboard back afterwards.

X11: `_NET_ACTIVE_WINDOW` is read, and asked for with source indication 2 (as a pager asks), which window managers
grant (https://specifications.freedesktop.org/wm-spec/latest/ar01s03.html, read 2026-11-26).  Windows:
GetForegroundWindow and SetForegroundWindow, which may be called by the process that has the foreground.  Wayland gives
the keyboard to the window that had it before by itself; macOS is left to its own ways, too.  No Qt here.
"""

from __future__ import annotations

import logging
from typing import Any, Protocol

_FROM_PAGER = 2


class FocusReturn(Protocol):
    """Remembers one window at a time; GUI thread.  What cannot be done is not done: none of it raises."""

    def before_show(self, own_window_id: int, *, is_hidden: bool = True) -> None:
        """Our window is about to get the keyboard: remember who has it; a hidden one will stay out of the task bar."""

    def take(self, own_window_id: int) -> None:
        """Ours is on the screen and has no keyboard yet: the user has called it, whatever the window manager thinks."""

    def give_back(self) -> None:
        """Give the keyboard to the remembered window; call it before ours is hidden."""

    def forget(self) -> None:
        """The user has gone elsewhere by himself."""


def focus_return(platform: str) -> FocusReturn:
    """For a platform of Qt: 'xcb', 'windows', or any other, where nothing is to be done."""
    if platform == "xcb":
        return X11Focus()
    if platform == "windows":
        return WindowsFocus()
    return NoFocus()


class NoFocus:
    """The window system does it."""

    def before_show(self, own_window_id: int, *, is_hidden: bool = True) -> None:
        pass

    def take(self, own_window_id: int) -> None:
        pass

    def give_back(self) -> None:
        pass

    def forget(self) -> None:
        pass


class X11Focus:
    """On a short connection of its own each time (about 7 ms): a lasting one would have to be read from."""

    def __init__(self) -> None:
        self._window_id = 0

    def before_show(self, own_window_id: int, *, is_hidden: bool = True) -> None:
        self._window_id = 0
        display = _open_display()
        if display is None:
            return
        from Xlib import X, Xatom

        try:
            root = display.screen().root
            active = root.get_full_property(display.intern_atom("_NET_ACTIVE_WINDOW"), X.AnyPropertyType)
            if active is not None and len(active.value) and active.value[0] != own_window_id:
                self._window_id = int(active.value[0])
            if not is_hidden:
                return
            # The window manager drops the state when a window is hidden; Qt keeps what it does not know.
            states = [display.intern_atom(f"_NET_WM_STATE_SKIP_{name}") for name in ("TASKBAR", "PAGER")]
            own = display.create_resource_object("window", own_window_id)
            own.change_property(display.intern_atom("_NET_WM_STATE"), Xatom.ATOM, 32, states, mode=X.PropModeReplace)
            display.sync()  # Qt reads it on another connection
        except _x_errors() as error:
            _log_trouble(error)
        finally:
            _close(display)

    def take(self, own_window_id: int) -> None:
        """A hotkey is no event of our windows: by their last one the window manager might refuse them the keyboard."""
        _activate(own_window_id)

    def give_back(self) -> None:
        window_id, self._window_id = self._window_id, 0
        if window_id:
            _activate(window_id)

    def forget(self) -> None:
        self._window_id = 0


class WindowsFocus:
    """`user32` is the library of that name; its part is taken by something else in tests."""

    def __init__(self, user32: Any = None) -> None:
        self._user32 = user32
        self._window_id = 0

    @property
    def _library(self) -> Any:
        if self._user32 is None:
            import ctypes

            self._user32 = ctypes.windll.user32  # type: ignore[attr-defined,unused-ignore]
        return self._user32

    def before_show(self, own_window_id: int, *, is_hidden: bool = True) -> None:
        active = int(self._library.GetForegroundWindow() or 0)
        self._window_id = 0 if active == own_window_id else active

    def take(self, own_window_id: int) -> None:
        self._library.SetForegroundWindow(own_window_id)

    def give_back(self) -> None:
        window_id, self._window_id = self._window_id, 0
        if window_id and self._library.IsWindow(window_id):
            self._library.SetForegroundWindow(window_id)

    def forget(self) -> None:
        self._window_id = 0


def is_composited(platform: str) -> bool:
    """Whether windows may be see-through: where not, what should be a shadow would be black."""
    if platform in ("offscreen", "minimal", "linuxfb", "vnc"):
        return False
    if platform != "xcb":
        return True
    display = _open_display()
    if display is None:
        return False
    try:
        owner = display.get_selection_owner(display.intern_atom(f"_NET_WM_CM_S{display.get_default_screen()}"))
        return bool(owner)
    except _x_errors() as error:
        _log_trouble(error)
        return False
    finally:
        _close(display)


def _activate(window_id: int) -> None:
    display = _open_display()
    if display is None:
        return
    from Xlib import X
    from Xlib.protocol.event import ClientMessage

    try:
        root = display.screen().root
        message = ClientMessage(
            window=display.create_resource_object("window", window_id),
            client_type=display.intern_atom("_NET_ACTIVE_WINDOW"),
            data=(32, [_FROM_PAGER, X.CurrentTime, 0, 0, 0]),
        )
        root.send_event(message, event_mask=X.SubstructureRedirectMask | X.SubstructureNotifyMask)
        display.sync()
    except _x_errors() as error:
        _log_trouble(error)
    finally:
        _close(display)


def _open_display() -> Any:
    """A connection to the X server; None if there is none to be had."""
    from Xlib.display import Display

    try:
        return Display()
    except _x_errors() as error:
        _log_trouble(error)
        return None


def _close(display: Any) -> None:
    try:
        display.close()
    except _x_errors() as error:
        _log_trouble(error)


def _x_errors() -> tuple[type[Exception], ...]:
    from Xlib.error import ConnectionClosedError, DisplayError, XError

    return DisplayError, ConnectionClosedError, XError, OSError


def _log_trouble(error: Exception) -> None:
    logging.getLogger(__name__).info("the X server cannot be asked for windows: %s", type(error).__name__)
