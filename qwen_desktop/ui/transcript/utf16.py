"""Growing text to UTF-16 units, as Qt and the accessibility buses count: encoded once, when it is asked for.  No Qt."""

from __future__ import annotations

from qwen_desktop.ui.transcript.message_state import MessageState


class Utf16Text:
    """The text of one message in units.  Of a text that grew only the new part is encoded."""

    def __init__(self, state: MessageState) -> None:
        self._state = state
        self._units = bytearray()
        self._characters = 0
        self._generation = state.generation

    def _update(self) -> str:
        """Take what came since the last time; the whole text."""
        text = self._state.text
        if self._generation != self._state.generation or len(text) < self._characters:
            self._generation = self._state.generation
            self._units.clear()
            self._characters = 0
        if len(text) > self._characters:
            self._units += text[self._characters :].encode("utf-16-le", "surrogatepass")
            self._characters = len(text)
        return text

    def __len__(self) -> int:
        self._update()
        return len(self._units) // 2

    def slice(self, start: int, end: int = -1) -> str:
        """Units from `start` to `end` (-1: to the last).  A character of two units belongs to its first: texts of
        neighbouring slices joined are exact wherever they are cut."""
        text = self._update()
        length = len(self._units) // 2
        start, end = min(max(0, start), length), length if end < 0 else min(end, length)
        if start == 0 and end == length:
            return text
        if length == len(text):
            return text[start:end]
        start, end = self._whole(start), self._whole(end)
        return self._units[2 * start : 2 * end].decode("utf-16-le", "replace")

    def _whole(self, unit: int) -> int:
        """The next place at which no character is cut."""
        is_second = 2 * unit + 1 < len(self._units) and 0xDC <= self._units[2 * unit + 1] <= 0xDF
        return unit + 1 if is_second and unit > 0 and 0xD8 <= self._units[2 * unit - 1] <= 0xDB else unit

    def unit_of(self, character: int) -> int:
        """Where a character begins, in units; cheap near the end."""
        text = self._update()
        if len(self._units) == 2 * len(text):
            return character
        return len(self._units) // 2 - len(text[character:].encode("utf-16-le", "surrogatepass")) // 2

    def character_of(self, unit: int) -> int:
        """The character that holds a unit."""
        text = self._update()
        if len(self._units) == 2 * len(text):
            return unit
        return len(self._units[: 2 * unit].decode("utf-16-le", "ignore"))
