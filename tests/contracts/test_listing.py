"""The list of chats as a history gives it: every chat once, in its order, under its heading, against plain Python."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from qwen_desktop.core.chat.chat_list import ListedChat
from qwen_desktop.core.chat.conversation import ConversationSummary
from qwen_desktop.core.storage.conversations import History, MemoryHistory
from qwen_desktop.core.storage.rows import stored_time
from tests.listing import listed, listing_of


@pytest.fixture(params=[History, MemoryHistory])
async def history(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[History]:
    history = await request.param.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


async def fill(history: History, count: int) -> None:
    """Pinned, foldered, tagged and deleted ones, from tomorrow to years ago, some at the same moment."""
    one = random.Random(7)
    now = datetime.now().astimezone()
    for number in range(count):
        made = await history.create_conversation(title=f"chat {number}", model_id=None)
        ago = timedelta(hours=one.choice([-30, 0, 0, 20, 30, 100, 170, 190, 800, 9_000, one.randrange(20_000)]))
        values = stored_time(now - ago), made.id
        await history.write_beside(
            lambda db, values=values: db.execute("UPDATE conversation SET updated_at = ? WHERE id = ?", values)  # type: ignore[misc]
        )
        if one.random() < 0.2:
            await history.set_pinned(made.id, True)
        if one.random() < 0.4:
            await history.set_folder(made.id, one.choice(["work", "Home", "旅行", "home"]))
        if one.random() < 0.2:
            await history.set_tags(made.id, ("a", "b"))
        if one.random() < 0.1:
            await history.delete(made.id)


async def summaries_of(history: History) -> list[ConversationSummary]:
    """Of all chats that are not deleted, each read by itself."""
    rows = await history.read_beside(
        lambda db: db.execute("SELECT id FROM conversation WHERE deleted_at IS NULL").fetchall()
    )
    return [(await history.conversation(row["id"])).summary for row in rows]


async def test_the_listing_is_what_plain_python_makes_of_all_chats(history: History) -> None:
    await fill(history, 150)
    summaries = await summaries_of(history)
    wanted = listing_of(summaries)
    found = await history.listing([one.id for one in summaries])
    assert found.order == wanted.order
    assert sorted(found.order.ids()) == sorted(one.id for one in summaries)
    assert {chat.id: chat for chat in found.chats} == {chat.id: chat for chat in wanted.chats}


async def test_an_empty_history_and_one_chat(history: History) -> None:
    assert len((await history.listing()).order) == 0
    made = await history.create_conversation(title="x", model_id=None)
    (chat,) = (await history.listing()).chats
    assert chat == ListedChat.of(made.summary)


async def test_titles_come_for_the_newest_and_for_those_asked_for(history: History) -> None:
    ids = [(await history.create_conversation(title=str(n), model_id=None)).id for n in range(60)]
    await history.delete(ids[1])
    found = await history.listing([ids[0], ids[1], 999])
    assert {chat.id for chat in found.chats} == {ids[0], *ids[20:]}
    assert [chat.title for chat in await history.chats([ids[3], ids[1]])] == ["3"]


async def test_a_chat_that_is_written_to_goes_where_the_history_puts_it(history: History) -> None:
    await fill(history, 60)
    order = (await history.listing()).order
    today = datetime.now().astimezone().date()
    for chat in await listed(history):
        if chat.updated_at > datetime.now().astimezone():
            continue  # a clock that was wrong: it stays above
        started = await history.begin_turn(chat.id, "x", model_id="m")
        moved = replace(chat, updated_at=started.conversation.updated_at)
        order = order.with_newest(moved, today)
        found = (await history.listing()).order
        late = {one.id for one in await listed(history) if one.updated_at > datetime.now().astimezone()}
        assert [one for one in order.ids() if one not in late] == [one for one in found.ids() if one not in late]
        assert order.pinned_ids() == found.pinned_ids()
        assert [(one.folder, one.day) for one in order.sections] == [(one.folder, one.day) for one in found.sections]
