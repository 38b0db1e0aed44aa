"""Reading by keyboard in the real window: find, text size, from message to message, a selection over both."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from qwen_desktop.app import Desktop
from qwen_desktop.demo.server import DemoServer
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import focused, opened, xdotool

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")


async def two_turns(desktop: Desktop) -> None:
    for prompt in ("hello", "Plan three days in Beijing"):
        desktop.controller.submit(prompt)
        await eventually(lambda: not desktop.window.composer.is_running, timeout_s=20)
    await eventually(lambda: len(desktop.transcript.message_ids) == 4)
    await eventually(lambda: not desktop.transcript.is_busy)
    await focused(desktop)


def test_a_word_is_found_counted_gone_to_and_forgotten(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            await two_turns(desktop)
            view, window = desktop.transcript, desktop.window
            in_text = sum(row.text.lower().count("demo inside") for row in view.rows)
            assert in_text
            await xdotool("key", "ctrl+f")
            await eventually(lambda: window.find_bar.field.hasFocus())
            await xdotool("type", "--delay", "5", "demo inside")
            await eventually(lambda: window.find_bar.count_label.text() == f"1 of {in_text}")
            reply = view.widget_of(2)
            assert reply is not None
            assert reply.geometry().intersects(view.viewport().rect())
            assert reply._found is not None
            await xdotool("key", "Escape")
            await eventually(lambda: window.find_bar.isHidden())
            assert reply._found is None

    run(scenario(), timeout_s=40)


def test_the_text_grows_and_is_as_large_at_the_next_start(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server:
            async with opened(home, server.base_url) as desktop:
                await two_turns(desktop)
                usual = desktop.transcript.rows[1].widget.height()  # type: ignore[union-attr]
                await xdotool("key", "ctrl+plus", "ctrl+equal")
                await eventually(lambda: desktop.transcript.zoom == 1.25)
                assert desktop.transcript.materialise(1).height() > usual
            settings = tomllib.loads((home / "config" / "settings.toml").read_text())
            assert settings["appearance"]["text_zoom"] == 1.25
            async with opened(home, server.base_url) as desktop:
                assert desktop.transcript.zoom == 1.25
                await focused(desktop)
                await xdotool("key", "ctrl+0")
                await eventually(lambda: desktop.transcript.zoom == 1.0)

    run(scenario(), timeout_s=60)


def test_keys_go_from_message_to_message_and_select_over_both(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            await two_turns(desktop)
            view = desktop.transcript
            view.setFocus()
            await xdotool("key", "ctrl+Up")
            await eventually(lambda: view.rows[3].widget is not None and view.rows[3].widget.hasFocus())
            await xdotool("key", "ctrl+Up")
            await eventually(lambda: view.rows[2].widget is not None and view.rows[2].widget.hasFocus())
            await xdotool("key", "shift+Down", "shift+End", "ctrl+c")
            clipboard = QGuiApplication.clipboard()
            await eventually(lambda: clipboard.text().startswith(view.rows[2].text))
            assert clipboard.text() != view.rows[2].text
            await xdotool("key", "ctrl+a", "ctrl+c")
            whole = "\n\n".join(row.text for row in view.rows)
            await eventually(lambda: clipboard.text() == whole)

    run(scenario(), timeout_s=40)
