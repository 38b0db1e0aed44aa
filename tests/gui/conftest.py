"""One widget at a time, offscreen, on the production loop; no window and no timer outlives its test."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import getAllValidWrappers

from tests.conftest import HANG_S, RunScenario, bounded


@pytest.fixture
def run(qapp: QApplication) -> RunScenario:
    """Run one scenario on the production loop; fail if it takes too long or leaves a task behind."""
    from qasync import QEventLoop

    def run_scenario(scenario: Coroutine[Any, Any, object], timeout_s: float = HANG_S) -> None:
        with asyncio.Runner(loop_factory=lambda: QEventLoop(qapp)) as runner:
            runner.run(bounded(scenario, timeout_s))

    return run_scenario


@pytest.fixture(scope="session", autouse=True)
def clipboard_is_empty_in_the_end(qapp: QApplication) -> Iterator[None]:
    """Offscreen, Qt keeps what was copied until the process exits; Python's part of it is gone by then."""
    yield
    qapp.clipboard().clear()


@pytest.fixture(autouse=True)
def garbage_dies_here() -> Iterator[None]:
    """As in the app (`ui/garbage.py`): a worker thread of a test must not destroy another test's widgets."""
    was_enabled = gc.isenabled()
    gc.disable()
    yield
    gc.collect()
    if was_enabled:
        gc.enable()


@pytest.fixture(autouse=True)
def no_windows_or_timers_left(qapp: QApplication) -> Iterator[None]:
    """Fail the test if a window stays visible or a timer stays active after it.

    Requested before `qtbot`, so that it looks after `qtbot` has closed the widgets it was given.
    """
    timers_before = {id(timer) for timer in active_timers()}
    yield
    qapp.processEvents()
    windows = [widget for widget in qapp.topLevelWidgets() if widget.isVisible()]
    for window in windows:
        window.close()
    assert not windows, f"windows left open: {windows}"
    timers = [timer for timer in active_timers() if id(timer) not in timers_before]
    for timer in timers:
        timer.stop()
    assert not timers, f"timers left running: {[(timer.objectName(), timer.parent()) for timer in timers]}"


def active_timers() -> list[QTimer]:
    """Every running QTimer that Python knows of.

    Not by way of `gc.get_objects()`: it holds on to tuples which another thread is still making, and that thread fails.
    """
    return [thing for thing in getAllValidWrappers() if isinstance(thing, QTimer) and thing.isActive()]
