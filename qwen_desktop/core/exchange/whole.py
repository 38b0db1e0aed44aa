"""A whole conversation as one value: every branch, every field, numbered from 1, tied to no database."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Message
from qwen_desktop.core.protocol.surrogates import clean_text


@dataclass(frozen=True, slots=True)
class WantedPicture:
    """A picture that a conversation of another program names, not read yet."""

    name: str
    key: str = ""
    """Where it is, within its file: two with the same are one."""
    read: Callable[[], bytes] | None = None
    """Raises BadPicture; None: it cannot be had."""
    problem: str = ""
    """Why, in a sentence."""


@dataclass(frozen=True, slots=True)
class WholeMessage:
    """One message of the tree.  Its id counts from 1 within the conversation, and its parent's is smaller."""

    message: Message
    is_billed: bool = False
    """It was paid for, so the sums of months count it."""
    deleted_at: datetime | None = None
    wanted: tuple[WantedPicture, ...] = ()
    """While it is imported: pictures that are to become its attachments."""


@dataclass(frozen=True, slots=True)
class WholeConversation:
    """Everything the history knows of one conversation."""

    title: str
    created_at: datetime
    updated_at: datetime
    messages: tuple[WholeMessage, ...] = ()
    """Parents before their children; siblings in their order."""
    current: int | None = None
    """Id of the last message of the current path."""
    title_origin: str = "app"
    model_id: str | None = None
    system_prompt: str = ""
    draft: str = ""
    draft_attachments: tuple[Attachment, ...] = ()
    is_pinned: bool = False
    folder: str = ""
    tags: tuple[str, ...] = ()
    deleted_at: datetime | None = None
    has_times: bool = True
    """The times are those of the messages; False: the file had none, and they are those of the import."""

    def path(self) -> list[Message]:
        """The current path, oldest first; each message knows which of how many versions it is."""
        by_id = {one.message.id: one for one in self.messages}
        beside: dict[int | None, list[int]] = defaultdict(list)
        for one in self.messages:
            if one.deleted_at is None:
                beside[one.message.parent_id].append(one.message.id)
        found: list[Message] = []
        at = self.current
        while at is not None and at in by_id:
            message = by_id[at].message
            siblings = beside[message.parent_id]
            place = siblings.index(at) if at in siblings else 0
            found.append(replace(message, sibling_index=place, sibling_count=max(1, len(siblings))))
            at = message.parent_id
        return found[::-1]

    def attachments(self) -> Iterator[Attachment]:
        """Every picture of it, each once, in the order in which they are met."""
        seen: set[str] = set()
        for one in (*(one for whole in self.messages for one in whole.message.attachments), *self.draft_attachments):
            if one.digest not in seen:
                seen.add(one.digest)
                yield one


@dataclass(frozen=True, slots=True)
class Said:
    """What tells one message from another: enough to know a conversation again."""

    id: int
    parent_id: int | None
    role: str
    text: str
    created_at: str
    """As the history stores it; '' where the file has no times."""


def places(messages: Iterable[Said], *, with_times: bool) -> set[bytes]:
    """Each message with all before it as one digest; parents come before their children.

    A conversation whose places are all among another's is there already, perhaps with more below it.
    """
    by_id: dict[int | None, bytes] = {None: b""}
    for one in messages:
        # Lengths in between, so that no two ways of cutting give the same bytes.
        text = clean_text(one.text).encode()
        head = f"{one.role}\n{one.created_at if with_times else ''}\n{len(text)}\n".encode()
        by_id[one.id] = hashlib.sha256(by_id.get(one.parent_id, b"?") + head + text).digest()
    del by_id[None]
    return set(by_id.values())


def beginning(role: str, text: str) -> bytes:
    """What a first message is looked up by."""
    return hashlib.sha256(f"{role}\n{clean_text(text)}".encode()).digest()
