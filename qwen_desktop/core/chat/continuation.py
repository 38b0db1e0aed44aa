"""A reply that was cut to the request that continues it, and the rule when that is asked for by itself.

Source: partial mode, https://help.aliyun.com/zh/model-studio/partial-mode (read 2026-11-23): the last message is the
assistant's, holds the text so far and says `partial`; the answer holds only what follows.  Each continuation bills the
conversation again as input, so money decides what happens unasked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from qwen_desktop.core.chat.assembler import ReplyAssembler
from qwen_desktop.core.chat.context import estimated_tokens
from qwen_desktop.core.chat.message import Continuation, Message, MessageStatus, Role
from qwen_desktop.core.chat.pictures import picture_tokens
from qwen_desktop.core.chat.seam import Seam
from qwen_desktop.core.errors import ProviderError, ReplyInterrupted, RequestRefused
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage

MOST_AUTOMATIC = 2
"""How often one turn continues its reply by itself."""
MOST_INPUT_TOKENS = 20_000
"""Up to here a continuation is asked for by itself where no price is known."""
NO_PARTIAL = "no_partial"
"""Reason of the RequestRefused that says that the model does not take partial mode."""

_HAN = re.compile("[\u3400-\u9fff]")
_GO_ON_EN = (
    "Your reply above was cut off by a technical fault on the way. Continue exactly where it stops, "
    "with the very next character. Repeat nothing, and do not begin with an introduction."
)
_GO_ON_ZH = (
    "由于传输故障，你上面的回复在中途断开了。请从断开处的下一个字符接着写完，不要重复已有内容，也不要加任何开场白。"
)


@dataclass(frozen=True, slots=True)
class ContinuationPolicy:
    """When a reply that was cut is continued without asking.  The default: never."""

    is_automatic: bool = False
    has_consent: bool = False
    """The user said so for this turn, whatever it costs."""
    takes_partial: Callable[[], bool | None] = lambda: None
    """Whether the model is known to continue in partial mode; asked at each cut, since a refusal is remembered."""
    input_cny: Callable[[int], float | None] = lambda input_tokens: None
    """The price in ¥ of so many input tokens in one request; None: not known."""
    most_cny: float = 0.05

    def allows(self, input_tokens: int) -> bool:
        """A continuation with about so much input is asked for by itself."""
        if not self.is_automatic or self.takes_partial() is False:
            return False
        if self.has_consent:
            return True
        cny = self.input_cny(input_tokens)
        return input_tokens <= MOST_INPUT_TOKENS if cny is None else cny <= self.most_cny


@dataclass(slots=True)
class Generation:
    """One request of a turn, and what came of it: the first, or one that continues the reply."""

    request: ReplyRequest
    seam: Seam | None = None
    """None: it does not continue anything."""
    mark: Continuation | None = None
    text_before: str = ""
    reasoning_before: str = ""
    is_clicked: bool = False
    """Asked for by the user, not by the turn itself."""
    has_received: bool = False
    has_words: bool = False
    """Text or reasoning came."""
    has_reasoning: bool = False

    @classmethod
    def continuing(
        cls,
        request: ReplyRequest,
        so_far: ReplyAssembler,
        mark: Continuation,
        *,
        in_words: bool = False,
        is_clicked: bool = False,
    ) -> Generation:
        """What asks for the rest of `so_far`; `in_words`: as a prompt of its own, for a model without partial mode."""
        seam = Seam(so_far.text)
        if in_words:
            go_on = _GO_ON_ZH if _HAN.search(seam.prefix) else _GO_ON_EN
            more = RequestMessage(Role.ASSISTANT, seam.prefix, id=request.reply_id), RequestMessage(Role.USER, go_on)
            asked = replace(request, messages=(*request.messages, *more), search=False)
        else:
            asked = replace(request, continues=seam.prefix, search=False)
        return cls(asked, seam, mark, so_far.text, so_far.reasoning, is_clicked)

    @property
    def is_fruitless_continuation(self) -> bool:
        """It should have continued the reply, and nothing came."""
        return self.seam is not None and not self.has_words


def input_tokens(request: ReplyRequest, text: str) -> int:
    """A high guess of what continuing `text` in this conversation is billed as input."""
    texts = [part for message in request.messages for part in (message.text, message.reasoning) if part]
    pictures = sum(picture_tokens(message.attachments) for message in request.messages)
    return sum(map(estimated_tokens, [*texts, text])) + pictures


def is_cut(error: ProviderError) -> bool:
    """The stream broke or came to a standstill.  One that grew past a limit was ended on purpose."""
    return isinstance(error, ReplyInterrupted) and error.reason in ("", "cut", "stalled")


def refuses_partial(error: ProviderError) -> bool:
    """The model does not take partial mode; nothing was generated."""
    return isinstance(error, RequestRefused) and error.reason == NO_PARTIAL


def can_be_continued(reply: Message) -> bool:
    """Whether to offer the user to continue it: text that broke off, and nothing open but that text."""
    if reply.role is not Role.ASSISTANT or not reply.text.strip() or reply.tool_calls:
        return False
    if reply.status is MessageStatus.COMPLETE:
        return reply.finish_reason == "length"
    failure = reply.failure
    if failure is None or failure.reason == "limit":
        return False
    if reply.status is MessageStatus.INTERRUPTED:
        return True
    return reply.status is MessageStatus.FAILED and failure.kind in ("RateLimited", "ServiceUnavailable")


def after(reply: Message) -> str:
    """Why a stored reply is continued, as its mark says it."""
    return "length" if reply.finish_reason == "length" else "cut"


def with_failed_continuation(cut: ProviderError, error: ProviderError) -> ProviderError:
    """The cut that is told, with what became of the continuation in its details."""
    code = error.provider_code or error.reason
    words = ", ".join(word for word in (error.kind, code, error.request_id, error.detail) if word)
    cut.detail = f"{cut.detail}; continuing it failed: {words}"
    return cut
