"""An app of its own process that is killed in the middle of a reply."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from pathlib import Path

from qwen_desktop.demo.server import DemoServer
from tests.conftest import eventually
from tests.end2end.desk import KEY

ROOT = Path(__file__).resolve().parents[2]
_APP = """
import asyncio, sys
from PySide6.QtWidgets import QApplication
from qwen_desktop.app import build
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.ui import aio
app = QApplication([])
async def main():
    desktop = build(AppPaths.find())
    await desktop.show()
    await desktop.begin()
    while desktop.window.page != "empty":
        await asyncio.sleep(0.01)
    desktop.controller.submit("Plan three days in Beijing")
    await asyncio.Event().wait()
aio.run(app, main, on_stop=lambda: None)
"""


async def reply_of_a_killed_app(home: Path) -> str:
    """Starts the app, waits for some text in the journal, kills it with SIGKILL; what the journal held just before."""
    async with DemoServer(pace=1) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _APP,
            env={
                **os.environ,
                "QWEN_DESKTOP_HOME": str(home),
                "QWEN_DESKTOP_BASE_URL": server.base_url,
                "DASHSCOPE_API_KEY": KEY,
                "PYTHONPATH": str(ROOT),
            },
        )
        try:
            text = await eventually(lambda: _journal(home), timeout_s=20.0)
        finally:
            process.kill()
            await process.wait()
    return str(text)


def _journal(home: Path) -> str:
    try:
        db = sqlite3.connect(f"file:{home / 'data' / 'history.sqlite3'}?mode=ro", uri=True)
    except sqlite3.Error:
        return ""
    try:
        found = db.execute("SELECT content FROM journal WHERE kind = 'text' ORDER BY id").fetchall()
    except sqlite3.Error:
        return ""
    finally:
        db.close()
    return "".join(content for (content,) in found)
