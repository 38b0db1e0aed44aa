"""The command line as a process of its own: bad usage and closed outputs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "qwen_desktop"]
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def run(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("port", ["abc", "-1", "65536", "1e3", "٣", ""])
def test_a_bad_port_is_bad_usage_in_plain_words(port: str) -> None:
    done = run("demo-server", f"--port={port}")
    assert done.returncode == 2
    assert "a port is a number from 0 to 65535" in done.stderr


def test_a_busy_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        done = run("demo-server", "--port", str(port))
    assert done.returncode == 1
    assert f"port {port} cannot be used" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["--nonsense"],
        [""],
        ["doctor", "x"],
        ["ask", "--vers"],
        ["export"],
        ["export", "x"],
        ["import"],
        ["export", "--all", "--conversation=1", "x"],
        ["export", "--all"],
    ],
)
def test_bad_usage_exits_2_with_one_line(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_report_nobody_reads_ends_silently() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run("doctor", stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the full disk is Linux's")
def test_a_report_on_a_full_disk_ends_in_one_line() -> None:
    with open("/dev/full", "w") as full:
        done = run("doctor", stdout=full.fileno())
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("qwen-desktop doctor: standard output: ")


def test_quick_without_a_screen_says_so() -> None:
    environment = {name: value for name, value in os.environ.items() if name not in SCREENS}
    done = subprocess.run(
        [*COMMAND, "quick", "hello"],
        capture_output=True,
        text=True,
        env={**environment, "PYTHONPATH": str(ROOT), "QWEN_DESKTOP_LANG": "en"},
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "qwen-desktop: There is no screen to show a window on.\n"
