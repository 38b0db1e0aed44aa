"""Buttons, bars and table buttons of a reply that was streamed are where they are when it is loaded."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QScrollBar

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.theme import DARK
from qwen_desktop.ui.transcript.table_button import TableButton
from qwen_desktop.ui.transcript.view import TranscriptView
from qwen_desktop.ui.views.buttons import IconButton
from tests.gui.transcript.conftest import drawn, prompt, reply

PARTS = [
    "Some words with **bold** ones and `code_in_it` that go on for a while, and more of them.\n\n",
    "```python\nfirst = 1\nsecond = 2\n```\n\n",
    "```\n" + "a long line of code that does not fit " * 6 + "\n```\n\n",
    "- item\n\n  ```c\n  int x;\n  ```\n- other\n\n",
    "| a | b |\n|---|---|\n" + "".join(f"| {n} | cell |\n" for n in range(9)) + "\n",
    "| " + " | ".join("a wide header of it" for _ in range(9)) + " |\n|" + "---|" * 9 + "\n| x |\n\n",
    "> quoted\n>\n> ```\n> code\n> ```\n\n",
    "$$\\frac{a}{b}$$\n\n",
]


def controls(view: TranscriptView) -> list[tuple[str, tuple[int, ...], bool]]:
    """What, where above the end and whether it can be seen, of all there are around the screen."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    widget = view.widget_of(2)
    found = [*widget.findChildren(IconButton), *widget.findChildren(TableButton), *widget.findChildren(QScrollBar)]
    top = -widget.y()
    near = [one for one in found if one.objectName() not in ("copy_message", "regenerate", "message_menu", "edit")
            and top <= one.y() < top + view.viewport().height() - 40]  # fmt: skip
    return sorted(
        (one.objectName(), one.geometry().translated(0, -widget.height()).getRect(), one.isHidden()) for one in near
    )


@pytest.mark.parametrize("seed", range(8))
def test_streamed_blocks_have_the_controls_of_loaded_ones(qtbot, view, settled, seed) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choice(PARTS) for _ in range(14))
    view.show_messages([prompt(1, "x"), reply(2, "", MessageStatus.WRITING)])
    at = 0
    while at < len(text):
        size = chance.choice([1, 5, 20, 60, 200])
        view.append_text(2, text[at : at + size])
        at += size
        view.flush()
        if chance.random() < 0.3:
            QApplication.processEvents()
        kind = chance.random()
        if kind < 0.03:
            view.resize(chance.choice([500, 700, 900]), 600)
        elif kind < 0.06:
            view.scroll_by(chance.choice([-300, -90, 90, 300]))
        elif kind < 0.07:
            view._theme.set_colours(DARK)
        elif kind < 0.08:
            view.hide()
            view.show()
    view.end_message(reply(2, text))
    settled()
    view.follow()
    drawn(qtbot, settled)
    streamed = controls(view)
    view.show_messages([prompt(1, "x"), reply(2, text)])
    drawn(qtbot, settled)
    assert streamed == controls(view)
    assert all(not hidden for _, _, hidden in streamed if _)


def test_what_looked_like_code_and_is_none_leaves_no_button(view, settled) -> None:
    view.show_messages([prompt(1, "x"), reply(2, "```python", MessageStatus.WRITING)])
    settled()
    assert [name for name, _, _ in controls(view)] == ["copy_code", "save_code", "wrap_code"]
    view.append_text(2, "` and")
    view.flush()
    settled()
    assert controls(view) == []
