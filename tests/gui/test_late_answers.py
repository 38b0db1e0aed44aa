"""What is on its way while the user goes on: nothing that was typed is lost, and the last choice is what is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.storage.conversations import StartedTurn
from qwen_desktop.ui.controllers.chat import Thread
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import FaultServer
from tests.late import HeldReply, Late

PICTURE = Attachment("0" * 64, "image/png", 4, 2, 1, name="late.png")


@pytest.fixture(autouse=True)
def settings(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text('[chat]\nmodel = "qwen-plus"\n')


@asynccontextmanager
async def with_a_chat(home: Path) -> AsyncIterator[tuple[Desktop, StartedTurn, int]]:
    """The app with two chats: one of a turn, which is shown, and another one."""
    service = HeldReply()
    async with FaultServer(service) as server, opened(home, server.base_url) as desktop:
        begun = await desktop.history.begin_turn(None, "the first", model_id="qwen-plus")
        other = (await desktop.history.create_conversation(title="another", model_id="m")).id
        await goes_to(desktop, begun.conversation.id)
        yield desktop, begun, other
        service.may_end.set()
        await eventually(lambda: not desktop.chat.running_ids)


async def goes_to(desktop: Desktop, conversation_id: int) -> None:
    desktop.controller.open_conversation(conversation_id)
    await eventually(lambda: desktop.controller.conversation_id == conversation_id)


def edits(desktop: Desktop, begun: StartedTurn, words: str) -> None:
    composer = desktop.window.composer
    composer.begin_editing(begun.prompt.id, begun.prompt.text)
    composer.edit.set_text(words)
    composer.submit()


async def draft_on_disk(desktop: Desktop, conversation_id: int) -> str:
    await eventually(lambda: desktop.conversations.draft_of(conversation_id) is None)
    return (await desktop.history.conversation(conversation_id)).summary.draft


# Edits


def test_an_edit_that_cannot_begin_comes_back_in_a_chat_that_was_left(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            late = Late(desktop.history, "begin_edit", is_begun=False, error=StorageUnavailable("no", reason="full"))
            desktop.window.composer.set_text("typed before")
            edits(desktop, begun, "other words")
            await eventually(lambda: late.calls)
            await goes_to(desktop, other)
            late.may_come.set()
            await eventually(lambda: not desktop.chat.is_starting(Thread(begun.conversation.id)))
            await goes_to(desktop, begun.conversation.id)
            await eventually(lambda: desktop.window.composer.text() == "other words\n\ntyped before")

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("way", ["by typing", "by leaving", "by waiting"])
def test_an_edit_that_is_on_its_way_is_on_disk(run: RunScenario, home: Path, way: str) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            place, composer = begun.conversation.id, desktop.window.composer
            late = Late(desktop.history, "begin_edit", is_begun=False)
            edits(desktop, begun, "other words")
            await eventually(lambda: late.calls)
            rest = ""
            if way == "by typing":
                rest = "typed since"
                composer.edit.set_text(rest)
                composer.flush_draft()
            elif way == "by leaving":
                await goes_to(desktop, other)
            expected = "other words\n\ntyped since" if rest else "other words"
            await eventually(lambda: _is(draft_on_disk(desktop, place), expected))
            late.may_come.set()
            await eventually(lambda: not desktop.chat.is_starting(Thread(place)))
            await eventually(lambda: _is(draft_on_disk(desktop, place), rest))
            await goes_to(desktop, place)
            assert composer.text() == rest

    run(scenario(), timeout_s=20)


def test_an_edit_that_waits_for_the_key_is_there_again_after_the_app_was_closed(run: RunScenario, home: Path) -> None:
    async def asking(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, _):
            desktop.chat._asking = asking  # type: ignore[assignment]
            edits(desktop, begun, "other words")
            await eventually(lambda: desktop.chat.is_starting(Thread(begun.conversation.id)))
        async with opened(home, "http://127.0.0.1:9") as desktop:
            await goes_to(desktop, begun.conversation.id)
            assert desktop.window.composer.text() == "other words"

    run(scenario(), timeout_s=20)


async def _is(found: Any, expected: str) -> bool:
    return bool(await found == expected)


def test_an_edit_that_comes_back_does_not_take_the_place_of_another_one(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, _):
            late = Late(desktop.history, "begin_edit", is_begun=False, error=StorageUnavailable("no", reason="full"))
            composer = desktop.window.composer
            edits(desktop, begun, "other words")
            await eventually(lambda: late.calls)
            composer.begin_editing(begun.prompt.id, begun.prompt.text)
            composer.edit.set_text("better words")
            late.may_come.set()
            await eventually(lambda: composer.text() == "other words")
            assert composer.draft == "other words\n\nbetter words"

    run(scenario(), timeout_s=20)


# Drafts


@pytest.mark.parametrize("what", ["a prompt", "an edit"])
def test_what_was_sent_is_no_draft_of_a_chat_that_was_left_before_that_was_told(
    run: RunScenario, home: Path, what: str
) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            place, composer = begun.conversation.id, desktop.window.composer
            late = Late(desktop.history, "begin_turn" if what == "a prompt" else "begin_edit")
            if what == "a prompt":
                composer.set_text("the second")
                composer.submit()
            else:
                edits(desktop, begun, "other words")
            await eventually(lambda: late.calls)
            composer.edit.set_text("typed since")
            await goes_to(desktop, other)
            assert await draft_on_disk(desktop, place)
            late.may_come.set()
            await eventually(lambda: place in desktop.chat.running_ids)
            await goes_to(desktop, place)
            assert composer.text() == "typed since"
            assert await draft_on_disk(desktop, place) == "typed since"

    run(scenario(), timeout_s=20)


def test_what_was_sent_is_no_draft_of_a_window_that_was_closed_before_that_was_told(
    run: RunScenario, home: Path
) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, _):
            place, late = begun.conversation.id, Late(desktop.history, "begin_turn")
            desktop.window.composer.set_text("the second")
            desktop.window.composer.submit()
            await eventually(lambda: late.calls)
            desktop.window.composer.flush_draft()
            assert await draft_on_disk(desktop, place) == "the second"
            late.may_come.set()
            await eventually(lambda: place in desktop.chat.running_ids)
            assert await draft_on_disk(desktop, place) == ""

    run(scenario(), timeout_s=20)


def test_a_draft_that_is_late_does_not_come_back_after_it_was_sent(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, _):
            place, composer = begun.conversation.id, desktop.window.composer
            late = Late(desktop.history, "save_draft", is_begun=False)
            composer.edit.set_text("the second")
            composer.flush_draft()
            await eventually(lambda: late.calls)
            composer.submit()
            await eventually(lambda: place in desktop.chat.running_ids)
            late.may_come.set()
            assert await draft_on_disk(desktop, place) == ""

    run(scenario(), timeout_s=20)


def test_a_prompt_of_a_new_chat_that_was_sent_while_another_one_is_read_is_no_draft(
    run: RunScenario, home: Path
) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, _begun, other):
            composer = desktop.window.composer
            desktop.controller.new_chat()
            late, beginning = Late(desktop.history, "conversation"), Late(desktop.history, "begin_turn")
            desktop.controller.open_conversation(other)
            await eventually(lambda: late.calls)
            composer.set_text("of a new chat")
            composer.submit()
            await eventually(lambda: beginning.calls)
            composer.edit.set_text("typed since")
            late.may_come.set()
            await eventually(lambda: desktop.controller.conversation_id == other)
            beginning.may_come.set()
            await eventually(lambda: desktop.chat.running_ids)
            desktop.controller.new_chat()
            assert composer.text() == "typed since"

    run(scenario(), timeout_s=20)


def test_a_picture_that_comes_while_its_chat_is_read_stays(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            place, composer = begun.conversation.id, desktop.window.composer
            composer.set_text("typed before")
            await goes_to(desktop, other)
            late = Late(desktop.history, "conversation")
            desktop.controller.open_conversation(place)
            await eventually(lambda: late.calls == 1)
            desktop.controller.take_late_picture(Thread(place), PICTURE)
            await eventually(lambda: late.calls == 2)
            late.may_come.set()
            await eventually(lambda: desktop.controller.conversation_id == place)
            await eventually(lambda: composer.attachments == (PICTURE,))
            assert composer.text() == "typed before"
            composer.flush_draft()
            await draft_on_disk(desktop, place)
            assert (await desktop.history.conversation(place)).summary.draft_attachments == (PICTURE,)

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("what", ["an edit", "a prompt to shorten", "an edit whose message goes"])
def test_what_was_just_typed_gets_to_the_disk_whatever_is_put_into_the_composer(
    run: RunScenario, home: Path, what: str
) -> None:
    """No key and no other chat follow."""

    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, _):
            place, composer = begun.conversation.id, desktop.window.composer
            if what == "an edit whose message goes":
                composer.begin_editing(begun.prompt.id, begun.prompt.text)
            composer.edit.insertPlainText(" typed")
            match what:
                case "an edit":
                    desktop.controller._on_message_action(begun.prompt.id, "edit")
                    expected = " typed"
                case "a prompt to shorten":
                    desktop.controller._on_message_action(begun.reply.id, "shorten")
                    expected = "the first\n\n typed"
                case _:
                    composer.make_edit_new()
                    expected = "the first typed"
            await eventually(lambda: _is(draft_on_disk(desktop, place), expected))

    run(scenario(), timeout_s=20)


def test_what_was_just_typed_in_a_new_chat_gets_to_the_disk_though_a_prompt_comes_back(
    run: RunScenario, home: Path
) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, _begun, _other):
            full = StorageUnavailable("no", reason="full")
            desktop.controller.new_chat()
            late = Late(desktop.history, "begin_turn", is_begun=False, error=full)
            desktop.window.composer.set_text("precious")
            desktop.window.composer.submit()
            await eventually(lambda: late.calls)
            desktop.controller.new_chat()
            desktop.window.composer.edit.selectAll()
            desktop.window.composer.edit.textCursor().removeSelectedText()
            desktop.window.composer.edit.insertPlainText("typed")
            late.may_come.set()
            await eventually(lambda: desktop.window.composer.text() == "precious\n\ntyped")
            path = home / "data" / "new-chat.draft"
            await eventually(lambda: path.read_text(encoding="utf-8") == "precious\n\ntyped")

    run(scenario(), timeout_s=20)


# Choices


def test_a_chat_that_is_being_read_is_not_shown_once_the_one_before_is_chosen_again(
    run: RunScenario, home: Path
) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            late = Late(desktop.history, "conversation")
            desktop.controller.open_conversation(other)
            await eventually(lambda: late.calls)
            desktop.controller.open_conversation(begun.conversation.id)
            late.may_come.set()
            await is_at_rest(desktop)
            assert desktop.controller.conversation_id == begun.conversation.id

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("what", ["a new chat", "the one before", "another chat"])
def test_what_was_found_is_not_shown_once_something_else_is_chosen(run: RunScenario, home: Path, what: str) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            found = await desktop.history.begin_turn(None, "found", model_id="qwen-plus")
            late = Late(desktop.history.search, "places_in")
            desktop.search.open(found.conversation.id, found.prompt.id)
            await eventually(lambda: late.calls)
            if what == "a new chat":
                desktop.controller.new_chat()
            elif what == "the one before":
                desktop.controller.open_conversation(begun.conversation.id)
            else:
                await goes_to(desktop, other)
            late.may_come.set()
            await is_at_rest(desktop)
            expected = {"a new chat": None, "the one before": begun.conversation.id, "another chat": other}
            assert desktop.controller.conversation_id == expected[what]

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("many", [False, True], ids=["alone", "with others"])
def test_a_chat_that_is_deleted_while_it_is_read_is_not_shown(run: RunScenario, home: Path, many: bool) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            late = Late(desktop.history, "conversation")
            desktop.controller.open_conversation(other)
            await eventually(lambda: late.calls)
            gone: list[object] = []
            desktop.conversations.gone.connect(gone.append)
            if many:
                desktop.chat_list.delete((other,))
            else:
                desktop.conversations.delete(other)
            await eventually(lambda: gone)
            late.may_come.set()
            await is_at_rest(desktop)
            assert desktop.controller.conversation_id == begun.conversation.id

    run(scenario(), timeout_s=20)


def test_versions_asked_for_in_a_chat_that_was_left_do_not_bring_it_back(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            again = await desktop.history.begin_edit(begun.prompt.id, "other words", model_id="qwen-plus")
            await goes_to(desktop, other)
            await goes_to(desktop, begun.conversation.id)
            late = Late(desktop.history, "select_path")
            message = desktop.controller.messages[0]
            assert message.id == again.prompt.id
            for _click in range(2):
                desktop.controller._on_message_action(message.id, "previous_version")
            await eventually(lambda: late.calls == 2)
            await goes_to(desktop, other)
            late.may_come.set()
            await is_at_rest(desktop)
            assert desktop.controller.conversation_id == other

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("way", ["by the list", "by a search"])
def test_a_model_that_was_chosen_is_still_chosen_after_another_chat(run: RunScenario, home: Path, way: str) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            composer, late = desktop.window.composer, Late(desktop.history, "set_model", is_begun=False)
            reading = Late(desktop.conversations.changes, "read", is_begun=False)
            reading.may_come.set()
            composer.model_chosen.emit("qwen-max")
            await goes_to(desktop, other)
            if way == "by the list":
                desktop.controller.open_conversation(begun.conversation.id)
            else:
                desktop.search.open(begun.conversation.id, begun.prompt.id)
            await eventually(lambda: reading.calls >= 2)
            # What was asked for before this, of the same thread, has been read by then.
            await desktop.history.conversation(begun.conversation.id)
            late.may_come.set()
            await eventually(lambda: desktop.controller.conversation_id == begun.conversation.id)
            assert composer.model_id == "qwen-max"

    run(scenario(), timeout_s=20)


def test_a_system_prompt_belongs_to_the_chat_its_dialog_was_opened_for(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            desktop.parameters.open()
            panel = desktop.parameters.dialog
            assert panel is not None
            panel.system_prompt.insertPlainText("be brief")
            await goes_to(desktop, other)  # by a notification, or because it had been chosen before
            panel.accept()
            await is_at_rest(desktop)
            chats = [await desktop.history.conversation(one) for one in (begun.conversation.id, other)]
            assert [one.system_prompt for one in chats] == ["be brief", ""]
            assert desktop.controller.system_prompt == ""

    run(scenario(), timeout_s=20)


def test_a_system_prompt_that_is_typed_when_the_app_ends_is_kept(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, _):
            desktop.parameters.open()
            assert desktop.parameters.dialog is not None
            desktop.parameters.dialog.system_prompt.insertPlainText("be brief")
        async with opened(home, "http://127.0.0.1:9") as desktop:
            assert (await desktop.history.conversation(begun.conversation.id)).system_prompt == "be brief"

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("what", ["deleted", "left out"])
def test_a_message_that_changes_while_its_chat_is_read_is_shown_so(run: RunScenario, home: Path, what: str) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            place, history = begun.conversation.id, desktop.history
            change = Late(history, "delete_message" if what == "deleted" else "set_left_out", is_begun=False)
            desktop.controller._on_message_action(begun.reply.id, "delete" if what == "deleted" else "leave_out")
            await goes_to(desktop, other)
            await draft_on_disk(desktop, place)
            late = Late(history, "conversation")
            desktop.controller.open_conversation(place)
            await eventually(lambda: late.calls)
            change.may_come.set()
            await eventually(lambda: desktop.window.undo_bar.isVisible())
            late.may_come.set()
            await eventually(lambda: desktop.controller.conversation_id == place)
            messages = desktop.controller.messages
            assert messages[0].is_left_out if what == "left out" else len(messages) == 1

    run(scenario(), timeout_s=20)


def test_what_waits_is_not_sent_on_the_branch_of_what_was_found(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, _):
            place, composer = begun.conversation.id, desktop.window.composer
            edits(desktop, begun, "other words")
            await eventually(lambda: place in desktop.chat.running_ids)
            composer.set_text("this waits")
            composer.submit()
            assert desktop.chat.queued(place)
            desktop.search.open(place, begun.reply.id)
            await eventually(lambda: begun.prompt.id in [one.id for one in desktop.controller.messages])
            await is_at_rest(desktop)
            assert (desktop.chat.queued(place), composer.text()) == ("", "this waits")

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("what", ["another chat", "one that is read", "a new chat", "what was found", "nothing else"])
def test_a_chat_that_is_branched_off_leaves_the_screen_to_what_was_chosen_since(
    run: RunScenario, home: Path, what: str
) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            found = await desktop.history.begin_turn(None, "found", model_id="qwen-plus")
            late = Late(desktop.history, "branch_off")
            desktop.controller._on_message_action(begun.prompt.id, "branch_off")
            await eventually(lambda: late.calls)
            reading = Late(desktop.history, "conversation")
            if what != "one that is read":
                reading.may_come.set()
            expected = {"another chat": other, "one that is read": other, "what was found": found.conversation.id}
            match what:
                case "another chat":
                    await goes_to(desktop, other)
                case "one that is read":
                    desktop.controller.open_conversation(other)
                    await eventually(lambda: reading.calls)
                case "a new chat":
                    desktop.controller.new_chat()
                case "what was found":
                    reading.may_come.clear()
                    desktop.search.open(found.conversation.id, found.prompt.id)
                    await eventually(lambda: reading.calls)
            late.may_come.set()
            copied = {begun.conversation.id, other, found.conversation.id}
            rows = desktop.window.sidebar.conversations
            await eventually(
                lambda: desktop.controller.conversation_id != begun.conversation.id or what != "nothing else"
            )
            await eventually(lambda: set(rows.loaded_ids) - copied)
            reading.may_come.set()
            await is_at_rest(desktop)
            if what == "nothing else":
                assert desktop.controller.conversation_id not in {None, *copied}
                assert desktop.window.notice_bar.isHidden()
            else:
                assert desktop.controller.conversation_id == expected.get(what)
                assert desktop.window.notice_bar.isVisible()

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("many", [False, True], ids=["alone", "with others"])
def test_a_chat_that_is_read_comes_in_the_place_of_one_that_was_deleted_before(
    run: RunScenario, home: Path, many: bool
) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            late = Late(desktop.history, "conversation")
            gone: list[object] = []
            desktop.conversations.gone.connect(gone.append)
            if many:
                desktop.chat_list.delete((begun.conversation.id,))
            else:
                desktop.conversations.delete(begun.conversation.id)
            desktop.controller.open_conversation(other)
            await eventually(lambda: late.calls)
            await eventually(lambda: gone)
            late.may_come.set()
            await is_at_rest(desktop)
            assert desktop.controller.conversation_id == other

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("what", ["a message", "a turn"])
def test_what_comes_back_leaves_the_screen_to_what_was_chosen_since(run: RunScenario, home: Path, what: str) -> None:
    async def scenario() -> None:
        async with with_a_chat(home) as (desktop, begun, other):
            third = (await desktop.history.create_conversation(title="third", model_id="m")).id
            undo_bar = desktop.window.undo_bar
            action = "delete" if what == "a message" else "delete_turn"
            desktop.controller._on_message_action(begun.reply.id, action)
            await eventually(undo_bar.isVisible)
            await goes_to(desktop, other)
            late = (
                Late(desktop.history, "undelete_message") if what == "a message" else Late(desktop.history, "_rewrite")
            )
            undo_bar._undo.click()
            await eventually(lambda: late.calls)
            await goes_to(desktop, third)
            late.may_come.set()
            await is_at_rest(desktop)
            assert desktop.controller.conversation_id == third

    run(scenario(), timeout_s=20)


async def is_at_rest(desktop: Desktop) -> None:
    """All that was asked of the history is answered, and what an answer led to as well."""

    def is_asked() -> bool:
        opening = desktop.search._opening
        owners = (desktop.conversations, desktop.chat_list)
        return any(owner._tasks._tasks for owner in owners) or (opening is not None and not opening.done())

    for _ in range(3):
        await asyncio.sleep(0)
        await eventually(lambda: not is_asked())
