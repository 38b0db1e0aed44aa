"""What a start imports, and when: the whole app in a process of its own, by its real entry, without a chat."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

NOT_BEFORE_THE_FIRST_FRAME = {
    "Xlib", "anyio", "asyncio", "concurrent.futures", "dbus_fast", "httpcore", "httpx", "jeepney", "json", "keyring",
    "logging.handlers", "markdown_it", "msgspec", "pygments", "qasync", "socket", "sqlite3", "ssl", "subprocess",
    "tomlkit", "tomllib", "qwen_desktop.core.logs", "qwen_desktop.core.storage.database",
    "qwen_desktop.core.providers.catalogue", "qwen_desktop.ui.controllers.window", "qwen_desktop.ui.transcript.view",
    "qwen_desktop.ui.views.welcome",
}  # fmt: skip
NOT_BEFORE_A_CHAT = {
    "Xlib", "anyio", "certifi", "dbus_fast", "hashlib", "httpcore", "httpx", "jeepney", "keyring", "markdown_it",
    "pygments", "ssl", "tomlkit", "truststore", "xml.etree.ElementTree", "xml.parsers.expat",
    "qwen_desktop.core.failure_sentences", "qwen_desktop.core.images.prepare", "qwen_desktop.core.storage.salvage",
    "qwen_desktop.ui.transcript.markdown", "qwen_desktop.ui.transcript.view", "qwen_desktop.ui.views.account_list",
    "qwen_desktop.ui.views.api_key_dialog", "qwen_desktop.ui.views.backups_page", "qwen_desktop.ui.views.bin_page",
    "qwen_desktop.ui.views.settings_dialog", "qwen_desktop.ui.views.storage_page", "qwen_desktop.ui.views.welcome",
}  # fmt: skip

WATCHED = """
import linecache, sys
from PySide6.QtCore import QAbstractEventDispatcher, QTimer
from qwen_desktop import app, start
class Watched(app.Desktop):
    def show_first_frame(self):
        super().show_first_frame()
        report("painted", is_visible=self.window.isVisible())
    async def begin(self):
        import asyncio
        await super().begin()
        app.QApplication.setCursorFlashTime(0)
        while self.window.page != "empty":
            await asyncio.sleep(0.01)
        wakes = []
        QAbstractEventDispatcher.instance().awake.connect(lambda: wakes.append(1))
        for _ in range(5):  # what it does at the start ends some time
            await asyncio.sleep(0.5)
            wakes.clear()
            await asyncio.sleep(1.0)
            if len(wakes) <= 3:
                break
        timers = [timer.interval() for timer in self.window.findChildren(QTimer) if timer.isActive()]
        report("begun", wakes=len(wakes), timers=timers, sources_kept=len(linecache.cache))
        self.stop()
def report(what, **more):
    modules = sorted(sys.modules)
    import json
    print(json.dumps({"what": what, "modules": modules, **more}), flush=True)
app.Desktop = Watched
sys.exit(start.run())
"""


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What the app reported when it had painted, and when it stood there with an empty chat; the key is set."""
    environment = {
        **os.environ,
        "QWEN_DESKTOP_HOME": str(tmp_path_factory.mktemp("home")),
        "QWEN_DESKTOP_LANG": "en",
        "DASHSCOPE_API_KEY": "sk-canary-start-0000",
        "QT_QPA_PLATFORM": "offscreen",
    }
    done = subprocess.run(
        [sys.executable, "-c", WATCHED], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return {line["what"]: line for line in map(json.loads, done.stdout.splitlines())}


def modules(start: dict[str, dict[str, object]], stage: str) -> set[str]:
    found = start[stage]["modules"]
    assert isinstance(found, list)
    return set(found)


def test_the_first_frame_needs_neither_loop_nor_network_nor_history(start: dict[str, dict[str, object]]) -> None:
    assert start["painted"]["is_visible"]
    assert "qwen_desktop.ui.views.main_window" in modules(start, "painted")
    assert not NOT_BEFORE_THE_FIRST_FRAME & modules(start, "painted")


def test_an_empty_chat_needs_neither_http_nor_tls_nor_markdown_nor_keychain(
    start: dict[str, dict[str, object]],
) -> None:
    assert {"asyncio", "sqlite3", "qwen_desktop.ui.controllers.window"} <= modules(start, "begun")
    assert not NOT_BEFORE_A_CHAT & modules(start, "begun")


def test_pyside_does_not_read_the_source_of_what_is_imported(start: dict[str, dict[str, object]]) -> None:
    """It would keep the lines of some 180 files."""
    assert isinstance(start["begun"]["sources_kept"], int)
    assert start["begun"]["sources_kept"] < 10


def test_an_idle_window_sleeps(start: dict[str, dict[str, object]]) -> None:
    assert start["begun"]["timers"] == []
    assert isinstance(start["begun"]["wakes"], int)
    assert start["begun"]["wakes"] <= 3, "in one second, the end of that second among them"
