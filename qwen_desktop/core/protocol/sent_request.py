"""The bytes of a request to a record that quotes the history, and back: the very same bytes, or none.

Most of a body is the conversation, which is stored anyway.  So its texts are kept by their place in the history, and
what is left (options, names, an instruction) as it is; a digest tells whether what is put together again is what left.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from qwen_desktop.core.chat.message import Quoted, SentRequest
from qwen_desktop.core.protocol.picture_parts import PICTURE_MARK
from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.providers.base import ReplyRequest

MOST_OWN_BYTES = 64 * 1024
"""A body with more that is not in the history is not kept."""
_WORTH_QUOTING_BYTES = 48
NO_LENGTHS: Mapping[str, int] = MappingProxyType({})


def record(
    url: str,
    headers: dict[str, str],
    body: bytes,
    request: ReplyRequest,
    *,
    has_key: bool,
    template: bytes | None = None,
    pictures: Mapping[str, int] = NO_LENGTHS,
) -> SentRequest:
    """`body` was built from `request`; linear in its size.

    `template`: the body with marks in place of pictures (see `picture_parts.filled`); `pictures`: by digest, how many
    characters of Base64 stand there instead."""
    whole, body = body, body if template is None else template
    parts: list[str | Quoted] = []
    own_bytes = at = 0
    for quoted, text in _quotable(request, pictures):
        found = body.find(text, at) if len(text) >= _WORTH_QUOTING_BYTES else -1
        if found >= 0:
            parts += [body[at:found].decode(), quoted]
            own_bytes += found - at
            at = found + len(text)
    parts.append(body[at:].decode())
    is_small = own_bytes + len(body) - at <= MOST_OWN_BYTES
    return SentRequest(url, headers, has_key, tuple(parts) if is_small else None, len(whole), _digest(whole))


def _quotable(request: ReplyRequest, pictures: Mapping[str, int]) -> Iterator[tuple[Quoted, bytes]]:
    """What may be quoted and how it stands in the body, in the order of the body."""
    for message in request.messages:
        if message.id:
            for attachment in message.attachments:
                if attachment.digest in pictures:
                    field = PICTURE_MARK + attachment.digest
                    yield Quoted(message.id, field, pictures[attachment.digest]), field.encode()
            yield Quoted(message.id, "text", len(message.text)), _as_json(message.text)
            if message.reasoning:
                yield Quoted(message.id, "reasoning", len(message.reasoning)), _as_json(message.reasoning)
    if request.reply_id and request.continues:
        yield Quoted(request.reply_id, "text", len(request.continues)), _as_json(request.continues)


def body_of(sent: SentRequest, texts: Mapping[tuple[int, str], str]) -> bytes | None:
    """The body as it left; None when it was not kept, or the history has other texts now.

    `texts`: those of the history by message id and field; a picture in Base64 is one of them (see `picture_texts`)."""
    pieces: list[bytes] = []
    for part in sent.parts or ():
        if isinstance(part, str):
            pieces.append(part.encode())
        elif part.field.startswith(PICTURE_MARK):
            pieces.append(texts.get((part.message_id, part.field), "").encode())
        else:
            pieces.append(_as_json(texts.get((part.message_id, part.field), "")[: part.characters]))
    body = b"".join(pieces)
    return body if len(body) == sent.size_bytes and _digest(body) == sent.digest else None


def picture_texts(sent: Iterable[SentRequest], read: Callable[[str], bytes | None]) -> dict[tuple[int, str], str]:
    """The pictures that bodies quote, as `body_of` wants them; one that `read` (by digest) does not find is left out,
    and so is then the body.  Reads files."""
    quoted = {part for one in sent for part in one.parts or () if isinstance(part, Quoted)}
    texts: dict[tuple[int, str], str] = {}
    for part in quoted:
        if part.field.startswith(PICTURE_MARK) and (data := read(part.field.removeprefix(PICTURE_MARK))) is not None:
            texts[part.message_id, part.field] = base64.b64encode(data).decode()
    return texts


def _as_json(text: str) -> bytes:
    """Without the quotation marks."""
    return msgspec.json.encode(clean_text(text))[1:-1]


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
