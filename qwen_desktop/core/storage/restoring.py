"""A backup chosen by the user to the history of the next start: nobody has it open then.

What is chosen is noted in a small file.  The next window, with the lock held, first makes a backup of the history as it
is, then puts the chosen one in its place.  Whatever goes wrong, the history stays as it was.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.storage import inspection, migrations
from qwen_desktop.core.storage.backups import (
    BEFORE_RESTORE,
    Backup,
    Counts,
    backups_in,
    counts_of,
    prune,
    take_snapshot,
)
from qwen_desktop.core.storage.database import (
    fold_wholly,
    make_private_file,
    open_writer,
    put_in_place,
    translated,
    unavailable_from_os_error,
)
from qwen_desktop.core.storage.lock import free_place


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup is the history now."""

    backup: Backup
    counts: Counts


def choose(history: Path, backup: Backup) -> None:
    """Let the next start restore `backup`.  Blocks; raises StorageUnavailable for one that is damaged or gone."""
    _check(backup.path)
    try:
        with _note(history).open("w", encoding="ascii") as file:
            json.dump({"backup": backup.path.name}, file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise unavailable_from_os_error(error, history) from error


def take_back(history: Path) -> None:
    """Forget what was chosen."""
    with suppress(OSError):
        _note(history).unlink()


def chosen(history: Path) -> Backup | None:
    """What the next start will restore."""
    try:
        name = json.loads(_note(history).read_text(encoding="ascii"))["backup"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return next((one for one in backups_in(history.parent / "backups") if one.path.name == name), None)


def apply(history: Path) -> Restored | None:
    """Restore what was chosen, if anything was.  With the window's lock held and the history closed; blocks.

    Raises StorageUnavailable: then the history is as it was, and the choice is forgotten."""
    if not _note(history).exists():
        return None
    backup = chosen(history)
    take_back(history)  # a backup that ends the app must not do so at every start
    if backup is None:
        raise StorageUnavailable(
            "the chosen backup is gone", reason="backup_missing", path=str(history.parent / "backups")
        )
    unfinished = history.with_name(f"{history.name}.restored")
    try:
        with translated(history), free_place(history):
            _check(backup.path)
            make_private_file(unfinished)
            shutil.copyfile(backup.path, unfinished)
            with unfinished.open("rb+") as file:
                os.fsync(file.fileno())
            counts = counts_of(unfinished)
            _put_aside(history)
            put_in_place(unfinished, history)
    finally:
        with suppress(OSError):
            unfinished.unlink()
    prune(backup.path.parent)
    return Restored(backup, counts)


def _check(path: Path) -> None:
    """A sound history that this version knows.  Raises StorageUnavailable and DatabaseTooNew."""
    if not path.is_file():
        raise StorageUnavailable("the backup is gone", reason="backup_missing", path=str(path))
    inspection.read_through(path, migrations.SCHEMA_VERSION)


def _put_aside(history: Path) -> None:
    """The history as it is becomes a backup itself, with all that its log holds."""
    if not history.exists() or history.stat().st_size == 0:
        return
    inspection.inspect(history, migrations.SCHEMA_VERSION)
    with closing(open_writer(history, in_free_place=True)) as db:
        take_snapshot(db, history.parent / "backups", BEFORE_RESTORE)
        fold_wholly(db, history)


def _note(history: Path) -> Path:
    return history.with_name(f"{history.name}.restore.json")
