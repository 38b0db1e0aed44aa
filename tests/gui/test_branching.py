"""A new chat from a message on, in the real window, offscreen: by the message's menu, shown at its end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.transcript.message_menu import more_menu
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened


def test_a_new_chat_begins_with_what_was_said_up_to_there(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            history, shown = desktop.history, desktop.controller
            place = None
            for number in range(3):
                begun = await history.begin_turn(place, f"prompt {number}", model_id="m")
                done = replace(begun.reply, text=f"reply {number}", status=MessageStatus.COMPLETE)
                await history.journal(begun.reply).finish(done)
                place = begun.conversation.id
            assert place is not None
            shown.open_conversation(place)
            await eventually(lambda: shown.conversation_id == place and not desktop.transcript.is_busy)
            desktop.window.composer.put_above("typed here")
            desktop.window.composer.flush_draft()
            widget = desktop.transcript.widget_of(shown.messages[3].id)
            assert widget is not None
            menu = more_menu(widget)
            (action,) = [one for one in menu.actions() if one.text() == "New chat from here"]
            action.trigger()
            menu.deleteLater()
            await eventually(lambda: shown.conversation_id not in (None, place))
            assert [one.text for one in shown.messages] == ["prompt 0", "reply 0", "prompt 1", "reply 1"]
            made = shown.conversation_id
            assert made is not None
            model = desktop.window.sidebar.conversations
            await eventually(lambda: model.summary(made) is not None)
            assert model.index_of(made).data() == "prompt 0 (copy)"
            assert desktop.window.composer.text() == ""  # what was typed stays where it was typed
            assert len((await history.conversation(place)).messages) == 6
            shown.open_conversation(place)
            await eventually(lambda: shown.conversation_id == place)
            assert desktop.window.composer.text() == "typed here"

    run(scenario())
