"""One conversation along its current path to what is printed of it, piece by piece, for the process that prints.

A piece is an object that JSON can hold: `kind` and what belongs to it.  `title`, `about`, `who`, `remark`, `reasoning`,
`typed` and `markdown` have `text`; `picture` has `content` (Base64), `width` and `height` in pixels, and `is_exact`;
`sources` has `text` and `items`, each of a number and its words.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Message, Role
from qwen_desktop.core.chat.sources import title_of
from qwen_desktop.core.exchange import wording
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.web_address import web_address
from qwen_desktop.core.words import tr

Piece = dict[str, Any]


def pieces_of(
    whole: WholeConversation, picture_bytes: Callable[[Attachment], bytes | None], *, with_reasoning: bool
) -> Iterator[Piece]:
    """The pieces in their order."""
    yield _text("title", wording.title_line(whole.title))
    yield _text("about", " · ".join(wording.about(whole)))
    if whole.system_prompt:
        yield _text("who", tr("System prompt"))
        yield _text("typed", whole.system_prompt)
    for message in whole.path():
        yield from _message(message, picture_bytes, with_reasoning=with_reasoning)


def _message(
    message: Message, picture_bytes: Callable[[Attachment], bytes | None], *, with_reasoning: bool
) -> Iterator[Piece]:
    yield _text("who", f"{wording.author(message)} · {wording.time_words(message.created_at)}")
    if remarks := wording.remarks(message):
        yield _text("remark", " · ".join(remarks))
    if with_reasoning and message.reasoning:
        yield _text("remark", wording.reasoning_words(message))
        yield _text("reasoning", message.reasoning)
    if message.text:
        yield _text("typed" if message.role is Role.USER else "markdown", message.text)
    for picture in message.attachments:
        content = picture_bytes(picture)
        if content is None:
            yield _text("remark", tr("Picture: {name}", name=plain_line(picture.name, 100) or tr("Picture")))
        else:
            yield {
                "kind": "picture",
                "content": base64.b64encode(content).decode(),
                "width": picture.width,
                "height": picture.height,
                "is_exact": picture.media_type == "image/png",
            }
    if message.sources:
        items = [
            [one.index, " · ".join(filter(None, (title_of(one), web_address(one.url))))] for one in message.sources
        ]
        yield {"kind": "sources", "text": tr("Sources"), "items": items}


def _text(kind: str, text: str) -> Piece:
    return {"kind": kind, "text": text}
