"""A chat that changes while it is read is shown as it is then: reads and writes of the history go side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.controllers.chat import Thread
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import FaultServer
from tests.late import HeldReply, Late


@pytest.mark.parametrize("what", ["begins", "ends"])
@pytest.mark.parametrize("way", ["by the list", "by a search"])
def test_a_turn_is_shown_though_the_chat_was_read_before_it(run: RunScenario, home: Path, way: str, what: str) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text('[chat]\nmodel = "qwen-plus"\n')

    async def scenario() -> None:
        service = HeldReply()
        async with FaultServer(service) as server, opened(home, server.base_url) as desktop:
            begun = await desktop.history.begin_turn(None, "the first", model_id="qwen-plus")
            chat_id, thread = begun.conversation.id, Thread(begun.conversation.id)
            if what == "ends":
                desktop.chat.send(thread, "the second", desktop.controller.wish())
                await eventually(lambda: server.posts == 1 and not desktop.chat.is_starting(thread))
            late = Late(desktop.history, "conversation")
            if way == "by the list":
                desktop.controller.open_conversation(chat_id)
            else:
                desktop.search.open(chat_id, begun.prompt.id)
            await eventually(lambda: late.calls)
            if what == "begins":
                desktop.chat.send(thread, "the second", desktop.controller.wish())
                await eventually(lambda: server.posts == 1 and not desktop.chat.is_starting(thread))
            else:
                service.may_end.set()
                await eventually(lambda: not desktop.chat.running_ids)
            late.may_come.set()
            await eventually(lambda: desktop.controller.conversation_id == chat_id)
            texts = [message.text for message in desktop.controller.messages]
            assert texts[:1] + texts[2:3] == ["the first", "the second"]
            has_ended = desktop.controller.messages[-1].status is MessageStatus.COMPLETE
            assert has_ended == (what == "ends")
            service.may_end.set()
            await eventually(lambda: not desktop.chat.running_ids)
            await eventually(lambda: desktop.controller.messages[-1].status is MessageStatus.COMPLETE)
            assert desktop.transcript.last_text() == "some words"

    run(scenario(), timeout_s=20)
