"""What a chunk costs does not grow with the reply: counted in work done, not in time."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.transcript.column import Column
from qwen_desktop.ui.transcript.controls import BlockControls
from qwen_desktop.ui.transcript.message_widget import MessageWidget
from tests.bench.bench_streaming import long_reply
from tests.gui.transcript.conftest import prompt, reply

COUNTED = (
    (MessageWidget, "arrange"),
    (BlockControls, "_make_buttons"),
    (BlockControls, "_place_table_button"),
    (Column, "prefetch_some"),
)


@pytest.fixture
def work(monkeypatch) -> Counter[str]:
    """How often what takes time was done."""
    done: Counter[str] = Counter()

    def count(owner: type, name: str) -> None:
        real = getattr(owner, name)

        def counting(self, *arguments, **named):
            done[name] += 1
            return real(self, *arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    for owner, name in COUNTED:
        count(owner, name)
    return done


def test_a_chunk_late_in_a_reply_causes_no_more_work_than_an_early_one(view, settled, work):
    view.resize(1_000, 800)
    view.show_messages([prompt(1, "x"), reply(2, "", MessageStatus.WRITING)])
    text = long_reply(40_000)
    size = 50
    per_quarter: list[Counter[str]] = []
    for quarter in range(4):
        work.clear()
        for at in range(quarter * 10_000, (quarter + 1) * 10_000, size):
            view.append_text(2, text[at : at + size])
            view.flush()
            QApplication.processEvents()
        per_quarter.append(Counter(work))
    settled()
    early, late = per_quarter[1], per_quarter[3]  # the first quarter has less than a screen to lay out
    for name in late:
        assert late[name] <= 1.5 * early[name] + 10, f"{name}: {early[name]} then {late[name]}"
    blocks = text[30_000:].count("```python") + text[30_000:].count("```javascript")
    assert late["_make_buttons"] <= blocks + 2, "buttons are made once for a block"
    assert late["prefetch_some"] <= 10_000 / size, "what is ready beyond the screen is not made ready again"
