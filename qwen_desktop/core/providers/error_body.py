"""The body of a refusal to its words: code, message and request id, in every shape that services give them.

Seen: the native object, the OpenAI-compatible object around `error`, either of them framed as a server-sent event
although labelled JSON, and pages of gateways, which are HTML and not for people.
Source: https://www.alibabacloud.com/help/en/model-studio/error-code (2026-11-23).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """What an error body or an error frame says; every part may be empty."""

    code: str = ""
    message: str = ""
    request_id: str = ""
    status: int | None = None
    """The status an event-framed body names in its comment; None elsewhere."""


def read_error_body(body: bytes) -> ErrorWords | None:
    """The words of `body`, which may be cut short, empty or anything at all; None when there are none to show."""
    stripped = body.removeprefix(b"\xef\xbb\xbf").strip()
    for candidate in (stripped, *_data_lines(stripped)):
        words = words_of(_decode(candidate))
        if words is not None:
            return ErrorWords(words.code, words.message, words.request_id, _framed_status(stripped))
    if not stripped or stripped[:1] in b"<{[" or b"</" in stripped or b"data:" in stripped:
        return None
    text = stripped.decode("utf-8", "replace")
    return ErrorWords(message=text) if "\ufffd" not in text else None


def words_of(value: object) -> ErrorWords | None:
    """The words of a decoded JSON value; None when it is not an error: no `error`, and no `code` or `message`."""
    if isinstance(value, list) and value:
        return words_of(value[0])
    if not isinstance(value, dict):
        return None
    error = value.get("error")
    if isinstance(error, str) and error:
        return ErrorWords(message=error, request_id=_request_id(value))
    if isinstance(error, dict):
        code = _text(error.get("code")) or _text(error.get("type"))
        return ErrorWords(code, _text(error.get("message")), _request_id(value) or _request_id(error))
    if value.get("choices") or value.get("output"):
        return None
    code, message = _text(value.get("code")), _text(value.get("message")) or _text(value.get("detail"))
    return ErrorWords(code, message, _request_id(value)) if code or message else None


def _request_id(value: dict[object, object]) -> str:
    return _text(value.get("request_id")) or _text(value.get("id")).removeprefix("chatcmpl-")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return ""
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _decode(text: bytes) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _data_lines(body: bytes) -> Iterator[bytes]:
    """The data lines of an event-framed body.  A last event without its blank line counts: the body has ended."""
    for line in body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        if line.startswith(b"data:"):
            yield line[5:].strip()


def _framed_status(body: bytes) -> int | None:
    for line in body.splitlines():
        if line.lstrip(b":").startswith(b"HTTP_STATUS/"):
            digits = line.lstrip(b":")[12:15]
            return int(digits) if digits.isdigit() and len(digits) == 3 else None
    return None
