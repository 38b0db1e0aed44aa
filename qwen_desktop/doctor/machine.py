"""What several checks ask of this machine: environment, folders, settings as written, the session bus, the X server.

Each is asked once, when a check first wants it, and waited for at most a second or so; nothing is changed or started.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qwen_desktop.core.paths import AppPaths

if TYPE_CHECKING:
    from qwen_desktop.doctor.session_bus import SessionBus
    from qwen_desktop.doctor.x11 import XServer


@dataclass
class Machine:
    """Handed to every check; tests give one with answers of their own."""

    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    platform: str = sys.platform
    is_in_app: bool = False
    """Asked by the window: this process has the history open, so its file is read through SQLite alone."""
    bus_answer: SessionBus | None = None
    x11_answer: XServer | None = None
    _asking_bus: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _asking_x11: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def paths(self) -> AppPaths | None:
        """None before the packages are installed, where the folders cannot be known."""
        if not self.environment.get("QWEN_DESKTOP_HOME") and not importlib.util.find_spec("platformdirs"):
            return None
        return AppPaths.find(self.environment)

    @property
    def is_linux(self) -> bool:
        return self.platform == "linux"

    @property
    def is_wayland(self) -> bool:
        """The session's windows are Wayland's (an X server may be there too)."""
        return bool(self.environment.get("WAYLAND_DISPLAY"))

    @property
    def has_x11(self) -> bool:
        return bool(self.environment.get("DISPLAY"))

    @property
    def is_gnome(self) -> bool:
        return "gnome" in self.environment.get("XDG_CURRENT_DESKTOP", "").lower()

    @property
    def bus(self) -> SessionBus:
        """The session bus as it is now."""
        with self._asking_bus:
            if self.bus_answer is None:
                from qwen_desktop.doctor.session_bus import ask_session_bus

                self.bus_answer = ask_session_bus(self.environment)
            return self.bus_answer

    @property
    def x11(self) -> XServer:
        """The X server as it is now."""
        with self._asking_x11:
            if self.x11_answer is None:
                from qwen_desktop.doctor.x11 import ask_x_server

                self.x11_answer = ask_x_server(self.environment.get("DISPLAY", ""))
            return self.x11_answer

    def written_settings(self) -> dict[str, Any]:
        """`settings.toml` as it stands, nothing checked; empty if there is none.

        Raises OSError, and ValueError if it is not TOML.  (The app's own reader would set a broken file aside.)
        """
        import tomllib

        from qwen_desktop.core.settings.file import read_text

        if self.paths is None or not self.paths.settings.exists():
            return {}
        return tomllib.loads(read_text(self.paths.settings))

    def setting(self, table: str, name: str) -> str:
        """One text of the settings file; '' where there is none, or it cannot be read."""
        try:
            found = self.written_settings().get(table)
        except (OSError, ValueError, RecursionError):
            return ""
        value = found.get(name) if isinstance(found, dict) else None
        return value if isinstance(value, str) else ""


def nearest_folder(folder: Path) -> Path:
    """`folder`, or what is there of the way to it."""
    return next(parent for parent in (folder, *folder.parents) if parent.exists())
