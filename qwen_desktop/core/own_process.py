"""A hidden command of this app to a process of its own: how it is started, and what it may know."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def own_command(name: str) -> list[str]:
    """The words that start it, from a checkout, an installation or a frozen app."""
    if getattr(sys, "frozen", False):
        return [sys.executable, name]
    return [sys.executable, "-m", "qwen_desktop", name]


def own_environment() -> dict[str, str]:
    """No key has to be known there, and no screen."""
    environment = {name: value for name, value in os.environ.items() if name != "DASHSCOPE_API_KEY"}
    if sys.platform not in ("win32", "darwin"):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    if not getattr(sys, "frozen", False):  # a checkout is found from any folder
        root = str(Path(__file__).resolve().parents[2])
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH", ""))))
    return environment
