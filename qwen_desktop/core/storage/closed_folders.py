"""Which folders of the sidebar are closed: a small file, to their names and back.

A disk that refuses costs the memory of it only.  Blocks for the disk: not for the window's thread, except to read it
once at the start.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from qwen_desktop.core.paths import private_folder

_MOST_BYTES = 1_000_000

log = logging.getLogger(__name__)


def read(path: Path | None) -> frozenset[str]:
    """None are closed where the file is not there or not as it should be."""
    found: object = None
    with suppress(OSError, ValueError, RecursionError):
        if path is not None:
            with path.open("rb") as file:
                found = json.loads(file.read(_MOST_BYTES))
    names = found.get("closed") if isinstance(found, dict) else None
    return frozenset(one for one in names if isinstance(one, str)) if isinstance(names, list) else frozenset()


def write(path: Path | None, names: Iterable[str]) -> None:
    """Wholly or not at all."""
    if path is None:
        return
    try:
        private_folder(path.parent)
        handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"version": 1, "closed": sorted(names)}, file)
            os.replace(name, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
    except (OSError, ValueError) as error:
        log.info("which folders are closed cannot be written (%s)", type(error).__name__)
