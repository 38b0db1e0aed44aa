"""A file to "may we write to it": refuses what is newer, damaged or not ours, before a single byte of it is changed.

The header: https://www.sqlite.org/fileformat.html#the_database_header (2026-11-23).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from qwen_desktop.core.errors import DatabaseTooNew, StorageUnavailable
from qwen_desktop.core.storage.database import (
    leave_wal_where_it_must,
    open_reader,
    snapshot,
    translated,
    unavailable,
    unavailable_from_os_error,
)

APPLICATION_ID = 0x5177656E
"""'Qwen' in the file's header: tells our histories from other programs' databases."""
_MAGIC = b"SQLite format 3\0"
_QUICK_BYTES = 8 * 1024 * 1024
"""Larger files that were closed well are not read through at each start: a copy of the day is, whenever one is made."""
_WAITED_FOR_BYTES = 128 * 1024 * 1024
"""Larger files that were not closed well are read through by `History.check`, beside the work."""


def inspect(path: Path, newest_version: int) -> bool:
    """Returns if the history at `path` may be opened for writing: there is none yet, or it is sound and known.

    False: it was not closed well, and is too large to be read through while somebody waits.

    Raises DatabaseTooNew and StorageUnavailable; the database and its write-ahead log are then as they were.  Must not
    be called for a file this process has open: closing a plain descriptor would drop SQLite's locks on it
    (https://www.sqlite.org/howtocorrupt.html §2.2).
    """
    wal = path.with_name(path.name + "-wal")
    journal = path.with_name(path.name + "-journal")
    try:
        wal_bytes = wal.stat().st_size if wal.exists() else 0
        if not path.exists() or path.stat().st_size == 0:
            if wal_bytes:  # SQLite would throw the log away, and with it the last messages
                raise StorageUnavailable("the database is empty beside its log", reason="damaged", path=str(path))
            return True
        size_bytes = path.stat().st_size
        with path.open("rb") as file:
            header = file.read(100)
        has_hot_journal = journal.exists() and journal.stat().st_size > 0
    except OSError as error:
        raise unavailable_from_os_error(error, path) from error
    if len(header) < 100 or not header.startswith(_MAGIC):
        raise StorageUnavailable("not an SQLite database", reason="damaged", path=str(path))
    if has_hot_journal:  # died while it was made, before it had a log; only a writer can put that right
        return True
    # In the header the numbers are current only when there is no log; without one, opening would already make files.
    version, application_id = int.from_bytes(header[60:64], "big"), int.from_bytes(header[68:72], "big")
    if not wal_bytes:
        _refuse_strangers(path, version, application_id, newest_version)
    try:
        if application_id == APPLICATION_ID:
            leave_wal_where_it_must(path)
        with closing(open_reader(path)) as connection, snapshot(connection):
            # Again, also without a log: another process may have made the history since, or brought it up to date.
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            application_id = connection.execute("PRAGMA application_id").fetchone()[0]
            _refuse_strangers(path, version, application_id, newest_version)
            if version == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                raise _strange(path)
            if size_bytes <= (_WAITED_FOR_BYTES if wal_bytes else _QUICK_BYTES):
                check(connection, path)
                return True
    except sqlite3.Error as error:
        if (refusal := unavailable(error, path)) is None:
            raise
        raise refusal from error
    return not wal_bytes


def check(connection: sqlite3.Connection, path: Path | None) -> None:
    """Read the database through; about 0.5 s per GB in memory, as slow as the disk otherwise.

    Raises StorageUnavailable 'damaged'.
    """
    first = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if first != "ok":
        # What SQLite says here are page and cell numbers, and names of tables; no text.
        raise StorageUnavailable(str(first)[:500], reason="damaged", path=str(path or ""))


def read_through(path: Path, newest_version: int) -> None:
    """`inspect` and `check` of a file of any size.  Raises DatabaseTooNew and StorageUnavailable."""
    inspect(path, newest_version)
    with translated(path), closing(open_reader(path)) as connection:
        check(connection, path)


def _refuse_strangers(path: Path, version: int, application_id: int, newest_version: int) -> None:
    if version > newest_version:
        raise DatabaseTooNew(f"schema {version}, this version knows {newest_version}", path=str(path))
    if application_id != APPLICATION_ID and (application_id, version) != (0, 0):  # zeros: died while it was made
        raise _strange(path)


def _strange(path: Path) -> StorageUnavailable:
    return StorageUnavailable("the database of another program", reason="damaged", path=str(path))
