"""A chat that was left while a prompt of it waits or another chat is read: what was typed there is there again."""

from __future__ import annotations

from pathlib import Path

import pytest

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.ui.controllers.chat import Thread
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import FaultServer
from tests.late import HeldReply


@pytest.mark.parametrize("first", ["ends well", "is stopped", "still runs"])
def test_what_was_typed_beside_it_is_kept(run: RunScenario, home: Path, first: str) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text('[chat]\nmodel = "qwen-plus"\n')

    async def scenario() -> None:
        service = HeldReply()
        async with FaultServer(service) as server, opened(home, server.base_url) as desktop:
            shown, composer = desktop.controller, desktop.window.composer
            other = (await desktop.history.create_conversation(title="another", model_id=None)).id
            composer.set_text("one")
            composer.submit()
            await eventually(lambda: "some words" in desktop.transcript.last_text())
            place = shown.conversation_id
            assert place is not None
            composer.set_text("this waits")
            composer.submit()
            composer.set_text("typed since")
            shown.open_conversation(other)
            await eventually(lambda: shown.conversation_id == other)
            if first == "ends well":
                service.may_end.set()
                await eventually(lambda: server.posts == 2)
            elif first == "is stopped":
                desktop.chat.stop(place)
            if first != "still runs":
                await eventually(lambda: not desktop.chat.running_ids and not desktop.chat.queued(place))
            shown.open_conversation(place)
            await eventually(lambda: shown.conversation_id == place)
            waits = "this waits\n\n" if first == "is stopped" else ""
            await eventually(lambda: composer.text() == f"{waits}typed since")
            assert desktop.chat.queued(place) == ("this waits" if first == "still runs" else "")

    run(scenario(), timeout_s=20)


def test_what_is_typed_or_comes_back_while_another_chat_is_read_is_kept(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            shown, composer, history = desktop.controller, desktop.window.composer, desktop.history
            first, other = [(await history.create_conversation(title=name, model_id="m")).id for name in ("a", "b")]
            shown.open_conversation(first)
            await eventually(lambda: shown.conversation_id == first)
            shown.open_conversation(other)
            composer.set_text("typed meanwhile")
            await eventually(lambda: shown.conversation_id == other)
            assert composer.text() == ""
            refused = StorageUnavailable("no room", reason="full")
            desktop.chat.not_started.emit(Thread(first), "sent meanwhile", refused, ())
            await eventually(lambda: not desktop.conversations._tasks._tasks)
            shown.open_conversation(first)
            await eventually(lambda: composer.text() == "sent meanwhile\n\ntyped meanwhile")

    run(scenario(), timeout_s=20)
