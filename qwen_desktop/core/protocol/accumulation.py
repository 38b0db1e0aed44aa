"""Pieces of a text as they arrive to what they add to it: increments, or everything so far again and again.

DashScope's streams are incremental when asked to be, but some models and gateways repeat the whole text in each frame
(qwen-mt-plus and -turbo always: https://help.aliyun.com/zh/model-studio/qwen-mt-api, read 2026-11-23).
"""

from __future__ import annotations

_SHORTEST_REPEATED = 16
_REPEATS_NEEDED = 3


class Accumulation:
    """One channel of a reply, its text or its reasoning.

    A channel not known to be cumulative is taken to be so only when three pieces in a row, each longer, repeat all that
    was said before (at least 16 characters).  One that is known to be, but gives a piece that has not even its first
    character in common with what came before, is incremental after all: better a repetition than a loss."""

    __slots__ = ("_last", "_may_be_cumulative", "_parts", "_repeats", "is_cumulative")

    def __init__(self, *, is_cumulative: bool = False) -> None:
        self.is_cumulative = is_cumulative
        self._may_be_cumulative = not is_cumulative
        self._parts: list[str] = []
        self._last = ""
        """The last piece, while that can matter."""
        self._repeats = 0

    @property
    def text(self) -> str:
        """All of it; costs its length."""
        return "".join(self._parts)

    def add(self, piece: str) -> str | None:
        """What `piece` (not empty) appends to the text, maybe nothing; None when the text was replaced."""
        if self.is_cumulative:
            return self._add_cumulative(piece)
        if self._may_be_cumulative and self._proves_cumulative(piece):
            self._parts = [piece]
            return None
        self._parts.append(piece)
        return piece

    def settle(self) -> None:
        """Another channel of this reply proved to be cumulative: so is this one, unless it has shown otherwise."""
        if self._may_be_cumulative:
            self.is_cumulative = True
            self._may_be_cumulative = False
            self._parts = [self._last] if self._last else []

    def _proves_cumulative(self, piece: str) -> bool:
        last, self._last = self._last, piece
        if not piece.startswith(last):
            self._may_be_cumulative = False
            self._last = ""
            return False
        repeats_all = len(piece) > len(last) >= _SHORTEST_REPEATED
        self._repeats = self._repeats + 1 if repeats_all else 0
        if self._repeats == _REPEATS_NEEDED:
            self.is_cumulative = True
            self._may_be_cumulative = False
        return self.is_cumulative

    def _add_cumulative(self, piece: str) -> str | None:
        last = self._last
        if piece.startswith(last):
            self._last = piece
            added = piece[len(last) :]
            if added:
                self._parts.append(added)
            return added
        if last.startswith(piece):
            return ""  # an older frame once more
        self._last = piece
        if piece[0] != last[0]:
            self.is_cumulative = False
            self._may_be_cumulative = True
            self._repeats = 0
            self._parts.append(piece)
            return piece
        self._parts = [piece]
        return None
