"""The nouns of a chat: who speaks, how far a reply has come, what it cost, and one message."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal

from qwen_desktop.core.chat.attachment import Attachment


class Role(enum.StrEnum):
    """Who wrote a message; the words are the wire's."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


class MessageStatus(enum.StrEnum):
    """How far a message has come.  A prompt is always complete; a reply walks through these in order."""

    QUEUED = "queued"
    """On disk, the request has not left."""
    CONNECTING = "connecting"
    """Looking up, connecting, sending the request; or waiting for the next attempt."""
    WAITING = "waiting"
    """The request was sent; nothing of the reply has arrived."""
    THINKING = "thinking"
    """Reasoning arrives."""
    WRITING = "writing"
    """The reply's text arrives."""
    COMPLETE = "complete"
    """The service said that it was finished."""
    STOPPED = "stopped"
    """The user stopped it; what arrived is kept."""
    INTERRUPTED = "interrupted"
    """Something arrived, then the stream broke; what arrived is kept."""
    FAILED = "failed"
    """Nothing arrived, or the service itself sent an error; text before that is kept."""

    @property
    def is_running(self) -> bool:
        return self in _RUNNING


_RUNNING = frozenset(
    {
        MessageStatus.QUEUED,
        MessageStatus.CONNECTING,
        MessageStatus.WAITING,
        MessageStatus.THINKING,
        MessageStatus.WRITING,
    }
)


@dataclass(frozen=True, slots=True)
class Usage:
    """What one reply is billed for, in tokens, as the service counted it; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    """Reasoning included."""
    total_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    searches: int | None = field(default=None, compare=False)
    """Of the web, which are billed one by one.  Not kept in the history: the cost is."""
    search_strategy: str = field(default="", compare=False)
    """The kind of those searches, as the service named it; '' where it did not."""

    def plus(self, other: Usage | None) -> Usage:
        """Both together.  What only one of them tells is taken from that one: the sum is at least this."""
        if other is None:
            return self
        counts = [one.name for one in fields(Usage) if one.name != "search_strategy"]
        sums = {name: _sum(getattr(self, name), getattr(other, name)) for name in counts}
        return Usage(**sums, search_strategy=other.search_strategy or self.search_strategy)


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else other + (one or 0)


@dataclass(frozen=True, slots=True)
class Cost:
    """What something cost; frozen."""

    amount: Decimal
    """In the currency's whole unit, exact."""
    currency: str
    priced_on: date | None
    """When the price was read; None: the user's own."""
    is_least: bool = False
    """A part of it was not counted, or has no known price: it cost this much or more."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One function call a model asked for, as received; `arguments` is JSON text, not checked."""

    index: int
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Source:
    """One web page a reply was built on."""

    index: int
    title: str
    url: str
    site_name: str = ""


@dataclass(frozen=True, slots=True)
class Continuation:
    """One place where a reply was continued by another generation."""

    at: int
    """Characters of the text before it, as they were counted then."""
    after: str
    """'cut': the stream had broken; 'length': the service had stopped at its limit."""
    request_id: str | None = None
    """The service's id of the generation before it; the last one's is the message's own."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A place in the body of a request where a text of the history stands, as JSON writes it."""

    message_id: int
    field: str
    """'text' or 'reasoning'; 'picture:' and a digest: that picture of the message, in Base64."""
    characters: int
    """How many of the text's first; it may have been continued since."""


@dataclass(frozen=True, slots=True)
class SentRequest:
    """What left for one generation: enough to write down the same bytes again, and to know that they are the same."""

    url: str
    headers: dict[str, str]
    """Without the key, and without what every client adds by itself."""
    has_key: bool
    """It went with a key; which one is not kept."""
    parts: tuple[str | Quoted, ...] | None
    """The body in order: JSON text, and texts of the history in its place; None: it was too large to be kept."""
    size_bytes: int
    """Of the body."""
    digest: str
    """SHA-256 of the body, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A ProviderError as it is stored with its reply: enough to find the words again, in any language."""

    kind: str
    """Name of the class in `errors.py`."""
    reason: str = ""
    detail: str = ""
    status: int | None = None
    provider_code: str | None = None
    request_id: str | None = None
    retry_after_s: float | None = None
    host: str | None = None
    side: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One prompt or reply.  A value: a change makes a new one."""

    id: int
    """Row in the history; 0 while it is not stored (`ask --no-save`)."""
    conversation_id: int
    parent_id: int | None
    """The message it answers or follows; None for the first."""
    role: Role
    text: str
    """Exactly as typed or received."""
    status: MessageStatus
    created_at: datetime
    """UTC, aware."""
    ended_at: datetime | None = None
    """UTC, aware; None while running."""
    reasoning: str = ""
    """Exactly as received, never part of the text."""
    thinking_s: float | None = None
    """Seconds from the first reasoning to the first text."""
    model_id: str | None = None
    is_demo: bool = False
    """The built-in demo wrote it; it never counts as cost."""
    finish_reason: str | None = None
    usage: Usage | None = None
    cost: Cost | None = None
    """Frozen when the reply ended; None: not known, or the demo's, which costs nothing."""
    request_id: str | None = None
    failure: Failure | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    sources: tuple[Source, ...] = field(default=())
    continuations: tuple[Continuation, ...] = ()
    """Where it was continued after a cut; its usage is the sum of all its generations."""
    sent: tuple[SentRequest, ...] = field(default=(), compare=False, repr=False)
    """What left for it, one for each generation; of a reply read from the history empty, see `History.sent_for`."""
    attachments: tuple[Attachment, ...] = ()
    """Pictures that go with a prompt, in the order in which they are shown and sent; of a reply that was imported, what
    it showed, which is never sent."""
    is_left_out: bool = False
    """Of a prompt: the user left its turn out; it is kept and shown, and not sent with later prompts."""
    sibling_index: int = 0
    """Which of its parent's children it is, counted from 0 in order of creation; deleted ones are not counted."""
    sibling_count: int = 1

    @property
    def prompt_id(self) -> int | None:
        """Of the prompt whose turn it belongs to: its own, or of a reply its parent's."""
        return self.id if self.role is Role.USER else self.parent_id
