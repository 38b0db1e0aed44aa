"""An opened picture to one that is upright, small enough and in plain colours: grey, RGB or RGB with transparency.

What is large is made smaller first, strip by strip, so that no second copy of it is ever held.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

from qwen_desktop.core.images.limits import MOST_PIXELS, size_to_send

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

_STRIP_PIXELS = 400_000
_MOST_PROFILE_BYTES = 4_000_000
_ORIENTATION = 0x0112
_TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
"""EXIF's orientation to what makes the picture upright."""


def shaped(picture: Picture) -> Picture:
    """Decodes the first frame of `picture` and shapes it; raises whatever the decoder stumbles over."""
    picture.draft(picture.mode, size_to_send(*picture.size))  # a JPEG is decoded at a fraction of its size
    picture.load()
    orientation = _orientation(picture)
    profile = picture.info.get("icc_profile")
    shape = _in_colours(_smaller(picture), profile if isinstance(profile, bytes) else b"")
    if orientation in _TURNS:
        from PIL import Image

        shape = shape.transpose(Image.Transpose[_TURNS[orientation]])
    return shape


def has_more(picture: Picture) -> bool:
    """Whether the file holds another frame or page after the first, which it is left at."""
    try:
        picture.seek(1)
    except Exception:
        # There is none, or none that can be read.
        return False
    finally:
        picture.seek(0)
    return True


def _orientation(picture: Picture) -> int:
    try:
        found = picture.getexif().get(_ORIENTATION, 1)
    except Exception:
        # Broken EXIF raises whatever Pillow stumbles over; the picture itself was read.
        return 1
    return found if isinstance(found, int) else 1


def _smaller(picture: Picture) -> Picture:
    """The picture at the size at which it is sent, in a mode that Pillow computes with."""
    from PIL import Image

    size = size_to_send(*picture.size)
    scale = _scale_of(picture)
    if picture.size == size:
        return _plain(picture, scale)
    factor = int(math.sqrt(picture.width * picture.height / MOST_PIXELS) / 2)
    small = _reduced(picture, max(1, factor), scale).resize(size, Image.Resampling.LANCZOS)
    return small.convert({"RGBa": "RGBA", "La": "LA"}[small.mode]) if small.mode in ("RGBa", "La") else small


def _reduced(picture: Picture, factor: int, scale: tuple[float, float] | None) -> Picture:
    """A whole fraction of the picture's size; colours multiplied by their transparency, as they are computed with.

    Pillow lets no other thread run while it converts, so each strip is one of a millisecond or two."""
    from PIL import Image

    rows = max(1, _STRIP_PIXELS // picture.width // factor) * factor
    small: Picture | None = None
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        part = _plain(strip, scale)
        if part.mode in ("RGBA", "LA"):
            part = part.convert({"RGBA": "RGBa", "LA": "La"}[part.mode])
        part = part.reduce(factor)
        if small is None:
            small = Image.new(part.mode, (part.width, -(-picture.height // factor)), None)
        small.paste(part, (0, top // factor))
    assert small is not None
    return small


def _scale_of(picture: Picture) -> tuple[float, float] | None:
    """Factor and offset that bring values of more than 8 bits to 0 … 255; None for modes that have 8."""
    if not picture.mode.startswith(("I", "F")):
        return None
    low, high = _extremes(picture)
    if picture.mode == "F" and low >= 0 and high <= 1:
        return 255.0, 0.0
    if low >= 0 and high <= 255 and picture.mode != "I;16":
        return 1.0, 0.0
    if low >= 0 and high <= 65_535:
        return 1 / 257, 0.0
    span = max(high - low, 1e-30)
    return 255 / span, -low * 255 / span


def _extremes(picture: Picture) -> tuple[float, float]:
    """The least and the greatest value, strip by strip: over the whole of a large picture Pillow would let no other
    thread run for a fifth of a second."""
    rows = max(1, _STRIP_PIXELS // picture.width)
    found: list[float] = []
    for top in range(0, picture.height, rows):
        strip = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        found += (float(value) for value in strip.getextrema())  # type: ignore[arg-type]
        if not all(map(math.isfinite, found[-2:])):
            raise ValueError("values that are no numbers")
    return min(found), max(found)


def _plain(picture: Picture, scale: tuple[float, float] | None) -> Picture:
    """The picture in one of the modes L, LA, RGB, RGBA and CMYK."""
    if scale is not None:
        factor, offset = scale
        return picture.convert("F").point(lambda value: value * factor + offset).convert("L")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    if picture.mode == "1":
        return picture.convert("L")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def _in_colours(picture: Picture, profile: bytes) -> Picture:
    """Grey or RGB as every screen shows it, with transparency only where there is some."""
    alpha: Picture | None = None
    if picture.mode in ("LA", "RGBA"):
        alpha = picture.getchannel("A")
        picture = picture.convert("RGB")
        if alpha.getextrema()[0] == 255:
            alpha = None
    picture = _without_profile(picture, profile)
    if alpha is not None:
        picture = picture.convert("RGB")
        picture.putalpha(alpha)
    return picture


def _without_profile(picture: Picture, profile: bytes) -> Picture:
    """The same colours in sRGB; a profile that cannot be used is not."""
    wanted = "L" if picture.mode == "L" else "RGB"
    if 0 < len(profile) <= _MOST_PROFILE_BYTES:
        from PIL import ImageCms

        try:
            used = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, used, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return picture if picture.mode == wanted else picture.convert(wanted)
