"""The window by keyboard alone: where the keys go after what they did."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

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
