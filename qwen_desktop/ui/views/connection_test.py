"""The test of the connection as a control: its button, how far it is, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, name_control

if TYPE_CHECKING:
    from qwen_desktop.ui.theme import Theme


class ConnectionTest(QWidget):
    """Signals: requested(), cancelled()."""

    requested = Signal()
    cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._is_running = False
        self.words = Label(theme)
        self.words.setObjectName("connection_words")
        self.button = Button(theme, tr("Test"))
        name_control(self.button, "test_connection", tr("Test the connection"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.words)
        row.addWidget(self.button)
        self.button.clicked.connect(self._on_clicked)

    def show_step(self, words: str) -> None:
        """It runs, and this is what it is at."""
        self._set_running(True)
        self.words.set_colour("text_secondary")
        self.words.setText(f"{words}…")

    def show_good(self, took_ms: int) -> None:
        self._set_running(False)
        self.words.set_colour("success")
        self.words.setText(tr("All good, {time} ms", time=took_ms))

    def show_failed(self, words: str) -> None:
        """The sentence that tells why stands under the row."""
        self._set_running(False)
        self.words.set_colour("notice_text")
        self.words.setText(tr("{step} failed", step=words))

    def show_idle(self) -> None:
        self._set_running(False)
        self.words.setText("")

    def _set_running(self, is_running: bool) -> None:
        self._is_running = is_running
        self.button.setText(tr("Cancel") if is_running else tr("Test"))
        self.button.setAccessibleName(tr("Cancel the test") if is_running else tr("Test the connection"))
        self.button.updateGeometry()

    def _on_clicked(self) -> None:
        (self.cancelled if self._is_running else self.requested).emit()
