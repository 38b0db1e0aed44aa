"""The chat for a machine without a screen, as a process of its own on a real terminal (a pty)."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from qwen_desktop.demo.server import DemoServer
from tests.conftest import eventually

ROOT = Path(__file__).resolve().parents[2]
PROMPT = b"\n> "
STARTER = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, sys.argv[1:])
"""
"""Gives a command a session of its own whose terminal its input is, so that Ctrl-C typed there is a signal."""


class Terminal:
    """A chat and what its terminal shows."""

    def __init__(self, process: asyncio.subprocess.Process, master: int) -> None:
        self.process = process
        self.shown = b""
        self._master = master
        os.set_blocking(master, False)
        asyncio.get_running_loop().add_reader(master, self._read)

    def _read(self) -> None:
        try:
            self.shown += os.read(self._master, 65_536).replace(b"\r\n", b"\n")
        except OSError:  # the other side was closed
            asyncio.get_running_loop().remove_reader(self._master)

    async def prompts(self, count: int) -> None:
        """Wait until so many prompts were shown, the last of them at the end."""
        await eventually(lambda: self.shown.count(PROMPT) >= count and self.shown.endswith(b"> "), timeout_s=20)

    def type(self, text: bytes) -> None:
        os.write(self._master, text)

    async def ended(self) -> int:
        async with asyncio.timeout(5):
            return await self.process.wait()


@asynccontextmanager
async def terminal(home: Path, base_url: str) -> AsyncIterator[Terminal]:
    master, slave = pty.openpty()
    environment = {
        **os.environ,
        "QWEN_DESKTOP_HOME": str(home),
        "QWEN_DESKTOP_BASE_URL": base_url,
        "DASHSCOPE_API_KEY": "sk-canary-51c0ffee51c0ffee51c0ffee",
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent",
        "PYTHONPATH": str(ROOT),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", STARTER, sys.executable, "-m", "qwen_desktop", "--terminal"),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        asyncio.get_running_loop().remove_reader(master)
        os.close(master)


def statuses(home: Path) -> list[str]:
    with sqlite3.connect(home / "data" / "history.sqlite3") as db:
        found = [row[0] for row in db.execute("SELECT status FROM message WHERE role = 'assistant' ORDER BY id")]
    db.close()
    return found


@pytest.mark.parametrize(("end", "code"), [(b"\x04", 0), (b"\n", 0), (b"\x03", 130)])
async def test_every_way_to_end_the_chat_ends_it_at_the_prompt(home: Path, end: bytes, code: int) -> None:
    async with DemoServer(pace=0) as server, terminal(home, server.base_url) as chat:
        await chat.prompts(1)
        chat.type(end)
        assert await chat.ended() == code
        assert b"Traceback" not in chat.shown


async def test_a_request_to_end_ends_the_chat_and_keeps_the_reply(home: Path) -> None:
    async with DemoServer(pace=1) as server, terminal(home, server.base_url) as chat:
        await chat.prompts(1)
        chat.type(b"hello\n")
        await eventually(lambda: b"I am the demo" in chat.shown, timeout_s=20)
        chat.process.send_signal(signal.SIGTERM)
        assert await chat.ended() == 143
    assert statuses(home) == ["stopped"]


async def test_ctrl_c_stops_the_reply_and_the_chat_goes_on(home: Path) -> None:
    async with DemoServer(pace=0.5) as server, terminal(home, server.base_url) as chat:
        await chat.prompts(1)
        chat.type(b"hello\n")
        await eventually(lambda: b"I am the demo" in chat.shown, timeout_s=20)
        chat.type(b"\x03")
        await chat.prompts(2)
        chat.type(b"/error cut\n")
        await chat.prompts(3)
        assert b"The connection broke" in chat.shown
        chat.type(b"\x03")
        assert await chat.ended() == 130
    assert statuses(home) == ["stopped", "complete"]  # what was cut was continued


async def test_a_broken_settings_file_is_told(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text("[chat\n")
    async with DemoServer(pace=0) as server, terminal(home, server.base_url) as chat:
        await chat.prompts(1)
        assert b"settings.toml" in chat.shown
        chat.type(b"\x04")
        assert await chat.ended() == 0


@pytest.mark.parametrize(
    "line",
    [
        "CHAT <&-",
        "echo hello | CHAT >&-",
        "(echo hello; sleep 1; echo hello) | CHAT | head -n 1",
        "(echo hello; sleep 1) | CHAT | head -c 150",
    ],
)
async def test_closed_streams_end_the_chat_in_order(home: Path, line: str) -> None:
    async with DemoServer(pace=0) as server:
        process = await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", line.replace("CHAT", f"{sys.executable} -m qwen_desktop --terminal")),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                "QWEN_DESKTOP_BASE_URL": server.base_url,
                "DASHSCOPE_API_KEY": "sk-0123456789abcdef",
                "PYTHONPATH": str(ROOT),
            },
        )
        async with asyncio.timeout(20):
            _, err = await process.communicate()
    assert process.returncode == 0
    assert err == b""
