"""The history's file to an open history, for the one window that holds its lock: chosen backups, damage, upgrades.

`ask` and `export` open it plainly (`History.open`): they repair nothing, and say what is wrong.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qwen_desktop.core.errors import StorageError, StorageUnavailable
from qwen_desktop.core.storage import compacting, inspection, migrations, rescue, restoring
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import beside, unavailable_from_os_error

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open history, and what had to be done for it."""

    history: History
    rescued: rescue.Rescue | None = None
    """It was damaged, and is sound now."""
    restored: restoring.Restored | None = None
    """It is the backup that the user chose."""
    compacted: compacting.Compacted | None = None
    """It is smaller now, as the user wished."""
    problem: StorageError | None = None
    """Why the chosen backup could not be restored, or the file not made smaller; it is what it was before."""


async def open_for_window(path: Path) -> Opened:
    """Open the history at `path`, as `History.open` does, and put right what can be.

    Raises DatabaseTooNew and StorageUnavailable: also for the database of another program, which is left alone."""
    restored, compacted, problem = None, None, None
    try:
        restored = await asyncio.to_thread(restoring.apply, path)
        compacted = await asyncio.to_thread(compacting.apply, path)
    except StorageError as error:
        log.warning("the history stays as it was: %s %s", error.kind, error.reason)
        problem = error
    try:
        await asyncio.to_thread(_look, path)
        return Opened(await History.open(path), None, restored, compacted, problem)
    except StorageUnavailable as error:
        if error.reason != "damaged" or await asyncio.to_thread(_is_of_another_program, path):
            raise
        log.error("the history is damaged: %s", error.detail)
    rescued = await asyncio.to_thread(rescue.rescue, path)
    log.error(
        "put together anew: %d messages, %d of them from the damaged file only, %d places could not be read",
        rescued.messages, rescued.from_damaged, rescued.lost_messages,
    )  # fmt: skip
    return Opened(await History.open(path), rescued, restored, compacted, problem)


def want_check(path: Path) -> None:
    """Damage was found at work: the next start reads the whole file through, and repairs it."""
    with suppress(OSError):
        _wish(path).touch(mode=0o600)


def _look(path: Path) -> None:
    """End a repair that was broken off, and read through what was found damaged; copies that were being made go."""
    try:
        rescue.finish(path)
        for made in ("restored", "compacted", "rescued"):
            for suffix in ("", "-journal", "-wal", "-shm"):
                beside(path, f".{made}{suffix}").unlink(missing_ok=True)
        is_wanted = _wish(path).exists()
        _wish(path).unlink(missing_ok=True)
    except OSError as error:
        raise unavailable_from_os_error(error, path) from error
    if is_wanted and path.exists():
        inspection.read_through(path, migrations.SCHEMA_VERSION)


def _wish(path: Path) -> Path:
    return path.with_name(f"{path.name}.check")


def _is_of_another_program(path: Path) -> bool:
    """A sound-looking SQLite file that says that it is not ours."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except OSError:
        return False
    if not header.startswith(b"SQLite format 3\0"):
        return False
    return int.from_bytes(header[68:72], "big") not in (0, inspection.APPLICATION_ID)
