"""The chat that is shown to how full the model's context is: quiet beside the status, and only once it matters.

It is told from half of what the model reads on, by the same high guess and the same rule by which a request is made
(`core/chat/context.py`).  What a request really left out is told as long as no other was sent.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.chat.context import context_for, estimated_tokens
from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.core.chat.pictures import picture_tokens
from qwen_desktop.core.words import left_out_words, tr
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.models.model_list import context_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.core.providers.catalogue import Abilities
    from qwen_desktop.ui.controllers.chat import ChatController
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.views.main_window import MainWindow

SHOWN_FROM = 0.5
"""Share of what the model reads."""
_MOST_TOKENS_PER_CHARACTER = 4 / 3
"""By the guess of `estimated_tokens`: a character of four bytes."""


@dataclass(frozen=True, slots=True)
class Fill:
    """How much of what the model reads the next request takes, before its prompt."""

    tokens: int
    limit: int
    left_out: int
    """Messages that would not go along."""


class ContextMeter(QObject):
    """Signals: failed(BaseException): a bug."""

    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        shown: WindowController,
        chat: ChatController,
        *,
        abilities: Callable[[str], Abilities],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._shown = shown
        self._abilities = abilities
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._counting: asyncio.Task[Any] | None = None
        self._left_out: dict[int, int] = {}
        """By conversation, of its last request."""
        self._without_pictures: dict[int, int] = {}
        """Earlier prompts whose pictures did not go along; likewise."""
        self._fill: Fill | None = None
        shown.content_changed.connect(self.count)
        chat.turn_started.connect(lambda conversation_id, _: self._left_out.pop(conversation_id, None))
        chat.turn_started.connect(lambda conversation_id, _: self._without_pictures.pop(conversation_id, None))
        chat.turn_started.connect(lambda *_: self._show())
        chat.messages_left_out.connect(self._on_left_out)
        chat.pictures_left_out.connect(self._on_pictures_left_out)

    def count(self) -> None:
        """Counts anew; a chat that is far from the limit costs nothing."""
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None
        self._fill = None
        known = self._abilities(self._window.composer.model_id)
        limit, messages = known.input_limit, self._shown.messages
        if limit is not None and _most_tokens(messages, self._shown.system_prompt) >= limit * SHOWN_FROM:
            reasoning_of = self._window.composer.model_id if known.wants_reasoning else ""
            work = self._count(messages, self._shown.system_prompt, limit, reasoning_of, known.may_see)
            self._counting = self._tasks.start(work, name="count the context")
        self._show()

    async def _count(
        self, messages: tuple[Message, ...], system_prompt: str, limit: int, reasoning_of: str, sees_pictures: bool
    ) -> None:
        self._fill = await asyncio.to_thread(fill_of, messages, system_prompt, limit, reasoning_of, sees_pictures)
        self._show()

    def _on_left_out(self, conversation_id: int, reply_id: int, ids: tuple[int, ...]) -> None:
        self._left_out[conversation_id] = len(ids)
        self._show()

    def _on_pictures_left_out(self, conversation_id: int, reply_id: int, ids: tuple[int, ...]) -> None:
        self._without_pictures[conversation_id] = len(ids)
        self._show()

    def _show(self) -> None:
        left_out, fill = self._left_out.get(self._shown.conversation_id or 0, 0), self._fill
        if left_out == 1:
            words = tr("1 older message was not sent")
        elif left_out:
            words = tr("{count} older messages were not sent", count=left_out)
        elif self._without_pictures.get(self._shown.conversation_id or 0):
            words = tr("Earlier pictures were not sent")
        elif fill is not None and fill.left_out:
            words = tr("{count} older messages will not be sent", count=fill.left_out)
        elif fill is not None and fill.tokens >= fill.limit * SHOWN_FROM:
            percent = min(100, fill.tokens * 100 // fill.limit)
            words = tr("{percent}% of {limit} tokens", percent=percent, limit=context_words(fill.limit))
        else:
            words = ""
        self._window.set_context(words, self.details if words else "")

    @property
    def details(self) -> str:
        """What is known of the context, a line each; '' while there is nothing to tell."""
        left_out, fill = self._left_out.get(self._shown.conversation_id or 0, 0), self._fill
        lines = []
        if left_out:
            lines.append(left_out_words(left_out))
        if prompts := self._without_pictures.get(self._shown.conversation_id or 0):
            lines.append(
                tr("The model does not see pictures. Earlier prompts sent without theirs: {count}", count=prompts)
            )
        if fill is not None:
            tokens, limit = f"{fill.tokens:,}", f"{fill.limit:,}"
            lines.append(tr("About {tokens} of the {limit} tokens that the model reads.", tokens=tokens, limit=limit))
            if fill.left_out and not left_out:
                lines.append(tr("Older messages that will not go along: {count}", count=fill.left_out))
        if lines:
            lines.append(tr("The newest turns are sent, whole, up to nine tenths of that. A new chat begins empty."))
        return "\n".join(lines)

    async def close(self) -> None:
        await self._tasks.close()


def fill_of(
    messages: tuple[Message, ...],
    system_prompt: str,
    limit: int,
    reasoning_of: str = "",
    sees_pictures: bool = True,
) -> Fill:
    """Of the next request; some milliseconds for each million tokens."""
    prompt = Message(0, 0, None, Role.USER, "", MessageStatus.COMPLETE, datetime.now(UTC))
    is_demo = bool(messages) and messages[-1].is_demo
    context = context_for(
        (*messages, prompt),
        system_prompt=system_prompt,
        max_input_tokens=limit,
        is_demo=is_demo,
        reasoning_of=reasoning_of,
        sees_pictures=sees_pictures,
    )
    return Fill(context.estimated_tokens - estimated_tokens(""), limit, context.left_out)


def _most_tokens(messages: tuple[Message, ...], system_prompt: str) -> float:
    characters = len(system_prompt) + sum(len(message.text) + len(message.reasoning) for message in messages)
    pictures = sum(picture_tokens(message.attachments) for message in messages)
    return characters * _MOST_TOKENS_PER_CHARACTER + 8 * len(messages) + pictures
