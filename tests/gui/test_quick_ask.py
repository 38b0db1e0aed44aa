"""The quick ask in the real app: what becomes of what is typed, asked, filled in and chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.chat.quick_actions import QuickAction, prompt_for
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.desktop.focus import NoFocus
from qwen_desktop.ui.controllers.quick_ask import QuickAskController
from qwen_desktop.ui.controllers.quick_prefill import MOST_CHARACTERS
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.gui.conftest import active_timers
from tests.quick_asking import change, quick_ask_of

KEY = Qt.Key


@asynccontextmanager
async def asking(home: Path, *, pace: float = 0.0, prefill: str = "off") -> AsyncIterator[Any]:
    """(the app, its quick ask), the latter open; what it wants remembered is in the settings."""
    QGuiApplication.clipboard().clear()
    async with DemoServer(pace=pace) as server, opened(home, server.base_url) as desktop:
        quick = quick_ask_of(desktop)
        change(desktop, quick, prefill=prefill)
        quick.warm()
        quick.open()
        try:
            yield desktop, quick
        finally:
            quick.close()


async def ask(desktop: Desktop, quick: QuickAskController, prompt: str) -> None:
    """Type and press Enter; returns when the reply is through."""
    type_in(quick, prompt)
    QTest.keyClick(quick.window.edit, KEY.Key_Return)
    await eventually(lambda: quick._sending is None and quick.conversation_id is not None)
    await eventually(lambda: not desktop.chat.is_running(quick.conversation_id), 20)


def type_in(quick: QuickAskController, text: str) -> None:
    """Instead of what is there."""
    quick.window.edit.selectAll()
    QTest.keyClicks(quick.window.edit, text)


async def messages(desktop: Desktop, quick: QuickAskController) -> tuple[Message, ...]:
    assert quick.conversation_id is not None
    return (await desktop.history.conversation(quick.conversation_id)).messages


def draft(home: Path) -> str:
    path = home / "data" / "quick-ask.draft"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def button(quick: QuickAskController, name: str) -> QAbstractButton | None:
    found = [one for one in quick.window.findChildren(QAbstractButton, name) if one.isVisible()]
    return found[-1] if found else None


def test_a_follow_up_goes_on_and_control_n_begins_another_chat(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            await ask(desktop, quick, "first")
            first = quick.conversation_id
            assert quick.window.text() == "first"
            QTest.keyClick(quick.window.edit, KEY.Key_Return)  # asked already, and answered
            quick.hide()
            assert not quick.is_visible
            quick.open()
            assert quick.window.text() == "first"
            await ask(desktop, quick, "second")
            assert quick.conversation_id == first
            assert [m.text for m in (await messages(desktop, quick))[::2]] == ["first", "second"]
            assert quick.window.transcript.message_ids == [(await messages(desktop, quick))[-1].id]

            type_in(quick, "third")
            QTest.keyClick(quick.window.edit, KEY.Key_N, Qt.KeyboardModifier.ControlModifier)
            assert quick.conversation_id is None
            assert quick.window.text() == "third"
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: quick.conversation_id not in (None, first))
            await eventually(lambda: not desktop.chat.is_running(quick.conversation_id), 20)
            await eventually(lambda: desktop.window.sidebar.conversations.rowCount() >= 2)

    run(scenario(), timeout_s=40)


def test_esc_hides_a_running_reply_goes_on_and_nothing_ticks(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home, pace=0.2) as (desktop, quick):
            before = len(active_timers())
            type_in(quick, "hello")
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: quick.window.transcript is not None and quick.window.transcript.last_text(), 20)
            running = quick.conversation_id
            assert button(quick, "stop") is not None
            QTest.keyClick(quick.window.edit, KEY.Key_Escape)
            assert not quick.is_visible
            assert not quick.is_shown(running)
            await eventually(lambda: len([t for t in active_timers() if t.interval() != 0]) <= before)
            assert desktop.chat.is_running(running)
            await eventually(lambda: not desktop.chat.is_running(running), 30)
            reply = (await messages(desktop, quick))[-1]
            assert reply.status is MessageStatus.COMPLETE
            quick.open()
            assert quick.window.transcript.last_text() == reply.text
            quick.copy()
            assert QGuiApplication.clipboard().text() == reply.text
            assert quick.window.foot.copy_hint.text() == "Copied"

    run(scenario(), timeout_s=60)


def test_a_prompt_typed_while_a_reply_runs_is_asked_when_it_is_done(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home, pace=0.05) as (desktop, quick):
            type_in(quick, "one")
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: quick.window.transcript is not None and quick.window.transcript.last_text(), 20)
            QTest.keyClicks(quick.window.edit, "two")  # in the place of the first
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            assert "as soon as" in quick.window.line.sentence
            assert quick.window.text() == "two"

            async def both_are_there() -> bool:
                return len(await messages(desktop, quick)) == 4

            await eventually(both_are_there, 30)
            await eventually(lambda: not desktop.chat.is_running(quick.conversation_id), 30)
            assert [m.text for m in (await messages(desktop, quick))[::2]] == ["one", "two"]
            assert quick.window.line.isHidden()
            assert draft(home) == ""

    run(scenario(), timeout_s=90)


def test_the_stop_button_stops_and_enter_asks_once_more(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home, pace=0.5) as (desktop, quick):
            type_in(quick, "one")
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: quick.window.transcript is not None and quick.window.transcript.last_text(), 20)
            QTest.mouseClick(quick.window.stop_button, Qt.MouseButton.LeftButton)
            await eventually(lambda: not desktop.chat.is_running(quick.conversation_id))
            stopped = (await messages(desktop, quick))[-1]
            assert stopped.status is MessageStatus.STOPPED
            assert stopped.text
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: desktop.chat.is_running(quick.conversation_id))
            quick.stop()
            await eventually(lambda: not desktop.chat.is_running(quick.conversation_id))
            again = await messages(desktop, quick)
            assert again[-1].id != stopped.id
            assert len(again) == 2

    run(scenario(), timeout_s=40)


def test_what_was_typed_is_there_again_after_hiding_and_after_a_kill(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            type_in(quick, "not asked yet")
            await eventually(lambda: draft(home) == "not asked yet")
            quick.hide()
            quick.open()
            assert quick.window.text() == "not asked yet"
            another = quick_ask_of(desktop)  # as after a kill: nobody has told the first one
            assert another.window.text() == "not asked yet"
            another.close()
            quick.open("from a link")
            assert quick.window.text() == "from a link\n\nnot asked yet"
            await ask(desktop, quick, "asked")
            assert draft(home) == ""
            type_in(quick, "left behind")
        assert draft(home) == "left behind"

    run(scenario(), timeout_s=30)


def test_what_is_filled_in_is_selected_begins_a_chat_and_is_never_written_down(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            await ask(desktop, quick, "before")
            quick.hide()
            change(desktop, quick, prefill="clipboard")
            QGuiApplication.clipboard().setText("a secret, perhaps\n")
            quick.open()
            await eventually(lambda: quick.window.text() == "a secret, perhaps")
            assert quick.window.edit.textCursor().selectedText() == "a secret, perhaps"
            assert quick.conversation_id is None
            quick.hide()
            assert draft(home) == ""
            assert quick.window.text() == ""
            quick.open()
            await eventually(lambda: not quick._draft_delay.isActive())
            assert quick.window.text() == ""  # offered once
            quick.hide()

            QGuiApplication.clipboard().setText("尽快回复")
            quick.open()
            await eventually(lambda: quick.window.text() == "尽快回复")
            quick.act(QuickAction.TRANSLATE)
            await eventually(lambda: quick.conversation_id is not None)
            await eventually(lambda: not desktop.chat.is_running(quick.conversation_id), 20)
            assert (await messages(desktop, quick))[0].text == "Translate into English:\n\n尽快回复"
            assert quick.window.text() == "尽快回复"
            quick.hide()

            QGuiApplication.clipboard().setText("x" * (MOST_CHARACTERS + 1))
            quick.open()
            await eventually(lambda: "20,000" in quick.window.line.sentence)
            assert quick.window.text() == "尽快回复"
            type_in(quick, "typed")
            quick.hide()
            QGuiApplication.clipboard().setText("something else")
            quick.open()
            await eventually(quick.window.edit.hasFocus)
            assert quick.window.text() == "typed"  # never in the place of what was typed

    run(scenario(), timeout_s=40)


@pytest.mark.parametrize(("answer", "kept"), [("quick_prefill_yes_clipboard", "clipboard"), ("quick_prefill_no", "off"),
                                              ("", "off")])  # fmt: skip
def test_whether_to_fill_in_is_asked_once(run: RunScenario, home: Path, answer: str, kept: str) -> None:
    async def scenario() -> None:
        async with asking(home, prefill="") as (desktop, quick):
            await eventually(quick.window.edit.hasFocus)
            assert quick.window.line.isHidden()  # the clipboard is empty: nothing to ask about
            quick.hide()
            QGuiApplication.clipboard().setText("from elsewhere")
            quick.open()
            await eventually(lambda: "clipboard" in quick.window.line.sentence)
            if answer:
                one = button(quick, answer)
                assert one is not None
                one.click()
                assert quick.window.text() == ("from elsewhere" if kept == "clipboard" else "")
            quick.hide()
            assert desktop.engine.settings.quick_ask.prefill == kept
            quick.open()
            await eventually(quick.window.edit.hasFocus)
            assert quick.window.line.isHidden()

    run(scenario(), timeout_s=30)


def test_each_action_asks_about_the_text_in_the_field(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            for action in QuickAction:
                quick.start_anew()
                type_in(quick, "some words")
                quick.window.action_chosen.emit(action)
                await eventually(lambda: quick.conversation_id is not None)
                await eventually(lambda: not desktop.chat.is_running(quick.conversation_id), 20)
                assert (await messages(desktop, quick))[0].text == prompt_for(action, "some words")

    run(scenario(), timeout_s=60)


def test_a_failed_turn_has_its_notice_and_its_buttons_work(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            wanted: list[bool] = []
            quick.key_wanted.connect(lambda: wanted.append(True))
            await ask(desktop, quick, "/error 401")
            failed = (await messages(desktop, quick))[-1]
            assert failed.status is MessageStatus.FAILED
            await eventually(lambda: button(quick, "notice_set_key") is not None)
            retry = button(quick, "notice_retry")
            assert retry is not None
            retry.click()

            async def has_another() -> bool:
                return (await messages(desktop, quick))[-1].id != failed.id

            await eventually(has_another)
            await eventually(lambda: not desktop.chat.is_running(quick.conversation_id), 20)
            await eventually(lambda: button(quick, "notice_set_key") is not None)
            set_key = button(quick, "notice_set_key")
            assert set_key is not None
            set_key.click()
            assert wanted == [True]
            assert not quick.is_visible  # it would cover the dialog

    run(scenario(), timeout_s=30)


def test_without_a_key_there_is_a_sentence_and_a_button(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url, key="") as desktop:
            quick = quick_ask_of(desktop)
            quick.open()
            wanted: list[bool] = []
            quick.key_wanted.connect(lambda: wanted.append(True))
            await ask(desktop, quick, "hello")
            await eventually(lambda: button(quick, "notice_set_key") is not None)
            assert not quick.window.foot.copy_hint.isVisible()  # there is no reply to be copied
            set_key = button(quick, "notice_set_key")
            assert set_key is not None
            set_key.click()
            assert wanted == [True]
            quick.close()

    run(scenario(), timeout_s=30)


def test_the_app_can_end_while_a_reply_runs_here(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home, pace=0.3) as (desktop, quick):
            type_in(quick, "hello")
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: quick.window.transcript is not None and quick.window.transcript.last_text(), 20)
            assert desktop.chat.is_running(quick.conversation_id)
            type_in(quick, "typed meanwhile")
        assert draft(home) == "typed meanwhile"

    run(scenario(), timeout_s=30)


def test_what_cannot_be_written_down_stays_in_the_field_with_a_sentence(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            desktop.window.composer.set_text("")
            await desktop.chat.close()  # nothing can begin any more
            type_in(quick, "keep me")
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: quick.window.notice_bar.isVisible())
            assert quick.window.notice_bar.sentence
            assert quick.window.text() == "keep me"
            assert draft(home) == "keep me"
            assert desktop.window.composer.text() == ""  # it was not asked there

    run(scenario(), timeout_s=30)


def test_control_enter_opens_the_chat_or_hands_over_what_was_typed(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            chats: list[int] = []
            drafts: list[str] = []
            quick.window_wanted.connect(chats.append)
            quick.draft_for_window.connect(lambda text: drafts.append(text))
            type_in(quick, "for the window")
            QTest.keyClick(quick.window.edit, KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
            assert (chats, drafts) == ([], ["for the window"])
            assert not quick.is_visible
            assert quick.window.text() == ""
            assert draft(home) == ""
            quick.open()
            await ask(desktop, quick, "one")
            QTest.keyClick(quick.window.edit, KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
            assert chats == [quick.conversation_id]

    run(scenario(), timeout_s=30)


def test_the_same_chat_goes_on_in_the_main_window_and_a_deleted_one_is_left(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            await ask(desktop, quick, "here")
            desktop.conversations.open(quick.conversation_id)
            await eventually(lambda: desktop.controller.conversation_id == quick.conversation_id)
            desktop.controller.submit("there")
            await eventually(lambda: quick.window.text() == "there")
            await eventually(lambda: not desktop.chat.is_running(quick.conversation_id), 20)
            reply = (await messages(desktop, quick))[-1]
            assert quick.window.transcript.last_text() == reply.text
            await ask(desktop, quick, "here again")
            assert desktop.transcript.message_ids == [m.id for m in await messages(desktop, quick)]
            assert quick.conversation_id is not None
            desktop.conversations.delete(quick.conversation_id)
            await eventually(lambda: quick.conversation_id is None)
            assert quick.window.text() == ""

    run(scenario(), timeout_s=40)


def test_the_window_is_as_tall_as_its_reply_up_to_what_it_may_be(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            before = quick.window.height()
            change(desktop, quick, height_px=1000)
            await ask(desktop, quick, "/error 401")  # a notice, and no more
            bar = quick.window.transcript.verticalScrollBar()
            await eventually(lambda: quick.window.height() > before + 100)
            await eventually(lambda: not quick.window.transcript.is_busy and bar.maximum() == 0)
            change(desktop, quick, height_px=160)
            quick.hide()
            quick.open()
            assert quick.window.box.height() <= 200  # less than its parts need it never has
            await eventually(lambda: bar.maximum() > 0)

    run(scenario(), timeout_s=30)


def test_no_scroll_bar_shows_while_the_window_grows_with_its_reply(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home, pace=0.05) as (desktop, quick):
            type_in(quick, "hello")
            transcript = quick.window.transcript
            bar = transcript.verticalScrollBar()
            stale: list[int] = []

            def look() -> None:
                if bar.maximum() > 0 and transcript.height() >= transcript.content_height:
                    stale.append(bar.maximum())

            transcript.painted.connect(look, Qt.ConnectionType.QueuedConnection)
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: transcript.content_height > 300, 30)
            quick.stop()
            await eventually(lambda: not desktop.chat.is_running(quick.conversation_id))
            assert not stale

    run(scenario(), timeout_s=60)


def test_size_pin_and_model_are_kept(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            quick.window.pulled = Qt.Edge.RightEdge
            quick.window.resize_box(720, quick.window.box.height())
            quick.hide()
            assert desktop.engine.settings.quick_ask.width_px == 720
            quick.open()
            assert quick.window.box.width() == 720
            quick.window.foot.pin_button.click()
            assert desktop.engine.settings.quick_ask.hide_on_focus_loss is False
            quick.window.left.emit()
            assert quick.is_visible
            change(desktop, quick, hide_on_focus_loss=True)
            assert not quick.window.foot.pin_button.isChecked()
            quick.window.model_chosen.emit("some-model")
            await ask(desktop, quick, "one")
            assert (await messages(desktop, quick))[-1].model_id == "some-model"
            quick.start_anew()
            assert quick.window.model_button.text() == "some-model"
            quick.window.left.emit()
            assert not quick.is_visible

    run(scenario(), timeout_s=30)


@pytest.mark.parametrize("what", ["its messages", "its turn"])
def test_a_prompt_deleted_in_the_main_window_is_not_asked_again_here(run: RunScenario, home: Path, what: str) -> None:
    async def scenario() -> None:
        async with asking(home, pace=0.3) as (desktop, quick):
            type_in(quick, "stop me")
            QTest.keyClick(quick.window.edit, KEY.Key_Return)
            await eventually(lambda: quick._reply is not None)
            quick.stop()
            await eventually(lambda: not desktop.chat.is_running(quick.conversation_id))
            type_in(quick, "not asked yet")
            history = desktop.conversations
            (history.delete_message if what == "its messages" else history.delete_turn)(quick._prompt.id)
            await eventually(lambda: quick.conversation_id is None)
            assert quick.window.text() == "not asked yet"
            assert quick.window.transcript.message_ids == []

    run(scenario(), timeout_s=30)


def test_a_chat_that_is_deleted_with_others_does_not_go_on_here(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            await ask(desktop, quick, "one")
            other = (await desktop.history.create_conversation(title="another", model_id=None)).id
            assert quick.conversation_id is not None
            desktop.chat_list.delete((quick.conversation_id, other))
            await eventually(lambda: quick.conversation_id is None)

    run(scenario(), timeout_s=30)


def test_what_is_written_over_a_prompt_on_its_way_does_not_cost_it(run: RunScenario, home: Path) -> None:
    """Finding the key may take long: the key ring asks for its password."""

    async def scenario() -> None:
        async with asking(home) as (desktop, quick):
            await desktop.chat.close()  # nothing can begin any more
            type_in(quick, "first")
            quick.ask()
            type_in(quick, "second")
            await eventually(lambda: quick.window.notice_bar.isVisible())
            assert quick.window.text() == "first\n\nsecond"

            quick.ask()
            quick.start_anew()
            type_in(quick, "third")
            quick.ask()
            await eventually(lambda: quick._sending is None)
            await eventually(lambda: quick.window.text() == "third\n\nfirst\n\nsecond")
            assert draft(home) == quick.window.text()

    run(scenario(), timeout_s=30)


def test_its_text_is_as_large_as_that_of_the_main_window(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home) as desktop:
            quick = desktop.presence.quick
            quick.warm()
            transcript = quick.window.transcript
            desktop.setup.remember_zoom(1.5)
            assert transcript.zoom == 1.5
            transcript.zoom_by(0)
            assert desktop.engine.settings.appearance.text_zoom == 1.0
            assert desktop.transcript.zoom == 1.0

    run(scenario(), timeout_s=30)


def test_a_pinned_one_does_not_take_the_user_back_to_a_window_he_has_left(run: RunScenario, home: Path) -> None:
    class Focus(NoFocus):
        remembered = 0

        def before_show(self, own_window_id: int, *, is_hidden: bool = True) -> None:
            self.remembered = 7

        def forget(self) -> None:
            self.remembered = 0

    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            focus = Focus()
            quick = quick_ask_of(desktop, focus=focus)
            change(desktop, quick, prefill="off", hide_on_focus_loss=False)
            desktop.window.activateWindow()
            quick.open()
            await eventually(lambda: quick.window.isActiveWindow())
            assert focus.remembered == 7
            desktop.window.activateWindow()
            await eventually(lambda: not focus.remembered)
            assert quick.is_visible
            quick.close()

    run(scenario(), timeout_s=30)
