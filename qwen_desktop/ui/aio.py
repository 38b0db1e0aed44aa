"""The one seam between asyncio and Qt: the loop that drives both, and owners for tasks.

Only the loop is taken from qasync; its decorators hide the task or spin a nested loop.  `app.quit()` must not be called
while the loop runs: end the coroutine given to `run` instead.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


class TaskOwner(QObject):
    """Holds tasks so that none vanishes, and hears how each ended.

    Signals: failed(BaseException): a task ended with an exception nobody expected; a bug.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, coroutine: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        """Starts a task and holds it until it ends.  Call on the loop's thread, while the loop runs."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failed.emit(error)

    async def close(self) -> None:
        """Cancels what runs and waits until it has cleaned up."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def hear_console(on_stop: Callable[[], object]) -> None:
    """Ctrl-C, and Ctrl-Break of Windows, call `on_stop` at once, although Qt waits without running any Python.

    For Windows, whose loops know no `add_signal_handler`."""
    import socket

    from PySide6.QtCore import QSocketNotifier

    waking, woken = socket.socketpair()
    for end in (waking, woken):
        end.setblocking(False)
    notifier = QSocketNotifier(woken.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(lambda: woken.recv(16))  # Python's handlers are called when any Python runs

    def stop(*_: object) -> None:
        on_stop()

    stop.kept = (waking, notifier)  # type: ignore[attr-defined]  # as long as the handler is
    signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
    for name in ("SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)


def run(application: QApplication, main: Callable[[], Awaitable[int]], *, on_stop: Callable[[], None]) -> int:
    """Drives `main()` and Qt on one loop until it returns; its result is the exit code.

    SIGINT and SIGTERM (on Windows Ctrl-C and Ctrl-Break) call `on_stop` on the loop, once each time they arrive."""
    from qasync import QEventLoop

    async def guarded() -> int:
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, on_stop)
        else:
            hear_console(lambda: loop.call_soon_threadsafe(on_stop))
        from qwen_desktop.ui.garbage import GarbageCollector

        collector = GarbageCollector()
        collector.begin()
        try:
            return await main()
        finally:
            collector.end()

    class Loop(QEventLoop):  # type: ignore[misc]
        """Names are looked up on threads that keep nobody from ending: the system may take half a minute for one, and
        cannot be told to stop.  The loop's own threads are waited for at its end."""

        async def getaddrinfo(self, *arguments: Any, **options: Any) -> Any:
            from socket import getaddrinfo

            from qwen_desktop.core.credentials.worker import Worker

            return await Worker("name look-up").call(lambda: getaddrinfo(*arguments, **options))

    def make_loop() -> Loop:
        loop = Loop(application)
        if sys.platform == "win32":
            from qwen_desktop.ui.windows_loop import wait_for_completions

            wait_for_completions(loop)
        return loop

    with asyncio.Runner(loop_factory=make_loop) as runner:
        return runner.run(guarded())
