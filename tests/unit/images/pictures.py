"""Pictures for tests, made while they run: photos, screenshots, bombs and files that only look like pictures."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw


def photo(width: int = 64, height: int = 48) -> Image.Image:
    """Many colours and smooth noise, as a camera gives them."""
    noise = [Image.effect_noise((max(2, width // 4), max(2, height // 4)), 80) for _ in range(3)]
    return Image.merge("RGB", noise).resize((width, height))


def drawing(width: int = 64, height: int = 48) -> Image.Image:
    """Few colours and sharp edges."""
    picture = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(picture).rectangle((width // 4, height // 4, width // 2, height // 2), fill=(90, 40, 200))
    return picture


def quarters(width: int = 40, height: int = 20) -> Image.Image:
    """Red, green, blue and white, from the upper left to the lower right."""
    picture = Image.new("RGB", (2, 2))
    for place, colour in zip(((0, 0), (1, 0), (0, 1), (1, 1)), ("red", "lime", "blue", "white"), strict=True):
        picture.paste(colour, (*place, place[0] + 1, place[1] + 1))
    return picture.resize((width, height), Image.Resampling.NEAREST)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def png(width: int, height: int, rows: bytes, *, depth: int = 8, colour_type: int = 0) -> bytes:
    """A PNG whose header says what it likes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body
