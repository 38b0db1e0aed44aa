"""How long a thread keeps the interpreter from the others: not as long while much is computed beside the window."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SWITCH_S = 0.0005
"""So a thread that wakes up waits no longer than this for the interpreter, many times in a frame."""

_guard = threading.Lock()
_running = 0
_usual_s = 0.0


@contextmanager
def quick_switches() -> Iterator[None]:
    """Inside it, in whatever thread and however many at once, threads take turns each SWITCH_S."""
    global _running, _usual_s
    with _guard:
        if _running == 0:
            _usual_s = sys.getswitchinterval()
            sys.setswitchinterval(min(_usual_s, SWITCH_S))
        _running += 1
    try:
        yield
    finally:
        with _guard:
            _running -= 1
            if _running == 0:
                sys.setswitchinterval(_usual_s)
