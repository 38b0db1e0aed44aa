"""All data, below the rows of their page in the settings: how much room they take, and what can be done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.backups_page import size_words
from qwen_desktop.ui.views.buttons import Button, named_button
from qwen_desktop.ui.views.controls import Label, Line, name_control
from qwen_desktop.ui.views.erase_question import EraseQuestion
from qwen_desktop.ui.views.paragraph import paragraph
from qwen_desktop.ui.views.setting_row import SettingRow

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

    def __init__(self, theme: Theme, *, can_move: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name_control(self, "storage_page", tr("Storage"))
        self._theme = theme
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        heading = Label(theme, tr("Storage"), colour="text_secondary", bold=True)
        heading.setContentsMargins(0, 20, 0, 8)
        self._column.addWidget(heading)
        self.sizes = paragraph(theme, "storage_sizes", tr("Counting…"))
        self._column.addWidget(self.sizes)
        self._column.addSpacing(8)
        self._column.addWidget(Line(theme))
        self.compact_button = self._add(
            "compact_history",
            tr("Room of deleted chats"),
            tr("Gives it back to the disk. The app starts again for it, which takes some seconds."),
            tr("Make smaller…"),
        )
        self.compact_button.clicked.connect(self.compact_requested)
        how = (
            tr("It is copied, compared byte by byte, and then used; the old one stays until you delete it.")
            if can_move
            else tr("It stays where QWEN_DESKTOP_HOME says.")
        )
        self.move_button = self._add("move_data", tr("Another place for the data folder"), how, tr("Move…"))
        self.move_button.clicked.connect(self.move_requested)
        self.move_button.setEnabled(can_move)
        self.problem = paragraph(theme, "storage_problem", colour="notice_text")
        self.problem.setContentsMargins(0, 8, 0, 0)
        self.problem.hide()
        self._column.addWidget(self.problem)
        self.erase_button = self._add(
            "erase_everything",
            tr("Everything"),
            tr("Every chat, picture, backup, log, setting and key of this app on this computer."),
            tr("Delete everything…"),
        )
        self.erase_button.clicked.connect(self._ask)
        self.question = EraseQuestion(theme, "erase_everything", tr("Delete everything and quit"), above_px=12)
        self.question.accepted.connect(self.erase_requested)
        self.question.declined.connect(self.erase_button.setFocus)
        self._column.addWidget(self.question)

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
        self.question.ask(tr("Delete everything now? Nothing of it can be brought back. The app ends afterwards."))

    def _add(self, name: str, title: str, hint: str, words: str) -> Button:
        button = named_button(self._theme, name, words)
        self._column.addWidget(SettingRow(self._theme, name, title, hint, button))
        return button
