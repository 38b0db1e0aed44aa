"""Heights of rows to places and back, against a plain list."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qwen_desktop.ui.transcript.heights import HeightIndex

HEIGHTS = st.integers(0, 5_000)
CHANGES = st.one_of(
    st.tuples(st.just("append"), st.just(0), HEIGHTS),
    st.tuples(st.just("set"), st.integers(0, 10_000), HEIGHTS),
)


def row_in(heights: list[int], y: float) -> int:
    """The row that a height is in: a row of no height holds nothing."""
    ends = list(accumulate(heights))
    found = next((row for row, end in enumerate(ends) if y < end), len(heights) - 1)
    return max(0, found)


def is_like(index: HeightIndex, heights: list[int]) -> bool:
    assert len(index) == len(heights)
    assert [index[row] for row in range(len(heights))] == heights
    assert [index.prefix(row) for row in range(len(heights) + 1)] == [0, *accumulate(heights)]
    assert index.total == sum(heights)
    for begin in (0, *accumulate(heights)):
        for y in (begin - 1, begin - 0.5, begin, begin + 0.5, begin + 1):
            assert index.find(y) == row_in(heights, y), y
    return True


@given(st.lists(HEIGHTS, max_size=40), st.lists(CHANGES, max_size=40))
def test_it_is_like_a_list_after_any_changes(heights, changes):
    index = HeightIndex(heights)
    heights = list(heights)
    assert is_like(index, heights)
    for what, row, height in changes:
        if what == "append":
            index.append(height)
            heights.append(height)
        elif heights:
            index.set(row % len(heights), height)
            heights[row % len(heights)] = height
    assert is_like(index, heights)


@given(st.lists(HEIGHTS, max_size=300))
def test_appended_one_by_one_is_like_built_at_once(heights):
    grown = HeightIndex()
    for height in heights:
        grown.append(height)
    assert is_like(grown, heights)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 9, 1023, 1024, 1025])
def test_sizes_around_powers_of_two(count):
    heights = [row % 5 for row in range(count)]
    assert is_like(HeightIndex(heights), heights)


def test_nothing_and_beyond():
    index = HeightIndex()
    assert (len(index), index.total, index.find(0), index.find(99)) == (0, 0, 0, 0)
    with pytest.raises(IndexError):
        index.set(0, 5)
    index.append(10)
    assert [index.find(y) for y in (-100, 0, 9.99, 10, 1e9)] == [0, 0, 0, 0, 0]
