"""The text of a continuation to what is appended to the reply it continues: exact, and without what was said already.

A service that continues a reply sends only what follows, so text is appended as it comes: no character is added, none
is trimmed.  One that begins a little earlier, or all over, repeats the end of the reply.  That is recognised when the
continuation begins with exactly what the reply ends with, at least SHORTEST_OVERLAP characters of it; then the
repetition is left out.

What cannot be known: a shorter repetition, one with another blank in it, and a gap are appended as they come; and where
a text is cut behind 20 characters that it is just about to say again, the second time is lost.  So that rules of
tables, rows of digits and blank lines are safe from that, a repetition counts for nothing where the reply itself
repeats at its end what would be left out.
"""

from __future__ import annotations

SHORTEST_OVERLAP = 20
"""Characters that must be the same; fewer are too often a coincidence."""
_CANDIDATES = 16
"""Places in the reply at which the continuation may have begun again; more are a text that repeats itself."""


class Seam:
    """Between the text of one reply and one continuation of it; feed the continuation in order, then `close`."""

    def __init__(self, base: str) -> None:
        self.prefix = base
        """What the service is to continue: the text, without half a surrogate pair at its end, which cannot be sent."""
        self._half = ""
        if base and "\ud800" <= base[-1] <= "\udbff":
            self.prefix, self._half = base[:-1], base[-1]
        self.left_out = 0
        """Characters that were a repetition."""
        self._begin()

    def _begin(self) -> None:
        self.is_decided = len(self.prefix) < SHORTEST_OVERLAP
        """Whether something is left out is known; from now on nothing is held back."""
        self._held: list[str] = []
        self._length = 0
        """Characters held."""
        self._places: list[int] | None = None
        """Where in the prefix everything held stands, earliest first; None while there are too few characters."""
        self._is_joined = not self._half
        self.left_out = 0

    def add(self, text: str) -> str:
        """What `text` (not empty) appends to the reply now, maybe nothing."""
        if self.is_decided:
            return self._joined(text)
        self._held.append(text)
        self._length += len(text)
        if self._places is None:
            if not self._find_places():
                return ""
        else:
            start = self._length - len(text)
            self._places = [place for place in self._places if self._goes_on(place, text, start)]
        return self._decide()

    def replace(self, text: str) -> str:
        """Everything that came so far is replaced by `text`: what that appends to the reply."""
        self._begin()
        return self.add(text) if text else ""

    def close(self) -> str:
        """The continuation has ended: what was held and is no whole repetition is appended."""
        for place in self._places or ():
            overlap = len(self.prefix) - place
            if self._held and overlap <= self._length and not _is_said_twice(self.prefix, overlap):
                self.left_out = overlap
                return self._give(overlap)
        return self._give(0)

    def _find_places(self) -> bool:
        """Looks for what is held in the prefix; False while it is too short to tell, and may be there."""
        held = "".join(self._held)
        self._held = [held]
        if self._length < SHORTEST_OVERLAP:
            last_end = len(self.prefix) - SHORTEST_OVERLAP + self._length
            if self.prefix.find(held, 0, last_end) >= 0:
                return False
            self._places = []
            return True
        beginning, rest = held[:SHORTEST_OVERLAP], held[SHORTEST_OVERLAP:]
        places = [0] if self.prefix.startswith(beginning) else []
        end = len(self.prefix)
        while len(places) < _CANDIDATES and (place := self.prefix.rfind(beginning, 0, end)) > 0:
            places.append(place)
            end = place + SHORTEST_OVERLAP - 1
        self._places = [place for place in sorted(places) if self._goes_on(place, rest, SHORTEST_OVERLAP)]
        return True

    def _goes_on(self, place: int, text: str, start: int) -> bool:
        """The prefix has `text`, or as much of it as there is room for, `start` characters behind `place`."""
        at = place + start
        room = len(self.prefix) - at
        return room <= 0 or self.prefix.startswith(text[:room], at)

    def _decide(self) -> str:
        """The earliest place that is still possible decides: it leaves out most."""
        assert self._places is not None
        while self._places:
            overlap = len(self.prefix) - self._places[0]
            if overlap > self._length:
                return ""
            if not _is_said_twice(self.prefix, overlap):
                self.left_out = overlap
                return self._give(overlap)
            self._places.pop(0)
        return self._give(0)

    def _give(self, left_out: int) -> str:
        self.is_decided = True
        held = "".join(self._held)[left_out:]
        self._held.clear()
        return self._joined(held) if held else ""

    def _joined(self, text: str) -> str:
        """`text` behind half a pair: a whole character whose first half is there already gives its second only."""
        if self._is_joined:
            return text
        self._is_joined = True
        code = ord(text[0]) - 0x10000
        if code >= 0 and chr(0xD800 + (code >> 10)) == self._half:
            return chr(0xDC00 + (code & 0x3FF)) + text[1:]
        return text


def _is_said_twice(text: str, length: int) -> bool:
    """The last `length` characters of `text` are a unit repeated, or stand there twice in a row."""
    if text.endswith(end := text[len(text) - length :], 0, len(text) - length):
        return True
    half = end[: length - length // 2]
    unit = end.find(half, 1)
    while 0 < unit <= length // 2:
        if end.startswith(end[unit:]):  # moved by one unit it is itself
            return True
        unit = end.find(half, unit + 1)
    return False
