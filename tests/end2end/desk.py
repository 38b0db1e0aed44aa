"""The whole app in this process, on a private desktop or offscreen, against servers of the test's own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from qwen_desktop.app import Desktop, build
from qwen_desktop.core.credentials.api_keys import ApiKeyStore, SessionApiKeyStore
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.ui.transcript.notice import NoticeBox
from tests.conftest import eventually

KEY = "sk-canary-77aa77aa77aa77aa77aa"


@asynccontextmanager
async def opened(
    home: Path, base_url: str = "", *, key: str = KEY, pace: float = 0.0, keychain: ApiKeyStore | None = None
) -> AsyncIterator[Desktop]:
    """The app, painted and ready for a prompt (or showing its first start, without key and address)."""
    environment = {"QWEN_DESKTOP_HOME": str(home), "QWEN_DESKTOP_LANG": "en"}
    if base_url:
        environment["QWEN_DESKTOP_BASE_URL"] = base_url
    if key:
        environment["DASHSCOPE_API_KEY"] = key
    desktop = build(
        AppPaths.find(environment), environment=environment, keychain=keychain or SessionApiKeyStore(), demo_pace=pace
    )
    await desktop.show()
    await desktop.begin()
    try:
        await eventually(lambda: desktop.window.page in ("empty", "welcome"))
        yield desktop
    finally:
        await desktop.close()
        await asyncio.sleep(0)


@contextmanager
def demo_server(pace: float) -> Iterator[str]:
    """The address of a demo on a thread and a loop of its own, for an app that is a process of its own."""
    loop, server = asyncio.new_event_loop(), DemoServer(pace=pace)
    thread = threading.Thread(target=loop.run_forever, name="demo server")
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(5)
        yield server.base_url
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def xdotool(*arguments: str) -> None:
    """Real keys and clicks through the X server; waits for the tool, not for their effect."""
    process = await asyncio.create_subprocess_exec(
        "xdotool", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)
    )
    _, error = await process.communicate()
    assert process.returncode == 0, error.decode()


async def focused(desktop: Desktop) -> None:
    """The window has the keyboard, and the composer in it."""
    desktop.window.activateWindow()
    await eventually(lambda: desktop.window.isActiveWindow())


def reply_text(desktop: Desktop) -> str:
    return desktop.transcript.last_text()


def notices(desktop: Desktop) -> list[NoticeBox]:
    """The boxes under the turns that are shown."""
    return [box for box in desktop.transcript.findChildren(NoticeBox) if box.isVisible()]
