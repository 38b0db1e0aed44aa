"""A new conversation from a message on: what it has, what it leaves with the original, and what it costs."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Cost, MessageStatus, Usage
from qwen_desktop.core.storage import branching
from qwen_desktop.core.storage.conversations import History, MemoryHistory
from tests.contracts.test_history_tree import end, texts, two_turns
from tests.listing import listed, searched
from tests.yardstick import Busy

PICTURE = Attachment("0" * 64, "image/png", 3, 1, 1, "a.png")


@pytest.fixture(params=[History, MemoryHistory])
async def history(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[History]:
    history = await request.param.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


async def test_the_path_up_to_there_is_copied_and_the_original_stays(history: History) -> None:
    first, second = await two_turns(history)
    await history.set_folder(first.conversation.id, "work")
    await history.set_system_prompt(first.conversation.id, "be brief")
    await history.set_pinned(first.conversation.id, True)
    await history.save_draft(first.conversation.id, "typed")
    await history.set_left_out(first.prompt.id, True)
    before = await history.conversation(first.conversation.id)
    made = await history.branch_off(second.prompt.id)
    assert made.id != first.conversation.id
    assert texts(made) == ["one", "1", "two"]
    assert made.summary.title == "one (copy)"
    assert (made.summary.folder, made.system_prompt, made.summary.draft) == ("work", "be brief", "")
    assert not made.summary.is_pinned
    assert [one.is_left_out for one in made.messages] == [True, False, False]
    assert [one.created_at for one in made.messages] == [one.created_at for one in before.messages[:3]]
    assert await history.conversation(first.conversation.id) == before
    gone_on = await end(history, await history.begin_turn(made.id, "three", model_id="m"), "3")
    assert [one.text for one in gone_on.path] == ["one", "1", "two", "three"]
    assert texts(await history.conversation(first.conversation.id)) == ["one", "1", "two", "2"]
    assert [found.id for found in await searched(history, "three")] == [made.id]
    assert {found.id for found in await searched(history, "two")} == {made.id, first.conversation.id}


async def test_another_branch_than_the_current_one(history: History) -> None:
    first, _ = await two_turns(history)
    await end(history, await history.begin_edit(first.prompt.id, "uno", model_id="m"), "eins")
    made = await history.branch_off(first.reply.id)
    assert texts(made) == ["one", "1"]
    assert {one.sibling_count for one in made.messages} == {1}


async def test_what_was_paid_is_counted_once(history: History) -> None:
    started = await history.begin_turn(None, "look", model_id="m", attachments=(PICTURE,))
    cost = Cost(Decimal("0.25"), "CNY", date(2026, 1, 1))
    paid = replace(
        started.reply, text="seen", status=MessageStatus.COMPLETE, usage=Usage(10, 20, 30), cost=cost, request_id="r"
    )
    await history.journal(started.reply).finish(paid)
    months, sums = await history.months(), await history.sums_of(started.conversation.id)
    made = await history.branch_off(started.reply.id)
    assert await history.months() == months
    assert await history.sums_of(started.conversation.id) == sums
    copied = await history.sums_of(made.id)
    assert (copied.replies, copied.amounts) == (0, {})
    assert (made.messages[1].usage, made.messages[1].cost, made.messages[1].request_id) == (None, None, "r")
    assert made.messages[0].attachments == (PICTURE,)
    assert await history.sent_for(made.messages[1].id) == ((), {})


async def test_a_running_reply_is_copied_as_far_as_it_came(history: History) -> None:
    started = await history.begin_turn(None, "go", model_id="m")
    journal = history.journal(started.reply)
    await journal.append([("text", "half")])
    made = await history.branch_off(started.reply.id)
    assert made.messages[1].status is MessageStatus.INTERRUPTED
    assert made.messages[1].text == "half"
    await end(history, started, "half and whole")
    assert texts(await history.conversation(made.id)) == ["go", "half"]


async def test_a_deleted_message_or_none_is_no_place_to_begin(history: History) -> None:
    first, second = await two_turns(history)
    await history.delete_message(second.prompt.id)
    for message_id in (second.reply.id, 999):
        with pytest.raises(LookupError):
            await history.branch_off(message_id)
    assert len(await listed(history)) == 1
    assert texts(await history.conversation(first.conversation.id)) == ["one", "1"]


async def test_every_column_is_copied_or_left_for_a_reason(history: History) -> None:
    rows = await history.read_beside(lambda db: db.execute("PRAGMA table_info(message)").fetchall())
    named = [name.strip() for part in (branching.COPIED, branching.NOT_COPIED) for name in part.split(",")]
    assert sorted(named) == sorted(row["name"] for row in rows)


async def test_ten_thousand_messages_leave_room_for_journals_between(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "long.sqlite3")
    started = await end(history, await history.begin_turn(None, "first", model_id="m"), "1")

    def fill(db: sqlite3.Connection) -> int:
        db.execute("BEGIN")
        last = started.reply.id
        place = started.conversation.id
        rows = [(last + n, last + n - 1, place, "user" if n % 2 else "assistant") for n in range(1, 9999)]
        db.executemany(
            "INSERT INTO message (id, parent_id, conversation_id, role, sibling_index, text, reasoning, status,"
            " created_at, is_demo) VALUES (?, ?, ?, ?, 0, printf('%.*c', 400, 'x'), '', 'complete',"
            " '2026-01-01T00:00:00.000000+00:00', 0)",
            rows,
        )
        db.execute("COMMIT")
        return int(rows[-1][0])

    leaf = await history.write_beside(fill)
    waited_s, busy = [], Busy()
    task = asyncio.create_task(branching.branch_off(history, leaf))
    while not task.done():  # as a journal would, all the while
        began = time.perf_counter()
        await history.write_beside(lambda db: None)
        waited_s.append(time.perf_counter() - began)
        copies = [one.id for one in await listed(history) if one.id != started.conversation.id]
        for one in copies:
            assert len((await history.conversation(one)).messages) == 10_000  # nothing half in the list
    busy_s = busy.seconds() / len(waited_s)
    made = await task
    assert len((await history.conversation(made)).messages) == 10_000
    assert [one.id for one in await listed(history)] == [made, started.conversation.id]
    await history.close()
    assert len(waited_s) > 5
    assert sorted(waited_s)[len(waited_s) // 2] < 0.1 + busy_s, waited_s
