"""What a screen reader is told: names, roles, growing text; and that asking a painted message never hurts."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.transcript import accessible
from tests.gui.transcript.conftest import prompt, reply


def test_a_message_has_a_name_a_role_and_its_exact_text(view, settled):
    view.show_messages([prompt(1, "Hello 😀"), reply(2, "**Hi** there")])
    settled()
    first = QAccessible.queryAccessibleInterface(view.widget_of(1))
    second = QAccessible.queryAccessibleInterface(view.widget_of(2))
    assert first.text(QAccessible.Text.Name).startswith("You, ")
    assert second.text(QAccessible.Text.Name).startswith("Qwen, ")
    assert second.role() == QAccessible.Role.Paragraph
    assert first.textInterface().text(0, first.textInterface().characterCount()) == "Hello 😀"
    assert first.textInterface().characterCount() == 8
    assert second.textInterface().text(0, 6) == "**Hi**"


def test_the_text_grows_while_the_reply_is_written(streaming, settled):
    settled()
    text = QAccessible.queryAccessibleInterface(streaming.widget_of(2)).textInterface()
    assert text.characterCount() == 0
    streaming.append_text(2, "one")
    settled()
    assert text.text(0, 3) == "one"


def test_a_reply_without_a_word_yet_has_a_place_all_the_same(streaming, settled):
    settled()
    text = QAccessible.queryAccessibleInterface(streaming.widget_of(2)).textInterface()
    assert text.characterRect(0).width() > 0


def test_asking_for_any_interface_gives_none_or_a_real_one(view, settled):
    view.show_messages([reply(2, "text")])
    settled()
    assert QAccessible.queryAccessibleInterface(view.widget_of(2)) is not None
    for kind in QAccessible.InterfaceType:
        assert accessible._kept[id(view.widget_of(2))].interface_cast(kind) is not None


def test_references_go_with_their_message(view, settled):
    view.show_messages([reply(n, "text") for n in range(1, 5)])
    settled()
    for n in range(1, 5):
        QAccessible.queryAccessibleInterface(view.widget_of(n))
    kept = len(accessible._kept)
    assert kept >= 4
    view.show_messages([])
    settled()
    assert len(accessible._kept) <= kept - 4


def test_everything_that_takes_the_keyboard_has_a_name(view, settled):
    view.show_messages([prompt(1, "x"), reply(2, "```c\nint x;\n```", reasoning="r", status=MessageStatus.STOPPED)])
    settled()
    nameless = [
        widget
        for widget in [view, *view.findChildren(QWidget)]
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not widget.accessibleName()
    ]
    assert nameless == []
    assert view.accessibleName() == "Transcript"
    assert view.objectName() == "transcript"


class Emitter(QObject):
    happened = Signal(bool)
    nothing = Signal()


def test_signals_and_virtual_calls_drop_no_references_of_true_and_none(qapp):
    """PySide6 6.12.0 on Python 3.11 does, and aborts some thousand calls later."""

    class Listener(QObject):
        def event(self, event):
            return True

    emitter, listener = Emitter(), Listener()
    emitter.happened.connect(lambda value: None)
    emitter.nothing.connect(lambda: None)
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(1_000):
        emitter.happened.emit(True)
        emitter.nothing.emit()
        QCoreApplication.sendEvent(listener, QEvent(QEvent.Type.User))
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert abs(after[0] - before[0]) < 50
    assert abs(after[1] - before[1]) < 50


SELECTED = "Plain 😀 words here.\n\nWith **bold** ones.\n\n```py\nx = 1\ny = 2\n```\n\n- item one\n- item two\n"


@pytest.mark.parametrize(
    ("part", "selected"),
    [
        ("😀 words", "😀 words"),
        ("here.\n\nWith", "here.\n\nWith"),
        ("bold", "bold"),
        ("= 1\ny", "= 1\ny"),
        ("two", "two"),
        (SELECTED, SELECTED),
    ],
)
def test_a_screen_reader_selects_a_part_of_a_message(view, settled, part, selected):
    view.show_messages([prompt(1, "x"), reply(2, SELECTED)])
    settled()
    text = QAccessible.queryAccessibleInterface(view.widget_of(2)).textInterface()
    places = SELECTED.index(part), SELECTED.index(part) + len(part)
    begin, end = (len(SELECTED[:at].encode("utf-16-le")) // 2 for at in places)
    text.addSelection(begin, end)
    assert view.selected_text().strip("`py\n") == selected.strip("`py\n")
    assert text.selectionCount() == 0, "Qt would ask where, and Python is not told of that question"
    text.removeSelection(0)
    assert view.selected_text() == ""


def test_a_screen_reader_selects_a_part_of_a_prompt(view, settled):
    view.show_messages([prompt(1, "One 😀 two\nthree")])
    settled()
    QAccessible.queryAccessibleInterface(view.widget_of(1)).textInterface().setSelection(0, 7, 12)
    assert view.selected_text() == "two\nt"
