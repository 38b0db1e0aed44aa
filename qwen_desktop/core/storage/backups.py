"""The history to whole copies of it in `backups/`, each one file: made daily and before risky steps, the last few kept.

A copy is made through a connection of its own that holds one moment of the history (a read transaction), so that the
journal goes on beside it; it is read through before it counts as a backup.

Source: https://www.sqlite.org/backup.html (2026-11-26): a copy begins anew when another connection writes between two
of its steps, unless its own connection holds a read transaction.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qwen_desktop.core.backup import BEFORE_RESTORE, BEFORE_SCHEMA, BY_HAND, DAILY, KEPT, Backup, Counts
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.paths import private_folder
from qwen_desktop.core.storage import inspection
from qwen_desktop.core.storage.database import (
    beside,
    make_private_file,
    open_reader,
    unavailable,
    unavailable_from_os_error,
)
from qwen_desktop.core.whole_file import put_over, sync_data

__all__ = ["BEFORE_RESTORE", "BEFORE_SCHEMA", "BY_HAND", "DAILY", "KEPT", "Backup", "Counts"]
INTERVAL = timedelta(hours=24)
_PAGES_AT_ONCE = 256
"""1 MB, after which other processes may write."""
_PACED_PAGES = 128
"""In a copy that nobody waits for."""
_LEAST_REST_S = 0.004
_REST_BESIDE_TURNS_S = 0.1
_HELD_BACK_KB = 256
"""Of the copy, in memory: SQLite writes it out at once in the end."""
_STEPS_BETWEEN_SYNCS = 8
"""So the disk never has much to catch up with when a prompt has to reach it."""
_NAME = re.compile(r"history-(\d{8}T\d{6}\.\d{6})Z-([a-z0-9-]+)\.sqlite3", re.ASCII)
_STAMP = "%Y%m%dT%H%M%S.%f"


def backups_in(folder: Path) -> tuple[Backup, ...]:
    """The newest first; other files are passed over.  A folder that cannot be read holds none.

    Those of the future come last: they were made while the clock was wrong, so before all that were made since."""
    soon = datetime.now(UTC) + INTERVAL
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if match is not None and path.is_file() and not path.is_symlink():
                made_at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
                found.append(Backup(path, made_at, match[2], path.stat().st_size))
    return tuple(sorted(found, key=lambda one: (one.made_at <= soon, one.made_at), reverse=True))


def is_due(history: Path, folder: Path, now: datetime) -> bool:
    """The history was written to since the last daily copy, and that is a day old.  One that lies more than a day ahead
    counts as none: the clock was wrong then.  One that lies less ahead counts, so that a clock that begins at the same
    moment with each start of the computer makes one copy, and not one for each."""
    dailies = (one for one in backups_in(folder) if one.label == DAILY)
    last = next((one for one in dailies if one.made_at <= now + INTERVAL), None)
    if last is None:
        return history.exists()
    if now - last.made_at < INTERVAL:
        return False
    changed_s = [path.stat().st_mtime for path in (history, beside(history, "-wal")) if path.exists()]
    return max(changed_s, default=0.0) > last.made_at.timestamp()


def counts_of(path: Path) -> Counts:
    """What is in a history that nobody writes to.  Raises StorageUnavailable."""
    try:
        with closing(open_reader(path)) as db:
            return counts_in(db)
    except sqlite3.Error as error:
        raise unavailable(error, path) or StorageUnavailable(str(error)[:200], path=str(path)) from error


def counts_in(db: sqlite3.Connection) -> Counts:
    """Works with every schema there was.  With today's it reads indexes and no text, whatever the size."""

    def number(query: str) -> int:
        return int(db.execute(query).fetchone()[0])

    conversations = number("SELECT count(*) FROM conversation WHERE deleted_at IS NULL")
    messages = number("SELECT count(*) FROM message")
    in_deleted = "conversation_id IN (SELECT id FROM conversation WHERE deleted_at IS NOT NULL)"
    if any(row[1] == "deleted_at" for row in db.execute("PRAGMA table_info (message)")):
        messages -= number("SELECT count(*) FROM message WHERE deleted_at IS NOT NULL")
        in_deleted += " AND deleted_at IS NULL"
    return Counts(conversations, messages - number(f"SELECT count(*) FROM message WHERE {in_deleted}"))


def make(history: Path, folder: Path, label: str, *, is_given_up: Callable[[], bool] = lambda: False) -> Backup | None:
    """Copy the history as it is at this moment, then delete what is no longer kept; None when it was given up.

    Blocks, for half a minute per GB, most of which it rests: for a thread of its own.  Raises StorageUnavailable;
    nothing half-made is left then.
    """
    try:
        with closing(open_reader(history)) as source:
            if source.execute("PRAGMA journal_mode").fetchone()[0] == "wal":  # else nobody could write meanwhile
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # only now is the moment fixed
            path = take_snapshot(source, folder, label, beside_turns_of=history, is_given_up=is_given_up)
    except sqlite3.Error as error:
        raise unavailable(error, folder / history.name) or StorageUnavailable(str(error)[:200]) from error
    except OSError as error:
        raise unavailable_from_os_error(error, folder) from error
    if path is None:
        return None
    prune(folder)
    return next((one for one in backups_in(folder) if one.path == path), None)


def take_snapshot(
    db: sqlite3.Connection,
    folder: Path,
    label: str,
    *,
    beside_turns_of: Path | None = None,
    is_given_up: Callable[[], bool] = lambda: False,
) -> Path | None:
    """Copy the whole history, log included, to a new file in `folder`; other processes go on reading and writing.

    `beside_turns_of`: turns may be sent to this history meanwhile, and a prompt that has to reach the disk waits for
    all that was written before it.  So each small step reaches the disk by itself, and then the disk rests for as long,
    or longer when somebody has written to the history since the last step.

    The copy is read through before it gets its name.  None when it was given up.  Raises OSError, sqlite3.Error and
    StorageUnavailable; nothing half-made is left then.
    """
    private_folder(folder)
    for left in folder.glob("history-*.part"):  # of a process that was killed; a younger one may be at work
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > INTERVAL.total_seconds():
                left.unlink()
    stamp = datetime.now(UTC).strftime(_STAMP)
    target = folder / f"history-{stamp}Z-{label}.sqlite3"
    unfinished = target.with_suffix(".part")
    make_private_file(unfinished)
    steps, since = 0, time.monotonic()
    log = None if beside_turns_of is None else beside(beside_turns_of, "-wal")
    written = _written(log)

    def between(_status: int, _left: int, _all: int) -> None:
        nonlocal steps, since, written
        steps += 1
        if is_given_up():
            raise _GivenUpError
        if log is not None or steps % _STEPS_BETWEEN_SYNCS == 0:
            sync_data(descriptor)
        if log is not None:
            before, written = written, _written(log)
            least_s = _LEAST_REST_S if written == before else _REST_BESIDE_TURNS_S
            time.sleep(max(least_s, time.monotonic() - since))
            since = time.monotonic()

    descriptor = os.open(unfinished, os.O_RDWR)
    try:
        # The descriptor is closed after the connection: closing it drops SQLite's locks on the file.
        with _closed_last(descriptor), closing(sqlite3.connect(unfinished, isolation_level=None)) as copy:
            copy.execute(f"PRAGMA cache_size = -{_HELD_BACK_KB}")
            db.backup(copy, pages=_PAGES_AT_ONCE if log is None else _PACED_PAGES, progress=between, sleep=0.0)
            # The copy says WAL as its original does; a file that stands alone is one file only.
            copy.execute("PRAGMA journal_mode = DELETE")
            inspection.check(copy, target)
        put_over(unfinished, target)
    except _GivenUpError:
        unfinished.unlink()
        return None
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
    return target


def _written(log: Path | None) -> tuple[int, int] | None:
    """Another value whenever somebody has written to the history."""
    with suppress(OSError):
        if log is not None:
            about = log.stat()
            return about.st_mtime_ns, about.st_size
    return None


@contextmanager
def _closed_last(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)


class _GivenUpError(Exception):
    """The copy is not wanted any more."""


def prune(folder: Path) -> None:
    """Delete all but the last copies; a file that cannot be deleted stays."""
    kept = {True: 0, False: 0}
    for one in backups_in(folder):
        is_daily = one.label == DAILY
        kept[is_daily] += 1
        if kept[is_daily] > KEPT:
            with suppress(OSError):
                one.path.unlink()
