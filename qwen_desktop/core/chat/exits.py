"""A failure that would end a conversation to its way out: which turn is at fault, and which may be left out.

One refused message makes the service refuse all that is sent together with it.  Who is at fault is not said, so it is
worked out from what was accepted before, by the rule in docs/models.md; what cannot be known is not claimed.  Nothing
is sent or changed here.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qwen_desktop.core.chat.context import RESERVE_SHARE, context_for, estimated_tokens, turns_of
from qwen_desktop.core.chat.message import Message, Role

_NAMED = re.compile(r"\bmessages?\s*[\[.]\s*([0-9]{1,6})", re.IGNORECASE | re.ASCII)
"""The service's name for one of the messages it got: its place, counted from 0."""
_BAD_PICTURES = ("picture", "attachment_missing", "attachment_changed")
_REASONS = ("content_filter", "too_long", "too_large", "picture_unreachable", *_BAD_PICTURES)
_FILTER_ENDS = ("content_filter",)


class Fault(enum.StrEnum):
    """What ended the turn."""

    PROMPT = "prompt"
    """The content filter stopped this prompt; what went along with it had been accepted before."""
    EARLIER = "earlier"
    """The content filter stopped the request, and most likely for something before the prompt."""
    EITHER = "either"
    """The content filter stopped the prompt or what went along with it."""
    REPLY = "reply"
    """The content filter ended the reply."""
    LENGTH = "length"
    """The model does not read so much."""
    PICTURE = "picture"
    """The service cannot fetch a picture any more."""
    BAD_PICTURE = "bad_picture"
    """A picture of an earlier turn cannot be used; uploading it again would not help."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """What is known of a failed turn, and what would help."""

    fault: Fault
    prompt: Message
    turns: tuple[Message, ...] = ()
    """Prompts of the turns to leave out, oldest first; none that is left out already."""
    excess_tokens: int | None = None
    """By how much the request is too long, by our estimate; None where that is not known."""
    has_pictures: bool = False
    """Pictures went with the prompt itself."""


def way_out(path: Sequence[Message], reply: Message, *, system_prompt: str = "") -> WayOut | None:
    """Of a reply on `path` (oldest first); None for one that ended well, or by what is no matter of the conversation.

    `system_prompt`: of the conversation; it counts for the length."""
    failure = reply.failure
    if failure is None or failure.reason not in _REASONS or not (before := _up_to_prompt(path, reply)):
        return None
    match failure.reason:
        case "content_filter" if reply.text or reply.reasoning or failure.side == "output":
            return WayOut(Fault.REPLY, before[-1], () if before[-1].is_left_out or not reply.text else (before[-1],))
        case "content_filter":
            return _refused_input(before, reply, failure.detail)
        case "too_long" | "too_large" if path[-1].id != reply.id:
            return WayOut(Fault.LENGTH, before[-1])  # the chat has gone on since
        case "too_long" | "too_large":
            return _too_long(before, reply, failure.limit, system_prompt)
        case "picture_unreachable":
            return _picture(before, reply, failure.detail)
        case reason if reason in _BAD_PICTURES:
            way = replace(_picture(before, reply, failure.detail), fault=Fault.BAD_PICTURE)
            return way if way.turns and not way.has_pictures else None  # the prompt's own: its words say what helps
    return None


def _up_to_prompt(path: Sequence[Message], reply: Message) -> list[Message]:
    for place, message in enumerate(path):
        if message.id == reply.parent_id and message.role is Role.USER:
            return list(path[: place + 1])
    return []


def _refused_input(before: list[Message], reply: Message, detail: str) -> WayOut:
    prompt = before[-1]
    turns = list(turns_of(before, is_demo=reply.is_demo))
    named = _named(before, reply, detail)
    if named == prompt.id:
        return WayOut(Fault.PROMPT, prompt)
    suspects = [asked for asked, answer in turns if named in (asked.id, answer.id)] if named else []
    if not suspects:
        for asked, answer in reversed(turns):  # what a later reply was written after had been accepted
            if not _was_filtered(answer):
                break
            suspects.insert(0, asked)
    if not suspects and turns and _was_another_refused(before):
        suspects = [turns[-1][0]]  # its reply is the only text that was never accepted as input
    if suspects:
        return WayOut(Fault.EARLIER, prompt, _still_sent(suspects))
    if turns and prompt.sibling_count > 1:
        return WayOut(Fault.EITHER, prompt, _still_sent([turns[-1][0]]))
    return WayOut(Fault.PROMPT, prompt)


def _named(before: list[Message], reply: Message, detail: str) -> int | None:
    """Which message the service says it was."""
    found = _NAMED.search(detail)
    if found is None:
        return None
    sent = context_for(before, is_demo=reply.is_demo).messages
    place = int(found[1])
    return sent[place].id or None if place < len(sent) else None


def _was_filtered(reply: Message) -> bool:
    is_refused = reply.failure is not None and reply.failure.reason == "content_filter"
    return is_refused or reply.finish_reason in _FILTER_ENDS


def _was_another_refused(before: list[Message]) -> bool:
    """The turn before was refused too, with another prompt."""
    if len(before) < 3:
        return False
    asked, answer, prompt = before[-3:]
    is_turn = asked.role is Role.USER and answer.role is Role.ASSISTANT
    return is_turn and not answer.text and _was_filtered(answer) and asked.text.strip() != prompt.text.strip()


def _too_long(before: list[Message], reply: Message, limit: int | None, system_prompt: str) -> WayOut:
    prompt = before[-1]
    turns = [turn for turn in turns_of(before, is_demo=reply.is_demo) if not turn[0].is_left_out]
    half = tuple(asked for asked, _ in turns[: (len(turns) + 1) // 2])
    if limit is None:
        return WayOut(Fault.LENGTH, prompt, half)
    # Each text is counted once: a chat that is too long has many, and this is done between two frames.
    own = estimated_tokens(prompt.text) + (estimated_tokens(system_prompt) if system_prompt else 0)
    sizes = [estimated_tokens(asked.text) + estimated_tokens(answer.text) for asked, answer in turns]
    total = own + sum(sizes)
    excess = total - limit if total > limit else None
    room = limit * RESERVE_SHARE
    if own > room:
        return WayOut(Fault.LENGTH, prompt, (), excess)
    first = 0
    while total > room:
        total -= sizes[first]
        first += 1
    oldest = tuple(asked for asked, _ in turns[:first])
    return WayOut(Fault.LENGTH, prompt, oldest or half, excess)


def _picture(before: list[Message], reply: Message, detail: str) -> WayOut:
    prompt = before[-1]
    pictured = [asked for asked, _ in turns_of(before, is_demo=reply.is_demo) if asked.attachments]
    named = [one for one in (*pictured, prompt) if any(picture.digest in detail for picture in one.attachments)]
    if named:
        pictured = [one for one in named if one is not prompt]
    is_own = prompt in named if named else bool(prompt.attachments)
    return WayOut(Fault.PICTURE, prompt, _still_sent(pictured), has_pictures=is_own)


def _still_sent(prompts: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(prompt for prompt in prompts if not prompt.is_left_out)
