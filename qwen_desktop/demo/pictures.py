"""Parts of a message's content to the pictures in them: what kind, how large; bytes and headers only, nothing decoded.

What the service says of a picture it cannot use is said here too.
Source: https://help.aliyun.com/zh/model-studio/error-code (read 2026-11-23).
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass

MOST_DATA_URL_BYTES = 10_485_760
LEAST_SIDE = 11
MOST_RATIO = 200
MOST_PICTURES = 250
_LINKS = ("https://", "http://", "oss://")
_DATA_URL = re.compile(r"data:([\w.+/-]+);base64,", re.ASCII)
_LOOKED_AT = 256 * 1024
"""Characters of a data URL in which its size must be said; a multiple of four."""
_UNDECODABLE = "Failed to decode the image during the data inspection."


class BadPicture(Exception):
    """The service would not take it; the text is its own."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a request; of one that is only linked to, nothing more is known."""

    url: str
    """Empty for a data URL."""
    media_type: str = ""
    width: int = 0
    height: int = 0
    size_bytes: int = 0

    @property
    def tokens(self) -> int:
        """What it counts as input."""
        return -(-self.width // 32) * -(-self.height // 32) + 2


def pictures_of(content: object) -> tuple[Picture, ...]:
    """Those in a content of either protocol.  Raises BadPicture."""
    if isinstance(content, str) or not isinstance(content, Sequence):
        return ()
    found = []
    for part in content:
        address = _address_of(part) if isinstance(part, dict) else None
        if address is not None and address.startswith(("data:", *_LINKS)):
            found.append(_picture(address))
    if len(found) > MOST_PICTURES:
        raise BadPicture(f"Exceeded limit on max number of images : {MOST_PICTURES}")
    return tuple(found)


def _address_of(part: dict[str, object]) -> str | None:
    value = part.get("image") if "image" in part else part.get("image_url")
    if isinstance(value, dict):
        value = value.get("url")
    return value if isinstance(value, str) else None


def _picture(address: str) -> Picture:
    if address.startswith(_LINKS):
        return Picture(address)
    if len(address) > MOST_DATA_URL_BYTES:
        raise BadPicture(f"Exceeded limit on max bytes per data-uri item : {MOST_DATA_URL_BYTES}")
    head = _DATA_URL.match(address)
    if head is None:
        raise BadPicture(_UNDECODABLE)
    encoded = address[head.end() :]
    try:
        beginning = base64.b64decode(encoded[:_LOOKED_AT], validate=True)
    except (binascii.Error, ValueError):
        raise BadPicture(_UNDECODABLE) from None
    media_type, width, height = measured(beginning)
    if media_type != head[1]:
        raise BadPicture(f"The media type {head[1]} does not match the image, which is {media_type or 'none'}.")
    short, long = sorted((width, height))
    if short < LEAST_SIDE or long > short * MOST_RATIO:
        raise BadPicture(
            "The image length and width do not meet the model restrictions. "
            "[height or width must be larger than 10, aspect ratio must be smaller than 200]"
        )
    return Picture("", media_type, width, height, len(encoded) * 3 // 4 - encoded[-2:].count("="))


def measured(data: bytes) -> tuple[str, int, int]:
    """Media type, width and height of a JPEG or PNG, by its header; '' and zeros for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return ("image/png", *struct.unpack(">II", data[16:24]))
    if data.startswith(b"\xff\xd8"):
        at = 2
        while at + 9 <= len(data) and data[at] == 0xFF:
            marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                height, width = struct.unpack(">HH", data[at + 5 : at + 9])
                return "image/jpeg", width, height
            at += 2 + length
    return "", 0, 0
