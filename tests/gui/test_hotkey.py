"""The hotkey as the app has it: which way is chosen, what is told, and calls that overtake each other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from ctypes import wintypes
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication

from qwen_desktop.desktop.hotkey import hotkey as facade
from qwen_desktop.desktop.hotkey.backend import Pressed, StatusChanged
from qwen_desktop.desktop.hotkey.hotkey import Hotkey, NoHotkey, backend_for
from qwen_desktop.desktop.hotkey.keys import Keys
from qwen_desktop.desktop.hotkey.status import HotkeyState, HotkeyStatus
from qwen_desktop.desktop.hotkey.windows import WM_HOTKEY, User32Calls
from tests.conftest import RunScenario, eventually


class SlowBackend:
    """Answers when the test lets it."""

    def __init__(self, pressed: Pressed, status_changed: StatusChanged) -> None:
        self.pressed = pressed
        self.status_changed = status_changed
        self.answer = asyncio.Event()
        self.bound: list[str] = []
        self.taken_back: list[str] = []
        self.is_closed = False

    async def bind(self, keys: Keys, *, may_ask: bool) -> HotkeyStatus:
        try:
            await self.answer.wait()
        except asyncio.CancelledError:
            self.taken_back.append(str(keys))
            raise
        self.bound.append(str(keys))
        return HotkeyStatus(HotkeyState.WORKS, str(keys))

    async def unbind(self) -> None:
        self.bound.append("")

    async def close(self) -> None:
        self.is_closed = True


def made() -> tuple[Hotkey, SlowBackend, list[HotkeyState]]:
    backends: list[SlowBackend] = []

    def make(pressed: Pressed, status_changed: StatusChanged) -> SlowBackend:
        backends.append(SlowBackend(pressed, status_changed))
        return backends[0]

    hotkey = Hotkey(make)
    states: list[HotkeyState] = []
    hotkey.status_changed.connect(lambda status: states.append(status.state))
    return hotkey, backends[0], states


def test_each_step_is_told(run: RunScenario) -> None:
    async def scenario() -> None:
        hotkey, backend, states = made()
        assert hotkey.status == HotkeyStatus()
        backend.answer.set()
        await hotkey.set_keys("ctrl+alt+q")
        assert hotkey.status == HotkeyStatus(HotkeyState.WORKS, "Ctrl+Alt+Q")
        await hotkey.set_keys("")
        await hotkey.set_keys("Ctrl+C")
        assert hotkey.status.detail == "not a hotkey: needed"
        backend.status_changed(HotkeyStatus(HotkeyState.TAKEN, "Ctrl+Alt+Q"))
        assert states == ["waiting", "works", "off", "unusable", "taken"]
        await hotkey.close()

    run(scenario())


def test_a_later_wish_takes_the_earlier_back(run: RunScenario) -> None:
    async def scenario() -> None:
        hotkey, backend, states = made()
        wishes = [asyncio.ensure_future(hotkey.set_keys(f"Ctrl+Alt+{key}")) for key in "ABC"]
        await eventually(lambda: hotkey.status.keys == "Ctrl+Alt+C")
        wishes.append(asyncio.ensure_future(hotkey.set_keys("Ctrl+Alt+D")))
        await eventually(lambda: backend.taken_back == ["Ctrl+Alt+C"])
        backend.answer.set()
        await asyncio.gather(*wishes)
        assert backend.bound == ["Ctrl+Alt+D"]
        assert states[-1] is HotkeyState.WORKS
        await hotkey.close()

    run(scenario())


def test_a_cancelled_wish_and_the_end_while_waiting(run: RunScenario) -> None:
    async def scenario() -> None:
        hotkey, backend, _ = made()
        wish = asyncio.ensure_future(hotkey.set_keys("Ctrl+Alt+A"))
        await eventually(lambda: hotkey.status.state is HotkeyState.WAITING)
        wish.cancel()
        with pytest.raises(asyncio.CancelledError):
            await wish
        assert backend.taken_back == ["Ctrl+Alt+A"]
        wish = asyncio.ensure_future(hotkey.set_keys("Ctrl+Alt+B"))
        await eventually(lambda: hotkey.status.keys == "Ctrl+Alt+B")
        await hotkey.close()
        await wish
        assert backend.is_closed
        await hotkey.set_keys("Ctrl+Alt+Q")
        assert backend.bound == []

    run(scenario())


def test_a_press_is_a_signal_and_its_token_is_qts(run: RunScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        hotkey, backend, _ = made()
        presses: list[str] = []
        set_in_process: dict[str, str] = {}
        monkeypatch.setattr(os, "putenv", set_in_process.__setitem__)
        hotkey.pressed.connect(lambda: presses.append(set_in_process.pop("XDG_ACTIVATION_TOKEN", "")))
        backend.pressed("")
        backend.pressed("token-1")
        backend.pressed("")
        assert presses == ["", "token-1", ""]
        await hotkey.close()
        backend.pressed("")
        assert len(presses) == 3

    run(scenario())


@pytest.mark.parametrize(
    ("qt_platform", "platform", "environment", "way"),
    [
        ("xcb", "linux", {}, "_x11"),
        ("xcb", "linux", {"XDG_SESSION_TYPE": "x11"}, "_x11"),
        ("xcb", "linux", {"WAYLAND_DISPLAY": "wayland-0"}, "_portal"),
        ("wayland", "linux", {}, "_portal"),
        ("wayland-egl", "linux", {"XDG_CURRENT_DESKTOP": "Hyprland"}, "_portal"),
        ("windows", "win32", {}, "_windows"),
        ("cocoa", "darwin", {}, "_macos"),
        ("offscreen", "linux", {}, ""),
        ("offscreen", "win32", {}, ""),
    ],
)
def test_each_desktop_has_its_way(
    qt_platform: str, platform: str, environment: dict[str, str], way: str, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    chosen: list[tuple[str, Any]] = []

    def noted(name: str) -> Callable[..., Any]:
        return lambda pressed, changed, *rest: chosen.append((name, rest))

    for name in ("_x11", "_portal", "_windows", "_macos"):
        monkeypatch.setattr(facade, name, noted(name))
    make = backend_for(qt_platform, home / "granted", platform, environment)
    if not way:
        assert make is NoHotkey
        return
    make(lambda token: None, lambda status: None)
    rest = (home / "granted", "XDG_CURRENT_DESKTOP" in environment) if way == "_portal" else ()
    assert chosen == [(way, rest)]


def test_a_screen_without_keys_says_so(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        hotkey = Hotkey(backend_for("offscreen", home / "granted"))
        await hotkey.set_keys("Ctrl+Alt+Q")
        assert hotkey.status.state is HotkeyState.NEEDS_DESKTOP
        await hotkey.set_keys("")
        await hotkey.close()

    run(scenario())


def test_the_message_of_windows_is_read_from_memory(qapp: QCoreApplication) -> None:
    """The filter for real, with a message made here; RegisterHotKey itself was not run."""
    heard: list[int] = []
    calls = User32Calls()
    calls.listen(heard.append)
    try:
        messages = calls._filter
        assert messages is not None
        message = wintypes.MSG()
        message.message, message.wParam = WM_HOTKEY, 7
        address = _address(message)
        assert messages.nativeEventFilter(b"windows_generic_MSG", address) == (True, 0)
        message.message = 0x0100
        assert messages.nativeEventFilter(b"windows_generic_MSG", address) == (False, 0)
        assert messages.nativeEventFilter(b"xcb_generic_event_t", address) == (False, 0)
        assert heard == [7]
    finally:
        calls.stop()


def _address(message: wintypes.MSG) -> int:
    import ctypes

    return ctypes.addressof(message)
