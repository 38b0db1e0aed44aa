"""Whether the app starts, hidden, when the user logs in: an entry of the desktop's own, written and taken away.

Linux: a desktop entry in `~/.config/autostart` (https://specifications.freedesktop.org/autostart-spec/latest/); in a
sandbox it would be the Background portal, which is not used yet.  Windows: a value of the user's Run key; the Task
Manager notes beside it that the user has switched it off.  macOS: a LaunchAgent.  Windows' was run in Wine only, macOS'
not at all.  Small files: any thread.
"""

from __future__ import annotations

import configparser
import errno
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.desktop.start_command import HOME_NAME, portable_home, start_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HIDDEN = "--hidden"
LABEL = "qwen-desktop"
RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED_KEY = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
VALUE_NAME = "Qwen Desktop"


class Autostart(Protocol):
    """One kind of desktop.  Each raises StorageUnavailable."""

    def is_enabled(self) -> bool:
        """Whether the app starts with the next login; an entry that was switched off elsewhere does not count."""

    def enable(self) -> None:
        """Write the entry, for this process's way to start; one that is there is replaced."""

    def disable(self) -> None:
        """Take the entry away, if there is one."""


def autostart(
    platform: str = sys.platform, environment: Mapping[str, str] | None = None, command: Sequence[str] = ()
) -> Autostart:
    """For this system and this process; `command` in place of how it was started."""
    from pathlib import Path

    environment = os.environ if environment is None else environment
    words = [*command] or start_command(HIDDEN, platform=platform)
    home = portable_home(environment)
    if platform == "win32":
        return RegistryAutostart(run_value(words, home))
    if platform == "darwin":
        agents = Path(environment.get("HOME", "") or os.path.expanduser("~")) / "Library" / "LaunchAgents"
        return LaunchAgentAutostart(agents / f"{LABEL}.plist", launch_agent(words, home))
    return DesktopEntryAutostart(entry_path(environment), desktop_entry(words, home))


# Linux


def entry_path(environment: Mapping[str, str]) -> Path:
    """Where the entry of this user is; a relative XDG_CONFIG_HOME is ignored, as the specification says."""
    from pathlib import Path

    config = environment.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(config):
        config = os.path.join(environment.get("HOME", "") or os.path.expanduser("~"), ".config")
    return Path(config) / "autostart" / f"{LABEL}.desktop"


def desktop_entry(command: Sequence[str], home: str = "") -> str:
    """The entry's text.  `home`: what QWEN_DESKTOP_HOME shall be; '' leaves it alone."""
    words = ["env", f"{HOME_NAME}={home}", *command] if home else command
    return (
        "[Desktop Entry]\n"
        "Type=Application\n"
        "Version=1.4\n"
        "Name=Qwen Desktop\n"
        "Name[zh_CN]=Qwen 桌面版\n"
        "Comment=Starts hidden when you log in\n"
        "Comment[zh_CN]=登录时在后台启动\n"
        f"Exec={exec_line(words)}\n"
        "Icon=qwen-desktop\n"
        "Terminal=false\n"
        "StartupNotify=false\n"
        "X-GNOME-Autostart-enabled=true\n"
        "X-KDE-autostart-after=panel\n"  # the tray is there by then
    )


def exec_line(words: Sequence[str]) -> str:
    """Words to the value of Exec: quoted, then escaped as every string of a desktop entry.

    Source: https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html
    """
    return _escaped(" ".join(_quoted(word) for word in words))


def _quoted(word: str) -> str:
    word = word.replace("%", "%%")
    if word and not re.search(r"[\s\"'\\><~|&;$*?#()`]", word):
        return word
    return '"' + re.sub(r'(["`$\\])', r"\\\1", word) + '"'


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return text


def entry_is_on(text: str) -> bool:
    """Whether a desktop starts this entry: the user's own switches are lines of it."""
    entries = configparser.RawConfigParser(
        strict=False, delimiters=("=",), comment_prefixes=("#",), allow_no_value=True
    )
    entries.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        entries.read_string(text)
        entry = dict(entries["Desktop Entry"])
    except (configparser.Error, KeyError):
        return False
    is_hidden = (entry.get("Hidden") or "").strip().lower() == "true"
    is_off = (entry.get("X-GNOME-Autostart-enabled") or "").strip().lower() == "false"
    return bool(entry.get("Exec")) and not is_hidden and not is_off


class DesktopEntryAutostart:
    """A file in the folder of autostart entries."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._text = text

    def is_enabled(self) -> bool:
        with _told(str(self.path)):
            try:
                return entry_is_on(self.path.read_text(encoding="utf-8", errors="replace"))
            except FileNotFoundError:
                return False

    def enable(self) -> None:
        with _told(str(self.path)):
            _write(self.path, self._text.encode())

    def disable(self) -> None:
        with _told(str(self.path)):
            self.path.unlink(missing_ok=True)


# Windows


def run_value(command: Sequence[str], home: str = "") -> str:
    """The command line of the Run key; it has no place for a variable, so a shell sets that first."""
    line = subprocess.list2cmdline(command)
    if not home:
        return line
    return f'cmd.exe /d /s /c "set "{HOME_NAME}={home}"&& start "" {line}"'


class RegistryAutostart:
    """A value of the user's Run key."""

    def __init__(self, line: str, registry: Any = None) -> None:
        self._line = line
        self._registry = registry
        """The module `winreg`, or what stands for it."""

    def is_enabled(self) -> bool:
        with _told("HKEY_CURRENT_USER\\" + RUN_KEY):
            approved = self._value(APPROVED_KEY)
            # An odd first byte: switched off in the Task Manager.
            is_off = isinstance(approved, bytes) and bool(approved) and approved[0] & 1 == 1
            return bool(self._value(RUN_KEY)) and not is_off

    def enable(self) -> None:
        winreg = self._winreg
        with _told("HKEY_CURRENT_USER\\" + RUN_KEY):
            with winreg.CreateKeyEx(winreg.HKEY_CURRENT_USER, RUN_KEY, 0, winreg.KEY_SET_VALUE) as key:
                winreg.SetValueEx(key, VALUE_NAME, 0, winreg.REG_SZ, self._line)
            self._delete(APPROVED_KEY)

    def disable(self) -> None:
        with _told("HKEY_CURRENT_USER\\" + RUN_KEY):
            self._delete(RUN_KEY)

    def _value(self, path: str) -> object:
        winreg = self._winreg
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, path) as key:
                return winreg.QueryValueEx(key, VALUE_NAME)[0]
        except FileNotFoundError:
            return None

    def _delete(self, path: str) -> None:
        winreg = self._winreg
        with (
            suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, path, 0, winreg.KEY_SET_VALUE) as key,
        ):
            winreg.DeleteValue(key, VALUE_NAME)

    @property
    def _winreg(self) -> Any:
        if self._registry is None:
            import winreg

            self._registry = winreg
        return self._registry


# macOS


def launch_agent(command: Sequence[str], home: str = "") -> bytes:
    """The property list of an agent that starts with the session."""
    import plistlib

    agent: dict[str, Any] = {
        "Label": LABEL,
        "ProgramArguments": [*command],
        "RunAtLoad": True,
        "ProcessType": "Interactive",
        "LimitLoadToSessionType": "Aqua",
    }
    if home:
        agent["EnvironmentVariables"] = {HOME_NAME: home}
    return plistlib.dumps(agent)


class LaunchAgentAutostart:
    """A file in the user's folder of agents; launchd reads it at the next login."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self._content = content

    def is_enabled(self) -> bool:
        import plistlib
        from xml.parsers.expat import ExpatError

        with _told(str(self.path)):
            try:
                agent = plistlib.loads(self.path.read_bytes())
            except (FileNotFoundError, plistlib.InvalidFileException, ExpatError, ValueError):
                return False
            return isinstance(agent, dict) and bool(agent.get("RunAtLoad")) and not agent.get("Disabled")

    def enable(self) -> None:
        with _told(str(self.path)):
            _write(self.path, self._content)

    def disable(self) -> None:
        with _told(str(self.path)):
            self.path.unlink(missing_ok=True)


# All of them


def _write(path: Path, content: bytes) -> None:
    """The whole file or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


@contextmanager
def _told(place: str) -> Iterator[None]:
    """OSError to StorageUnavailable."""
    try:
        yield
    except OSError as error:
        reasons = {
            errno.ENOSPC: "full",
            errno.EDQUOT: "full",
            errno.EACCES: "read_only",
            errno.EPERM: "read_only",
            errno.EROFS: "read_only",
            errno.ENOTDIR: "read_only",
            errno.EEXIST: "read_only",
        }
        reason = reasons.get(error.errno or 0, "")
        raise StorageUnavailable(str(error), reason=reason, path=place) from error
