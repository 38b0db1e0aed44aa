"""Folders, settings, history and logs: whether what is written is kept, and is sound.  Nothing is changed."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from qwen_desktop.core.paths import resources
from qwen_desktop.core.words import tr
from qwen_desktop.doctor.finding import Finding, Verdict
from qwen_desktop.doctor.machine import Machine, nearest_folder

READ_THROUGH_S = 1.5
"""How long the database may be read for; about 2 GB of one that is in memory."""
LEAST_FREE_BYTES = 200 * 1000 * 1000


def folders(machine: Machine) -> Iterator[Finding]:
    """Where things are kept, whether they can be, and how much room there is."""
    yield Finding(tr("Resources"), str(resources()))
    if machine.paths is None:
        return
    for subject, folder in ((tr("Data folder"), machine.paths.data), (tr("Settings folder"), machine.paths.config)):
        nearest = nearest_folder(folder)
        if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
            yield Finding(subject, str(folder))
        else:
            remedy = tr("Give yourself the right to write to it, or name another folder with QWEN_DESKTOP_HOME.")
            text = tr("{folder} cannot be written to", folder=folder)
            yield Finding(subject, text, Verdict.PROBLEM, remedy)
    free_bytes = shutil.disk_usage(nearest_folder(machine.paths.data)).free
    text = tr("{size} free", size=_size(free_bytes))
    if free_bytes < LEAST_FREE_BYTES:
        yield Finding(tr("Disk"), text, Verdict.PROBLEM, tr("Free some space: chats cannot be kept on a full disk."))
    else:
        yield Finding(tr("Disk"), text)


def settings(machine: Machine) -> Iterator[Finding]:
    """Whether the settings file can be read; what a value may be is told when the app starts."""
    if machine.paths is None:
        return
    subject, path = tr("Settings"), machine.paths.settings
    if not path.exists():
        yield Finding(subject, tr("none written yet; defaults apply"))
        return
    try:
        machine.written_settings()
    except OSError as error:
        text = tr("{file} cannot be read: {reason}", file=path, reason=error.strerror or type(error).__name__)
        yield Finding(subject, text, Verdict.PROBLEM)
    except (ValueError, RecursionError) as error:
        # The parser's own words may quote the file, and that may hold a proxy's password.
        place = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(error))
        text = tr("{file} is not valid TOML ({place})", file=path, place=place[1] if place else "?")
        remedy = tr("Correct that line. Otherwise the app keeps the file aside at its next start and uses defaults.")
        yield Finding(subject, text, Verdict.PROBLEM, remedy)
    else:
        yield Finding(subject, str(path))


def history(machine: Machine) -> Iterator[Finding]:
    """The database as it is now."""
    if machine.paths is None:
        return
    path, subject = machine.paths.history, tr("History")
    if not path.exists():
        yield Finding(subject, tr("none yet"))
        return
    yield _examined(machine, path, subject)
    left = [path.with_name(path.name + "-journal")] if not machine.is_in_app else []
    if any(file.exists() and file.stat().st_size for file in left):
        text = tr("a change was cut off; it is undone when the app opens the history")
        yield Finding(subject, text, Verdict.NOTE)


def _examined(machine: Machine, path: Path, subject: str) -> Finding:
    from qwen_desktop.core.errors import QwenDesktopError, StorageUnavailable
    from qwen_desktop.core.storage.database import open_reader, unavailable
    from qwen_desktop.core.storage.inspection import inspect
    from qwen_desktop.core.storage.migrations import SCHEMA_VERSION
    from qwen_desktop.core.words import describe

    try:
        if not machine.is_in_app:
            inspect(path, SCHEMA_VERSION)
        try:
            with closing(open_reader(path)) as connection:
                return _told(connection, path, subject)
        except sqlite3.Error as error:
            raise (unavailable(error, path) or StorageUnavailable(str(error)[:200], path=str(path))) from error
    except QwenDesktopError as error:
        return Finding(subject, describe(error).sentence, Verdict.PROBLEM)


def _told(connection: sqlite3.Connection, path: Path, subject: str) -> Finding:
    """Reads for READ_THROUGH_S at most.  Raises sqlite3.Error."""
    from qwen_desktop.core.errors import StorageUnavailable

    wal = path.with_name(path.name + "-wal")
    size_bytes = path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    facts = [_size(size_bytes), tr("schema {version}", version=version)]
    deadline = time.monotonic() + READ_THROUGH_S
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 5_000)
    try:
        # What SQLite says here are page and cell numbers, and names of tables; no text.
        first = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if first != "ok":
            raise StorageUnavailable(str(first)[:500], reason="damaged", path=str(path))
        facts.insert(0, tr("sound"))
        unfinished = connection.execute("SELECT count(DISTINCT message_id) FROM journal").fetchone()[0]
        if unfinished:
            facts.append(tr("replies being written, or cut off: {count}", count=unfinished))
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_INTERRUPT:
            if "no such table" in str(error):  # of a version before the journal, or died while it was made
                return Finding(subject, ", ".join(facts))
            raise
        facts.append(tr("too large to read through here"))
    finally:
        connection.set_progress_handler(None, 0)
    return Finding(subject, ", ".join(facts))


def logs(machine: Machine) -> Iterator[Finding]:
    """What a report of a problem could add."""
    if machine.paths is None:
        return
    folder, subject = machine.paths.logs, tr("Logs")
    files = [file for file in folder.glob("*") if file.is_file()] if folder.is_dir() else []
    crashes = sum(file.name.startswith("crash-") for file in files)
    text = f"{folder}, {_size(sum(file.stat().st_size for file in files))}"
    yield Finding(subject, text)
    if crashes:
        yield Finding(tr("Crash reports"), tr("{count} in the logs folder", count=crashes), Verdict.NOTE)


def _size(size_bytes: int) -> str:
    if size_bytes >= 1e9:
        return f"{size_bytes / 1e9:.1f} GB"
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.0f} kB"
