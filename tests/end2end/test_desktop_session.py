"""The private desktop is whole while it is needed, and wholly gone afterwards, even after a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.conftest import eventually
from tests.desktop_session import DesktopSession, children_of

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import time
from tests.desktop_session import DesktopSession
with DesktopSession() as session:
    print(session._folder.name, flush=True)
    time.sleep(60)
"""


def processes_of(folder: str) -> list[int]:
    """The living processes that were started with `folder` in their environment or arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if folder.encode() in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_everything_of_a_desktop_is_there(desktop_session: DesktopSession) -> None:
    assert {"DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"} <= set(desktop_session.environment)
    names = {Path(f"/proc/{child}/comm").read_text().strip() for child in children_of(desktop_session._keeper.pid)}
    assert {"Xvfb", "openbox", "dbus-daemon", "gnome-keyring-d", "at-spi-bus-laun"} <= names
    assert os.environ["HOME"].startswith(str(Path(desktop_session.environment["XDG_RUNTIME_DIR"]).parent))


def test_nothing_stays_after_the_end_or_a_kill() -> None:
    for end in (signal.SIGINT, signal.SIGKILL):
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLD], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert holder.stdout
        folder = holder.stdout.readline().strip()
        assert len(processes_of(folder)) >= 6
        holder.send_signal(end)
        holder.wait(20)
        holder.stdout.close()
        asyncio.run(eventually(lambda folder=folder: not processes_of(folder), timeout_s=20))
