"""Messages and their texts to where a key leads: the next message, the next heading.  No Qt.

Places are messages and offsets in their text, never widgets: most messages have none.  Headings are found in the text
itself, from `#` marks and underlined lines outside code and formulas, message by message until there is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from qwen_desktop.ui.transcript.fences import fenced

_LINE = re.compile(
    r"\n(?:(?:[ ]{0,3}>[ ]?){0,20}+[ ]{0,3}(?P<marks>\#{1,6})(?:[ \t](?P<words>[^\n]{0,400})|(?=\n|\Z))"
    r"|(?P<above>[^\s#>`~|\-*+=$][^\n]{0,400})(?=\n[ ]{0,3}(?P<under>={1,400}+|-{1,400}+)[ \t]{0,400}+(?:\n|\Z)))"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of one message."""

    offset: int
    """Of its line, in characters of the message's text."""
    level: int
    words: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where to go."""

    message_id: int
    heading: Heading | None = None
    """None: the message itself."""


def headings_of(text: str) -> Iterator[Heading]:
    """The headings of a reply, from its top."""
    if "#" not in text and "\n=" not in text and "\n-" not in text and "\n " not in text:
        return
    stretches = fenced(text)
    skipped = next(stretches, None)
    for line in _LINE.finditer("\n" + text):
        at = line.start()
        while skipped is not None and skipped.end <= at:
            skipped = next(stretches, None)
        if skipped is not None and skipped.begin <= at:
            continue
        if line["marks"]:
            yield Heading(at, len(line["marks"]), _without_closing_marks(line["words"] or ""))
        else:
            yield Heading(at, 1 if line["under"][0] == "=" else 2, line["above"].strip())


def _without_closing_marks(words: str) -> str:
    words = words.strip()
    inside = words.rstrip("#")
    return inside.rstrip() if not inside or inside[-1] in " \t" else words


def next_message(message_ids: Sequence[int], current: int | None, step: int) -> Target | None:
    """The message below (`step` 1) or above (-1) the current one; without a current one the last.  None: no more."""
    if not message_ids:
        return None
    if current is None or current not in message_ids:
        return Target(message_ids[-1])
    index = message_ids.index(current) + step
    return Target(message_ids[index]) if 0 <= index < len(message_ids) else None


def search_heading(
    message_ids: Sequence[int],
    text_of: Callable[[int], str],
    current: int | None,
    offset: int | None,
    step: int,
) -> Iterator[Target | None]:
    """The heading below (`step` 1) or above (-1) the place `offset` in the message `current`, as the last that is
    given; before it None for each message that has none, so that who looks through thousands can pause.

    An `offset` of None stands before everything in its message; a `current` of None is behind the last message.
    `text_of` gives the text in which to look: that of a reply, and "" for a prompt, which is no Markdown.
    """
    if current is None or current not in message_ids:
        index = len(message_ids) if step < 0 else len(message_ids) - 1
    else:
        index = message_ids.index(current)
        here = list(headings_of(text_of(current)))
        if step > 0:
            found = next((h for h in here if offset is None or h.offset > offset), None)
        else:
            found = next((h for h in reversed(here) if offset is not None and h.offset < offset), None)
        if found is not None:
            yield Target(current, found)
            return
    for message_id in message_ids[index + 1 :] if step > 0 else message_ids[: max(0, index)][::-1]:
        inside = list(headings_of(text_of(message_id)))
        if inside:
            yield Target(message_id, inside[0 if step > 0 else -1])
            return
        yield None
