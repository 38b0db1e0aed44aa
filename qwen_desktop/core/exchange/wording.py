"""The words around the texts of an export that people read: who wrote a message, when, and what became of it."""

from __future__ import annotations

from datetime import datetime

from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.core.exchange.whole import WholeConversation
from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.words import describe, duration_words, status_words, tr

_ENDED_BADLY = (MessageStatus.STOPPED, MessageStatus.INTERRUPTED, MessageStatus.FAILED)
MOST_TITLE_CHARACTERS = 300


def title_line(title: str) -> str:
    return plain_line(title, MOST_TITLE_CHARACTERS) or tr("Untitled chat")


def about(whole: WholeConversation) -> list[str]:
    """What stands below the title: when it was begun, the model, the tags."""
    words = [time_words(whole.created_at), plain_line(whole.model_id or "", 100)]
    return [one for one in (*words, *(plain_line(tag, 100) for tag in whole.tags)) if one]


def author(message: Message) -> str:
    match message.role:
        case Role.USER:
            return tr("Prompt")
        case Role.SYSTEM:
            return tr("System prompt")
    name = plain_line(message.model_id or "", 100)
    if message.is_demo:
        return tr("Reply of the demo")
    return tr("Reply of {model}", model=name) if name else tr("Reply")


def time_words(moment: datetime) -> str:
    """In the time of this computer, to the minute."""
    try:
        return moment.astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, OSError, ValueError):  # years no clock of the system knows
        return moment.strftime("%Y-%m-%d %H:%M")


def reasoning_words(message: Message) -> str:
    if message.thinking_s is None:
        return tr("Reasoning")
    return tr("Thought for {time}", time=duration_words(message.thinking_s))


def remarks(message: Message) -> list[str]:
    """What the window would show beside the message, each a few words."""
    found = []
    if message.sibling_count > 1:
        number = message.sibling_index + 1
        found.append(tr("Version {number} of {count}", number=number, count=message.sibling_count))
    if message.status in _ENDED_BADLY:
        words = status_words(message.status, 0.0)
        found.append(f"{words}: {describe(message.failure).sentence}" if message.failure is not None else words)
    if message.is_left_out:
        found.append(tr("Left out of later requests"))
    return found
