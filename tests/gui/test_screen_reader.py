"""Whether the screen reader takes announcements: asked for once by the app, and followed until it ends."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QAccessible

from qwen_desktop.demo.server import DemoServer
from qwen_desktop.ui import spoken
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no other system has the accessibility bus")
def test_one_question_serves_all_replies(run: RunScenario, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []

    async def follow(tell: Callable[[bool], object]) -> None:
        happened.append("begun")
        tell(False)
        try:
            await asyncio.Event().wait()
        finally:
            happened.append("ended")

    monkeypatch.setattr("qwen_desktop.desktop.screen_reader.follow_hearing", follow)
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(spoken, "_are_heard", True)

    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            ended: list[object] = []
            desktop.chat.turn_ended.connect(lambda *arguments: ended.append(arguments))
            for number in (1, 2):
                desktop.controller.submit(f"prompt {number}")
                await eventually(lambda number=number: len(ended) == number)
            assert happened == ["begun"]
            assert not spoken._are_heard
        assert happened == ["begun", "ended"]

    run(scenario(), timeout_s=30)
