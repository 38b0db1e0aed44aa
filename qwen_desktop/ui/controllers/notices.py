"""A failed reply to the notice under it: one sentence, a remedy, and Retry beside it where that is another way out."""

from __future__ import annotations

from qwen_desktop.core.chat.message import Message
from qwen_desktop.core.words import Remedy, describe, remedy_label
from qwen_desktop.ui.transcript.notice import Notice

_RETRIES = (Remedy.RETRY, Remedy.CHECK_NETWORK, Remedy.CONTINUE)


def notice_for(message: Message) -> Notice:
    """`message.failure` must be set."""
    assert message.failure is not None
    words = describe(message.failure)
    remedy = Remedy.RETRY if words.remedy in _RETRIES else words.remedy  # a cut reply cannot be continued yet
    actions = []
    if remedy is not Remedy.RETRY:
        actions.append((str(Remedy.RETRY), remedy_label(Remedy.RETRY), False))
    if remedy is not Remedy.NONE:
        actions.append((str(remedy), remedy_label(remedy), True))
    return Notice(words.sentence, tuple(words.details.splitlines()), tuple(actions))
