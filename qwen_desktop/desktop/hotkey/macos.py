"""Keys from macOS: Carbon's RegisterEventHotKey, which needs no permission of Accessibility.

Source: CarbonEvents.h of the macOS SDK, HIToolbox/Events.h for the key codes, which are places on a US keyboard.
Our Ctrl is Command and our Meta is Control, as in Qt.  Not yet run on a Mac.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any, Protocol

from qwen_desktop.desktop.hotkey.status import HotkeyState, HotkeyStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.desktop.hotkey.backend import Pressed, StatusChanged
    from qwen_desktop.desktop.hotkey.keys import Keys

EVENT_HOTKEY_EXISTS = -9878
COMMAND, SHIFT, OPTION, CONTROL = 0x0100, 0x0200, 0x0800, 0x1000
_KEYBOARD_CLASS = int.from_bytes(b"keyb", "big")
_HOTKEY_PRESSED = 5
_SIGNATURE = int.from_bytes(b"QwDt", "big")
_CARBON = "/System/Library/Frameworks/Carbon.framework/Carbon"

_PLACES = {
    "A": 0, "S": 1, "D": 2, "F": 3, "H": 4, "G": 5, "Z": 6, "X": 7, "C": 8, "V": 9, "B": 11, "Q": 12, "W": 13, "E": 14,
    "R": 15, "Y": 16, "T": 17, "1": 18, "2": 19, "3": 20, "4": 21, "6": 22, "5": 23, "=": 24, "9": 25, "7": 26,
    "-": 27, "8": 28, "0": 29, "]": 30, "O": 31, "U": 32, "[": 33, "I": 34, "P": 35, "Return": 36, "L": 37, "J": 38,
    "'": 39, "K": 40, ";": 41, "\\": 42, ",": 43, "/": 44, "N": 45, "M": 46, ".": 47, "Tab": 48, "Space": 49,
    "`": 50, "Backspace": 51, "Esc": 53, "Enter": 76, "Home": 115, "PgUp": 116, "Del": 117, "End": 119, "PgDown": 121,
    "Left": 123, "Right": 124, "Down": 125, "Up": 126, "F1": 122, "F2": 120, "F3": 99, "F4": 118, "F5": 96, "F6": 97,
    "F7": 98, "F8": 100, "F9": 101, "F10": 109, "F11": 103, "F12": 111, "F13": 105, "F14": 107, "F15": 113, "F16": 106,
    "F17": 64, "F18": 79, "F19": 80, "F20": 90,
}  # fmt: skip
_SHIFTED = dict(zip('!@#$%^&*()_+{}|:"<>?~', "1234567890-=[]\\;',./`", strict=True))


class MacCalls(Protocol):
    """The few calls that only macOS has."""

    def register(self, key_code: int, modifiers: int) -> tuple[int, object]:
        """0 or the error's code, and what `unregister` takes."""

    def unregister(self, reference: object) -> None: ...

    def listen(self, on_hotkey: Callable[[], None]) -> None:
        """Call `on_hotkey` for each press, until `stop`."""

    def stop(self) -> None: ...


class MacHotkey:
    """One registered hotkey."""

    def __init__(self, pressed: Pressed, status_changed: StatusChanged, calls: MacCalls | None = None) -> None:
        self._pressed = pressed
        self._calls = calls if calls is not None else CarbonCalls()
        self._reference: object | None = None
        self._is_listening = False

    async def bind(self, keys: Keys, *, may_ask: bool) -> HotkeyStatus:
        await self.unbind()
        place = _PLACES.get(_SHIFTED.get(keys.key, keys.key))
        if place is None:
            return HotkeyStatus(HotkeyState.UNUSABLE, str(keys), "this keyboard has no such key")
        if not self._is_listening:
            self._calls.listen(self._on_hotkey)
            self._is_listening = True
        error, reference = self._calls.register(place, modifiers(keys))
        if error == EVENT_HOTKEY_EXISTS:
            return HotkeyStatus(HotkeyState.TAKEN, str(keys), "RegisterEventHotKey: -9878")
        if error:
            return HotkeyStatus(HotkeyState.UNUSABLE, str(keys), f"RegisterEventHotKey: {error}")
        self._reference = reference
        return HotkeyStatus(HotkeyState.WORKS, str(keys), "RegisterEventHotKey")

    async def unbind(self) -> None:
        reference, self._reference = self._reference, None
        if reference is not None:
            self._calls.unregister(reference)

    async def close(self) -> None:
        await self.unbind()
        if self._is_listening:
            self._calls.stop()
            self._is_listening = False

    def _on_hotkey(self) -> None:
        if self._reference is not None:
            self._pressed("")


def modifiers(keys: Keys) -> int:
    """As RegisterEventHotKey takes them."""
    held = ((keys.ctrl, COMMAND), (keys.shift, SHIFT), (keys.alt, OPTION), (keys.meta, CONTROL))
    return sum(bit for is_held, bit in held if is_held)


class _HotkeyId(ctypes.Structure):
    _fields_ = (("signature", ctypes.c_uint32), ("id", ctypes.c_uint32))


class _EventKind(ctypes.Structure):
    _fields_ = (("event_class", ctypes.c_uint32), ("kind", ctypes.c_uint32))


_Handler = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class CarbonCalls:
    """The real ones; made on any system, usable on macOS."""

    def __init__(self) -> None:
        self._library: Any = None
        self._callback: Any = None
        self._handler = ctypes.c_void_p()

    def register(self, key_code: int, modifiers: int) -> tuple[int, object]:
        reference = ctypes.c_void_p()
        error = self._carbon.RegisterEventHotKey(
            key_code, modifiers, _HotkeyId(_SIGNATURE, 1), self._target(), 0, ctypes.byref(reference)
        )
        return int(error), reference

    def unregister(self, reference: object) -> None:
        self._carbon.UnregisterEventHotKey(reference)

    def listen(self, on_hotkey: Callable[[], None]) -> None:
        def handle(call: object, event: object, data: object) -> int:
            on_hotkey()
            return 0

        self._callback = _Handler(handle)  # Carbon holds no reference to it
        kind = _EventKind(_KEYBOARD_CLASS, _HOTKEY_PRESSED)
        self._carbon.InstallEventHandler(
            self._target(), self._callback, 1, ctypes.byref(kind), None, ctypes.byref(self._handler)
        )

    def stop(self) -> None:
        self._carbon.RemoveEventHandler(self._handler)
        self._handler = ctypes.c_void_p()
        self._callback = None

    def _target(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(self._carbon.GetApplicationEventTarget())

    @property
    def _carbon(self) -> Any:
        if self._library is None:
            library = ctypes.CDLL(_CARBON)
            pointer, number = ctypes.c_void_p, ctypes.c_uint32
            library.GetApplicationEventTarget.restype = pointer
            library.GetApplicationEventTarget.argtypes = []
            library.RegisterEventHotKey.argtypes = [number, number, _HotkeyId, pointer, number, pointer]
            library.UnregisterEventHotKey.argtypes = [pointer]
            library.InstallEventHandler.argtypes = [pointer, _Handler, ctypes.c_ulong, pointer, pointer, pointer]
            library.RemoveEventHandler.argtypes = [pointer]
            self._library = library
        return self._library
