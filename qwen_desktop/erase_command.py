"""Everything the app has stored for this user, keys too, to nothing: what an uninstaller calls.  No Qt."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

from qwen_desktop.core import data_folder
from qwen_desktop.core.errors import ApiKeyStoreError, StorageError
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.storage.lock import HistoryLock
from qwen_desktop.core.words import describe, tr
from qwen_desktop.engine import Engine


def run() -> int:
    """0 when all of it is gone.  Nothing is deleted while the app runs (1)."""
    paths = AppPaths.find()
    lock = HistoryLock(paths.history_lock)
    try:
        if not lock.acquire():
            return _say(tr("Qwen Desktop is open and does not end."))
        asyncio.run(_forget_keys(paths))
    except (StorageError, ApiKeyStoreError) as error:
        return _say(tr("Nothing was deleted.") + " " + describe(error).sentence)
    finally:
        lock.release()
    left = data_folder.erase(paths)
    for path in left:
        _say(tr("{path} could not be deleted.", path=path))
    with suppress(OSError):
        paths.history_lock.unlink()
    for folder in (paths.config, paths.data):
        with suppress(OSError):  # somebody else's files are in it
            folder.rmdir()
    return 1 if left else 0


async def _forget_keys(paths: AppPaths) -> None:
    engine = Engine(paths)
    try:
        await engine.forget_keys()
    finally:
        await engine.close()


def _say(sentence: str) -> int:
    if sys.stderr is not None:  # Windows starts a program without a console with none
        print(f"qwen-desktop: {sentence}", file=sys.stderr)
    return 1
