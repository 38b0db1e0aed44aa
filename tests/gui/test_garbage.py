"""Cyclic garbage with Qt objects in it dies on the GUI thread, whoever allocates."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading

import pytest
from PySide6.QtCore import QObject, QTimer

from qwen_desktop.core.long_work import long_work
from qwen_desktop.ui.garbage import MANY_MODULES, GarbageCollector
from tests.conftest import RunScenario, eventually


class _Tracked:
    """Part of a cycle; remembers in which thread it died."""

    deaths: list[int]

    def __init__(self, deaths: list[int]) -> None:
        self.deaths = deaths
        self.timer = QTimer(interval=50)
        self.timer.start()
        self.itself = self

    def __del__(self) -> None:
        self.timer.stop()
        self.deaths.append(threading.get_ident())


def _make_garbage() -> None:
    for _ in range(2_000):
        cycle: list[object] = []
        cycle.append(cycle)


def test_a_worker_that_allocates_much_collects_nothing(run: RunScenario) -> None:
    async def scenario() -> None:
        collector = GarbageCollector()
        collector.begin()
        try:
            deaths: list[int] = []
            for _ in range(20):
                _Tracked(deaths)
            thread = threading.Thread(target=_make_garbage)
            thread.start()
            thread.join()
            assert deaths == []

            _make_garbage()
            await eventually(lambda: len(deaths) == 20)
            assert set(deaths) == {threading.get_ident()}
        finally:
            collector.end()

    run(scenario())


def test_the_collector_is_as_it_was_afterwards(run: RunScenario) -> None:
    async def scenario() -> None:
        was_enabled = gc.isenabled()
        collector = GarbageCollector(QObject())
        collector.begin()
        assert not gc.isenabled()
        await asyncio.sleep(0)
        collector.end()
        assert gc.isenabled() == was_enabled
        assert gc.get_freeze_count() == 0

    run(scenario())


def test_modules_that_came_later_are_put_aside_without_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    collector = GarbageCollector()
    collector.begin()
    try:
        collected: list[int] = []
        monkeypatch.setattr(gc, "collect", lambda generation=2: collected.append(generation) or 0)
        for number in range(MANY_MODULES):
            monkeypatch.setitem(sys.modules, f"came_later_{number}", sys)
        kept = [[number] for number in range(1_000)]
        frozen = gc.get_freeze_count()
        collector.collect_due()
        assert gc.get_freeze_count() >= frozen + len(kept)
        assert not collected

        kept += [[number] for number in range(1_000)]
        collector.collect_due()
        assert collected
    finally:
        collector.end()


def test_nobody_looks_through_what_long_work_holds(run: RunScenario, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        collector = GarbageCollector()
        collector.begin()
        collected: list[int] = []
        monkeypatch.setattr(gc, "collect", lambda generation=2: collected.append(generation))
        try:
            with long_work():
                _make_garbage()
                collector.collect_due()
                assert collected == []
            collector.collect_due()
            assert len(collected) == 1
        finally:
            collector.end()

    run(scenario())
