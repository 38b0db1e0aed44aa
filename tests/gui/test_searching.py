"""Web search in the real window, offscreen: offered where the model can, asked for while it is on, sources kept."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qwen_desktop.app import Desktop
from qwen_desktop.ui.transcript.source_list import SourceRow
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, opened
from tests.gui.test_continuing import at_rest, settings
from tests.strict_service import SOURCES, TEXT, StrictService


def stored_sources(home: Path) -> list[Any]:
    with sqlite3.connect(home / "data" / "history.sqlite3") as db:
        found = db.execute("SELECT sources FROM message WHERE role = 'assistant' ORDER BY id").fetchall()
    db.close()
    return [json.loads(text) if text else None for (text,) in found]


def source_names(desktop: Desktop) -> list[str]:
    rows = [row for row in desktop.transcript.findChildren(SourceRow) if row.isVisible()]
    return [row.accessibleName() for row in rows]


def asked(service: StrictService) -> list[bool]:
    """Of each generation: whether a search was asked for."""
    return [post.body["parameters"].get("enable_search", False) for post in service.posts]


def test_a_search_is_asked_for_while_it_is_on_and_its_sources_stay(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with StrictService(api_key=KEY) as service:
            async with opened(home, service.base_url) as desktop:
                button = desktop.window.composer.search_button
                assert button.isVisible()
                assert not button.isChecked()
                desktop.controller.submit("Without")
                await eventually(lambda: asked(service) == [False])
                await at_rest(desktop)
                assert source_names(desktop) == []
                QTest.mouseClick(button, Qt.MouseButton.LeftButton)
                desktop.controller.submit("With")
                await eventually(lambda: asked(service) == [False, True])
                await at_rest(desktop)
                await eventually(lambda: len(source_names(desktop)) == 2)
                assert source_names(desktop)[0] == "Source 1: 字段表, example.com"
                assert desktop.transcript.last_text() == TEXT
                assert [post.refusal for post in service.posts] == [None, None]
                desktop.controller.new_chat()
                assert button.isChecked()  # as thinking: it holds until it is switched off
                desktop.window.composer.model_chosen.emit("qwen3-coder-plus")
                assert not button.isVisible()
                desktop.controller.submit("Code")
                await eventually(lambda: asked(service) == [False, True, False])
                await at_rest(desktop)
                desktop.window.composer.model_chosen.emit("qwen-plus")
                assert button.isVisible()
            assert stored_sources(home) == [
                None,
                [{key: source[key] for key in ("index", "title", "url")} | {"site_name": site}
                 for source, site in zip(SOURCES, ("", "Example"), strict=True)],
                None,
            ]  # fmt: skip
            async with opened(home, service.base_url) as desktop:
                desktop.controller.open_conversation(1)
                await eventually(lambda: len(source_names(desktop)) == 2)

    run(scenario(), timeout_s=30)


def test_the_settings_switch_it_on_for_all(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        settings(home, "search = true")
        async with StrictService(api_key=KEY) as service, opened(home, service.base_url) as desktop:
            assert desktop.window.composer.search_button.isChecked()
            desktop.controller.submit("With")
            await eventually(lambda: asked(service) == [True])
            await at_rest(desktop)
            assert stored_sources(home)[0] is not None

    run(scenario(), timeout_s=30)
