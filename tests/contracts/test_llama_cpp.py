"""A real llama.cpp server, with a model of random weights: found, listed, asked, stopped and continued by our own code.

What its words mean is nobody's concern here; that they come whole, and that it is free again after a stop, is.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from qwen_desktop.core.chat.delta import TextDelta
from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.chat.parameters import Parameters
from qwen_desktop.core.credentials.api_keys import SessionApiKeyStore
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage
from qwen_desktop.core.providers.connection_check import Step
from qwen_desktop.core.providers.nearby import find_nearby
from qwen_desktop.core.providers.servers import ServerKind, ThinkingSwitch
from qwen_desktop.core.settings import accounts
from qwen_desktop.core.settings.accounts import Account
from qwen_desktop.engine import Engine
from tests.child_program import ChildProgram
from tests.faults.outcome import Outcome, drain
from tests.llama_server import MODEL_ID

if sys.platform.startswith("linux"):
    from tests.tiny_model import write_tiny_model

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="its package is for Linux here")
PROMPT = RequestMessage(Role.USER, "你好，请写一首诗。")
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Llama:
    base_url: str
    engine: Engine
    home: Path

    async def reply(self, *, thinking: bool | None = None, continues: str | None = None, seed: int = 1) -> Outcome:
        asking = await self.engine.asking(MODEL_ID, thinking)
        parameters = Parameters(max_tokens=80, seed=seed)
        request = ReplyRequest(MODEL_ID, (PROMPT,), thinking=thinking, parameters=parameters, continues=continues)
        async with asyncio.timeout(10):
            return await drain(asking.provider.stream(request))


@asynccontextmanager
async def llama(home: Path) -> AsyncIterator[Llama]:
    """The server on a free port, in use as an account without a key."""
    model = home / "tiny.gguf"
    write_tiny_model(model)
    child = ChildProgram(sys.executable, "-m", "tests.llama_server", str(model), is_module=False)
    async with child:
        port = (await child.hear("ready"))["port"]
        paths = AppPaths(home / "data", home / "config")
        engine = Engine(paths, environment={}, keychain=SessionApiKeyStore())
        (found,) = await find_nearby(engine.transport, {ServerKind.VLLM: port}, deadline_s=20.0)
        assert (found.kind, found.model_ids) == (ServerKind.LLAMA_CPP, (MODEL_ID,))  # it says so itself
        account = Account("llama", "", found.base_url, str(found.kind), "compatible", found.model_ids[0])
        engine.change(accounts.using(engine.settings, account))
        try:
            yield Llama(found.base_url, engine, home)
        finally:
            await engine.close()


async def test_it_is_listed_asked_stopped_and_continued(home: Path) -> None:
    async with llama(home) as server:
        engine = server.engine
        assert engine.server.switch is ThinkingSwitch.TEMPLATE
        assert (engine.is_demo, engine.needs_key) == (False, False)
        (listed,) = await engine.listed_models()
        assert (listed.id, listed.abilities.can_switch_thinking) == (MODEL_ID, True)
        steps: list[Step] = []
        outcome = await engine.check_connection(steps.append)
        assert (outcome.failed, outcome.error, outcome.model_ids) == (None, None, (MODEL_ID,))

        # Replies come whole, whatever bytes the weights choose, with the switch on, off and not said.
        texts = set()
        for seed, thinking in enumerate((None, True, False)):
            reply = await server.reply(thinking=thinking, seed=seed)
            assert reply.error is None
            assert reply.finish_reason in ("stop", "length")
            assert reply.usage is not None
            assert (reply.usage.output_tokens or 0) > 0
            texts.add(reply.text + reply.reasoning)
        assert any("\ufffd" in text for text in texts), "the weights were to break characters"
        for text in texts:
            assert text.encode().decode() == text

        await stopped_in_the_middle(server)
        await begun_and_continued(server)


async def stopped_in_the_middle(server: Llama) -> None:
    """The socket is closed, so the only slot is free: the next request is answered at once."""
    asking = await server.engine.asking(MODEL_ID, False)
    endless = ReplyRequest(MODEL_ID, (PROMPT,), thinking=False, parameters=Parameters(max_tokens=3000, seed=3))
    stream = asking.provider.stream(endless)
    began_at = time.monotonic()
    assert (await server.reply()).error is None
    usual_s = time.monotonic() - began_at
    async with asyncio.timeout(30):
        got = await anext(stream)
        await stream.aclose()
    assert any(isinstance(delta, TextDelta) for delta in got) or got
    assert stream.finish_reason is None
    began_at = time.monotonic()
    assert (await server.reply()).error is None
    assert time.monotonic() - began_at < 5 + 3 * usual_s


async def begun_and_continued(server: Llama) -> None:
    """llama.cpp goes on with a last message of the assistant and gives only what follows, as partial mode means it."""
    reply = await server.reply(continues="Once upon a time, ")
    assert reply.error is None
    assert reply.text
    assert not reply.text.startswith("Once upon")
    asking = await server.engine.asking(MODEL_ID, False)
    assert asking.provider.takes_partial(MODEL_ID) is True  # type: ignore[attr-defined]


async def test_ask_needs_no_key_by_address_and_as_the_account_in_use(home: Path) -> None:
    async with llama(home) as server:
        by_address = ("--base-url", f"{server.base_url}/v1", "--protocol", "compatible", "--model", MODEL_ID)
        await server.engine.save_settings()
        for options in (by_address, ()):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "qwen_desktop", "ask", "--json", "--no-save", *options, "hello"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                cwd=ROOT,
                env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"},
            )
            async with asyncio.timeout(20):
                out, _ = await process.communicate()
            end = json.loads(out.decode().splitlines()[-1])
            assert (end["type"], end["status"], end["error"]) == ("end", "complete", None), end
            assert end["usage"]["output_tokens"] > 0
            assert process.returncode == 0
