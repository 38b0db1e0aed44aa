"""Bytes of a file to an opened picture of a kind we take, its size checked before anything is decoded.

The file is hostile until proved otherwise: only decoders of the formats below are asked, nothing a file refers to is
fetched or opened, and what would take too much memory is refused by what its header says.
"""

from __future__ import annotations

import io
import threading
import warnings
from types import ModuleType
from typing import TYPE_CHECKING

from qwen_desktop.core.errors import AttachmentRefused
from qwen_desktop.core.images import limits

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"II+\0",
    b"MM\0+",
)
_APPLE_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
_pil_lock = threading.Lock()


def opened(data: bytes, name: str) -> Picture:
    """The picture in `data`, not decoded yet.  Raises AttachmentRefused."""
    _check_signature(data, name)
    image_module = pil()
    try:
        picture: Picture = image_module.open(io.BytesIO(data), formats=FORMATS)
    except Exception as error:  # decoders of hostile bytes raise whatever they stumble over
        raise AttachmentRefused(_said(error), reason="broken", name=name) from error
    _check_size(picture, data, name)
    return picture


def pil() -> ModuleType:
    """`PIL.Image`, with the decoders of our formats and no other ones asked for."""
    with _pil_lock:
        from PIL import Image

        if not {"TIFF", "WEBP"} <= Image.OPEN.keys():
            # Imported by name: Pillow would else load every decoder it has.
            from PIL import (  # noqa: F401
                BmpImagePlugin,
                GifImagePlugin,
                JpegImagePlugin,
                PngImagePlugin,
                TiffImagePlugin,
                WebPImagePlugin,
            )

            warnings.filterwarnings("ignore", module=r"PIL\.")  # of odd files: they are read or refused
        Image.MAX_IMAGE_PIXELS = None  # the limits are our own, and refuse in words
    return Image


def _check_signature(data: bytes, name: str) -> None:
    head = data[:16]
    if head[4:8] == b"ftyp" and head[8:12] in _APPLE_BRANDS:
        raise AttachmentRefused("HEIC or AVIF", reason="format", name=name)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        _check_webp_canvas(data, name)
    elif not head.startswith(_SIGNATURES):
        raise AttachmentRefused("none of the formats that are taken", reason="no_picture", name=name)


def _check_webp_canvas(data: bytes, name: str) -> None:
    """An extended WebP's canvas is allocated as soon as it is opened; other ones are small by their format."""
    if data[12:16] == b"VP8X" and len(data) >= 30:
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        if width * height > limits.MOST_WEBP_PIXELS:
            raise AttachmentRefused(f"{width} x {height}", reason="too_large", name=name)


def _check_size(picture: Picture, data: bytes, name: str) -> None:
    width, height = picture.size
    short, long = sorted((width, height))
    said = f"{width} x {height}"
    if short < 1:
        raise AttachmentRefused(said, reason="broken", name=name)
    if long > short * limits.MOST_RATIO:
        raise AttachmentRefused(said, reason="strip", name=name)
    if short < limits.LEAST_SIDE:
        raise AttachmentRefused(said, reason="too_small", name=name)
    most = limits.MOST_DECODED_PIXELS
    if picture.format in ("JPEG", "MPO"):
        is_progressive = bool(picture.info.get("progressive"))
        if is_progressive and data.count(b"\xff\xda") > limits.MOST_SCANS:
            raise AttachmentRefused("too many scans", reason="broken", name=name)
        most = limits.MOST_PROGRESSIVE_PIXELS if is_progressive else limits.MOST_SCALED_PIXELS
    elif picture.format == "WEBP":
        most = limits.MOST_WEBP_PIXELS
    elif picture.format == "BMP" and picture.info.get("compression"):
        most = limits.MOST_RLE_PIXELS
    if width * height > most:
        raise AttachmentRefused(said, reason="too_large", name=name)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
