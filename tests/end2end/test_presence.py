"""The app when its window is not there: in a tray, without one, called by its hotkey, heard of by notifications."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from qwen_desktop.app import Desktop
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.desktop.hotkey.status import HotkeyState
from qwen_desktop.desktop.request import Action, Request
from tests.child_program import ChildProgram
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, opened, xdotool
from tests.end2end.test_main_job import rows
from tests.end2end.test_tray import TRAYER
from tests.quick_asking import active_window, another_window, run_xdotool

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")

ROOT = Path(__file__).resolve().parents[2]
IDLE_S = 3.0


@asynccontextmanager
async def living(home: Path, base_url: str) -> AsyncIterator[Desktop]:
    """The app with all its faces, which fill nothing in."""
    async with opened(home, base_url) as desktop:
        desktop.setup.settings.remember_quick_ask({"prefill": "off"})
        desktop.presence.begin()
        await eventually(lambda: desktop.presence.hotkey_status.state is HotkeyState.WORKS)
        yield desktop


async def has_keyboard(window_id: int) -> bool:
    """The window manager says so, and the server sends the keys there already."""
    return await active_window() == window_id and await run_xdotool("getwindowfocus") == f"{window_id}\n"


def test_closed_to_the_tray_asked_by_the_hotkey_and_told_when_it_is_done(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with (
            ChildProgram(*TRAYER, is_module=False),
            ChildProgram("tests.notification_server", "actions", "body") as service,
            DemoServer(pace=0.1) as server,
            living(home, server.base_url) as desktop,
            another_window() as other,
        ):
            faces, quick = desktop.presence._faces, desktop.presence.quick
            await eventually(lambda: faces.tray.is_available)
            desktop.window.composer.set_text("typed and not sent")
            desktop.window.close()
            await eventually(lambda: not desktop.window.isVisible())
            assert not desktop.stopped.is_set()
            await eventually(lambda: has_keyboard(other))

            await xdotool("key", "ctrl+alt+q")
            await eventually(lambda: quick.is_visible and quick.window.edit.hasFocus())
            await xdotool("type", "--delay", "2", "hello")
            await eventually(lambda: quick.window.text() == "hello")
            await xdotool("key", "Return")
            await eventually(lambda: quick.conversation_id is not None and desktop.presence.unseen.state == "streaming")
            await xdotool("key", "Escape")
            await eventually(lambda: not quick.is_visible)
            await eventually(lambda: has_keyboard(other))
            told = await service.hear("notify")
            assert told["summary"] == "hello"
            assert desktop.presence.unseen.count == 1
            assert desktop.presence.unseen.state == "idle"

            await service.tell("act", told["id"], "default")
            await eventually(lambda: desktop.window.isActiveWindow())
            await eventually(lambda: desktop.controller.conversation_id == quick.conversation_id)
            await eventually(lambda: desktop.presence.unseen.count == 0)

            desktop.controller.new_chat()
            assert desktop.window.composer.text() == "typed and not sent"
            faces.tray.quit_requested.emit()
            assert desktop.stopped.is_set()

    run(scenario(), timeout_s=60)


def test_ending_while_a_reply_is_written_there_keeps_it_and_tells_nobody(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with (
            ChildProgram("tests.notification_server", "actions", "body") as service,
            DemoServer(pace=1.0) as server,
        ):
            async with living(home, server.base_url) as desktop:
                quick = desktop.presence.quick
                quick.open("hello")
                quick.ask()
                await eventually(lambda: quick.window.transcript and quick.window.transcript.last_text())
            (_, text, status), *_ = reversed(rows(home))
            assert text
            assert status == "stopped"
            await service.ask("pretended", "pretend", 1, "default")  # what came before has been read by then
            assert not [event for event in service.events if event["event"] == "notify"]

    run(scenario(), timeout_s=40)


def test_a_reply_before_the_eyes_is_not_told(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server, living(home, server.base_url) as desktop:
            desktop.window.activateWindow()
            await eventually(lambda: desktop.window.isActiveWindow())
            desktop.controller.submit("hello")
            await eventually(lambda: desktop.presence.unseen.state == "streaming")
            await eventually(lambda: desktop.presence.unseen.state == "idle", 20)
            assert desktop.presence.unseen.count == 0

    run(scenario(), timeout_s=40)


def test_without_a_tray_closing_ends_the_app_and_the_next_start_says_why(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with living(home, "http://127.0.0.1:9") as desktop:
            desktop.window.close()
            await eventually(desktop.stopped.is_set)
        for times in (1, 0):
            async with opened(home, "http://127.0.0.1:9") as desktop:
                said = [label for label in desktop.window.notice_bar.findChildren(QLabel) if "tray" in label.text()]
                assert len(said) == times, "said once"

    run(scenario(), timeout_s=40)


def test_a_start_at_login_without_a_tray_waits_in_the_list_of_windows(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with living(home, "http://127.0.0.1:9") as desktop:
            desktop.window.hide()
            desktop.presence.do(Request(Action.HIDDEN))
            await eventually(lambda: desktop.window.isVisible() and desktop.window.isMinimized())
            async with ChildProgram(*TRAYER, is_module=False):  # the panel comes later
                await eventually(lambda: not desktop.window.isVisible())
            await eventually(lambda: desktop.window.isMinimized() and desktop.window.isVisible())
            desktop.presence.show_window()
            await eventually(lambda: not bool(desktop.window.windowState() & Qt.WindowState.WindowMinimized))

    run(scenario(), timeout_s=40)


def test_without_its_icon_a_hidden_window_comes_back_to_the_list(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with ChildProgram(*TRAYER, is_module=False), living(home, "http://127.0.0.1:9") as desktop:
            await eventually(lambda: desktop.presence._has_tray)
            desktop.setup.open_settings()
            desktop.window.close()
            await eventually(lambda: not desktop.window.isVisible())
            settings = desktop.engine.settings  # the dialog is open still
            desktop.setup.settings.change(replace(settings, desktop=replace(settings.desktop, tray=False)))
            await eventually(lambda: desktop.window.isVisible() and desktop.window.isMinimized())

    run(scenario(), timeout_s=40)


def ticks_and_waits(pid: int) -> tuple[int, int]:
    """Processor time in ticks, and how often the process has gone to sleep by itself."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    waits = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        waits += sum(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("voluntary"))
    return int(fields[11]) + int(fields[12]), waits


def test_hidden_it_sleeps_and_the_command_wakes_it(run: RunScenario, home: Path) -> None:
    """The real command, in processes of its own."""

    async def scenario() -> None:
        with tempfile.TemporaryDirectory(prefix="qd-") as runtime:
            environment = {
                **os.environ,
                "QWEN_DESKTOP_HOME": str(home),
                "QWEN_DESKTOP_LANG": "en",
                "DASHSCOPE_API_KEY": KEY,
                "XDG_RUNTIME_DIR": runtime,
            }
            command = (sys.executable, "-m", "qwen_desktop")
            async with ChildProgram(*TRAYER, is_module=False):
                process = await asyncio.create_subprocess_exec(*command, "--hidden", cwd=ROOT, env=environment)
                try:
                    log = home / "data" / "logs" / "qwen-desktop.log"
                    await eventually(lambda: log.exists() and "works grabbed" in log.read_text(), 20)
                    for _ in range(4):  # what it does at the start ends some time
                        await asyncio.sleep(1.5)
                        before = ticks_and_waits(process.pid)
                        await asyncio.sleep(IDLE_S)  # nothing is waited for: this time is what is measured
                        after = ticks_and_waits(process.pid)
                        ticks, waits = (now - then for now, then in zip(after, before, strict=True))
                        if ticks <= 1 and waits <= 3:
                            break
                    assert ticks <= 1, "one hundredth of a second of processor time"
                    assert waits <= 3
                    assert not await run_xdotool("search", "--onlyvisible", "--name", "^Qwen Desktop$")

                    quick = await asyncio.create_subprocess_exec(
                        *command, "quick", "from outside", cwd=ROOT, env=environment
                    )
                    assert await quick.wait() == 0
                    await run_xdotool("search", "--sync", "--onlyvisible", "--name", "Quick ask")
                    again = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment)
                    assert await again.wait() == 0
                    await run_xdotool("search", "--sync", "--onlyvisible", "--name", "^Qwen Desktop$")
                    process.send_signal(signal.SIGTERM)
                    assert await process.wait() == 0
                finally:
                    if process.returncode is None:
                        process.kill()
                    await process.wait()

    run(scenario(), timeout_s=60)
