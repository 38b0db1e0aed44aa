"""Finished reads and writes of Windows' loop to Qt's thread, waited for instead of asked for.

qasync 0.28 asks the completion port a hundred times a second, also while nothing happens, which keeps a laptop awake.
WORKAROUND: may go when qasync waits itself (`_windows.py`, `_EventWorker.run`).
"""

from __future__ import annotations

import threading
from typing import Any


def wait_for_completions(loop: Any) -> None:
    """Has `loop`, a qasync loop on Windows that does not run yet, wait.  Leaves one that is made otherwise alone."""
    signal = getattr(loop, "_ProactorEventLoop__event_signal", None)
    if signal is not None and hasattr(loop, "_ProactorEventLoop__event_poller"):
        loop._ProactorEventLoop__event_poller = _Poller(signal)


class _Poller:
    """What qasync's loop starts when it runs, and stops."""

    def __init__(self, signal: Any) -> None:
        self._signal = signal
        self._is_stopped = False

    def start(self, proactor: Any) -> None:
        self._is_stopped = False
        self._proactor = proactor
        self._thread = threading.Thread(target=self._run, name="completion port", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        import _overlapped  # type: ignore[import-not-found,unused-ignore]

        self._is_stopped = True
        # An event of nobody's; one without an address would be taken for an error.
        _overlapped.PostQueuedCompletionStatus(self._proactor._iocp, 0, 0, 1)
        self._thread.join()

    def _run(self) -> None:
        while not self._is_stopped:
            if events := self._proactor.select(None):
                self._signal.emit(events)
