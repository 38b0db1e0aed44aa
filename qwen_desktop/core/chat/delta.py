"""What one piece of a stream adds to a reply: the typed increments between the wire and the message."""

from __future__ import annotations

import msgspec

from qwen_desktop.core.chat.message import Source


class TextDelta(msgspec.Struct, frozen=True, gc=False):
    """Text to append to the reply; never empty."""

    text: str


class ReasoningDelta(msgspec.Struct, frozen=True, gc=False):
    """Text to append to the reasoning; never empty."""

    text: str


class TextReplaced(msgspec.Struct, frozen=True, gc=False):
    """All text and reasoning so far are replaced: the stream proved to be cumulative."""

    text: str
    reasoning: str


class ToolCallDelta(msgspec.Struct, frozen=True, gc=False):
    """A piece of a function call: `index` is its address, `id` and `name` may be empty, `arguments` is appended."""

    index: int
    id: str
    name: str
    arguments: str


class Citations(msgspec.Struct, frozen=True, gc=False):
    """The list of sources as one frame gives it; never empty: later empty lists of the wire do not appear here."""

    sources: tuple[Source, ...]


class Finished(msgspec.Struct, frozen=True, gc=False):
    """The service said that the reply is finished, with its own word (`stop`, `length`, `tool_calls`, …).

    What a stream says after this is ignored, except usage."""

    reason: str


Delta = TextDelta | ReasoningDelta | TextReplaced | ToolCallDelta | Citations | Finished
