"""An app of its own process that crashes, and the next start that tells of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.crash_reports import read
from qwen_desktop.ui.controllers.crash_notice import CrashNotice
from qwen_desktop.ui.theme import LIGHT, Theme
from qwen_desktop.ui.views.main_window import MainWindow
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY

ROOT = Path(__file__).resolve().parents[2]
CHAT = "words of a chat"
_APP = """
import asyncio, os, sys
from PySide6.QtWidgets import QApplication
from qwen_desktop.app import build
from qwen_desktop.core.crash_watch import CrashWatch
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.ui import aio
def the_place_it_crashed(way):
    if way == "native":
        os.abort()
    raise ValueError("words of a chat")
app = QApplication([])
async def main():
    desktop = build(AppPaths.find())
    await desktop.show()
    the_place_it_crashed(sys.argv[1])
with CrashWatch(AppPaths.find().logs):
    aio.run(app, main, on_stop=lambda: None)
"""


@pytest.mark.parametrize("way", ["native", "exception"])
def test_a_crash_is_told_at_the_next_start_and_only_then(
    way: str, qapp: QApplication, run: RunScenario, home: Path
) -> None:
    logs = home / "data" / "logs"

    async def next_start() -> str:
        """The sentence of its notice; '' where there is none."""
        theme = Theme(LIGHT)
        window = MainWindow(theme)
        window.show()
        notice = CrashNotice(window, theme, logs)
        try:
            notice.begin()
            await eventually(lambda: not notice._tasks._tasks)
            return window.notice_bar.sentence if window.notice_bar.isVisible() else ""
        finally:
            await notice.close()
            window.accept_close()
            window.deleteLater()

    async def scenario() -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _APP, way),
            cwd=ROOT,
            env={**os.environ, "DASHSCOPE_API_KEY": KEY},
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert await process.wait() == (-signal.SIGABRT if way == "native" else 1)
        assert "ended unexpectedly" in await next_start()
        assert await next_start() == ""
        (report,) = logs.glob("crash-*.txt")
        text = read(report)
        assert "in the_place_it_crashed" in text
        assert CHAT not in text
        assert KEY not in text
        assert str(home) not in text

    run(scenario(), timeout_s=30)
