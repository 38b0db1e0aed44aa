"""The beginning of a reply becomes the text of a notification on the GUI thread: that must not be felt."""

from __future__ import annotations

import time

import pytest

from qwen_desktop.ui.controllers.presence import TOLD_CHARACTERS
from qwen_desktop.ui.transcript.copied_forms import plain_text_of
from tests.yardstick import slower

SLOWEST_S = 0.06
"""Of the processor of a usual machine: about three times what it takes."""


@pytest.mark.parametrize("piece", ["![", "[", "*a", "<a"])
def test_a_hostile_reply_is_told_at_once(piece: str) -> None:
    times = []
    for _ in range(5):
        began = time.thread_time()
        plain_text_of((piece * TOLD_CHARACTERS)[:TOLD_CHARACTERS])
        times.append(time.thread_time() - began)
    assert min(times) < SLOWEST_S * slower()
