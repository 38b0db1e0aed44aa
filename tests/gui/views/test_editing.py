"""Editing an earlier message and quoting in the composer, undoing a deleted message, and the plain text window."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.composer import Composer
from qwen_desktop.ui.views.main_window import MainWindow
from qwen_desktop.ui.views.plain_text_dialog import PlainTextDialog
from tests.yardstick import slower

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def composer(theme: Theme, shown: Callable[..., Any]) -> Composer:
    made: Composer = shown(Composer(theme))
    made.resize(600, made.sizeHint().height())
    return made


@pytest.fixture
def told(composer: Composer) -> list[tuple[object, ...]]:
    told: list[tuple[object, ...]] = []
    composer.submitted.connect(lambda text: told.append(("new", text)))
    composer.edit_submitted.connect(lambda message_id, text: told.append((message_id, text)))
    return told


def press(widget: QWidget, name: str) -> None:
    button = widget.findChild(QAbstractButton, name)
    assert button is not None
    assert button.isVisible()
    QTest.mouseClick(button, LEFT)


def test_an_edited_message_is_sent_as_one_and_what_was_typed_comes_back(
    composer: Composer, told: list[tuple[object, ...]]
) -> None:
    composer.set_text("typed before")
    composer.begin_editing(7, "earlier")
    assert (composer.text(), composer.is_editing, composer.editing_line.isVisible()) == ("earlier", True, True)
    QTest.keyClicks(composer.edit, " words")
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert told == [(7, "earlier words")]
    assert (composer.text(), composer.is_editing, composer.editing_line.isVisible()) == ("typed before", False, False)
    composer.submit()
    assert told[1:] == [("new", "typed before")]


def test_cancelling_gives_back_what_was_typed_also_after_a_second_edit(
    composer: Composer, told: list[tuple[object, ...]]
) -> None:
    composer.set_text("typed before")
    composer.begin_editing(7, "earlier")
    composer.begin_editing(9, "another")
    press(composer, "cancel_editing")
    assert (composer.text(), composer.is_editing) == ("typed before", False)
    assert composer.send_button.isEnabled()
    assert told == []


def test_changed_words_of_an_edit_are_kept_when_another_one_is_begun(
    composer: Composer, told: list[tuple[object, ...]]
) -> None:
    composer.set_text("typed before")
    composer.begin_editing(7, "earlier")
    composer.edit.set_text("changed")
    composer.begin_editing(9, "another")
    assert (composer.text(), composer.draft) == ("another", "changed\n\ntyped before")
    press(composer, "cancel_editing")
    assert composer.text() == "changed\n\ntyped before"
    assert told == []


def test_an_edit_waits_in_the_editor_while_a_reply_runs(composer: Composer, told: list[tuple[object, ...]]) -> None:
    composer.begin_editing(7, "earlier")
    composer.set_running(True)
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert (told, composer.text(), composer.is_editing) == ([], "earlier", True)
    composer.set_running(False)
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert told == [(7, "earlier")]


@pytest.mark.parametrize(
    ("edited", "before", "draft"),
    [("earlier", "typed", "typed"), ("changed", "typed", "changed\n\ntyped"), ("changed", "", "changed")],
)
def test_the_draft_holds_a_changed_edit_and_what_was_set_aside(
    composer: Composer, edited: str, before: str, draft: str
) -> None:
    drafts: list[str] = []
    composer.draft_changed.connect(drafts.append)
    composer.set_text(before)
    composer.begin_editing(7, edited, original="earlier")
    composer.flush_draft()
    assert drafts == [draft]


def test_a_prompt_that_comes_back_goes_above_what_was_set_aside(composer: Composer) -> None:
    composer.set_text("typed")
    composer.begin_editing(7, "earlier")
    composer.put_above("queued")
    assert composer.text() == "earlier"
    composer.cancel_editing()
    assert composer.text() == "queued\n\ntyped"


def test_another_chat_ends_editing(composer: Composer) -> None:
    composer.begin_editing(7, "earlier")
    composer.set_text("its draft")
    assert (composer.is_editing, composer.editing_line.isVisible()) == (False, False)


@pytest.mark.parametrize(
    ("typed", "selected", "expected"),
    [
        ("", "one\n\ntwo\n", "> one\n>\n> two\n\n"),
        ("about this:\n", "one", "about this:\n\n> one\n\n"),
        ("", "> old", "> > old\n\n"),
    ],
)
def test_a_quote_stands_below_what_was_typed(composer: Composer, typed: str, selected: str, expected: str) -> None:
    composer.set_text(typed)
    composer.quote(selected)
    assert composer.text() == expected
    assert composer.edit.textCursor().atEnd()


def test_escape_cancels_editing_and_stops_a_running_reply_first(
    window: MainWindow, shown: Callable[..., Any], qtbot: Any
) -> None:
    window.composer.set_text("typed")
    window.composer.begin_editing(7, "earlier")
    window.composer.set_running(True)
    with qtbot.waitSignal(window.composer.stop_requested, timeout=1000):
        QTest.keyClick(window, Qt.Key.Key_Escape)
    assert window.composer.is_editing
    window.composer.set_running(False)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert (window.composer.is_editing, window.composer.text()) == (False, "typed")


def test_undo_bar_brings_back_a_message_or_a_chat_whichever_was_deleted_last(window: MainWindow, qtbot: Any) -> None:
    gone: list[int] = []
    window.undo_dismissed.connect(gone.append)
    window.show_undo(1, "one")
    window.show_message_undo(5)
    assert gone == [1]
    assert window.undo_bar.accessibleName() == "Message deleted"
    with qtbot.waitSignal(window.message_undo_requested, timeout=1000) as told:
        press(window, "undo")
    assert told.args == [5]
    window.show_message_undo(6)
    press(window, "dismiss_undo")
    assert gone == [1]
    window.show_message_undo(6)
    window.show_undo(2, "two")
    with qtbot.waitSignal(window.undo_requested, timeout=1000) as told:
        press(window, "undo")
    assert told.args == [2]


def plain_text(theme: Theme, text: str, qtbot: Any) -> PlainTextDialog:
    dialog = PlainTextDialog(theme, "Reply as plain text", text)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_plain_text_is_exact_and_cannot_be_changed(theme: Theme, qtbot: Any) -> None:
    text = "# heading\n\n<b>no markup</b>\n\n" + "x" * 10_000 + "\n\ttab"
    dialog = plain_text(theme, text, qtbot)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Backspace, Qt.Key.Key_A, Qt.Key.Key_Delete):
        for modifier in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
            QTest.keyClick(dialog.edit, key, modifier)
    QTest.keyClick(dialog.edit, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(dialog.edit, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    assert dialog.edit.text() == text
    QGuiApplication.clipboard().clear()
    QTest.keyClick(dialog.edit, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == text
    QGuiApplication.clipboard().clear()
    press(dialog, "copy_plain_text")
    assert QGuiApplication.clipboard().text() == text


def test_four_megabytes_come_in_slices(theme: Theme, qtbot: Any) -> None:
    text = "0123456789 some words of a line\n" * 131_072
    began = time.thread_time()
    dialog = plain_text(theme, text, qtbot)
    assert dialog.edit.document().characterCount() < len(text) / 10, "the window is there before the text"
    assert time.thread_time() - began < 1.0 * slower()
    qtbot.waitUntil(lambda: dialog.edit.document().characterCount() > len(text), timeout=20_000)
    assert dialog.edit.verticalScrollBar().value() == 0, "the reader is where it begins"
    press(dialog, "copy_plain_text")
    assert QGuiApplication.clipboard().text() == text
