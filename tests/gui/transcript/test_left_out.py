"""A turn that is left out: written in the second colour, with a line below its prompt that says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from qwen_desktop.ui.theme import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, contrast
from qwen_desktop.ui.transcript.left_out_line import LeftOutLine
from qwen_desktop.ui.transcript.notice import Notice
from tests.gui.transcript.conftest import prompt, reply

TURN = (prompt(1, "Tell me"), replace(reply(2, "Some *text* and `code`.\n\n- a list"), parent_id=1))
NEXT = (replace(prompt(3, "And then?"), parent_id=2), replace(reply(4, "Nothing."), parent_id=3))


def line_of(view, message_id: int) -> LeftOutLine | None:
    lines = [one for one in view.widget_of(message_id).findChildren(LeftOutLine) if one.isVisible()]
    return lines[0] if lines else None


@pytest.mark.parametrize("colours", [LIGHT, DARK, HIGH_LIGHT, HIGH_DARK])
def test_its_text_can_be_read(view, settled, theme, colours):
    theme.set_colours(colours)
    view.show_messages([replace(TURN[0], is_left_out=True), *TURN[1:], *NEXT])
    settled()
    for message_id in (1, 2):
        style = view.widget_of(message_id).body.pieces[0].style
        assert style.text_colour == QColor(colours.text_secondary)
        assert contrast(style.text_colour.name(), colours.window) >= 4.5
    for message_id in (3, 4):
        assert view.widget_of(message_id).body.pieces[0].style.text_colour == QColor(colours.text)


def test_only_the_line_makes_a_difference_to_the_heights(view, settled):
    view.show_messages([*TURN, *NEXT])
    settled()
    before = {message_id: view.widget_of(message_id).height() for message_id in (1, 2, 3, 4)}
    view.set_left_out([1], True)
    settled()
    line = line_of(view, 1)
    assert line is not None
    assert view.widget_of(1).height() > before[1]
    assert {key: view.widget_of(key).height() for key in (2, 3, 4)} == {key: before[key] for key in (2, 3, 4)}
    view.set_left_out([1], False)
    settled()
    assert line_of(view, 1) is None
    assert {key: view.widget_of(key).height() for key in before} == before


def test_the_line_is_reached_by_tab_and_takes_the_turn_back_in(view, settled):
    view.show_messages([replace(TURN[0], is_left_out=True), *TURN[1:]])
    settled()
    asked: list[tuple[int, str]] = []
    view.action_requested.connect(lambda *what: asked.append(what))
    line = line_of(view, 1)
    assert line is not None
    assert (line.accessibleName(), line.button.accessibleName()) == (
        "Left out: not sent with later messages",
        "Take this turn back in",
    )
    assert line.button in view.widget_of(1).tab_stops
    QTest.mouseClick(line.button, Qt.MouseButton.LeftButton)
    assert asked == [(1, "take_back")]


@pytest.mark.parametrize("width", [800, 260])
def test_line_and_button_fit_into_a_narrow_window(view, settled, width):
    view.resize(width, 600)
    view.show_messages([replace(TURN[0], is_left_out=True), *TURN[1:]])
    settled()
    line = line_of(view, 1)
    assert line is not None
    assert line.rect().contains(line.button.geometry())
    assert view.widget_of(1).rect().contains(line.geometry())
    assert (line.button.y() > 0) == (width == 260)


def test_what_was_not_looked_at_yet_is_left_out_too(view, settled):
    turns = [
        message
        for n in range(1, 800, 2)
        for message in (prompt(n, "words"), replace(reply(n + 1, "more"), parent_id=n))
    ]
    view.show_messages(turns)
    settled()
    assert view.widget_of(2) is None
    view.set_left_out([1, 5], True)
    view.set_left_out([99_999], True)  # of another branch
    view.verticalScrollBar().setValue(0)
    settled()
    assert [view.widget_of(id_).state.is_left_out for id_ in range(1, 7)] == [True, True, False, False, True, True]
    assert view.text_of(1) == "words"


def test_the_keyboard_stays_at_the_message_when_the_line_goes(view, settled, qtbot):
    view.show_messages([replace(TURN[0], is_left_out=True), *TURN[1:]])
    settled()
    view.window().activateWindow()
    line = line_of(view, 1)
    assert line is not None
    line.button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(line.button.hasFocus)
    view.action_requested.connect(lambda message_id, _: view.set_left_out([message_id], False))
    QTest.keyClick(line.button, Qt.Key.Key_Space)
    settled()
    assert line_of(view, 1) is None
    assert view.widget_of(1).hasFocus()
    assert view.widget_of(1).shows_focus


def test_the_keyboard_stays_at_the_message_when_its_notice_says_something_else(view, settled, qtbot):
    view.show_messages(TURN)
    settled()
    view.show_notice(2, Notice("It failed.", (), (("retry", "Try again", True),)))
    settled()
    view.window().activateWindow()
    button = view.widget_of(2).findChild(QAbstractButton, "notice_retry")
    button.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(button.hasFocus)
    view.show_notice(2, Notice("It failed again.", (), (("retry", "Try again", True),)))
    settled()
    assert view.widget_of(2).hasFocus()
