"""A filtered turn that blocks every later one, in the real window, offscreen, against a service that filters: left out,
undone, taken back in, and remembered."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu

from qwen_desktop.app import Desktop
from qwen_desktop.demo.ask import text_of
from qwen_desktop.ui.transcript.left_out_line import LeftOutLine
from qwen_desktop.ui.transcript.message_menu import context_menu, more_menu
from qwen_desktop.ui.transcript.message_widget import MessageWidget
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, notices, opened
from tests.late import Late
from tests.quick_asking import change, quick_ask_of
from tests.strict_service import TEXT, ContentFilter, StrictService

STORM = "Tell me about the storm"
FILTER = ContentFilter(ends_reply=("storm",))


def left_out(home: Path) -> list[int]:
    with sqlite3.connect(home / "data" / "history.sqlite3") as db:
        found = [row[0] for row in db.execute("SELECT id FROM message WHERE is_left_out ORDER BY id")]
    db.close()
    return found


def sent(service: StrictService) -> list[str]:
    """The texts of the last request, the prompt last."""
    body = service.posts[-1].body
    return [text_of(message["content"]) for message in body["input"]["messages"]]


async def asked(desktop: Desktop, service: StrictService, prompt: str) -> None:
    before = len(service.posts)
    desktop.controller.submit(prompt)
    await eventually(lambda: len(service.posts) > before)
    await at_rest(desktop)


async def at_rest(desktop: Desktop) -> None:
    """The turn has ended, and what it left behind is on the screen."""
    await eventually(lambda: not desktop.window.composer.is_running and desktop.chat.running_ids == frozenset())
    await eventually(lambda: not desktop.transcript.is_busy)


def press(desktop: Desktop, name: str, place: int = -1) -> None:
    """The button of that name in the last notice."""
    (button,) = [one for one in notices(desktop)[place].buttons if one.objectName() == f"notice_{name}"]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def widget(desktop: Desktop, message_id: int) -> MessageWidget:
    found = desktop.transcript.widget_of(message_id)
    assert found is not None
    return found


def line_of(desktop: Desktop, message_id: int) -> LeftOutLine | None:
    lines = [one for one in widget(desktop, message_id).findChildren(LeftOutLine) if one.isVisible()]
    return lines[0] if lines else None


def choose(menu: QMenu, words: str) -> None:
    (action,) = [one for one in menu.actions() if one.text() == words]
    action.trigger()
    menu.deleteLater()


def test_a_filtered_turn_blocks_the_chat_until_it_is_left_out(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with StrictService(api_key=KEY, filters=FILTER) as service:
            async with opened(home, service.base_url) as desktop:
                await asked(desktop, service, STORM)
                assert desktop.transcript.last_text()
                assert TEXT.startswith(desktop.transcript.last_text())
                assert [one.text() for one in notices(desktop)[0].buttons] == ["Leave this turn out", "Try again"]
                for prompt in ("And the weather?", "Anything else?"):
                    await asked(desktop, service, prompt)
                    assert service.posts[-1].refusal is not None
                    assert STORM in sent(service)
                    words = notices(desktop)[-1].accessibleName()
                    assert f"because of the earlier turn “{STORM}”" in words
                assert [one.text() for one in notices(desktop)[-1].buttons] == [
                    "Edit prompt",
                    "Leave out “Tell me about the sto…” and try again",
                ]
                assert len(service.posts) == 3  # nothing was asked by itself

                press(desktop, "leave_out_and_retry")
                await eventually(lambda: len(service.posts) == 4)
                assert desktop.window.focusWidget() is desktop.window.composer.edit, "a space is not for Undo"
                await at_rest(desktop)
                assert service.posts[-1].refusal is None
                assert sent(service) == ["Anything else?"]
                assert desktop.transcript.last_text() == TEXT
                assert left_out(home) == [1]
                assert line_of(desktop, 1) is not None

                await asked(desktop, service, "Go on")
                assert sent(service) == ["Anything else?", TEXT, "Go on"]
                await _undo_and_leave_out_again(desktop, home)
            await _is_kept(home, service)

    run(scenario(), timeout_s=40)


async def _undo_and_leave_out_again(desktop: Desktop, home: Path) -> None:
    undo = desktop.window.undo_bar.findChild(QAbstractButton, "undo")
    assert desktop.window.undo_bar.accessibleName() == "1 turn left out"
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    await eventually(lambda: left_out(home) == [] and line_of(desktop, 1) is None)
    assert not widget(desktop, 2).state.is_left_out
    choose(more_menu(widget(desktop, 2)), "Leave this turn out")  # of the reply: its whole turn
    await eventually(lambda: left_out(home) == [1] and line_of(desktop, 1) is not None)


async def _is_kept(home: Path, service: StrictService) -> None:
    """After a restart, until the button takes it back in."""
    async with opened(home, service.base_url) as desktop:
        desktop.window.sidebar.conversation_selected.emit(1)
        await eventually(lambda: desktop.controller.conversation_id == 1)
        await eventually(lambda: line_of(desktop, 1) is not None)
        assert widget(desktop, 1).accessibleName().endswith(", left out of later messages")
        assert "left out of later messages" in widget(desktop, 2).accessibleName()
        await asked(desktop, service, "Once more")
        assert STORM not in sent(service)
        line = line_of(desktop, 1)
        assert line is not None
        line.button.setFocus()
        QTest.keyClick(line.button, Qt.Key.Key_Space)
        await eventually(lambda: left_out(home) == [] and line_of(desktop, 1) is None)
        assert "left out" not in widget(desktop, 1).accessibleName()
        await asked(desktop, service, "Now?")
        assert STORM in sent(service)


def test_a_first_refusal_blames_the_prompt_and_only_offers_to_edit_it(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        filters = ContentFilter(refused=("forbidden",))
        async with StrictService(api_key=KEY, filters=filters) as service, opened(home, service.base_url) as desktop:
            await asked(desktop, service, "Good morning")
            await asked(desktop, service, "Something forbidden")
            assert [one.text() for one in notices(desktop)[0].buttons] == ["Edit prompt"]
            assert notices(desktop)[0].accessibleName().startswith("The service's content filter stopped this prompt.")
            press(desktop, "shorten")
            assert desktop.window.composer.text() == "Something forbidden"
            await asked(desktop, service, "Something allowed")
            assert sent(service) == ["Good morning", TEXT, "Something allowed"]
            assert service.posts[-1].refusal is None

    run(scenario(), timeout_s=30)


def test_a_chat_that_is_too_long_is_shortened_by_as_many_turns_as_the_button_says(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        service = StrictService(api_key=KEY, most_input_characters=400)
        async with service, opened(home, service.base_url) as desktop:
            for name in "abcd":
                await asked(desktop, service, f"{name}{'x' * 50}")
            assert [post.refusal is None for post in service.posts] == [True, True, True, True]
            await asked(desktop, service, "e" * 50)
            assert service.posts[-1].refusal is not None
            (notice,) = notices(desktop)
            assert notice.accessibleName() == (
                "The chat is too long for this model, which reads at most 400 tokens. "
                "Leave out the 2 oldest turns, or shorten the prompt."
            )
            assert [one.text() for one in notice.buttons] == ["Edit prompt", "Leave out 2 turns and try again"]
            press(desktop, "leave_out_and_retry")
            await eventually(lambda: len(service.posts) == 6)
            await at_rest(desktop)
            assert service.posts[-1].refusal is None
            assert [text[0] for text in sent(service)] == ["c", TEXT[0], "d", TEXT[0], "e"]
            assert left_out(home) == [1, 3]

    run(scenario(), timeout_s=30)


def test_the_context_menu_leaves_out_what_is_sent_and_nothing_else_changes(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with StrictService(api_key=KEY) as service, opened(home, service.base_url) as desktop:
            await asked(desktop, service, "Good morning")
            counted: list[int] = []
            desktop.controller.content_changed.connect(lambda: counted.append(1))
            choose(context_menu(widget(desktop, 1), ""), "Leave this turn out")
            await eventually(lambda: line_of(desktop, 1) is not None)
            assert counted == [1]  # the meter counts anew
            assert len(service.posts) == 1
            assert desktop.transcript.text_of(1) == "Good morning"
            widget(desktop, 1).copy_all()
            assert QApplication.clipboard().text() == "Good morning"
            assert widget(desktop, 2).body.pieces[0].style.is_muted
            choose(more_menu(widget(desktop, 1)), "Take this turn back in")
            await eventually(lambda: line_of(desktop, 1) is None)
            assert not widget(desktop, 2).body.pieces[0].style.is_muted

    run(scenario(), timeout_s=30)


def test_the_quick_ask_offers_the_same_way_out(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with StrictService(api_key=KEY, filters=FILTER) as service, opened(home, service.base_url) as desktop:
            quick = quick_ask_of(desktop)
            change(desktop, quick, prefill="off")
            quick.warm()
            quick.open()
            try:
                for count, prompt in enumerate((STORM, "And now?"), 1):
                    quick.window.set_text(prompt)
                    QTest.keyClick(quick.window.edit, Qt.Key.Key_Return)
                    await eventually(lambda count=count: len(service.posts) == count)
                    await eventually(lambda: not desktop.chat.running_ids)
                transcript = quick.window.transcript
                assert transcript is not None
                name = "notice_leave_out_and_retry"
                await eventually(lambda: bool(transcript.findChildren(QAbstractButton, name)))
                QTest.mouseClick(transcript.findChildren(QAbstractButton, name)[-1], Qt.MouseButton.LeftButton)
                await eventually(lambda: len(service.posts) == 3)
                await eventually(lambda: transcript.last_text() == TEXT)
                assert sent(service) == ["And now?"]
                assert left_out(home) == [1]
                await eventually(lambda: not desktop.chat.running_ids)
            finally:
                quick.close()
                await asyncio.sleep(0)

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("many", [False, True], ids=["alone", "together"])
def test_a_chat_that_is_deleted_before_the_disk_has_what_is_left_out_is_not_asked_again(
    run: RunScenario, home: Path, many: bool
) -> None:
    async def scenario() -> None:
        async with StrictService(api_key=KEY, filters=FILTER) as service, opened(home, service.base_url) as desktop:
            for prompt in (STORM, "And the weather?"):
                await asked(desktop, service, prompt)
            place, posts = desktop.controller.conversation_id, len(service.posts)
            assert place is not None
            late = Late(desktop.history, "set_left_out")
            press(desktop, "leave_out_and_retry")
            await eventually(lambda: late.calls)
            if many:
                desktop.chat_list.delete((place,))
            else:
                desktop.window.delete_requested.emit(place)
            await eventually(lambda: desktop.controller.conversation_id is None)
            late.may_come.set()
            await eventually(lambda: desktop.window.undo_bar.accessibleName() == "1 turn left out")
            await eventually(lambda: not desktop.chat._starting and not desktop.chat.running_ids)
            assert len(service.posts) == posts

    run(scenario(), timeout_s=30)


def test_the_quick_ask_asks_nothing_else_again_once_the_disk_has_what_is_left_out(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with StrictService(api_key=KEY, filters=FILTER) as service, opened(home, service.base_url) as desktop:
            quick = quick_ask_of(desktop)
            change(desktop, quick, prefill="off")
            quick.open()
            try:
                late = Late(desktop.history, "set_left_out", is_begun=False)
                for count, prompt in enumerate((STORM, "And now?", "Something else"), 1):
                    quick.window.set_text(prompt)
                    quick.ask()
                    await eventually(lambda count=count: len(service.posts) == count)
                    await eventually(lambda: not desktop.chat.running_ids)
                    if count == 2:
                        quick._leave_out("leave_out_and_retry")
                        await eventually(lambda: late.calls)
                late.may_come.set()
                await eventually(lambda: left_out(home) == [1])
                await eventually(lambda: not desktop.conversations._tasks._tasks)
                await eventually(lambda: not desktop.chat._starting and not desktop.chat.running_ids)
                assert len(service.posts) == 3
            finally:
                quick.close()
                await asyncio.sleep(0)

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("is_undone", [False, True])
def test_leaving_out_while_another_chat_is_shown_is_undone_there(run: RunScenario, home: Path, is_undone: bool) -> None:
    async def scenario() -> None:
        async with StrictService(api_key=KEY) as service, opened(home, service.base_url) as desktop:
            await asked(desktop, service, "Good morning")
            choose(more_menu(widget(desktop, 1)), "Leave this turn out")
            await eventually(lambda: desktop.window.undo_bar.isVisible())
            desktop.controller.new_chat()
            if is_undone:
                undo = desktop.window.undo_bar.findChild(QAbstractButton, "undo")
                QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
            await eventually(lambda: left_out(home) == ([] if is_undone else [1]))

    run(scenario(), timeout_s=30)
