"""The thread of turns: a tree of messages of which one path is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Message

KEPT_FOR = timedelta(days=30)
"""How long a deleted conversation can be brought back, at least."""


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """One line of the sidebar."""

    id: int
    title: str
    model_id: str | None
    created_at: datetime
    updated_at: datetime
    """When its last message was written, UTC."""
    is_pinned: bool = False
    draft: str = ""
    """What was typed and not sent."""
    system_prompt: str = ""
    """Goes before everything else of it; '' for none."""
    draft_attachments: tuple[Attachment, ...] = ()
    """Pictures that were put into the composer and not sent."""
    folder: str = ""
    """The name of the folder the user put it into; '' for none."""
    tags: tuple[str, ...] = ()
    """In the order in which the user gave them."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation with the messages of its current path, oldest first."""

    summary: ConversationSummary
    messages: tuple[Message, ...]
    system_prompt: str = ""

    @property
    def id(self) -> int:
        return self.summary.id


@dataclass(frozen=True, slots=True)
class DeletedConversation:
    """One line of the bin."""

    id: int
    title: str
    messages: int
    deleted_at: datetime
    """UTC, aware."""

    @property
    def kept_until(self) -> datetime:
        """It is erased when the app is sure that this has passed (see `storage/sweeps.py`)."""
        return self.deleted_at + KEPT_FOR


def title_from_prompt(prompt: str, limit: int = 60) -> str:
    """The prompt's first line with something on it, at most `limit` characters, whole where it fits."""
    first = next((line.strip() for line in prompt.splitlines() if line.strip()), "")
    first = "".join(character for character in first if character.isprintable())
    return first if len(first) <= limit else first[: limit - 1].rstrip() + "…"


def joined(*parts: str) -> str:
    """Those that are not empty, with an empty line between them."""
    return "\n\n".join(part for part in parts if part)


def without(prompt: str, draft: str) -> str:
    """`draft` without the prompt above it."""
    return "" if draft == prompt else draft.removeprefix(f"{prompt}\n\n")
