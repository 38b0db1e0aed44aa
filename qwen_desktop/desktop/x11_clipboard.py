"""What another program has on X11's clipboard, fetched over a connection of its own: on any thread, whole or not.

Qt fetches it on the GUI thread and waits there while the other program encodes its picture: 2 s for a 4K screenshot.
Source: ICCCM 2.2 and 2.7.2, https://tronche.com/gui/x/icccm/sec-2.html (read 2026-11-26).
"""

from __future__ import annotations

import select
import time
from typing import Any

PATIENCE_S = 20.0
"""Longest wait for a sign of life of the other program; it may have to encode a large picture first."""
_WORDS = 1 << 20
"""Of four bytes: how much of a property is asked for at a time."""


class ClipboardFailed(Exception):
    """The other program has no such thing, does not answer, or sends more than was asked for."""


def fetch(target: str, *, most_bytes: int, patience_s: float = PATIENCE_S) -> bytes:
    """The clipboard as `target` ('image/png').  Blocks.  Raises ClipboardFailed."""
    from Xlib.display import Display
    from Xlib.error import ConnectionClosedError, DisplayError, XError

    try:
        display = Display()
    except (DisplayError, OSError) as error:
        raise ClipboardFailed(str(error)) from error
    try:
        return _Fetching(display, most_bytes, patience_s).run(target)
    except (ConnectionClosedError, XError, OSError) as error:
        raise ClipboardFailed(str(error)) from error
    finally:
        display.close()


class _Fetching:
    """One conversion of the selection CLIPBOARD into a property of a window nobody sees."""

    def __init__(self, display: Any, most_bytes: int, patience_s: float) -> None:
        from Xlib import X

        self._x = X
        self._display = display
        self._most_bytes = most_bytes
        self._patience_s = patience_s
        self._window = display.screen().root.create_window(
            0, 0, 1, 1, 0, X.CopyFromParent, event_mask=X.PropertyChangeMask
        )
        self._property = display.intern_atom("QWEN_DESKTOP_PASTE")

    def run(self, target: str) -> bytes:
        atom = self._display.intern_atom
        self._window.convert_selection(atom("CLIPBOARD"), atom(target), self._property, self._x.CurrentTime)
        answer = self._next(lambda event: event.type == self._x.SelectionNotify)
        if answer.property == self._x.NONE:
            raise ClipboardFailed(f"no {target}")
        whole = self._take()
        if whole is None:
            raise ClipboardFailed("an empty answer")
        if whole.property_type != atom("INCR"):
            return self._checked(bytes(whole.value))
        parts: list[bytes] = []
        size = 0
        while True:
            self._next(self._is_new_value)
            part = self._take()
            if part is None or not part.value:
                return b"".join(parts)
            parts.append(bytes(part.value))
            size += len(parts[-1])
            self._check(size)

    def _is_new_value(self, event: Any) -> bool:
        is_ours = event.type == self._x.PropertyNotify and event.atom == self._property
        return bool(is_ours and event.state == self._x.PropertyNewValue)

    def _take(self) -> Any:
        """The property, which is deleted: the other program then sends the next part."""
        found = self._window.get_full_property(self._property, self._x.AnyPropertyType, _WORDS)
        self._window.delete_property(self._property)
        self._display.flush()
        return found

    def _next(self, is_wanted: Any) -> Any:
        ends_at = time.monotonic() + self._patience_s
        while True:
            while self._display.pending_events():
                event = self._display.next_event()
                if is_wanted(event):
                    return event
            left_s = ends_at - time.monotonic()
            if left_s <= 0 or not select.select([self._display.fileno()], [], [], left_s)[0]:
                raise ClipboardFailed("no answer")

    def _checked(self, data: bytes) -> bytes:
        self._check(len(data))
        return data

    def _check(self, size: int) -> None:
        if size > self._most_bytes:
            raise ClipboardFailed(f"more than {self._most_bytes} bytes")
