"""How a reply ended to the notice under it: one sentence, and the ways out; Continue first where text broke off."""

from __future__ import annotations

from qwen_desktop.core.chat.continuation import can_be_continued
from qwen_desktop.core.chat.message import Message
from qwen_desktop.core.providers import catalogue
from qwen_desktop.core.words import Remedy, describe, remedy_label, tr
from qwen_desktop.ui.transcript.notice import Notice

_RETRIES = (Remedy.RETRY, Remedy.CHECK_NETWORK, Remedy.CONTINUE)


def notice_for(message: Message) -> Notice | None:
    """None for a reply that ended well."""
    goes_on = can_be_continued(message) and not catalogue.abilities(message.model_id or "").takes_one_prompt
    if message.failure is None:
        if message.finish_reason != "length":
            return None
        sentence = tr("The reply reached the model's length limit and stopped there.")
        return Notice(sentence, (), (_action(Remedy.CONTINUE if goes_on else Remedy.RETRY, True),))
    words = describe(message.failure)
    remedy = Remedy.RETRY if words.remedy in _RETRIES else words.remedy
    actions = []
    if remedy is not Remedy.RETRY or goes_on:
        actions.append(_action(Remedy.RETRY, False))
    if remedy not in (Remedy.NONE, Remedy.RETRY):
        actions.append(_action(remedy, not goes_on))
    if goes_on or remedy is Remedy.RETRY:
        actions.append(_action(Remedy.CONTINUE if goes_on else Remedy.RETRY, True))
    return Notice(words.sentence, tuple(words.details.splitlines()), tuple(actions))


def _action(remedy: Remedy, is_primary: bool) -> tuple[str, str, bool]:
    return str(remedy), remedy_label(remedy), is_primary
