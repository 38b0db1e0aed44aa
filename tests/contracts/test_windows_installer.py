"""The Windows installer: what is in it, from any system; and the whole trial in Wine where its tools are.

`QD_WINE_ROOT` names the folder of a Debian 13 that `packaging/windows/try_in_wine.sh` has made or may make.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qwen_desktop import __version__

ROOT = Path(__file__).resolve().parents[2]
TRIAL = ROOT / "packaging/windows/try_in_wine.sh"
MIRROR = "http://deb.debian.org/debian"
MOST_DOWNLOAD_MB = 34
TOOLS = ("makensis", "x86_64-w64-mingw32-gcc")
WINE_TOOLS = ("debootstrap", "unshare", "Xvfb", "openbox", "xdotool", "import")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def build(folder: Path, *options: str) -> Path:
    """An installer, made as `run.py` makes it."""
    system = Path("/usr/bin/python3.11")
    python = system if system.exists() else Path(sys.executable)
    command = [python, ROOT / "run.py", "build", "windows", "--", "--into", folder, *options]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(done.stdout.splitlines()[-1].split("  ")[0])


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="made where NSIS and mingw are")
def test_its_size_and_name(tmp_path: Path) -> None:
    setup = build(tmp_path)
    assert setup.name == f"QwenDesktop-{__version__}-x64-trial-setup.exe"
    assert setup.stat().st_size < MOST_DOWNLOAD_MB * 1_000_000


@pytest.mark.skipif("QD_WINE_ROOT" not in os.environ, reason="QD_WINE_ROOT is not set")
def test_it_installs_runs_upgrades_and_goes(tmp_path: Path) -> None:
    missing = [tool for tool in (*TOOLS, *WINE_TOOLS) if not shutil.which(tool)]
    assert not missing
    setup, newer = build(tmp_path, "--fast"), build(tmp_path, "--fast", "--version", "99.0.0")
    command = [TRIAL, os.environ["QD_WINE_ROOT"], MIRROR, setup, newer]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "== all done" in done.stdout
