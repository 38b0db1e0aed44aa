"""What a person may set for a request beside the words, with the ranges that are checked before it leaves.

Source of the ranges, read 2026-11-23: https://help.aliyun.com/zh/model-studio/qwen-api-via-dashscope.  Where the two
protocols differ (the seed), the narrower range is taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from qwen_desktop.core.errors import RequestRefused


@dataclass(frozen=True, slots=True)
class Range:
    """Which numbers are taken, from `least` to `most`, both ends with it unless they are open."""

    least: float
    most: float
    has_open_start: bool = False
    has_open_end: bool = False
    is_whole: bool = False
    default: float | None = None
    """What the model does by itself; None: it is not published, or there is no such number."""

    def holds(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int if self.is_whole else int | float):
            return False
        assert isinstance(value, int | float)
        if not math.isfinite(value):
            return False
        is_above = value > self.least if self.has_open_start else value >= self.least
        return is_above and (value < self.most if self.has_open_end else value <= self.most)


MOST_TOKENS = 10_000_000
RANGES: Mapping[str, Range] = {
    "temperature": Range(0.0, 2.0, has_open_end=True),
    "top_p": Range(0.0, 1.0, has_open_start=True),
    "max_tokens": Range(1, MOST_TOKENS, is_whole=True),
    "seed": Range(0, 2**31 - 1, is_whole=True),
    "thinking_budget": Range(1, MOST_TOKENS, is_whole=True),
}
"""Whatever the model.  A model's own, which are narrower, are told by `catalogue.ranges`."""
MOST_STOPS = 16
MOST_STOP_CHARACTERS = 200
EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""All words for an effort, the smallest first; a model takes some of them, or a budget in their place."""
EFFORT_BUDGETS = {"low": 4_096, "medium": 16_384, "high": 65_536, "xhigh": 262_144, "max": 262_144}
"""Tokens of thinking: what an effort means to a model that takes budgets only.  The service itself gives those of low,
medium and xhigh."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What shapes a reply; None, () and '' leave it to the model, and are not sent.

    Budget and effort are two words for one thing: the budget goes first, and both count only where the model thinks."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    """Most tokens of the reply's text; reasoning does not count."""
    seed: int | None = None
    stop: tuple[str, ...] = ()
    """Texts before which the reply ends."""
    thinking_budget: int | None = None
    """Most tokens of reasoning."""
    effort: str = ""
    """One of EFFORTS."""

    def check(self) -> None:
        """Raises RequestRefused, its reason the parameter's name, for the first value that no model takes.

        What only this model does not take is fitted to it by the request (see `request_body`)."""
        for name, allowed in RANGES.items():
            value = getattr(self, name)
            if value is not None and not allowed.holds(value):
                raise _refused(name)
        if len(self.stop) > MOST_STOPS:
            raise _refused("stop")
        for text in self.stop:
            if not isinstance(text, str) or not 0 < len(text) <= MOST_STOP_CHARACTERS:
                raise _refused("stop")
        if self.effort and self.effort not in EFFORTS:
            raise _refused("thinking_budget")


def _refused(name: str) -> RequestRefused:
    return RequestRefused(f"{name} is out of its range; nothing was sent", reason=name)
