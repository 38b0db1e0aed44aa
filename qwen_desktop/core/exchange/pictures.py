"""Pictures of prompts to the bytes that go into an export, and bytes from an import to their files."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.exchange.output import new_file, new_folder

MOST_BYTES = 48 * 1024 * 1024
ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/gif": ".gif"}
_DIGEST = re.compile("[0-9a-f]{64}")


class PictureFiles:
    """The folder `attachments/` of a history.  `missing` counts what an export had to leave out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.missing = 0

    def read(self, picture: Attachment) -> bytes | None:
        """The picture's bytes; None, and counted, for one that is not there or has changed."""
        try:
            if not is_digest(picture.digest):
                raise FileNotFoundError
            with (self._folder / picture.digest).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != picture.digest:
            self.missing += 1
            return None
        return content

    def keep(self, digest: str, content: bytes) -> bool:
        """Store a picture that came with an import; False for one that is not what it says.

        Raises StorageUnavailable.
        """
        if not is_digest(digest) or hashlib.sha256(content).hexdigest() != digest:
            return False
        path = self._folder / digest
        new_folder(self._folder)
        try:
            with new_file(path) as file:
                file.write(content)
        except FileExistsError:
            pass  # named by its content: it is the same
        return True

    def has(self, digest: str) -> bool:
        return is_digest(digest) and (self._folder / digest).is_file()


def is_digest(text: str) -> bool:
    return _DIGEST.fullmatch(text) is not None


def ending_of(picture: Attachment) -> str:
    return ENDINGS.get(picture.media_type, ".bin")
