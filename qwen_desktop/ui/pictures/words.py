"""A picture to its words: name, measures and size, for tool tips, screen readers and titles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwen_desktop.core.words import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qwen_desktop.core.chat.attachment import Attachment

_MOST_NAMED = 10


def name_of(attachment: Attachment) -> str:
    """What its file was called, or that it is a picture."""
    return attachment.name or tr("Picture")


def full_words(attachment: Attachment) -> str:
    """Its name, its measures in pixels, and how large it is as it is sent."""
    parts = (name_of(attachment), f"{attachment.width} × {attachment.height}", size_words(attachment.size_bytes))
    return " · ".join(parts)


def size_words(size_bytes: int) -> str:
    if size_bytes >= 1_000_000:
        return f"{size_bytes / 1_000_000:.1f} MB"
    return f"{max(1, round(size_bytes / 1000))} KB"


def all_words(attachments: Sequence[Attachment]) -> str:
    """How many there are and what they are called; '' for none."""
    if not attachments:
        return ""
    names = ", ".join(name_of(one) for one in attachments[:_MOST_NAMED])
    if len(attachments) > _MOST_NAMED:
        names += ", …"
    if len(attachments) == 1:
        return tr("1 picture: {names}", names=names)
    return tr("{count} pictures: {names}", count=len(attachments), names=names)


def title_of(attachments: Sequence[Attachment]) -> str:
    """What a chat is called that begins with pictures alone."""
    return next((one.name for one in attachments if one.name), tr("Picture") if attachments else "")
