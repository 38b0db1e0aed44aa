"""The free room inside the history's file to the disk: once, at the start that was asked for it, as a whole new file.

SQLite keeps the room of what was deleted and uses it again; only a copy is smaller.  Making it takes
seconds for a large history, so nobody may have it open.  Source: https://www.sqlite.org/lang_vacuum.html (2026-11-26).
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.storage import inspection, migrations
from qwen_desktop.core.storage.backups import counts_in
from qwen_desktop.core.storage.database import (
    fold_wholly,
    make_private_file,
    open_reader,
    open_writer,
    put_in_place,
    translated,
    unavailable_from_os_error,
    uri,
)
from qwen_desktop.core.storage.lock import free_place


@dataclass(frozen=True, slots=True)
class Compacted:
    """Sizes of the history's file, in bytes."""

    before: int
    after: int


def want(path: Path) -> None:
    """Let the next start do it.  Raises StorageUnavailable."""
    try:
        _wish(path).touch(mode=0o600)
    except OSError as error:
        raise unavailable_from_os_error(error, path) from error


def apply(path: Path) -> Compacted | None:
    """Do it, if it was wanted.  With the window's lock held and the history closed; blocks.

    Raises StorageUnavailable: then the history is as it was, and the wish is forgotten."""
    if not _wish(path).exists():
        return None
    work = path.with_name(f"{path.name}.compacted")
    try:
        with translated(path), free_place(path):
            _wish(path).unlink()
            work.unlink(missing_ok=True)
            if not path.exists():
                return None
            inspection.inspect(path, migrations.SCHEMA_VERSION)
            with closing(open_writer(path, in_free_place=True)) as db:
                fold_wholly(db, path)
                before, counts = path.stat().st_size, counts_in(db)
                make_private_file(work)
                db.execute("VACUUM INTO ?", (uri(work, "rw"),))  # its name may be no text
                with closing(open_reader(work, is_immutable=True)) as copy:
                    inspection.check(copy, work)
                    if counts_in(copy) != counts:
                        raise StorageUnavailable("the copy has other rows", path=str(work))
            with work.open("rb+") as file:
                os.fsync(file.fileno())
            put_in_place(work, path)
    finally:
        with suppress(OSError):
            work.unlink()
    return Compacted(before, path.stat().st_size)


def _wish(path: Path) -> Path:
    return path.with_name(f"{path.name}.compact")
