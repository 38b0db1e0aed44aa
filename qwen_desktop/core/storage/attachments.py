"""Pictures to files and back: each under the SHA-256 of its bytes, for its owner alone, whole or not there.

What no message and no draft names is left alone: a draft that is undone may name it again.
"""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.paths import private_folder
from qwen_desktop.core.whole_file import write_whole

if TYPE_CHECKING:
    from qwen_desktop.core.images.prepare import PreparedImage

_MOST_BYTES = 64_000_000
"""More than any picture that is kept."""
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
        attachment = attachment_of(image)
        path = self.path(attachment)
        try:
            if self.find(attachment.digest) is None:
                private_folder(self._folder)
                write_whole(path, image.data)
        except OSError as error:
            reason = _REASONS.get(error.errno or 0, "")
            raise StorageUnavailable(error.strerror or str(error), reason=reason, path=str(path)) from error
        return attachment

    def read(self, attachment: Attachment) -> bytes:
        """The picture's bytes, exactly as they were put.

        Raises StorageUnavailable: 'attachment_missing' and 'attachment_changed', or '' for a disk that fails."""
        return self._read(attachment.digest)

    def find(self, digest: str) -> bytes | None:
        """The bytes of a picture by its digest; None where they cannot be had as they were."""
        try:
            return self._read(digest)
        except StorageUnavailable:
            return None

    def path(self, attachment: Attachment) -> Path:
        """Where its bytes lie; raises StorageUnavailable for a digest that is none."""
        return self._path(attachment.digest)

    def _path(self, digest: str) -> Path:
        if _DIGEST.fullmatch(digest) is None:
            raise StorageUnavailable("not a digest", reason="attachment_missing", path=str(self._folder))
        return self._folder / digest

    def _read(self, digest: str) -> bytes:
        path = self._path(digest)
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_BYTES)
        except FileNotFoundError as error:
            raise StorageUnavailable(f"no file {path}", reason="attachment_missing", path=str(path)) from error
        except OSError as error:
            raise StorageUnavailable(error.strerror or str(error), path=str(path)) from error
        if _digest_of(data) != digest:
            raise StorageUnavailable(f"other bytes in {path}", reason="attachment_changed", path=str(path))
        return data


class MemoryAttachmentStore:
    """The same without a disk: for `ask --no-save`."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}

    def put(self, image: PreparedImage) -> Attachment:
        attachment = attachment_of(image)
        self._data[attachment.digest] = image.data
        return attachment

    def read(self, attachment: Attachment) -> bytes:
        data = self.find(attachment.digest)
        if data is None:
            raise StorageUnavailable("not in memory", reason="attachment_missing")
        return data

    def find(self, digest: str) -> bytes | None:
        return self._data.get(digest)


def attachment_of(image: PreparedImage) -> Attachment:
    """What `put` gives back; nothing is kept yet."""
    digest = _digest_of(image.data)
    return Attachment(digest, image.media_type, len(image.data), image.width, image.height, image.name)


def _digest_of(data: bytes) -> str:
    import hashlib  # late: it brings OpenSSL

    return hashlib.sha256(data).hexdigest()
