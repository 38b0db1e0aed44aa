"""A prompt whose turn takes long to begin, since the key ring waits for its password: it is lost by no way out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.conversation import Conversation
from qwen_desktop.core.chat.message import MessageStatus, Role
from qwen_desktop.demo.server import DemoServer
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import Connection, FaultServer
from tests.late import HeldReply, Late, SlowKey, answered
from tests.listing import listed


def send(desktop: Desktop, prompt: str) -> None:
    desktop.window.composer.set_text(prompt)
    desktop.window.composer.edit.send_requested.emit()
    assert desktop.window.composer.text() == ""


def draft(home: Path) -> str:
    path = home / "data" / "new-chat.draft"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def ask(desktop: Desktop, way: str, prompt: str = "") -> None:
    """In the quick ask or the window; '' asks what stands there."""
    if way == "quick ask":
        if prompt:
            desktop.presence.quick.window.set_text(prompt)
        desktop.presence.quick.ask()
    elif prompt:
        send(desktop, prompt)
    else:
        desktop.window.composer.edit.send_requested.emit()


async def asked(desktop: Desktop, way: str, prompt: str = "") -> None:
    ask(desktop, way, prompt)
    await eventually(lambda: desktop.chat.running_ids)
    await eventually(lambda: not desktop.chat.running_ids, 20)


async def newest(desktop: Desktop) -> Conversation:
    return await desktop.history.conversation((await listed(desktop.history))[0].id)


async def begun(desktop: Desktop, prompt: str) -> int:
    send(desktop, prompt)
    await eventually(lambda: desktop.controller.conversation_id is not None)
    conversation_id = desktop.controller.conversation_id
    assert conversation_id is not None
    await eventually(lambda: not desktop.chat.is_running(conversation_id), 20)
    return conversation_id


def test_it_is_kept_while_it_waits_and_when_the_app_ends(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server:
            async with opened(home, server.base_url) as desktop:
                SlowKey(desktop)
                send(desktop, "precious")
                await eventually(lambda: draft(home) == "precious")  # a kill would not cost it either
                desktop.window.composer.set_text("and more")
                quick = desktop.presence.quick
                quick.window.set_text("asked quickly")
                quick.ask()
                quick.start_anew()
            assert draft(home) == "precious\n\nand more"
            assert (home / "data" / "quick-ask.draft").read_text(encoding="utf-8") == "asked quickly"
            async with opened(home, server.base_url) as desktop:
                assert desktop.window.composer.text() == "precious\n\nand more"

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("is_refused", [True, False])
def test_another_chat_may_be_shown_meanwhile(run: RunScenario, home: Path, is_refused: bool) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            first = await begun(desktop, "one")
            desktop.controller.new_chat()
            second = await begun(desktop, "two")
            controller, text = desktop.controller, desktop.window.composer.text
            key = SlowKey(desktop)
            key.is_refused = is_refused

            send(desktop, "for the second")
            controller.open_conversation(first)
            await eventually(lambda: controller.conversation_id == first)
            controller.new_chat()
            send(desktop, "for a new chat")
            controller.open_conversation(first)
            await eventually(lambda: controller.conversation_id == first)
            assert text() == ""
            key.answer.set()
            await eventually(lambda: not desktop.chat._starting and not desktop.chat.running_ids, 20)
            controller.new_chat()
            assert text() == ("for a new chat" if is_refused else "")
            controller.open_conversation(second)
            await eventually(lambda: controller.conversation_id == second)
            assert text() == ("for the second" if is_refused else "")
            messages = (await desktop.history.conversation(second)).messages
            assert [message.text for message in messages[::2]] == (["two"] if is_refused else ["two", "for the second"])

    run(scenario(), timeout_s=40)


@pytest.mark.parametrize("phase", ["the key is asked for", "it is written down"])
@pytest.mark.parametrize("way", ["button", "Esc", "quick ask"])
@pytest.mark.parametrize("is_new", [True, False], ids=["new chat", "old chat"])
def test_stop_before_it_begins_sends_nothing(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch, way: str, phase: str, is_new: bool
) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            window, quick = desktop.window, desktop.presence.quick
            if way == "quick ask":
                quick.open()
            if not is_new:
                await asked(desktop, way, "one")
            posts = server.posts
            key = SlowKey(desktop)
            may_write, begin_turn = asyncio.Event(), desktop.history.begin_turn

            async def slowly(*words: Any, **more: Any) -> Any:
                await may_write.wait()
                return await begin_turn(*words, **more)

            monkeypatch.setattr(desktop.history, "begin_turn", slowly)
            ask(desktop, way, "precious")
            if phase == "it is written down":
                key.answer.set()
                await eventually(lambda: desktop.chat._turns._beginnings)
            match way:
                case "button":
                    await eventually(window.composer.stop_button.isVisible)
                    window.composer.stop_button.click()
                case "Esc":
                    QTest.keyClick(window.composer.edit, Qt.Key.Key_Escape)
                case _:
                    assert quick.window.stop_button.isVisible()
                    quick.window.stop_button.click()
            if phase == "the key is asked for":
                await eventually(lambda: not desktop.chat._starting)
                field = quick.window.text if way == "quick ask" else window.composer.text
                assert field() == "precious"
                key.answer.set()
            may_write.set()
            await eventually(lambda: not desktop.chat._starting and not desktop.chat.running_ids, 20)
            assert server.posts == posts
            assert not window.composer.is_running
            if phase == "it is written down":
                reply = (await newest(desktop)).messages[-1]
                assert (reply.status, reply.text) == (MessageStatus.STOPPED, "")
            else:
                await asked(desktop, way)  # once more, as it stands there
                assert (await newest(desktop)).messages[-2].text == "precious"
                assert server.posts == posts + 1

    run(scenario(), timeout_s=30)


def test_what_was_sent_twice_in_a_new_chat_that_was_left_is_a_draft_of_that_chat(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        may_end = asyncio.Event()

        async def service(connection: Connection) -> None:
            await may_end.wait()
            await answered(connection)

        async with FaultServer(service) as server, opened(home, server.base_url) as desktop:
            key = SlowKey(desktop)
            send(desktop, "the first")
            send(desktop, "the second")
            desktop.controller.new_chat()
            assert desktop.window.composer.text() == "the first\n\nthe second"
            key.answer.set()
            await eventually(lambda: server.posts == 1)
            assert desktop.window.composer.text() == draft(home) == ""
            conversation_id = (await newest(desktop)).id
            await eventually(lambda: desktop.conversations.draft_of(conversation_id) is None)
            assert (await newest(desktop)).summary.draft == "the second"  # a kill would not cost it
            may_end.set()
            await eventually(lambda: server.posts == 2 and not desktop.chat.running_ids, 20)
            desktop.controller.open_conversation(conversation_id)
            await eventually(lambda: desktop.controller.conversation_id == conversation_id)
            assert desktop.window.composer.text() == draft(home) == ""

    run(scenario(), timeout_s=30)


def test_a_key_refused_in_the_moment_of_stop_is_told_nobody(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            key = SlowKey(desktop)
            key.is_refused = True
            send(desktop, "precious")
            await asyncio.sleep(0.01)
            key.answer.set()
            desktop.window.composer.stop_button.click()
            await eventually(lambda: not desktop.chat._starting)
            assert desktop.window.composer.text() == "precious"
            assert desktop.window.notice_bar.isHidden()

    run(scenario(), timeout_s=30)


def test_the_quick_ask_can_stop_any_turn_before_it_begins(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            window, quick, composer = desktop.window, desktop.presence.quick, desktop.window.composer
            quick.open()
            await asked(desktop, "quick ask", "one")
            conversation_id = quick.conversation_id
            assert conversation_id is not None
            desktop.controller.open_conversation(conversation_id)
            await eventually(lambda: desktop.controller.conversation_id == conversation_id)
            SlowKey(desktop)

            def regenerate() -> None:
                quick._retry_reply()

            def edit() -> None:
                composer.begin_editing(desktop.controller.messages[0].id, "one")
                composer.edit.set_text("other words")
                composer.submit()

            for begin in (regenerate, lambda: window.shortcut_activated.emit("regenerate"), edit):
                begin()
                assert quick.window.stop_button.isVisible()
                quick.window.set_text("and then")
                quick.ask()
                assert quick.window.line.sentence
                quick.window.stop_button.click()
                await eventually(lambda: not desktop.chat._starting)
                assert not quick.window.line.sentence
                assert not quick.window.stop_button.isVisible()
                assert quick.window.text() == "and then"
            assert composer.text() == "other words"
            assert server.posts == 1

    run(scenario(), timeout_s=30)


def test_a_double_click_on_send_asks_in_the_quick_ask_too(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            quick, left = desktop.presence.quick, Qt.MouseButton.LeftButton
            quick.open()
            key = SlowKey(desktop)
            quick.window.set_text("once")
            QTest.mouseClick(quick.window.send_button, left)
            QTest.mouseDClick(quick.window.stop_button, left)
            QTest.mouseRelease(quick.window.stop_button, left)
            key.answer.set()
            await eventually(lambda: not desktop.chat._starting and not desktop.chat.running_ids, 20)
            assert server.posts == 1

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("way", ["prompt", "edit", "regenerate"])
@pytest.mark.parametrize("phase", ["the key is asked for", "it is about to be written", "it was just written"])
@pytest.mark.parametrize("many", [False, True], ids=["alone", "together"])
def test_chats_that_are_deleted_stop_what_is_on_its_way(
    run: RunScenario, home: Path, way: str, phase: str, many: bool
) -> None:
    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            conversation_id = await begun(desktop, "one")
            window, composer = desktop.window, desktop.window.composer
            method = {"prompt": "begin_turn", "edit": "begin_edit", "regenerate": "begin_reply"}[way]
            late = Late(desktop.history, method, is_begun=phase == "it was just written")
            key = SlowKey(desktop)
            if way == "prompt":
                send(desktop, "two")
            elif way == "edit":
                composer.begin_editing(desktop.controller.messages[0].id, "one")
                composer.edit.set_text("two")
                composer.submit()
            else:
                window.shortcut_activated.emit("regenerate")
            if phase != "the key is asked for":
                key.answer.set()
                await eventually(lambda: late.calls)
            if many:
                desktop.chat_list.delete((conversation_id,))
            else:
                window.delete_requested.emit(conversation_id)
            await eventually(lambda: desktop.controller.conversation_id is None)
            late.may_come.set()
            key.answer.set()
            await eventually(lambda: not desktop.chat._starting and not desktop.chat.running_ids)
            assert server.posts == 1
            window.undo_bar._undo.click()
            desktop.controller.open_conversation(conversation_id)
            await eventually(lambda: desktop.controller.conversation_id == conversation_id)
            shown = [one.text for one in desktop.controller.messages if one.role is Role.USER]
            there = [*shown, composer.text()] if composer.text() else shown
            assert there == (["one"] if way == "regenerate" else ["two"] if shown == ["two"] else ["one", "two"])

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("phase", ["the key is asked for", "it is about to be written", "it runs"])
@pytest.mark.parametrize("many", [False, True], ids=["alone", "together"])
def test_what_is_sent_while_its_chat_is_being_deleted_is_stopped(
    run: RunScenario, home: Path, phase: str, many: bool
) -> None:
    async def scenario() -> None:
        service = HeldReply()
        service.may_end.set()
        async with FaultServer(service) as server, opened(home, server.base_url) as desktop:
            conversation_id = await begun(desktop, "one")
            service.may_end.clear()
            window, composer = desktop.window, desktop.window.composer
            deleting = Late(desktop.history, "write_beside" if many else "delete", is_begun=False)
            if many:
                desktop.chat_list.delete((conversation_id,))
            else:
                window.delete_requested.emit(conversation_id)
            await eventually(lambda: deleting.calls)
            if phase == "the key is asked for":
                answer = SlowKey(desktop).answer
            elif phase == "it is about to be written":
                answer = Late(desktop.history, "begin_turn", is_begun=False).may_come
            else:
                answer = asyncio.Event()
            send(desktop, "two")
            if phase == "it runs":
                await eventually(lambda: server.posts == 2)
            deleting.may_come.set()
            await eventually(lambda: desktop.controller.conversation_id is None)
            answer.set()
            await eventually(lambda: not desktop.chat._starting and not desktop.chat.running_ids)
            assert server.posts == (2 if phase == "it runs" else 1)
            window.undo_bar._undo.click()
            desktop.controller.open_conversation(conversation_id)
            await eventually(lambda: desktop.controller.conversation_id == conversation_id)
            messages = desktop.controller.messages
            shown = [one.text for one in messages if one.role is Role.USER]
            assert [*shown, *filter(None, [composer.text()])] == ["one", "two"]
            if phase != "the key is asked for":
                assert messages[-1].status is MessageStatus.STOPPED
            service.may_end.set()

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("phase", ["the key is asked for", "it is about to be written", "it was just written"])
@pytest.mark.parametrize("way", ["edit", "regenerate", "continue"])
@pytest.mark.parametrize("how", ["button", "Esc"])
def test_stop_before_it_begins_sends_nothing_whatever_was_asked_for(
    run: RunScenario, home: Path, way: str, phase: str, how: str
) -> None:
    async def scenario() -> None:
        service = HeldReply()
        async with FaultServer(service) as server, opened(home, server.base_url) as desktop:
            composer, shown = desktop.window.composer, desktop.controller
            send(desktop, "one")
            await eventually(lambda: "some words" in desktop.transcript.last_text())
            composer.stop_button.click()
            await eventually(lambda: not desktop.chat.running_ids)
            method = {"edit": "begin_edit", "regenerate": "begin_reply", "continue": "begin_continuation"}[way]
            late, key = Late(desktop.history, method, is_begun=phase == "it was just written"), SlowKey(desktop)
            match way:
                case "edit":
                    composer.begin_editing(shown.messages[0].id, "one")
                    composer.edit.set_text("other words")
                    composer.submit()
                case "regenerate":
                    desktop.window.shortcut_activated.emit("regenerate")
                case _:
                    assert shown.last_reply is not None
                    shown._on_message_action(shown.last_reply.id, "continue")
            composer.set_text("this waits")
            composer.submit()
            composer.edit.set_text("and more")
            if phase != "the key is asked for":
                key.answer.set()
                await eventually(lambda: late.calls)
            assert composer.stop_button.isVisible()
            if how == "button":
                composer.stop_button.click()
            else:
                QTest.keyClick(composer.edit, Qt.Key.Key_Escape)
            if phase == "the key is asked for":
                await eventually(lambda: not desktop.chat._starting)
            key.answer.set()
            late.may_come.set()
            await eventually(lambda: not desktop.chat._starting and not desktop.chat.running_ids)
            await eventually(lambda: not composer.is_running)
            assert server.posts == 1
            expected = "this waits\n\nand more"
            if way == "edit" and phase == "the key is asked for":
                expected = f"other words\n\n{expected}"
            assert composer.draft == expected
            reply = (await newest(desktop)).messages[-1]
            assert reply.status is MessageStatus.STOPPED
            assert reply.text == ("some words" if way == "continue" or phase == "the key is asked for" else "")
            service.may_end.set()

    run(scenario(), timeout_s=30)
