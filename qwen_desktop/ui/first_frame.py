"""A window to its first painted frame, before there is an asyncio loop: what that loop needs is imported afterwards."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

PATIENCE_S = 1.0
"""A window that is not painted by then is hidden behind something, or the desktop is slow; the app goes on."""


class FirstPaint(QObject):
    """Watches `window` and calls `tell` once, after it was painted for the first time."""

    def __init__(self, window: QWidget, tell: Callable[[], object]) -> None:
        super().__init__()
        self._window = window
        self._tell = tell
        window.installEventFilter(self)

    def stop(self) -> None:
        self._window.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.stop()
            QTimer.singleShot(0, self._tell)  # after this paint
        return False


def paint_before_any_loop(window: QWidget) -> None:
    """Shows `window` and handles Qt's events until it is painted, it is hidden again, or PATIENCE_S have passed.

    Only while no loop runs: it would be a loop inside that loop.
    """
    is_painted = False

    def tell() -> None:
        nonlocal is_painted
        is_painted = True

    watcher = FirstPaint(window, tell)
    window.show()
    wake = QTimer(interval=int(PATIENCE_S * 1000), singleShot=True)
    wake.start()
    ends_at = monotonic() + PATIENCE_S
    while not is_painted and window.isVisible() and monotonic() < ends_at:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    wake.stop()
    watcher.stop()
