"""What a search found: conversations, in each the messages, of each the piece of its exact text that is shown."""

from __future__ import annotations

import bisect
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qwen_desktop.core.chat.conversation import ConversationSummary
from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.search.folding import exact_places, fold
from qwen_desktop.core.search.matching import Matcher, Place, merged
from qwen_desktop.core.search.query import Query

BEFORE, AFTER = 24, 150
"""Characters shown before and after the beginning of a match."""
_SPACE_RUNS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]{2,}|[^\S ]|[\x00-\x1f\x7f-\x9f]|^ ")
MOST_PLACES = 2_000
"""Marked in one message; more would say nothing more."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of text on one line, and what in it was looked for."""

    text: str
    marks: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that has everything that was looked for."""

    id: int
    role: Role
    created_at: datetime
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class FoundConversation:
    """A conversation whose title, or some of whose messages, have everything that was looked for."""

    summary: ConversationSummary
    title: Excerpt
    messages: tuple[FoundMessage, ...]
    """The newest ones, on any branch; none when only the title matches."""
    message_count: int
    """How many matching messages were seen; there may be more once the search had enough."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Those with the words as they were typed come before those with them as readings; else the newest first."""

    query: Query
    conversations: tuple[FoundConversation, ...] = ()
    is_cut: bool = False
    """There are more than were asked for."""
    unread_count: int = 0
    """Messages that are not in the index yet, and so were not searched."""


def title_excerpt(title: str, matchers: Sequence[Matcher]) -> Excerpt:
    """A whole title."""
    return Excerpt(title, tuple(exact_places(title, _places(fold(title), matchers))))


def excerpt(text: str, folded: str, matchers: Sequence[Matcher]) -> Excerpt:
    """The piece of a message around the first match of its rarest-looking term."""
    first = next((place for one in sorted(matchers, key=_length, reverse=True) for place in one.places(folded)), None)
    if first is None:
        return Excerpt(_one_line(text[: BEFORE + AFTER]))
    begin = _beginning_of_word(folded, max(0, first[0] - BEFORE))
    end = min(len(folded), max(first[0] + AFTER, first[1]), first[0] + 3 * AFTER)
    places = [place for place in _places(folded, matchers, begin, end) if place[1] <= end]
    (window, *marks) = _exact(text, (begin, end), places)
    piece = text[window[0] : window[1]]
    marks = [(max(0, a - window[0]), b - window[0]) for a, b in marks]
    return _on_one_line(piece, marks, starts_inside=begin > 0, ends_inside=end < len(folded))


def marked_places(text: str, matchers: Sequence[Matcher]) -> list[Place]:
    """Where in a message's exact text what was looked for is, in order."""
    return exact_places(text, _places(fold(text), matchers)[:MOST_PLACES])


def _length(matcher: Matcher) -> int:
    return len(matcher.text)


def _places(folded: str, matchers: Sequence[Matcher], begin: int = 0, end: int | None = None) -> list[Place]:
    found: list[Place] = []
    for matcher in matchers:
        for number, place in enumerate(matcher.places(folded, begin, end)):
            if number >= MOST_PLACES:
                break
            found.append(place)
    return merged(found)


def _exact(text: str, window: Place, places: list[Place]) -> list[Place]:
    """The window and the places in it, in the exact text."""
    edges = [(window[0], window[0] + 1), *places, (window[1] - 1, window[1])]
    exact = exact_places(text, edges)
    return [(exact[0][0], exact[-1][1]), *exact[1:-1]]


def _beginning_of_word(folded: str, at: int) -> int:
    if at == 0 or not (folded[at - 1].isalnum() and folded[at - 1].isascii()):
        return at
    space = folded.find(" ", at, at + BEFORE // 2)
    return space + 1 if space >= 0 else at


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _on_one_line(piece: str, marks: list[Place], *, starts_inside: bool, ends_inside: bool) -> Excerpt:
    """Runs of space and of control characters made one space, and the marks moved along."""
    prefix = "… " if starts_inside else ""
    parts: list[str] = [prefix]
    at, shift = 0, len(prefix)
    moves: list[tuple[int, int]] = [(0, shift)]
    """From that place in the piece on, everything is so much further on the line."""
    for run in _SPACE_RUNS.finditer(piece):
        space = " " if run.start() else ""
        parts += (piece[at : run.start()], space)
        at = run.end()
        shift += len(space) - len(run[0])
        moves.append((at, shift))
    parts.append(piece[at:])
    text = "".join(parts).rstrip()
    edges = [edge + moves[bisect.bisect_right(moves, (edge, sys.maxsize)) - 1][1] for mark in marks for edge in mark]
    kept = tuple((a, min(b, len(text))) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < len(text))
    return Excerpt(text + " …" if ends_inside else text, kept)
