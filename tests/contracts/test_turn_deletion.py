"""A turn out of the middle of a conversation: what stays, and that the undo puts every row back as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from qwen_desktop.core.storage.conversations import History, MemoryHistory
from qwen_desktop.core.storage.turn_deletion import delete_turn, undelete_turn
from tests.contracts.test_history_tree import end, texts, two_turns


@pytest.fixture(params=[History, MemoryHistory])
async def history(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[History]:
    history = await request.param.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


async def rows(history: History) -> list[tuple[object, ...]]:
    """Everything there is, as it is."""

    def read(db: sqlite3.Connection) -> list[tuple[object, ...]]:
        found = [tuple(row) for row in db.execute("SELECT * FROM message ORDER BY id")]
        return found + [tuple(row) for row in db.execute("SELECT * FROM conversation ORDER BY id")]

    return await history.read_beside(read)


async def test_the_turns_after_it_stay_and_the_undo_is_exact(history: History) -> None:
    first, second = await two_turns(history)
    await end(history, await history.begin_turn(first.conversation.id, "three", model_id="m"), "3")
    before = await rows(history)
    deleted = await delete_turn(history, second.prompt.id)
    assert texts(deleted.conversation) == ["one", "1", "three", "3"]
    assert deleted.ids == {second.prompt.id, second.reply.id}
    assert texts(await undelete_turn(history, deleted)) == ["one", "1", "two", "2", "three", "3"]
    assert await rows(history) == before


async def test_the_first_and_the_last_turn(history: History) -> None:
    first, second = await two_turns(history)
    before = await rows(history)
    for prompt_id, left in ((first.prompt.id, ["two", "2"]), (second.prompt.id, ["one", "1"])):
        deleted = await delete_turn(history, prompt_id)
        assert texts(deleted.conversation) == left
        await undelete_turn(history, deleted)
        assert await rows(history) == before


async def test_every_version_of_the_reply_goes_and_what_followed_each_stays(history: History) -> None:
    first, second = await two_turns(history)
    other = await end(history, await history.begin_reply(second.prompt.id, model_id="m"), "2b")
    await end(history, await history.begin_turn(first.conversation.id, "three b", model_id="m"), "3b")
    await history.select_path(second.reply.id)
    third = await end(history, await history.begin_turn(first.conversation.id, "three", model_id="m"), "3")
    edited = await end(history, await history.begin_edit(third.prompt.id, "three c", model_id="m"), "3c")
    before = await rows(history)
    deleted = await delete_turn(history, second.prompt.id)
    assert deleted.ids == {second.prompt.id, second.reply.id, other.reply.id}
    assert texts(deleted.conversation) == ["one", "1", "three c", "3c"]
    versions = [one.text for one in await history.siblings(edited.prompt.id)]
    assert sorted(versions) == ["three", "three b", "three c"]
    assert texts(await undelete_turn(history, deleted)) == ["one", "1", "two", "2", "three c", "3c"]
    assert await rows(history) == before


async def test_what_was_written_since_is_still_there_after_the_undo(history: History) -> None:
    first, second = await two_turns(history)
    third = await end(history, await history.begin_turn(first.conversation.id, "three", model_id="m"), "3")
    deleted = await delete_turn(history, second.prompt.id)
    await end(history, await history.begin_edit(third.prompt.id, "drei", model_id="m"), "III")
    await history.select_path(third.prompt.id)
    await end(history, await history.begin_turn(first.conversation.id, "four", model_id="m"), "4")
    brought_back = await undelete_turn(history, deleted)
    assert texts(brought_back) == ["one", "1", "two", "2", "three", "3", "four", "4"]
    assert sorted(one.text for one in await history.siblings(second.prompt.id)) == ["drei", "two"]


async def test_a_reply_or_a_deleted_prompt_is_no_turn(history: History) -> None:
    first, second = await two_turns(history)
    await history.delete_message(second.prompt.id)
    before = await rows(history)
    for message_id in (first.reply.id, second.prompt.id, 999):
        with pytest.raises(LookupError):
            await delete_turn(history, message_id)
    assert await rows(history) == before


async def test_two_turns_beside_each_other_come_back_in_any_order(history: History) -> None:
    first, second = await two_turns(history)
    third = await end(history, await history.begin_turn(first.conversation.id, "three", model_id="m"), "3")
    one = await delete_turn(history, second.prompt.id)
    two = await delete_turn(history, third.prompt.id)
    await undelete_turn(history, one)
    back = await undelete_turn(history, two)
    assert texts(back) == ["one", "1", "two", "2", "three", "3"]


async def test_a_prompt_that_follows_a_prompt_stays(history: History) -> None:
    """As an import may have it."""
    first, second = await two_turns(history)

    def hang(db: sqlite3.Connection) -> None:
        ids = first.prompt.id, second.prompt.id
        db.execute("UPDATE message SET parent_id = ?, sibling_index = 1 WHERE id = ?", ids)

    await history.write_beside(hang)
    before = await rows(history)
    deleted = await delete_turn(history, first.prompt.id)
    assert texts(deleted.conversation) == ["two", "2"]
    await undelete_turn(history, deleted)
    assert await rows(history) == before
