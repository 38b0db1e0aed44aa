"""What was let go, to the system: some time after a long conversation was left, its memory is given back.

The C library keeps what is freed for later unless it is told not to; after a reply of 4 MB that makes 30 MB.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

from qwen_desktop.core.heap import trim

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
    """Collects garbage and has the C library return free pages."""
    gc.collect()
    trim()
