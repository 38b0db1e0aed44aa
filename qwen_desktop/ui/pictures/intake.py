"""What was pasted or dropped to the pictures in it: paths, encoded bytes, or an image that is encoded later.

Nothing is decoded, read or encoded here: this runs on the GUI thread, and a picture may be large.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QByteArray, QMimeData
from PySide6.QtGui import QGuiApplication, QImage

ENDINGS = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".heic", ".heif",
    ".avif", ".ico",
)  # fmt: skip
"""Of files that are taken for pictures; whether they are is found out when they are read."""
_ENCODED = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff")
"""Formats whose bytes are taken as they are, the best first."""


class Deferred(NamedTuple):
    """A picture that another program still has, by the format it is to be asked for in; fetched on a worker thread."""

    media_type: str


class Source(NamedTuple):
    """One picture, where it is now."""

    what: Path | QByteArray | bytes | QImage | Deferred
    name: str = ""
    """What its file is called; '' for a pasted picture."""


class Offer(NamedTuple):
    """What was found."""

    sources: tuple[Source, ...]
    others: tuple[str, ...] = ()
    """Names of files and folders that came along and are no pictures."""


def is_picture_file(path: Path) -> bool:
    """By its name alone."""
    return path.name.lower().endswith(ENDINGS)


def offer_of_files(paths: list[Path]) -> Offer:
    """Files that were chosen, copied or dropped."""
    pictures = tuple(Source(path, path.name) for path in paths if is_picture_file(path))
    return Offer(pictures, tuple(path.name or str(path) for path in paths if not is_picture_file(path)))


def has_files(source: QMimeData) -> bool:
    """Files of this computer are among it."""
    return source.hasUrls() and any(url.isLocalFile() for url in source.urls())


def is_for_pictures(source: QMimeData) -> bool:
    """Whether `offer_in` would find something, without fetching a picture from the program that has it.

    A text with a picture of it (from an office program) is a text.  A picture whose text is nothing but its address
    (from a browser) is a picture.
    """
    if has_files(source):
        return any(is_picture_file(Path(url.toLocalFile())) for url in source.urls() if url.isLocalFile())
    return source.hasImage() and (not source.hasText() or _is_address(source.text()))


def offer_in(source: QMimeData, *, is_drop: bool = False) -> Offer | None:
    """The pictures to be taken; None where it is none of our business.

    `is_drop`: files that are no pictures are told of, too; pasted without a picture they are the text they come with.
    """
    if has_files(source):
        found = offer_of_files([Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()])
        return found if found.sources or is_drop else None
    if not is_for_pictures(source):
        return None
    if not is_drop and _is_foreign_on_x11(source):
        form = next((form for form in _ENCODED if source.hasFormat(form)), "")
        if form:
            return Offer((Source(Deferred(form)),))
    for form in _ENCODED:
        if source.hasFormat(form) and not (data := source.data(form)).isEmpty():
            return Offer((Source(data),))
    image = source.imageData()
    return Offer((Source(image),)) if isinstance(image, QImage) and not image.isNull() else None


def _is_foreign_on_x11(source: QMimeData) -> bool:
    """It is the clipboard, and another program has it: Qt would make the GUI thread wait for that program."""
    clipboard = QGuiApplication.clipboard()
    return QGuiApplication.platformName() == "xcb" and not clipboard.ownsClipboard() and clipboard.mimeData() is source


def _is_address(text: str) -> bool:
    words = text.split()
    return len(words) == 1 and words[0].startswith(("http://", "https://", "file://", "data:image/"))
