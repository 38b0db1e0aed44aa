"""What was found in a message to the colour behind it, block by block as they are painted."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from qwen_desktop.ui.transcript.places import Stretch, entry_of, stretches_in_entry, stretches_of

if TYPE_CHECKING:
    from qwen_desktop.ui.transcript.flow import Flow
    from qwen_desktop.ui.transcript.text_box import Wash

Hit = tuple[int, int]


class FoundMarks:
    """The hits of one search in one text, as offsets in it from first to last; one of them may be the current one."""

    def __init__(self, flow: Flow, text: str, hits: Sequence[Hit], current: Hit | None) -> None:
        self._flow = flow
        self._text = text
        self._hits = hits
        self._roles = ["current" if hit == current else "hit" for hit in hits]
        self._read = _without_returns(text, hits)
        """The hits in the text as blocks have it: with line ends of one character."""
        self._starts: list[int] = []
        self._known: dict[int, tuple[object, int, int, dict[int, list[Wash]]]] = {}

    def forget(self) -> None:
        """Positions in the pieces have changed."""
        self._known.clear()

    def of_piece(self, index: int) -> list[Wash]:
        """What is marked in a piece."""
        number = entry_of(self._flow, index)
        if number is None:
            return self._of_plain().get(index, [])
        entry = self._flow.shown_blocks[number]
        known = self._known.get(number)
        if known is None or known[:3] != (entry.block, entry.revision, entry.first):
            known = (entry.block, entry.revision, entry.first, self._in_entry(number))
            self._known[number] = known
        return known[3].get(index, [])

    def _in_entry(self, number: int) -> dict[int, list[Wash]]:
        flow = self._flow
        if len(self._starts) != len(flow.shown_blocks) + 1:
            self._starts = [0, *accumulate(len(entry.block.src) for entry in flow.shown_blocks)]
        start, size = self._starts[number], len(flow.shown_blocks[number].block.src)
        washes: dict[int, list[Wash]] = {}
        at = bisect.bisect_right(self._read, start, key=lambda hit: hit[1])
        while at < len(self._read) and self._read[at][0] < start + size:
            begin, end = self._read[at]
            parts = stretches_in_entry(flow, number, max(0, begin - start), min(size, end - start))
            _add(washes, parts, self._roles[at])
            at += 1
        return washes

    def _of_plain(self) -> dict[int, list[Wash]]:
        """Of a text that is shown as it was written."""
        known = self._known.get(-1)
        revision = len(self._flow.pieces), len(self._flow.unread)
        if known is None or known[1:3] != revision:
            washes: dict[int, list[Wash]] = {}
            for hit, role in zip(self._hits, self._roles, strict=True):
                _add(washes, stretches_of(self._flow, self._text, *hit), role)
            known = self._known[-1] = (None, *revision, washes)
        return known[3]


def _add(washes: dict[int, list[Wash]], parts: Sequence[Stretch], role: str) -> None:
    for piece, first, last in parts:
        washes.setdefault(piece, []).append((first, last, role))


def _without_returns(text: str, hits: Sequence[Hit]) -> Sequence[Hit]:
    if "\r\n" not in text:
        return hits
    found, at, dropped = [], 0, 0
    for begin, end in hits:
        dropped += text.count("\r\n", at, begin)
        inside = text.count("\r\n", begin, end)
        found.append((begin - dropped, end - dropped - inside))
        at = begin
    return found
