"""A way out of a failed turn to its words: the sentence that names the turn, and what its button says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwen_desktop.core.chat.conversation import title_from_prompt
from qwen_desktop.core.chat.exits import Fault, WayOut
from qwen_desktop.core.translations import tr

if TYPE_CHECKING:
    from qwen_desktop.core.chat.message import Failure, Message

_LONGEST_NAME = 40
_LONGEST_LABEL = 22


def exit_sentence(way: WayOut, failure: Failure) -> str:
    """What happened to which turn, and what to do next; plain text."""
    name = turn_name(way.turns[0]) if len(way.turns) == 1 else ""
    match way.fault:
        case Fault.PROMPT:
            return tr(
                "The service's content filter stopped this prompt. It is not sent with later messages; "
                "edit it to ask again."
            )
        case Fault.EARLIER | Fault.EITHER if not way.turns:
            return tr(
                "The service's content filter stopped this request. What it probably objected to is left out now; "
                "try again."
            )
        case Fault.EARLIER if name:
            return tr(
                "The service's content filter stopped this request, probably because of the earlier turn “{turn}”. "
                "Leave that turn out, or edit the prompt.",
                turn=name,
            )
        case Fault.EARLIER:
            return tr(
                "The service's content filter stopped this request, probably because of {count} earlier turns. "
                "Leave them out, or edit the prompt.",
                count=len(way.turns),
            )
        case Fault.EITHER:
            return tr(
                "The service's content filter stopped this prompt or what was sent with it. "
                "Edit the prompt, or leave out the earlier turn “{turn}”.",
                turn=name,
            )
        case Fault.REPLY if way.turns:
            return tr(
                "The service's content filter stopped this reply. What arrived is kept; should later messages be "
                "refused because of it, leave this turn out."
            )
        case Fault.REPLY if way.prompt.is_left_out:
            return tr("The service's content filter stopped this reply. What arrived is kept and not sent again.")
        case Fault.REPLY:
            return tr("The service's content filter stopped this reply. Try again, or edit the prompt.")
        case Fault.LENGTH:
            return _too_long(way, failure)
        case Fault.PICTURE:
            return _picture(way, name)
        case Fault.BAD_PICTURE if name:
            return tr(
                "A picture of the earlier turn “{turn}” cannot be used. Leave that turn out, or try again.", turn=name
            )
        case Fault.BAD_PICTURE:
            return tr("A picture of an earlier turn cannot be used. Leave out the turns with pictures, or try again.")


def _too_long(way: WayOut, failure: Failure) -> str:
    if failure.limit and way.excess_tokens:
        sentence = tr(
            "The chat is about {excess} tokens too long for this model, which reads at most {limit}.",
            excess=f"{way.excess_tokens:,}",
            limit=f"{failure.limit:,}",
        )
    elif failure.limit:
        sentence = tr(
            "The chat is too long for this model, which reads at most {limit} tokens.", limit=f"{failure.limit:,}"
        )
    else:
        sentence = tr("The chat is too long for this model.")
    if len(way.turns) == 1:
        advice = tr("Leave out the oldest turn, or shorten the prompt.")
    elif way.turns:
        advice = tr("Leave out the {count} oldest turns, or shorten the prompt.", count=len(way.turns))
    else:
        advice = tr("Shorten the prompt.")
    return tr("{sentence} {more}", sentence=sentence, more=advice)


def _picture(way: WayOut, name: str) -> str:
    if name and not way.has_pictures:
        return tr(
            "The service cannot fetch a picture of the earlier turn “{turn}”; its link may have expired. "
            "Upload it again, or leave that turn out.",
            turn=name,
        )
    if way.turns:
        return tr(
            "The service cannot fetch one of the chat's pictures; its link may have expired. "
            "Upload them again, or leave out the earlier turns with pictures."
        )
    return tr("The service cannot fetch a picture of this prompt; its link may have expired. Upload it again.")


def leave_out_label(way: WayOut) -> str:
    """Text of the button that leaves the turns out and asks again; it says how many."""
    if len(way.turns) != 1:
        return tr("Leave out {count} turns and try again", count=len(way.turns))
    return tr("Leave out “{turn}” and try again", turn=turn_name(way.turns[0], _LONGEST_LABEL))


def turn_name(prompt: Message, most: int = _LONGEST_NAME) -> str:
    """How a turn is called: by the first words of its prompt."""
    return title_from_prompt(prompt.text, most) or tr("without text")
