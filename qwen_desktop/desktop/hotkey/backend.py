"""What every back end of the hotkey offers, and when a press is only a key held down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from qwen_desktop.desktop.hotkey.keys import Keys
from qwen_desktop.desktop.hotkey.status import HotkeyStatus

Pressed = Callable[[str], None]
"""Called once for each press, on the loop's thread, with the desktop's activation token or ''."""
StatusChanged = Callable[[HotkeyStatus], None]
"""Called when the status changes by itself after `bind` has returned: keys came free, the desktop's service went."""


class HotkeyBackend(Protocol):
    """One way to be told of keys that are pressed anywhere; made with a `Pressed` and a `StatusChanged`.

    Everything on the thread of the loop.  One call at a time.  What the desktop does not give is told by the status,
    nothing of that raises; cancelled, `bind` leaves nothing bound.
    """

    async def bind(self, keys: Keys, *, may_ask: bool) -> HotkeyStatus:
        """Take `keys` in place of what was bound.  `may_ask`: the user has just asked for it, and may be asked."""

    async def unbind(self) -> None:
        """Give the keys back."""

    async def close(self) -> None:
        """Give everything back; neither a press nor a status comes after this."""


class PressFilter:
    """Presses to those by a finger: a key that is held repeats itself.

    Times in seconds, from any clock that only goes forward.
    """

    FORGOTTEN_AFTER_S = 2.5
    """Longer than any delay before the first repeat: a release that never came must not silence the keys for good."""

    def __init__(self) -> None:
        self._is_down = False
        self._heard_at = 0.0

    def press(self, at_s: float) -> bool:
        """Whether this press is a new one."""
        is_repeat = self._is_down and 0 <= at_s - self._heard_at < self.FORGOTTEN_AFTER_S
        self._is_down = True
        self._heard_at = at_s
        return not is_repeat

    def release(self) -> None:
        self._is_down = False
