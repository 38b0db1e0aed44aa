"""The find bar: its keys, its words, and that it leaves an input method alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from qwen_desktop.core.words import set_language
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.find_bar import FindBar
from qwen_desktop.ui.views.main_window import MainWindow

KEY, NONE = Qt.Key, Qt.KeyboardModifier.NoModifier
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def bar(theme: Theme, shown: Callable[[QWidget], Any]) -> Iterator[FindBar]:
    window = QWidget()
    made = FindBar(theme, window)
    shown(window)
    made.open()
    yield made
    window.close()  # it lives as long as its window


@pytest.fixture
def told(bar: FindBar) -> list[str]:
    """What the bar says, in order."""
    said: list[str] = []
    bar.query_changed.connect(lambda query: said.append(f"query {query}"))
    bar.next_requested.connect(lambda: said.append("next"))
    bar.previous_requested.connect(lambda: said.append("previous"))
    bar.closed.connect(lambda: said.append("closed"))
    return said


def test_what_is_typed_is_told_letter_by_letter(bar: FindBar, told: list[str]) -> None:
    QTest.keyClicks(bar.field, "ab")
    assert told == ["query a", "query ab"]


@pytest.mark.parametrize(
    ("key", "modifiers", "expected"),
    [
        (KEY.Key_Return, NONE, "next"),
        (KEY.Key_Enter, Qt.KeyboardModifier.KeypadModifier, "next"),
        (KEY.Key_Return, SHIFT, "previous"),
        (KEY.Key_F3, NONE, "next"),
        (KEY.Key_F3, SHIFT, "previous"),
        (KEY.Key_G, CONTROL, "next"),
        (KEY.Key_G, CONTROL | SHIFT, "previous"),
        (KEY.Key_Escape, NONE, "closed"),
    ],
)
def test_each_key_does_one_thing_once(bar: FindBar, told: list[str], key: Any, modifiers: Any, expected: str) -> None:
    QTest.keyClick(bar.field, key, modifiers)
    assert told == [expected]
    assert bar.isHidden() == (expected == "closed")


def test_keys_of_an_input_method_are_not_the_bars(bar: FindBar, told: list[str]) -> None:
    QApplication.sendEvent(bar.field, QInputMethodEvent("ni", []))
    for key in (KEY.Key_Return, KEY.Key_Escape, KEY.Key_F3):
        QTest.keyClick(bar.field, key)
    assert told == []
    event = QInputMethodEvent("", [])
    event.setCommitString("你")
    QApplication.sendEvent(bar.field, event)
    QTest.keyClick(bar.field, KEY.Key_Return)
    assert told == ["query 你", "next"]


def test_buttons_do_what_the_keys_do(bar: FindBar, told: list[str]) -> None:
    QTest.mouseClick(bar.next_button, Qt.MouseButton.LeftButton)
    assert told == []  # nothing is found yet
    bar.field.setText("x")
    bar.show_count(1, 2)
    for button in (bar.next_button, bar.previous_button, bar.close_button):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert told == ["query x", "next", "previous", "closed"]


def test_enter_on_a_button_presses_that_button(bar: FindBar, told: list[str]) -> None:
    bar.field.setText("x")
    bar.show_count(1, 2)
    bar.previous_button.setFocus()
    QTest.keyClick(bar.previous_button, KEY.Key_Return)
    assert told == ["query x", "previous"]
    bar.show_count(0, 0)
    assert bar.field.hasFocus()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["", "No matches", "3 of 1,280", "1 match", "2 matches"]),
        ("zh_CN", ["", "无匹配", "第 3 处，共 1,280 处", "1 处匹配", "2 处匹配"]),
    ],
)
def test_the_count_in_words(bar: FindBar, language: str, expected: list[str]) -> None:
    set_language(language)
    try:
        seen = [bar.count_label.text()]
        bar.field.setText("x")
        for count in ((0, 0), (3, 1280), (0, 1), (0, 2)):
            bar.show_count(*count)
            seen.append(bar.count_label.text())
            assert bar.field.accessibleDescription() == seen[-1]
    finally:
        set_language("en")
    assert seen == expected
    bar.field.clear()
    assert bar.count_label.text() == ""


def test_opened_again_the_old_words_are_selected_and_given_ones_replace_them(bar: FindBar) -> None:
    bar.field.setText("old")
    bar.close_bar()
    bar.open()
    assert (bar.query, bar.field.selectedText(), bar.field.hasFocus()) == ("old", "old", True)
    bar.open("new")
    assert bar.query == "new"


def test_everything_in_it_that_takes_the_keyboard_has_a_name(bar: FindBar) -> None:
    names = [w.accessibleName() for w in bar.findChildren(QWidget) if w.focusPolicy() != Qt.FocusPolicy.NoFocus]
    assert sorted(names) == ["Close find", "Find in chat", "Next match", "Previous match"]


@pytest.mark.parametrize("width", [600, 900])
def test_all_of_it_fits_into_the_window(window: MainWindow, width: int) -> None:
    window.set_transcript(QWidget())
    window.show_transcript()
    window.resize(width, 600)
    window.find_bar.open("a query that is rather long")
    window.find_bar.show_count(12_345, 1_234_567)
    QApplication.processEvents()
    bar = window.find_bar
    assert bar.count_label.width() >= bar.count_label.sizeHint().width()
    assert bar.field.width() > 150
    right = bar.close_button.mapTo(window, bar.close_button.rect().topRight()).x()
    assert right < window.width()


def test_escape_in_the_bar_closes_it_and_does_not_stop_the_reply(window: MainWindow, qtbot: Any) -> None:
    window.set_transcript(QWidget())
    window.show_transcript()
    window.composer.set_running(True)
    window.find_bar.open()
    with qtbot.assertNotEmitted(window.composer.stop_requested):
        QTest.keyClick(window.find_bar.field, KEY.Key_Escape)
    assert window.find_bar.isHidden()
    assert window.composer.isAncestorOf(QApplication.focusWidget() or window)


def test_another_page_closes_the_bar(window: MainWindow, qtbot: Any) -> None:
    window.set_transcript(QWidget())
    window.show_transcript()
    window.find_bar.open()
    with qtbot.waitSignal(window.find_bar.closed, timeout=1000):
        window.show_empty()
    assert window.find_bar.isHidden()
