"""What the transcript knows of one message: its exact text as it grows, and how far it is.  No pixels."""

from __future__ import annotations

import time

from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.core.words import tr
from qwen_desktop.ui.transcript.notice import Notice
from qwen_desktop.ui.transcript.style import clock_time

MOST_PARTS = 1_000
"""Parts of a text that grows which are kept side by side: to join them each time would take as long as the text is."""


class MessageState:
    """The message as last given, and the text that came since."""

    def __init__(self, message: Message, *, is_plain: bool = False) -> None:
        self.message = message
        self.is_plain = is_plain
        """Its text and reasoning are shown as they were written."""
        self.status = message.status
        self.status_words = ""
        """Of a running reply, in the user's language: "Thinking · 7 s"."""
        self.thinking_s = message.thinking_s
        self.notice: Notice | None = None
        self.is_folded: bool | None = None
        """Whether its reasoning is folded away; None while the user has not chosen."""
        self.is_last = False
        self.is_left_out = message.is_left_out
        """Its turn does not go along with later requests; of a reply it is told from outside."""
        self.generation = 0
        """Counts the replacements of the text; between two of them it only grows."""
        self.sources = message.sources
        """The web pages it was built on, as far as they have been told."""
        self._text = [message.text]
        self.length = len(message.text)
        """Of `text`."""
        self._reasoning = [message.reasoning]
        self._thinking_since: float | None = None
        """When the first reasoning came, by the monotonic clock, while no text has come."""

    @property
    def id(self) -> int:
        return self.message.id

    @property
    def is_prompt(self) -> bool:
        return self.message.role is Role.USER

    @property
    def is_markdown(self) -> bool:
        """Its text is shown as the Markdown it is; a prompt is shown as it was typed."""
        return not self.is_plain and not self.is_prompt

    @property
    def is_running(self) -> bool:
        return self.status.is_running

    @property
    def text(self) -> str:
        """Exactly what was typed or received."""
        return _joined(self._text)

    @property
    def reasoning(self) -> str:
        return _joined(self._reasoning)

    def append(self, text: str) -> None:
        if self._thinking_since is not None:
            self.thinking_s = time.monotonic() - self._thinking_since
            self._thinking_since = None
        self.length += len(text)
        self._text.append(text)
        if len(self._text) > MOST_PARTS:
            _joined(self._text)

    def append_reasoning(self, text: str) -> None:
        if self._thinking_since is None and self.thinking_s is None:
            self._thinking_since = time.monotonic()
        self._reasoning.append(text)
        if len(self._reasoning) > MOST_PARTS:
            _joined(self._reasoning)

    def replace(self, text: str, reasoning: str) -> None:
        self._text, self._reasoning, self.length = [text], [reasoning], len(text)
        self.generation += 1

    def set_thinking_s(self, seconds: float) -> None:
        """Somebody else measured how long it thought."""
        self.thinking_s, self._thinking_since = seconds, None

    @property
    def has_reasoning(self) -> bool:
        return any(self._reasoning)

    @property
    def has_text(self) -> bool:
        return any(self._text)

    def resume(self, message: Message) -> None:
        """It had ended, and goes on."""
        self.message, self.status, self.notice, self.status_words = message, message.status, None, ""
        self.sources = message.sources
        if message.text != self.text or message.reasoning != self.reasoning:
            self.replace(message.text, message.reasoning)

    def end(self, message: Message) -> bool:
        """Take the final state; whether its text is what had been received."""
        is_same = message.text == self.text and message.reasoning == self.reasoning
        self.message, self.status, self.sources = message, message.status, message.sources
        self.thinking_s = message.thinking_s if message.thinking_s is not None else self.thinking_s
        self.status_words = ""
        if not is_same:
            self.replace(message.text, message.reasoning)
        return is_same

    @property
    def has_source_list(self) -> bool:
        """Its sources are listed below it: once it is written, so that its end stays where it is read."""
        return bool(self.sources) and self.has_text and not self.is_running

    @property
    def is_reasoning_folded(self) -> bool:
        """Open while it runs, folded once there is text, unless the user chose."""
        if self.is_folded is not None:
            return self.is_folded
        return not (self.is_running and not self.has_text)

    @property
    def is_thinking(self) -> bool:
        """It thinks, and nothing of its text is there."""
        is_said = self.has_reasoning or self.status is MessageStatus.THINKING
        return self.is_running and is_said and not self.has_text

    @property
    def reasoning_words(self) -> str:
        """The heading of the reasoning."""
        if self.is_thinking:
            return self.status_words or tr("Thinking")
        if self.thinking_s is None:
            return tr("Thoughts")
        return tr("Thought for {seconds} s", seconds=max(1, round(self.thinking_s)))

    @property
    def waiting_words(self) -> str:
        """What to show where the text will be while there is none."""
        if self.has_text or self.is_thinking or not self.is_running:
            return ""
        return self.status_words

    @property
    def footer_words(self) -> str:
        parts = [self.message.model_id or "", clock_time(self.message.created_at)]
        if self.message.status is MessageStatus.STOPPED:
            parts.append(tr("stopped"))
        parts.append(self.mark_words)
        return " · ".join(part for part in parts if part)

    @property
    def mark_words(self) -> str:
        """That the reply was written in several goes; '' for one that was not, and while it runs."""
        marks = self.message.continuations
        if not marks or self.is_running:
            return ""
        if any(mark.after == "cut" for mark in marks):
            return tr("continued after an interruption")
        return tr("continued")

    @property
    def has_previous_version(self) -> bool:
        return self.message.sibling_index > 0

    @property
    def has_next_version(self) -> bool:
        return self.message.sibling_index + 1 < self.message.sibling_count

    @property
    def version_words(self) -> str:
        """Which version it is, of how many; '' where there is only one."""
        message = self.message
        return f"{message.sibling_index + 1}/{message.sibling_count}" if message.sibling_count > 1 else ""

    @property
    def accessible_name(self) -> str:
        """Who wrote it, when, and how far it is."""
        time_words = clock_time(self.message.created_at)
        left_out = tr("left out of later messages") if self.is_left_out else ""
        if self.is_prompt:
            if left_out:
                return tr("You, {time}, {state}", time=time_words, state=left_out)
            return tr("You, {time}", time=time_words)
        words = ", ".join(part for part in (_state_words(self.status) or self.mark_words, left_out) if part)
        if words:
            return tr("Qwen, {time}, {state}", time=time_words, state=words)
        return tr("Qwen, {time}", time=time_words)


def _state_words(status: MessageStatus) -> str:
    """The state as a part of a message's name; nothing for one that is complete."""
    match status:
        case MessageStatus.THINKING:
            return tr("thinking")
        case MessageStatus.WRITING:
            return tr("writing")
        case MessageStatus.STOPPED:
            return tr("stopped")
        case MessageStatus.INTERRUPTED:
            return tr("interrupted")
        case MessageStatus.FAILED:
            return tr("failed")
    return tr("waiting") if status.is_running else ""


def _joined(parts: list[str]) -> str:
    if len(parts) > 1:
        parts[:] = ["".join(parts)]
    return parts[0]
