"""Ctrl-C and requests to end, to one orderly stop at every moment of a command: while it loads, runs, and ends.

Cheap to import: a command is to be stoppable before the rest of it is loaded.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 128
"""A command stopped by signal n exits with this plus n."""
_NAMES = ("SIGINT", "SIGBREAK") if sys.platform == "win32" else ("SIGINT", "SIGTERM", "SIGHUP")


class StoppedBySignal(BaseException):
    """Raised in the main thread between two of its steps, like KeyboardInterrupt, but only where nothing runs yet."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _numbers() -> list[signal.Signals]:
    """Those that are heard: what the caller had ignored (nohup, a job in the background) stays so."""
    found = [signal.Signals[name] for name in _NAMES]
    return [number for number in found if signal.getsignal(number) is not signal.SIG_IGN]


def _handle(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in _numbers():
        signal.signal(number, handler)


def raise_from_now_on() -> None:
    """From now on a signal raises StoppedBySignal, once; the next ones end the process."""

    def stop(number: int, _: FrameType | None) -> None:
        leave_from_now_on()
        raise StoppedBySignal(number)

    _handle(stop)


def leave_from_now_on() -> None:
    """All is said and kept: from now on a signal ends the process at once and silently."""
    _handle(lambda number, _: os._exit(EXIT_CODE + number))


@contextmanager
def told_to(on_signal: Callable[[int], None]) -> Iterator[None]:
    """Within, on a running loop, `on_signal(number)` is called on it instead; after it signals end the process."""
    import asyncio  # slow to import, and running by now

    loop = asyncio.get_running_loop()
    # Not `loop.add_signal_handler`: it is missing on Windows, and its removal would leave a moment without any.
    _handle(lambda number, _: loop.call_soon_threadsafe(on_signal, number))
    try:
        yield
    finally:
        leave_from_now_on()
