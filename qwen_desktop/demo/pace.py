"""A text to pieces with pauses, the way a model's words arrive: small, uneven, now and then several at once."""

from __future__ import annotations

import random
from collections.abc import Iterator

THINKING_S = 1.5
"""Longest time for the whole reasoning."""
WRITING_S = 6.0
"""Longest time for the whole text: with the thinking and the first wait a reply ends within 10 s."""
FIRST_WAIT_S = 0.35
"""Silence before the first piece."""

_MEAN_PAUSE_S = 0.033
"""Average of the pauses below, bursts included; it decides how large pieces must be to end in time."""


def pieces_of(text: str, longest_s: float) -> Iterator[tuple[float, str]]:
    """(seconds to wait, piece) until `text` is used up; the waits sum to at most `longest_s`.

    The same text gives the same pieces."""
    chance = random.Random(text)
    mean = max(2.5, len(text) * _MEAN_PAUSE_S / longest_s)
    left_s = longest_s
    burst = 0
    start = 0
    while start < len(text):
        if burst:
            burst -= 1
            wait_s = 0.0
        else:
            wait_s = chance.uniform(0.02, 0.06)
            if chance.random() < 0.12:
                burst = chance.randint(1, 4)
        wait_s = min(wait_s, left_s)
        left_s -= wait_s
        size = max(1, round(chance.uniform(0.4, 1.6) * mean))
        yield wait_s, text[start : start + size]
        start += size
