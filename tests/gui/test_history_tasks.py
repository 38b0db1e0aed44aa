"""Work on the history: what the disk refuses and what is gone is told, the rest is a bug; cancelled work is closed."""

from __future__ import annotations

import asyncio

import pytest

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.ui.controllers.history_tasks import HistoryTasks


async def raise_it(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("error", "is_missing_expected", "told"),
    [
        (StorageUnavailable("disk_full"), False, "troubled"),
        (KeyError(7), True, "missing"),
        (KeyError(7), False, "failed"),
        (ValueError("no"), True, "failed"),
    ],
)
def test_each_end_is_told_where_it_belongs(run, error: Exception, is_missing_expected: bool, told: str) -> None:
    heard: list[str] = []

    async def scenario() -> None:
        tasks = HistoryTasks(on_missing=(lambda: heard.append("missing")) if is_missing_expected else None)
        tasks.troubled.connect(lambda _: heard.append("troubled"))
        tasks.failed.connect(lambda _: heard.append("failed"))
        await asyncio.wait([tasks.start(raise_it(error), name="test")])
        await asyncio.sleep(0)

    run(scenario())
    assert heard == [told]


def test_work_that_was_cancelled_before_its_first_step_is_closed(run) -> None:
    async def scenario() -> None:
        tasks = HistoryTasks()
        tasks.start(raise_it(ValueError()), name="test").cancel()
        await tasks.close()

    run(scenario())  # else: "was never awaited"
