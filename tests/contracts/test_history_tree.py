"""Versions of prompts and replies, and deleting messages: what a history promises, on the file and in memory alike."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.conversation import Conversation
from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.core.storage import tree, turn_deletion
from qwen_desktop.core.storage.conversations import History, MemoryHistory, StartedTurn
from tests.listing import searched


@pytest.fixture(params=[History, MemoryHistory])
async def history(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[History]:
    history = await request.param.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


async def end(history: History, started: StartedTurn, text: str) -> StartedTurn:
    await history.journal(started.reply).finish(replace(started.reply, text=text, status=MessageStatus.COMPLETE))
    return started


async def two_turns(history: History) -> tuple[StartedTurn, StartedTurn]:
    first = await end(history, await history.begin_turn(None, "one", model_id="m"), "1")
    second = await end(history, await history.begin_turn(first.conversation.id, "two", model_id="m"), "2")
    return first, second


def texts(conversation: Conversation) -> list[str]:
    return [message.text for message in conversation.messages]


async def test_an_edited_prompt_stands_beside_the_first_and_overwrites_nothing(history: History) -> None:
    first, _ = await two_turns(history)
    edited = await end(history, await history.begin_edit(first.prompt.id, "uno", model_id="m"), "eins")
    assert (edited.prompt.parent_id, edited.prompt.sibling_index, edited.prompt.sibling_count) == (None, 1, 2)
    assert (edited.reply.sibling_index, edited.reply.sibling_count) == (0, 1)
    assert edited.path == (edited.prompt,)
    assert texts(await history.conversation(first.conversation.id)) == ["uno", "eins"]
    assert texts(await history.select_path(first.prompt.id)) == ["one", "1", "two", "2"]
    assert texts(await history.select_path(edited.prompt.id)) == ["uno", "eins"]


async def test_an_edit_of_a_later_prompt_keeps_what_comes_before(history: History) -> None:
    first, second = await two_turns(history)
    edited = await history.begin_edit(second.prompt.id, "due", model_id="m")
    assert [message.text for message in edited.path] == ["one", "1", "due"]
    assert edited.prompt.parent_id == first.reply.id


async def test_only_a_prompt_can_be_edited(history: History) -> None:
    first, _ = await two_turns(history)
    with pytest.raises(ValueError, match="no prompt"):
        await history.begin_edit(first.reply.id, "x", model_id="m")
    assert texts(await history.conversation(first.conversation.id)) == ["one", "1", "two", "2"]


async def test_a_cancelled_edit_leaves_no_running_turn(history: History) -> None:
    first, _ = await two_turns(history)
    task = asyncio.create_task(history.begin_edit(first.prompt.id, "uno", model_id="m"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for prompt in await history.siblings(first.prompt.id):
        shown = await history.select_path(prompt.id)
        assert not any(message.status.is_running for message in shown.messages)


async def test_deleting_the_last_reply_ends_the_path_at_its_prompt_and_comes_back(history: History) -> None:
    first, second = await two_turns(history)
    deleted = await history.delete_message(second.reply.id)
    assert texts(deleted.conversation) == ["one", "1", "two"]
    assert deleted.ids == {second.reply.id}
    assert deleted.conversation == await history.conversation(first.conversation.id)
    assert texts(await history.undelete_message(second.reply.id)) == ["one", "1", "two", "2"]


async def test_what_hangs_below_a_deleted_message_goes_with_it(history: History) -> None:
    first, second = await two_turns(history)
    deleted = await history.delete_message(first.reply.id)
    assert texts(deleted.conversation) == ["one"]
    assert deleted.ids == {first.reply.id, second.prompt.id, second.reply.id}
    assert await searched(history, "two") == []
    assert texts(await history.undelete_message(first.reply.id)) == ["one", "1", "two", "2"]
    assert len(await searched(history, "two")) == 1


async def test_the_first_prompt_can_be_deleted_and_the_next_turn_begins_anew(history: History) -> None:
    first, _ = await two_turns(history)
    assert (await history.delete_message(first.prompt.id)).conversation.messages == ()
    anew = await end(history, await history.begin_turn(first.conversation.id, "three", model_id="m"), "3")
    assert (anew.prompt.parent_id, anew.prompt.sibling_index, anew.prompt.sibling_count) == (None, 0, 1)
    shown = await history.undelete_message(first.prompt.id)
    assert texts(shown) == ["one", "1", "two", "2"]
    assert (shown.messages[0].sibling_index, shown.messages[0].sibling_count) == (0, 2)


@pytest.mark.parametrize(("gone", "left"), [(0, "b"), (1, "a"), (2, "b")])
async def test_the_path_moves_to_the_nearest_version_that_is_left(history: History, gone: int, left: str) -> None:
    first = await end(history, await history.begin_turn(None, "one", model_id="m"), "a")
    versions = [first.reply]
    for text in ("b", "c"):
        other = await end(history, await history.begin_reply(first.prompt.id, model_id="m"), text)
        versions.append(other.reply)
    await history.select_path(versions[gone].id)
    shown = (await history.delete_message(versions[gone].id)).conversation
    assert texts(shown) == ["one", left]
    assert shown.messages[1].sibling_count == 2
    assert [message.sibling_index for message in await history.siblings(shown.messages[1].id)] == [0, 1]


async def test_deleting_another_branch_leaves_the_path_where_it_is(history: History) -> None:
    first, _ = await two_turns(history)
    await end(history, await history.begin_edit(first.prompt.id, "uno", model_id="m"), "eins")
    shown = (await history.delete_message(first.prompt.id)).conversation
    assert texts(shown) == ["uno", "eins"]
    assert (shown.messages[0].sibling_index, shown.messages[0].sibling_count) == (0, 1)


async def test_undo_shows_the_version_that_was_shown_and_not_what_was_deleted_before(history: History) -> None:
    first = await end(history, await history.begin_turn(None, "one", model_id="m"), "a")
    second = await end(history, await history.begin_reply(first.prompt.id, model_id="m"), "b")
    third = await end(history, await history.begin_reply(first.prompt.id, model_id="m"), "c")
    await history.delete_message(second.reply.id)
    await history.select_path(first.reply.id)
    await history.delete_message(first.prompt.id)
    shown = await history.undelete_message(first.prompt.id, leaf_id=first.reply.id)
    assert texts(shown) == ["one", "a"]
    assert [message.id for message in await history.siblings(first.reply.id)] == [first.reply.id, third.reply.id]
    await history.delete_message(first.prompt.id)
    strange = await history.undelete_message(first.prompt.id, leaf_id=second.reply.id)
    assert texts(strange) == ["one", "c"]


async def test_a_deleted_message_is_not_there_for_what_would_build_on_it(history: History) -> None:
    first, second = await two_turns(history)
    await history.delete_message(first.prompt.id)
    for attempt in (
        history.begin_edit(second.prompt.id, "x", model_id="m"),
        history.begin_reply(second.prompt.id, model_id="m"),
        history.select_path(second.reply.id),
        history.delete_message(second.reply.id),
        history.undelete_message(second.reply.id),
        history.delete_message(77),
        history.undelete_message(77),
    ):
        with pytest.raises(LookupError):
            await attempt
    assert (await history.conversation(first.conversation.id)).messages == ()


async def test_a_running_reply_that_is_deleted_keeps_its_text(history: History) -> None:
    started = await history.begin_turn(None, "one", model_id="m")
    journal = history.journal(started.reply)
    await journal.append([("text", "half")])
    await history.delete_message(started.reply.id)
    await journal.finish(replace(started.reply, text="half a word", status=MessageStatus.STOPPED))
    assert texts(await history.conversation(started.conversation.id)) == ["one"]
    shown = await history.undelete_message(started.reply.id)
    assert (shown.messages[1].text, shown.messages[1].status) == ("half a word", MessageStatus.STOPPED)


async def test_edits_and_deletions_of_two_windows_meet_in_one_tree(tmp_path: Path) -> None:
    one = await History.open(tmp_path / "history.sqlite3")
    other = await History.open(tmp_path / "history.sqlite3")
    first, _ = await two_turns(one)
    edits = await asyncio.gather(
        *(window.begin_edit(first.prompt.id, f"edit {n}", model_id="m") for n, window in enumerate([one, other] * 3))
    )
    assert sorted(edit.prompt.sibling_index for edit in edits) == [1, 2, 3, 4, 5, 6]
    await other.delete_message(first.prompt.id)
    with pytest.raises(LookupError):
        await one.begin_edit(first.prompt.id, "late", model_id="m")
    assert len(await one.siblings(edits[0].prompt.id)) == 6
    assert texts(await one.undelete_message(first.prompt.id)) == ["one", "1", "two", "2"]
    assert texts(await other.conversation(first.conversation.id)) == ["one", "1", "two", "2"]
    for window, edit in zip([one, other] * 3, edits, strict=True):
        await end(window, edit, "done")
    await one.close()
    await other.close()


PICTURE = Attachment("ab" * 32, "image/png", 70, 2, 1, "photo.png")


async def test_pictures_stay_with_their_prompt_and_with_its_edits(history: History) -> None:
    started = await end(history, await history.begin_turn(None, "one", model_id="m", attachments=(PICTURE,)), "1")
    assert started.prompt.attachments == (PICTURE,)
    edited = await end(history, await history.begin_edit(started.prompt.id, "uno", model_id="m"), "eins")
    assert edited.prompt.attachments == (PICTURE,)
    without = await history.begin_edit(started.prompt.id, "due", model_id="m", attachments=())
    assert without.prompt.attachments == ()


async def test_pictures_of_a_draft_are_kept_until_it_is_sent(history: History) -> None:
    first, _ = await two_turns(history)
    await history.save_draft(first.conversation.id, "see", (PICTURE,))
    await history.save_draft(first.conversation.id, "see here")
    summary = (await history.conversation(first.conversation.id)).summary
    assert (summary.draft, summary.draft_attachments) == ("see here", (PICTURE,))
    started = await history.begin_turn(first.conversation.id, "see here", model_id="m", attachments=(PICTURE,))
    assert (started.conversation.draft, started.conversation.draft_attachments) == ("", ())


async def test_a_turn_is_left_out_and_comes_back(history: History) -> None:
    first, second = await two_turns(history)
    await history.set_left_out(first.prompt.id, True)
    assert [one.is_left_out for one in (await history.conversation(first.conversation.id)).messages] == [
        True, False, False, False,
    ]  # fmt: skip
    await history.set_left_out(first.prompt.id, False)
    assert not any(one.is_left_out for one in (await history.conversation(first.conversation.id)).messages)
    with pytest.raises(LookupError):
        await history.set_left_out(second.reply.id, True)


@pytest.mark.parametrize("seed", range(6))
async def test_a_turn_begins_with_the_path_as_it_is_whatever_was_done_before(history: History, seed: int) -> None:
    """It is not read anew each time; nothing may be older in it than in the history."""
    chance = random.Random(seed)
    first, _ = await two_turns(history)
    place, other = first.conversation.id, (await two_turns(history))[0].conversation.id
    for number in range(60):
        where = chance.choice([place, place, place, other])
        if chance.random() < 0.3:
            await history.conversation(where)
        shown = await history.path_to(where)
        prompts = [one for one in shown if one.role is Role.USER]
        one = chance.choice(prompts or shown)
        match chance.randrange(9):
            case 0 if len(prompts) > 1:
                started = await history.begin_edit(one.id, f"edit {number}", model_id="m")
            case 1:
                started = await history.begin_reply(one.id, model_id="m")
            case 2:
                started = await history.begin_continuation(shown[-1].id)
            case _:
                started = await history.begin_turn(where, f"prompt {number}", model_id="m")
        assert started.path == await _path_of(history, started.prompt.id)
        await end(history, started, f"reply {number}" + "." * chance.randrange(3))
        match chance.randrange(7):
            case 6:
                await history.path_to(where)
                await end(history, started, f"more to say {number}")
            case 0:
                await history.set_left_out(one.id, not one.is_left_out)
            case 1 if one.parent_id is not None:
                await history.delete_message(one.id)
                if chance.random() < 0.5:
                    await history.undelete_message(one.id)
            case 2 if one.parent_id is not None:
                await turn_deletion.delete_turn(history, one.id)
            case 3:
                await history.select_path(one.id)


async def _path_of(history: History, message_id: int) -> tuple[Message, ...]:
    return await history.read_beside(lambda db: tree.read_path(db, message_id))
