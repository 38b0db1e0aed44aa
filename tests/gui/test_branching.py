"""A new chat from a message on, and a turn deleted alone: in the real window, offscreen, by the message's menu."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.transcript.message_menu import more_menu
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened


async def three_turns(desktop: Desktop) -> int:
    place = None
    for number in range(3):
        begun = await desktop.history.begin_turn(place, f"prompt {number}", model_id="m")
        done = replace(begun.reply, text=f"reply {number}", status=MessageStatus.COMPLETE)
        await desktop.history.journal(begun.reply).finish(done)
        place = begun.conversation.id
    assert place is not None
    return place


def choose(desktop: Desktop, message_id: int, words: str) -> None:
    widget = desktop.transcript.widget_of(message_id)
    assert widget is not None
    menu = more_menu(widget)
    (action,) = [one for one in menu.actions() if one.text() == words]
    action.trigger()
    menu.deleteLater()


def test_a_new_chat_begins_with_what_was_said_up_to_there(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            history, shown = desktop.history, desktop.controller
            place = await three_turns(desktop)
            shown.open_conversation(place)
            await eventually(lambda: shown.conversation_id == place and not desktop.transcript.is_busy)
            desktop.window.composer.put_above("typed here")
            desktop.window.composer.flush_draft()
            choose(desktop, shown.messages[3].id, "New chat from here")
            await eventually(lambda: shown.conversation_id not in (None, place))
            assert [one.text for one in shown.messages] == ["prompt 0", "reply 0", "prompt 1", "reply 1"]
            made = shown.conversation_id
            assert made is not None
            model = desktop.window.sidebar.conversations
            await eventually(lambda: model.chat(made) is not None)
            assert model.index_of(made).data() == "prompt 0 (copy)"
            assert desktop.window.composer.text() == ""  # what was typed stays where it was typed
            assert len((await history.conversation(place)).messages) == 6
            shown.open_conversation(place)
            await eventually(lambda: shown.conversation_id == place)
            assert desktop.window.composer.text() == "typed here"

    run(scenario())


def test_a_turn_out_of_the_middle_goes_and_comes_back(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            shown = desktop.controller
            place = await three_turns(desktop)
            shown.open_conversation(place)
            await eventually(lambda: shown.conversation_id == place and not desktop.transcript.is_busy)
            ids = [one.id for one in shown.messages]
            choose(desktop, ids[3], "Delete only this turn")
            await eventually(lambda: [one.id for one in shown.messages] == [*ids[:2], *ids[4:]])
            await eventually(desktop.window.undo_bar.isVisible)
            assert desktop.window.undo_bar.accessibleName() == "Turn deleted"
            button = desktop.window.undo_bar.findChild(QAbstractButton, "undo")
            assert button is not None
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
            await eventually(lambda: [one.id for one in shown.messages] == ids)
            choose(desktop, ids[0], "Delete only this turn")
            await eventually(lambda: [one.id for one in shown.messages] == ids[2:])
            for left in (ids[4], ids[2]):
                await eventually(lambda: not desktop.transcript.is_busy)
                choose(desktop, left, "Delete only this turn")
                await eventually(lambda left=left: left not in [one.id for one in shown.messages])
            assert (shown.messages, desktop.window.page) == ((), "empty")

    run(scenario())
