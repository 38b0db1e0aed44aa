"""A message that is edited or asked again was deleted meanwhile by another process, which the window is not told of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.words import set_language
from qwen_desktop.ui.controllers.chat import Thread
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import FaultServer
from tests.late import Late, answered

PICTURE = Attachment("0" * 64, "image/png", 4, 2, 1, name="late.png")


@pytest.fixture(autouse=True)
def settings(home: Path) -> Iterator[None]:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text('[chat]\nmodel = "qwen-plus"\n')
    yield
    set_language("en")


@asynccontextmanager
async def with_a_turn(home: Path) -> AsyncIterator[tuple[Desktop, FaultServer, int]]:
    """The app with a chat of two turns that is shown, and its second prompt."""
    async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
        for prompt in ("the first", "the second"):
            send(desktop, prompt)
            await eventually(lambda: desktop.chat.running_ids)
            await is_done(desktop)
        yield desktop, server, desktop.controller.messages[2].id


def send(desktop: Desktop, prompt: str) -> None:
    desktop.window.composer.edit.set_text(prompt)
    desktop.window.composer.submit()


async def is_done(desktop: Desktop) -> None:
    await eventually(lambda: not desktop.chat._starting and not desktop.chat.running_ids)


async def prompts(desktop: Desktop, conversation_id: int) -> list[str]:
    chat = await desktop.history.conversation(conversation_id)
    return [one.text for one in chat.messages if one.role is Role.USER]


def sentence(desktop: Desktop) -> str:
    bar = desktop.window.notice_bar
    return "" if bar.isHidden() else bar.sentence


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("words", ["other words", "the second"], ids=["changed", "unchanged"])
def test_an_edit_is_told_and_can_be_sent_as_a_new_message(
    run: RunScenario, home: Path, language: str, words: str
) -> None:
    async def scenario() -> None:
        async with with_a_turn(home) as (desktop, server, prompt_id):
            set_language(language)
            composer, place = desktop.window.composer, desktop.controller.conversation_id
            assert place is not None
            composer.set_text("typed before")
            composer.begin_editing(prompt_id, "the second")
            await desktop.history.delete_message(prompt_id)
            posts = server.posts
            send(desktop, words)
            await is_done(desktop)
            told = {
                "en": "The message you edited was deleted meanwhile, here or by another program. Nothing was sent. "
                "What you wrote is in the message field of its chat; send it as a new message.",
                "zh_CN": "所编辑的消息已在此处或被其他程序删除，未发送任何内容。"
                "您写的内容保留在该对话的输入框中，请作为新消息发送。",
            }
            assert sentence(desktop) == told[language]
            assert not desktop.window.notice_bar._buttons
            assert (composer.text(), composer.is_editing) == (f"{words}\n\ntyped before", False)
            await eventually(lambda: desktop.conversations.draft_of(place) is None)
            assert (await desktop.history.conversation(place)).summary.draft == composer.text()
            assert server.posts == posts
            composer.submit()
            await eventually(lambda: server.posts == posts + 1)
            await is_done(desktop)
            sent = ["the first", f"{words}\n\ntyped before"]
            assert await prompts(desktop, place) == sent
            assert [one.text for one in desktop.controller.messages if one.role is Role.USER] == sent

    run(scenario(), timeout_s=30)


def test_an_edit_keeps_its_pictures(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_turn(home) as (desktop, _, prompt_id):
            await desktop.history.delete_message(prompt_id)
            wish = replace(desktop.controller.wish(), model_id="qwen3-vl-plus")
            desktop.chat.edit(desktop.controller.shown_thread, prompt_id, "", wish, (PICTURE,))
            await is_done(desktop)
            assert sentence(desktop).startswith("The message you edited was deleted")
            composer = desktop.window.composer
            assert (composer.text(), composer.attachments, composer.is_editing) == ("", (PICTURE,), False)

    run(scenario(), timeout_s=30)


def test_an_edit_in_a_chat_that_was_left_is_in_its_draft(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_turn(home) as (desktop, _, prompt_id):
            place = desktop.controller.conversation_id
            assert place is not None
            late = Late(desktop.history, "begin_edit", is_begun=False)
            desktop.window.composer.begin_editing(prompt_id, "the second")
            send(desktop, "other words")
            await eventually(lambda: late.calls)
            desktop.controller.new_chat()
            await desktop.history.delete_message(prompt_id)
            late.may_come.set()
            await eventually(lambda: not desktop.chat.is_starting(Thread(place)))
            assert "was deleted meanwhile" in sentence(desktop)
            assert desktop.window.composer.text() == ""
            desktop.controller.open_conversation(place)
            await eventually(lambda: desktop.controller.conversation_id == place)
            await eventually(lambda: desktop.window.composer.text() == "other words")

    run(scenario(), timeout_s=30)


def test_another_reply_that_is_asked_for_is_told(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_turn(home) as (desktop, server, prompt_id):
            await desktop.history.delete_message(prompt_id)
            posts = server.posts
            desktop.window.shortcut_activated.emit("regenerate")
            await is_done(desktop)
            assert sentence(desktop).startswith("The message to be answered was deleted meanwhile")
            assert server.posts == posts

    run(scenario(), timeout_s=30)
