"""A bug of ours while a turn begins is told and logged; the prompt is in its field again, and Stop goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.message import MessageStatus
from tests.conftest import ExpectedLogs, RunScenario, eventually
from tests.end2end.desk import opened
from tests.faults.server import FaultServer
from tests.late import answered
from tests.listing import listed

BEGINNINGS = {"edit": "begin_edit", "regenerate": "begin_reply", "continue": "begin_continuation"}


class Broken:
    """In the place of something that begins turns."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *_: Any, **__: Any) -> Any:
        self.calls += 1
        raise ZeroDivisionError("a bug")


def breaks(desktop: Desktop, way: str, phase: str, monkeypatch: pytest.MonkeyPatch) -> Broken:
    broken = Broken()
    match phase:
        case "whom to ask":
            monkeypatch.setattr(desktop.chat, "_asking", broken)
        case "made ready":
            monkeypatch.setattr("qwen_desktop.core.chat.turns.context_for", broken)
        case _:
            monkeypatch.setattr(desktop.history, BEGINNINGS.get(way, "begin_turn"), broken)
    return broken


@pytest.mark.parametrize("phase", ["whom to ask", "written down", "made ready"])
@pytest.mark.parametrize("way", ["new chat", "old chat", "edit", "regenerate", "continue", "quick ask"])
def test_a_bug_costs_no_prompt(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectedLogs, way: str, phase: str
) -> None:
    expect_log("unexpected")

    async def scenario() -> None:
        async with FaultServer(answered) as server, opened(home, server.base_url) as desktop:
            window, shown, quick = desktop.window, desktop.controller, desktop.presence.quick
            composer = window.composer
            if way not in ("new chat", "quick ask"):
                composer.set_text("the first")
                composer.submit()
                await eventually(lambda: shown.last_reply is not None and shown.last_reply.text)
                await eventually(lambda: not desktop.chat.running_ids)
            posts, broken = server.posts, breaks(desktop, way, phase, monkeypatch)
            if way == "edit":
                composer.begin_editing(shown.messages[0].id, "the first")
            match way:
                case "regenerate":
                    window.shortcut_activated.emit("regenerate")
                case "continue":
                    assert shown.last_reply is not None
                    shown._continue_reply(shown.last_reply)
                case "quick ask":
                    quick.open()
                    quick.window.set_text("precious")
                    quick.ask()
                case _:
                    composer.edit.set_text("precious")
                    composer.submit()
            if way not in ("quick ask", "edit"):
                composer.edit.set_text("and more")
                composer.submit()
            await eventually(lambda: broken.calls)
            await eventually(lambda: not desktop.chat._starting)
            await eventually(window.notice_bar.isVisible)
            assert not composer.is_running
            assert server.posts == posts
            expected = {"edit": "precious", "regenerate": "and more", "continue": "and more", "quick ask": ""}
            assert composer.text() == expected.get(way, "precious\n\nand more")
            if way == "quick ask":
                assert quick.window.text() == "precious"
                assert not quick.window.stop_button.isVisible()
                assert quick.window.send_button.isVisible()
            if phase == "made ready":  # it is on disk, and nobody writes its reply
                chat = await desktop.history.conversation((await listed(desktop.history))[0].id)
                assert chat.messages[-1].status is MessageStatus.STOPPED
            monkeypatch.undo()
            if way == "quick ask":
                quick.ask()
            elif way in ("edit", "new chat", "old chat"):
                composer.submit()
            if way not in ("regenerate", "continue"):
                await eventually(lambda: server.posts == posts + 1)
                await eventually(lambda: not desktop.chat.running_ids)

    run(scenario(), timeout_s=20)
