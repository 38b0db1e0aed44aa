"""Han characters to their simplified form and their readings, from `resources/han.txt`, read when first needed.

A word in Latin letters may be the reading of a Chinese one: whole syllables, the last one perhaps not typed to its end
("beijing", "beij"), or the first letter of each ("bj").  A reading stands for two characters or more: one syllable is
read from so many characters that it would be found in every Chinese text.
"""

from __future__ import annotations

from functools import cache

from qwen_desktop.core.paths import resources

MOST_SYLLABLES = 24
MOST_INITIALS = 10
MOST_SPELLINGS = 24
_LONGEST_SYLLABLE = 6
Spelling = tuple[frozenset[str], ...]
"""For each character of a word, those it can be."""


class HanTable:
    """What is known of single characters."""

    def __init__(self, forms: dict[str, str], syllables: dict[str, frozenset[str]]) -> None:
        self.forms = forms
        """Traditional to simplified."""
        self.syllables = syllables
        """A syllable without its tone, and the simplified characters that are read so; ü is v, and u too."""
        self._beginnings: dict[str, frozenset[str]] = {}
        self.initials: dict[str, str] = {}
        """A simplified character and the first letters of its readings."""
        for syllable, characters in syllables.items():
            for character in characters:
                if syllable[0] not in (known := self.initials.get(character, "")):
                    self.initials[character] = known + syllable[0]

    def beginning(self, letters: str) -> frozenset[str]:
        """The characters with a reading that begins with `letters`."""
        if letters not in self._beginnings:
            these = (them for syllable, them in self.syllables.items() if syllable.startswith(letters))
            self._beginnings[letters] = frozenset().union(*these)
        return self._beginnings[letters]

    def spellings(self, word: str) -> list[Spelling]:
        """What a folded word may be the reading of; nothing for most words of other languages."""
        letters = word.replace("'", "").replace("u\u0308", "v")
        if len(letters) < 2 or not (letters.isascii() and letters.isalpha()):
            return []
        found: list[Spelling] = []
        self._read(letters, 0, (), found)
        if len(letters) <= MOST_INITIALS and not set(letters) & set("iuv"):
            found.append(tuple(self.beginning(letter) for letter in letters))
        return found

    def _read(self, letters: str, at: int, so_far: Spelling, found: list[Spelling]) -> None:
        if len(found) >= MOST_SPELLINGS or len(so_far) > MOST_SYLLABLES:
            return
        if at == len(letters):
            if len(so_far) >= 2:
                found.append(so_far)
            return
        for end in range(min(len(letters), at + _LONGEST_SYLLABLE), at, -1):
            part = letters[at:end]
            if end == len(letters) and so_far and (them := self.beginning(part)):
                found.append((*so_far, them))  # the last syllable may be longer
            elif (whole := self.syllables.get(part)) is not None:
                self._read(letters, end, (*so_far, whole), found)


@cache
def table() -> HanTable:
    """Read once; 0.1 MB, some milliseconds."""
    lines = [line for line in (resources() / "han.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    forms = dict(zip(lines[0][::2], lines[0][1::2], strict=True))
    syllables = {}
    for line in lines[1:]:
        syllable, characters = line.split(" ")
        syllables[syllable] = frozenset(characters)
    for syllable in [syllable for syllable in syllables if "v" in syllable]:
        plain = syllable.replace("v", "u")  # "lü" without its dots
        syllables[plain] = syllables.get(plain, frozenset()) | syllables[syllable]
    return HanTable(forms, syllables)
