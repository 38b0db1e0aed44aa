"""Starting at login: what is written for each desktop, and what counts as switched off."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.desktop import start_command as starting
from qwen_desktop.desktop.autostart import (
    APPROVED_KEY,
    RUN_KEY,
    VALUE_NAME,
    DesktopEntryAutostart,
    LaunchAgentAutostart,
    RegistryAutostart,
    autostart,
    desktop_entry,
    entry_is_on,
    entry_path,
    exec_line,
    launch_agent,
    run_value,
)
from qwen_desktop.desktop.start_command import portable_home, quick_command, start_command

AWKWARD = ['/opt/it\'s "the" $HOME/100% `x` \\y/run', "--hidden", "", "a\tb", "~;&|<>()*?#"]


def parsed(value: str) -> list[str]:
    """The words a desktop makes of the value of Exec, by the two steps of the specification."""
    text, at = "", 0
    while at < len(value):
        if value[at] == "\\":
            text += {"\\": "\\", "n": "\n", "t": "\t", "r": "\r", "s": " "}[value[at + 1]]
            at += 2
        else:
            text += value[at]
            at += 1
    words, at = [], 0
    while at < len(text):
        word = ""
        if text[at] == '"':
            at += 1
            while text[at] != '"':
                at += text[at] == "\\"
                word += text[at]
                at += 1
            at += 1
        else:
            while at < len(text) and text[at] != " ":
                assert text[at] not in "\t\n\"'\\><~|&;$*?#()`", "has to be quoted"
                word += text[at]
                at += 1
        words.append(word.replace("%%", "%"))
        at += 1
    return words


def test_exec_is_understood_word_by_word() -> None:
    assert parsed(exec_line(AWKWARD)) == AWKWARD
    assert exec_line(["/usr/bin/qwen-desktop", "--hidden"]) == "/usr/bin/qwen-desktop --hidden"


def test_the_portable_folder_is_carried_over() -> None:
    text = desktop_entry(["/usr/bin/qwen-desktop", "--hidden"], "/media/my stick")
    line = next(line for line in text.splitlines() if line.startswith("Exec="))
    assert parsed(line.removeprefix("Exec=")) == [
        "env", "QWEN_DESKTOP_HOME=/media/my stick", "/usr/bin/qwen-desktop", "--hidden",
    ]  # fmt: skip


@pytest.mark.skipif(shutil.which("desktop-file-validate") is None, reason="desktop-file-validate is not installed")
@pytest.mark.parametrize(("command", "home"), [(["/usr/bin/qwen-desktop"], ""), (AWKWARD, "/media/my stick")])
def test_the_entry_is_valid(tmp_path: Path, command: list[str], home: str) -> None:
    path = tmp_path / "qwen-desktop.desktop"
    path.write_text(desktop_entry(command, home), encoding="utf-8")
    result = subprocess.run(["desktop-file-validate", str(path)], capture_output=True, text=True)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("line", "is_on"),
    [
        ("", True),
        ("Hidden=false\n", True),
        ("Hidden=true\n", False),
        ("Hidden = True\n", False),
        ("X-GNOME-Autostart-enabled=false\n", False),
        ("\n[Desktop Action x]\nHidden=true\n", True),
    ],
)
def test_what_the_user_switched_off_is_off(line: str, is_on: bool) -> None:
    text = desktop_entry(["/usr/bin/qwen-desktop"])
    assert entry_is_on(text.replace("X-GNOME-Autostart-enabled=true\n", "") + line) is is_on


@pytest.mark.parametrize(
    "text", ["", "garbage", "[Other]\nExec=x\n", "[Desktop Entry]\nExec\n", "\x00", "[Desktop Entry]\n"]
)
def test_what_is_no_entry_is_off(text: str) -> None:
    assert not entry_is_on(text)


def test_the_entry_is_written_and_taken_away(tmp_path: Path) -> None:
    entry = autostart("linux", {"XDG_CONFIG_HOME": str(tmp_path / "config")}, ["/usr/bin/qwen-desktop", "--hidden"])
    assert isinstance(entry, DesktopEntryAutostart)
    assert not entry.is_enabled()
    entry.disable()
    entry.enable()
    entry.enable()
    assert entry.is_enabled()
    assert [path.name for path in (tmp_path / "config" / "autostart").iterdir()] == ["qwen-desktop.desktop"]
    entry.path.write_text(entry.path.read_text() + "Hidden=true\n")
    assert not entry.is_enabled()
    entry.enable()
    assert entry.is_enabled()
    entry.disable()
    assert not entry.is_enabled()


def test_where_the_entry_is() -> None:
    home = {"HOME": "/home/me"}
    assert str(entry_path(home)) == "/home/me/.config/autostart/qwen-desktop.desktop"
    assert entry_path({**home, "XDG_CONFIG_HOME": "relative"}) == entry_path(home)
    assert str(entry_path({**home, "XDG_CONFIG_HOME": "/cfg"})) == "/cfg/autostart/qwen-desktop.desktop"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file in the way")
    entry = autostart("linux", {"XDG_CONFIG_HOME": str(tmp_path / "config")}, ["/usr/bin/qwen-desktop"])
    with pytest.raises(StorageUnavailable) as told:
        entry.enable()
    assert told.value.path == str(tmp_path / "config" / "autostart" / "qwen-desktop.desktop")


# How it is started


def test_a_checkout_starts_by_its_own_script() -> None:
    words = start_command("--hidden")
    root = Path(__file__).resolve().parents[3]
    assert words[1:] == [str(root / "run.py"), "--", "--hidden"]
    assert os.path.isabs(words[0])
    assert os.access(words[0], os.X_OK)


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/Qwen Desktop/qwen-desktop")
    assert start_command("--hidden") == ["/opt/Qwen Desktop/qwen-desktop", "--hidden"]


def test_on_windows_the_program_with_a_window_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "qwen-desktop.exe"))
    (tmp_path / "QwenDesktop.exe").touch()
    assert start_command("--hidden", platform="win32") == [str(tmp_path / "QwenDesktop.exe"), "--hidden"]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The package in a site-packages, its command in a `bin`."""
    monkeypatch.setattr(starting, "__file__", str(tmp_path / "site" / "qwen_desktop" / "desktop" / "start_command.py"))
    script = tmp_path / "bin" / "qwen-desktop"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python3"))
    return script


def test_an_installed_command_starts_itself(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(installed)])
    assert start_command("--hidden") == [str(installed), "--hidden"]
    monkeypatch.setattr(sys, "argv", ["/somewhere/__main__.py"])
    assert start_command("--hidden") == [str(installed), "--hidden"], "it stands beside its Python"
    installed.unlink()
    assert start_command("--hidden") == [sys.executable, "-m", "qwen_desktop", "--hidden"]


def test_windows_shows_no_console(installed: Path) -> None:
    quiet = installed.with_name("pythonw.exe")
    assert start_command(platform="win32") == [sys.executable, "-m", "qwen_desktop"]
    quiet.touch()
    assert start_command(platform="win32") == [str(quiet), "-m", "qwen_desktop"]


def test_the_command_to_bind(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(installed)])
    monkeypatch.setenv("PATH", "/nowhere")
    assert quick_command({}) == f"{installed} quick"
    monkeypatch.setenv("PATH", str(installed.parent))
    assert quick_command({}) == "qwen-desktop quick"
    assert quick_command({"QWEN_DESKTOP_HOME": "/my stick"}) == f"env 'QWEN_DESKTOP_HOME=/my stick' {installed} quick"


def test_the_portable_folder_is_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert portable_home({"QWEN_DESKTOP_HOME": "here"}) == str(tmp_path / "here")
    assert portable_home({"QWEN_DESKTOP_HOME": ""}) == portable_home({}) == ""


# macOS and Windows: what is written, not run there


def test_the_agent_of_macos(tmp_path: Path) -> None:
    agent = plistlib.loads(launch_agent(["/Applications/Q.app/q", "--hidden"], "/my stick"))
    assert agent["ProgramArguments"] == ["/Applications/Q.app/q", "--hidden"]
    assert agent["EnvironmentVariables"] == {"QWEN_DESKTOP_HOME": "/my stick"}
    assert "EnvironmentVariables" not in plistlib.loads(launch_agent(["q"]))
    entry = autostart("darwin", {"HOME": str(tmp_path)}, ["/Applications/Q.app/q", "--hidden"])
    assert isinstance(entry, LaunchAgentAutostart)
    assert entry.path == tmp_path / "Library" / "LaunchAgents" / "qwen-desktop.plist"
    assert not entry.is_enabled()
    entry.enable()
    assert entry.is_enabled()
    entry.path.write_bytes(plistlib.dumps({**agent, "Disabled": True}))
    assert not entry.is_enabled()
    entry.path.write_bytes(b"garbage")
    assert not entry.is_enabled()
    entry.disable()
    entry.disable()
    assert not entry.path.exists()


class FakeRegistry:
    """The part of `winreg` that is used, over a dictionary."""

    HKEY_CURRENT_USER, REG_SZ, KEY_SET_VALUE = "HKCU", 1, 2

    def __init__(self) -> None:
        self.keys: dict[str, dict[str, Any]] = {RUN_KEY: {"Another": "other.exe"}}

    @contextmanager
    def OpenKey(self, root: str, path: str, reserved: int = 0, access: int = 0) -> Iterator[dict[str, Any]]:
        assert root == self.HKEY_CURRENT_USER
        if path not in self.keys:
            raise FileNotFoundError(path)
        yield self.keys[path]

    def CreateKeyEx(self, root: str, path: str, reserved: int, access: int) -> Any:
        self.keys.setdefault(path, {})
        return self.OpenKey(root, path)

    def QueryValueEx(self, key: dict[str, Any], name: str) -> tuple[Any, int]:
        if name not in key:
            raise FileNotFoundError(name)
        return key[name], self.REG_SZ

    def SetValueEx(self, key: dict[str, Any], name: str, reserved: int, kind: int, value: Any) -> None:
        key[name] = value

    def DeleteValue(self, key: dict[str, Any], name: str) -> None:
        if name not in key:
            raise FileNotFoundError(name)
        del key[name]


def test_the_run_key_of_windows() -> None:
    registry = FakeRegistry()
    entry = RegistryAutostart(run_value([r"C:\Program Files\Qwen\q.exe", "--hidden"]), registry)
    assert not entry.is_enabled()
    entry.disable()
    entry.enable()
    assert registry.keys[RUN_KEY][VALUE_NAME] == r'"C:\Program Files\Qwen\q.exe" --hidden'
    assert entry.is_enabled()
    registry.keys[APPROVED_KEY] = {VALUE_NAME: bytes([3]) + bytes(11)}
    assert not entry.is_enabled(), "switched off in the Task Manager"
    registry.keys[APPROVED_KEY] = {VALUE_NAME: bytes([2]) + bytes(11)}
    assert entry.is_enabled()
    registry.keys[APPROVED_KEY] = {VALUE_NAME: bytes([3]) + bytes(11)}
    entry.enable()
    assert entry.is_enabled(), "the user's last word counts"
    entry.disable()
    assert registry.keys[RUN_KEY] == {"Another": "other.exe"}


def test_the_portable_folder_on_windows() -> None:
    line = run_value([r"C:\q.exe", "--hidden"], r"D:\my stick")
    assert line == r'cmd.exe /d /s /c "set "QWEN_DESKTOP_HOME=D:\my stick"&& start "" C:\q.exe --hidden"'
