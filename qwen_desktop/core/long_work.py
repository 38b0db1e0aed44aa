"""Long work on threads beside the window: it holds the interpreter in short turns, and its values die one by one."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SWITCH_S = 0.0005
"""So a thread that wakes up waits no longer than this for the interpreter, many times in a frame."""

_MOST_WAITED_S = 0.05
_LOOKED_EACH_S = 0.001

_guard = threading.Lock()
_running = 0
_usual_s = 0.0


@contextmanager
def long_work() -> Iterator[None]:
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


def is_long_work_running() -> bool:
    """There may be a million values that live for a moment: looking through them for cycles would take longer."""
    return _running > 0


def give_way(is_wanted: Callable[[], bool]) -> None:
    """On the thread, as often as it can rest: waits while somebody wants the machine, but never for long."""
    until = time.monotonic() + _MOST_WAITED_S
    while is_wanted() and time.monotonic() < until:
        time.sleep(_LOOKED_EACH_S)


def let_go(values: list[Any] | dict[Any, Any]) -> None:
    """Empties it one by one: a hundred thousand values that die at once keep every other thread waiting."""
    if isinstance(values, list):
        while values:
            values.pop()
    else:
        while values:
            values.popitem()
