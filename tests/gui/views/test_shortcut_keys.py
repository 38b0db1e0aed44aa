"""Keys taken by pressing them, and the sentence that says why some cannot be had."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from qwen_desktop.core.settings.settings import ShortcutSettings
from qwen_desktop.ui.key_conflicts import conflict, in_force
from qwen_desktop.ui.shortcuts import native, shortcuts, usual_keys
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.keys_button import KeysButton

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
)  # fmt: skip


@pytest.fixture
def button(theme: Theme, shown: Callable[..., Any]) -> Iterator[KeysButton]:
    holder = QWidget()
    column = QVBoxLayout(holder)
    made = KeysButton(theme, "New chat")
    column.addWidget(made)
    column.addWidget(KeysButton(theme, "Other"))
    shown(holder)
    made.set_keys("Ctrl+N")
    made.setFocus()
    yield made
    holder.close()


def told_by(button: KeysButton) -> list[str]:
    told: list[str] = []
    button.keys_chosen.connect(told.append)
    return told


@pytest.mark.parametrize(
    ("key", "modifiers", "keys"),
    [
        (Qt.Key.Key_J, CTRL, "Ctrl+J"),
        (Qt.Key.Key_J, CTRL | SHIFT, "Ctrl+Shift+J"),
        (Qt.Key.Key_Plus, CTRL | SHIFT, "Ctrl++"),
        (Qt.Key.Key_Tab, CTRL, "Ctrl+Tab"),
        (Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier, "F5"),
        (Qt.Key.Key_Up, ALT, "Alt+Up"),
        (Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier, ""),
    ],
)
def test_what_is_pressed_is_told_in_the_words_of_the_file(
    button: KeysButton, key: Qt.Key, modifiers: Qt.KeyboardModifier, keys: str
) -> None:
    told = told_by(button)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert (button.is_listening, button.text()) == (True, "Press keys…")
    QTest.keyClick(button, key, modifiers)
    assert told == [keys]
    assert (button.is_listening, button.text()) == (False, "Ctrl+N")  # until it is taken
    assert button.accessibleName() == "New chat: Ctrl+N"


def test_esc_and_leaving_keep_what_was(button: KeysButton) -> None:
    told = told_by(button)
    button.click()
    QTest.keyClick(button, Qt.Key.Key_Escape)
    assert not button.is_listening
    button.click()
    QTest.keyClick(button, Qt.Key.Key_Control, CTRL)
    assert button.is_listening
    button.parentWidget().findChildren(KeysButton)[1].setFocus()
    assert (button.is_listening, told, button.text()) == (False, [], "Ctrl+N")


def test_keys_of_another_action_are_refused_by_its_name() -> None:
    assert "“Search chats”" in conflict("new_chat", "Ctrl+K", ShortcutSettings())
    assert "“Search chats”" in conflict("new_chat", "Alt+K", ShortcutSettings(search_chats="Alt+K"))
    assert "“Stop the reply" in conflict("new_chat", "Esc", ShortcutSettings())
    assert "“Larger text" in conflict("new_chat", "Ctrl+=", ShortcutSettings())
    assert conflict("new_chat", "Ctrl+K", ShortcutSettings(search_chats="")) == ""


@pytest.mark.parametrize("keys", ["Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+A", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Right"])
def test_keys_that_edit_text_are_refused(keys: str) -> None:
    assert "editing text" in conflict("new_chat", keys, ShortcutSettings())


@pytest.mark.parametrize("keys", ["A", "Shift+A", "Space", "7", "Tab", "Home"])
def test_keys_that_would_be_typed_are_refused(keys: str) -> None:
    assert conflict("new_chat", keys, ShortcutSettings())


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac shows signs")
def test_keys_are_shown_as_they_are_printed_on_the_keyboard() -> None:
    given = ("Ctrl+Return", "Ctrl+Shift+C", "Alt+Up", "Down", "Ctrl++", "Ctrl+,", "F1", "", "no keys")
    shown = ["Ctrl+Enter", "Ctrl+Shift+C", "Alt+↑", "↓", "Ctrl++", "Ctrl+,", "F1", "", "no keys"]
    assert [native(keys) for keys in given] == shown


def test_the_hotkey_is_refused_as_what_it_is() -> None:
    assert "quick ask" in conflict("new_chat", "Ctrl+Alt+Q", ShortcutSettings(), "Ctrl+Alt+Q")
    assert conflict("new_chat", "Ctrl+Alt+Q", ShortcutSettings(), "") == ""


@pytest.mark.parametrize("keys", ["", "F5", "Ctrl+J", "Ctrl+Shift+J", "Alt+N", "Meta+N", "Shift+F3"])
def test_free_keys_are_given(keys: str) -> None:
    assert conflict("new_chat", keys, ShortcutSettings()) == ""


def test_every_default_can_be_had() -> None:
    for shortcut in shortcuts():
        if not shortcut.is_fixed:
            assert conflict(shortcut.action, usual_keys(shortcut.action), ShortcutSettings(), "Ctrl+Alt+Q") == ""


@pytest.mark.parametrize(
    "keys", ["A", "Shift+A", "1", "Space", "Return", "Enter", "Backspace", "Tab", "Left", "Ctrl+C"]
)
def test_a_file_cannot_take_away_the_keys_people_write_with(keys: str) -> None:
    settings, lost = in_force(ShortcutSettings(new_chat=keys))
    assert (settings.new_chat, lost) == ("", [("new_chat", "")])


def test_other_keys_of_a_file_are_in_force() -> None:
    for keys in ("F5", "Ctrl+Shift+N", "Alt+1", "Ctrl+Alt+A", ""):
        assert in_force(ShortcutSettings(new_chat=keys)) == (ShortcutSettings(new_chat=keys), [])
    assert in_force(ShortcutSettings()) == (ShortcutSettings(), [])


def test_keys_that_are_not_listed_are_taken_too() -> None:
    assert in_force(ShortcutSettings(new_chat="Ctrl+="))[1] == [("new_chat", "zoom_in")]
    assert in_force(ShortcutSettings(new_chat="Ctrl+=", zoom_in="F9"))[1] == []
