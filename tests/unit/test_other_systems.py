"""Systems without the modules of Unix: what can be told of them on any machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

IMPORT_ALL_AS_ON_WINDOWS = """
import builtins, importlib, os, pkgutil, sys, types
import qwen_desktop

def import_all():
    failed = set()
    for module in pkgutil.walk_packages(qwen_desktop.__path__, "qwen_desktop.", onerror=lambda name: None):
        try:
            importlib.import_module(module.name)
        except ImportError:
            failed.add(module.name)
    return failed

# What is not ours is imported as this system has it; where there is no Qt, a part of ours cannot be.
failed_here = import_all()
for name in [name for name in sys.modules if name.partition(".")[0] == "qwen_desktop"]:
    del sys.modules[name]

absent = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty",
          "dbus_fast", "secretstorage", "Xlib"}
real_import = builtins.__import__

def import_of_windows(name, scope=None, *rest):
    who = (scope or {}).get("__name__", "")
    if who.startswith("qwen_desktop") and (name.partition(".")[0] in absent or name == "PySide6.QtDBus"):
        raise ModuleNotFoundError(f"{name}, asked for by {who}")
    return real_import(name, scope, *rest)

builtins.__import__ = import_of_windows
sys.platform, os.name = "win32", "nt"
sys.modules["msvcrt"] = sys.modules["_winapi"] = sys.modules["winreg"] = types.ModuleType("windows")
for name in ("fork", "getuid", "geteuid", "getpgid", "killpg", "setsid", "statvfs", "sysconf", "uname", "fchmod"):
    delattr(os, name)
import qwen_desktop
print(*import_all() - failed_here)
"""


def test_all_modules_but_those_of_linux_are_importable_on_windows() -> None:
    command = [sys.executable, "-c", IMPORT_ALL_AS_ON_WINDOWS]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert result.returncode == 0, result.stderr
    for_linux = {"qwen_desktop.core.credentials.secret_service", "qwen_desktop.desktop.status_notifier_watch"}
    assert set(result.stdout.split()) <= for_linux, result.stdout
