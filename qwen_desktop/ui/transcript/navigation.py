"""Messages and their texts to where a key leads: the next message, the next heading.  No Qt.

Places are messages and offsets in their text, never widgets: most messages have none.  Headings are found in the text
itself, from `#` marks and underlined lines outside code and formulas, message by message until there is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_LINE = re.compile(
    r"^(?P<quote>(?:[ ]{0,3}>[ ]?)*)[ ]{0,3}(?:(?P<fence>`{3,}|~{3,}|\$\$)(?P<info>[^\n]*)"
    r"|(?P<marks>\#{1,6})(?:[ \t]+(?P<words>[^\n]*?))?(?:[ \t]+\#+)?[ \t]*"
    r"|(?P<above>[^\s#>`~|\-*+=$][^\n]*)\n[ ]{0,3}(?P<under>=+|-+)[ \t]*)$",
    re.MULTILINE,
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
    fence = ""
    for line in _LINE.finditer(text):
        marks = line["fence"]
        if marks:
            if not fence and not ("`" in line["info"] and marks[0] == "`"):
                is_whole = marks == "$$" and len(line["info"].strip()) > 2 and line["info"].rstrip().endswith("$$")
                fence = "" if is_whole else marks
            elif fence and marks.startswith(fence) and not line["info"].strip():
                fence = ""
        elif fence:
            continue
        elif line["marks"]:
            yield Heading(line.start(), len(line["marks"]), (line["words"] or "").strip())
        elif line["above"]:
            yield Heading(line.start(), 1 if line["under"][0] == "=" else 2, line["above"].strip())


def next_message(message_ids: Sequence[int], current: int | None, step: int) -> Target | None:
    """The message below (`step` 1) or above (-1) the current one; without a current one the last.  None: no more."""
    if not message_ids:
        return None
    if current is None or current not in message_ids:
        return Target(message_ids[-1])
    index = message_ids.index(current) + step
    return Target(message_ids[index]) if 0 <= index < len(message_ids) else None


def next_heading(
    message_ids: Sequence[int],
    text_of: Callable[[int], str],
    current: int | None,
    offset: int | None,
    step: int,
) -> Target | None:
    """The heading below (`step` 1) or above (-1) the place `offset` in the message `current`.

    An `offset` of None stands before everything in its message; a `current` of None is behind the last message.
    `text_of` gives the text in which to look: that of a reply, and "" for a prompt, which is no Markdown.
    """
    if not message_ids:
        return None
    if current is None or current not in message_ids:
        index, offset = (len(message_ids) - 1, None) if step > 0 else (len(message_ids), None)
    else:
        index = message_ids.index(current)
        here = list(headings_of(text_of(current)))
        if step > 0:
            found = next((h for h in here if offset is None or h.offset > offset), None)
        else:
            found = next((h for h in reversed(here) if offset is not None and h.offset < offset), None)
        if found is not None:
            return Target(current, found)
    others = message_ids[index + 1 :] if step > 0 else message_ids[:index][::-1]
    for message_id in others:
        inside = list(headings_of(text_of(message_id)))
        if inside:
            return Target(message_id, inside[0 if step > 0 else -1])
    return None
