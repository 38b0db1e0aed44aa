"""Conversation to request: which messages of the current path are sent along with a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qwen_desktop.core.chat.message import Message, Role
from qwen_desktop.core.providers.base import RequestMessage

RESERVE_SHARE = 0.9
"""Our token estimate is rough; history may fill only this share of what the model reads."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is sent, and how many earlier messages were left out because they would not fit."""

    messages: tuple[RequestMessage, ...]
    left_out: int


def estimated_tokens(text: str) -> int:
    """A deliberately high guess: one token per three bytes of UTF-8, so one per CJK character."""
    return len(text.encode("utf-8", "replace")) // 3 + 4


def context_for(
    path: Sequence[Message],
    *,
    system_prompt: str = "",
    max_input_tokens: int | None = None,
    is_demo: bool = False,
) -> Context:
    """`path` is oldest first and ends with the prompt.

    Left out always: prompts that got no text (a refused prompt would have every later turn refused too), replies
    without text, and turns of the demo when the real service is asked.  Left out for lack of room: the oldest turns.
    """
    prompt = path[-1]
    turns: list[tuple[Message, Message]] = []
    for earlier, later in pairwise(path):
        is_turn = earlier.role is Role.USER and later.role is Role.ASSISTANT
        if is_turn and earlier.text and later.text and (is_demo or not later.is_demo):
            turns.append((earlier, later))
    budget: float = float("inf") if max_input_tokens is None else max_input_tokens * RESERVE_SHARE
    budget -= estimated_tokens(prompt.text) + estimated_tokens(system_prompt)
    kept = len(turns)
    for earlier, later in reversed(turns):
        budget -= estimated_tokens(earlier.text) + estimated_tokens(later.text)
        if budget < 0:
            break
        kept -= 1
    messages = [RequestMessage(Role.SYSTEM, system_prompt)] if system_prompt else []
    for earlier, later in turns[kept:]:
        messages += [RequestMessage(Role.USER, earlier.text), RequestMessage(Role.ASSISTANT, later.text)]
    messages.append(RequestMessage(Role.USER, prompt.text))
    return Context(tuple(messages), left_out=2 * kept)
