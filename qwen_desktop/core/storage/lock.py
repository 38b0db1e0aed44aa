"""One window per history: a lock of the operating system, which ends with its process however that ends.

`ask`, `export` and `doctor` work beside the window and do not take it.  What writes to a history keeps its place by
another lock: no file may be put there, or copied from there as it lies, while somebody writes to the one that is there.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from qwen_desktop.core.paths import private_folder

if TYPE_CHECKING:
    from pathlib import Path

    from qwen_desktop.core.errors import StorageUnavailable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_HELD_BY_ANOTHER = {errno.EAGAIN, errno.EACCES, errno.EDEADLK, 0}
"""The last is what Wine says."""


class HistoryLock:
    """Held by the one window of a history.  The file is never deleted: another process may be about to lock it.

    The file holds the process id of the last holder, for people who look; nothing relies on it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        return self._descriptor is not None

    def acquire(self) -> bool:
        """Take it without waiting; False if another window has it.  Raises StorageUnavailable if the folder refuses."""
        if self._descriptor is not None:
            return True
        try:
            private_folder(self.path.parent)
            # Python's descriptors are not inherited by programs it starts, so no child can keep the lock.
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unavailable(error, self.path) from error
        try:
            _lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            if error.errno in _HELD_BY_ANOTHER:
                return False
            raise _unavailable(error, self.path) from error
        self._descriptor = descriptor
        _write_process_id(descriptor)
        return True

    def release(self) -> None:
        """Let go; nothing happens if it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            _let_go(descriptor)


class KeptPlace:
    """Held by everything that writes to a history, for as long as it has it open; several may."""

    def __init__(self, history: Path) -> None:
        """Raises StorageUnavailable 'locked' while another file is being put there."""
        self._descriptor: int | None = _open_place(history)
        if self._descriptor is not None:
            try:
                _lock_place(self._descriptor, history, is_shared=True)
            except BaseException:
                self.release()
                raise

    def release(self) -> None:
        """Nothing happens when it was released before."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            _let_go(descriptor)


@contextmanager
def free_place(history: Path) -> Iterator[None]:
    """Inside, nobody writes to the history, and nobody begins to.

    Raises StorageUnavailable 'locked' when somebody does."""
    descriptor = _open_place(history)
    try:
        if descriptor is not None:
            _lock_place(descriptor, history, is_shared=False)
        yield
    finally:
        if descriptor is not None:
            _let_go(descriptor)


def _open_place(history: Path) -> int | None:
    """Its folder, which is what is locked: there is no file that would stay behind.

    None where there are no such locks; Windows lets nobody replace a file that is open."""
    if sys.platform == "win32":
        return None
    try:
        return os.open(history.parent, os.O_RDONLY)
    except OSError:  # whoever cannot read it will be told by the history itself
        return None


def _lock_place(descriptor: int, history: Path, *, is_shared: bool) -> None:
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in _HELD_BY_ANOTHER:
                from qwen_desktop.core.errors import StorageUnavailable

                raise StorageUnavailable("another process uses it", reason="locked", path=str(history)) from error
            # A disk without such locks.


def _unavailable(error: OSError, path: Path) -> StorageUnavailable:
    from qwen_desktop.core.storage.database import unavailable_from_os_error  # SQLite: not before the first frame

    return unavailable_from_os_error(error, path)


_LOCKED_BYTE = 1 << 30
"""On Windows the locked range cannot be read by others: lock one byte far behind the text."""


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        # flock, not lockf: a POSIX lock is lost when anything in this process opens and closes the same file.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _let_go(descriptor: int) -> None:
    _unlock(descriptor)
    os.close(descriptor)


def _unlock(descriptor: int) -> None:
    # Closing alone is not enough: a program that is just being started has our descriptors for a moment more.
    with suppress(OSError):
        if sys.platform == "win32":
            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def _write_process_id(descriptor: int) -> None:
    with suppress(OSError):  # a full disk is no reason to refuse the window
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
