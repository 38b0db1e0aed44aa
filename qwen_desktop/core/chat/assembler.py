"""Deltas to message: what a reply consists of so far, at a cost that stays linear in its length."""

from __future__ import annotations

import json

from qwen_desktop.core.chat.delta import (
    Citations,
    Delta,
    Finished,
    ReasoningDelta,
    TextDelta,
    TextReplaced,
    ToolCallDelta,
)
from qwen_desktop.core.chat.message import Source, ToolCall
from qwen_desktop.core.chat.sources import MOST_LOOKED_AT, merged, weight_of

_PARSES_PER_CALL = 4
"""How often the arguments of one call are tried as JSON, lest a hostile stream make that quadratic."""


class ReplyAssembler:
    """Add deltas in order; ask for the whole when it is needed.  Lengths cost nothing, texts are joined when asked."""

    def __init__(self) -> None:
        self.text_length = 0
        """Characters of the text."""
        self.reasoning_length = 0
        """Characters of the reasoning."""
        self.sources: tuple[Source, ...] = ()
        self._sources_weight = self._sources_looked_at = 0
        self.finish_reason: str | None = None
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._calls: list[_OpenCall] = []
        self._call_at: dict[int, _OpenCall] = {}
        self._call_of_id: dict[str, _OpenCall] = {}

    @property
    def text(self) -> str:
        """The reply's text, exactly as received."""
        return _joined(self._text)

    @property
    def reasoning(self) -> str:
        """The reasoning, exactly as received."""
        return _joined(self._reasoning)

    @property
    def has_content(self) -> bool:
        """Some text or reasoning has arrived."""
        return bool(self.text_length or self.reasoning_length)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The function calls in the order they were opened, each with its own index."""
        return tuple(
            ToolCall(index, call.id, call.name, _joined(call.arguments)) for index, call in enumerate(self._calls)
        )

    def add(self, delta: Delta) -> None:
        match delta:
            case TextDelta(text):
                self._text.append(text)
                self.text_length += len(text)
            case ReasoningDelta(text):
                self._reasoning.append(text)
                self.reasoning_length += len(text)
            case TextReplaced(text, reasoning):
                self._text, self._reasoning = [text], [reasoning]
                self.text_length, self.reasoning_length = len(text), len(reasoning)
            case ToolCallDelta():
                self._add_to_call(delta)
            case Citations(sources):
                self._add_sources(sources)
            case Finished(reason):
                self.finish_reason = reason

    def _add_sources(self, sources: tuple[Source, ...]) -> None:
        if sources == self.sources:
            return
        self._sources_looked_at += self._sources_weight + weight_of(sources)
        if self._sources_looked_at <= MOST_LOOKED_AT:
            self.sources = merged(self.sources, sources)
            self._sources_weight = weight_of(self.sources)

    def _add_to_call(self, delta: ToolCallDelta) -> None:
        """Index is a piece's address; an id that is known leads to its call, a new one may open another call."""
        call = self._call_at.get(delta.index)
        if delta.id and delta.id in self._call_of_id:
            call = self._call_of_id[delta.id]
            if delta.arguments and call.is_repeated_by(delta):
                return
        elif call is None or call.is_followed_by(delta):
            call = _OpenCall()
            self._calls.append(call)
        if delta.id:
            call.id = call.id or delta.id
            self._call_of_id.setdefault(delta.id, call)
        self._call_at[delta.index] = call
        call.name = call.name or delta.name
        if delta.arguments:
            call.arguments.append(delta.arguments)
            call.length += len(delta.arguments)


class _OpenCall:
    __slots__ = ("arguments", "id", "length", "name", "parses_left")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments: list[str] = []
        self.length = 0
        """Characters of the arguments."""
        self.parses_left = _PARSES_PER_CALL

    def is_followed_by(self, delta: ToolCallDelta) -> bool:
        """The piece begins another call at the same index: it has another id, and this call is whole."""
        if not delta.id or not self.id or delta.id == self.id:
            return False
        return self._is_whole() or bool(self.name and delta.name and not self.arguments)

    def is_repeated_by(self, delta: ToolCallDelta) -> bool:
        """A whole call is sent once more."""
        if len(delta.arguments) != self.length:
            return False
        return delta.arguments == _joined(self.arguments) and self._is_whole()

    def _is_whole(self) -> bool:
        if not self.arguments or not self.arguments[-1].rstrip().endswith("}") or not self.parses_left:
            return False
        self.parses_left -= 1
        try:
            json.loads(_joined(self.arguments))
        except (ValueError, RecursionError):
            return False
        return True


def _joined(parts: list[str]) -> str:
    """The parts as one, which then is their only part: asking again costs nothing."""
    if len(parts) > 1:
        parts[:] = ["".join(parts)]
    return parts[0] if parts else ""
