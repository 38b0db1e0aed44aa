"""Bytes to a file that is there wholly or not at all, for its owner alone, on the disk itself."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

sync_data = getattr(os, "fdatasync", os.fsync)
"""Let what was written to a descriptor reach the disk itself."""
_UNSYNCED_BYTES = 512 * 1024

_PATIENCE_S = 1.0


def put_over(source: str | Path, path: Path) -> None:
    """`os.replace`, which on Windows is refused while a virus scanner looks at one of the files: then again, for 1 s.

    Raises OSError."""
    ends_at = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return os.replace(source, path)
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > ends_at:
                raise
        time.sleep(0.02)


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in the place of what is there.  Raises OSError: then that is as it was."""
    import tempfile  # not needed by a start that writes nothing

    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        put_over(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def steady_writer(descriptor: int) -> BinaryIO:
    """A file to be written to, which it closes, for much that nobody may have to wait for.

    A prompt that has to reach the disk waits for all that was written before it.  So each half megabyte reaches the
    disk by itself, and then the disk rests for as long as that took."""
    return cast(BinaryIO, io.BufferedWriter(_SteadyFile(descriptor, "wb"), _UNSYNCED_BYTES))


class _SteadyFile(io.FileIO):
    _unsynced = 0

    def write(self, data: Any) -> int:
        written = super().write(data)
        self._unsynced += written
        if self._unsynced >= _UNSYNCED_BYTES:
            self._unsynced = 0
            began = time.monotonic()
            sync_data(self.fileno())
            time.sleep(time.monotonic() - began)
        return written
