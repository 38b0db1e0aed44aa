"""The wheel and the source distribution, as somebody meets them who has nothing else: `run.py build wheel`."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from qwen_desktop import __version__

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_PYTHON = Path("/usr/bin/python3.11")
PYTHON = SYSTEM_PYTHON if SYSTEM_PYTHON.exists() else Path(sys.executable)
"""The one that test_deb.py builds with: with another, .venv-build would be made anew each time."""
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def call(*command: str | Path, cwd: Path, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "QT_", "QWEN_"))}
    done = subprocess.run(
        command, cwd=cwd, env=kept | environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    call(PYTHON, ROOT / "run.py", "build", "wheel", "--", "--into", folder, cwd=ROOT)
    return folder


def test_the_wheel_holds_the_app_and_nothing_else(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    tops = {name.split("/")[0] for name in names}
    assert tops == {"qwen_desktop"} | {f"qwen_desktop-{__version__}.{kind}" for kind in ("data", "dist-info")}
    package = {path.relative_to(ROOT).as_posix() for path in (ROOT / "qwen_desktop").rglob("*.py")}
    resources = {f"qwen_desktop/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "resources").rglob("*.*")}
    assert {name for name in names if name.startswith("qwen_desktop/")} == package | resources


def test_the_sdist_is_the_whole_project(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for wanted in (
        "run.py",
        "requirements-test.lock",
        "tests/conftest.py",
        "docs/architecture.md",
        "setup.py",
        "LICENSE",
    ):
        assert wanted in names
    assert not [name for name in names if "__pycache__" in name or name.startswith((".venv", ".git/", "dist"))]


def test_the_wheel_works_in_a_fresh_environment(dist: Path, tmp_path: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    scripts = tmp_path / "environment" / ("Scripts" if sys.platform == "win32" else "bin")
    call(sys.executable, "-m", "venv", tmp_path / "environment", cwd=tmp_path)
    install = (scripts / "python", "-m", "pip", "install", "--quiet", "--no-deps")
    call(*install, "--require-hashes", "-r", ROOT / "requirements.lock", cwd=tmp_path)
    call(*install, wheel, cwd=tmp_path)
    call(scripts / "python", "-m", "pip", "check", cwd=tmp_path)
    assert call(scripts / "qwen-desktop", "--version", cwd=tmp_path) == f"qwen-desktop {__version__}\n"
    assert "self-test passed" in call(scripts / "qwen-desktop", "--self-test", cwd=tmp_path)
    where = "from qwen_desktop.core.paths import resources; print(resources())"
    found = Path(call(scripts / "python", "-c", where, cwd=tmp_path).strip())
    assert found.is_relative_to(tmp_path / "environment")
