"""The messages of a conversation and what is looked for to places in their exact text.

What is searched is what is seen: marks of emphasis and code are left out (`seen_text.py`), so "bold text" is found in
"**bold** text"; upper and lower case are one, and a line end is a space.  What is looked for with such marks in it is
searched in the text as it was written.

Counting is linear and goes in slices; places are found when they are asked for, from blocks of `BLOCK` characters
with the number of hits before each.  Hits do not overlap, as with `str.count`.  No Qt.
"""

from __future__ import annotations

import bisect
import re
import time
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import NamedTuple

from qwen_desktop.ui.transcript.seen_text import SeenText, fold, has_marks

BLOCK = 32_000
"""Characters that are counted in one go, well below a millisecond."""
MOST_LISTED = 4_000
"""Hits of one message that are listed at once, for highlighting: a million would take longer than a frame."""
CLEAN_TRIES = 64


class Hit(NamedTuple):
    """One place; offsets in Python's characters of the message's exact text."""

    message_id: int
    begin: int
    end: int


class _Message:
    """One message: as it is seen and as it was written, each made when it is first searched."""

    __slots__ = ("_pieces", "_seen", "_written")

    def __init__(self, text: str) -> None:
        self._pieces = [text]
        self._seen: SeenText | None = None
        self._written: SeenText | None = None

    def text(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def append(self, text: str) -> None:
        self._pieces.append(text)
        for searched in (self._seen, self._written):
            if searched is not None:
                searched.grew()

    @property
    def seen(self) -> SeenText:
        if self._seen is None:
            self._seen = SeenText(self.text, strips_marks=True)
        return self._seen

    @property
    def written(self) -> SeenText:
        if self._written is None:
            self._written = SeenText(self.text, strips_marks=False)
        return self._written


class TextIndex:
    """The texts of one conversation, in the order of its messages.  For one thread at a time."""

    def __init__(self) -> None:
        self._messages: dict[int, _Message] = {}

    @property
    def message_ids(self) -> list[int]:
        return list(self._messages)

    def set_text(self, message_id: int, text: str) -> None:
        """A message's whole text; one that is new comes last.  Nothing is read yet."""
        self._messages[message_id] = _Message(text)

    def append(self, message_id: int, text: str) -> None:
        """More text of a message, as it arrives."""
        self._messages[message_id].append(text)

    def grow_to(self, message_id: int, text: str) -> bool:
        """A message's whole text as it is now; whether it only became longer."""
        known = self._messages[message_id].text()
        has_grown = text.startswith(known)
        if not has_grown:
            self.set_text(message_id, text)
        elif len(text) > len(known):
            self.append(message_id, text[len(known) :])
        return has_grown

    def remove(self, message_id: int) -> None:
        self._messages.pop(message_id, None)

    def clear(self) -> None:
        self._messages.clear()

    def arrange(self, message_ids: Iterable[int], text_of: Callable[[int], str]) -> None:
        """Have exactly these messages in this order; `text_of` is asked for those that are new."""
        known = self._messages
        self._messages = {id_: known.get(id_) or _Message(text_of(id_)) for id_ in message_ids}

    def prepare(self, budget_s: float) -> bool:
        """Read on for about so long; True once everything is read.  A search does what is left of it."""
        end = time.perf_counter() + budget_s
        for message in self._messages.values():
            while message.seen.ready is None:
                message.seen.read_some()
                if time.perf_counter() >= end:
                    return False
        return True

    def begin_search(self, query: str) -> Hits:
        """The hits of `query`, not counted yet: call `count_some` until it says True.

        Later `append`s are in it after `recount`; after any other change search anew."""
        return Hits(list(self._messages), list(self._messages.values()), query)

    def search(self, query: str) -> Hits:
        """The hits of `query`, counted."""
        hits = self.begin_search(query)
        hits.count_some(float("inf"))
        return hits


class Hits:
    """Where a query is found, in the order of the conversation."""

    def __init__(self, ids: list[int], messages: list[_Message], query: str) -> None:
        self.query = query
        self._needle = fold(query)
        self._is_written = has_marks(query)
        self._ids = ids
        self._messages = messages
        self._rows = dict(zip(ids, range(len(ids)), strict=True))
        self._counts: list[int] = []
        self._blocks: dict[int, list[tuple[int, int]]] = {}
        """For long messages by row: where each block begins and how many hits are before it."""
        self._so_far: tuple[int, list[tuple[int, int]]] | None = None
        """Of the message that is being counted: where the next block begins, and the blocks until there."""
        self._before: list[int] | None = None
        """For each message, the hits in it and in those before it."""

    def _text_at(self, row: int) -> SeenText:
        message = self._messages[row]
        return message.written if self._is_written else message.seen

    # Counting

    @property
    def is_counted(self) -> bool:
        return len(self._counts) == len(self._ids)

    @property
    def total(self) -> int:
        """How many hits there are, as far as they are counted."""
        return self._upto()[-1] if self._counts else 0

    def count_some(self, budget_s: float) -> bool:
        """Count on for about so long; True once all is counted."""
        end = time.perf_counter() + budget_s
        self._before = None
        if not self._needle:
            self._counts = [0] * len(self._ids)
        looked_at = 0
        while len(self._counts) < len(self._ids):
            text = self._text_at(len(self._counts))
            whole = text.ready
            if whole is None:
                text.read_some()
                looked_at = BLOCK
            elif len(whole) <= BLOCK:
                self._counts.append(whole.count(self._needle))
                looked_at += len(whole) + 100
            else:
                count = self._count_long(len(self._counts), whole, end)
                if count is None:
                    return False
                self._counts.append(count)
            if looked_at >= BLOCK:
                looked_at = 0
                if time.perf_counter() >= end:
                    break
        return self.is_counted

    def recount(self, message_id: int) -> None:
        """A message has grown; only with everything else counted."""
        row = self._rows[message_id]
        self._blocks.pop(row, None)
        text = self._text_at(row).whole()
        count = text.count(self._needle) if len(text) <= BLOCK else self._count_long(row, text, float("inf"))
        assert count is not None
        self._counts[row] = count
        self._before = None

    def _count_long(self, row: int, text: str, end: float) -> int | None:
        """The hits in one message; None if the time was over before its end, then go on with it later."""
        needle = self._needle
        begin, blocks = self._so_far or (0, [(0, 0)])
        count = blocks[-1][1]
        while begin < len(text):
            stop, found = _block(text, needle, begin)
            count += found
            begin = stop
            blocks.append((begin, count))
            if begin < len(text) and time.perf_counter() >= end:
                self._so_far = begin, blocks
                return None
        self._so_far = None
        self._blocks[row] = blocks
        return count

    def _upto(self) -> list[int]:
        if self._before is None:
            self._before = list(accumulate(self._counts))
        return self._before

    # Places

    def hit(self, number: int) -> Hit:
        """The hit of that number, from 0."""
        upto = self._upto()
        if not 0 <= number < self.total:
            raise IndexError(number)
        row = bisect.bisect_right(upto, number)
        inside = number - (upto[row - 1] if row else 0)
        begins = self._block_of(row, inside)
        return self._hit(row, begins[0][inside - begins[1]])

    def first_from(self, message_id: int, offset: int) -> int:
        """Number of the first hit that begins at or after a place; `total` if there is none."""
        row = self._rows[message_id]
        upto = self._upto()
        before = upto[row - 1] if row else 0
        at = self._text_at(row).seen_of(offset)
        blocks = self._blocks.get(row, [(0, 0)])
        block = max(0, bisect.bisect_right(blocks, at, key=lambda entry: entry[0]) - 1)
        begin, inside = blocks[block]
        stop = blocks[block + 1][0] if block + 1 < len(blocks) else len(self._text_at(row).whole())
        places = _places(self._text_at(row).whole(), self._needle, begin, stop) if self._counts[row] else []
        return before + inside + bisect.bisect_left(places, at)

    def last_before(self, message_id: int, offset: int) -> int:
        """Number of the last hit that begins before a place; -1 if there is none."""
        return self.first_from(message_id, offset) - 1

    def in_message(self, message_id: int, around: int = 0) -> list[tuple[int, int]]:
        """Begin and end of the hits in one message; of a great many those about the offset `around`."""
        row = self._rows.get(message_id)
        if row is None or row >= len(self._counts) or not self._counts[row]:
            return []
        count = self._counts[row]
        first = 0
        if count > MOST_LISTED:
            upto = self._upto()
            first = self.first_from(message_id, around) - (upto[row] - count) - MOST_LISTED // 2
            first = min(max(0, first), count - MOST_LISTED)
        found: list[tuple[int, int]] = []
        at = first
        while len(found) < min(count, MOST_LISTED):
            places, before = self._block_of(row, at)
            wanted = places[at - before : at - before + min(count, MOST_LISTED) - len(found)]
            if not wanted:  # the message has grown since, and its last characters mean something else now
                break
            found += [self._hit(row, place)[1:] for place in wanted]
            at += len(wanted)
        return found

    def _block_of(self, row: int, number: int) -> tuple[list[int], int]:
        """Where the hits begin in the block that has hit `number` of a message, and how many are before that block."""
        text = self._text_at(row).whole()
        blocks = self._blocks.get(row)
        if blocks is None:
            return _places(text, self._needle, 0, len(text)), 0
        block = bisect.bisect_right(blocks, number, key=lambda entry: entry[1]) - 1
        begin, before = blocks[block]
        return _places(text, self._needle, begin, blocks[block + 1][0]), before

    def _hit(self, row: int, place: int) -> Hit:
        text = self._text_at(row)
        last = place + len(self._needle) - 1
        return Hit(self._ids[row], text.exact_of(place), text.exact_of(last) + 1)


def _places(text: str, needle: str, begin: int, end: int) -> list[int]:
    """Where the hits between two places begin."""
    return [found.start() for found in re.compile(re.escape(needle)).finditer(text, begin, end)]


def _block(text: str, needle: str, begin: int) -> tuple[int, int]:
    """The end of the block that begins at `begin`, and the hits in it.  No hit reaches over the end of a block."""
    size = len(needle)
    for end in range(begin + BLOCK, begin + BLOCK + CLEAN_TRIES):
        if end >= len(text):
            return len(text), text.count(needle, begin)
        if size == 1 or text.find(needle, max(begin, end - size + 1), end + size - 1) < 0:
            return end, text.count(needle, begin, end)
    places = _places(text, needle, begin, begin + BLOCK + size)  # a query that repeats itself, in such a text
    return places[-1] + size, len(places)
