"""A name that is looked up for long keeps nobody from ending the app."""

from __future__ import annotations

import os
import subprocess
import sys
import time

_APP = """
import asyncio, socket, time
from PySide6.QtWidgets import QApplication
from qwen_desktop.ui import aio

socket.getaddrinfo = lambda *arguments, **options: time.sleep(60)

async def main():
    look_up = asyncio.ensure_future(asyncio.get_running_loop().getaddrinfo("slow.example", 443))
    await asyncio.sleep(0.1)
    look_up.cancel()
    return 7

raise SystemExit(aio.run(QApplication([]), main, on_stop=lambda: None))
"""


def test_the_app_ends_while_a_name_is_looked_up() -> None:
    began_at = time.monotonic()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    assert subprocess.run([sys.executable, "-c", _APP], env=environment, timeout=50, check=False).returncode == 7
    assert time.monotonic() - began_at < 30
