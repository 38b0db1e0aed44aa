"""What was let go, to the system: some time after a long conversation was left, its memory is given back.

Its pieces refer to each other, so they are garbage of the cyclic kind; and the C library keeps what is freed for later
unless it is told not to.  After a reply of 4 MB that makes 30 MB.
"""

from __future__ import annotations

import gc
import sys

from PySide6.QtCore import QObject, QTimer

LONG_CHARACTERS = 500_000
"""Of all messages together; less is not worth the pause."""
_DELAY_MS = 1000


class MemoryReturn(QObject):
    """Waits until what was closed is really gone, and for a quiet moment: collecting takes up to 30 ms."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._soon = QTimer(self, interval=_DELAY_MS, singleShot=True)
        self._soon.timeout.connect(give_back)

    def left(self, characters: int) -> bool:
        """A conversation of that size is not shown any more; whether its memory is worth giving back."""
        if characters < LONG_CHARACTERS:
            return False
        self._soon.start()
        return True


def give_back() -> None:
    """Collects garbage and has the C library return free pages, where it is one that can (glibc: `malloc_trim(3)`)."""
    gc.collect()
    if sys.platform == "linux":
        import ctypes

        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
