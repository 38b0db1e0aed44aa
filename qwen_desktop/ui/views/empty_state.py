"""A new chat's page: a greeting, four useful starters, and where the key stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import COLUMN_PX, SMALL_PT
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, grown_px, name_control

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from qwen_desktop.ui.theme import Theme


def starters() -> tuple[str, ...]:
    """Prompts to begin with; one that ends with "…" wants to be completed before it is sent."""
    return (
        tr("Explain how streaming over SSE works, with a small Python example"),
        tr("Compare SQLite and PostgreSQL in a table"),
        tr("Plan three days in Beijing"),
        tr("Improve the tone of this email: …"),
    )


class EmptyState(QWidget):
    """What a chat without messages shows.

    Signals:
      starter_chosen(str): a prompt to send
      starter_to_complete(str): the beginning of a prompt, for the composer
    """

    starter_chosen = Signal(str)
    starter_to_complete = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("empty_state")
        self.greeting = greeting = Label(theme, tr("What can I help with?"), points=17, bold=True)
        greeting.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.key_words = Label(theme, colour="text_secondary", points=SMALL_PT)
        self.key_words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.key_words.setWordWrap(True)
        rows = QVBoxLayout()
        rows.setSpacing(8)
        self.starters: list[Button] = []
        for number, prompt in enumerate(starters()):
            button = Button(theme, prompt, kind="outlined", height_px=44, align_left=True)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setToolTip(prompt)
            name_control(button, f"starter_{number + 1}")
            button.clicked.connect(lambda checked=False, prompt=prompt: self._on_starter(prompt))
            rows.addWidget(button)
            self.starters.append(button)
        inside = QVBoxLayout()
        inside.setSpacing(0)
        inside.addStretch(2)
        inside.addWidget(greeting)
        inside.addSpacing(24)
        inside.addLayout(rows)
        inside.addSpacing(16)
        inside.addWidget(self.key_words)
        inside.addStretch(3)
        self._column = column = QWidget()
        column.setLayout(inside)
        self._widen()
        theme.changed.connect(self._widen)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 8, 20, 8)
        row.addStretch(1)
        row.addWidget(column, 100)
        row.addStretch(1)

    def _widen(self) -> None:
        self._column.setMaximumWidth(grown_px(COLUMN_PX - 200))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low window what is needed least gives way: where the key stands, the greeting, the last starters."""
        super().resizeEvent(event)
        row_px = self.starters[0].sizeHint().height() + 8
        room_px = self.height() - 16 - row_px
        for part, extra_px in (
            *((starter, 8) for starter in self.starters[1:]),
            (self.greeting, 24),
            (self.key_words, 16),
        ):
            room_px -= part.sizeHint().height() + extra_px
            part.setVisible(room_px >= 0)

    def set_key_words(self, words: str) -> None:
        """Where the key stands, in one sentence."""
        self.key_words.setText(words)

    def _on_starter(self, prompt: str) -> None:
        if prompt.endswith("…"):
            self.starter_to_complete.emit(prompt.removesuffix("…"))
        else:
            self.starter_chosen.emit(prompt)
