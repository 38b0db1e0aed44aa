"""Blocking calls, one after the other, on a daemon thread that is there only while there is something to do.

Unlike `concurrent.futures.ThreadPoolExecutor` it never keeps the process from ending: a call may hang for as long as a
person leaves a system dialog open.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Worker:
    """Runs calls in order.  May be used from any loop; a call is answered on the loop that made it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._waiting: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[Any], Callable[[], object]]] = deque()
        self._is_running = False

    async def call(self, operation: Callable[[], T]) -> T:
        """What `operation` gives or raises.  Cancelled: it is left out if it has not begun, else it runs on unheard."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            self._waiting.append((loop, future, operation))
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
        return await future

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_running = False
                    return
                loop, future, operation = self._waiting.popleft()
            if future.cancelled():
                continue
            try:
                result, error = operation(), None
            except BaseException as raised:  # goes on in the waiter
                result, error = None, raised
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
                loop.call_soon_threadsafe(_answer, future, result, error)
            del future, operation, result, error


def _answer(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
