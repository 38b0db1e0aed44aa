"""The history on the loop the window uses: while it waits for the disk, the window lives."""

from __future__ import annotations

import asyncio
import gc
import warnings
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.conversation import Conversation
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.storage.conversations import History, MemoryHistory
from qwen_desktop.ui.controllers.history import HistoryController
from tests.conftest import RunScenario, eventually
from tests.listing import searched


def test_a_turn_is_kept_on_the_window_loop(run: RunScenario, tmp_path: Path) -> None:
    async def scenario() -> None:
        history = await History.open(tmp_path / "history.sqlite3")
        started = await history.begin_turn(None, "hello", model_id="m")
        journal = history.journal(started.reply)
        await asyncio.gather(*(journal.append([("text", f"{number} ")]) for number in range(50)))
        task = asyncio.create_task(journal.append([("text", "end")]))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        text = "".join(f"{number} " for number in range(50)) + "end"
        await journal.append([])
        assert (await history.conversation(started.conversation.id)).messages[-1].text == text
        await journal.finish(replace(started.reply, text=text, status=MessageStatus.COMPLETE))
        search = asyncio.create_task(searched(history, "hello"))
        await asyncio.sleep(0)
        search.cancel()
        await asyncio.gather(search, return_exceptions=True)
        assert len(await searched(history, "hello")) == 1
        await history.close()

    run(scenario())


def test_the_window_is_not_held_while_the_disk_works(run: RunScenario, tmp_path: Path) -> None:
    async def scenario() -> None:
        history = await History.open(tmp_path / "history.sqlite3")
        started = await history.begin_turn(None, "x" * 1_000_000, model_id="m")
        loop = asyncio.get_running_loop()
        ticks: list[float] = []

        async def tick() -> None:
            while True:
                ticks.append(loop.time())
                await asyncio.sleep(0.002)

        ticking = asyncio.create_task(tick())
        slow = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT max(i) FROM n"
        await history._writer.write(lambda db: db.execute(slow).fetchall())
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
        assert len(ticks) > 10, "the loop stood still while SQLite worked"
        await history.journal(started.reply).finish(replace(started.reply, status=MessageStatus.STOPPED))
        await history.close()

    run(scenario())


def test_a_list_that_is_asked_for_twice_at_once_leaves_nothing_behind(run: RunScenario, qapp: object) -> None:
    async def scenario() -> None:
        history = await MemoryHistory.open()
        controller = HistoryController(history)
        listed: list[object] = []
        controller.listed.connect(listed.append)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            controller.refresh()
            controller.refresh()  # the first has not begun: it is cancelled
            await eventually(lambda: listed)
            gc.collect()
        assert [str(one.message) for one in told] == []
        assert len(listed) == 1
        await controller.close()
        await history.close()

    run(scenario())


class LateHistory(MemoryHistory):
    """What it read of a conversation is late the first time: a draft can be written meanwhile."""

    def hold_back(self) -> None:
        self.has_read, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def conversation(self, conversation_id: int) -> Conversation:
        conversation = await super().conversation(conversation_id)
        self.has_read.set()
        await self.may_go_on.wait()
        return conversation


@pytest.mark.parametrize("is_shown", [True, False], ids=["to be shown", "to be added to"])
def test_a_draft_that_is_written_while_its_chat_is_read_is_not_lost(run: RunScenario, is_shown: bool) -> None:
    async def scenario() -> None:
        history = await LateHistory.open()
        chat_id = (await history.begin_turn(None, "hello", model_id="m")).conversation.id
        history.hold_back()
        controller = HistoryController(history)
        shown: list[str | None] = []
        controller.opened.connect(lambda chat: shown.append(controller.draft_of(chat.id) or chat.summary.draft))
        if is_shown:
            controller.open(chat_id)
        else:
            controller.add_to_draft(chat_id, "a prompt that comes back", ())
        await history.has_read.wait()
        controller.save_draft(chat_id, "typed")
        await eventually(lambda: controller.draft_of(chat_id) is None)  # it is on disk
        history.may_go_on.set()
        if is_shown:
            await eventually(lambda: shown)
            assert shown == ["typed"]
        await controller.close()
        draft = (await history.conversation(chat_id)).summary.draft
        assert draft == ("typed" if is_shown else "a prompt that comes back\n\ntyped")
        await history.close()

    run(scenario())


def test_of_chats_that_are_deleted_together_is_told_once(run: RunScenario, qapp: object) -> None:
    """Fifty thousand are told of within a frame, too."""

    async def scenario() -> None:
        history = await MemoryHistory.open()
        controller = HistoryController(history)
        told: list[object] = []
        controller.gone.connect(told.append)
        controller.tell_gone((3, 4, 5))
        assert told == [(3, 4, 5)]
        await controller.close()
        await history.close()

    run(scenario())
