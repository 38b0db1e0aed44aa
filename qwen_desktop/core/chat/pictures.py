"""Pictures of prompts to whether they go along: to a model that sees, as many as fit, and what they count.

The rule: the pictures of the prompt always go, or nothing does.  Of earlier prompts a model that sees gets them again,
as whole turns, while they fit; one that cannot see gets the words without them, and that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.errors import RequestRefused
from qwen_desktop.core.images.limits import visual_tokens

MOST_PICTURES = 250
"""In one request.  Source: https://help.aliyun.com/zh/model-studio/vision (read 2026-11-23)."""
MOST_BYTES = 30_000_000
"""Of all pictures of one request, before they are encoded."""


def check_pictures(attachments: Sequence[Attachment], *, sees_pictures: bool) -> None:
    """Raises RequestRefused for pictures of a prompt that cannot be sent: 'no_vision', 'too_many_pictures'."""
    if not attachments:
        return
    if not sees_pictures:
        raise RequestRefused("the model takes no pictures; nothing was sent", reason="no_vision")
    if not fits(attachments):
        raise RequestRefused("nothing was sent", reason="too_many_pictures", limit=MOST_PICTURES)


def fits(attachments: Iterable[Attachment]) -> bool:
    """Whether one request can hold them."""
    found = list(attachments)
    return len(found) <= MOST_PICTURES and sum(one.size_bytes for one in found) <= MOST_BYTES


def picture_tokens(attachments: Iterable[Attachment]) -> int:
    """About what they are billed as."""
    return sum(visual_tokens(one.width, one.height) for one in attachments)
