"""A shaped picture to the bytes that are sent: PNG where sharp edges or transparency count, else JPEG; nothing beside
the pixels is written."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from qwen_desktop.core.images.limits import MOST_BYTES

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

JPEG, PNG = "image/jpeg", "image/png"
_QUALITY = 90
_SAMPLE = 256
_FEW_COLOURS = 4_096
"""Of 65,536 pixels: a photo has more, a screenshot or a drawing fewer."""
_MOST_BYTES_OF_PNG = 3_000_000
"""A picture without transparency that would be larger as PNG is a photo after all."""


def encoded(picture: Picture, *, was_jpeg: bool) -> tuple[bytes, str, tuple[int, int]]:
    """Bytes, media type and size in pixels; a noisy transparent picture is made smaller until it fits."""
    is_transparent = picture.mode == "RGBA"
    if is_transparent or (not was_jpeg and _has_few_colours(picture)):
        data = _written(picture, "PNG")
        while len(data) > MOST_BYTES and is_transparent:
            picture = picture.resize((max(11, picture.width * 4 // 5), max(11, picture.height * 4 // 5)))
            data = _written(picture, "PNG")
        if is_transparent or len(data) <= _MOST_BYTES_OF_PNG:
            return data, PNG, picture.size
    return _written(picture, "JPEG"), JPEG, picture.size


def _has_few_colours(picture: Picture) -> bool:
    from PIL import Image

    size = min(picture.width, _SAMPLE), min(picture.height, _SAMPLE)
    return picture.resize(size, Image.Resampling.NEAREST).getcolors(_FEW_COLOURS) is not None


def _written(picture: Picture, kind: str) -> bytes:
    buffer = io.BytesIO()
    picture.info.clear()  # Pillow would write some of it back
    if kind == "JPEG":
        picture.save(buffer, "JPEG", quality=_QUALITY)
    else:
        picture.save(buffer, "PNG")
    return buffer.getvalue()
