"""Where things are on this machine: the folders the app writes to, and the resources it was shipped with.

`QWEN_DESKTOP_HOME` puts everything the app writes under one folder (portable use, tests); without it the platform's own
places are used, as platformdirs knows them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

APP_NAME = "qwen-desktop"


@dataclass(frozen=True, slots=True)
class AppPaths:
    """The two folders of one user, absolute, and what lies in them.  Building one touches nothing on disk."""

    data: Path
    """History, backups, attachments and logs."""
    config: Path
    """`settings.toml`."""
    is_portable: bool = field(default=False, compare=False)
    """Both lie under one folder that somebody named: the data stay in it."""

    @classmethod
    def find(cls, environ: Mapping[str, str] | None = None) -> AppPaths:
        """The folders of this user; an empty `QWEN_DESKTOP_HOME` counts as none, `~` in it is understood."""
        home = (os.environ if environ is None else environ).get("QWEN_DESKTOP_HOME", "")
        if home:
            # absolute, not resolved: a link to another disk keeps working when it is pointed elsewhere
            base = Path(os.path.abspath(_expanded(home)))
            return cls(base / "data", base / "config", is_portable=True)
        import platformdirs  # not needed, so not loaded, in portable use

        found = cls(
            Path(platformdirs.user_data_dir(APP_NAME, appauthor=False)),
            # On Windows data and configuration would be one folder.
            _config_folder(Path(platformdirs.user_config_dir(APP_NAME, appauthor=False))),
        )
        return found.with_data(_remembered(found.data_place) or found.data)

    def with_data(self, folder: Path) -> AppPaths:
        """The same with another data folder."""
        return replace(self, data=folder)

    @property
    def data_place(self) -> Path:
        """Where the data folder is, if the user has moved it: a text file of one line."""
        return self.config / "data-folder.txt"

    @property
    def is_data_missing(self) -> bool:
        """The data folder was moved to a place that is not there now, such as a disk that is not connected: a new one
        must not be begun instead."""
        return not self.is_portable and _remembered(self.data_place) == self.data and not self.data.is_dir()

    def check_data(self) -> None:
        """Raises StorageUnavailable 'missing' when `is_data_missing`."""
        if self.is_data_missing:
            from qwen_desktop.core.errors import StorageUnavailable

            raise StorageUnavailable("the moved data folder is not there", reason="missing", path=str(self.data))

    def remember_data(self, folder: Path) -> None:
        """Let every start from now on use that folder.  Raises OSError."""
        from qwen_desktop.core.whole_file import write_whole

        private_folder(self.config)
        write_whole(self.data_place, f"{folder}\n".encode(errors=_ANY_NAME))

    @property
    def history(self) -> Path:
        return self.data / "history.sqlite3"

    @property
    def history_lock(self) -> Path:
        """Held by the one window of this history (see `storage/lock.py`)."""
        return self.data / "history.lock"

    @property
    def plain_chats(self) -> Path:
        """Which chats stalled or ended the app (see `storage/plain_chats.py`)."""
        return self.data / "plain-chats.json"

    @property
    def closed_folders(self) -> Path:
        """Which folders of the sidebar are closed (see `storage/closed_folders.py`)."""
        return self.data / "closed-folders.json"

    @property
    def learned_models(self) -> Path:
        """What answers showed of models (see `providers/learned.py`)."""
        return self.data / "models.json"

    @property
    def backups(self) -> Path:
        return self.data / "backups"

    @property
    def attachments(self) -> Path:
        return self.data / "attachments"

    @property
    def logs(self) -> Path:
        return self.data / "logs"

    @property
    def settings(self) -> Path:
        return self.config / "settings.toml"


_ANY_NAME = "surrogateescape"
"""A folder's name may be bytes that are no text."""


def _remembered(place: Path) -> Path | None:
    try:
        line = place.read_text(encoding="utf-8", errors=_ANY_NAME).removesuffix("\n")
    except (OSError, ValueError):
        return None
    return Path(line) if os.path.isabs(line) else None


def private_folder(folder: Path) -> Path:
    """Make `folder`, and what is missing above it, for its owner alone (0700); one that exists is left as it is.

    Raises OSError.
    """
    if not folder.is_dir():
        if folder.parent != folder:
            private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def resources() -> Path:
    """The folder of icons and translations: in a checkout, beside an installed package, or in a frozen app.

    Raises FileNotFoundError naming the places tried.
    """
    candidates = list(_resource_candidates())
    for folder in candidates:
        if (folder / "translations").is_dir() or (folder / "icons").is_dir():
            return folder
    raise FileNotFoundError("no resources in any of: " + ", ".join(str(folder) for folder in candidates))


def _resource_candidates() -> list[Path]:
    package = Path(__file__).resolve().parent.parent
    candidates = []
    if getattr(sys, "frozen", False):
        unpacked = getattr(sys, "_MEIPASS", None)
        candidates += [Path(unpacked) / "resources"] if unpacked else []
        program = Path(sys.executable).resolve().parent
        candidates += [program / "resources", program.parent / "Resources"]  # beside the program; in a macOS bundle
    if (package.parent / "pyproject.toml").is_file():  # a checkout; `site-packages/resources` would be a stranger's
        candidates.append(package.parent / "resources")
    candidates += [package / "resources", Path(sys.prefix) / "share" / APP_NAME / "resources"]
    return candidates


def _config_folder(folder: Path) -> Path:
    return folder / "config" if sys.platform in ("win32", "darwin") else folder


def _expanded(folder: str) -> str:
    return os.path.expanduser(folder)
