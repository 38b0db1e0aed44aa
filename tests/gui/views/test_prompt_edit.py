"""The editor gives back exactly what was typed and pasted, folded or not, and stays quick."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qwen_desktop.ui.views.prompt_edit import FOLD_CHARACTERS, LONG_LINE_CHARACTERS, PromptEdit
from tests.yardstick import slower

ONE_LINE = "hello wor " * 100_000
MANY_LINES = ("x" * 79 + "\n") * 12_500


@pytest.fixture
def edit(shown: Callable[..., Any]) -> PromptEdit:
    made = PromptEdit()
    made.resize(600, 200)
    return shown(made)


def paste(edit: PromptEdit, text: str) -> None:
    source = QMimeData()
    source.setText(text)
    edit.insertFromMimeData(source)


def compose(edit: PromptEdit, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(edit, event)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        " spaces\u00a0kept ",
        "a\nb\n\n",
        "line\u2028separator",
        "tab\tkept",
        "emoji 👩‍👩‍👧 and 中文",
        ONE_LINE,
        MANY_LINES,
        "short\n" + "y" * 9_000 + "\nend",
        "\n" * 5_000,
        "你好" * 3_000 + "\n" + "👍" * 3_000,
    ],
    ids=range(12),
)
def test_text_comes_back_exactly(edit: PromptEdit, text: str) -> None:
    paste(edit, text)
    assert edit.text() == text
    edit.set_text(text)
    assert edit.text() == text
    assert edit.toPlainText() == text


def test_line_ends_of_windows_and_old_macs_become_one_kind(edit: PromptEdit) -> None:
    paste(edit, "a\r\nb\rc")
    assert edit.text() == "a\nb\nc"


@pytest.mark.parametrize("text", [ONE_LINE, MANY_LINES, "\n" * 200_000], ids=["one line", "many lines", "no text"])
def test_a_megabyte_goes_in_by_slices_and_keys_stay_quick(edit: PromptEdit, text: str) -> None:
    """Blocks of a second are what this guards against; the limits leave room for a loaded machine."""
    started = time.thread_time()
    paste(edit, text)
    assert time.thread_time() - started < 0.25 * slower()
    assert len(edit.document().toRawText()) < len(text)  # the rest follows, the loop runs on in between
    assert edit.text() == text
    QApplication.processEvents()
    started = time.thread_time()
    for _ in range(5):
        QTest.keyClick(edit, Qt.Key.Key_A)
        QApplication.processEvents()
    assert (time.thread_time() - started) / 5 < 0.05 * slower()
    assert edit.text() == text + "aaaaa"


def test_a_key_during_a_long_paste_comes_after_it(edit: PromptEdit) -> None:
    paste(edit, MANY_LINES)
    QTest.keyClick(edit, Qt.Key.Key_Z)
    assert edit.text() == MANY_LINES + "z"


def test_a_long_paste_is_undone_at_once(edit: PromptEdit) -> None:
    paste(edit, "before ")
    paste(edit, ONE_LINE)
    assert edit.text() == "before " + ONE_LINE
    edit.undo()
    assert edit.text() == "before "
    edit.redo()
    assert edit.text() == "before " + ONE_LINE


def test_copy_leaves_the_folds_out(edit: PromptEdit) -> None:
    text = "first\n" + "x" * 20_000 + "\nlast"
    paste(edit, text)
    edit.selectAll()
    edit.copy()
    assert QGuiApplication.clipboard().text() == text
    QTest.keyClick(edit, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    assert edit.text() == ""


def test_only_plain_text_is_pasted(edit: PromptEdit) -> None:
    source = QMimeData()
    source.setHtml("<b>bold</b><img src='http://127.0.0.1:9/x.png'>")
    source.setText("bold")
    edit.insertFromMimeData(source)
    assert edit.text() == "bold"
    files = QMimeData()
    files.setUrls([QUrl("file:///etc/hostname")])
    assert not edit.canInsertFromMimeData(files) or files.hasText()


def test_enter_sends_and_shift_enter_breaks(edit: PromptEdit, qtbot: Any) -> None:
    QTest.keyClicks(edit, "a")
    with qtbot.waitSignal(edit.send_requested, timeout=1000):
        QTest.keyClick(edit, Qt.Key.Key_Return)
    with qtbot.assertNotEmitted(edit.send_requested):
        QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert edit.text() == "a\n"


def test_swapped_enter_breaks_and_ctrl_enter_still_sends(edit: PromptEdit, qtbot: Any) -> None:
    edit.enter_sends = False
    with qtbot.assertNotEmitted(edit.send_requested):
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == "\n"
    for modifier in (Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier):
        with qtbot.waitSignal(edit.send_requested, timeout=1000):
            QTest.keyClick(edit, Qt.Key.Key_Enter, modifier)


def test_enter_while_an_input_method_composes_sends_nothing(edit: PromptEdit, qtbot: Any) -> None:
    compose(edit, "ni hao")
    assert edit.is_composing
    with qtbot.assertNotEmitted(edit.send_requested):
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert edit.text() == ""
    compose(edit, "", "你好")
    assert edit.text() == "你好"
    with qtbot.waitSignal(edit.send_requested, timeout=1000):
        QTest.keyClick(edit, Qt.Key.Key_Return)


def test_hint_is_gone_while_an_input_method_composes(edit: PromptEdit) -> None:
    edit.set_hint("Message Qwen")
    assert edit.placeholderText() == "Message Qwen"
    compose(edit, "ni")
    assert edit.placeholderText() == ""
    compose(edit, "")
    assert edit.placeholderText() == "Message Qwen"


def test_shortcuts_wait_while_an_input_method_composes(edit: PromptEdit) -> None:
    def is_kept() -> bool:
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
        event.ignore()
        QApplication.sendEvent(edit, event)
        return event.isAccepted()

    assert not is_kept()
    compose(edit, "ni")
    assert is_kept()


def test_up_asks_for_the_last_prompt_only_in_the_empty_editor(edit: PromptEdit, qtbot: Any) -> None:
    with qtbot.waitSignal(edit.edit_last_requested, timeout=1000):
        QTest.keyClick(edit, Qt.Key.Key_Up)
    QTest.keyClicks(edit, "x")
    with qtbot.assertNotEmitted(edit.edit_last_requested):
        QTest.keyClick(edit, Qt.Key.Key_Up)


def test_pressing_on_a_selection_starts_no_drag(edit: PromptEdit) -> None:
    QTest.keyClicks(edit, "some words")
    edit.selectAll()
    QTest.mousePress(edit.viewport(), Qt.MouseButton.LeftButton, pos=edit.cursorRect().center())
    assert not edit.textCursor().hasSelection()
    QTest.mouseRelease(edit.viewport(), Qt.MouseButton.LeftButton)


def document_offsets(edit: PromptEdit) -> list[int]:
    """For each position of the document, where that is in the text."""
    offsets: list[int] = []
    at = 0
    block = edit.document().begin()
    while block.isValid():
        if block.blockNumber() and not block.blockFormat().hasProperty(0x100001):
            at += 1
        offsets.extend(range(at, at + block.length()))
        at += block.length() - 1
        block = block.next()
    return offsets


@pytest.mark.parametrize("seed", range(8))
def test_edits_across_folds_keep_the_text_exact(edit: PromptEdit, seed: int) -> None:
    """Every edit of a person, at random places of a folded text, against the same edit of a plain string."""
    chance = random.Random(seed)
    line = "".join(chance.choice("abcdefgh ") for _ in range(LONG_LINE_CHARACTERS + 3 * FOLD_CHARACTERS))
    text = "one\n\n" + line + "\n\ntwo\n" + line[:4_500]
    edit.set_text(text)
    assert edit.text() == text
    for _ in range(60):
        offsets = document_offsets(edit)
        folds = [p for p in range(1, len(offsets)) if offsets[p] == offsets[p - 1]]
        start = chance.choice(folds) if folds and chance.random() < 0.5 else chance.randrange(len(offsets))
        end = chance.choice([start, start, chance.randrange(len(offsets)), min(len(offsets) - 1, start + 1_100)])
        start, end = min(start, end), max(start, end)
        cursor = edit.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        edit.setTextCursor(cursor)
        low, high = offsets[start], offsets[end]
        match chance.choice(["type", "break", "back", "delete", "paste", "long paste", "compose", "cut"]):
            case "type":
                QTest.keyClick(edit, Qt.Key.Key_Q)
                text = text[:low] + "q" + text[high:]
            case "break":
                QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
                text = text[:low] + "\n" + text[high:]
            case "back":
                QTest.keyClick(edit, Qt.Key.Key_Backspace)
                text = (text[: max(0, low - 1)] if low == high and start == end else text[:low]) + text[high:]
            case "delete":
                QTest.keyClick(edit, Qt.Key.Key_Delete)
                text = text[:low] + (text[high + 1 :] if low == high and start == end else text[high:])
            case "paste":
                paste(edit, "x\ny")
                text = text[:low] + "x\ny" + text[high:]
            case "long paste":
                paste(edit, "z" * 2_500 + "\n" + "w" * 5_000)
                text = text[:low] + "z" * 2_500 + "\n" + "w" * 5_000 + text[high:]
            case "compose":
                compose(edit, "", "你")
                text = text[:low] + "你" + text[high:]
            case "cut":
                if start != end:
                    QTest.keyClick(edit, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
                    text = text[:low] + text[high:]
        assert edit.text() == text
    while edit.document().isUndoAvailable():
        edit.undo()
    assert edit.text() == ""
    while edit.document().isRedoAvailable():
        edit.redo()
    assert edit.text() == text
