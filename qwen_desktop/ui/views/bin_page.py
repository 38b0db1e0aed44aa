"""Deleted chats, as a page: until when they are kept, the way back, and erasing them for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import named_button
from qwen_desktop.ui.views.controls import Line, name_control
from qwen_desktop.ui.views.erase_question import EraseQuestion
from qwen_desktop.ui.views.paragraph import paragraph
from qwen_desktop.ui.views.quiet_table import QuietTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QShowEvent

    from qwen_desktop.core.chat.conversation import DeletedConversation
    from qwen_desktop.ui.theme import Theme


class BinPage(QWidget):
    """Shows what was deleted; changes nothing itself.

    Signals:
      wanted(): the page is seen, so the list is wanted
      restore_requested(list[int]), erase_requested(list[int]): ids of conversations
    """

    wanted = Signal()
    restore_requested = Signal(object)
    erase_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._deleted: tuple[DeletedConversation, ...] = ()
        self._asked: list[int] = []
        name_control(self, "bin_page", tr("Deleted chats"))
        self.words = paragraph(theme, "bin_words")
        hint = tr(
            "Deleted chats are kept for at least 30 days and can be brought back. Later every word of them is erased."
        )
        small = paragraph(theme, "bin_hint", hint, colour="text_secondary", points=SMALL_PT)
        headings = [tr("Chat"), tr("Messages"), tr("Deleted"), tr("Kept until")]
        self.table = QuietTable(theme, "bin", tr("Deleted chats"), headings, stretched=0, right_from=1)
        self.table.setSelectionMode(QuietTable.SelectionMode.ExtendedSelection)
        self.table.itemSelectionChanged.connect(self._show_buttons)
        self.restore_button = named_button(theme, "restore_chat", tr("Bring back"))
        self.restore_button.clicked.connect(lambda: self.restore_requested.emit(self._selected()))
        self.erase_button = named_button(theme, "erase_chat", tr("Erase…"))
        self.erase_button.clicked.connect(lambda: self._ask(self._selected()))
        self.empty_button = named_button(theme, "empty_bin", tr("Erase all…"))
        self.empty_button.clicked.connect(self._ask_all)
        self.question = EraseQuestion(theme, "erase", tr("Erase for good"))
        self.question.accepted.connect(self._erase)
        self.question.declined.connect(self.erase_button.setFocus)
        below = QHBoxLayout()
        below.setSpacing(8)
        for button in (self.restore_button, self.erase_button):
            below.addWidget(button)
        below.addStretch(1)
        below.addWidget(self.empty_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.words)
        column.addWidget(small)
        column.addWidget(Line(theme))
        column.addWidget(self.table)
        column.addLayout(below)
        column.addWidget(self.question)
        column.addStretch(1)
        self.show_deleted(())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.wanted.emit()

    def show_deleted(self, deleted: Sequence[DeletedConversation]) -> None:
        """Replaces what is shown; the last deleted comes first."""
        self._deleted = tuple(deleted)
        self.table.clearSelection()
        self.table.show_rows([_row(one) for one in deleted], [one.title for one in deleted])
        self.words.setText(
            tr("Deleted chats: {count}", count=f"{len(deleted):,}") if deleted else tr("Nothing was deleted.")
        )
        for widget in (self.table, self.restore_button, self.erase_button, self.empty_button):
            widget.setVisible(bool(deleted))
        self.question.hide()
        self._show_buttons()

    def _selected(self) -> list[int]:
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        return [self._deleted[row].id for row in rows if row < len(self._deleted)]

    def _show_buttons(self) -> None:
        has_some = bool(self._selected())
        self.restore_button.setEnabled(has_some)
        self.erase_button.setEnabled(has_some)

    def _ask_all(self) -> None:
        self._ask([one.id for one in self._deleted])

    def _ask(self, ids: list[int]) -> None:
        if not ids:
            return
        self._asked = ids
        self.question.ask(
            tr(
                "Erase {count} chats with every word of them? They cannot be brought back; "
                "what they cost still counts. Backups made before still hold them.",
                count=f"{len(ids):,}",
            )
            if len(ids) > 1
            else tr(
                "Erase this chat with every word of it? It cannot be brought back; "
                "what it cost still counts. Backups made before still hold it."
            )
        )

    def _erase(self) -> None:
        self.question.hide()
        self.erase_requested.emit(self._asked)


def _row(one: DeletedConversation) -> tuple[str, ...]:
    return (
        one.title or tr("Untitled"),
        f"{one.messages:,}",
        one.deleted_at.astimezone().strftime("%Y-%m-%d"),
        one.kept_until.astimezone().strftime("%Y-%m-%d"),
    )
