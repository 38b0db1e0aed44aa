"""Text to what is compared: case, accents, widths and both Chinese scripts made one; and places in it back to the text.

Every character folds by itself, so a place in the folded text has one place in the exact one.  Compatibility forms are
decomposed (NFKD) and case-folded, the marks of U+0300-036F are dropped (é is e, ё is е), a traditional character is its
simplified one, and a run of spaces, line ends and control characters is one space.
Unicode Standard, chapter 3.13 and annex 15.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from qwen_desktop.core.search import han

_ASCII_SPACES = re.compile(r"[\x00-\x20\x7f]+")
_SPACES = re.compile(r" {2,}")
_CHUNK = 256
"""Characters of the exact text that are passed over in one go."""
_SAME = {"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"'}
"""Quotation marks as keyboards and as typesetters write them."""


_uneven: set[str] = set()
"""Characters met so far that become none or several."""


class _Folds(dict[int, str]):
    """What a character becomes, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        if len(folded) != 1:
            _uneven.add(chr(code))
        return folded


def _fold_character(character: str) -> str:
    if character in _SAME:
        return _SAME[character]
    if character.isspace() or unicodedata.category(character) == "Cc":
        return " "
    if unicodedata.category(character) == "Cf":  # soft hyphens, joiners, direction marks
        return ""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    forms = han.table().forms
    return "".join(forms.get(one, one) for one in plain if not "\u0300" <= one <= "\u036f")


_FOLDS = _Folds()


def fold(text: str) -> str:
    """`text` as it is compared; runs of space are one space, also at its ends."""
    if text.isascii():
        return _ASCII_SPACES.sub(" ", text.lower())
    return _SPACES.sub(" ", text.translate(_FOLDS))


def exact_places(text: str, places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where parts of `fold(text)`, given in order and not overlapping, begin and end in `text`."""
    wanted = [offset for begin, end in places for offset in (begin, max(begin, end - 1))]
    exact = _exact_offsets(text, wanted)
    found = []
    for begin, last in zip(exact[::2], exact[1::2], strict=True):
        end = last + 1
        while end < len(text) and not _FOLDS[ord(text[end])]:  # marks that belong to the last character
            end += 1
        found.append((begin, end))
    return found


def _exact_offsets(text: str, wanted: list[int]) -> list[int]:
    """The characters that offsets in the folded text, in ascending order, come from."""
    exact: list[int] = []
    folded_length = 0
    ends_in_space = False
    for start in range(0, len(text), _CHUNK):
        if len(exact) == len(wanted):
            break
        chunk = text[start : start + _CHUNK]
        plain = chunk.translate(_FOLDS)
        length = len(_SPACES.sub(" ", plain)) - (ends_in_space and plain.startswith(" "))
        if wanted[len(exact)] >= folded_length + length:
            folded_length += length
            ends_in_space = plain.endswith(" ") if plain else ends_in_space
            continue
        if len(plain) == length and not _uneven.intersection(chunk):  # each stands for itself
            while len(exact) < len(wanted) and wanted[len(exact)] < folded_length + length:
                exact.append(start + wanted[len(exact)] - folded_length)
            folded_length += length
            ends_in_space = plain.endswith(" ")
            continue
        for place, character in enumerate(chunk, start):
            for one in _FOLDS[ord(character)]:
                if one == " " and ends_in_space:
                    continue
                ends_in_space = one == " "
                while len(exact) < len(wanted) and wanted[len(exact)] == folded_length:
                    exact.append(place)
                folded_length += 1
    return exact + [len(text)] * (len(wanted) - len(exact))
