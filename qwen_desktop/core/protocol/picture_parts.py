"""Pictures of a message to the parts of its content, on both protocols, and refusals that are about pictures.

A picture goes before the text, as a data URL or as the link of an upload.
Source: https://help.aliyun.com/zh/model-studio/vision and …/error-code (read 2026-11-23).
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.providers.base import ReplyRequest

LINK_SCHEME = "oss://"
"""Of a picture that was uploaded (see `providers/picture_uploads.py`)."""
NO_PICTURES: Mapping[str, str] = MappingProxyType({})
PICTURE_MARK = "picture:"
_UNFILLED = re.compile(rb'"(?:image|url)":"(data:[\w.+/-]+;base64,)picture:([0-9a-f]{64})(?=")')
_PIECE_BYTES = 768 * 1024
"""A multiple of three, so that no piece but the last is padded."""
DIGESTS = "pictures"
"""Beside a message's text, until they are made parts: which pictures go before it."""
NOT_IN_PARTS = ("input content must be a string", "unexpected item type in content", "error during model pre-process")
"""How a model of text refuses a content in parts."""


def has_pictures(request: ReplyRequest) -> bool:
    return any(message.attachments for message in request.messages)


def unfilled_data_url(attachment: Attachment) -> str:
    """A data URL with a mark in place of its bytes, which `filled` puts in: megabytes are moved once, and not by the
    JSON encoder, which lets no other thread run meanwhile."""
    return f"data:{attachment.media_type};base64,{PICTURE_MARK}{attachment.digest}"


def encoded(data: bytes) -> list[bytes]:
    """Base64 in pieces that each take a millisecond; between them other threads, the window's among them, go on."""
    pieces = []
    for at in range(0, len(data), _PIECE_BYTES):
        pieces.append(base64.b64encode(data[at : at + _PIECE_BYTES]))
        time.sleep(0)
    return pieces


def filled(body: bytes, pictures: Mapping[str, Sequence[bytes]]) -> bytes:
    """`body` with the bytes of its data URLs, `encoded`, by digest.

    A text cannot hold what is looked for: JSON escapes its quotation marks."""
    if not pictures:
        return body
    pieces: list[bytes] = []
    at = 0
    for found in _UNFILLED.finditer(body):
        pieces += [body[at : found.end(1)], *pictures[found[2].decode()]]
        at = found.end(2)
    return b"".join([*pieces, body[at:]])


def data_url_length(attachment: Attachment) -> int:
    return len("data:;base64,") + len(attachment.media_type) + -(-attachment.size_bytes // 3) * 4


def in_native_parts(message: dict[str, Any], pictures: Mapping[str, str]) -> dict[str, Any]:
    """Pictures first, then the text; of a prompt without words nothing but the pictures."""
    digests = message.pop(DIGESTS, ())
    parts = [{"image": pictures[digest]} for digest in digests]
    if message["content"] or not parts:
        parts.append({"text": message["content"]})
    return {**message, "content": parts}


def in_compatible_parts(message: dict[str, Any], pictures: Mapping[str, str]) -> dict[str, Any]:
    """As the native ones; a message without pictures stays a string."""
    digests = message.pop(DIGESTS, ())
    if not digests:
        return message
    parts: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": pictures[digest]}} for digest in digests]
    if message["content"]:
        parts.append({"type": "text", "text": message["content"]})
    return {**message, "content": parts}


_PICTURES = r"(image|picture|multi-?modal|vision)"
_UNABLE = r"(not support|unsupported|n't support|only supported by|not allowed|not a (valid )?multi|unknown variant)"
_NO_VISION = re.compile(rf"{_PICTURES}.{{0,80}}{_UNABLE}|{_UNABLE}.{{0,80}}{_PICTURES}")
_ABOUT_THE_PICTURE = ("decode", "max bytes", "too large", "length and width", "content-type", "format")
_DEAD_LINK = (
    "failed to download",
    "download the media resource",
    "download multimodal",
    "oss resource",
    "provided url does not appear to be valid",
)


def refuses_pictures(*, code: str | None = None, message: str = "", status: int | None = None) -> bool:
    """Whether the refusal of a request with pictures says that the model sees none.

    llama.cpp says so with status 500.  A picture that is broken, too large or out of reach is another matter."""
    if status is not None and (status not in range(400, 502) or status in (401, 402, 403, 404, 408, 429)):
        return False
    words = message.lower()
    if any(fragment in words for fragment in (*NOT_IN_PARTS, "url error")):
        return True
    if names_dead_link(code=code, message=message) or any(fragment in words for fragment in _ABOUT_THE_PICTURE):
        return False
    return _NO_VISION.search(words) is not None


def names_dead_link(*, code: str | None = None, message: str = "") -> bool:
    """Whether the service could not fetch a picture it was given a link to."""
    words = message.lower()
    return (code or "").lower().startswith("invalidurl") or any(fragment in words for fragment in _DEAD_LINK)
