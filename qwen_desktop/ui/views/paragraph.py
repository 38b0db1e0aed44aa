"""A text of more than one line, as wide as there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QSizePolicy

from qwen_desktop.ui.views.controls import Label

if TYPE_CHECKING:
    from qwen_desktop.ui.theme import Theme


def paragraph(theme: Theme, name: str, words: str = "", *, colour: str = "text", points: float | None = None) -> Label:
    """`name` becomes its object name."""
    label = Label(theme, words, colour=colour, points=points) if points else Label(theme, words, colour=colour)
    label.setObjectName(name)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    label.setWordWrap(True)  # afterwards: a new policy would forget that the height follows the width
    return label
