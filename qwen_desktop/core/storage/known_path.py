"""The path of messages that was read last, so that a turn in a long conversation reads only what is new in it.

A message that has ended stays as it is but for two things: what its own history does to it, which says so (`forget`),
and what another process does, which the writing connection notices.

`data_version`: https://www.sqlite.org/pragma.html#pragma_data_version (2026-11-27); it stays the same while nobody but
the connection that asks writes.
"""

from __future__ import annotations

import sqlite3
import threading
from bisect import bisect_left
from collections.abc import Callable
from operator import attrgetter
from typing import TypeVar

from qwen_desktop.core.chat.message import Message

T = TypeVar("T")

Path = tuple[Message, ...]
"""Messages from the first on, oldest first; ids rise."""


def data_version(writer: sqlite3.Connection) -> int:
    """Another number after each time that somebody else has written."""
    version: int = writer.execute("PRAGMA data_version").fetchone()[0]
    return version


def up_to(path: Path, message_id: int) -> Path:
    """The beginning of `path` that ends in a message; empty where that is not on it."""
    at = bisect_left(path, message_id, key=attrgetter("id"))
    return path[: at + 1] if at < len(path) and path[at].id == message_id else ()


def lasting(path: Path) -> Path:
    """What of it will not change by itself: all up to the first reply that still runs."""
    return next((path[:place] for place, message in enumerate(path) if message.status.is_running), path)


class KnownPath:
    """Callable from any thread.

    Whoever reads takes `moment` before; if the path was forgotten meanwhile, what was read is not kept."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._path: Path = ()
        self._version: int | None = None
        self.moment = object()
        """Another one after each `forget`."""

    def at(self, version: int) -> Path:
        """The path, if nobody else has written since; `version`: see `data_version`."""
        with self._guard:
            return self._path if version == self._version else ()

    def keep(self, path: Path, version: int, moment: object) -> None:
        """`version`: of before `path` was read."""
        with self._guard:
            self._path = path if moment is self.moment else ()
            self._version = version

    def forget(self) -> None:
        """A message of it may be another one now."""
        with self._guard:
            self._path = ()
            self.moment = object()

    def forgotten_by(self, job: Callable[[sqlite3.Connection], T]) -> Callable[[sqlite3.Connection], T]:
        """A job that forgets the path behind it, whatever becomes of whoever waits for it."""

        def run(db: sqlite3.Connection) -> T:
            try:
                return job(db)
            finally:
                self.forget()

        return run
