"""Each fault through a whole turn and a real history: how it ends, what is on disk, and how often it was POSTed."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.chat.turn import Turn, TurnEvent
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.storage.conversations import History
from tests.conftest import eventually
from tests.faults.frames import PROTOCOLS
from tests.faults.outcome import API_KEY, REQUEST, network, provider_of
from tests.faults.server import Connection, FaultServer
from tests.faults.table import CASES, FAULTS
from tests.yardstick import Busy

HANG_S = 25.0
STOP_S = 0.1


class OneTurn:
    """A turn against a fault server, on a history of its own; retries wait for nothing."""

    def __init__(self, history: History, protocol: str, base_url: str, deadlines: dict[str, float]) -> None:
        self.history = history
        self.protocol = protocol
        self.transport = Transport(network(**deadlines))
        self.provider = provider_of(protocol, self.transport, base_url)
        self.events: list[TurnEvent] = []
        self.waits: list[float] = []
        self.turn: Turn

    async def begin(self) -> None:
        started = await self.history.begin_turn(None, "How do I make tea?", model_id="qwen-plus", title="tea")
        self.started = started
        self.turn = Turn(
            started.reply,
            REQUEST,
            self.provider,
            self.history.journal(started.reply),
            listener=self.events.append,
            pause=self._pause,
        )

    async def _pause(self, wait_s: float) -> None:
        self.waits.append(wait_s)

    async def stored(self) -> tuple[Message, Message]:
        """Prompt and reply as another start of the app would find them."""
        conversation = await self.history.conversation(self.started.conversation.id)
        prompt, reply = conversation.messages
        return prompt, reply

    async def close(self) -> None:
        await self.transport.aclose()


@pytest.mark.parametrize(("name", "protocol"), CASES)
async def test_a_turn_ends_as_listed_and_is_posted_no_more_than_it_may(
    name: str, protocol: str, tmp_path: Path
) -> None:
    fault = FAULTS[name]
    history = await History.open(tmp_path / "history.sqlite3")
    async with asyncio.timeout(HANG_S), FaultServer(name, protocol) as server:
        one = OneTurn(history, protocol, server.base_url, dict(fault.network))
        await one.begin()
        reply = await one.turn.run()
        assert str(reply.status) == fault.status, reply.failure
        assert (reply.failure.kind if reply.failure else "") == fault.kind
        assert (reply.failure.reason if reply.failure else "") == (fault.reason if fault.kind else "")
        assert reply.text == fault.expected_text
        assert server.posts == fault.posts
        assert len(one.waits) == fault.posts - fault.attempt_posts or fault.attempt_posts > 1
        prompt, stored = await one.stored()
        assert prompt.text == "How do I make tea?"
        assert (stored.text, stored.status, stored.failure) == (reply.text, reply.status, reply.failure)
        assert API_KEY not in repr(stored)
        await one.close()
        await eventually(lambda: server.open_connections == 0)
    await history.close()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("presses", [1, 2])
@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("no-response", MessageStatus.WAITING),
        ("slow-first-event", MessageStatus.WAITING),
        ("stall-midstream", MessageStatus.WRITING),
        ("stall-heartbeats", MessageStatus.WRITING),
        ("endless-stream", MessageStatus.WRITING),
        ("endless-comments", MessageStatus.WRITING),
    ],
)
async def test_stop_closes_the_socket_within_100_ms_and_keeps_the_text(
    name: str, state: MessageStatus, presses: int, protocol: str, tmp_path: Path
) -> None:
    history = await History.open(tmp_path / "history.sqlite3")
    async with asyncio.timeout(HANG_S), FaultServer(name, protocol) as server:
        one = OneTurn(history, protocol, server.base_url, {"first_event_timeout_s": 20.0, "idle_timeout_s": 20.0})
        await one.begin()
        running = asyncio.ensure_future(one.turn.run())
        await eventually(lambda: one.turn.status is state and server.posts == 1)
        busy, pressed_at = Busy(), time.monotonic()
        for _ in range(presses):
            one.turn.stop()
        reply = await running
        await eventually(lambda: server.closed_at is not None, poll_s=0.001)
        assert server.closed_at is not None
        assert server.closed_at - pressed_at <= STOP_S + busy.seconds()
        assert reply.status is MessageStatus.STOPPED
        assert server.posts == 1
        _, stored = await one.stored()
        assert (stored.status, stored.text) == (MessageStatus.STOPPED, one.turn.snapshot().text)
        await one.close()
    await history.close()


async def test_the_prompt_is_on_disk_before_the_request_leaves(tmp_path: Path) -> None:
    """The server looks into the history, from outside, when the POST arrives."""
    import sqlite3

    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    found: list[str] = []
    async with asyncio.timeout(HANG_S), FaultServer("no-response", "native") as server:
        one = OneTurn(history, "native", server.base_url, {})
        await one.begin()
        running = asyncio.ensure_future(one.turn.run())
        await eventually(lambda: server.posts == 1)
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as other:
            found = [text for (text,) in other.execute("SELECT text FROM message WHERE role = 'user'")]
        other.close()
        one.turn.stop()
        await running
        await one.close()
    await history.close()
    assert found == ["How do I make tea?"]


async def test_a_disk_that_refuses_the_prompt_means_that_nothing_is_sent(tmp_path: Path) -> None:
    from qwen_desktop.core.chat.turns import Asking, Turns
    from qwen_desktop.core.errors import StorageUnavailable

    class Refusing:
        async def begin_turn(self, *arguments: object, **options: object) -> object:
            raise StorageUnavailable(reason="full")

    async with FaultServer("204", "native") as server:
        transport = Transport(network())
        turns = Turns(Refusing(), listener=lambda *_: None, on_bug=lambda error: None)  # type: ignore[arg-type]
        asking = Asking(provider_of("native", transport, server.base_url), "qwen-plus")
        with pytest.raises(StorageUnavailable):
            await turns.send("hello", asking, conversation_id=None)
        await transport.aclose()
        assert server.requests == []


async def test_a_repair_is_not_sent_anew_with_each_retry(tmp_path: Path) -> None:
    async def unknown_path_then_busy(connection: Connection) -> None:
        assert connection.request is not None
        if "text-generation" in connection.request.path:
            await connection.answer(400, b'{"code":"InvalidParameter","message":"url error, please check url!"}')
        else:
            await connection.answer(503, b'{"code":"ServiceUnavailable","message":"busy"}')

    history = await History.open(tmp_path / "history.sqlite3")
    async with asyncio.timeout(HANG_S), FaultServer(unknown_path_then_busy) as server:
        one = OneTurn(history, "native", server.base_url, {})
        await one.begin()
        reply = await one.turn.run()
        assert reply.status is MessageStatus.FAILED
        assert len(one.waits) == 3
        assert server.posts == 5  # one refusal, and the repaired request four times
        await one.close()
    await history.close()
