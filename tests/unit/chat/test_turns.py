"""All turns of a process on a real history: closing, several at once, and what comes while something else begins."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.chat.turn import MessagesLeftOut, TurnEnded, TurnEvent
from qwen_desktop.core.chat.turns import Asking, StartedTurnLike, Turns
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.storage.conversations import History
from tests.conftest import eventually
from tests.faults.outcome import network, provider_of
from tests.faults.server import FaultServer


class Desk:
    """Turns against a fault server, and everything they told."""

    def __init__(self, history: History, base_url: str, **provider_options: object) -> None:
        self.transport = Transport(network(first_event_timeout_s=20.0))
        self.asking = Asking(provider_of("native", self.transport, base_url, **provider_options), "qwen-plus")
        self.bugs: list[BaseException] = []
        self.events: list[tuple[int, TurnEvent]] = []
        self.turns = Turns(history, listener=self._hear, on_bug=self.bugs.append)

    def _hear(self, started: StartedTurnLike, event: TurnEvent) -> None:
        self.events.append((started.conversation.id, event))

    @property
    def ended(self) -> list[MessageStatus]:
        return [event.reply.status for _, event in self.events if isinstance(event, TurnEnded)]


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    history = await History.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


def stored(path: Path) -> list[str]:
    with sqlite3.connect(path) as db:
        found = [row[0] for row in db.execute("SELECT status FROM message WHERE role = 'assistant' ORDER BY id")]
    db.close()
    return found


async def test_what_does_not_go_along_is_told_before_anything_else(history: History) -> None:
    async with asyncio.timeout(20), FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        first = await desk.turns.send("old " * 200, desk.asking, conversation_id=None)
        await eventually(lambda: len(desk.ended) == 1)
        narrow = replace(desk.asking, max_input_tokens=150)
        await desk.turns.send("now", narrow, conversation_id=first.conversation.id)
        await eventually(lambda: len(desk.ended) == 2)
        second = [event for _, event in desk.events][[type(event) for _, event in desk.events].index(TurnEnded) + 1 :]
        assert second[0] == MessagesLeftOut((first.prompt.id, first.reply.id))
        assert sum(isinstance(event, MessagesLeftOut) for _, event in desk.events) == 1
        sent = json.loads(server.requests[1].body)["input"]["messages"]
        assert [message["content"] for message in sent] == ["now"]
        await desk.turns.close()
        await desk.transport.aclose()


@pytest.mark.parametrize("is_new", [True, False])
async def test_closing_waits_for_a_turn_that_is_just_being_written_down(
    history: History, tmp_path: Path, is_new: bool
) -> None:
    async with asyncio.timeout(20), FaultServer("no-response") as server:
        desk = Desk(history, server.base_url)
        conversation_id = None if is_new else (await history.create_conversation(title="t", model_id=None)).id
        sending = asyncio.ensure_future(desk.turns.send("hello", desk.asking, conversation_id=conversation_id))
        await asyncio.sleep(0)  # it has begun, and is not on disk yet
        await desk.turns.close()
        assert sending.done()
        assert desk.ended == [MessageStatus.STOPPED]
        await history.close()
        assert desk.bugs == []
        assert server.posts == 0
        await desk.transport.aclose()
    assert stored(tmp_path / "history.sqlite3") == ["stopped"]


async def test_after_closing_nothing_is_written_down_nor_asked(history: History, tmp_path: Path) -> None:
    async with asyncio.timeout(20), FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        await desk.turns.close()
        with pytest.raises(StorageUnavailable):
            await desk.turns.send("hello", desk.asking, conversation_id=None)
        assert server.posts == 0
        await desk.transport.aclose()
    assert stored(tmp_path / "history.sqlite3") == []


async def test_closing_outlives_a_start_that_fails(history: History) -> None:
    async with asyncio.timeout(20), FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        sending = asyncio.ensure_future(desk.turns.send("hello", desk.asking, conversation_id=4711))
        await asyncio.sleep(0)
        await desk.turns.close()
        with pytest.raises(LookupError):
            await sending
        await desk.transport.aclose()


async def test_many_conversations_at_once_keep_apart_and_stop_alone(history: History) -> None:
    async with asyncio.timeout(30), FaultServer("stall-midstream") as server:
        desk = Desk(history, server.base_url)
        starts = [desk.turns.send(f"prompt {n}", desk.asking, conversation_id=None) for n in range(8)]
        ids = [started.conversation.id for started in await asyncio.gather(*starts)]
        await eventually(lambda: all(desk.turns.running(place).snapshot().text for place in ids))  # type: ignore[union-attr]
        desk.turns.stop(ids[3])
        await eventually(lambda: len(desk.ended) == 1)
        assert desk.turns.running_ids == set(ids) - {ids[3]}
        await desk.turns.close()
        assert desk.ended == [MessageStatus.STOPPED] * 8
        assert server.posts == 8
        for place in ids:
            last = [event for told, event in desk.events if told == place][-1]
            assert isinstance(last, TurnEnded)
            assert (await history.conversation(place)).messages[-1].text == last.reply.text != ""
        assert desk.bugs == []
        await desk.transport.aclose()


async def test_one_conversation_has_one_turn_also_while_it_is_written_down(history: History) -> None:
    async with asyncio.timeout(20), FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        place = (await history.create_conversation(title="t", model_id=None)).id
        both = [desk.turns.send("hello", desk.asking, conversation_id=place) for _ in range(2)]
        results = await asyncio.gather(*both, return_exceptions=True)
        assert sum(isinstance(result, RuntimeError) for result in results) == 1
        await eventually(lambda: desk.ended == [MessageStatus.COMPLETE])
        assert server.posts == 1
        await desk.turns.close()
        await desk.transport.aclose()


async def test_a_turn_that_cannot_be_written_down_is_not_asked(history: History, tmp_path: Path) -> None:
    async with asyncio.timeout(20), FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        db = sqlite3.connect(tmp_path / "history.sqlite3", isolation_level=None)
        try:
            db.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageUnavailable):
                await desk.turns.send("hello", desk.asking, conversation_id=None)
        finally:
            db.execute("ROLLBACK")
            db.close()
        assert server.posts == 0
        await desk.turns.close()
        await desk.transport.aclose()


async def test_an_edited_prompt_is_asked_without_what_came_after_it_and_overwrites_nothing(
    history: History, tmp_path: Path
) -> None:
    async with asyncio.timeout(20), FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        first = await desk.turns.send("one", desk.asking, conversation_id=None)
        await eventually(lambda: len(desk.ended) == 1)
        edited = await desk.turns.edit(first.prompt.id, "uno", desk.asking, conversation_id=first.conversation.id)
        with pytest.raises(RuntimeError):
            await desk.turns.edit(first.prompt.id, "due", desk.asking, conversation_id=first.conversation.id)
        await eventually(lambda: len(desk.ended) == 2)
        assert [message.text for message in edited.path] == ["uno"]
        await desk.turns.close()
        with pytest.raises(StorageUnavailable):
            await desk.turns.edit(first.prompt.id, "tre", desk.asking, conversation_id=first.conversation.id)
        assert server.posts == 2
        assert desk.bugs == []
        await desk.transport.aclose()
    assert stored(tmp_path / "history.sqlite3") == ["complete", "complete"]
