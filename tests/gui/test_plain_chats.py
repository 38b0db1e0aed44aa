"""A chat that ended or stalled the real app, and the next app that opens it: as plain text, with a button."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from qwen_desktop.app import Desktop
from qwen_desktop.core.words import set_language, tr
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.ui.theme import LIGHT, Theme
from qwen_desktop.ui.views.main_window import MainWindow
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"


async def write_chats(home: Path, count: int = 1) -> None:
    """So many chats with a demo reply, which has headings and code."""
    async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
        for number in range(1, count + 1):
            desktop.controller.new_chat()
            desktop.controller.submit("Show me Markdown with code")
            await eventually(lambda number=number: desktop.controller.conversation_id == number)
            await eventually(lambda: not desktop.window.composer.is_running)
            await eventually(lambda: not desktop.controller.guard.is_watching)


async def child(home: Path, way: str) -> asyncio.subprocess.Process:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.gui.opening", str(home), way),
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )


async def said(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


async def killed(home: Path, way: str, *, when: str) -> None:
    """An app that opens the first chat, and is killed when it says so."""
    process = await child(home, way)
    try:
        assert await said(process) == when
    finally:
        process.kill()
        await process.communicate()


def record(home: Path) -> dict[str, object]:
    return dict(json.loads((home / "data" / "plain-chats.json").read_bytes()))


async def show(desktop: Desktop, conversation_id: int) -> None:
    desktop.window.sidebar.conversation_selected.emit(conversation_id)
    await eventually(lambda: desktop.controller.conversation_id == conversation_id)


def is_formatted(desktop: Desktop) -> bool:
    """The reply on the screen is read as Markdown, and nothing says otherwise above it; or neither is so."""
    reply_id = desktop.transcript.message_ids[-1]
    widget = desktop.transcript.widget_of(reply_id)
    assert widget is not None
    is_markdown = widget.body.stream is not None
    bar = desktop.window.findChild(QWidget, "plain_notice")
    assert is_markdown != (bar is not None and bar.isVisible())
    return is_markdown


def button(desktop: Desktop) -> QAbstractButton:
    found = desktop.window.findChild(QAbstractButton, "notice_show_formatting")
    assert found is not None
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_a_crash_in_the_first_layout_of_a_chat(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await write_chats(home, 2)
        process = await child(home, "abort")
        await process.communicate()
        assert process.returncode == -signal.SIGABRT
        assert record(home) == {"version": 1, "busy": 1, "plain": []}

        async with opened(home, NOWHERE) as desktop:
            await show(desktop, 1)
            assert not is_formatted(desktop)
            shown = desktop.transcript.widget_of(desktop.transcript.message_ids[-1])
            assert shown is not None
            text = desktop.transcript.last_text()
            assert "```" in text
            assert "".join(shown.body.plain((0, 0), shown.body.end_mark())).split() == text.split()
            shown.copy_all()
            assert QApplication.clipboard().text() == text
            desktop.transcript.selection.select_message(1)
            desktop.transcript.selection.copy()
            assert QApplication.clipboard().text() == text
            desktop.transcript.selection.copy_plain()
            assert QApplication.clipboard().text() == text

            await show(desktop, 2)
            assert is_formatted(desktop)
            await show(desktop, 1)
            assert not is_formatted(desktop)
            desktop.controller.new_chat()
            bar = desktop.window.findChild(QWidget, "plain_notice")
            assert bar is not None
            assert not bar.isVisible()
        assert record(home) == {"version": 1, "busy": None, "plain": [1]}

        async with opened(home, NOWHERE) as desktop:  # it was plain, and all was well: plain it stays
            await show(desktop, 1)
            assert not is_formatted(desktop)
            QTest.mouseClick(button(desktop), Qt.MouseButton.LeftButton)
            assert is_formatted(desktop)
            assert desktop.transcript.last_text() == text
            assert record(home)["plain"] == [1], "not before it has come to rest"
            await eventually(lambda: record(home) == {"version": 1, "busy": None, "plain": []})
            await show(desktop, 2)
            await show(desktop, 1)
            assert is_formatted(desktop)

    run(scenario(), timeout_s=60)


def test_an_app_that_is_frozen_by_a_chat_and_killed(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await write_chats(home)
        process = await child(home, "freeze")
        try:
            assert await said(process) == "frozen"
            await eventually(lambda: record(home)["plain"] == [1], timeout_s=20)  # by the thread that looks on
        finally:
            process.kill()
            await process.communicate()
        async with opened(home, NOWHERE) as desktop:
            await show(desktop, 1)
            assert not is_formatted(desktop)

    run(scenario(), timeout_s=60)


def test_an_app_that_was_stalled_by_a_chat_and_came_back(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await write_chats(home, 2)
        process = await child(home, "stall")
        output, _ = await process.communicate()
        assert process.returncode == 0
        assert output.decode().split("\n") == ["frozen", "at rest", ""]
        assert record(home) == {"version": 1, "busy": None, "plain": [2]}
        async with opened(home, NOWHERE) as desktop:
            await show(desktop, 1)
            assert is_formatted(desktop)
            await show(desktop, 2)
            assert not is_formatted(desktop)

    run(scenario(), timeout_s=60)


def test_a_chat_that_was_at_rest_when_the_app_was_killed_is_shown_as_ever(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await write_chats(home)
        await killed(home, "rest", when="at rest")
        async with opened(home, NOWHERE) as desktop:
            await show(desktop, 1)
            assert is_formatted(desktop)

    run(scenario(), timeout_s=60)


def test_a_reply_in_a_plain_chat_is_plain_while_it_is_written_and_afterwards(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await write_chats(home)
        (home / "data" / "plain-chats.json").write_text('{"version": 1, "busy": 1, "plain": []}')
        async with DemoServer(pace=0.05) as server, opened(home, server.base_url) as desktop:
            await show(desktop, 1)
            desktop.controller.submit("Plan three days in Beijing")
            await eventually(lambda: len(desktop.transcript.message_ids) == 4)
            await eventually(lambda: desktop.transcript.last_text())
            assert desktop.window.composer.is_running
            assert not is_formatted(desktop)
            QTest.mouseClick(button(desktop), Qt.MouseButton.LeftButton)  # it may also be tried while it is written
            assert is_formatted(desktop)
            await eventually(lambda: not desktop.window.composer.is_running, timeout_s=15)
            assert is_formatted(desktop)
            assert "Day 3" in desktop.transcript.last_text()
            await eventually(lambda: record(home) == {"version": 1, "busy": None, "plain": []})

    run(scenario(), timeout_s=60)


def test_the_notice_speaks_chinese_and_is_reached_by_keyboard(qtbot: object) -> None:
    set_language("zh_CN")
    try:
        window = MainWindow(Theme(LIGHT))
        window.set_plain(True)
        window.set_plain(False)
        window.set_plain(True)
        pressed: list[bool] = []
        window.formatting_requested.connect(lambda: pressed.append(True))
        press = window.findChild(QAbstractButton, "notice_show_formatting")
        assert press is not None
        assert press.text() == tr("Show with formatting") == "按格式显示"
        assert press.focusPolicy() & Qt.FocusPolicy.TabFocus
        press.click()
        assert pressed == [True]
        bar = window.findChild(QWidget, "plain_notice")
        assert bar is not None
        for page, is_there in ((window.show_empty, False), (window.show_transcript, True)):
            page()
            assert bar.isHidden() != is_there
    finally:
        set_language("en")
        window.accept_close()
        window.deleteLater()
