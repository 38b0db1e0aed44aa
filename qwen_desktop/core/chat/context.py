"""Conversation to request: which messages of the current path are sent along with a prompt.

The rule: the system prompt and the prompt always go; of earlier turns as many as fit, the newest first, and whole
turns only.  Turns that the user left out never go.  What was left out for lack of room is told, so that it can be
shown, and so is a picture that a model cannot see (see `pictures.py`): nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Message, Role
from qwen_desktop.core.chat.pictures import fits, picture_tokens
from qwen_desktop.core.errors import RequestRefused
from qwen_desktop.core.providers.base import RequestMessage

RESERVE_SHARE = 0.9
"""Our token estimate is rough; history may fill only this share of what the model reads."""
_DIGITS = b"0123456789"


@dataclass(frozen=True, slots=True)
class Context:
    """What is sent, and which earlier messages were left out because they would not fit."""

    messages: tuple[RequestMessage, ...]
    left_out_ids: tuple[int, ...] = ()
    """Prompts and replies in the order of the conversation: always its oldest, without those that never go along."""
    estimated_tokens: int = 0
    """Of all that is sent, by the high guess of `estimated_tokens`."""
    without_pictures_ids: tuple[int, ...] = ()
    """Earlier prompts whose pictures do not go along, because the model cannot see; in the order of the conversation.
    One without words is left out as a whole, with its reply."""

    @property
    def left_out(self) -> int:
        """How many messages were left out for lack of room."""
        return len(self.left_out_ids)


def estimated_tokens(text: str) -> int:
    """A deliberately high guess: a token for each digit, and one for each three bytes of UTF-8 of the rest, so one for
    each CJK character; four more for what frames a message.  Qwen's tokenizer takes digits one by one."""
    whole = text.encode("utf-8", "replace")
    others = len(whole.translate(None, _DIGITS))
    return len(whole) - others + others // 3 + 4


def check_system_prompt(text: str, max_input_tokens: int | None) -> None:
    """Raises RequestRefused('system_prompt') for one that alone fills what the model reads (None: not known)."""
    if max_input_tokens is not None and estimated_tokens(text) >= max_input_tokens:
        raise RequestRefused("the system prompt is too long", reason="system_prompt", limit=max_input_tokens)


def turns_of(path: Sequence[Message], *, is_demo: bool = False) -> Iterator[tuple[Message, Message]]:
    """Prompt and reply of the turns before the last prompt of `path` that can go along, oldest first; those that the
    user left out are among them."""
    for earlier, later in pairwise(path):
        is_turn = earlier.role is Role.USER and later.role is Role.ASSISTANT
        is_told = bool(earlier.text or earlier.attachments)
        if is_turn and is_told and later.text and (is_demo or not later.is_demo):
            yield earlier, later


def context_for(
    path: Sequence[Message],
    *,
    system_prompt: str = "",
    max_input_tokens: int | None = None,
    is_demo: bool = False,
    reasoning_of: str = "",
    sees_pictures: bool = True,
) -> Context:
    """`path` is oldest first and ends with the prompt.

    Left out always: turns that the user left out, prompts that got no text (a refused prompt would have every later
    turn refused too), replies without text, and turns of the demo when the real service is asked.  Left out for lack of
    room: the oldest turns.
    `sees_pictures`: False leaves out the pictures of earlier prompts; those of the prompt are the caller's to check.
    `reasoning_of`: a model id whose own replies go along with their reasoning, because it wants that back.
    """
    prompt = path[-1]
    turns: list[tuple[Message, Message]] = []
    without_pictures: list[int] = []
    for earlier, later in turns_of(path, is_demo=is_demo):
        if earlier.is_left_out:
            continue
        if earlier.attachments and not sees_pictures:
            without_pictures.append(earlier.id)
        if earlier.text or sees_pictures:
            turns.append((earlier, later))
    budget: float = float("inf") if max_input_tokens is None else max_input_tokens * RESERVE_SHARE
    messages = [RequestMessage(Role.USER, prompt.text, id=prompt.id, attachments=prompt.attachments)]
    pictures: list[Attachment] = list(prompt.attachments)
    total = estimated_tokens(prompt.text) + picture_tokens(pictures)
    if system_prompt:
        total += estimated_tokens(system_prompt)
    first_kept = len(turns)
    for earlier, later in reversed(turns):
        reasoning = later.reasoning if reasoning_of and later.model_id == reasoning_of else ""
        tokens = estimated_tokens(earlier.text) + estimated_tokens(later.text)
        tokens += estimated_tokens(reasoning) if reasoning else 0
        seen = earlier.attachments if sees_pictures else ()
        tokens += picture_tokens(seen)
        if total + tokens > budget or (seen and not fits([*pictures, *seen])):
            break
        total += tokens
        pictures += seen
        first_kept -= 1
        messages += [
            RequestMessage(Role.ASSISTANT, later.text, reasoning, later.id),
            RequestMessage(Role.USER, earlier.text, id=earlier.id, attachments=seen),
        ]
    if system_prompt:
        messages.append(RequestMessage(Role.SYSTEM, system_prompt))
    left_out = tuple(message.id for turn in turns[:first_kept] for message in turn)
    pictureless = tuple(id for id in without_pictures if id not in left_out)
    return Context(tuple(reversed(messages)), left_out, total, pictureless)
