"""Keys from Windows: RegisterHotKey, whose message WM_HOTKEY comes through Qt's event loop.

Source: https://learn.microsoft.com/windows/win32/api/winuser/nf-winuser-registerhotkey.  Windows keeps held keys from
repeating (MOD_NOREPEAT).  It says nothing when keys come free: they are tried when they are wished anew.  AltGr is Ctrl
and Alt to it, so a key that writes something with AltGr (@ on a German keyboard) is left alone.
Run in Wine 10, not yet on Windows.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication

from qwen_desktop.desktop.hotkey.status import HotkeyState, HotkeyStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.desktop.hotkey.backend import Pressed, StatusChanged
    from qwen_desktop.desktop.hotkey.keys import Keys

ERROR_HOTKEY_ALREADY_REGISTERED = 1409
WM_HOTKEY = 0x0312
MOD_ALT, MOD_CONTROL, MOD_SHIFT, MOD_WIN, MOD_NOREPEAT = 0x1, 0x2, 0x4, 0x8, 0x4000
HOTKEY_ID = 0x5157
"""Of this process's own, 0 to 0xBFFF; any number does."""

_VIRTUAL_KEYS = {
    "Esc": 0x1B, "Tab": 0x09, "Backspace": 0x08, "Return": 0x0D, "Enter": 0x0D, "Ins": 0x2D, "Del": 0x2E,
    "Pause": 0x13, "Print": 0x2C, "Home": 0x24, "End": 0x23, "Left": 0x25, "Up": 0x26, "Right": 0x27, "Down": 0x28,
    "PgUp": 0x21, "PgDown": 0x22, "Space": 0x20, "Menu": 0x5D,
}  # fmt: skip
_VK_F1 = 0x70
_LAST_WRITTEN = 0x2200
"""Past the characters keyboards write: Latin, Greek, Cyrillic, currencies."""


class WindowsCalls(Protocol):
    """The few calls that only Windows has."""

    def register(self, hotkey_id: int, modifiers: int, virtual_key: int) -> int:
        """0, or the error's code."""

    def unregister(self, hotkey_id: int) -> None: ...

    def virtual_key(self, character: str) -> int | None:
        """The key that writes the character on the keyboard as it is laid out now."""

    def writes_with_altgr(self, virtual_key: int) -> bool:
        """Whether the key writes a character together with AltGr, on the keyboard as it is laid out now."""

    def listen(self, on_hotkey: Callable[[int], None]) -> None:
        """Call `on_hotkey` with the id of each hotkey pressed, until `stop`."""

    def stop(self) -> None: ...


class WindowsHotkey:
    """One registered hotkey."""

    def __init__(self, pressed: Pressed, status_changed: StatusChanged, calls: WindowsCalls | None = None) -> None:
        self._pressed = pressed
        self._calls = calls if calls is not None else User32Calls()
        self._is_bound = False
        self._is_listening = False

    async def bind(self, keys: Keys, *, may_ask: bool) -> HotkeyStatus:
        await self.unbind()
        code = self._virtual_key(keys)
        if code is None:
            return HotkeyStatus(HotkeyState.UNUSABLE, str(keys), "this keyboard has no such key")
        if keys.ctrl and keys.alt and not keys.meta and self._calls.writes_with_altgr(code):
            return HotkeyStatus(HotkeyState.UNUSABLE, str(keys), "writes a character with AltGr on this keyboard")
        if not self._is_listening:
            self._calls.listen(self._on_hotkey)
            self._is_listening = True
        error = self._calls.register(HOTKEY_ID, modifiers(keys), code)
        if error == ERROR_HOTKEY_ALREADY_REGISTERED:
            return HotkeyStatus(HotkeyState.TAKEN, str(keys), "RegisterHotKey: error 1409")
        if error:
            return HotkeyStatus(HotkeyState.UNUSABLE, str(keys), f"RegisterHotKey: error {error}")
        self._is_bound = True
        return HotkeyStatus(HotkeyState.WORKS, str(keys), "RegisterHotKey")

    async def unbind(self) -> None:
        if self._is_bound:
            self._calls.unregister(HOTKEY_ID)
            self._is_bound = False

    async def close(self) -> None:
        await self.unbind()
        if self._is_listening:
            self._calls.stop()
            self._is_listening = False

    def _on_hotkey(self, hotkey_id: int) -> None:
        if hotkey_id == HOTKEY_ID and self._is_bound:
            self._pressed("")

    def _virtual_key(self, keys: Keys) -> int | None:
        key = keys.key
        if keys.is_function_key:
            return _VK_F1 + int(key[1:]) - 1
        if key in _VIRTUAL_KEYS:
            return _VIRTUAL_KEYS[key]
        # Letters and digits are their own codes, also where the keyboard writes Cyrillic.
        return ord(key) if key.isascii() and key.isalnum() else self._calls.virtual_key(key)


def modifiers(keys: Keys) -> int:
    """As RegisterHotKey takes them."""
    held = ((keys.alt, MOD_ALT), (keys.ctrl, MOD_CONTROL), (keys.shift, MOD_SHIFT), (keys.meta, MOD_WIN))
    return MOD_NOREPEAT | sum(bit for is_held, bit in held if is_held)


class User32Calls:
    """The real ones; made on any system, usable on Windows."""

    def __init__(self) -> None:
        self._filter: _HotkeyMessages | None = None

    def register(self, hotkey_id: int, modifiers: int, virtual_key: int) -> int:
        library: Any = ctypes.WinDLL("user32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
        if library.RegisterHotKey(None, hotkey_id, modifiers, virtual_key):
            return 0
        return int(ctypes.get_last_error()) or -1  # type: ignore[attr-defined,unused-ignore]

    def unregister(self, hotkey_id: int) -> None:
        ctypes.WinDLL("user32").UnregisterHotKey(None, hotkey_id)  # type: ignore[attr-defined,unused-ignore]

    def virtual_key(self, character: str) -> int | None:
        found = self._scanner()(character)
        return None if found == -1 else int(found) & 0xFF

    def writes_with_altgr(self, virtual_key: int) -> bool:
        scan = self._scanner()
        # The high byte holds the modifiers: 2 is Ctrl, 4 is Alt; only AltGr has both.
        found = (int(scan(chr(code))) for code in range(0x20, _LAST_WRITTEN))
        return any(one != -1 and one & 0xFF == virtual_key and (one >> 8) & 6 == 6 for one in found)

    def _scanner(self) -> Any:
        """VkKeyScanW: a character to its key and modifiers, -1 for none."""
        scan: Any = ctypes.WinDLL("user32").VkKeyScanW  # type: ignore[attr-defined,unused-ignore]
        scan.argtypes = [ctypes.c_wchar]
        scan.restype = ctypes.c_short
        return scan

    def listen(self, on_hotkey: Callable[[int], None]) -> None:
        application = QCoreApplication.instance()
        assert application is not None
        self._filter = _HotkeyMessages(on_hotkey)
        application.installNativeEventFilter(self._filter)

    def stop(self) -> None:
        application = QCoreApplication.instance()
        if application is not None and self._filter is not None:
            application.removeNativeEventFilter(self._filter)
        self._filter = None


class _HotkeyMessages(QAbstractNativeEventFilter):
    """WM_HOTKEY without a window comes to the thread's queue, and from there to this filter."""

    def __init__(self, on_hotkey: Callable[[int], None]) -> None:
        super().__init__()
        self._on_hotkey = on_hotkey

    def nativeEventFilter(
        self, event_type: QByteArray | bytes | bytearray | memoryview[int], message: Any
    ) -> tuple[bool, int]:
        from ctypes import wintypes

        if event_type == b"windows_generic_MSG":
            received = wintypes.MSG.from_address(int(message))
            if received.message == WM_HOTKEY:
                self._on_hotkey(int(received.wParam))
                return True, 0
        return False, 0
