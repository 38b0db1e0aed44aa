"""A new chat whose first prompt is on its way to the disk: what is typed and chosen meanwhile is that chat's, and is in
a file at each moment."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from qwen_desktop.app import Desktop, build
from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.conversation import Conversation
from qwen_desktop.core.credentials.api_keys import SessionApiKeyStore
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.ui.controllers.drafts import NewChatDraft
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, opened
from tests.faults.server import FaultServer
from tests.late import HeldReply, Late, SlowKey, answered
from tests.listing import listed

PICTURE = Attachment("0" * 64, "image/png", 4, 2, 1, name="late.png")


@pytest.fixture(autouse=True)
def settings(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text('[chat]\nmodel = "qwen-plus"\n')


def send(desktop: Desktop, prompt: str) -> None:
    desktop.window.composer.set_text(prompt)
    desktop.window.composer.submit()


def types(desktop: Desktop, text: str) -> None:
    """So long ago that it is in a file."""
    desktop.window.composer.edit.set_text(text)
    desktop.window.composer.flush_draft()


def kept(home: Path) -> NewChatDraft:
    """What a start after a kill would find."""
    return NewChatDraft(home / "data" / "new-chat.draft")


async def newest(desktop: Desktop) -> Conversation:
    return await desktop.history.conversation((await listed(desktop.history))[0].id)


@pytest.mark.parametrize(
    ("what", "way"),
    [
        ("typed", "stays"),
        ("typed", "goes to a new chat"),
        ("waits", "stays"),
        ("waits", "goes to a new chat"),
        ("waits", "has gone before"),
    ],
)
def test_what_was_typed_below_its_prompt_is_in_a_file_until_it_is_in_the_other(
    run: RunScenario, home: Path, way: str, what: str
) -> None:
    async def scenario() -> None:
        service = HeldReply()
        async with FaultServer(service) as server, opened(home, server.base_url) as desktop:
            beginning, saving = Late(desktop.history, "begin_turn"), Late(desktop.history, "save_draft", is_begun=False)
            composer = desktop.window.composer
            send(desktop, "precious")
            if what == "waits":
                send(desktop, "and more")
                composer.flush_draft()
            else:
                types(desktop, "and more")
            assert kept(home).text == "precious\n\nand more"
            if way == "has gone before":
                desktop.controller.new_chat()
                assert composer.text() == "precious\n\nand more"
            beginning.may_come.set()
            await eventually(lambda: saving.calls)
            if way == "goes to a new chat":
                desktop.controller.new_chat()
            if way != "stays":
                assert composer.text() == ""
                types(desktop, "of the next one")
                assert kept(home).text == "and more\n\nof the next one"
            else:
                assert kept(home).text == "and more"
            saving.may_come.set()
            rest = "" if way == "stays" else "of the next one"
            await eventually(lambda: kept(home).text == rest)
            assert (await newest(desktop)).summary.draft == "and more"
            service.may_end.set()
            await eventually(lambda: not desktop.chat.running_ids and not desktop.chat._starting)

    run(scenario(), timeout_s=20)


def test_what_was_typed_below_its_prompt_is_there_after_the_window_was_closed(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server:
            async with opened(home, server.base_url) as desktop:
                late = Late(desktop.history, "begin_turn")
                send(desktop, "precious")
                desktop.window.composer.edit.set_text("and more")
                await eventually(lambda: late.calls)

                async def comes_at_the_end() -> None:
                    await eventually(lambda: desktop.chat._turns.is_closed)
                    late.may_come.set()

                ending = asyncio.ensure_future(comes_at_the_end())
            await ending
            async with opened(home, server.base_url) as desktop:
                chat = await newest(desktop)
                assert chat.messages[0].text == "precious"
                assert chat.summary.draft == "and more"
                assert desktop.window.composer.text() == ""
            assert server.posts == 0

    run(scenario(), timeout_s=20)


def test_a_picture_put_in_below_its_prompt_does_not_bring_the_prompt_back(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            composer, key = desktop.window.composer, SlowKey(desktop)
            send(desktop, "precious")
            assert composer.pictures is not None
            composer.pictures.shelf.add((PICTURE,))
            composer.flush_draft()
            assert (kept(home).text, kept(home).attachments) == ("precious", (PICTURE,))
            key.answer.set()
            await eventually(lambda: server.posts == 1 and not desktop.chat.running_ids)
            await eventually(lambda: (kept(home).text, kept(home).attachments) == ("", ()))
            assert (await newest(desktop)).summary.draft_attachments == (PICTURE,)
            desktop.controller.new_chat()
            assert (composer.text(), composer.attachments) == ("", ())

    run(scenario(), timeout_s=20)


def test_what_is_typed_when_a_starter_is_chosen_stays_with_its_chat(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            late = Late(desktop.history, "begin_turn")
            types(desktop, "and more")
            desktop.window.empty_state.starter_chosen.emit("precious")
            await eventually(lambda: late.calls)
            assert kept(home).text == "precious\n\nand more"
            late.may_come.set()
            await eventually(lambda: server.posts == 1 and not desktop.chat.running_ids)
            await eventually(lambda: kept(home).text == "")
            assert desktop.window.composer.text() == (await newest(desktop)).summary.draft == "and more"
            desktop.controller.new_chat()
            assert desktop.window.composer.text() == ""

    run(scenario(), timeout_s=20)


def test_another_chat_that_is_asked_the_same_leaves_the_draft_of_the_new_one(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            other = (await desktop.history.create_conversation(title="another", model_id="qwen-plus")).id
            types(desktop, "the same")
            desktop.controller.open_conversation(other)
            await eventually(lambda: desktop.controller.conversation_id == other)
            send(desktop, "the same")
            await eventually(lambda: server.posts == 1 and not desktop.chat.running_ids)
            desktop.controller.new_chat()
            assert desktop.window.composer.text() == "the same"

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("is_slow", [False, True], ids=["quick", "slow"])
def test_a_prompt_sent_while_the_app_starts_is_not_the_draft_of_the_last_time(
    run: RunScenario, home: Path, is_slow: bool
) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server:
            async with opened(home, server.base_url) as desktop:
                types(desktop, "of the last time")
            environment = {
                "QWEN_DESKTOP_HOME": str(home),
                "QWEN_DESKTOP_BASE_URL": server.base_url,
                "DASHSCOPE_API_KEY": KEY,
            }
            desktop = build(AppPaths.find(environment), environment=environment, keychain=SessionApiKeyStore())
            await desktop.show()
            await desktop.begin()
            try:
                assert not desktop.controller._has_started
                key = SlowKey(desktop)
                send(desktop, "precious")
                await eventually(lambda: desktop.controller._has_started)
                if is_slow:
                    await eventually(lambda: "precious" in kept(home).text)
                    assert kept(home).text == "of the last time\n\nprecious"
                key.answer.set()
                await eventually(lambda: server.posts == 1 and not desktop.chat.running_ids)
                assert kept(home).text == "of the last time"
                desktop.controller.new_chat()
                assert desktop.window.composer.text() == "of the last time"
            finally:
                await desktop.close()

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("way", ["stays", "goes to a new chat"])
@pytest.mark.parametrize("phase", ["the key is asked for", "it is written down"])
def test_what_is_chosen_meanwhile_is_kept_with_it(run: RunScenario, home: Path, way: str, phase: str) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            if phase == "it is written down":
                answer = Late(desktop.history, "begin_turn").may_come
            else:
                answer = SlowKey(desktop).answer
            send(desktop, "precious")
            desktop.window.composer.model_chosen.emit("qwen-max")
            desktop.parameters.open()
            assert desktop.parameters.dialog is not None
            desktop.parameters.dialog.system_prompt.insertPlainText("be brief")
            if way == "stays":
                desktop.parameters.dialog.accept()
            else:
                desktop.controller.new_chat()
                desktop.parameters.dialog.accept()  # it was opened for the chat that was left
                assert desktop.controller.system_prompt == ""
            answer.set()
            await eventually(lambda: server.posts == 1 and not desktop.chat.running_ids)

            async def is_kept() -> bool:
                chat = await newest(desktop)
                return (chat.system_prompt, chat.summary.model_id) == ("be brief", "qwen-max")

            await eventually(is_kept)

    run(scenario(), timeout_s=20)


def test_what_is_chosen_meanwhile_is_kept_when_the_app_ends(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            late = Late(desktop.history, "begin_turn")
            send(desktop, "precious")
            await eventually(lambda: late.calls)
            desktop.window.composer.model_chosen.emit("qwen-max")
            desktop.controller.set_system_prompt("be brief")

            async def comes_at_the_end() -> None:
                await eventually(lambda: desktop.chat._turns.is_closed)
                late.may_come.set()

            ending = asyncio.ensure_future(comes_at_the_end())
        await ending
        async with opened(home, "http://127.0.0.1:9") as desktop:
            chat = await newest(desktop)
            assert (chat.system_prompt, chat.summary.model_id) == ("be brief", "qwen-max")

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("phase", ["the key is asked for", "it is written down", "it runs"])
def test_what_waits_is_asked_of_the_model_it_was_sent_to(run: RunScenario, home: Path, phase: str) -> None:
    async def scenario() -> None:
        service = HeldReply()
        async with FaultServer(service) as server, opened(home, server.base_url) as desktop:
            if phase == "it is written down":
                answer = Late(desktop.history, "begin_turn").may_come
            else:
                answer = SlowKey(desktop).answer
            send(desktop, "precious")
            if phase == "it runs":
                answer.set()
                await eventually(lambda: server.posts == 1)
            desktop.window.composer.model_chosen.emit("qwen-max")
            send(desktop, "and more")
            answer.set()
            service.may_end.set()
            await eventually(lambda: server.posts == 2 and not desktop.chat.running_ids)
            assert [json.loads(one.body)["model"] for one in server.requests] == ["qwen-plus", "qwen-max"]

    run(scenario(), timeout_s=20)


def test_a_model_chosen_in_the_quick_ask_meanwhile_is_kept_with_its_chat(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            quick, key = desktop.presence.quick, SlowKey(desktop)
            quick.open()
            quick.window.set_text("precious")
            quick.ask()
            quick.window.model_chosen.emit("qwen-max")
            key.answer.set()
            await eventually(lambda: server.posts == 1 and not desktop.chat.running_ids)

            async def is_kept() -> bool:
                return (await newest(desktop)).summary.model_id == "qwen-max"

            await eventually(is_kept)

    run(scenario(), timeout_s=20)


def test_what_is_chosen_for_one_that_does_not_begin_goes_with_the_next_try(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            key = SlowKey(desktop)
            send(desktop, "precious")
            desktop.controller.set_system_prompt("be brief")
            desktop.window.composer.stop_button.click()
            await eventually(lambda: not desktop.chat._starting)
            key.answer.set()
            desktop.window.composer.submit()
            await eventually(lambda: server.posts == 1 and not desktop.chat.running_ids)
            assert (await newest(desktop)).system_prompt == "be brief"

    run(scenario(), timeout_s=20)
