"""The table of shortcuts as a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout

from qwen_desktop.core.words import tr
from qwen_desktop.ui.shortcuts import native, shortcuts
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, name_control

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.settings.settings import ShortcutSettings
    from qwen_desktop.ui.theme import Theme


class ShortcutList(QDialog):
    """What can be done from the keyboard.  Open it with `open()`."""

    def __init__(self, theme: Theme, settings: ShortcutSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        name_control(self, "shortcut_list", tr("Keyboard shortcuts"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(Label(theme, tr("Keyboard shortcuts"), points=13, bold=True))
        rows = QGridLayout()
        rows.setHorizontalSpacing(32)
        rows.setVerticalSpacing(8)
        rows.setColumnStretch(0, 1)
        for number, shortcut in enumerate(shortcuts()):
            keys = native(shortcut.keys(settings)) or tr("none")
            rows.addWidget(Label(theme, shortcut.help_text), number, 0)
            rows.addWidget(Label(theme, keys, colour="text_secondary"), number, 1, Qt.AlignmentFlag.AlignRight)
        column.addLayout(rows)
        close = Button(theme, tr("Close"))
        name_control(close, "close")
        close.clicked.connect(self.accept)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        close.setFocus(Qt.FocusReason.OtherFocusReason)
