"""What this machine is worth at the moment, for guards of time that a slow or a busy one must not set off."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable
from pathlib import Path

USUAL_S = 0.005


def slower() -> float:
    """How many times slower than usual a fixed piece of work is; 1.0 on a machine that takes 5 ms for it."""
    times = []
    for _ in range(5):
        began = time.thread_time()
        sum(n * n for n in range(100_000))
        times.append(time.thread_time() - began)
    return max(1.0, min(times) / USUAL_S)


def least(measure: Callable[[], float], enough_s: float, tries: int = 5) -> float:
    """The least that `measure` gives in a few tries, or the first that is below `enough_s`.

    What takes long by itself does so each time; what the machine had to do beside it does not."""
    took_s = math.inf
    for _ in range(tries):
        took_s = min(took_s, measure())
        if took_s < enough_s:
            break
    return took_s


class Busy:
    """How long, since it was made, the machine kept the threads of a process waiting for a processor.

    Added to a limit of the clock, it leaves what the program itself does by that limit: its waits and its own work.
    Nothing is added where the system does not say (only Linux does), and next to nothing on a machine at rest."""

    def __init__(self, pid: int | str = "self") -> None:
        self._threads = Path(f"/proc/{pid}/task")
        self._before = self._queued()
        self._stolen_before = _stolen_s()

    def seconds(self) -> float:
        queued = sum(seconds - self._before.get(thread, 0.0) for thread, seconds in self._queued().items())
        return queued + _stolen_s() - self._stolen_before

    def _queued(self) -> dict[str, float]:
        """Of each thread, how long it stood in line since it began."""
        queued = {}
        with contextlib.suppress(OSError):
            for thread in os.listdir(self._threads):
                with contextlib.suppress(OSError, IndexError):
                    queued[thread] = int((self._threads / thread / "schedstat").read_text().split()[1]) / 1e9
        return queued


def _stolen_s() -> float:
    """What the host of a virtual machine has kept from it so far, of all its processors."""
    try:
        return int(Path("/proc/stat").read_text().split("\n", 1)[0].split()[8]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        return 0.0
