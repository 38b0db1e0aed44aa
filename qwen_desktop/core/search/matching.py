"""Words to the places where they are in a folded text: as they are, or as the reading of a Chinese word.

This decides what is found.  The index only names texts worth looking at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from qwen_desktop.core.search import han
from qwen_desktop.core.search.query import Term

Place = tuple[int, int]


class Matcher:
    """One term.  `known` limits readings to characters that occur at all, which makes them quicker to look for."""

    def __init__(self, term: Term, known: Callable[[str], bool] | None = None) -> None:
        self.text = term.text
        spellings = () if term.is_phrase else _spellings(term.text)
        if known is not None:
            limited = (tuple(frozenset(filter(known, them)) for them in spelling) for spelling in spellings)
            spellings = tuple(spelling for spelling in limited if all(spelling))
        self.spellings: Sequence[han.Spelling] = spellings
        self._readings: re.Pattern[str] | None = None

    @property
    def readings(self) -> re.Pattern[str] | None:
        """Finds the term as a reading; None where it is none."""
        if self._readings is None and self.spellings:
            parts = ("".join(f"[{''.join(sorted(them))}]" for them in spelling) for spelling in self.spellings)
            self._readings = re.compile("|".join(parts))
        return self._readings

    def is_in(self, folded: str, *, as_reading: bool) -> bool:
        """Whether the text has it."""
        if self.text in folded:
            return True
        return as_reading and self.readings is not None and self.readings.search(folded) is not None

    def places(self, folded: str, begin: int = 0, end: int | None = None) -> Iterator[Place]:
        """Where it is between two offsets; as a reading only where the text does not have it as it is."""
        end = len(folded) if end is None else end
        at = folded.find(self.text, begin, end)
        if at < 0 and self.readings is not None:
            yield from (found.span() for found in self.readings.finditer(folded, begin, end))
        while at >= 0:
            yield at, at + len(self.text)
            at = folded.find(self.text, at + len(self.text), end)


@lru_cache(maxsize=64)
def _spellings(word: str) -> tuple[han.Spelling, ...]:
    return tuple(han.table().spellings(word))


def merged(places: Iterable[Place]) -> list[Place]:
    """In order, those that touch or overlap made one."""
    found: list[Place] = []
    for begin, end in sorted(places):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found
