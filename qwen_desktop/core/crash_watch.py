"""The life of this process to a small file: there while it runs, gone when it ends well, telling why if it does not.

While the app runs there is `logs/running-PID.txt`.  A crash of the interpreter or of Qt writes the stacks of all
threads into it (https://docs.python.org/3/library/faulthandler.html, read 2026-11-26).  A window that does not answer,
and an error inside the app that did not end it, are noted in it.  What the next start makes of it: `crash_reports.py`.

Imported before the first frame, since what crashes there is to be told too: so it imports next to nothing.
"""

from __future__ import annotations

import faulthandler
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_desktop.core.paths import private_folder
from qwen_desktop.core.process_start import process_started

if TYPE_CHECKING:
    from types import TracebackType
    from typing import IO

STALL, ANSWERED, ERROR, ENDED = "== stalled", "== answers again", "== error", "== ended by"
"""The lines of ours in the file, apart from the first two: the process's start, to compare, and the time."""
_MOST_NOTES = 8
"""Errors and stalls noted by one process; a loop of errors must not fill the disk."""


class CrashWatch:
    """Around the life of the app: `with CrashWatch(paths.logs) as watch`.  Costs well under a millisecond.

    An exception that leaves the block is noted and goes on.  Where the folder cannot be written, nothing is caught.
    """

    def __init__(self, folder: Path, *, catch_native: bool = True) -> None:
        """`catch_native` False leaves Python's fault handler alone (tests, which have their own)."""
        self.path = folder / f"running-{os.getpid()}.txt"
        self._catch_native = catch_native
        self._file: IO[str] | None = None
        self._notes = 0

    def __enter__(self) -> CrashWatch:
        with suppress(OSError):
            private_folder(self.path.parent)
            # Stays open: in a crash there is no time to open anything.
            self._file = open(self.path, "w", encoding="utf-8", errors="replace", opener=open_private)
            self._write(f"{process_started(os.getpid()) or ''}\n{utc(time.time())}\n")
            if self._catch_native:
                faulthandler.enable(self._file)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        is_crash = error is not None and not isinstance(error, SystemExit | KeyboardInterrupt)
        if is_crash and error is not None:
            self._write(f"{ENDED}\n{_places(error)}\n")
        if self._file is None:
            return
        if self._catch_native:
            faulthandler.disable()
        with suppress(OSError):
            self._file.close()
        self._file = None
        if not is_crash:
            with suppress(OSError):
                self.path.unlink()

    def close(self) -> None:
        """All has ended well before the block does: the file goes now."""
        self.__exit__(None, None, None)

    def note_error(self, error: BaseException) -> None:
        """An exception nobody caught that did not end the app; a report only if the app ends badly.  Any thread."""
        self._note(f"{ERROR}\n{_places(error)}\n")

    def note_stall(self) -> None:
        """The window has not answered for a while.  Any thread; if the process is ended now, there will be a report."""
        if self._note(f"{STALL}\n") and self._file is not None:
            with suppress(OSError, ValueError):
                faulthandler.dump_traceback(self._file)

    def note_answer(self) -> None:
        """It answers again: what `note_stall` noted is no crash."""
        if self._notes:
            self._write(f"{ANSWERED}\n")

    def _note(self, words: str) -> bool:
        self._notes += 1
        if self._notes > _MOST_NOTES:
            return False
        self._write(words)
        return True

    def _write(self, words: str) -> None:
        with suppress(OSError, ValueError):  # a full disk, or closed meanwhile
            if self._file is not None:
                self._file.write(words)
                self._file.flush()


def utc(at: float) -> str:
    """Seconds since 1970 as they stand in the file and in reports."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def open_private(path: str, flags: int) -> int:
    """For `open(opener=)`: a new file is for its owner alone."""
    return os.open(path, flags, 0o600)


def _places(error: BaseException) -> str:
    from qwen_desktop.core.crash_reports import places

    return places(error)
