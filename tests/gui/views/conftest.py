"""Themes and windows for the tests of the views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from qwen_desktop.ui.theme import DARK, Theme
from qwen_desktop.ui.views.main_window import MainWindow


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    return Theme(DARK)


@pytest.fixture
def shown(qtbot: Any) -> Callable[[QWidget], Any]:
    """Show a widget until the test ends; a window that asks before it closes is told to close."""

    def show(widget: QWidget) -> Any:
        def close(target: QWidget) -> None:
            if isinstance(target, MainWindow):
                target.accept_close()

        qtbot.addWidget(widget, before_close_func=close)
        widget.show()
        qtbot.waitExposed(widget)
        widget.activateWindow()
        return widget

    return show


@pytest.fixture
def window(theme: Theme, shown: Callable[[QWidget], Any]) -> MainWindow:
    made = MainWindow(theme)
    made.resize(1000, 700)
    return shown(made)
