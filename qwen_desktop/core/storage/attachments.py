"""Pictures to files and back: each under the SHA-256 of its bytes, for its owner alone, whole or not there.

What no message and no draft names is left alone: a draft that is undone may name it again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import tempfile
from pathlib import Path

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.images.prepare import PreparedImage
from qwen_desktop.core.paths import private_folder

_DIGEST = re.compile("[0-9a-f]{64}")
_REASONS = {errno.ENOSPC: "full", errno.EDQUOT: "full"} | dict.fromkeys(
    (errno.EACCES, errno.EPERM, errno.EROFS), "read_only"
)


class AttachmentStore:
    """The files in one folder.  Callable from any thread; blocks for the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, image: PreparedImage) -> Attachment:
        """Keeps the picture's bytes; the same bytes are kept once.  Raises StorageUnavailable."""
        digest = hashlib.sha256(image.data).hexdigest()
        attachment = Attachment(digest, image.media_type, len(image.data), image.width, image.height, image.name)
        path = self.path(attachment)
        try:
            if not _holds(path, digest):
                private_folder(self._folder)
                _write(path, image.data)
        except OSError as error:
            reason = _REASONS.get(error.errno or 0, "")
            raise StorageUnavailable(error.strerror or str(error), reason=reason, path=str(path)) from error
        return attachment

    def read(self, attachment: Attachment) -> bytes:
        """The picture's bytes, exactly as they were put.

        Raises StorageUnavailable: 'attachment_missing' and 'attachment_changed', or '' for a disk that fails."""
        path = self.path(attachment)
        try:
            with path.open("rb") as file:
                data = file.read(attachment.size_bytes + 1)
        except FileNotFoundError as error:
            raise StorageUnavailable("no such file", reason="attachment_missing", path=str(path)) from error
        except OSError as error:
            raise StorageUnavailable(error.strerror or str(error), path=str(path)) from error
        if hashlib.sha256(data).hexdigest() != attachment.digest:
            raise StorageUnavailable("another digest", reason="attachment_changed", path=str(path))
        return data

    def path(self, attachment: Attachment) -> Path:
        """Where its bytes lie; raises StorageUnavailable for a digest that is none."""
        if _DIGEST.fullmatch(attachment.digest) is None:
            raise StorageUnavailable("not a digest", reason="attachment_missing", path=str(self._folder))
        return self._folder / attachment.digest


def _holds(path: Path, digest: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False


def _write(path: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".new", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
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
