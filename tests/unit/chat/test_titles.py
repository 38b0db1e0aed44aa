"""Titles by a model: what of an answer becomes one, and what asking for it does, costs and never does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from qwen_desktop.core.chat import titles
from qwen_desktop.core.chat.cap import Cap, Spent
from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.chat.price import Price, Step
from qwen_desktop.core.chat.titles import make_title, title_from_reply
from qwen_desktop.core.chat.turn import DeltaReceived, TurnEvent
from qwen_desktop.core.chat.turns import Asking
from qwen_desktop.core.errors import MonthlyCapReached
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import open_reader
from qwen_desktop.core.storage.titles import ModelTitles
from tests.conftest import eventually
from tests.faults.outcome import provider_of
from tests.faults.server import Connection, FaultServer
from tests.strict_service import TEXT, StrictService
from tests.unit.chat.test_turns import Desk, history

__all__ = ["history"]

PRICE = Price("CNY", (Step(Decimal(1_000), Decimal(1_000), Decimal(1_000), Decimal(1_000)),), None)
COST = Decimal("0.035")
"""Of 11 and 24 tokens."""


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ("Making tea", "Making tea"),
        ("  Making\ttea \n\nA line too many", "Making tea"),
        ('"Making tea"', "Making tea"),
        ("“Making tea.”", "Making tea"),
        ("Title: Making tea", "Making tea"),
        ("**Title:** *Making tea*", "Making tea"),
        ("# Making tea", "Making tea"),
        ("Here is a title:\nMaking tea", "Making tea"),
        ("标题：《怎样泡茶》", "怎样泡茶"),
        ("怎样泡茶。", "怎样泡茶"),
        ("Is tea good?", "Is tea good?"),
        ("\u202eaet gnikaM\u202c\u0007\u200b", "aet gnikaM"),
        ("Tea\x1b[31m and\u2028more", "Tea[31m and"),
        ("a" * 200, "a" * 59 + "…"),
        ("", ""),
        ("\u202e\u200b \n", ""),
        ("...", ""),
        ("I'm sorry, but I can't help with that.", ""),
        ("I cannot name this chat", ""),
        ("抱歉，我无法为这段对话命名", ""),
        ("<think>The user wants a title", ""),
        ("Sorry letters to customers", "Sorry letters to customers"),
    ],
)
def test_an_answer_becomes_one_plain_line(answer: str, title: str) -> None:
    assert title_from_reply(answer) == title


def test_no_answer_takes_long() -> None:
    assert title_from_reply("\n" * 10_000_000) == ""
    assert len(title_from_reply('"' * 1_000 + "a" * 10_000_000)) <= 60


def says(text: str) -> Callable[[Connection], Awaitable[None]]:
    """A service that answers everything with that."""

    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.chunks([connection.frames.text(text), connection.frames.finish()])
        await connection.end()

    return script


class Chat:
    """A chat with one finished reply, and the means to have it named."""

    def __init__(self, history: History, server: FaultServer) -> None:
        self.history, self.server = history, server
        self.desk = Desk(history, server.base_url)
        self.asking = replace(self.desk.asking, price=PRICE)
        self.kept = 0
        self.id = 0

    async def begin(self) -> None:
        started = await self.history.begin_turn(None, "How do I make tea?\nPlease.", model_id="qwen-plus")
        await self.finish(started.reply, "Boil water.")
        self.id = started.conversation.id

    async def finish(self, reply: Message, text: str) -> None:
        ended = replace(reply, text=text, status=MessageStatus.COMPLETE, ended_at=datetime.now(UTC))
        await self.history.journal(reply).finish(ended)

    async def name(self, asking: Asking | None = None) -> None:
        def note() -> None:
            self.kept += 1

        store = ModelTitles(self.history)
        await make_title(self.id, asking or self.asking, store, self.desk.turns.within_cap, note)

    async def title(self) -> str:
        return (await self.history.conversation(self.id)).summary.title

    def origin(self) -> str:
        assert self.history.path is not None
        db = open_reader(self.history.path)
        try:
            return str(db.execute("SELECT title_origin FROM conversation WHERE id = ?", (self.id,)).fetchone()[0])
        finally:
            db.close()

    async def close(self) -> None:
        await self.desk.turns.close()
        await self.desk.transport.aclose()
        assert self.desk.bugs == []


@pytest.fixture
async def chat(history: History) -> AsyncIterator[Callable[[FaultServer], Awaitable[Chat]]]:
    made: list[Chat] = []

    async def make(server: FaultServer) -> Chat:
        made.append(Chat(history, server))
        await made[0].begin()
        return made[0]

    yield make
    for one in made:
        await one.close()


MakeChat = Callable[[FaultServer], Awaitable[Chat]]


async def test_the_answer_is_the_title_and_its_cost_counts_once(chat: MakeChat) -> None:
    async with FaultServer(says("“Making tea”")) as server:
        one = await chat(server)
        before = await one.history.conversation(one.id)
        await one.name()
        assert (await one.title(), one.origin(), one.kept, server.posts) == ("Making tea", "model", 1, 1)
        sums = await one.history.sums_of(one.id)
        assert (sums.replies, sums.titles, sums.amounts) == (1, 1, {"CNY": COST})
        assert await one.history.spent_since(datetime(2026, 1, 1, tzinfo=UTC)) == Spent({"CNY": COST}, 1)
        after = await one.history.conversation(one.id)
        assert after.messages == before.messages  # it is on no path, and beside no message
        assert after.summary == replace(before.summary, title="Making tea")
        await one.name()  # it has one
        assert (one.kept, server.posts) == (1, 1)


async def test_what_leaves_is_small_and_says_not_to_think(chat: MakeChat) -> None:
    async with FaultServer(says("Tea")) as server:
        one = await chat(server)
        started = await one.history.begin_turn(None, "p" * 50_000, model_id="qwen-plus")
        await one.finish(started.reply, "r" * 50_000)
        one.id = started.conversation.id
        await one.name()
        (request,) = server.requests
        body = json.loads(request.body)
        assert body["parameters"]["enable_thinking"] is False
        assert body["parameters"]["max_tokens"] == 48
        system, prompt = (message["content"] for message in body["input"]["messages"])
        assert (prompt.count("p" * 1_000), prompt.count("r" * 500)) == (1, 1)
        assert len(system + prompt) < 2_200


@pytest.mark.parametrize("answer", ["I'm sorry, I can't do that.", " ", "\u202e"])
async def test_what_is_no_title_costs_and_changes_nothing_else(chat: MakeChat, answer: str) -> None:
    async with FaultServer(says(answer)) as server:
        one = await chat(server)
        await one.name()
        assert (await one.title(), one.origin()) == ("How do I make tea?", "app")
        assert (await one.history.sums_of(one.id)).amounts == {"CNY": COST}
        await one.name()  # was paid for once, is not asked again
        assert server.posts == 1


async def test_a_name_of_the_user_stays(chat: MakeChat) -> None:
    """Given while the model writes: before and after the answer there is one name only."""
    may_answer = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.chunk(connection.frames.text("Making "))
        await may_answer.wait()
        await connection.chunks([connection.frames.text("tea"), connection.frames.finish()])
        await connection.end()

    async with FaultServer(script) as server:
        one = await chat(server)
        naming = asyncio.create_task(one.name())
        await eventually(lambda: server.posts == 1)
        await one.history.rename(one.id, "My tea")
        may_answer.set()
        await naming
        assert (await one.title(), one.origin()) == ("My tea", "user")
        assert (await one.history.sums_of(one.id)).amounts == {"CNY": COST}


@pytest.mark.parametrize("kind", ["renamed", "two replies", "deleted", "later prompt"])
async def test_only_a_new_chat_without_a_name_is_asked_for(chat: MakeChat, kind: str) -> None:
    async with FaultServer(says("Tea")) as server:
        one = await chat(server)
        match kind:
            case "renamed":
                await one.history.rename(one.id, "Mine")
            case "deleted":
                await one.history.delete(one.id)
            case "two replies":
                (prompt, _) = (await one.history.conversation(one.id)).messages
                started = await one.history.begin_reply(prompt.id, model_id="qwen-plus")
                await one.finish(started.reply, "Or buy some.")
            case "later prompt":
                started = await one.history.begin_turn(one.id, "And coffee?", model_id="qwen-plus")
                await one.finish(started.reply, "The same.")
        await one.name()
        assert (server.posts, one.kept) == (0, 0)


async def test_over_the_cap_nothing_leaves(chat: MakeChat) -> None:
    async with FaultServer(says("Tea")) as server:
        one = await chat(server)
        with pytest.raises(MonthlyCapReached):
            await one.name(replace(one.asking, cap=Cap(Decimal("0.5"), "CNY")))
        assert (server.posts, one.kept) == (0, 0)
        await one.name(replace(one.asking, cap=Cap(Decimal("5"), "CNY")))
        assert (server.posts, one.kept) == (1, 1)


@pytest.mark.parametrize("fault", ["429", "500", "400", "401", "fin-before-headers", "200-json-answer"])
async def test_a_failure_is_not_tried_again(chat: MakeChat, fault: str) -> None:
    async with FaultServer(fault) as server:
        one = await chat(server)
        await one.name()
        assert server.posts == 1
        assert (await one.title(), one.origin(), one.kept) == ("How do I make tea?", "app", 0)
        assert (await one.history.sums_of(one.id)).amounts == {}


async def test_what_was_cut_is_paid_and_not_asked_for_again(chat: MakeChat) -> None:
    async with FaultServer("rst-midstream") as server:
        one = await chat(server)
        await one.name()
        await one.name()
        assert server.posts == 1
        assert (await one.title(), one.origin()) == ("How do I make tea?", "app")
        assert (await one.history.sums_of(one.id)).amounts == {"CNY": COST}


async def test_a_silent_service_is_left(chat: MakeChat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(titles, "DEADLINE_S", 0.2)
    async with FaultServer("no-response") as server:
        one = await chat(server)
        await one.name()
        await eventually(lambda: server.open_connections == 0)
        assert (await one.title(), one.kept, server.posts) == ("How do I make tea?", 0, 1)


async def test_reasoning_is_not_paid_to_its_end(chat: MakeChat) -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        message = {"role": "assistant", "content": "", "reasoning_content": "Let me think"}
        choice = {"message": message, "finish_reason": "null", "index": 0}
        await connection.chunk(connection.frames.frame({"output": {"choices": [choice]}, "usage": {}}))
        await connection.silence()

    async with FaultServer(script) as server:
        one = await chat(server)
        await one.name()
        await eventually(lambda: server.open_connections == 0)
        assert await one.title() == "How do I make tea?"
        assert (await one.history.sums_of(one.id)).titles == 1  # something came, so it counts


async def test_cancelling_closes_the_socket_and_keeps_what_it_cost(
    chat: MakeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[TurnEvent] = []
    monkeypatch.setattr(titles, "_stop_what_is_no_title", lambda turn, event: told.append(event))

    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.chunk(connection.frames.text("Making tea"))
        await connection.silence()

    async with FaultServer(script) as server:
        one = await chat(server)
        naming = asyncio.create_task(one.name())
        await eventually(lambda: any(isinstance(event, DeltaReceived) for event in told))
        naming.cancel()
        with pytest.raises(asyncio.CancelledError):
            await naming
        await eventually(lambda: server.open_connections == 0)
        assert await one.title() == "How do I make tea?"
        assert (await one.history.sums_of(one.id)).amounts == {"CNY": COST}


async def test_a_title_survives_export_and_erasing(chat: MakeChat, tmp_path: Path) -> None:
    """What it cost stays when the chat is erased, and no word of it is kept anywhere."""
    async with FaultServer(says("Secret tea")) as server:
        one = await chat(server)
        await one.name()
        assert one.history.path is not None
        db = open_reader(one.history.path)
        rows = db.execute("SELECT text, reasoning, sent, failure, is_billed FROM message WHERE deleted_at = ended_at")
        assert [tuple(row) for row in rows] == [("", "", None, None, 1)]
        db.close()
        await one.history.delete(one.id)
        await one.history.bin.erase(one.id)
        assert (await one.history.spent_since(datetime(2026, 1, 1, tzinfo=UTC))).amounts == {"CNY": COST}


@pytest.mark.parametrize("protocol", ["native", "compatible"])
@pytest.mark.parametrize("model_id", ["qwen-flash", "qwen3.8-flash", "qwen3.7-plus", "qwen-max", "qwen-turbo"])
async def test_the_service_takes_the_request_as_it_is(chat: MakeChat, protocol: str, model_id: str) -> None:
    async with FaultServer(says("Tea")) as server, StrictService() as service:
        one = await chat(server)
        provider = provider_of(protocol, one.desk.transport, service.base_url, api_key=lambda: give(service.api_key))
        await one.name(replace(one.asking, provider=provider, model_id=model_id))
        assert [post.refusal for post in service.posts] == [None]
        assert await one.title() == TEXT.removesuffix("。")


async def give(key: str) -> str:
    return key
