"""The wished keys to a signal: chooses the way this desktop has, and tells what became of them."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from qwen_desktop.desktop.hotkey.keys import Keys, parse, refusal
from qwen_desktop.desktop.hotkey.status import HotkeyState, HotkeyStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from qwen_desktop.desktop.hotkey.backend import HotkeyBackend, Pressed, StatusChanged

    MakeBackend = Callable[[Pressed, StatusChanged], HotkeyBackend]

log = logging.getLogger(__name__)


class Hotkey(QObject):
    """Keys that reach the app from everywhere.  On the thread of the loop.

    Signals:
      pressed(): once for each press; a key that is held repeats nothing.  Where the desktop gave an activation token
        with it, Qt will use that for the next window that is activated
      status_changed(HotkeyStatus)
    """

    pressed = Signal()
    status_changed = Signal(object)

    def __init__(self, make_backend: MakeBackend, parent: QObject | None = None) -> None:
        """`make_backend`: see `backend_for`."""
        super().__init__(parent)
        self._backend = make_backend(self._on_pressed, self._set)
        self._status = HotkeyStatus()
        self._binding: asyncio.Task[HotkeyStatus] | None = None
        self._order = asyncio.Lock()
        self._latest: object = None
        self._is_closed = False

    @property
    def status(self) -> HotkeyStatus:
        return self._status

    async def set_keys(self, keys: str, *, may_ask: bool = False) -> None:
        """Take `keys`, in Qt's portable notation, in place of what was taken before; '' for none.

        `may_ask`: the user has just chosen them, so the desktop may ask him.  Ends when it is known what became of
        them, which can be long after: a later call takes an earlier one back, and so does a cancellation.
        """
        self._take_back()
        self._latest = call = object()
        async with self._order:
            if self._is_closed or self._latest is not call:
                return
            wished = None if refusal(keys) else parse(keys)
            if wished is None:
                await self._backend.unbind()
                detail = f"not a hotkey: {refusal(keys)}" if keys.strip() else ""
                self._set(HotkeyStatus(HotkeyState.UNUSABLE if detail else HotkeyState.OFF, keys.strip(), detail))
                return
            self._set(HotkeyStatus(HotkeyState.WAITING, str(wished)))
            bind = self._backend.bind(wished, may_ask=may_ask)
            self._binding = asyncio.get_running_loop().create_task(bind, name="bind hotkey")
            try:
                self._set(await self._binding)
            except asyncio.CancelledError:
                # Of this call, which has ended the binding too, or of the binding alone, by a later call.
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise
            finally:
                self._binding = None

    async def close(self) -> None:
        """Give the keys back; no signal comes after this."""
        self._is_closed = True
        self._take_back()
        async with self._order:
            await self._backend.close()

    def _take_back(self) -> None:
        if self._binding is not None:
            self._binding.cancel()

    def _on_pressed(self, activation_token: str) -> None:
        if self._is_closed:
            return
        if activation_token:
            # Qt takes it from there when it activates a window, and takes it away.
            os.putenv("XDG_ACTIVATION_TOKEN", activation_token)
        self.pressed.emit()

    def _set(self, status: HotkeyStatus) -> None:
        if status != self._status and not self._is_closed:
            log.info("hotkey %s: %s %s", status.keys or "none", status.state, status.detail)
            self._status = status
            self.status_changed.emit(status)


def backend_for(
    qt_platform: str,
    granted: Path,
    platform: str = sys.platform,
    environment: Mapping[str, str] | None = None,
) -> MakeBackend:
    """How keys are had here.  `qt_platform`: of QGuiApplication, such as 'xcb'.  `granted`: see PortalHotkey.

    X11 programs of a Wayland desktop hear only keys that are typed into X11 windows, so there it is the portal too.
    """
    environment = os.environ if environment is None else environment
    is_wayland = bool(environment.get("WAYLAND_DISPLAY")) or environment.get("XDG_SESSION_TYPE") == "wayland"
    if platform == "win32" and qt_platform == "windows":
        return _windows
    if platform == "darwin" and qt_platform == "cocoa":
        return _macos
    if qt_platform.startswith("wayland") or (qt_platform == "xcb" and is_wayland):
        asks_nobody = "hyprland" in environment.get("XDG_CURRENT_DESKTOP", "").lower()
        return lambda pressed, changed: _portal(pressed, changed, granted, asks_nobody)
    if qt_platform == "xcb":
        return _x11
    return NoHotkey


def _windows(pressed: Pressed, status_changed: StatusChanged) -> HotkeyBackend:
    from qwen_desktop.desktop.hotkey.windows import WindowsHotkey

    return WindowsHotkey(pressed, status_changed)


def _macos(pressed: Pressed, status_changed: StatusChanged) -> HotkeyBackend:
    from qwen_desktop.desktop.hotkey.macos import MacHotkey

    return MacHotkey(pressed, status_changed)


def _x11(pressed: Pressed, status_changed: StatusChanged) -> HotkeyBackend:
    from qwen_desktop.desktop.hotkey.x11 import X11Hotkey

    return X11Hotkey(pressed, status_changed)


def _portal(pressed: Pressed, status_changed: StatusChanged, granted: Path, asks_nobody: bool) -> HotkeyBackend:
    from qwen_desktop.desktop.hotkey.portal import PortalHotkey

    return PortalHotkey(pressed, status_changed, granted=granted, asks_nobody=asks_nobody)


class NoHotkey:
    """A screen that gives keys to nobody (offscreen, VNC)."""

    def __init__(self, pressed: Pressed, status_changed: StatusChanged) -> None:
        pass

    async def bind(self, keys: Keys, *, may_ask: bool) -> HotkeyStatus:
        return HotkeyStatus(HotkeyState.NEEDS_DESKTOP, detail="this screen gives keys to no program")

    async def unbind(self) -> None:
        pass

    async def close(self) -> None:
        pass
