"""The row of actions below a message and its menus: what is there, what it asks for, and where the reader stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.controllers.reading_place import ReadingPlace
from tests.gui.transcript.conftest import LEFT, prompt, reply


def version(message, index, count):
    return replace(message, sibling_index=index, sibling_count=count)


@pytest.fixture
def asked(view):
    told = []
    view.action_requested.connect(lambda *what: told.append(what))
    return told


def names(widget):
    widget.refresh_footer(is_wanted=True)
    buttons = [button for button in widget.tab_stops if isinstance(button, QPushButton) and button.isVisible()]
    assert all(button.accessibleName() for button in buttons)
    return [button.objectName() for button in buttons]


def test_a_message_with_one_version_has_no_arrows(view, settled):
    view.show_messages([prompt(1, "x"), reply(2, "y")])
    settled()
    assert names(view.widget_of(1)) == ["copy_message", "edit", "message_menu"]
    assert names(view.widget_of(2)) == ["copy_message", "regenerate", "message_menu"]


@pytest.mark.parametrize(("index", "before", "after"), [(0, False, True), (1, True, True), (2, True, False)])
def test_arrows_lead_to_the_other_versions(view, settled, asked, index, before, after):
    view.show_messages([version(prompt(1, "x"), index, 3), version(reply(2, "y"), index, 3)])
    settled()
    for message_id in (1, 2):
        widget = view.widget_of(message_id)
        assert names(widget)[-2:] == ["previous_version", "next_version"]
        arrows = [widget.findChild(QPushButton, name) for name in ("previous_version", "next_version")]
        assert [arrow.accessibleName() for arrow in arrows] == ["Previous version", "Next version"]
        assert [arrow.accessibleDescription() for arrow in arrows] == [f"{index + 1}/3"] * 2
        assert [arrow.isEnabled() for arrow in arrows] == [before, after]
        for arrow in arrows:
            asked.clear()
            QTest.mouseClick(arrow, LEFT)
            assert asked == ([(message_id, arrow.objectName())] if arrow.isEnabled() else [])
        assert arrows[0].geometry().right() < arrows[1].geometry().left(), "the words are between them"


def test_the_number_of_the_version_is_painted_between_the_arrows(view, settled):
    def between():
        widget = view.widget_of(1)
        widget.refresh_footer(is_wanted=True)
        before, after = (widget.findChild(QPushButton, name) for name in ("previous_version", "next_version"))
        gap = before.geometry().united(after.geometry())
        return widget.grab(gap.adjusted(before.width(), 0, -after.width(), 0)).toImage()

    view.show_messages([version(prompt(1, "x"), 0, 2), reply(2, "y")])
    settled()
    first = between()
    view.show_messages([version(prompt(1, "x"), 1, 2), reply(2, "y")])
    settled()
    assert between() != first


def test_the_menu_behind_the_dots_opens_by_key_and_asks(view, settled, asked, qtbot):
    view.show_messages([prompt(1, "x"), reply(2, "Some **bold** words")])
    settled()
    widget = view.widget_of(2)
    QTest.keyClick(widget.findChild(QPushButton, "message_menu"), Qt.Key.Key_Space)
    menu = widget.findChild(QMenu)
    entries = {action.text(): action for action in menu.actions() if not action.isSeparator()}
    words = ["Copy", "Copy as plain text", "Quote selection", "View as plain text"]
    assert list(entries) == [
        *words,
        "Copy as curl",
        "Copy as Python",
        "New chat from here",
        "Leave this turn out",
        "Delete only this turn",
        "Delete from here on",
    ]
    assert not entries["Quote selection"].isEnabled()
    entries["Copy as plain text"].trigger()
    assert QGuiApplication.clipboard().text() == "Some bold words"
    entries["Copy"].trigger()
    assert QGuiApplication.clipboard().text() == "Some **bold** words"
    entries["View as plain text"].trigger()
    entries["Copy as curl"].trigger()
    entries["Copy as Python"].trigger()
    entries["Delete from here on"].trigger()
    commands = [(2, "copy_as_curl"), (2, "copy_as_python")]
    assert asked == [(2, "copy_plain"), (2, "copy"), (2, "view_plain"), *commands, (2, "delete")]
    menu.close()
    qtbot.waitUntil(lambda: widget.findChild(QMenu) is None)


def test_the_context_menu_key_offers_what_fits_the_message(view, settled, qtbot):
    view.show_messages([version(prompt(1, "x"), 0, 2), reply(2, "half", MessageStatus.WRITING)])
    settled()
    found = {}
    for message_id in (1, 2):
        widget = view.widget_of(message_id)
        widget.selection.select_all()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
        QApplication.sendEvent(widget, event)
        menu = widget.findChild(QMenu)
        found[message_id] = {action.text(): action.isEnabled() for action in menu.actions() if action.text()}
        menu.close()
        qtbot.waitUntil(lambda shown=widget: shown.findChild(QMenu) is None)
    assert found[1]["Edit"]
    assert (found[1]["Previous version"], found[1]["Next version"]) == (False, True)
    assert found[1]["Quote selection"]
    assert not found[2]["Regenerate"], "it is being written"
    assert found[2]["Delete from here on"]
    assert "Edit" not in found[2]
    assert "Copy as curl" not in found[1], "it is of a reply"
    assert not found[2]["Copy as Python"]
    assert "Next version" not in found[2]


def test_the_context_menu_key_opens_it_beside_what_is_seen_of_a_long_message(view, settled, qtbot):
    view.move(0, 150)  # what is asked for above the screen opens at its edge
    view.show_messages([prompt(1, "x"), reply(2, "words\n\n" * 300)])
    settled()
    view.scroll_by(-400)
    settled()
    widget = view.widget_of(2)
    QApplication.sendEvent(widget, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint()))
    menu = widget.findChild(QMenu)
    assert view.viewport().rect().contains(view.viewport().mapFromGlobal(menu.pos()))
    menu.close()
    qtbot.waitUntil(lambda: widget.findChild(QMenu) is None)


def long_path(middle, *, tail="the end"):
    path = []
    for number in range(1, 41):
        path += [prompt(number * 2 - 1, f"prompt {number}"), reply(number * 2, f"line\n\n{'words ' * 90}\n\nline")]
    path[41:] = [middle, prompt(middle.id + 1, tail), reply(middle.id + 2, f"{tail}\n\n" * 60)]
    return path


@pytest.mark.parametrize("y", [40, -20, 300])
def test_the_reader_stays_at_the_message_when_another_version_is_shown(view, settled, y):
    first, other = version(reply(500, "first"), 0, 2), version(reply(600, "other " * 300), 1, 2)
    view.show_messages(long_path(first))
    settled()
    ReadingPlace(y).restore(view, 500)
    settled()
    assert view.widget_of(500).y() == y
    place = ReadingPlace.of(view, 500)
    view.show_messages(long_path(other, tail="another end"))
    place.restore(view, 600)
    settled()
    assert view.widget_of(600).y() == y
    assert not view.is_following


def test_a_place_in_a_message_that_is_not_there_changes_nothing(view, settled):
    view.show_messages(long_path(reply(500, "first")))
    settled()
    ReadingPlace(10).restore(view, 7777)
    assert view.is_following
