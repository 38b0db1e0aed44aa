"""A damaged history to a sound one: the newest good copy, and from the damaged file whatever can still be read.

The damaged files are kept, byte for byte, in a folder of their own.  The sound history is built beside them and takes
their place in the end; a process that dies before that has changed nothing, and one that dies within it leaves a note
by which the next start ends it.  Only the one window of a history does this, with the lock held.

SQLite keeps no checksums: a text in which bytes were changed reads as if it had been written so, and nobody can tell.
What cannot be read is counted.  Source: https://www.sqlite.org/recovery.html (2026-11-26).
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_desktop.core.errors import StorageError
from qwen_desktop.core.paths import private_folder
from qwen_desktop.core.storage import inspection, migrations
from qwen_desktop.core.storage.backups import Backup, backups_in, counts_in
from qwen_desktop.core.storage.database import (
    beside,
    make_private_file,
    open_reader,
    open_writer,
    put_in_place,
    transaction,
    translated,
)
from qwen_desktop.core.storage.lock import free_place
from qwen_desktop.core.whole_file import put_over, write_whole

if TYPE_CHECKING:
    from qwen_desktop.core.storage.salvage import Salvaged

log = logging.getLogger(__name__)

_SUFFIXES = ("", "-wal", "-journal")
"""Of the files that make up a history; `-shm` is made anew from the log."""


@dataclass(frozen=True, slots=True)
class Rescue:
    """What became of a damaged history."""

    kept: Path
    """The folder with the damaged files."""
    backup: Backup | None
    """Which copy it was built on; None: on none, or on the file as it was without its log."""
    conversations: int
    """In it now, without what was deleted."""
    messages: int
    from_damaged: int
    """Messages that were in the damaged file only."""
    lost_messages: int
    """Places of messages that could not be read and are in no copy; at most so many are lost."""


def rescue(path: Path) -> Rescue:
    """Put a sound history in the place of the damaged one at `path`.  Blocks; nobody may have it open.

    Raises StorageUnavailable when the disk does not allow it, or 'locked' when somebody writes to it; what was there
    is there still."""
    work = path.with_name(f"{path.name}.rescued")
    note = _note(path)
    with translated(path), free_place(path):
        _finish(path)
        kept = _keep(path)
        try:
            for suffix in (*_SUFFIXES, "-shm"):
                beside(work, suffix).unlink(missing_ok=True)
            backup, found = _build(work, kept / path.name, path.parent / "backups")
            with closing(open_reader(work)) as db:
                inspection.check(db, work)
                counts = counts_in(db)
            write_whole(note, json.dumps({"kept": kept.name}).encode())
        except Exception:
            # The damaged files are still in their place; each start that fails would leave another copy of them.
            for one in (*(beside(work, suffix) for suffix in (*_SUFFIXES, "-shm")), note):
                with suppress(OSError):
                    one.unlink()
            shutil.rmtree(kept, ignore_errors=True)
            raise
        _finish(path)
    return Rescue(kept, backup, counts.conversations, counts.messages, found.messages, found.lost_messages)


def finish(path: Path) -> None:
    """Put what `rescue` built in its place, if it had come so far.  Raises OSError, and StorageUnavailable 'locked'."""
    if _note(path).exists():
        with free_place(path):
            _finish(path)


def _finish(path: Path) -> None:
    note, work = _note(path), path.with_name(f"{path.name}.rescued")
    if note.exists():
        if work.exists():
            put_in_place(work, path)  # the damaged files are kept elsewhere by now
        note.unlink()


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.rescue.json")


def _keep(path: Path) -> Path:
    """Copies of the damaged files in a folder of their own, on the disk itself."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    names = (f"damaged-{stamp}{more}" for more in ("", *(f"-{number}" for number in range(2, 1000))))
    # A clock that was set back may tell the same second twice.
    kept = next(one for one in map(path.with_name, names) if not os.path.lexists(one))
    unfinished = kept.with_name(f"{kept.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    private_folder(unfinished)
    try:
        for suffix in _SUFFIXES:
            source = beside(path, suffix)
            if source.exists():
                target = unfinished / source.name
                make_private_file(target)
                with source.open("rb") as from_file, target.open("wb") as to_file:
                    shutil.copyfileobj(from_file, to_file, 1024 * 1024)
                    to_file.flush()
                    os.fsync(to_file.fileno())
        put_over(unfinished, kept)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return kept


def _build(work: Path, damaged: Path, backups: Path) -> tuple[Backup | None, Salvaged]:
    """A sound history at `work`, on the best base there is, with what the damaged one holds beyond it."""
    from qwen_desktop.core.storage.salvage import salvage

    backup = None
    without_log = damaged.with_name("without-log.sqlite3")
    try:
        if _is_sound(_copied(damaged, without_log)):
            # What is wrong is in the log: the file is how it was when the log was last folded in.
            shutil.copyfile(without_log, work)
        else:
            backup = next((one for one in backups_in(backups) if _is_sound(one.path)), None)
            if backup is not None:
                shutil.copyfile(backup.path, work)
    finally:
        without_log.unlink(missing_ok=True)
    with closing(open_writer(work, in_free_place=True)) as db:
        migrations.upgrade(db, None)
        with transaction(db):
            found = salvage(damaged, db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode = DELETE")  # one file, which takes the place of the old ones at once
    with suppress(OSError):
        beside(damaged, "-shm").unlink()
    return backup, found


def _copied(source: Path, target: Path) -> Path:
    make_private_file(target)
    shutil.copyfile(source, target)
    return target


def _is_sound(path: Path) -> bool:
    """A whole history that this version can read, without a log."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
        if int.from_bytes(header[68:72], "big") != inspection.APPLICATION_ID:
            return False
        with closing(open_reader(path, is_immutable=True)) as db:
            inspection.check(db, path)
            version: int = db.execute("PRAGMA user_version").fetchone()[0]
            return 0 < version <= migrations.SCHEMA_VERSION
    except (OSError, sqlite3.Error, StorageError) as error:
        log.info("a copy of the history cannot be used: %s", type(error).__name__)
        return False
