"""Web search on a real desktop: the toggle by mouse, a reply of the demo, its sources by keyboard."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from qwen_desktop.demo.replies import reply_for
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.ui.transcript.source_list import SourceRow
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import focused, opened, reply_text, xdotool

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")


def test_a_search_is_switched_on_by_mouse_and_its_sources_are_reached_by_keyboard(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        followed: list[str] = []
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            await focused(desktop)
            button = desktop.window.composer.search_button
            await eventually(button.isVisible)
            middle = button.mapToGlobal(button.rect().center())
            await xdotool("mousemove", "--sync", str(middle.x()), str(middle.y()), "click", "1")
            await eventually(button.isChecked)
            desktop.window.composer.focus()
            await xdotool("type", "--delay", "5", "What is new")
            await xdotool("key", "Return")
            await eventually(lambda: reply_text(desktop) == reply_for("What is new", searches=True).text, timeout_s=15)
            await eventually(lambda: len(desktop.transcript.findChildren(SourceRow)) == 3)
            desktop.transcript.link_activated.disconnect()
            desktop.transcript.link_activated.connect(followed.append)
            rows = desktop.transcript.findChildren(SourceRow)
            rows[0].setFocus()
            await xdotool("key", "Tab")
            await eventually(lambda: QApplication.focusWidget() is rows[1])
            await xdotool("key", "Return")
            await eventually(lambda: followed == ["https://example.org/"])

    run(scenario(), timeout_s=40)
