"""Copy as curl and Python: the real programs send, from what was copied, the bytes that had been sent."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.continuation import ContinuationPolicy
from qwen_desktop.core.chat.message import Message, MessageStatus, SentRequest
from qwen_desktop.core.chat.parameters import Parameters
from qwen_desktop.core.chat.turn import RetryPolicy, TurnEnded, TurnEvent
from qwen_desktop.core.chat.turns import Asking, StartedTurnLike, Turns
from qwen_desktop.core.protocol.copied_request import as_curl, as_python
from qwen_desktop.core.protocol.sent_request import body_of
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.storage.conversations import History
from tests.conftest import eventually
from tests.faults.frames import PROTOCOLS
from tests.faults.outcome import API_KEY, network, provider_of
from tests.faults.refusals import refuse
from tests.faults.server import Connection, FaultServer, Request

SHELLS = [name for name in ("sh", "dash", "bash", "zsh", "busybox") if shutil.which(name)]
if shutil.which("curl") is None:
    SHELLS = []  # the tests of the app install it; elsewhere the Python script alone is run
HARD = [
    "Don't say \"it's\" '' '\\'' \\ \\\\ \\n %s %d %% $HOME ${PATH} $(id) `id` !! !x & | ; < > * ? [a] {b} ~ # \t\n\r x"
    * 2,
    "\x00 \x1b[2J \x7f\x7f\x7f '; id; ' \x80\x9b31m \u202e\u2066 \u2028\u2029\u0085 \ufeff\u200b end of it" * 2,
    "中文，“引号”。👩\u200d👩\u200d👧 e\u0301 \U0001f600 \U000e0041 ﷺ שלום" * 3,
    "\\\"{}\\u0000 \"\"\" ''' {brace} {{x}} EOF\nEOF\n--data @/etc/passwd\n@file -H 'X: y'" * 2,
]


class Desk:
    """Turns on a history against one server."""

    def __init__(self, history: History, server: FaultServer) -> None:
        self.history = history
        self.transport = Transport(network())
        self.provider = provider_of(server.protocol, self.transport, server.base_url)
        self.asking = Asking(self.provider, "qwen-plus", policy=RetryPolicy(max_retries=1, first_wait_s=0.0))
        self.ended: list[Message] = []
        self.turns = Turns(history, listener=self._hear, on_bug=lambda error: pytest.fail(repr(error)))

    def _hear(self, started: StartedTurnLike, event: TurnEvent) -> None:
        if isinstance(event, TurnEnded):
            self.ended.append(event.reply)

    async def ask(self, prompt: str, asking: Asking | None = None) -> Message:
        place = self.ended[0].conversation_id if self.ended else None
        count = len(self.ended)
        await self.turns.send(prompt, asking or self.asking, conversation_id=place)
        await eventually(lambda: len(self.ended) > count)
        return self.ended[-1]


@asynccontextmanager
async def a_desk(path: Path, server: FaultServer) -> AsyncIterator[Desk]:
    history = await History.open(path / "history.sqlite3")
    desk = Desk(history, server)
    try:
        yield desk
    finally:
        await desk.turns.close()
        await desk.transport.aclose()
        await history.close()


async def written(history: History, reply_id: int) -> list[tuple[SentRequest, bytes]]:
    sent, texts = await history.sent_for(reply_id)
    bodies = [(one, body) for one in sent if (body := body_of(one, texts)) is not None]
    assert len(bodies) == len(sent)
    return bodies


async def runs(*command: str, script: str) -> str:
    """Runs with nothing but a key and the path in the environment; gives what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={"PATH": os.environ["PATH"], "DASHSCOPE_API_KEY": API_KEY, "PYTHONPATH": ""},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, error = await process.communicate(script.encode())
    assert (process.returncode, error) == (0, b""), error
    return output.decode()


def check_same(copies: Sequence[Request], originals: Sequence[Request]) -> None:
    """Method, path, body and every header but the client's own name."""
    assert len(copies) == len(originals)
    for copy, original in zip(copies, originals, strict=True):
        assert (copy.method, copy.path, copy.body) == (original.method, original.path, original.body)
        its_own = {"user-agent", "connection"}
        if "accept-encoding" in copy.headers:
            assert {k: v for k, v in copy.headers.items() if k not in its_own} == {
                k: v for k, v in original.headers.items() if k not in its_own
            }


async def check_copies(desk: Desk, server: FaultServer, reply: Message, originals: Sequence[Request]) -> None:
    bodies = await written(desk.history, reply.id)
    assert [body for _, body in bodies] == [request.body for request in originals]
    curl, python = as_curl(bodies), as_python(bodies)
    assert API_KEY not in curl + python
    for shell in SHELLS:
        before = len(server.requests)
        arguments = (shell, "sh") if shell == "busybox" else (shell,)
        assert "id=" not in await runs(*arguments, "-s", script=curl)
        check_same(server.requests[before:], originals)
    before = len(server.requests)
    await runs(sys.executable, "-I", "-", script=python)
    check_same(server.requests[before:], originals)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_the_programs_send_what_the_app_sent(protocol: str, tmp_path: Path) -> None:
    async with asyncio.timeout(60), FaultServer("burst", protocol) as server, a_desk(tmp_path, server) as desk:
        replies = [await desk.ask(text) for text in HARD]
        parameters = Parameters(temperature=0.5, stop=("it's",), seed=7)
        replies.append(
            await desk.ask("And now?", replace(desk.asking, system_prompt="Be 'brief'.", parameters=parameters))
        )
        originals = list(server.requests)
        for reply, original in zip(replies, originals, strict=True):
            await check_copies(desk, server, reply, [original])


async def test_a_body_larger_than_an_argument_may_be(tmp_path: Path) -> None:
    async with asyncio.timeout(60), FaultServer("burst") as server, a_desk(tmp_path, server) as desk:
        reply = await desk.ask("It's a long 'story'. " * 70_000)
        (original,) = server.requests
        assert len(original.body) > 1_400_000
        await check_copies(desk, server, reply, [original])


async def test_each_generation_of_a_reply_and_only_the_last_attempt(tmp_path: Path) -> None:
    """Refused, cut, cut again, then whole: what counts are the three requests that gave something."""
    steps = iter(["refuse", "cut", "cut", "end"])

    async def script(connection: Connection) -> None:
        step = next(steps, "end")
        if step == "refuse":
            await refuse(429, "rate")(connection)
            return
        await connection.head()
        frames = connection.frames.reply()
        await connection.chunks(frames if step == "end" else frames[:2])
        if step == "end":
            await connection.end()
        connection.fin()

    async with asyncio.timeout(60), FaultServer(script) as server, a_desk(tmp_path, server) as desk:
        policy = ContinuationPolicy(is_automatic=True, has_consent=True)
        reply = await desk.ask("Tell me", replace(desk.asking, continuation=policy))
        assert (reply.status, len(reply.continuations), server.posts) == (MessageStatus.COMPLETE, 2, 4)
        await check_copies(desk, server, reply, server.requests[1:4])


async def test_a_refused_reply_can_be_copied_and_one_that_never_left_cannot(tmp_path: Path) -> None:
    async with asyncio.timeout(60), FaultServer("401") as server, a_desk(tmp_path, server) as desk:
        refused = await desk.ask("Hello")
        (original,) = server.requests
        assert [body for _, body in await written(desk.history, refused.id)] == [original.body]
        nowhere = provider_of("native", desk.transport, "https://nowhere.invalid")
        unsent = await desk.ask("Hello", replace(desk.asking, provider=nowhere, policy=RetryPolicy(max_retries=0)))
        assert unsent.status is MessageStatus.FAILED
        assert await desk.history.sent_for(unsent.id) == ((), {})


async def test_a_server_without_a_key_is_asked_without_one(tmp_path: Path) -> None:
    async def no_key() -> None:
        """A server of one's own."""

    async with asyncio.timeout(60), FaultServer("burst") as server, a_desk(tmp_path, server) as desk:
        provider = provider_of("native", desk.transport, server.base_url, api_key=no_key, needs_key=False)
        reply = await desk.ask("Hello", replace(desk.asking, provider=provider))
        (original,) = server.requests
        await check_copies(desk, server, reply, [original])
        assert "KEY" not in as_curl(await written(desk.history, reply.id))
