"""The data folder, as a page: what takes how much room, where it lies, and what can be done with all of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.backups_page import size_words
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, Line, name_control
from qwen_desktop.ui.views.paragraph import paragraph

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from qwen_desktop.core.backup import Sizes
    from qwen_desktop.ui.theme import Theme


class StoragePage(QWidget):
    """Shows sizes and asks twice; does nothing itself.

    Signals:
      wanted(): the page is seen, so the sizes are wanted
      compact_requested(): the next start is to make the history smaller, and is to come now
      move_requested(): a place for the data folder is to be chosen
      erase_requested(): everything is to be deleted
    """

    wanted = Signal()
    compact_requested = Signal()
    move_requested = Signal()
    erase_requested = Signal()

    def __init__(self, theme: Theme, folder: str, *, can_move: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_control(self, "storage_page", tr("Storage"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.sizes = paragraph(theme, "storage_sizes", tr("Counting…"))
        self.compact_button = _button(theme, "compact_history", tr("Make smaller…"))
        self.compact_button.clicked.connect(self.compact_requested)
        self.move_button = _button(theme, "move_data", tr("Move…"))
        self.move_button.clicked.connect(self.move_requested)
        self.move_button.setEnabled(can_move)
        self.erase_button = _button(theme, "erase_everything", tr("Delete everything…"))
        self.erase_button.clicked.connect(self._ask)
        self.problem = paragraph(theme, "storage_problem", colour="notice_text")
        self.problem.hide()
        column.addWidget(self.sizes)
        self._add(
            theme,
            tr("Room of deleted chats"),
            tr("Gives it back to the disk. The app starts again for it, which takes some seconds."),
            self.compact_button,
        )
        # A path has no places to break at by itself.
        where = tr("It is {folder}.", folder=folder.replace(os.sep, f"{os.sep}\u200b"))
        how = (
            tr("It is copied, compared byte by byte, and then used; the old one stays until you delete it.")
            if can_move
            else tr("It stays where QWEN_DESKTOP_HOME says.")
        )
        self._add(theme, tr("Data folder"), f"{where} {how}", self.move_button)
        column.addWidget(self.problem)
        self._add(
            theme,
            tr("Everything"),
            tr("Every chat, picture, backup, log, setting and key of this app on this computer."),
            self.erase_button,
        )
        self.question = QWidget()
        self.question.setObjectName("erase_everything_question")
        words = paragraph(
            theme,
            "erase_everything_words",
            tr("Delete everything now? Nothing of it can be brought back. The app ends afterwards."),
        )
        self.erase_now = _button(theme, "erase_everything_now", tr("Delete everything and quit"))
        self.erase_now.clicked.connect(self.erase_requested)
        keep = _button(theme, "erase_everything_cancel", tr("Cancel"))
        keep.clicked.connect(self.question.hide)
        answers = QHBoxLayout()
        answers.setSpacing(8)
        answers.addWidget(self.erase_now)
        answers.addWidget(keep)
        answers.addStretch(1)
        asking = QVBoxLayout(self.question)
        asking.setContentsMargins(0, 4, 0, 0)
        asking.setSpacing(8)
        asking.addWidget(words)
        asking.addLayout(answers)
        self.question.hide()
        column.addWidget(self.question)
        column.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.wanted.emit()

    def show_sizes(self, sizes: Sizes) -> None:
        self.sizes.setText(
            tr(
                "{everything} in all: history {history}, backups {backups}, pictures {pictures}.",
                everything=size_words(sizes.everything),
                history=size_words(sizes.history),
                backups=size_words(sizes.backups),
                pictures=size_words(sizes.attachments),
            )
        )

    def show_problem(self, sentence: str) -> None:
        """Why the folder was not moved; '' for nothing."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _ask(self) -> None:
        self.question.show()
        self.question.findChildren(Button)[-1].setFocus()

    def _add(self, theme: Theme, title: str, hint: str, button: Button) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Label(theme, title, points=11))
        words.addWidget(paragraph(theme, f"{button.objectName()}_hint", hint, colour="text_secondary", points=SMALL_PT))
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(words, 1)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.addWidget(Line(theme))
        column.addLayout(row)


def _button(theme: Theme, name: str, words: str) -> Button:
    button = Button(theme, words)
    name_control(button, name)
    return button
