"""A folded text to the tokens of the index, and a term to the tokens that every text with it has.

Tokens are whole words; of Chinese, Japanese and Korean each character and each two that stand together; and marks.
A word of the query may be part of a word of the text ("mple" in "example"): the vocabulary, all words of the index, is
looked through for it.  Tokens say nothing of order or place, so a text with all of them is looked at afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from qwen_desktop.core.search.han import Spelling

CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u30ff\u3105-\u31bf\u31f0-\u31ff"
    "\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUNS = re.compile(rf"([{CJK}]+)|([^\W{CJK}]+)|[^\w\s]")
LONGEST_WORD = 64
"""Of longer ones, as in encoded files, only that there is one is indexed."""
LONG = "\ue0ff"
MOST_WORDS = 400
"""A piece that is in more words than these is in so many texts that looking at the newest ones is quicker."""
MOST_PAIRS = 4_000


def tokens(folded: str) -> set[str]:
    """What the index knows of a text."""
    found: set[str] = set()
    for run in _RUNS.finditer(folded):
        text = run[0]
        if run[1]:
            found.update(text)
            found.update(text[at : at + 2] for at in range(len(text) - 1))
        elif run[2]:
            found.add(text if len(text) <= LONGEST_WORD else LONG)
        else:
            found.add(_mark(text))
    return found


def _mark(text: str) -> str:
    """The index takes only letters, digits and what is not ASCII for part of a token."""
    return chr(0xE000 + ord(text)) if text < "\x80" else text


class Vocabulary:
    """All tokens of the index, as they are looked through: words in one long text, characters by their neighbours."""

    def __init__(self, them: Iterable[str] = ()) -> None:
        words: list[str] = []
        self._pairs: dict[str, set[str]] = {}
        self._recent: set[str] = set()
        self.characters: set[str] = set()
        for token in them:
            if not self._take_characters(token):
                words.append(token)
        self._words = "\n" + "\n".join(words) + "\n"

    def add(self, them: Iterable[str]) -> None:
        """Tokens of a text that was indexed since."""
        self._recent.update(token for token in them if not self._take_characters(token))

    @property
    def recent_count(self) -> int:
        return len(self._recent)

    def _take_characters(self, token: str) -> bool:
        if not _is_cjk(token[0]):
            return False
        if len(token) == 2:
            self._pairs.setdefault(token[0], set()).add(token[1])
            self.characters.update(token)
        return True

    def words_with(self, piece: str, *, begins: bool, ends: bool) -> list[str] | None:
        """Words that have `piece` in them, begin with it, or end in it; None for more than MOST_WORDS."""
        if begins and ends:
            return [piece]
        found: list[str] = []
        wanted = f"{chr(10) * begins}{piece}{chr(10) * ends}"
        words = self._words
        at = words.find(wanted)
        while at >= 0:
            begin = at + 1 if begins else words.rfind("\n", 0, at) + 1
            end = words.find("\n", begin + len(piece))
            found.append(words[begin:end])
            if len(found) > MOST_WORDS:
                return None
            at = words.find(wanted, end)
        for word in self._recent:
            if (word.startswith(piece) if begins else word.endswith(piece) if ends else piece in word) and (
                len(found := [*found, word]) > MOST_WORDS
            ):
                return None
        return found

    def pairs(self, first: frozenset[str], second: frozenset[str]) -> list[str]:
        """Two characters that stand together somewhere, one of each set."""
        return [a + b for a in first if a in self._pairs for b in self._pairs[a] & second]


def _is_cjk(character: str) -> bool:
    return bool(_CJK.match(character))


_CJK = re.compile(f"[{CJK}]")

Expression = str
"""In the language of FTS5's MATCH."""
NOTHING = ""
"""No text can have it."""


def for_text(text: str, vocabulary: Vocabulary) -> Expression | None:
    """What texts that hold `text` match; None: the index cannot tell, or would not be quicker."""
    groups: list[str] = []
    marks: list[str] = []
    for run in _RUNS.finditer(text):
        piece = run[0]
        if run[1]:
            groups += [_quoted(token) for token in _neighbours(piece)]
        elif run[2]:
            begins, ends = run.start() > 0, run.end() < len(text)
            if len(piece) > LONGEST_WORD:
                groups.append(_quoted(LONG))
            elif (words := vocabulary.words_with(piece, begins=begins, ends=ends)) is not None:
                groups.append(_any([*words, LONG]))
        else:
            marks.append(_quoted(_mark(piece)))
    return " AND ".join(groups or dict.fromkeys(marks)) or None


def for_spellings(spellings: Iterable[Spelling], vocabulary: Vocabulary) -> Expression:
    """What texts match that hold a word with one of these readings; NOTHING where no text can."""
    ways = (_for_spelling(spelling, vocabulary) for spelling in spellings)
    return " OR ".join(f"({way})" for way in dict.fromkeys(ways) if way)


def _for_spelling(spelling: Spelling, vocabulary: Vocabulary) -> Expression:
    groups = [vocabulary.pairs(first, second) for first, second in pairwise(spelling)]
    if not all(groups):
        return NOTHING
    quick = [group for group in groups if len(group) <= MOST_PAIRS] or [min(groups, key=len)]
    return " AND ".join(_any(group) for group in quick)


def _neighbours(run: str) -> Iterator[str]:
    if len(run) == 1:
        yield run
    yield from dict.fromkeys(run[at : at + 2] for at in range(min(len(run) - 1, 12)))


def _any(them: list[str]) -> str:
    return "(" + " OR ".join(map(_quoted, them)) + ")"


def _quoted(token: str) -> str:
    return f'"{token}"'
