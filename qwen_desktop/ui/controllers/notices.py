"""How a reply ended to the notice under it: one sentence, and the ways out; Continue first where text broke off."""

from __future__ import annotations

from collections.abc import Sequence

from qwen_desktop.core.chat.continuation import can_be_continued
from qwen_desktop.core.chat.exits import Fault, WayOut, way_out
from qwen_desktop.core.chat.message import Message
from qwen_desktop.core.exit_sentences import exit_sentence, leave_out_label
from qwen_desktop.core.providers import catalogue
from qwen_desktop.core.words import Remedy, describe, remedy_label, tr
from qwen_desktop.ui.controllers.leaving_out import LEAVE_OUT, LEAVE_OUT_AND_RETRY
from qwen_desktop.ui.transcript.notice import Notice

_RETRIES = (Remedy.RETRY, Remedy.CHECK_NETWORK, Remedy.CONTINUE)


def notice_for(message: Message, path: Sequence[Message] = (), *, system_prompt: str = "") -> Notice | None:
    """None for a reply that ended well.  `path`: the conversation as it is shown, the message in it; without it the
    notice names no turn."""
    goes_on = can_be_continued(message) and not catalogue.abilities(message.model_id or "").takes_one_prompt
    if message.failure is None:
        if message.finish_reason != "length":
            return None
        sentence = tr("The reply reached the model's length limit and stopped there.")
        return Notice(sentence, (), (_action(Remedy.CONTINUE if goes_on else Remedy.RETRY, True),))
    words = describe(message.failure)
    way = way_out(path, message, system_prompt=system_prompt)
    if way is not None:
        return Notice(exit_sentence(way, message.failure), tuple(words.details.splitlines()), _ways(way))
    remedy = Remedy.RETRY if words.remedy in _RETRIES else words.remedy
    actions = []
    if remedy is not Remedy.RETRY or goes_on:
        actions.append(_action(Remedy.RETRY, False))
    if remedy not in (Remedy.NONE, Remedy.RETRY):
        actions.append(_action(remedy, not goes_on))
    if goes_on or remedy is Remedy.RETRY:
        actions.append(_action(Remedy.CONTINUE if goes_on else Remedy.RETRY, True))
    return Notice(words.sentence, tuple(words.details.splitlines()), tuple(actions))


def _ways(way: WayOut) -> tuple[tuple[str, str, bool], ...]:
    """The buttons of a turn that would end the conversation, the best one last."""
    edit = str(Remedy.SHORTEN), remedy_label(Remedy.SHORTEN)
    again = str(Remedy.RETRY), remedy_label(Remedy.RETRY)
    leave_out = LEAVE_OUT_AND_RETRY, leave_out_label(way)
    match way.fault:
        case Fault.PROMPT:
            ways = [edit]
        case Fault.EARLIER | Fault.LENGTH if way.turns:
            ways = [edit, leave_out]
        case Fault.EITHER if way.turns:
            ways = [leave_out, edit]
        case Fault.LENGTH:
            ways = [again, edit]
        case Fault.REPLY if way.turns:
            ways = [(LEAVE_OUT, tr("Leave this turn out")), again]
        case Fault.BAD_PICTURE:
            ways = [again, leave_out]
        case Fault.PICTURE:
            upload = again[0], tr("Upload again")
            ways = [leave_out, upload] if way.turns else [edit, upload]
        case _:
            ways = [edit, again]
    return tuple((name, label, place == len(ways) - 1) for place, (name, label) in enumerate(ways))


def _action(remedy: Remedy, is_primary: bool) -> tuple[str, str, bool]:
    return str(remedy), remedy_label(remedy), is_primary
