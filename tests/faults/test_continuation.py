"""Replies that are cut and go on, on both protocols: exact text, one row, and each generation asked for once.

The server's record is what counts: a reply is asked for once, and each continuation has the text so far as its prefix.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from qwen_desktop.core.chat.continuation import ContinuationPolicy
from qwen_desktop.core.chat.delta import Delta, TextDelta
from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.chat.turn import ContinuationAsked, Continued, Turn, TurnEvent
from qwen_desktop.core.chat.turns import Asking, StartedTurnLike, Turns
from qwen_desktop.core.errors import ReplyInterrupted
from qwen_desktop.core.protocol.compatible_chunks import CompatibleChunks
from qwen_desktop.core.protocol.native_chunks import NativeChunks
from qwen_desktop.core.protocol.sse import SSEDecoder
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.storage.conversations import History
from tests.conftest import eventually
from tests.data.mixed_reply import MIXED_REPLY, WITHOUT_RUNS
from tests.faults.frames import KEPT, NATIVE, PIECES, PROTOCOLS, WHOLE, Frames
from tests.faults.outcome import API_KEY, REQUEST, network, provider_of
from tests.faults.server import Connection, FaultServer
from tests.faults.table import CASES, FAULTS
from tests.unit.chat.test_continuation import Provider
from tests.unit.chat.test_turn import ListJournal, Step, reply_row
from tests.yardstick import Busy

AUTO = ContinuationPolicy(is_automatic=True)
HANG_S = 25.0
ROOT = Path(__file__).resolve().parents[2]
FRAME = 300
"""Characters of the mixed reply in one frame, where every byte of them is cut."""
SMALL_FRAME = 60


def bodies(server: FaultServer) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in server.requests]


def assert_asked_once(server: FaultServer) -> None:
    """The reply is asked for once; each continuation once, with more text than the one before."""
    prefixes = [request.begun for request in server.requests]
    assert prefixes[0] == ""
    assert all(prefix for prefix in prefixes[1:])
    assert sorted(set(prefixes), key=len) == prefixes
    for body in bodies(server)[1:]:
        first = bodies(server)[0]
        messages = (body.get("input") or body)["messages"]
        asked = (first.get("input") or first)["messages"]
        assert messages[:-1] == asked
        assert messages[-1] == {"role": "assistant", "content": messages[-1]["content"], "partial": True}
        assert (body.get("parameters") or body)["enable_thinking"] is False


class OneReply:
    """A turn on a history of its own, with continuation on."""

    def __init__(self, history: History, protocol: str, base_url: str, **deadlines: float) -> None:
        self.history = history
        self.transport = Transport(network(**deadlines))
        self.provider = provider_of(protocol, self.transport, base_url)
        self.events: list[TurnEvent] = []

    async def begin(self) -> Turn:
        self.started = await self.history.begin_turn(None, "How do I make tea?", model_id="qwen-plus")
        self.turn = Turn(
            self.started.reply,
            REQUEST,
            self.provider,
            self.history.journal(self.started.reply),
            listener=self.events.append,
            continuation=AUTO,
            pause=self._pause,
        )
        return self.turn

    async def _pause(self, wait_s: float) -> None:
        pass

    async def stored(self) -> list[Message]:
        return list((await self.history.conversation(self.started.conversation.id)).messages)


@asynccontextmanager
async def one_reply(path: Path, protocol: str, base_url: str, **deadlines: float) -> AsyncIterator[OneReply]:
    history = await History.open(path)
    one = OneReply(history, protocol, base_url, **deadlines)
    try:
        yield one
    finally:
        await one.transport.aclose()
        await history.close()


# The fault table again


def goes_on(name: str) -> bool:
    fault = FAULTS[name]
    return fault.kind == "ReplyInterrupted" and fault.reason != "limit"


@pytest.mark.parametrize(("name", "protocol"), CASES)
async def test_a_fault_that_lasts_ends_as_listed_and_is_continued_twice_at_most(
    name: str, protocol: str, tmp_path: Path
) -> None:
    fault = FAULTS[name]
    async with asyncio.timeout(HANG_S), FaultServer(name, protocol) as server:
        async with one_reply(tmp_path / "h.sqlite3", protocol, server.base_url, **fault.network) as one:
            reply = await (await one.begin()).run()
            posts, text = fault.posts, fault.expected_text
            if goes_on(name):
                posts, text = 3, "".join(PIECES[: 3 * KEPT])
                assert_asked_once(server)
                assert [mark.at for mark in reply.continuations] == [len("".join(PIECES[: KEPT * n])) for n in (1, 2)]
            assert (str(reply.status), reply.text) == (fault.status, text)
            assert (reply.failure.kind if reply.failure else "") == fault.kind
            assert server.posts == posts
            (_, stored) = await one.stored()
            assert (stored.text, stored.status, stored.continuations) == (text, reply.status, reply.continuations)
            assert API_KEY not in repr(stored)
        await eventually(lambda: server.open_connections == 0)


@pytest.mark.parametrize(("name", "protocol"), [case for case in CASES if goes_on(case[0])])
async def test_a_fault_that_passes_leaves_one_whole_reply(name: str, protocol: str, tmp_path: Path) -> None:
    async with asyncio.timeout(HANG_S), FaultServer(name, protocol, times=1) as server:
        async with one_reply(tmp_path / "h.sqlite3", protocol, server.base_url, **FAULTS[name].network) as one:
            reply = await (await one.begin()).run()
            assert (reply.status, reply.text, reply.finish_reason) == (MessageStatus.COMPLETE, WHOLE, "stop")
            assert reply.failure is None
            assert server.posts == 2
            assert_asked_once(server)
            (_, stored) = await one.stored()
            assert (stored.text, len(stored.continuations)) == (WHOLE, 1)
            assert stored.usage is not None
            native = protocol == NATIVE  # which tells its usage with every frame, the other one at the end only
            assert stored.usage.input_tokens == (22 if native else 11)


# Every byte


def frames_of(protocol: str, text: str, size: int = FRAME) -> list[bytes]:
    """A good reply of `text`."""
    frames = Frames(protocol)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return [*(frames.text(piece) for piece in pieces), frames.finish(), frames.after_finish()]


def read(protocol: str, data: bytes) -> tuple[list[Delta], bool]:
    """What the reader of the stream gives for these bytes and an end behind them, and whether that is a finish."""
    decoder = SSEDecoder(json_lines=True)
    chunks = NativeChunks() if protocol == NATIVE else CompatibleChunks()
    deltas: list[Delta] = []
    for event in [*decoder.feed(data), *decoder.close()]:
        deltas += chunks.feed(event)
    return deltas, chunks.finish_reason is not None or chunks.is_done


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_joined_text_is_the_whole_at_every_byte_of_the_stream(protocol: str) -> None:
    """The engine, the decoder and the reader of the protocol, without sockets; the service continues exactly."""
    frames = frames_of(protocol, MIXED_REPLY)
    continuations: dict[str, tuple[list[Delta], str]] = {}
    cuts = continued = 0

    def continuation_of(head: str) -> tuple[list[Delta], str]:
        """What the service says when it is asked to continue: the next words, for speed, and the last character."""
        if head not in continuations:
            assert MIXED_REPLY.startswith(head)
            rest = MIXED_REPLY[len(head) :]
            said = rest[:FRAME] + rest[-1:]
            continuations[head] = read(protocol, b"".join(frames_of(protocol, said)))[0], head + said
        return continuations[head]

    for number, frame in enumerate(frames[:-1]):
        before: list[list[Delta]] = [[TextDelta(MIXED_REPLY[: number * FRAME])]] if number else []
        for at in range(len(frame)):
            deltas, is_finished = read(protocol, frame[:at])
            steps: list[Step] = [*before, *([deltas] if deltas else [])]
            if not is_finished:
                steps.append(ReplyInterrupted())
            first = [steps]
            provider = Provider(
                lambda asked, first=first: first.pop() if first else [continuation_of(asked.continues)[0]]
            )
            turn = Turn(reply_row(), REQUEST, provider, ListJournal(), listener=_nobody, continuation=AUTO)
            reply = await turn.run()
            cuts += 1
            prefixes = [request.continues for request in provider.requests]
            assert prefixes[0] is None
            if len(prefixes) == 1:  # nothing had come, or all of it
                assert reply.text == ("" if number == 0 else MIXED_REPLY)
                continue
            continued += 1
            assert (len(prefixes), reply.status) == (2, MessageStatus.COMPLETE)
            assert reply.text == continuation_of(str(prefixes[1]))[1]
    assert cuts == sum(map(len, frames[:-1])) > 10_000
    assert continued > cuts * 0.9


def _nobody(event: TurnEvent) -> None:
    """Listens to nothing."""


class CutService:
    """Says the mixed reply in partial mode, and breaks the connection behind so many bytes of each stream."""

    def __init__(self, text: str, *cuts: int, repeats: int = 0) -> None:
        self.text = text
        self.cuts = list(cuts)
        self.repeats = repeats
        """So many characters before the seam are said again."""

    async def __call__(self, connection: Connection) -> None:
        assert connection.request is not None
        begun = connection.request.begun
        assert self.text.startswith(begun)
        rest = self.text[max(0, len(begun) - self.repeats) if begun else 0 :]
        body = b"".join(frames_of(connection.server.protocol, rest, SMALL_FRAME))
        await connection.head()
        if not self.cuts:
            await connection.chunk(body)
            await connection.end()
            return
        cut = self.cuts.pop(0)
        for at in range(0, cut, 700):
            await connection.chunk(body[at : min(cut, at + 700)])
        connection.fin()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("repeats", [0, 25])
async def test_joined_text_is_the_whole_on_real_sockets(protocol: str, repeats: int, tmp_path: Path) -> None:
    text = WITHOUT_RUNS if repeats else MIXED_REPLY
    length = len(b"".join(frames_of(protocol, text, SMALL_FRAME)))
    for at in range(900, length - 1_800, 1_181):
        service = CutService(text, at, (length - at) // 2, repeats=repeats)
        async with asyncio.timeout(HANG_S), FaultServer(service, protocol) as server:
            async with one_reply(tmp_path / f"{at}.sqlite3", protocol, server.base_url) as one:
                reply = await (await one.begin()).run()
                assert (reply.text, reply.status) == (text, MessageStatus.COMPLETE), (at, reply.failure)
                assert_asked_once(server)
                assert 2 <= server.posts <= 3
                (_, stored) = await one.stored()
                assert stored.text == text


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_reply_cut_just_before_its_finish_is_complete(protocol: str, tmp_path: Path) -> None:
    frames = frames_of(protocol, MIXED_REPLY, SMALL_FRAME)
    service = CutService(MIXED_REPLY, len(b"".join(frames[:-2])))
    async with asyncio.timeout(HANG_S), FaultServer(service, protocol) as server:
        async with one_reply(tmp_path / "h.sqlite3", protocol, server.base_url) as one:
            reply = await (await one.begin()).run()
            assert (reply.text, reply.status) == (MIXED_REPLY, MessageStatus.COMPLETE)
            assert (reply.finish_reason, server.posts, len(reply.continuations)) == ("stop", 2, 1)


# A model without partial mode


def refusing(status: int, code: str, message: str) -> Callable[[Connection], Any]:
    async def script(connection: Connection) -> None:
        assert connection.request is not None
        if connection.request.begun:
            await connection.answer(status, connection.frames.error_body(code, message))
        else:
            await connection.head()
            await connection.chunks(connection.frames.pieces(KEPT))
            connection.fin()

    return script


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "refusal",
    [
        (400, "InvalidParameter", "This model does not support partial mode"),
        (500, "InternalError.Algo", "list index out of range"),
        (400, "InvalidParameter", "Role of the last message must be user"),
    ],
)
async def test_a_refusal_of_partial_mode_costs_nothing_and_is_remembered(
    refusal: tuple[int, str, str], protocol: str, tmp_path: Path
) -> None:
    async with asyncio.timeout(HANG_S), FaultServer(refusing(*refusal), protocol) as server:
        async with one_reply(tmp_path / "h.sqlite3", protocol, server.base_url) as one:
            reply = await (await one.begin()).run()
            assert (reply.status, reply.text) == (MessageStatus.INTERRUPTED, "".join(PIECES[:KEPT]))
            assert server.posts == 2
            assert one.provider.takes_partial("qwen-plus") is False  # type: ignore[attr-defined]
            assert one.provider.takes_partial("qwen-max") is True  # type: ignore[attr-defined]


# Stop, click, kill


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("is_writing", [False, True])
async def test_stop_closes_a_continuation_within_100_ms(is_writing: bool, protocol: str, tmp_path: Path) -> None:
    async def cut_then_hang(connection: Connection) -> None:
        assert connection.request is not None
        if not connection.request.begun:
            await connection.head()
            await connection.chunks(connection.frames.pieces(KEPT))
            connection.fin()
            return
        if is_writing:
            await connection.head()
            await connection.chunks(connection.frames.pieces(KEPT))
        await connection.silence()

    async with asyncio.timeout(HANG_S), FaultServer(cut_then_hang, protocol) as server:
        async with one_reply(tmp_path / "h.sqlite3", protocol, server.base_url) as one:
            turn = await one.begin()
            running = asyncio.ensure_future(turn.run())
            expected = "".join(PIECES[: 2 * KEPT if is_writing else KEPT])
            await eventually(lambda: server.posts == 2 and turn.snapshot().text == expected)
            assert turn.is_continuing is not is_writing
            busy, pressed_at = Busy(), time.monotonic()
            turn.stop()
            reply = await running
            await eventually(lambda: server.open_connections == 0, poll_s=0.001)
            assert server.closed_at is not None
            assert server.closed_at - pressed_at <= 0.1 + busy.seconds()
            assert (reply.status, reply.text) == (MessageStatus.STOPPED, expected)
            assert server.posts == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_click_continues_the_stored_reply_in_its_own_row(protocol: str, tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite3"
    history = await History.open(path)
    ended: list[Message] = []

    def hear(started: StartedTurnLike, event: TurnEvent) -> None:
        if hasattr(event, "is_saved"):
            ended.append(event.reply)

    async with asyncio.timeout(HANG_S), FaultServer("fin-midstream", protocol, times=1) as server:
        transport = Transport(network())
        turns = Turns(history, listener=hear, on_bug=pytest.fail)
        asking = Asking(provider_of(protocol, transport, server.base_url), "qwen-plus")
        started = await turns.send("How do I make tea?", asking, conversation_id=None)
        await eventually(lambda: len(ended) == 1)
        assert ended[0].status is MessageStatus.INTERRUPTED
        assert server.posts == 1
        again = await turns.continue_reply(started.reply.id, asking, conversation_id=started.conversation.id)
        assert (again.reply.id, again.reply.text) == (started.reply.id, ended[0].text)
        with pytest.raises(RuntimeError):
            await turns.continue_reply(started.reply.id, asking, conversation_id=started.conversation.id)
        await eventually(lambda: len(ended) == 2)
        assert (ended[1].text, ended[1].status) == (WHOLE, MessageStatus.COMPLETE)
        assert server.posts == 2
        assert_asked_once(server)
        await turns.close()
        await transport.aclose()
    stored = (await history.conversation(started.conversation.id)).messages
    assert [(message.text, str(message.status)) for message in stored] == [
        ("How do I make tea?", "complete"),
        (WHOLE, "complete"),
    ]
    assert stored[1].continuations == ended[1].continuations != ()
    with pytest.raises(LookupError):
        await history.begin_continuation(stored[0].id)
    await history.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT count(*) FROM journal").fetchone()[0] == 0


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.faults.test_continuation import AUTO, OneReply
from qwen_desktop.core.storage.conversations import History

async def main():
    history = await History.open(Path(sys.argv[2]))
    one = OneReply(history, sys.argv[3], sys.argv[4])
    await (await one.begin()).run()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_a_kill_while_continuing_keeps_all_but_half_a_second(protocol: str, tmp_path: Path) -> None:
    said: list[tuple[float, str]] = []

    async def slowly(connection: Connection) -> None:
        assert connection.request is not None
        await connection.head()
        if not connection.request.begun:
            await connection.chunks(connection.frames.pieces(KEPT))
            said.extend((time.monotonic(), piece) for piece in PIECES[:KEPT])
            connection.fin()
            return
        for piece in connection.frames.to_say:
            await connection.chunk(connection.frames.text(piece))
            said.append((time.monotonic(), piece))
            await asyncio.sleep(0.05)
        await connection.silence()

    path = tmp_path / "h.sqlite3"
    async with asyncio.timeout(60), FaultServer(slowly, protocol) as server:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", KILLED, str(ROOT), str(path), protocol, server.base_url), env=dict(os.environ)
        )
        try:
            await eventually(lambda: len(said) > KEPT, timeout_s=40.0)
            busy = Busy(child.pid)
            await eventually(lambda: len(said) >= KEPT + 14, timeout_s=40.0)
            late_s = 0.5 + busy.seconds()
        finally:
            killed_at = time.monotonic()
            child.kill()
            await child.wait()
        assert server.posts == 2
        assert_asked_once(server)
    history = await History.open(path)
    (recovered,) = await history.recover()
    assert recovered.status is MessageStatus.INTERRUPTED
    assert "".join(piece for _, piece in said).startswith(recovered.text)
    assert recovered.text.startswith("".join(piece for at, piece in said if at <= killed_at - late_s))
    assert len(recovered.text) > len("".join(PIECES[:KEPT]))
    assert [(mark.at, mark.after) for mark in recovered.continuations] == [(len("".join(PIECES[:KEPT])), "cut")]
    (_, stored) = (await history.conversation(recovered.conversation_id)).messages
    assert stored == recovered
    await history.close()


async def test_events_say_that_it_goes_on(tmp_path: Path) -> None:
    async with asyncio.timeout(HANG_S), FaultServer("rst-midstream", NATIVE, times=1) as server:
        async with one_reply(tmp_path / "h.sqlite3", NATIVE, server.base_url) as one:
            await (await one.begin()).run()
            told = [type(event) for event in one.events if isinstance(event, ContinuationAsked | Continued)]
            assert told == [ContinuationAsked, Continued]
