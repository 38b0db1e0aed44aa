"""Copy as curl and Python in the window: onto the clipboard, or a sentence that says why not."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication

from qwen_desktop.app import Desktop
from qwen_desktop.core.storage.database import open_writer, transaction
from qwen_desktop.ui.controllers import history
from qwen_desktop.ui.controllers.history import _command
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, opened
from tests.faults.server import ThreadedFaultServer


async def ask(desktop: Desktop, prompt: str) -> int:
    """The id of the reply."""
    desktop.window.composer.submitted.emit(prompt, ())
    await eventually(lambda: desktop.controller.messages and not desktop.chat.running_ids, 20)
    return desktop.controller.messages[-1].id


def choose(desktop: Desktop, message_id: int, action: str) -> None:
    widget = desktop.transcript.widget_of(message_id)
    assert widget is not None
    widget.act(action)


async def copied(desktop: Desktop, message_id: int, action: str) -> str:
    QGuiApplication.clipboard().clear()
    choose(desktop, message_id, action)
    return str(await eventually(lambda: QGuiApplication.clipboard().text()))


def test_what_was_sent_is_copied(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        with ThreadedFaultServer("burst") as server:
            async with opened(home, server.base_url) as desktop:
                reply_id = await ask(desktop, "It's tea")
                (request,) = server.requests
                curl = await copied(desktop, reply_id, "copy_as_curl")
                quoted = request.body.decode().replace("'", "'\\''")
                assert curl.startswith(f"printf %s '{quoted}' | curl ")
                assert f"'{server.base_url}{request.path}'" in curl
                python = await copied(desktop, reply_id, "copy_as_python")
                assert repr(request.body.decode()) in python
                for command in (curl, python):
                    assert "DASHSCOPE_API_KEY" in command
                    assert KEY not in command
                assert not desktop.window.notice_bar.isVisible()

    run(scenario(), 30)


def test_what_is_not_known_is_said_and_the_clipboard_stays(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        with ThreadedFaultServer("burst") as server:
            async with opened(home, server.base_url) as desktop:
                reply_id = await ask(desktop, "Tea " * 30)
                db = open_writer(desktop.engine.paths.history)
                with transaction(db):
                    db.execute("UPDATE message SET text = 'Coffee' WHERE id < ?", (reply_id,))
                db.close()
                QGuiApplication.clipboard().setText("mine")
                choose(desktop, reply_id, "copy_as_curl")
                await eventually(lambda: desktop.window.notice_bar.isVisible())
                assert "not known exactly" in desktop.window.notice_bar.sentence
                assert QGuiApplication.clipboard().text() == "mine"
                assert server.posts == 1

    run(scenario(), 30)


def test_a_large_one_is_written_beside_the_window(
    run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def command(*what: Any) -> str:
        threads.append(threading.current_thread())
        return _command(*what)

    monkeypatch.setattr(history, "_command", command)

    async def scenario() -> None:
        with ThreadedFaultServer("burst") as server:
            async with opened(home, server.base_url) as desktop:
                reply_id = await ask(desktop, "It's a long 'story'. " * 100_000)
                assert len(await copied(desktop, reply_id, "copy_as_curl")) > 2_000_000
        assert threads[0] is not threading.main_thread()

    run(scenario(), 30)
