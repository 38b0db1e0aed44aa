"""The folders of the app, wherever it runs from."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from qwen_desktop.core import paths
from qwen_desktop.core.paths import AppPaths

ROOT = Path(__file__).parents[2]


def test_one_home_holds_everything(tmp_path: Path) -> None:
    found = AppPaths.find({"QWEN_DESKTOP_HOME": str(tmp_path / "家 of mine")})
    home = tmp_path / "家 of mine"
    assert found == AppPaths(home / "data", home / "config")
    assert found.history == home / "data" / "history.sqlite3"
    assert (
        found.history_lock.parent == found.backups.parent == found.attachments.parent == found.logs.parent == found.data
    )
    assert found.settings == home / "config" / "settings.toml"
    assert not home.exists(), "looking makes nothing"


def test_a_relative_home_and_a_tilde_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert AppPaths.find({"QWEN_DESKTOP_HOME": "portable"}).data == tmp_path / "portable" / "data"
    monkeypatch.setenv("HOME" if os.name == "posix" else "USERPROFILE", str(tmp_path))
    assert AppPaths.find({"QWEN_DESKTOP_HOME": "~/qd"}).data == tmp_path / "qd" / "data"


@pytest.mark.skipif(sys.platform != "linux", reason="the places of Linux")
def test_without_a_home_the_places_of_the_platform_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "elsewhere"))
    for environ in ({}, {"QWEN_DESKTOP_HOME": ""}):
        found = AppPaths.find(environ)
        assert found.data == tmp_path / ".local" / "share" / "qwen-desktop"
        assert found.config == tmp_path / "elsewhere" / "qwen-desktop"


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_new_folders_are_for_their_owner_alone_and_old_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir(mode=0o755)
    (tmp_path / "old").chmod(0o755)
    folder = paths.private_folder(tmp_path / "old" / "new" / "newer")
    modes = [stat.S_IMODE(one.stat().st_mode) for one in (folder, folder.parent, folder.parent.parent)]
    assert modes == [0o700, 0o700, 0o755]
    assert paths.private_folder(folder) == folder


def test_a_file_in_the_way_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        paths.private_folder(tmp_path / "file")


def test_a_checkout_has_its_own_resources() -> None:
    assert paths.resources() == ROOT / "resources"


def ask_copy(package_in: Path, *before: str) -> str:
    """What a copy of `paths.py` under `package_in` finds, run in a fresh interpreter."""
    (package_in / "qwen_desktop" / "core").mkdir(parents=True)
    for name in ("__init__.py", "core/__init__.py", "core/paths.py"):
        shutil.copy(ROOT / "qwen_desktop" / name, package_in / "qwen_desktop" / name)
    program = "\n".join(["import sys", *before, "from qwen_desktop.core import paths", "print(paths.resources())"])
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(package_in)!r})\n{program}"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.stdout.strip() or done.stderr


def test_an_installed_package_finds_the_resources_it_came_with(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    (site / "resources" / "icons").mkdir(parents=True)  # a stranger's
    (site / "qwen_desktop" / "resources" / "translations").mkdir(parents=True)
    assert ask_copy(site) == str(site / "qwen_desktop" / "resources")


def test_an_installation_under_a_prefix_finds_its_share(tmp_path: Path) -> None:
    share = tmp_path / "prefix" / "share" / "qwen-desktop" / "resources"
    (share / "icons").mkdir(parents=True)
    assert ask_copy(tmp_path / "lib", f"sys.prefix = {str(tmp_path / 'prefix')!r}") == str(share)


def test_a_frozen_app_finds_what_it_was_packed_with(tmp_path: Path) -> None:
    (tmp_path / "unpacked" / "resources" / "icons").mkdir(parents=True)
    frozen = ("sys.frozen = True", f"sys._MEIPASS = {str(tmp_path / 'unpacked')!r}")
    assert ask_copy(tmp_path / "lib", *frozen) == str(tmp_path / "unpacked" / "resources")
    (tmp_path / "app" / "resources" / "translations").mkdir(parents=True)
    beside = ("sys.frozen = True", f"sys.executable = {str(tmp_path / 'app' / 'qwen-desktop')!r}")
    assert ask_copy(tmp_path / "lib2", *beside) == str(tmp_path / "app" / "resources")


def test_missing_resources_are_named(tmp_path: Path) -> None:
    said = ask_copy(tmp_path / "lib", f"sys.prefix = {str(tmp_path / 'nowhere')!r}")
    assert "FileNotFoundError" in said
    assert str(tmp_path / "nowhere") in said
