"""Worlds for the back ends of the hotkey: somebody who presses keys, and another program that may have them.

X11 is a real X server and the portal a process on a real bus; of Windows and macOS the few system calls are faked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from qwen_desktop.desktop.hotkey import macos, windows
from qwen_desktop.desktop.hotkey.backend import HotkeyBackend, Pressed, PressFilter, StatusChanged
from qwen_desktop.desktop.hotkey.keys import Keys, parse
from qwen_desktop.desktop.hotkey.keysyms import keysym, trigger
from tests.conftest import eventually
from tests.keyring_session import private_bus
from tests.portal_stand_in import portal

MODIFIERS = {"Meta": 0xFFEB, "Ctrl": 0xFFE3, "Alt": 0xFFE9, "Shift": 0xFFE1}


class World(Protocol):
    """What the tests of the contract do around a back end."""

    def backend(self, pressed: Pressed, status_changed: StatusChanged) -> HotkeyBackend: ...

    async def press(self, text: str, times: int = 1) -> None:
        """A finger presses the combination and lets it go."""

    async def hold(self, text: str) -> None:
        """A finger holds it until it repeats, then lets it go."""

    async def take(self, text: str) -> None:
        """Another program has it."""

    async def free(self, text: str) -> None: ...

    @property
    def lacks_keys(self) -> bool:
        """Whether this world knows which keys there are."""


def keys(text: str) -> Keys:
    found = parse(text)
    assert found is not None
    return found


# X11


class CountingFilter(PressFilter):
    """Knows how many presses the server has sent, repeats included."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def press(self, at_s: float) -> bool:
        self.count += 1
        return super().press(at_s)


class X11World:
    """An X server of the test's own, and a client that presses keys by XTEST."""

    lacks_keys = True

    def __init__(self, name: str) -> None:
        from Xlib.display import Display

        self._name = name
        self.display = Display(name)
        self._heard = CountingFilter()
        self._other: dict[str, HotkeyBackend] = {}

    def backend(self, pressed: Pressed, status_changed: StatusChanged) -> HotkeyBackend:
        from qwen_desktop.desktop.hotkey.x11 import X11Hotkey

        made = X11Hotkey(pressed, status_changed, self._name)
        made._filter = self._heard = CountingFilter()
        return made

    async def press(self, text: str, times: int = 1) -> None:
        held = [MODIFIERS[name] for name in str(keys(text)).split("+")[:-1] if name in MODIFIERS]
        for sym in held:
            self._key(sym, True)
        for _ in range(times):
            self._key(keysym(keys(text)), True)
            self._key(keysym(keys(text)), False)
        for sym in reversed(held):
            self._key(sym, False)
        self.display.sync()

    async def hold(self, text: str) -> None:
        for sym in (MODIFIERS["Ctrl"], MODIFIERS["Alt"], keysym(keys(text))):
            self._key(sym, True)
        self.display.sync()
        await eventually(lambda: self._heard.count >= 4)  # the server repeats what is held
        for sym in (keysym(keys(text)), MODIFIERS["Alt"], MODIFIERS["Ctrl"]):
            self._key(sym, False)
        self.display.sync()

    async def take(self, text: str) -> None:
        other = self.backend(lambda token: None, lambda status: None)
        assert (await other.bind(keys(text), may_ask=False)).state == "works"
        self._other[text] = other

    async def free(self, text: str) -> None:
        await self._other.pop(text).close()

    async def close(self) -> None:
        for other in self._other.values():
            await other.close()
        self.display.close()

    def _key(self, sym: int, is_down: bool) -> None:
        from Xlib import X
        from Xlib.ext.xtest import fake_input

        fake_input(self.display, X.KeyPress if is_down else X.KeyRelease, self.display.keysym_to_keycode(sym))


@contextmanager
def x_server() -> Iterator[str]:
    """A bare Xvfb whose keys repeat early; its display."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "320x240x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(
        [*command, "-ardelay", "100", "-arinterval", "20"], pass_fds=(writing,), stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            yield f":{pipe.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)


# The portal


class PortalWorld:
    """The stand-in, whose person agrees to everything."""

    lacks_keys = False

    def __init__(self, stand_in: Any, address: str, granted: Path) -> None:
        self.stand_in = stand_in
        self._address = address
        self._granted = granted

    def backend(self, pressed: Pressed, status_changed: StatusChanged) -> HotkeyBackend:
        from qwen_desktop.desktop.hotkey.portal import PortalHotkey

        return PortalHotkey(pressed, status_changed, granted=self._granted, address=self._address)

    async def press(self, text: str, times: int = 1) -> None:
        await self.stand_in.tell("press_keys", trigger(keys(text)), str(times))

    async def hold(self, text: str) -> None:
        for order in ("down", "down", "down", "up"):
            await self.stand_in.tell(order)

    async def take(self, text: str) -> None:
        await self.stand_in.tell("take", trigger(keys(text)))

    async def free(self, text: str) -> None:
        await self.stand_in.tell("free", trigger(keys(text)))
        await self.stand_in.tell("forget")


# Windows and macOS, by fakes of their calls


class FakeUser32:
    """Hotkeys of a thread, as RegisterHotKey keeps them."""

    def __init__(self) -> None:
        self.registered: dict[int, tuple[int, int]] = {}
        self.others: set[tuple[int, int]] = set()
        self.on_hotkey: Callable[[int], None] | None = None

    def register(self, hotkey_id: int, modifiers: int, virtual_key: int) -> int:
        wanted = (modifiers, virtual_key)
        if wanted in self.others or wanted in self.registered.values():
            return windows.ERROR_HOTKEY_ALREADY_REGISTERED
        self.registered[hotkey_id] = wanted
        return 0

    def unregister(self, hotkey_id: int) -> None:
        del self.registered[hotkey_id]

    def virtual_key(self, character: str) -> int | None:
        return {";": 0xBA}.get(character)

    def writes_with_altgr(self, virtual_key: int) -> bool:
        return virtual_key == ord("E")  # the euro

    def listen(self, on_hotkey: Callable[[int], None]) -> None:
        assert self.on_hotkey is None
        self.on_hotkey = on_hotkey

    def stop(self) -> None:
        self.on_hotkey = None


class WindowsWorld:
    lacks_keys = True

    def __init__(self) -> None:
        self.calls = FakeUser32()

    def backend(self, pressed: Pressed, status_changed: StatusChanged) -> HotkeyBackend:
        return windows.WindowsHotkey(pressed, status_changed, self.calls)

    async def press(self, text: str, times: int = 1) -> None:
        wanted = self._code(text)
        for hotkey_id, registered in list(self.calls.registered.items()):
            if registered == wanted and self.calls.on_hotkey is not None:
                for _ in range(times):
                    self.calls.on_hotkey(hotkey_id)

    async def hold(self, text: str) -> None:
        assert self._code(text)[0] & windows.MOD_NOREPEAT  # Windows keeps it from repeating
        await self.press(text)

    async def take(self, text: str) -> None:
        self.calls.others.add(self._code(text))

    async def free(self, text: str) -> None:
        self.calls.others.discard(self._code(text))

    def _code(self, text: str) -> tuple[int, int]:
        return windows.modifiers(keys(text)), ord(keys(text).key)


class FakeCarbon:
    """Hotkeys of the application, as RegisterEventHotKey keeps them."""

    def __init__(self) -> None:
        self.registered: dict[object, tuple[int, int]] = {}
        self.others: set[tuple[int, int]] = set()
        self.on_hotkey: Callable[[], None] | None = None

    def register(self, key_code: int, modifiers: int) -> tuple[int, object]:
        if (key_code, modifiers) in self.others:
            return macos.EVENT_HOTKEY_EXISTS, None
        reference = object()
        self.registered[reference] = (key_code, modifiers)
        return 0, reference

    def unregister(self, reference: object) -> None:
        del self.registered[reference]

    def listen(self, on_hotkey: Callable[[], None]) -> None:
        assert self.on_hotkey is None
        self.on_hotkey = on_hotkey

    def stop(self) -> None:
        self.on_hotkey = None


MAC_PLACES = {"Q": 12, "W": 13}


class MacWorld:
    lacks_keys = True

    def __init__(self) -> None:
        self.calls = FakeCarbon()

    def backend(self, pressed: Pressed, status_changed: StatusChanged) -> HotkeyBackend:
        return macos.MacHotkey(pressed, status_changed, self.calls)

    async def press(self, text: str, times: int = 1) -> None:
        if self._code(text) in self.calls.registered.values() and self.calls.on_hotkey is not None:
            for _ in range(times):
                self.calls.on_hotkey()

    async def hold(self, text: str) -> None:
        await self.press(text)  # macOS sends one event for a held hotkey

    async def take(self, text: str) -> None:
        self.calls.others.add(self._code(text))

    async def free(self, text: str) -> None:
        self.calls.others.discard(self._code(text))

    def _code(self, text: str) -> tuple[int, int]:
        return MAC_PLACES[keys(text).key], macos.modifiers(keys(text))


@asynccontextmanager
async def portal_world(folder: Path) -> AsyncIterator[PortalWorld]:
    with private_bus(folder / "session") as environment:
        async with portal(environment, "silent") as stand_in:
            yield PortalWorld(stand_in, environment["DBUS_SESSION_BUS_ADDRESS"], folder / "granted")


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
