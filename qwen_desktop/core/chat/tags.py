"""What was typed or imported to tags: the one place that says what a tag may be, and when two are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import NamedTuple

MOST_CHARACTERS = 40
MOST_TAGS = 30
"""Of one conversation."""
_LOOKED_AT = 1_000
"""Characters of a text that may hold any number of them."""
_SEPARATORS = re.compile("[,，、;；\r\n]")
_QUOTATION_MARKS = frozenset('"“”„＂「」『』')
"""A search frames a tag with them."""


class TagUse(NamedTuple):
    """A tag of the history."""

    name: str
    chats: int
    """How many have it."""
    marked: int
    """How many have it of those that were asked about."""


def tags_in(text: str) -> tuple[str, ...]:
    """The tags in a text, which commas, semicolons and line ends part; each once, in order.

    A tag is NFC, on one line with single spaces, without control and direction characters and quotation marks, and at
    most MOST_CHARACTERS long."""
    return kept(parts(text[:_LOOKED_AT]))


def parts(text: str) -> list[str]:
    """What was typed, parted where a tag ends; the last part is still being typed."""
    return _SEPARATORS.split(text)


def kept(tags: Iterable[str]) -> tuple[str, ...]:
    """Those that can be kept of any texts, each once as it is written first, at most MOST_TAGS."""
    found: dict[str, str] = {}
    for text in tags:
        for part in parts(text[:_LOOKED_AT]):
            if (tag := _clean(part)) and len(found) < MOST_TAGS:
                found.setdefault(key(tag), tag)
    return tuple(found.values())


def key(tag: str) -> str:
    """Equal for tags that are the same, however they are written."""
    return unicodedata.normalize("NFC", tag).casefold()


def changed(tags: Iterable[str], given: Iterable[str], taken: Iterable[str]) -> tuple[str, ...]:
    """With what is given behind those it had, and without what is taken away."""
    away: Collection[str] = {key(tag) for tag in taken}
    return kept([*(tag for tag in tags if key(tag) not in away), *given])


def _clean(text: str) -> str:
    plain = "".join(
        letter if letter.isprintable() else " "
        for letter in unicodedata.normalize("NFC", text)
        if letter not in _QUOTATION_MARKS and (letter.isprintable() or letter.isspace())
    )
    return " ".join(plain.split())[:MOST_CHARACTERS].rstrip()
