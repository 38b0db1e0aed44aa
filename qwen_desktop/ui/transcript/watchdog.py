"""The view at work to "it stalls" or "it has come to rest": a thread that looks on, and sleeps when there is nothing.

While the view works the thread asks the GUI thread a question, and the loop answers it when it gets round to it; a
quarter of a second later comes the next.  No answer for LIMIT_S is a stall.  Two answers without work between them are
rest: then the frame is painted too, and neither thread wakes the other before the next work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal

LIMIT_S = 2.0
"""So long nobody takes an app for dead that does not answer."""
_STEPS = 8
"""Parts of the limit that are waited for at a time."""


class Watchdog(QObject):
    """Call `work` whenever the view begins to do something, `close` in the end; both on the GUI thread.

    `stalled` is called once for each stall, on the thread that looks on, if possible while the stall lasts.
    Signals: rested(): the view has come to rest; asked(): the question, from the thread.
    """

    rested = Signal()
    asked = Signal()

    def __init__(self, stalled: Callable[[], None], parent: QObject | None = None, *, limit_s: float = LIMIT_S) -> None:
        super().__init__(parent)
        self._stalled = stalled
        self._limit_s = limit_s
        self._thread: threading.Thread | None = None
        self._is_watching = False
        self._wanted = threading.Event()
        self._closing = threading.Event()
        self._answered = threading.Event()
        self._begun = 0.0, 0.0
        """When the first work began after a rest, and what the process had computed by then."""
        self._works = 0
        self._works_answered = -1
        self.questions = 0
        """Asked so far."""
        self.asked.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    @property
    def is_watching(self) -> bool:
        """The view has worked, and has not come to rest yet."""
        return self._is_watching

    def work(self) -> None:
        """The view does something now."""
        self._works += 1
        if not self._is_watching and not self._closing.is_set():
            self._is_watching = True
            self._begun = time.monotonic(), time.process_time()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            self._wanted.set()

    def close(self) -> None:
        """Ends the thread."""
        self._closing.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._is_watching = False

    def _answer(self) -> None:
        """On the GUI thread: it is back in its loop."""
        if not self._is_watching:
            return
        if self._works == self._works_answered:
            self._is_watching = False
            self.rested.emit()
        self._works_answered = self._works
        self._answered.set()

    # On the thread

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wanted.wait()
            self._wanted.clear()
            self._watch()

    def _watch(self) -> None:
        step_s = self._limit_s / _STEPS
        away_s = 0.0
        looked_s, looked_cpu_s = self._begun
        self._ask()
        while self._is_watching and not self._closing.is_set():
            was_answered = self._answered.is_set()
            self._closing.wait(step_s)
            now_s, now_cpu_s = time.monotonic(), time.process_time()
            # Steps are counted, not time: a process that was stopped, or a machine that slept, has not stalled.  But
            # some of Qt's work keeps the interpreter's lock, and this thread out, to its end: then time counts, if the
            # process was computing.
            is_late = now_s - looked_s > self._limit_s + step_s
            was_held = is_late and now_cpu_s - looked_cpu_s > self._limit_s / 2
            looked_s, looked_cpu_s = now_s, now_cpu_s
            before_s, away_s = away_s, away_s + step_s
            if was_held or before_s < self._limit_s <= away_s:
                away_s = max(away_s, self._limit_s)
                self._stalled()
            if self._answered.is_set():
                away_s = 0.0
            if was_answered:
                self._ask()

    def _ask(self) -> None:
        if self._is_watching and not self._closing.is_set():
            self._answered.clear()
            self.questions += 1
            self.asked.emit()
