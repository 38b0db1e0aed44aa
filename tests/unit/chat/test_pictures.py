"""Pictures in a conversation: which go along, what they count, and prompts that are refused before anything is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.cap import Cap
from qwen_desktop.core.chat.context import context_for
from qwen_desktop.core.chat.continuation import input_tokens
from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.core.chat.pictures import MOST_BYTES, MOST_PICTURES, check_pictures, picture_tokens
from qwen_desktop.core.chat.turn import PicturesLeftOut
from qwen_desktop.core.errors import MonthlyCapReached, RequestRefused
from qwen_desktop.core.images.prepare import PreparedImage
from qwen_desktop.core.providers.base import ReplyRequest
from qwen_desktop.core.storage.attachments import MemoryAttachmentStore
from qwen_desktop.core.storage.conversations import History
from tests.conftest import eventually
from tests.faults.server import FaultServer
from tests.listing import listed
from tests.unit.chat.test_cap_of_turns import PRICE
from tests.unit.chat.test_turns import Desk, history

__all__ = ["history"]

NOW = datetime(2026, 11, 26, tzinfo=UTC)
PICTURE = Attachment("a" * 64, "image/png", 1000, 320, 320)
OTHER = replace(PICTURE, digest="b" * 64)


def path(*turns: tuple[str, Sequence[Attachment]]) -> list[Message]:
    """Prompts with their pictures, each but the last answered; ids count from 1."""
    messages: list[Message] = []
    for text, attachments in turns:
        for role, words in ((Role.USER, text), (Role.ASSISTANT, "reply")):
            pictures = tuple(attachments) if role is Role.USER else ()
            number = len(messages) + 1
            messages.append(Message(number, 1, None, role, words, MessageStatus.COMPLETE, NOW, attachments=pictures))
    return messages[:-1]


def shown(messages: Sequence[Message], **options: bool) -> list[tuple[str, int]]:
    return [(one.text, len(one.attachments)) for one in context_for(messages, **options).messages]


def test_a_model_that_sees_gets_earlier_pictures_again() -> None:
    messages = path(("one", [PICTURE]), ("", [PICTURE, OTHER]), ("three", []))
    assert shown(messages) == [("one", 1), ("reply", 0), ("", 2), ("reply", 0), ("three", 0)]
    assert context_for(messages).without_pictures_ids == ()


def test_a_model_that_does_not_gets_the_words_and_that_is_told() -> None:
    messages = path(("one", [PICTURE]), ("", [PICTURE]), ("two", []), ("three", []))
    context = context_for(messages, sees_pictures=False)
    assert [(one.text, one.attachments) for one in context.messages] == [
        ("one", ()),
        ("reply", ()),
        ("two", ()),
        ("reply", ()),
        ("three", ()),
    ], "a prompt without words has nothing to say, and goes with its reply"
    assert context.without_pictures_ids == (1, 3)


def test_turns_that_the_user_left_out_are_not_told_again() -> None:
    messages = path(("one", [PICTURE]), ("two", []))
    messages[0] = replace(messages[0], is_left_out=True)
    assert context_for(messages, sees_pictures=False).without_pictures_ids == ()
    assert shown(messages) == [("two", 0)]


def test_pictures_count_as_input() -> None:
    assert picture_tokens([PICTURE]) == 10 * 10 + 2
    with_picture, without = (context_for(path(("p", pictures))) for pictures in ([PICTURE, OTHER], []))
    assert with_picture.estimated_tokens - without.estimated_tokens == 204
    earlier = context_for(path(("p", [PICTURE]), ("q", [])))
    assert earlier.estimated_tokens - context_for(path(("p", []), ("q", []))).estimated_tokens == 102
    requests = [ReplyRequest("m", one.messages) for one in (with_picture, without)]
    assert input_tokens(requests[0], "so far") - input_tokens(requests[1], "so far") == 204


def test_old_pictures_that_do_not_fit_go_with_their_turns() -> None:
    messages = path(("one", [PICTURE]), ("two", [OTHER]), ("three", []))
    context = context_for(messages, max_input_tokens=180)
    assert [one.text for one in context.messages] == ["two", "reply", "three"]
    assert context.left_out_ids == (1, 2)


@pytest.mark.parametrize("size_bytes", [1000, MOST_BYTES // 100])
def test_one_request_holds_so_many_and_no_more(size_bytes: int) -> None:
    many = [replace(PICTURE, size_bytes=size_bytes)] * 99
    context = context_for(path(("old", many), ("mid", many), ("new", many)))
    sent = sum(len(one.attachments) for one in context.messages)
    assert sent == (198 if size_bytes == 1000 else 99)
    assert context.left_out_ids == ((1, 2) if size_bytes == 1000 else (1, 2, 3, 4))


def test_a_prompt_with_too_many_is_refused() -> None:
    check_pictures([PICTURE] * MOST_PICTURES, sees_pictures=True)
    for too_many in ([PICTURE] * (MOST_PICTURES + 1), [replace(PICTURE, size_bytes=MOST_BYTES + 1)]):
        with pytest.raises(RequestRefused) as caught:
            check_pictures(too_many, sees_pictures=True)
        assert caught.value.reason == "too_many_pictures"


# --- turns


@pytest.mark.parametrize("way", ["new", "send", "retry", "edit", "edit with others", "continue"])
@pytest.mark.parametrize("sees", [True, False])
async def test_a_model_that_cannot_see_is_sent_nothing(history: History, way: str, sees: bool) -> None:
    async with FaultServer("burst") as server:
        store = MemoryAttachmentStore()
        picture = store.put(PreparedImage(b"\x89PNG", "image/png", 320, 320))
        desk = Desk(history, server.base_url, pictures=store.read)
        before = await history.begin_turn(None, "before", model_id="m", attachments=(picture,))
        reply = replace(before.reply, text="reply", status=MessageStatus.INTERRUPTED, ended_at=datetime.now(UTC))
        await history.journal(before.reply).finish(reply)
        place, turns = before.conversation.id, desk.turns
        asking = replace(desk.asking, sees_pictures=sees)
        going = {
            "new": lambda: turns.send("", asking, conversation_id=None, attachments=(picture,)),
            "send": lambda: turns.send("p", asking, conversation_id=place, attachments=(picture,)),
            "retry": lambda: turns.retry(before.prompt.id, asking, conversation_id=place),
            "edit": lambda: turns.edit(before.prompt.id, "p", asking, conversation_id=place),
            "edit with others": lambda: turns.edit(
                before.prompt.id, "p", asking, conversation_id=place, attachments=(picture, picture)
            ),
            "continue": lambda: turns.continue_reply(before.reply.id, asking, conversation_id=place),
        }[way]()
        if sees:
            await going
            await eventually(lambda: len(desk.ended) == 1)
            assert server.posts == 1
        else:
            with pytest.raises(RequestRefused) as caught:
                await going
            assert (caught.value.reason, server.posts) == ("no_vision", 0)
            assert len(await listed(history)) == 1
            assert [one.text for one in (await history.conversation(place)).messages] == ["before", "reply"]
            assert not turns.is_busy(place)
        await turns.close()
        await desk.transport.aclose()
        assert desk.bugs == []


async def test_a_picture_taken_out_in_an_edit_is_no_obstacle(history: History) -> None:
    async with FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        before = await history.begin_turn(None, "before", model_id="m", attachments=(PICTURE,))
        await history.journal(before.reply).finish(replace(before.reply, status=MessageStatus.FAILED))
        asking = replace(desk.asking, sees_pictures=False)
        await desk.turns.edit(before.prompt.id, "p", asking, conversation_id=before.conversation.id, attachments=())
        await eventually(lambda: len(desk.ended) == 1)
        assert server.posts == 1
        await desk.turns.close()
        await desk.transport.aclose()


async def test_earlier_pictures_that_stay_behind_are_told(history: History) -> None:
    async with FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        before = await history.begin_turn(None, "before", model_id="m", attachments=(PICTURE,))
        reply = replace(before.reply, text="reply", status=MessageStatus.COMPLETE, ended_at=datetime.now(UTC))
        await history.journal(before.reply).finish(reply)
        asking = replace(desk.asking, sees_pictures=False)
        await desk.turns.send("p", asking, conversation_id=before.conversation.id)
        await eventually(lambda: len(desk.ended) == 1)
        assert PicturesLeftOut((before.prompt.id,)) in [event for _, event in desk.events]
        await desk.turns.close()
        await desk.transport.aclose()


async def test_a_missing_picture_fails_the_turn_and_keeps_the_prompt(history: History) -> None:
    async with FaultServer("burst") as server:
        desk = Desk(history, server.base_url, pictures=MemoryAttachmentStore().read)
        started = await desk.turns.send("p", desk.asking, conversation_id=None, attachments=(PICTURE,))
        await eventually(lambda: len(desk.ended) == 1)
        prompt, reply = (await history.conversation(started.conversation.id)).messages
        assert (prompt.text, prompt.attachments) == ("p", (PICTURE,))
        assert reply.status is MessageStatus.FAILED
        assert reply.failure is not None
        assert (reply.failure.kind, reply.failure.reason) == ("StorageUnavailable", "attachment_missing")
        assert server.posts == 0
        await desk.turns.close()
        await desk.transport.aclose()
        assert desk.bugs == []


async def test_the_cap_counts_pictures(history: History) -> None:
    async with FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        many = (replace(PICTURE, width=1600, height=1600),) * 2
        asking = replace(desk.asking, price=PRICE, cap=Cap(Decimal(3), "CNY"))
        with pytest.raises(MonthlyCapReached):
            await desk.turns.send("", asking, conversation_id=None, attachments=many)
        assert server.posts == 0
        await desk.transport.aclose()
