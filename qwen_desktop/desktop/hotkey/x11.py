"""Keys from the X server: a passive grab on the root window, over a connection of its own.

Source: https://www.x.org/releases/current/doc/xproto/x11protocol.html, GrabKey.  A grab is for exact
modifiers, and the locks are modifiers, so each combination of them is grabbed too.  The server says BadAccess where
another client has the keys, and nothing when they come free: then any window that goes is the reason to try again.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from typing import TYPE_CHECKING, Any

from qwen_desktop.desktop.hotkey.backend import PressFilter
from qwen_desktop.desktop.hotkey.keysyms import keysym, us_keycode
from qwen_desktop.desktop.hotkey.status import HotkeyState, HotkeyStatus

if TYPE_CHECKING:
    from qwen_desktop.desktop.hotkey.backend import Pressed, StatusChanged
    from qwen_desktop.desktop.hotkey.keys import Keys

log = logging.getLogger(__name__)

_ALT = (0xFFE9, 0xFFEA)
_META = (0xFFEB, 0xFFEC)
_LOCKS = (0xFF7F, 0xFF14)
"""Num_Lock and Scroll_Lock; Caps_Lock has a mask of its own."""
_REPEAT_GAP_MS = 2
"""A server that does not tell repeats apart sends a release and a press at once."""


class X11Hotkey:
    """Told by its socket, on the loop; no thread stays and nothing is asked again.  Knows no Qt."""

    def __init__(self, pressed: Pressed, status_changed: StatusChanged, display_name: str | None = None) -> None:
        self._pressed = pressed
        self._status_changed = status_changed
        self._display_name = display_name
        self._display: Any = None
        self._mark: Any = None
        self._loop: asyncio.AbstractEventLoop
        self._socket = -1
        self._keys: Keys | None = None
        self._grabbed: list[tuple[int, int]] = []
        self._grabbed_key = 0
        self._modifier_keys: set[int] = set()
        self._status = HotkeyStatus()
        self._filter = PressFilter()
        self._tells_repeats_apart = False
        self._new_layout_event = 0
        self._released_at_ms = -_REPEAT_GAP_MS - 1
        self._is_closed = False

    async def bind(self, keys: Keys, *, may_ask: bool) -> HotkeyStatus:
        if self._display is None and (trouble := await self._connect()):
            return HotkeyStatus(HotkeyState.NEEDS_DESKTOP, detail=trouble)
        self._keys = keys
        try:
            self._grab()
            self._take_events()  # what came with the replies does not wake the loop
        except _connection_errors() as error:
            self._lose(error)
        return self._status

    async def unbind(self) -> None:
        self._keys = None
        self._status = HotkeyStatus()
        if self._display is not None:
            try:
                self._ungrab()
                self._display.sync()
                self._take_events()
            except _connection_errors() as error:
                self._lose(error)

    async def close(self) -> None:
        self._is_closed = True
        self._keys = None
        self._disconnect()

    # The connection

    async def _connect(self) -> str:
        """Open the display; what went wrong, or nothing."""
        # The library and the connection take some 30 ms: not on this thread.
        opening = asyncio.ensure_future(asyncio.to_thread(_open, self._display_name))
        try:
            opened = await asyncio.shield(opening)
        except asyncio.CancelledError:
            late = await opening  # the thread ends by itself; what it opened would stay
            if not isinstance(late, str):
                _close(late[0])
            raise
        if isinstance(opened, str):
            return opened
        display, self._tells_repeats_apart, self._new_layout_event = opened
        if self._is_closed:
            _close(display)
            return "closed"
        self._display = display
        self._loop = asyncio.get_running_loop()
        self._socket = display.fileno()  # a display that has lost its server does not tell it any more
        self._loop.add_reader(self._socket, self._on_readable)
        return ""

    def _disconnect(self) -> None:
        display, self._display, self._mark, self._grabbed = self._display, None, None, []
        if display is not None:
            self._loop.remove_reader(self._socket)
            _close(display)

    def _lose(self, error: Exception) -> None:
        """The server has ended the connection, and with it every grab.  The next `bind` makes a new one."""
        log.info("the X server closed the connection of the hotkey: %s", error)
        self._disconnect()
        self._set(HotkeyStatus(HotkeyState.NEEDS_DESKTOP, detail="the X server closed the connection"))

    def _on_readable(self) -> None:
        try:
            self._take_events()
        except _connection_errors() as error:
            self._lose(error)

    def _take_events(self) -> None:
        from Xlib import X

        may_be_free = has_new_map = False
        while self._display is not None and self._display.pending_events():
            event = self._display.next_event()
            if event.type == X.KeyPress and event.detail != self._grabbed_key:
                self._let_through(event)
            elif event.type == X.KeyPress:
                if self._is_new(event.time):
                    self._pressed("")
            elif event.type == X.KeyRelease:
                self._filter.release()
                self._released_at_ms = event.time
            elif event.type in (X.MappingNotify, self._new_layout_event):
                has_new_map = True
            elif event.type == X.DestroyNotify:
                may_be_free = True
        is_waiting = self._keys is not None and self._status.state is HotkeyState.TAKEN
        if self._display is not None and self._keys is not None and (has_new_map or (may_be_free and is_waiting)):
            before = self._status
            if has_new_map:
                self._read_layout()
            self._grab()
            if self._status != before:
                self._status_changed(self._status)
            self._take_events()

    def _read_layout(self) -> None:
        """Have the library forget the keyboard it knew."""
        from Xlib import X
        from Xlib.protocol.event import MappingNotify

        info = self._display.display.info
        first, count = info.min_keycode, info.max_keycode - info.min_keycode + 1
        told = MappingNotify(request=X.MappingKeyboard, first_keycode=first, count=count, sequence_number=0)
        self._display.refresh_keyboard_mapping(told)

    def _let_through(self, event: Any) -> None:
        """The user types on before he has let go of the hotkey, and all keys come to us until then: pass it on."""
        from Xlib import X
        from Xlib.error import BadWindow, CatchError
        from Xlib.protocol.event import KeyPress

        if event.detail in self._modifier_keys:
            return
        self._display.ungrab_keyboard(event.time)
        self._filter.release()
        focus = self._display.get_input_focus().focus
        if isinstance(focus, int):  # no window has the keyboard
            return
        typed = KeyPress(
            time=event.time, root=event.root, window=focus, child=X.NONE, root_x=0, root_y=0, event_x=0, event_y=0,
            same_screen=1, state=event.state, detail=event.detail,
        )  # fmt: skip
        gone = CatchError(BadWindow)
        focus.send_event(typed, event_mask=X.KeyPressMask, propagate=True, onerror=gone)
        self._display.flush()

    def _is_new(self, at_ms: int) -> bool:
        gap_ms = at_ms - self._released_at_ms
        is_new = self._filter.press(at_ms / 1000)
        return is_new and (self._tells_repeats_apart or not 0 <= gap_ms <= _REPEAT_GAP_MS)

    def _set(self, status: HotkeyStatus) -> None:
        if status != self._status:
            self._status = status
            if not self._is_closed:
                self._status_changed(status)

    # The grab

    def _grab(self) -> None:
        """Take the keys as the keyboard is laid out now; the status tells how it went."""
        from Xlib import X, error

        self._ungrab()
        self._filter.release()
        assert self._keys is not None
        keys = str(self._keys)
        keycode = self._keycode(self._keys)
        mask = self._mask(self._keys)
        if not keycode or mask is None:
            self._watch_windows(False)
            self._display.flush()
            what = "key" if not keycode else "modifier"
            self._status = HotkeyStatus(HotkeyState.UNUSABLE, keys, f"this keyboard has no such {what}")
            return
        self._grabbed_key = keycode
        self._modifier_keys = {code for codes in self._display.get_modifier_mapping() for code in codes}
        self._watch_windows(True)  # before the keys are tried: they may come free while the refusal is on its way
        refused = error.CatchError(error.BadAccess)
        for screen in range(self._display.screen_count()):
            root = self._display.screen(screen).root
            for locks in self._locks():
                root.grab_key(keycode, mask | locks, False, X.GrabModeAsync, X.GrabModeAsync, onerror=refused)
                self._grabbed.append((keycode, mask | locks))
        self._display.sync()
        if refused.get_error() is not None:
            self._ungrab()
            self._display.flush()
            self._status = HotkeyStatus(HotkeyState.TAKEN, keys, "BadAccess")
            return
        self._watch_windows(False)
        # A window nobody sees, which goes when the keys come free: another instance waits for that.
        self._mark = self._display.screen().root.create_window(-1, -1, 1, 1, 0, 0, window_class=X.InputOnly)
        self._display.flush()
        self._status = HotkeyStatus(HotkeyState.WORKS, keys, "grabbed on X11")

    def _ungrab(self) -> None:
        for screen in range(self._display.screen_count()):
            for keycode, mask in self._grabbed:
                self._display.screen(screen).root.ungrab_key(keycode, mask)
        self._grabbed = []
        if self._mark is not None:
            self._mark.destroy()
            self._mark = None

    def _watch_windows(self, wanted: bool) -> None:
        """Be told when a window of any program goes, or no longer."""
        from Xlib import X

        for screen in range(self._display.screen_count()):
            root = self._display.screen(screen).root
            root.change_attributes(event_mask=X.SubstructureNotifyMask if wanted else X.NoEventMask)

    def _keycode(self, keys: Keys) -> int:
        """The key that writes it, with as few modifiers as may be; 0 if there is none."""
        places = sorted(self._display.keysym_to_keycodes(keysym(keys)), key=lambda place: (place[1], place[0]))
        return int(places[0][0]) if places else us_keycode(keys) or 0

    def _mask(self, keys: Keys) -> int | None:
        """The modifiers' bits; None if this keyboard does not have one of them."""
        from Xlib import X

        mask = (X.ControlMask if keys.ctrl else 0) | (X.ShiftMask if keys.shift else 0)
        for is_held, keysyms in ((keys.alt, _ALT), (keys.meta, _META)):
            bit = next(filter(None, map(self._modifier, keysyms)), 0)
            if is_held and not bit:
                return None
            mask |= bit if is_held else 0
        return mask

    def _locks(self) -> set[int]:
        """Every combination of the locks, none of them included."""
        from Xlib import X

        bits = [X.LockMask, *filter(None, map(self._modifier, _LOCKS))]
        return {
            sum(set(chosen))
            for count in range(len(bits) + 1)
            for chosen in itertools.combinations(bits, count)
        }  # fmt: skip

    def _modifier(self, sym: int) -> int:
        """The bit of Mod1 to Mod5 that a key with this keysym sets; 0 for none."""
        keycodes = {keycode for keycode, _ in self._display.keysym_to_keycodes(sym)}
        for place, of_modifier in enumerate(self._display.get_modifier_mapping()):
            if place >= 3 and keycodes & {code for code in of_modifier if code}:
                return 1 << place
        return 0


def _open(display_name: str | None) -> tuple[Any, bool, int] | str:
    """A connection and what `use_xkb` says of it, or why there is none; may be called on any thread."""
    from Xlib import error
    from Xlib.display import Display

    from qwen_desktop.desktop.hotkey.xkb import use_xkb

    try:
        display = Display(display_name)
        return (display, *use_xkb(display))
    except (error.DisplayError, error.ConnectionClosedError, OSError, ValueError) as trouble:
        return f"no connection to the X server: {trouble}"


def _close(display: Any) -> None:
    try:
        display.close()
    except _connection_errors():
        log.debug("the X server had closed the connection before us")


def _connection_errors() -> tuple[type[Exception], ...]:
    from Xlib.error import ConnectionClosedError

    return (ConnectionClosedError, OSError)
