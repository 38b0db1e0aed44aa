"""The window by keyboard alone: where the keys go after what they did."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit

from qwen_desktop.demo.server import DemoServer
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import focused, opened, xdotool

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")


def test_arrow_keys_walk_through_the_chats_and_enter_goes_to_the_message(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.01) as server, opened(home, server.base_url) as desktop:
            window, chats = desktop.window, desktop.window.sidebar.list
            for prompt in ("first", "second", "third"):
                desktop.controller.new_chat()
                desktop.controller.submit(prompt)
                await eventually(lambda prompt=prompt: window.top_bar.title_label.text() == prompt)
                await eventually(lambda: not window.composer.is_running)
            await focused(desktop)
            chats.setFocus()
            for expected in ("second", "first"):
                await xdotool("key", "Down")
                await eventually(lambda expected=expected: window.top_bar.title_label.text() == expected)
                assert chats.hasFocus()
            await xdotool("key", "Return")
            await eventually(window.composer.edit.hasFocus)
            assert window.top_bar.title_label.text() == "first"

    run(scenario(), timeout_s=30)


def test_a_chat_is_renamed_and_deleted_from_the_list_without_leaving_it(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.01) as server, opened(home, server.base_url) as desktop:
            window, chats = desktop.window, desktop.window.sidebar.list
            for prompt in ("first", "second"):
                desktop.controller.new_chat()
                desktop.controller.submit(prompt)
                await eventually(lambda prompt=prompt: window.top_bar.title_label.text() == prompt)
                await eventually(lambda: not window.composer.is_running)
            await focused(desktop)
            chats.setFocus()
            await xdotool("key", "Down")
            await eventually(lambda: window.top_bar.title_label.text() == "first")
            await xdotool("key", "F2")
            await eventually(lambda: chats.findChild(QLineEdit, "chat_title") is not None)
            await xdotool("type", "--delay", "5", "renamed")
            await xdotool("key", "Return")
            await eventually(lambda: window.top_bar.title_label.text() == "renamed")
            await eventually(chats.hasFocus)
            await xdotool("key", "Delete")
            await eventually(lambda: not window.undo_bar.isHidden())
            await eventually(lambda: chats.conversations.chat(1) is None)
            assert chats.conversations.chat(2) is not None

    run(scenario(), timeout_s=30)
