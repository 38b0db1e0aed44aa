"""A picture of the user to one that is sent: upright, at most 2.6 megapixels, JPEG or PNG, and nothing but pixels.

Where it was taken, with what and by whom is gone: no EXIF, XMP, comments, thumbnails or profiles are kept.
"""

from __future__ import annotations

import stat
import threading
from dataclasses import dataclass
from pathlib import Path

from qwen_desktop.core.errors import AttachmentRefused
from qwen_desktop.core.images import limits
from qwen_desktop.core.images.encoding import encoded
from qwen_desktop.core.images.opening import opened
from qwen_desktop.core.images.shaping import has_more, shaped
from qwen_desktop.core.plain_line import plain_line

_one_at_a_time = threading.Lock()
"""Several large pictures dropped together would else be decoded together."""


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A picture as it will be sent."""

    data: bytes
    media_type: str
    """'image/jpeg' or 'image/png'."""
    width: int
    height: int
    name: str = ""
    """What the user's file was called, on one line, without its folder; '' for a pasted picture."""
    is_first_frame: bool = False
    """The file holds more pictures (an animation, pages), which are not sent."""


def prepare(source: bytes | Path, name: str = "") -> PreparedImage:
    """Reads and re-encodes one picture; `name` is the file's own when it is empty.

    For any thread but the one of the window: takes up to some seconds and some hundred megabytes, one picture at a
    time.  Raises AttachmentRefused, and nothing else, whatever the source holds."""
    name = name_of(source, name)
    data = read_file(source, name) if isinstance(source, Path) else source
    if len(data) > limits.MOST_FILE_BYTES:
        raise AttachmentRefused(f"{len(data)} bytes", reason="too_large", name=name)
    with _one_at_a_time, opened(data, name) as picture:
        try:
            was_jpeg = picture.format in ("JPEG", "MPO")
            is_first_frame = not was_jpeg and has_more(picture)
            data, media_type, (width, height) = encoded(shaped(picture), was_jpeg=was_jpeg)
        except Exception as error:  # decoders of hostile bytes raise whatever they stumble over
            detail = f"{type(error).__name__}: {error}"[:200]
            raise AttachmentRefused(detail, reason="broken", name=name) from error
    return PreparedImage(data, media_type, width, height, name, is_first_frame)


def name_of(source: bytes | Path, name: str) -> str:
    """What the picture is called, on one line."""
    return plain_line(name or (source.name if isinstance(source, Path) else ""), 200)


def read_file(path: Path, name: str) -> bytes:
    """Its bytes, no more than a picture may have and one.  Raises AttachmentRefused."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for without end
            raise AttachmentRefused("not a file", reason="unreadable", name=name)
        if found.st_size > limits.MOST_FILE_BYTES:
            raise AttachmentRefused(f"{found.st_size} bytes", reason="too_large", name=name)
        with path.open("rb") as file:
            return file.read(limits.MOST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise AttachmentRefused(str(error)[:200], reason="unreadable", name=name) from error
