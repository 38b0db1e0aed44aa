"""What this machine is worth at the moment, for guards of CPU time that a slow or a busy one must not set off."""

from __future__ import annotations

import time

USUAL_S = 0.005


def slower() -> float:
    """How many times slower than usual a fixed piece of work is; 1.0 on a machine that takes 5 ms for it."""
    times = []
    for _ in range(5):
        began = time.thread_time()
        sum(n * n for n in range(100_000))
        times.append(time.thread_time() - began)
    return max(1.0, min(times) / USUAL_S)
