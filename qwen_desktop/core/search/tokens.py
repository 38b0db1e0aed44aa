"""A folded text to the tokens of the index, and a term to the tokens that every text with it has.

Tokens are whole words; of Chinese, Japanese and Korean each character and each two that stand together; and marks.
A word of the query may be part of a word of the text ("mple" in "example"): the vocabulary, all words of the index, is
looked through for it.  Tokens say nothing of order or place, so a text with all of them is looked at afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from operator import add
from typing import NamedTuple

from qwen_desktop.core.search import han
from qwen_desktop.core.search.han import Spelling

CJK = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u30ff\u3105-\u31bf\u31f0-\u31ff"
    "\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUNS = re.compile(rf"([{CJK}]+)|([^\W{CJK}]+)|[^\w\s]")
LONGEST_WORD = 64
"""Of longer ones, as in encoded files, only that there is one is indexed."""
LONG = "\ue0ff"
_INITIALS = "\ue100"
"""Before the first letters of three characters that stand together, as they may be read."""
MOST_WORDS = 400
"""A piece that is in more words than these is in so many texts that looking at the newest ones is quicker."""
FEW_TEXTS = 200
MOST_GROUPS = 3
COMMON = 20
"""What one text in so many has is found as quickly by looking at the newest ones."""


def tokens(folded: str) -> set[str]:
    """What the index knows of a text."""
    found: set[str] = set()
    for run in _RUNS.finditer(folded):
        text = run[0]
        if run[1]:
            found.update(text)
            found.update(map(add, text, text[1:]))
            if len(text) > 2:
                letters = [han.table().initials.get(character, "") for character in text]
                for one, two, three in zip(letters, letters[1:], letters[2:], strict=False):
                    found.update(_INITIALS + a + b + c for a in one for b in two for c in three)
        elif run[2]:
            found.add(text if len(text) <= LONGEST_WORD else LONG)
        else:
            found.add(_mark(text))
    return found


def _mark(text: str) -> str:
    """The index takes only letters, digits and what is not ASCII for part of a token."""
    return chr(0xE000 + ord(text)) if text < "\x80" else text


class Group(NamedTuple):
    """Tokens of which a text has one."""

    tokens: list[str]
    texts: int
    """About how many texts there are with one of them, at most."""


class Vocabulary:
    """All tokens of the index, as they are looked through: words in one long text, characters by their neighbours.

    Beside each is how many texts have it, as the power of two above."""

    def __init__(self, counted: Iterable[tuple[str, int]] = (), text_count: int = 0) -> None:
        self.text_count = text_count
        words: list[str] = []
        self._pairs: dict[str, dict[str, int]] = {}
        self._recent: set[str] = set()
        self.characters: set[str] = set()
        for token, count in counted:
            if not self._take_characters(token, count):
                words += (token, chr(_COUNTS + count.bit_length()))
        self._words = "\n" + "\n".join(words) + "\n"

    def add(self, them: Iterable[str]) -> None:
        """Tokens of a text that was indexed since."""
        self.text_count += 1
        self.note(them)

    def note(self, them: Iterable[str]) -> None:
        """Tokens of texts that were counted already."""
        self._recent.update(token for token in them if not self._take_characters(token, 1))

    @property
    def recent_count(self) -> int:
        return len(self._recent)

    def _take_characters(self, token: str, count: int) -> bool:
        if token[0] == _INITIALS:
            return True
        if not _is_cjk(token[0]):
            return False
        if len(token) == 2:
            others = self._pairs.setdefault(token[0], {})
            others[token[1]] = max(others.get(token[1], 0), count.bit_length())
            self.characters.update(token)
        else:
            self.characters.add(token)
        return True

    def words_with(self, piece: str, *, begins: bool, ends: bool) -> Group | None:
        """Words that have `piece` in them, begin with it, or end in it; None for more than MOST_WORDS."""
        found: list[str] = []
        texts = 0
        wanted = f"{chr(10) * begins}{piece}{chr(10) * ends}"
        words = self._words
        at = words.find(wanted)
        while at >= 0:
            begin = at + 1 if begins else words.rfind("\n", 0, at) + 1
            end = words.find("\n", begin + len(piece))
            found.append(words[begin:end])
            texts += 1 << (ord(words[end + 1]) - _COUNTS)
            if len(found) > MOST_WORDS:
                return None
            at = words.find(wanted, end)
        for word in self._recent:
            if piece in word and (not begins or word.startswith(piece)) and (not ends or word.endswith(piece)):
                found.append(word)
                texts += 1
        return Group(found, texts) if len(found) <= MOST_WORDS else None

    def pair(self, pair: str) -> Group:
        """Two characters that stand together."""
        bits = self._pairs.get(pair[0], {}).get(pair[1])
        return Group([pair], 0 if bits is None else 1 << bits)

    def pairs(self, first: frozenset[str], second: frozenset[str]) -> Group:
        """Two characters that stand together somewhere, one of each set."""
        found = [(a + b, bits) for a in first if a in self._pairs for b, bits in self._pairs[a].items() if b in second]
        return Group([pair for pair, _ in found], sum(1 << bits for _, bits in found))


_COUNTS = 0xE200
_CJK = re.compile(f"[{CJK}]")


def _is_cjk(character: str) -> bool:
    return bool(_CJK.match(character))


def groups_of(text: str, vocabulary: Vocabulary) -> list[Group]:
    """Every text that holds `text` has a token of each of these; none when the index cannot tell."""
    groups: list[Group] = []
    marks: list[Group] = []
    for run in _RUNS.finditer(text):
        piece = run[0]
        if run[1]:
            if len(piece) == 1:
                groups.append(Group([piece], vocabulary.text_count // 2))
            groups += [vocabulary.pair(piece[at : at + 2]) for at in range(min(len(piece) - 1, 12))]
        elif run[2]:
            if len(piece) > LONGEST_WORD:
                groups.append(Group([LONG], 1))
            else:
                words = vocabulary.words_with(piece, begins=run.start() > 0, ends=run.end() < len(text))
                if words is not None:
                    groups.append(Group([*words.tokens, LONG], words.texts))
        else:
            marks.append(Group([_mark(piece)], vocabulary.text_count // 2))
    return groups or marks


def expression(groups: Iterable[Group], vocabulary: Vocabulary) -> str | None:
    """The rarest of the groups in the language of FTS5's MATCH; None where looking at all texts is as quick."""
    chosen: list[Group] = []
    for group in sorted(groups, key=lambda one: one.texts):
        if len(chosen) == MOST_GROUPS or (chosen and chosen[0].texts < FEW_TEXTS):
            break
        chosen.append(group)
    if not chosen or (len(chosen) == 1 and chosen[0].texts > max(FEW_TEXTS, vocabulary.text_count // COMMON)):
        return None
    return " AND ".join(f"({' OR '.join(map(_quoted, dict.fromkeys(group.tokens)))})" for group in chosen)


def reading_expression(spellings: Iterable[Spelling], letters: str, vocabulary: Vocabulary) -> str:
    """What texts match that hold a word with one of these readings; '' where no text can."""
    ways: dict[str, None] = {}
    for spelling in spellings:
        if len(spelling) == len(letters) > 2:  # the first letter of each
            parts = [Group([_INITIALS + letters[at : at + 3]], 1_000) for at in range(len(letters) - 2)]
            ways[" AND ".join(_quoted(part.tokens[0]) for part in parts)] = None
            continue
        pairs = [vocabulary.pairs(first, second) for first, second in pairwise(spelling)]
        if all(group.tokens for group in pairs):
            rarest = sorted(pairs, key=lambda one: one.texts)[:MOST_GROUPS]
            ways[" AND ".join(f"({' OR '.join(map(_quoted, group.tokens))})" for group in rarest)] = None
    return " OR ".join(f"({way})" for way in ways)


def _quoted(token: str) -> str:
    return f'"{token}"'
