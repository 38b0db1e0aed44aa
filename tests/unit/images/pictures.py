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


def simple_webp(width: int, height: int) -> bytes:
    """The header of a lossy WebP without a canvas, and nothing behind it."""
    frame = b"\x30\x01\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0" * 200
    chunk = b"VP8 " + struct.pack("<I", len(frame)) + frame
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def run_length_bmp(width: int, height: int) -> bytes:
    """One colour, four bits for each pixel."""
    row = b"\xff\x11" * (width // 255) + bytes([width % 255, 0x11]) + b"\0\0"
    body = row * height + b"\0\1"
    palette = b"".join(bytes([level * 16, level * 16, level * 16, 0]) for level in range(16))
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 4, 2, len(body), 0, 0, 16, 16)
    begin = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", begin + len(body), 0, 0, begin) + header + palette + body
