"""The pictures in docs/screenshots: the real window on a private desktop, in both languages and both themes.

And a strip of a long answer, light and dark.  `python -m tests.make_screenshots [FOLDER [strip]]`; Linux with the tools
of the desktop tests.  The replies come from the demo server, asked as a service with a key would be; that of the strip
is in `tests/data/long_reply.py`.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_desktop.core.chat.message import MessageStatus
from tests.desktop_session import DesktopSession

if TYPE_CHECKING:
    from qwen_desktop.app import Desktop

ROOT = Path(__file__).resolve().parents[1]
SIZE = (1280, 820)
PROMPTS = {
    "en": ("Explain how streaming over SSE works, with a small Python example", "/error cut"),
    "zh_CN": ("用一个简短的 Python 示例讲解 SSE 流式传输的原理", "/错误 cut"),
}
CHATS = {
    "en": (("Three days in Beijing", 0), ("SQLite and PostgreSQL", 1), ("Mail to a client", 1), ("Regex for CJK", 4)),
    "zh_CN": (("北京三日游安排", 0), ("SQLite 与 PostgreSQL", 1), ("给客户的英文邮件", 1), ("匹配中文标点的正则", 4)),
}
SHORT = {"en": "en", "zh_CN": "zh"}
STRIP_SIZE, STRIP_GAP_PX = (690, 840), 20


async def take(folder: Path, language: str, theme: str) -> None:
    """Four pictures: first start, streaming reply, error with its remedy, quick ask."""
    from qwen_desktop.demo.server import DemoServer

    suffix = f"{theme}-{SHORT[language]}.png"
    streaming, failing = PROMPTS[language]
    with tempfile.TemporaryDirectory() as home:
        await _show(Path(home), language, theme, "", "", folder / f"welcome-{suffix}")
    with tempfile.TemporaryDirectory() as home:
        await _fill(Path(home), language)
        async with DemoServer(pace=0.5) as server:
            await _show(Path(home), language, theme, server.base_url, streaming, folder / f"streaming-{suffix}")
            await _show(Path(home), language, theme, server.base_url, failing, folder / f"error-{suffix}")
            await _show_quick_ask(Path(home), language, theme, server.base_url, folder / f"quick-ask-{suffix}")


async def _fill(home: Path, language: str) -> None:
    """A few earlier chats for the sidebar."""
    from qwen_desktop.core.storage.conversations import History

    path = home / "data" / "history.sqlite3"
    history = await History.open(path)
    for title, _ in CHATS[language]:
        await history.create_conversation(title=title, model_id=None)
    await history.close()
    with sqlite3.connect(path) as db:
        for number, (_, days) in enumerate(CHATS[language], start=1):
            moment = (datetime.now(UTC) - timedelta(days=days, minutes=number)).isoformat(timespec="microseconds")
            db.execute("UPDATE conversation SET updated_at = ? WHERE id = ?", (moment, number))
    db.close()


async def take_strip(folder: Path, theme: str) -> None:
    """One picture: a long answer in three windows side by side, each scrolled to where the one before ends."""
    from PySide6.QtGui import QImage, QPainter

    from qwen_desktop.core.storage.conversations import History
    from qwen_desktop.demo.server import DemoServer
    from qwen_desktop.ui.transcript.math_service import math_service
    from tests.conftest import eventually
    from tests.data.long_reply import PROMPT, REASONING, TEXT

    with tempfile.TemporaryDirectory() as home:
        history = await History.open(Path(home) / "data" / "history.sqlite3")
        turn = await history.begin_turn(None, PROMPT, model_id="qwen3.7-plus")
        reply = replace(turn.reply, text=TEXT, reasoning=REASONING, thinking_s=12.0, status=MessageStatus.COMPLETE,
                        ended_at=datetime.now(UTC), finish_reason="stop")  # fmt: skip
        await history.journal(turn.reply).finish(reply)
        await history.close()
        async with DemoServer() as server:
            desktop = await _opened(Path(home), "zh_CN", theme, server.base_url, STRIP_SIZE)
            desktop.conversations.open(reply.conversation_id)
            await eventually(lambda: desktop.window.page == "transcript")
            view = desktop.transcript
            width, height = STRIP_SIZE
            strip = QImage(3 * width + 2 * STRIP_GAP_PX, height, QImage.Format.Format_ARGB32_Premultiplied)
            strip.fill(0)
            painter = QPainter(strip)
            bar = view.verticalScrollBar()
            bar.setValue(0)
            for number in range(3):
                await eventually(lambda: math_service().is_idle and not view.is_busy and not view.scheduler.is_waiting)
                await asyncio.sleep(0.3)  # the frame after the last change
                painter.drawPixmap(number * (width + STRIP_GAP_PX), 0, desktop.window.grab())
                bar.setValue(bar.value() + view.viewport().height() - 40)
            painter.end()
            await desktop.close()
    assert strip.save(str(folder / f"answer-{theme}-zh.png"))


async def _opened(home: Path, language: str, theme: str, base_url: str, size: tuple[int, int]) -> Desktop:
    """The real window, ready for a prompt."""
    from qwen_desktop.app import build
    from qwen_desktop.core.credentials.api_keys import SessionApiKeyStore
    from qwen_desktop.core.paths import AppPaths
    from tests.conftest import eventually

    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "settings.toml").write_text(
        f'[appearance]\ntheme = "{theme}"\nfont_family = "Noto Sans CJK SC"\n'
        '[chat]\ncontinue_after_cut = "ask"\n[quick_ask]\nprefill = "off"\n'
    )
    environment = {"QWEN_DESKTOP_HOME": str(home), "QWEN_DESKTOP_LANG": language}
    if base_url:
        environment |= {"QWEN_DESKTOP_BASE_URL": base_url, "DASHSCOPE_API_KEY": "sk-screenshots-0000"}
    os.environ["QWEN_DESKTOP_LANG"] = language
    desktop = build(AppPaths.find(environment), environment=environment, keychain=SessionApiKeyStore())
    desktop.window.resize(*size)
    await desktop.show()
    await desktop.begin()
    await eventually(lambda: desktop.window.page in ("empty", "welcome"))
    return desktop


async def _show(home: Path, language: str, theme: str, base_url: str, prompt: str, picture: Path) -> None:
    from tests.conftest import eventually

    desktop = await _opened(home, language, theme, base_url, SIZE)
    if prompt:
        desktop.controller.submit(prompt)
        if prompt.startswith("/"):
            await eventually(lambda: desktop.window.page == "transcript")
            await eventually(lambda: not desktop.window.composer.is_running, timeout_s=20)
        else:
            await eventually(lambda: len(desktop.transcript.last_text()) > 700, timeout_s=20)
    desktop.window.activateWindow()
    await eventually(desktop.window.isActiveWindow)
    await asyncio.sleep(0.3)  # the frame after the last change
    assert desktop.window.grab().save(str(picture))
    await desktop.close()


async def _show_quick_ask(home: Path, language: str, theme: str, base_url: str, picture: Path) -> None:
    from tests.conftest import eventually

    desktop = await _opened(home, language, theme, base_url, SIZE)
    quick = desktop.presence.quick
    quick.open(PROMPTS[language][0])
    await eventually(quick.window.isActiveWindow)
    quick.ask()
    await eventually(lambda: quick.window.transcript and len(quick.window.transcript.last_text()) > 300, timeout_s=20)
    await asyncio.sleep(0.3)  # the frame after the last change
    assert quick.window.grab().save(str(picture))
    await desktop.close()


def main(folder: Path = ROOT / "docs" / "screenshots", only: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with DesktopSession() as session:
        os.environ.update(session.environment)
        os.environ["QT_QPA_PLATFORM"] = "xcb"
        from PySide6.QtWidgets import QApplication

        from qwen_desktop.ui import aio

        application = QApplication([])
        application.setQuitOnLastWindowClosed(False)

        async def all_pictures() -> int:
            for theme in ("light", "dark"):
                for language in PROMPTS if not only else ():
                    await take(folder, language, theme)
                await take_strip(folder, theme)
            return 0

        aio.run(application, all_pictures, on_stop=lambda: None)
        application.shutdown()


if __name__ == "__main__":
    main(*(Path(folder) for folder in sys.argv[1:2]), *sys.argv[2:3])
