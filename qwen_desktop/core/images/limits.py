"""What a picture may be before and after it is prepared; pure numbers.

Source: https://help.aliyun.com/zh/model-studio/vision (read 2026-11-23).
"""

from __future__ import annotations

MOST_PIXELS = 2_621_440
"""Of a picture that is sent: the service scales larger ones down to this."""
LONGEST_SIDE = 7_680
LEAST_SIDE = 11
"""Both sides must be longer than 10 pixels."""
MOST_RATIO = 200
"""Of the longer side to the shorter one."""
MOST_BYTES = 7_000_000
"""Of a picture that is sent; as a data URL it stays below 10 MB."""

MOST_FILE_BYTES = 300_000_000
"""Of the user's file: far more than any camera writes."""
MOST_DECODED_PIXELS = 80_000_000
"""Of the user's picture; four bytes of memory each."""
MOST_WEBP_PIXELS = 30_000_000
"""Of a WebP: its decoder takes sixteen bytes of memory for each."""
MOST_RLE_PIXELS = 10_000_000
"""Of a BMP with run lengths, which Pillow decodes pixel by pixel in Python."""
MOST_SCALED_PIXELS = 260_000_000
"""Of a JPEG, which is decoded at a fraction of its size."""
MOST_PROGRESSIVE_PIXELS = 100_000_000
"""Of a progressive JPEG, of which all coefficients are held."""
MOST_SCANS = 500
"""Of a progressive JPEG: each goes through the whole picture once more."""


def size_to_send(width: int, height: int) -> tuple[int, int]:
    """Width and height, in pixels, at which a picture is sent: the same shape, never larger than it is."""
    scale = min(1.0, (MOST_PIXELS / (width * height)) ** 0.5, LONGEST_SIDE / max(width, height))
    if scale == 1.0:
        return width, height
    short = max(1, int(min(width, height) * scale))
    long = min(int(max(width, height) * scale), short * MOST_RATIO)
    return (long, short) if width >= height else (short, long)


def visual_tokens(width: int, height: int) -> int:
    """What a picture of this size is billed as, about: one token for each 32 × 32 pixels, and two around it."""
    return -(-width // 32) * -(-height // 32) + 2
