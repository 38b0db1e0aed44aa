"""The app is quit with something under way: nothing is asked from then on, and all that was typed is there again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.conversation import Conversation
from qwen_desktop.core.chat.message import MessageStatus, Role
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import FaultServer
from tests.late import HeldReply, Late, SlowKey, answered
from tests.listing import listed


@pytest.fixture(autouse=True)
def settings(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text('[chat]\nmodel = "qwen-plus"\n')


def send(desktop: Desktop, prompt: str) -> None:
    desktop.window.composer.edit.set_text(prompt)
    desktop.window.composer.submit()


def edit(desktop: Desktop, words: str) -> None:
    composer = desktop.window.composer
    composer.begin_editing(desktop.controller.messages[0].id, "the first")
    send(desktop, words)


def regenerate(desktop: Desktop, _: str) -> None:
    desktop.window.shortcut_activated.emit("regenerate")


WAYS: dict[str, tuple[str, Callable[[Desktop, str], None]]] = {
    "new chat": ("begin_turn", send),
    "old chat": ("begin_turn", send),
    "edit": ("begin_edit", edit),
    "regenerate": ("begin_reply", regenerate),
}


async def asked(desktop: Desktop, prompt: str) -> None:
    send(desktop, prompt)
    await eventually(lambda: desktop.controller.last_reply is not None and desktop.controller.last_reply.text)
    await eventually(lambda: not desktop.chat.running_ids)


async def newest(desktop: Desktop) -> Conversation:
    return await desktop.history.conversation((await listed(desktop.history))[0].id)


def holds_the_end(desktop: Desktop, until: Callable[[], Any]) -> None:
    """Something that is closed before the turns are takes its time."""
    close = desktop.exchange.close

    async def slowly() -> None:
        await until()
        await close()

    desktop.exchange.close = slowly  # type: ignore[method-assign]


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize(
    "phase", ["the key never comes", "the key comes", "it is about to be written", "it was written"]
)
def test_what_is_on_its_way_is_not_asked(run: RunScenario, home: Path, way: str, phase: str) -> None:
    method, begin = WAYS[way]

    async def scenario() -> None:
        async with FaultServer(answered) as server:
            async with opened(home, server.base_url) as desktop:
                if way != "new chat":
                    await asked(desktop, "the first")
                posts, key = server.posts, SlowKey(desktop)
                late = Late(desktop.history, method, is_begun=phase == "it was written")
                begin(desktop, "precious")
                desktop.window.composer.edit.set_text("and more")

                async def comes() -> None:
                    key.answer.set()
                    late.may_come.set()
                    await eventually(lambda: not desktop.chat._starting and not desktop.chat.running_ids)

                if phase == "the key comes":
                    holds_the_end(desktop, comes)
                elif phase != "the key never comes":
                    key.answer.set()
                    await eventually(lambda: late.calls)
                    holds_the_end(desktop, comes)
            assert server.posts == posts
            is_written = phase in ("it is about to be written", "it was written")
            async with opened(home, server.base_url) as desktop:
                composer = desktop.window.composer
                messages: tuple[Any, ...] = ()
                if way != "new chat" or is_written:
                    chat = await newest(desktop)
                    desktop.controller.open_conversation(chat.id)
                    await eventually(lambda: desktop.controller.conversation_id == chat.id)
                    messages = chat.messages
                prompts = [one.text for one in messages if one.role is Role.USER]
                if way == "regenerate":
                    expected = ["the first", "and more"]
                elif way == "edit":
                    expected = ["precious", "and more"] if is_written else ["the first", "precious\n\nand more"]
                else:
                    before = [] if way == "new chat" else ["the first"]
                    expected = [*before, *(["precious", "and more"] if is_written else ["precious\n\nand more"])]
                assert [*prompts, composer.text()] == expected
                if is_written:
                    assert messages[-1].status is MessageStatus.STOPPED
            assert server.posts == posts

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("how", ["ends while the app is being closed", "is stopped by it"])
def test_what_waits_is_not_asked(run: RunScenario, home: Path, how: str) -> None:
    async def scenario() -> None:
        service = HeldReply()
        async with FaultServer(service) as server:
            async with opened(home, server.base_url) as desktop:
                send(desktop, "the first")
                await eventually(lambda: "some words" in desktop.transcript.last_text())
                send(desktop, "this waits")
                desktop.window.composer.edit.set_text("and more")

                async def ends() -> None:
                    service.may_end.set()
                    await eventually(lambda: not desktop.chat.running_ids and not desktop.chat._starting)

                if how == "ends while the app is being closed":
                    holds_the_end(desktop, ends)
            service.may_end.set()
            async with opened(home, server.base_url) as desktop:
                chat = await newest(desktop)
                desktop.controller.open_conversation(chat.id)
                await eventually(lambda: desktop.controller.conversation_id == chat.id)
                assert desktop.window.composer.text() == "this waits\n\nand more"
                assert [one.text for one in chat.messages if one.role is Role.USER] == ["the first"]
            assert server.posts == 1

    run(scenario(), timeout_s=30)


def test_a_reply_stops_at_once_though_something_else_takes_long_to_close(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        service = HeldReply()
        async with FaultServer(service) as server:
            async with opened(home, server.base_url) as desktop:
                send(desktop, "the first")
                await eventually(lambda: "some words" in desktop.transcript.last_text())
                left = server.connections[-1].left

                async def is_left() -> None:
                    async with asyncio.timeout(5):
                        await left.wait()

                holds_the_end(desktop, is_left)
            service.may_end.set()
            async with opened(home, server.base_url) as desktop:
                reply = (await newest(desktop)).messages[-1]
                assert (reply.status, reply.text) == (MessageStatus.STOPPED, "some words")

    run(scenario(), timeout_s=30)
