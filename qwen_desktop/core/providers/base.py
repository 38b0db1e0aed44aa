"""Who answers on the wire: one request goes in, a stream of deltas comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.delta import Delta
from qwen_desktop.core.chat.message import Role, SentRequest, Usage
from qwen_desktop.core.chat.parameters import Parameters


@dataclass(frozen=True, slots=True)
class RequestMessage:
    """One message as it is sent; `text` holds no lone surrogate, and is empty only beside pictures."""

    role: Role
    text: str
    reasoning: str = ""
    """Of a reply, exactly as received; sent back only to models that want it."""
    id: int = field(default=0, compare=False)
    """Of the message in the history; 0: it is not there."""
    attachments: tuple[Attachment, ...] = ()
    """Pictures that go before the text, in order."""


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """One generation to ask for."""

    model_id: str
    messages: tuple[RequestMessage, ...]
    """System first if there is one; the last is the prompt."""
    thinking: bool | None = None
    """On, off, or None: the model's own default, which is still said explicitly where the model can switch."""
    parameters: Parameters = field(default_factory=Parameters)
    """Each is sent only where the model takes it, and within the model's own range."""
    continues: str | None = None
    """The text of a reply that broke off, not empty: only what follows is asked for, in partial mode and without
    thinking.  Half a surrogate pair at its end is not in it."""
    reply_id: int = field(default=0, compare=False)
    """Of the reply in the history; 0: it is not there."""
    search: bool = False
    """The model may search the web first; asked for only where it can (see `catalogue.Abilities.may_search`)."""


class ReplyStream(Protocol):
    """One generation under way: at most one live response.

    `async for deltas in stream` gives what each read brought, in order; the iterator ends at the end of the body, or as
    soon as the protocol allows after the reply was finished.  Whether the reply is complete is told by `finish_reason`
    or `is_done`, never by the end of the body.  Raises ProviderError, with `safe_to_resend` decided.  Cancelling the
    task that iterates, or `aclose()`, closes the socket before it returns.
    """

    @property
    def usage(self) -> Usage | None: ...

    @property
    def request_id(self) -> str | None: ...

    @property
    def finish_reason(self) -> str | None:
        """The service's word, None while it has not said."""
        ...

    @property
    def is_done(self) -> bool:
        """`[DONE]` was read."""
        ...

    @property
    def sent(self) -> SentRequest | None:
        """The request that left last; None when none did, not even a part."""
        ...

    last_data_at: float
    """`time.monotonic()` of the last data line (not comment) or, before that, of the request's start."""

    def __aiter__(self) -> ReplyStream: ...

    async def __anext__(self) -> Sequence[Delta]: ...

    async def aclose(self) -> None: ...


class Provider(Protocol):
    """A service that generates replies."""

    def stream(self, request: ReplyRequest, *, on_sent: Callable[[], None] | None = None) -> ReplyStream:
        """Begins nothing yet: the POST leaves with the first `__anext__`.

        `on_sent` is called on the loop when the request was written to the socket.  A refusal that names a repairable
        parameter is repaired and sent once more inside."""
        ...
