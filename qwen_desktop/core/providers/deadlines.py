"""Waiting with a deadline that moves with every event, and closing that a second cancellation cannot break off.

`asyncio.timeout` arms and disarms a timer for each wait, which at one wait per event costs more than reading the event
does; this one arms a timer once and looks again only when it fires.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_GRACE_S = 0.05
"""What a wait gets that begins after the deadline, or during which the loop stood still (the process was stopped, the
computer slept): enough to take what has already arrived."""


class MovingDeadline:
    """Bounds waits, one at a time, by `at`, which may be moved at any time for the price of an assignment.

    `with deadline:` raises TimeoutError when it passes before the block has ended."""

    def __init__(self) -> None:
        self.at = math.inf
        """`time.monotonic()` at which a wait ends with TimeoutError."""
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf
        """When the timer fires; never, while there is none."""
        self._late_at = math.inf
        """The deadline that was looked at too late, and is looked at once more."""
        self._waiter: asyncio.Task[Any] | None = None
        self._cancellations_before: int | None = None
        """Those the waiter had when the deadline passed and cancelled it; None before."""

    def __enter__(self) -> None:
        self._waiter = asyncio.current_task()
        if self._timer_at > self.at:
            self._arm(max(self.at, time.monotonic() + _GRACE_S))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        task, self._waiter = self._waiter, None
        before = self._cancellations_before
        # As asyncio.timeout does: our own cancellation becomes a TimeoutError, one from elsewhere goes on.
        if kind is asyncio.CancelledError and before is not None and task is not None and task.uncancel() <= before:
            raise TimeoutError from error

    @property
    def is_bounding(self) -> bool:
        """Whether somebody waits just now."""
        return self._waiter is not None

    def close(self) -> None:
        """Disarm the timer; call it when no wait will follow."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_at = None, math.inf

    def _arm(self, at: float) -> None:
        self.close()
        self._timer_at = at
        self._timer = asyncio.get_running_loop().call_later(max(0.0, at - time.monotonic()), self._look)

    def _look(self) -> None:
        now, due_at = time.monotonic(), self._timer_at
        self._timer, self._timer_at = None, math.inf
        if self._waiter is None:
            return  # the next wait arms it again
        if now < self.at < math.inf:
            self._arm(self.at)
        elif now > due_at + _GRACE_S and self._late_at != self.at < math.inf:
            self._late_at = self.at
            self._arm(now + _GRACE_S)
        elif self.at < math.inf:
            self._cancellations_before = self._waiter.cancelling()
            self._waiter.cancel()


async def run_to_its_end(closing: Coroutine[Any, Any, None]) -> None:
    """Await `closing` whole, though the caller be cancelled meanwhile, once or more; the cancellation goes on after."""
    task = asyncio.ensure_future(closing)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except Exception:
            break  # told again by result()
    task.result()
    if cancelled is not None:
        raise cancelled


async def run_cancelled_once(task: asyncio.Task[T]) -> T:
    """The result of `task`, which is the caller's own: however often the caller is cancelled, `task` sees it once.

    So its cleaning up is not broken off; it has ended when this returns or raises."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await run_to_its_end(cancel_and_wait(task))
        raise


async def cancel_and_wait(task: asyncio.Task[Any]) -> None:
    """Cancel `task` and wait until it has ended, however it ends."""
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # the cancellation is what is told
