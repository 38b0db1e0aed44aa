"""Heights of thousands of rows to places and back, in logarithmic time: a Fenwick tree.  No Qt.

Source: P. M. Fenwick, "A new data structure for cumulative frequency tables", 1994, https://doi.org/10.1002/spe.4380240306
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate


class HeightIndex:
    """Heights in px, by row; all are 0 or more."""

    def __init__(self, heights: Iterable[int] = ()) -> None:
        self._heights = list(heights)
        self._tree = self._built()

    def _built(self) -> list[int]:
        """Of each row the sum of the 2^k rows that end with it, 2^k being the lowest bit of its number from 1."""
        sums = list(accumulate(self._heights, initial=0))
        return [total - sums[at & (at - 1)] for at, total in enumerate(sums)]

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, row: int) -> int:
        return self._heights[row]

    @property
    def total(self) -> int:
        """Of all rows."""
        return self.prefix(len(self._heights))

    def append(self, height: int) -> None:
        """One more row below the others."""
        self._heights.append(height)
        at = len(self._heights)
        self._tree.append(self.prefix(at - 1) - self.prefix(at - (at & -at)) + height)

    def set(self, row: int, height: int) -> None:
        """Give a row another height.  Raises IndexError."""
        difference = height - self._heights[row]
        if not difference:
            return
        self._heights[row] = height
        at = row + 1
        while at < len(self._tree):
            self._tree[at] += difference
            at += at & -at

    def prefix(self, row: int) -> int:
        """Of all rows before `row`: where it begins."""
        total = 0
        while row > 0:
            total += self._tree[row]
            row -= row & -row
        return total

    def find(self, y: float) -> int:
        """The row that `y` is in; the first or the last where it is outside; 0 where there is none."""
        at, left = 0, y
        step = 1 << max(0, len(self._heights).bit_length() - 1)
        while step:
            following = at + step
            if following < len(self._tree) and self._tree[following] <= left:
                at, left = following, left - self._tree[following]
            step >>= 1
        return max(0, min(at, len(self._heights) - 1))
