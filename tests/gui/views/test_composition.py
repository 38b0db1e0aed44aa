"""What an input method has not committed stays in the field it was typed into, unless it was taken back there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.fields import Field
from qwen_desktop.ui.views.prompt_edit import PromptEdit


def compose(field: QWidget, preedit: str, commit: str = "") -> None:
    event = QInputMethodEvent(preedit, [])
    event.setCommitString(commit)
    QApplication.sendEvent(field, event)


@pytest.fixture(params=["field", "editor"])
def pair(request: pytest.FixtureRequest, shown: Callable[..., Any], theme: Theme) -> Iterator[tuple[Any, Field]]:
    """A field with the keyboard, and another one beside it."""
    window = QWidget()
    first = Field(theme, "First") if request.param == "field" else PromptEdit()
    second = Field(theme, "Second")
    column = QVBoxLayout(window)
    column.addWidget(first)
    column.addWidget(second)
    shown(window)
    window.activateWindow()
    first.setFocus()
    yield first, second
    window.close()


def test_leaving_keeps_it(pair: tuple[Any, Field]) -> None:
    first, second = pair
    compose(first, "ni hao")
    assert first.is_composing
    assert first.text() == ""
    second.setFocus()
    assert (first.text(), second.text()) == ("ni hao", "")
    assert not first.is_composing


def test_leaving_keeps_it_after_qt_has_taken_it_away(pair: tuple[Any, Field]) -> None:
    first, second = pair
    compose(first, "ni hao")
    compose(first, "")  # as Qt does in setFocus, where an input method is in use
    second.setFocus()
    assert (first.text(), second.text()) == ("ni hao", "")


def test_what_was_taken_back_before_stays_away(pair: tuple[Any, Field], qapp: QApplication) -> None:
    first, second = pair
    compose(first, "ni hao")
    compose(first, "")
    qapp.processEvents()
    second.setFocus()
    assert (first.text(), second.text()) == ("", "")


def test_what_was_committed_is_there_once(pair: tuple[Any, Field]) -> None:
    first, second = pair
    compose(first, "ni hao")
    compose(first, "", commit="你好")
    second.setFocus()
    assert first.text() == "你好"


def test_a_shortcut_of_the_window_waits_while_it_composes(pair: tuple[Any, Field]) -> None:
    first, _ = pair
    for preedit in ("", "ni"):
        compose(first, preedit)
        event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_F1, Qt.KeyboardModifier.NoModifier)
        event.ignore()
        QApplication.sendEvent(first, event)
        assert event.isAccepted() == bool(preedit)
