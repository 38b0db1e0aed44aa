"""Ten thousand messages: they open at their end, only what is about the screen has widgets, all of them are copied."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from qwen_desktop.ui.transcript.message_widget import MessageWidget
from tests.gui.transcript.conftest import prompt, reply
from tests.gui.transcript.test_reading_place import mixed

COUNT = 10_000


@pytest.fixture(scope="module")
def messages():
    chance = random.Random("ten thousand")
    return [prompt(n, f"ask {n}") if n % 2 else reply(n, mixed(n, chance)) for n in range(COUNT)]


@pytest.fixture
def many(view, messages):
    view.show_messages(messages)
    return view


def test_it_opens_at_its_end(many, settled):
    bar = many.verticalScrollBar()
    assert bar.value() == bar.maximum() > 100_000
    last = many.widget_of(COUNT - 1)
    assert last is not None
    assert 0 < last.y() + last.height() <= many.viewport().height()
    assert many.is_following
    assert len(many.widgets()) < 30
    settled()
    assert bar.value() == bar.maximum()
    assert len(many.widgets()) <= 60


def test_widgets_are_those_of_the_screen_wherever_one_goes(many, settled, qtbot):
    bar = many.verticalScrollBar()
    highest, seen = 0, set()
    for part in range(60, -1, -1):
        bar.setValue(bar.maximum() * part // 60)
        for _ in range(2):
            QTest.keyClick(many, Qt.Key.Key_PageUp)
            seen.update(widget.row for widget in many.widgets())
        highest = max(highest, len(many.widgets()))
        if part % 20 == 0:
            settled()
            assert len(many.widgets()) <= 60
            assert len(many.viewport().findChildren(MessageWidget, options=Qt.FindDirectChildrenOnly)) <= 60
    assert highest <= 90
    assert 0 in seen
    assert COUNT - 1 in seen
    assert len(seen) > 700
    settled()


def test_all_of_it_is_copied_exactly(many, settled, messages):
    QTest.keyClick(many, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(many, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "\n\n".join(message.text for message in messages)
    assert len(many.widgets()) < 100
    settled()


def test_from_the_middle_to_the_end_it_is_copied_exactly(many, settled, messages):
    row = 5_000
    many.bring_to_top(row, ("top", 0, 0.0, -1), 0.0)
    settled()
    assert many.reading_id == row
    many.selection._take(row, "body", ((0, 0), (0, 0)), "place")
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(many, Qt.Key.Key_End, keys)
    assert many.selected_text() == "\n\n".join(message.text for message in messages[row:])
    settled()
