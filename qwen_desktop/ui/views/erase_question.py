"""A question below what is to be erased for good: a button that does it, and one that does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.buttons import named_button
from qwen_desktop.ui.views.paragraph import paragraph

if TYPE_CHECKING:
    from qwen_desktop.ui.theme import Theme


class EraseQuestion(QWidget):
    """Hidden until it is asked.  Signals: accepted(); declined(): it has hidden itself."""

    accepted = Signal()
    declined = Signal()

    def __init__(self, theme: Theme, name: str, yes: str, *, above_px: int = 8) -> None:
        """`name`: of the object; its buttons are `{name}_now` and `{name}_cancel`.  `yes`: what the first one says."""
        super().__init__()
        self.setObjectName(f"{name}_question")
        self._words = paragraph(theme, f"{name}_words")
        self.now = named_button(theme, f"{name}_now", yes)
        self.now.clicked.connect(self.accepted)
        self.cancel = named_button(theme, f"{name}_cancel", tr("Cancel"))
        self.cancel.clicked.connect(self._decline)
        answers = QHBoxLayout()
        answers.setSpacing(8)
        answers.addWidget(self.now)
        answers.addWidget(self.cancel)
        answers.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, above_px, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._words)
        column.addLayout(answers)
        self.hide()

    def ask(self, words: str) -> None:
        """Show it; the keyboard goes to Cancel, so that Enter harms nothing."""
        self._words.setText(words)
        self.show()
        self.cancel.setFocus()

    def _decline(self) -> None:
        self.hide()
        self.declined.emit()
