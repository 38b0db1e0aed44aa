"""How this process was started, as a command that starts the app again: installed, from a checkout, or frozen."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

HOME_NAME = "QWEN_DESKTOP_HOME"


def start_command(*arguments: str, platform: str = sys.platform) -> list[str]:
    """The words of the command, the program first and absolute, with `arguments` for the app."""
    if getattr(sys, "frozen", False):
        return [_with_window(os.path.abspath(sys.executable), platform), *arguments]
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "run.py").is_file() and (checkout / "pyproject.toml").is_file():
        # The Python that made .venv: run.py may make that anew at any time.
        python = getattr(sys, "_base_executable", "") or sys.executable
        return [_windowless(python, platform), str(checkout / "run.py"), "--", *arguments]
    if platform == "win32":  # the script is a program of the console, which would show one
        return [_windowless(sys.executable, platform), "-m", "qwen_desktop", *arguments]
    for script in (Path(sys.argv[0]), Path(sys.executable).with_name("qwen-desktop")):
        if script.name == "qwen-desktop" and script.is_file():
            return [os.path.abspath(script), *arguments]
    return [sys.executable, "-m", "qwen_desktop", *arguments]


def own_program() -> Path:
    """A file that is another one as soon as another version of the app is installed over this one."""
    if getattr(sys, "frozen", False):
        return Path(sys.executable).absolute()
    return Path(__file__).resolve().parents[1] / "__init__.py"


def quick_command(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> str:
    """What a person binds to keys in the desktop's settings, as one line for a shell."""
    from qwen_desktop.desktop.hotkey.status import QUICK_COMMAND

    words = start_command("quick", platform=platform)
    home = portable_home(os.environ if environment is None else environment)
    if platform == "win32":
        return subprocess.list2cmdline(words)
    if home:
        words = ["env", f"{HOME_NAME}={home}", *words]
    elif Path(words[0]).name == "qwen-desktop" and _is_on_path(words[0]):
        return QUICK_COMMAND
    return shlex.join(words)


def portable_home(environment: Mapping[str, str]) -> str:
    """The folder everything is under, absolute; '' for the platform's own places."""
    home = environment.get(HOME_NAME, "")
    return os.path.abspath(os.path.expanduser(home)) if home else ""


def _is_on_path(program: str) -> bool:
    import shutil

    found = shutil.which("qwen-desktop")
    return found is not None and os.path.realpath(found) == os.path.realpath(program)


def _with_window(program: str, platform: str) -> str:
    """On Windows the installed program that opens no console; the other one may be running."""
    window = Path(program).with_name("QwenDesktop.exe")
    return str(window) if platform == "win32" and window.is_file() else program


def _windowless(python: str, platform: str) -> str:
    """On Windows the Python that opens no console."""
    if platform != "win32":
        return python
    quiet = Path(python).with_name("pythonw.exe")
    return str(quiet) if quiet.is_file() else python
