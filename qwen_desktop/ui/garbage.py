"""Python's cyclic garbage, collected on the GUI thread only.

The collector runs in whatever thread happens to allocate.  When that is a worker's, a widget or timer that was part of
a cycle is destroyed there, and Qt's event loop goes on using it: a crash, now and then.  So the automatic collector is
off while the loop runs, and the same generations are collected here whenever the loop is about to wait, without timers.
Not while long work runs on a thread: looking through all that an import holds takes a third of a second.
"""

from __future__ import annotations

import gc
import sys
import time

from PySide6.QtCore import QAbstractEventDispatcher, QObject

from qwen_desktop.core.long_work import is_long_work_running

MANY_MODULES = 10
"""So many more modules are not looked at again."""
CHEAP_S = 0.002
"""A look at everything may cost this much; one that costs n times as much is taken n times as seldom."""


class GarbageCollector(QObject):
    """From `begin` to `end`, cyclic garbage dies on this thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thresholds = gc.get_threshold()
        self._was_enabled = gc.isenabled()
        self._dispatcher: QAbstractEventDispatcher | None = None
        self._modules = 0
        """How many there were when what lived then was put aside."""
        self._rarer = 1.0
        """How much rarer than usual everything is looked at; grows with what that costs."""

    def begin(self) -> None:
        """Call on the GUI thread, once there is an application; what lives now is not looked at again."""
        self._was_enabled = gc.isenabled()
        gc.disable()
        gc.collect()
        self._put_aside()
        self._dispatcher = QAbstractEventDispatcher.instance()
        if self._dispatcher is not None:
            self._dispatcher.aboutToBlock.connect(self.collect_due)

    def _put_aside(self) -> None:
        """What lives now is not looked at again: most of it are the functions and classes of modules."""
        self._modules = len(sys.modules)
        gc.freeze()

    def end(self) -> None:
        """Automatic collection as it was."""
        if self._dispatcher is not None:
            self._dispatcher.aboutToBlock.disconnect(self.collect_due)
            self._dispatcher = None
        gc.unfreeze()
        if self._was_enabled:
            gc.enable()

    def collect_due(self) -> None:
        """The oldest generation that is due, as the automatic collector would choose it, before the loop waits."""
        counts = gc.get_count()
        if counts[0] <= self._thresholds[0] or is_long_work_running():
            return
        if len(sys.modules) >= self._modules + MANY_MODULES:
            self._put_aside()  # with them what little garbage there is: a look at all that came would take 50 ms
            return
        if counts[2] > self._thresholds[2] * self._rarer and counts[1] > self._thresholds[1]:
            began_at = time.perf_counter()
            gc.collect(2)
            self._rarer = max(1.0, (time.perf_counter() - began_at) / CHEAP_S)
        elif counts[1] > self._thresholds[1]:
            gc.collect(1)
        else:
            gc.collect(0)
