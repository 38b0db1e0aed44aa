"""The hotkey is chosen by pressing it; what cannot be one is refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget

from qwen_desktop.core.words import set_language
from qwen_desktop.desktop.hotkey.status import QUICK_COMMAND, HotkeyState, HotkeyStatus
from qwen_desktop.ui.theme import HIGH_DARK, LIGHT, Theme
from qwen_desktop.ui.views.hotkey_field import HotkeyField

CTRL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier
KEY = Qt.Key


@pytest.fixture
def page(shown: Callable[..., Any]) -> QWidget:
    """The window the field stands in, with a field after it."""
    made = QWidget()
    column = QVBoxLayout(made)
    column.setObjectName("column")
    made.resize(500, 200)
    return shown(made)


@pytest.fixture
def field(theme: Theme, page: QWidget, qtbot: Any) -> HotkeyField:
    made = HotkeyField(theme)
    made.set_keys("Ctrl+Alt+Q")
    layout = page.layout()
    assert layout is not None
    layout.addWidget(made)
    layout.addWidget(made.outcome)
    layout.addWidget(QLineEdit())
    made.setFocus()
    qtbot.waitUntil(lambda: made.box.hasFocus())
    return made


def test_keys_are_chosen_by_pressing_them(field: HotkeyField, qtbot: Any) -> None:
    QTest.keyClick(field.box, KEY.Key_Return)
    assert field.is_recording
    assert field.box.text() == "Press the new keys"
    with qtbot.waitSignal(field.keys_chosen, timeout=1000) as told:
        QTest.keyClick(field.box, KEY.Key_W, CTRL_ALT)
    assert told.args == ["Ctrl+Alt+W"]
    assert not field.is_recording
    assert field.keys == "Ctrl+Alt+W"
    assert field.box.text() == "Ctrl+Alt+W"
    assert field.words == "Asking the desktop for these keys…"


def test_a_click_starts_and_a_second_one_stops(field: HotkeyField, qtbot: Any) -> None:
    with qtbot.assertNotEmitted(field.keys_chosen):
        QTest.mouseClick(field.box, Qt.MouseButton.LeftButton)
        assert field.is_recording
        QTest.mouseClick(field.box, Qt.MouseButton.LeftButton)
        assert not field.is_recording


def test_escape_keeps_the_old_keys(field: HotkeyField, qtbot: Any) -> None:
    field.box.start()
    with qtbot.assertNotEmitted(field.keys_chosen):
        QTest.keyClick(field.box, KEY.Key_Escape)
    assert not field.is_recording
    assert field.box.text() == "Ctrl+Alt+Q"


@pytest.mark.parametrize("key", [KEY.Key_Backspace, KEY.Key_Delete])
def test_backspace_takes_the_hotkey_away(field: HotkeyField, qtbot: Any, key: Qt.Key) -> None:
    field.box.start()
    with qtbot.waitSignal(field.keys_chosen, timeout=1000) as told:
        QTest.keyClick(field.box, key)
    assert told.args == [""]
    assert field.box.text() == "None"
    assert not field.clear_button.isVisible()


def test_the_button_takes_the_hotkey_away(field: HotkeyField, qtbot: Any) -> None:
    with qtbot.waitSignal(field.keys_chosen, timeout=1000) as told:
        QTest.mouseClick(field.clear_button, Qt.MouseButton.LeftButton)
    assert told.args == [""]
    assert field.box.hasFocus()


@pytest.mark.parametrize(
    ("key", "held", "sentence"),
    [
        (KEY.Key_C, CTRL, "Other programs need Ctrl+C"),
        (KEY.Key_Q, Qt.KeyboardModifier.NoModifier, "Q alone is needed for typing"),
        (KEY.Key_F4, Qt.KeyboardModifier.AltModifier, "Other programs need Alt+F4"),
        (KEY.Key_VolumeUp, CTRL, "These keys cannot be a hotkey"),
        (KEY.Key_1, CTRL_ALT | Qt.KeyboardModifier.KeypadModifier, "These keys cannot be a hotkey"),
    ],
)
def test_what_cannot_be_a_hotkey_is_refused_with_a_sentence(
    field: HotkeyField, qtbot: Any, key: Qt.Key, held: Qt.KeyboardModifier, sentence: str
) -> None:
    field.box.start()
    with qtbot.assertNotEmitted(field.keys_chosen):
        QTest.keyClick(field.box, key, held)
    assert field.words.startswith(sentence)
    assert field.is_recording, "it goes on listening"
    assert field.keys == "Ctrl+Alt+Q"


def test_the_same_keys_again_tell_nothing(field: HotkeyField, qtbot: Any) -> None:
    field.show_status(HotkeyStatus(HotkeyState.WORKS, "Ctrl+Alt+Q"))
    field.box.start()
    with qtbot.assertNotEmitted(field.keys_chosen):
        QTest.keyClick(field.box, KEY.Key_Q, CTRL_ALT)
    assert not field.is_recording


def test_the_same_keys_are_tried_again_where_they_did_not_work(field: HotkeyField, qtbot: Any) -> None:
    field.show_status(HotkeyStatus(HotkeyState.TAKEN, "Ctrl+Alt+Q"))
    field.box.start()
    with qtbot.waitSignal(field.keys_chosen, timeout=1000) as told:
        QTest.keyClick(field.box, KEY.Key_Q, CTRL_ALT)
    assert told.args == ["Ctrl+Alt+Q"]


def test_the_desktop_is_asked_when_the_user_wants_it(field: HotkeyField, qtbot: Any) -> None:
    field.show_status(HotkeyStatus(HotkeyState.NOT_ASKED))
    assert field.words == "The desktop asks you before it gives keys to a program."
    with qtbot.waitSignal(field.keys_chosen, timeout=1000) as told:
        QTest.mouseClick(field.outcome.findChild(QPushButton, "outcome_ask_desktop"), Qt.MouseButton.LeftButton)
    assert told.args == ["Ctrl+Alt+Q"]


def test_shortcuts_of_the_window_wait_while_keys_are_recorded(field: HotkeyField, page: QWidget, qtbot: Any) -> None:
    shortcut = QShortcut("Ctrl+Alt+N", page)
    field.box.start()
    with qtbot.assertNotEmitted(shortcut.activated), qtbot.waitSignal(field.keys_chosen, timeout=1000):
        QTest.keyClick(field.box, KEY.Key_N, CTRL_ALT)


def test_tab_leaves_and_ctrl_tab_is_refused(field: HotkeyField, page: QWidget) -> None:
    field.box.start()
    QTest.keyClick(field.box, KEY.Key_Tab, CTRL)
    assert field.words.startswith("Other programs need Ctrl+Tab")
    QTest.keyClick(field.box, KEY.Key_Tab)
    assert not field.is_recording
    assert page.focusWidget() is not field.box


def test_focus_lost_ends_recording(field: HotkeyField, page: QWidget) -> None:
    field.box.start()
    page.findChildren(QLineEdit)[0].setFocus()
    assert not field.is_recording


def test_modifiers_are_shown_as_they_go_down(field: HotkeyField) -> None:
    field.box.start()
    # As the platform sends them: with the modifiers held before, which QKeyEvent completes by the key itself.
    for kind, key, held_before, shown in (
        (QEvent.Type.KeyPress, KEY.Key_Control, Qt.KeyboardModifier.NoModifier, "Ctrl+…"),
        (QEvent.Type.KeyPress, KEY.Key_Alt, CTRL, "Ctrl+Alt+…"),
        (QEvent.Type.KeyRelease, KEY.Key_Control, CTRL_ALT, "Alt+…"),
        (QEvent.Type.KeyRelease, KEY.Key_Alt, Qt.KeyboardModifier.AltModifier, "Press the new keys"),
    ):
        QApplication.sendEvent(field.box, QKeyEvent(kind, key, held_before))
        assert field.box.text() == shown


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (HotkeyStatus(HotkeyState.OFF), ""),
        (HotkeyStatus(HotkeyState.WAITING), "Asking the desktop for these keys…"),
        (HotkeyStatus(HotkeyState.WORKS, "Ctrl+Alt+Q"), "Works in every program"),
        (HotkeyStatus(HotkeyState.WORKS, "Meta+Q"), "The desktop chose Meta+Q"),
        (HotkeyStatus(HotkeyState.TAKEN, "Ctrl+Alt+Q"), "Another program has these keys. Choose others."),
        (HotkeyStatus(HotkeyState.UNUSABLE, "Ctrl+Alt+Q"), "These keys do not work here. Choose others."),
    ],
)
def test_each_state_has_its_line(field: HotkeyField, status: HotkeyStatus, words: str) -> None:
    field.show_status(status)
    assert field.words == words


def test_without_the_desktops_help_there_is_a_command_to_copy(field: HotkeyField, qapp: QApplication) -> None:
    field.show_status(HotkeyStatus(HotkeyState.NEEDS_DESKTOP))
    assert field.words.endswith(f"\n{QUICK_COMMAND}")
    copy = field.outcome.findChild(QPushButton, "outcome_copy_command")
    copy.setFocus()
    QTest.keyClick(copy, KEY.Key_Return)
    assert qapp.clipboard().text() == QUICK_COMMAND
    assert copy.text() == "Copied"
    field.set_command("python3 /home/me/qwen/run.py -- quick")
    assert "run.py" in field.words


def test_a_status_does_not_disturb_the_recording(field: HotkeyField) -> None:
    field.box.start()
    field.show_status(HotkeyStatus(HotkeyState.TAKEN, "Ctrl+Alt+Q"))
    assert field.is_recording
    assert field.words.startswith("Esc keeps")
    QTest.keyClick(field.box, KEY.Key_Escape)
    assert field.words.startswith("Another program")


def test_everything_that_takes_the_focus_has_a_name(field: HotkeyField) -> None:
    field.show_status(HotkeyStatus(HotkeyState.NEEDS_DESKTOP))
    for widget in [*field.findChildren(QWidget), *field.outcome.findChildren(QWidget)]:
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
            assert widget.accessibleName(), widget
            assert widget.objectName(), widget
    assert field.box.accessibleName() == "Hotkey: Ctrl+Alt+Q"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("colours", [LIGHT, HIGH_DARK])
def test_nothing_is_cut_off(shown: Callable[..., Any], language: str, colours: Any) -> None:
    set_language(language)
    try:
        window = QWidget()
        field = HotkeyField(Theme(colours))
        column = QVBoxLayout(window)
        column.addWidget(field)
        column.addWidget(field.outcome)
        shown(window)
        field.set_keys("Meta+Ctrl+Alt+Shift+PgDown")
        field.show_status(HotkeyStatus(HotkeyState.NEEDS_DESKTOP))
        window.adjustSize()
        for button in window.findChildren(QPushButton):
            assert button.width() >= button.fontMetrics().horizontalAdvance(button.text())
    finally:
        set_language("en")
