"""A text as it was written to the text as it is seen, to be searched, and offsets from one to the other.

Left out are runs of `*` and of backticks, of two or more `~`, and of `_` beside a word; case and line ends are levelled
character by character, so nothing else moves.  Read in chunks, with a place in the exact text known for each, so that
neither reading on nor asking for an offset looks at more than a chunk.  No Qt.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator

CHUNK = 16_000
"""Characters that are read in one go, about a millisecond."""

_MARKS = re.compile(r"[*`~_][*`~_]*")  # spelt so, the search for the first character is a fast one
_SOMETIMES_MARKS = re.compile(r"[~_][~_]*")
_SAME_MARKS = re.compile(r"[*`]+|~~+|_+")
_CUT = re.compile(r"[^~_](?=[^~_])")
"""After this character a text can be read on without looking back."""


def fold(text: str) -> str:
    """Lower case and spaces for line ends, each character for itself: the length stays, and parts can be joined."""
    text = text.replace("\n", " ")
    if text.isascii():
        return text.lower()
    # Of all characters U+0130 alone has a longer lower case, and the sigma alone one that depends on its neighbours.
    return text.replace("\u0130", "i").lower().replace("ς", "σ")


def has_marks(text: str) -> bool:
    """Whether some of it would be left out."""
    return next(_marks(text, 0, len(text)), None) is not None


def _marks(text: str, begin: int, end: int, runs: re.Pattern[str] = _MARKS) -> Iterator[tuple[int, int]]:
    """What is left out between two places that are good for a cut."""
    for run in runs.finditer(text, begin, end):
        first, last = run.span()
        marks = run.group()
        if "_" not in marks and "~" not in marks:
            yield first, last
            continue
        for same in _SAME_MARKS.finditer(text, first, last):
            first, last = same.span()
            if text[first] != "_" or not (_is_in_word(text, first - 1) and _is_in_word(text, last)):
                yield first, last


def _is_in_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and text[at].isalnum()


class SeenText:
    """One message's text as it is searched.  `exact` gives the text as it was written."""

    __slots__ = ("_begins", "_exact", "_last_map", "_read", "_seen", "_seen_begins", "_strips_marks", "ready")

    def __init__(self, exact: Callable[[], str], *, strips_marks: bool) -> None:
        self._exact = exact
        self._strips_marks = strips_marks
        self._read = 0
        """Up to here the exact text was read for good."""
        self._seen: list[str] = []
        self._begins: list[int] = []
        """Where each chunk begins in the exact text."""
        self._seen_begins: list[int] = [0]
        """The same in the seen text, and where the next will begin."""
        self.ready: str | None = None
        """All of it, if it was read."""
        self._last_map: tuple[int, int, list[int], list[int]] | None = None

    def grew(self) -> None:
        """There is more of the exact text."""
        self.ready = None

    def read_some(self) -> None:
        """Read the next chunk."""
        if self.ready is not None:
            return
        text = self._exact()
        if len(text) > self._read + CHUNK:
            cut = _CUT.search(text, self._read + CHUNK - 1)
            if cut is not None:
                self._take(text, cut.end())
                return
        # The end may turn out otherwise when more comes: `grew` has it read again.
        last = self._see(text, self._read, len(text))
        self._last_map = None
        self.ready = "".join((*self._seen, last)) if self._seen else last

    def _take(self, text: str, end: int) -> None:
        self._begins.append(self._read)
        self._seen.append(self._see(text, self._read, end))
        self._seen_begins.append(self._seen_begins[-1] + len(self._seen[-1]))
        self._read = end

    def _see(self, text: str, begin: int, end: int) -> str:
        if not self._strips_marks:
            return fold(text[begin:end])
        parts, at = [], begin
        for first, last in _marks(text, begin, end, _SOMETIMES_MARKS):
            parts.append(text[at:first])
            at = last
        parts.append(text[at:end])
        return fold("".join(parts).replace("*", "").replace("`", ""))

    def whole(self) -> str:
        """All of it."""
        while self.ready is None:
            self.read_some()
        return self.ready

    # Offsets

    def exact_of(self, seen: int) -> int:
        """Where a character of the seen text stands in the exact one."""
        chunk = min(bisect.bisect_right(self._seen_begins, seen) - 1, len(self._begins))
        seen_begin = self._seen_begins[chunk]
        begin, places, gone = self._map(chunk)
        index = bisect.bisect_right(places, seen - seen_begin)
        return begin + seen - seen_begin + (gone[index - 1] if index else 0)

    def seen_of(self, exact: int) -> int:
        """Where the first character at or after a place in the exact text stands in the seen one."""
        exact = min(max(exact, 0), len(self._exact()))
        chunk = bisect.bisect_right(self._begins, exact) - 1 if exact < self._read else len(self._begins)
        begin, places, gone = self._map(chunk)
        inside = exact - begin
        index = bisect.bisect_right(range(len(places)), inside, key=lambda at: _end_of(places, gone, at))
        seen = inside - (gone[index - 1] if index else 0)
        if index < len(places):
            seen = min(seen, places[index])  # among marks
        return self._seen_begins[chunk] + seen

    def _map(self, chunk: int) -> tuple[int, list[int], list[int]]:
        """Of one chunk: its beginning, where in the seen text marks are missing, and how many until then."""
        is_last = chunk == len(self._begins)
        begin = self._read if is_last else self._begins[chunk]
        if self._last_map is None or self._last_map[0] != chunk:
            text = self._exact()
            end = len(text) if is_last else self._begins[chunk + 1] if chunk + 1 < len(self._begins) else self._read
            places: list[int] = []
            gone: list[int] = []
            so_far = 0
            for first, last in _marks(text, begin, end) if self._strips_marks else ():
                places.append(first - begin - so_far)
                so_far += last - first
                gone.append(so_far)
            self._last_map = chunk, begin, places, gone
        return self._last_map[1:]


def _end_of(places: list[int], gone: list[int], index: int) -> int:
    """Where in the exact text, from the chunk's beginning, marks end."""
    return places[index] + gone[index]
