"""A prompt of the quick ask that is on its way when the window goes: it was sent once, or it is in the field again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from qwen_desktop.app import Desktop
from qwen_desktop.core.errors import StorageUnavailable
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import FaultServer
from tests.late import Late, SlowKey, answered
from tests.listing import listed


def draft(home: Path) -> str:
    path = home / "data" / "quick-ask.draft"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def ask(desktop: Desktop, prompt: str) -> None:
    quick = desktop.presence.quick
    quick.open()
    quick.window.set_text(prompt)
    quick.ask()


async def prompts(desktop: Desktop) -> list[str]:
    chats = [await desktop.history.conversation(one.id) for one in await listed(desktop.history)]
    return [message.text for chat in chats for message in chat.messages[::2]]


async def comes_at_the_end(desktop: Desktop, late: Late) -> None:
    await eventually(lambda: desktop.chat._turns.is_closed)
    late.may_come.set()


@pytest.mark.parametrize(
    "phase", ["the key is asked for", "it is about to be written", "it was just written", "no room"]
)
@pytest.mark.parametrize("rest", ["", "typed since"])
def test_the_app_ends(run: RunScenario, home: Path, phase: str, rest: str) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server:
            async with opened(home, server.base_url) as desktop:
                key = SlowKey(desktop) if phase == "the key is asked for" else None
                late = None
                if key is None:
                    full = StorageUnavailable("no", reason="full") if phase == "no room" else None
                    late = Late(desktop.history, "begin_turn", is_begun=phase == "it was just written", error=full)
                ask(desktop, "precious")
                if rest:
                    desktop.presence.quick.window.set_text(rest)
                if late is not None:
                    await eventually(lambda: late.calls)
                    ending = asyncio.ensure_future(comes_at_the_end(desktop, late))
            if late is not None:
                await ending
            is_written = phase in ("it is about to be written", "it was just written")
            async with opened(home, server.base_url) as desktop:
                assert await prompts(desktop) == (["precious"] if is_written else [])
                desktop.presence.quick.open()
                whole = [rest] if is_written else ["precious", rest]
                assert desktop.presence.quick.window.text() == "\n\n".join(one for one in whole if one)
            assert server.posts == 0

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("rest", ["", "typed since"])
def test_it_begins_while_the_app_ends(run: RunScenario, home: Path, rest: str) -> None:
    """The request may have left: it is not in the field again, where the next Enter would send it twice."""

    async def scenario() -> None:
        async with FaultServer(answered) as server:
            async with opened(home, server.base_url) as desktop:
                late = Late(desktop.history, "begin_turn", is_begun=False)
                ask(desktop, "precious")
                if rest:
                    desktop.presence.quick.window.set_text(rest)
                await eventually(lambda: late.calls)
                desktop.presence.quick.close()
                late.may_come.set()
                await eventually(lambda: server.posts == 1 and not desktop.chat.running_ids)
                assert draft(home) == rest
            async with opened(home, server.base_url) as desktop:
                assert await prompts(desktop) == ["precious"]
                desktop.presence.quick.open()
                assert desktop.presence.quick.window.text() == rest

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("way", ["hidden", "another chat", "both"])
def test_the_window_is_hidden_or_begins_another_chat(run: RunScenario, home: Path, way: str) -> None:
    """A kill afterwards does not bring back what was sent."""

    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            quick, key = desktop.presence.quick, SlowKey(desktop)
            ask(desktop, "precious")
            if way != "hidden":
                quick.start_anew()
            if way != "another chat":
                quick.hide()
            await eventually(lambda: draft(home) == "precious")
            key.answer.set()
            await eventually(lambda: server.posts == 1 and not desktop.chat.running_ids)
            assert draft(home) == ""

    run(scenario(), timeout_s=30)
