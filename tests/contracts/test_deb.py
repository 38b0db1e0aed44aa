"""The bundle and the Debian package made of it, looked through and started from a folder: `run.py build deb`."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qwen_desktop import __version__

ROOT = Path(__file__).resolve().parents[2]
MOST_INSTALLED_KB = 130 * 1024
APT = Path("/usr/bin/dpkg-deb").exists()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not APT, reason="made and tried where dpkg is"),
]


def call(*command: str | Path, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_", "QWEN_"))}
    done = subprocess.run(
        command, cwd=ROOT, env=kept | environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def deb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made with the system's Python where it fits: one that somebody built at home has that home's name in it."""
    folder = tmp_path_factory.mktemp("dist")
    system = Path("/usr/bin/python3.11")
    python = system if system.exists() else Path(sys.executable)
    said = call(python, ROOT / "run.py", "build", "deb", "--", "--into", folder, "--fast")
    assert "self-test passed" in said
    return next(folder.glob("*.deb"))


@pytest.fixture(scope="module")
def tree(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    call("dpkg-deb", "-x", deb, folder)
    return folder


def test_its_control_data(deb: Path) -> None:
    control = call("dpkg-deb", "-f", deb)
    fields = dict(line.split(": ", 1) for line in control.splitlines() if not line.startswith(" "))
    assert fields["Version"] == f"{__version__}-1"
    needed = fields["Depends"].split(", ")
    assert any(entry.startswith("libglib2.0-0 ") and "| libglib2.0-0t64 " in entry for entry in needed)
    assert any(entry.startswith("libssl3 ") and "| libssl3t64 " in entry for entry in needed)
    assert {"libegl1", "libgl1"} <= set(needed)
    assert any(entry.startswith("libxcb-cursor0") for entry in needed)
    assert "fonts-noto-cjk" in fields["Recommends"]
    assert "gnome-keyring" in fields["Recommends"]
    assert int(fields["Installed-Size"]) <= MOST_INSTALLED_KB
    scripts = call("dpkg-deb", "-I", deb)
    assert not [name for name in ("preinst", "postinst", "prerm", "postrm") if name in scripts]


def test_it_works_from_another_place(tree: Path, tmp_path: Path) -> None:
    program = tree / "usr/bin/qwen-desktop"
    assert call(program, "--version", HOME=str(tmp_path)) == f"qwen-desktop {__version__}\n"
    assert "self-test passed" in call(program, "--self-test", HOME=str(tmp_path))


def test_what_desktops_read_is_valid(tree: Path) -> None:
    call("desktop-file-validate", tree / "usr/share/applications/qwen-desktop.desktop")
    call("appstreamcli", "validate", "--no-net", next((tree / "usr/share/metainfo").iterdir()))
    sizes = {path.name for path in (tree / "usr/share/icons/hicolor").iterdir()}
    assert {"scalable", "16x16", "48x48", "128x128", "512x512"} <= sizes


def test_the_works_of_others_are_named_with_their_licences(tree: Path) -> None:
    documents = tree / "usr/share/doc/qwen-desktop"
    text = (documents / "copyright").read_text("utf-8")
    notices = gzip.decompress((documents / "THIRD-PARTY-NOTICES.txt.gz").read_bytes()).decode()
    for name in ("PySide6_Essentials", "httpx", "keyring", "pillow", "Pygments", "Python", "PyInstaller bootloader"):
        assert f"\n  {name} " in text
        assert f"\n{name} " in notices
    assert "UNKNOWN" not in text
