"""The bytes of a request to a record that quotes the history, and back: the very same bytes, or none.

Most of a body is the conversation, which is stored anyway.  So its texts are kept by their place in the history, and
what is left (options, names, an instruction) as it is; a digest tells whether what is put together again is what left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import msgspec

from qwen_desktop.core.chat.message import Quoted, SentRequest
from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.providers.base import ReplyRequest

MOST_OWN_BYTES = 64 * 1024
"""A body with more that is not in the history (a picture) is not kept."""
_WORTH_QUOTING_BYTES = 48


def record(url: str, headers: dict[str, str], body: bytes, request: ReplyRequest, *, has_key: bool) -> SentRequest:
    """`body` was built from `request`; linear in its size."""
    parts: list[str | Quoted] = []
    own_bytes = at = 0
    for quoted, text in _quotable(request):
        found = body.find(text, at) if len(text) >= _WORTH_QUOTING_BYTES else -1
        if found >= 0:
            parts += [body[at:found].decode(), quoted]
            own_bytes += found - at
            at = found + len(text)
    parts.append(body[at:].decode())
    is_small = own_bytes + len(body) - at <= MOST_OWN_BYTES
    return SentRequest(url, headers, has_key, tuple(parts) if is_small else None, len(body), _digest(body))


def _quotable(request: ReplyRequest) -> Iterator[tuple[Quoted, bytes]]:
    """What may be quoted and how it stands in the body, in the order of the body."""
    for message in request.messages:
        if message.id:
            yield Quoted(message.id, "text", len(message.text)), _as_json(message.text)
            if message.reasoning:
                yield Quoted(message.id, "reasoning", len(message.reasoning)), _as_json(message.reasoning)
    if request.reply_id and request.continues:
        yield Quoted(request.reply_id, "text", len(request.continues)), _as_json(request.continues)


def body_of(sent: SentRequest, texts: Mapping[tuple[int, str], str]) -> bytes | None:
    """The body as it left; None when it was not kept, or the history has other texts now.

    `texts`: those of the history by message id and field."""
    pieces: list[bytes] = []
    for part in sent.parts or ():
        if isinstance(part, str):
            pieces.append(part.encode())
        else:
            pieces.append(_as_json(texts.get((part.message_id, part.field), "")[: part.characters]))
    body = b"".join(pieces)
    return body if len(body) == sent.size_bytes and _digest(body) == sent.digest else None


def _as_json(text: str) -> bytes:
    """Without the quotation marks."""
    return msgspec.json.encode(clean_text(text))[1:-1]


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
