"""Files that are whole or not there: private, written beside their place, never over another one by accident."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from qwen_desktop.core.exchange.problems import InTheWay
from qwen_desktop.core.storage.database import unavailable_from_os_error
from qwen_desktop.core.whole_file import put_over, steady_writer

NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What the system refuses inside is told as StorageUnavailable of `path`; a name that is taken stays that."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise unavailable_from_os_error(error, path) from error


@contextmanager
def new_file(path: Path, *, may_replace: bool = False) -> Iterator[BinaryIO]:
    """A file for its owner alone, in its place when the block ends well and nowhere when it does not.

    Raises FileExistsError where there is one already, unless that `may_replace`; StorageUnavailable for a full or
    read-only disk.
    """
    beside = path.with_name(f".{secrets.token_hex(8)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    with told(path):
        if not may_replace and os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        try:  # an interruption may come as soon as the file is there
            with steady_writer(os.open(beside, flags, 0o600)) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            publish(beside, path, may_replace=may_replace)
        except BaseException:
            with suppress(OSError):
                beside.unlink()
            raise


def publish(beside: Path, path: Path, *, may_replace: bool = False) -> None:
    """Move a finished file to its place.  Raises FileExistsError, and OSError."""
    if may_replace:
        put_over(beside, path)
        return
    if os.name == "nt":
        os.rename(beside, path)  # there it does not replace
        return
    try:
        os.link(beside, path)  # fails if there is one: no look and no leap after it
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # takes the name, as FAT has no links
        os.replace(beside, path)
        return
    beside.unlink()


def new_folder(path: Path) -> None:
    """Make the folder and what is missing above it, for its owner alone; one that is there is taken as it is.

    Raises InTheWay where a file stands there, and StorageUnavailable.
    """
    try:
        if path.is_dir():
            return
        if path.parent != path:
            new_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InTheWay(str(path), is_folder_wanted=True) from error
    except OSError as error:
        raise unavailable_from_os_error(error, path) from error
