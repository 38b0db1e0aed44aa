"""What a screen reader gets: the window and a streamed reply, read over the real accessibility bus from outside."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from pathlib import Path

from qwen_desktop.demo.server import DemoServer
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, xdotool

ROOT = Path(__file__).resolve().parents[2]
READER = Path(__file__).with_name("read_screen.py")
NAMES = {"Message", "Send", "New chat", "Search chats", "Chats", "Model", "Transcript", "Thinking", "Settings"}


async def read_screen(wait_for: str, seconds: float) -> dict[str, list[list[str]]]:
    """What the reader found once a paragraph of the transcript held `wait_for`."""
    process = await asyncio.create_subprocess_exec(
        "/usr/bin/python3",
        str(READER),
        wait_for,
        str(seconds),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, (out.decode()[-2000:], err.decode()[-2000:])
    return dict(json.loads(out))


def test_a_streamed_reply_is_read_whole_over_the_accessibility_bus(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.3) as server:
            app = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "qwen_desktop",
                env={
                    **os.environ,
                    "QT_QPA_PLATFORM": "xcb",
                    "QWEN_DESKTOP_BASE_URL": server.base_url,
                    "DASHSCOPE_API_KEY": KEY,
                    "PYTHONPATH": str(ROOT),
                },
            )
            try:
                searching = ("search", "--sync", "--onlyvisible", "--name", "^Qwen Desktop$")
                await asyncio.wait_for(xdotool(*searching, "windowactivate", "--sync"), 20)
                await xdotool("type", "--delay", "10", "Plan three days in Beijing")
                await xdotool("key", "Return")
                found = await read_screen("add an API key in Settings", 25.0)
                stored = await eventually(lambda: _reply(home), timeout_s=10.0)
            finally:
                if app.returncode is None:
                    app.terminate()
                code = await asyncio.wait_for(app.wait(), 15)
            assert code == 0
            texts = [text for _, text in found["paragraphs"]]
            assert texts == ["Plan three days in Beijing", stored]
            assert [name.split(",")[0] for name, _ in found["paragraphs"]] == ["You", "Qwen"]
            assert set(map(str, found["names"])) >= NAMES
            assert int(str(found["inserts"])) > 3

    run(scenario(), timeout_s=90)


def _reply(home: Path) -> str:
    db = sqlite3.connect(f"file:{home / 'data' / 'history.sqlite3'}?mode=ro", uri=True)
    try:
        found = db.execute("SELECT text FROM message WHERE role = 'assistant' AND status = 'complete'").fetchone()
    finally:
        db.close()
    return str(found[0]) if found else ""
