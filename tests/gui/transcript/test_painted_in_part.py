"""Only what changed is painted while text arrives; what is on the screen is what painting all of it would give."""

from __future__ import annotations

import random

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from tests.gui.transcript.conftest import drawn

GROWING = {
    "paragraph": "Some words with **bold** ones and `code_in_it`, a [link](https://qwen.ai) and 中文，更多的字。 " * 14,
    "right to left": "هذا نص طويل مع **كلمات** و `code` في وسطه " * 24,
    "formulas": "the sum $x_1 + y^2$ and words \\(\\frac{a}{b}\\) go on " * 16,
    "items": "".join(
        f"- item {n} with *slanted* words and `code` that goes over a line, and more\n" for n in range(20)
    ),
    "quote": "> line of a quote that goes on **and on**\n" * 30,
    "table": "| a | b |\n|---|---|\n" + "".join(f"| {n} | `cell` {'wide ' * (n % 9)}|\n" for n in range(30)),
    "code": "```python\n" + "".join(f"value_{n} = '''{n}  # text{' long' * (n % 30)}\n" for n in range(60)) + "```\n",
}


def on_the_screen(view) -> QImage:
    """What was painted, as it came."""
    return view.screen().grabWindow(view.winId()).toImage().convertToFormat(QImage.Format.Format_RGB32)


@pytest.mark.parametrize("kind", GROWING)
def test_what_is_painted_in_part_is_what_painting_all_gives(qtbot, streaming, settled, kind) -> None:
    text, chance, at = GROWING[kind], random.Random(7), 0
    while at < len(text):
        size = chance.choice([3, 20, 60])
        streaming.append_text(2, text[at : at + size])
        at += size
        streaming.flush()
        QApplication.processEvents()
        if chance.random() < 0.3:
            drawn(qtbot, settled)  # else a picture may come between the two looks
            before = on_the_screen(streaming)
            streaming.widget_of(2).update()
            QApplication.processEvents()
            assert on_the_screen(streaming) == before, text[:at][-60:]
