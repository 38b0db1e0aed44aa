"""When to paint what has arrived: at once after a pause, then as often as it is cheap, never while it is unseen."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from math import ceil

from PySide6.QtCore import QObject, Qt, QTimer

SHORTEST_MS = 1000 / 60
"""Between two flushes: one frame."""
SHARE = 4.0
"""The next flush waits so many times the cost of the last ones: at most a fifth of the time goes into flushes."""
SLICE_S = 0.004
"""Work of one idle slice."""


class FlushScheduler(QObject):
    """Calls `flush` after `request`; its timer runs only while something waits."""

    def __init__(self, flush: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._flush = flush
        self._last_start = -1e9
        self._cost_ms = 0.0
        self._is_paused = False
        self._is_wanted = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.flush_now)

    @property
    def is_waiting(self) -> bool:
        return self._timer.isActive()

    @property
    def interval_ms(self) -> float:
        """How far apart flushes are at present."""
        return max(SHORTEST_MS, SHARE * self._cost_ms)

    def request(self) -> None:
        """Something has arrived."""
        if not self._is_wanted:
            self._is_wanted = True
            self._start()

    def _start(self) -> None:
        if self._is_paused or self._timer.isActive():
            return
        since_ms = (time.perf_counter() - self._last_start) * 1000
        self._timer.start(max(0, ceil(self.interval_ms - since_ms)))

    def set_paused(self, is_paused: bool) -> None:
        """While paused nothing is flushed, only gathered."""
        self._is_paused = is_paused
        if is_paused:
            self._timer.stop()
        elif self._is_wanted:
            self._start()

    def flush_now(self) -> None:
        """Flush whatever waits, without waiting."""
        self._timer.stop()
        self._is_wanted = False
        self._last_start = time.perf_counter()
        self._flush()
        self.add_cost((time.perf_counter() - self._last_start) * 1000)

    def add_cost(self, cost_ms: float) -> None:
        """Count what a flush or the painting after it took."""
        self._cost_ms += 0.3 * (cost_ms - self._cost_ms)


class IdleWork(QObject):
    """Long work in slices of a few milliseconds, between the events of the user; no timer while there is none."""

    def __init__(self, parent: QObject | None = None, *, tell_work: Callable[[], None] | None = None) -> None:
        """`tell_work` is called before each slice."""
        super().__init__(parent)
        self._tell_work = tell_work
        self._jobs: dict[Hashable, Callable[[], bool]] = {}
        self._is_paused = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._work)

    def add(self, key: Hashable, job: Callable[[], bool]) -> None:
        """`job` does a little and says whether there is more; there is one job of each key."""
        self._jobs.setdefault(key, job)
        if not self._timer.isActive() and not self._is_paused:
            self._timer.start(0)

    def set_paused(self, is_paused: bool) -> None:
        """While nobody looks nothing is made ready."""
        self._is_paused = is_paused
        if is_paused:
            self._timer.stop()
        elif self._jobs:
            self._timer.start(0)

    def clear(self) -> None:
        self._jobs.clear()
        self._timer.stop()

    @property
    def is_busy(self) -> bool:
        return bool(self._jobs)

    def _work(self) -> None:
        if self._tell_work is not None:
            self._tell_work()
        end = time.perf_counter() + SLICE_S
        while self._jobs and time.perf_counter() < end:
            key, job = next(iter(self._jobs.items()))
            if not job():
                self._jobs.pop(key, None)
        if self._jobs:
            self._timer.start(1)
