"""The file an open history writes to, and the place it belongs to: one that was deleted there is written there again.

What has a file open goes on writing to it after it was deleted, and all of that is gone with the last connection.  Only
Linux tells without harm: closing a plain descriptor of the file would drop SQLite's locks on it, and one made with
O_PATH has no part in them.  Windows lets nobody delete it.  A file that was moved away is where it was moved to.

Source: https://www.sqlite.org/howtocorrupt.html §2.2, §4.2 (2026-11-27).
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.paths import private_folder
from qwen_desktop.core.storage.backups import BY_HAND, take_snapshot
from qwen_desktop.core.storage.database import put_in_place, translated

log = logging.getLogger(__name__)


class OwnFile:
    """Used by the connections of one history, each on its own thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._is_kept = False
        self.times_put_back = 0

    def hold(self) -> None:
        """The file that is there now is the one that is written to."""
        self.let_go()
        if flag := getattr(os, "O_PATH", 0):
            with suppress(OSError):
                self._descriptor = os.open(self._path, flag)
            if self._is_deleted():  # a disk that counts no names
                self.let_go()

    def let_go(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def put_back_if_deleted(self, writer: sqlite3.Connection) -> bool:
        """True: it was written to its place again, and `writer` is to be opened anew.

        Raises StorageUnavailable: 'replaced' when there is another file, which is left alone; what was open is a backup
        then."""
        if not self._is_deleted():
            return False
        with translated(self._path):
            if self._path.exists():
                if not self._is_kept:
                    take_snapshot(writer, self._path.parent / "backups", BY_HAND)
                    self._is_kept = True
                raise StorageUnavailable("another file is in its place", reason="replaced", path=str(self._path))
            private_folder(self._path.parent)
            made = take_snapshot(writer, self._path.parent, "deleted")
            assert made is not None
            put_in_place(made, self._path)
        self.times_put_back += 1
        log.error("the history was deleted while it was open, and was written again")
        return True

    def follower(self) -> Callable[[sqlite3.Connection], bool]:
        """For a connection that reads: whether it is to be opened anew, once each time."""
        seen = self.times_put_back

        def is_behind(_: sqlite3.Connection) -> bool:
            nonlocal seen
            was, seen = seen, self.times_put_back
            return was != seen

        return is_behind

    def _is_deleted(self) -> bool:
        return self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0
