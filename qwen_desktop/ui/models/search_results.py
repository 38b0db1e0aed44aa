"""What a search found to rows: each conversation with its day, below it the pieces of its messages that match."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.search.found import Excerpt
from qwen_desktop.core.words import tr

if TYPE_CHECKING:
    from datetime import date, datetime

    from PySide6.QtCore import QObject

    from qwen_desktop.core.search.found import SearchResult

Index = QModelIndex | QPersistentModelIndex


class ResultRole(IntEnum):
    """Data roles of SearchResultsModel beside Qt's own."""

    ROW = Qt.ItemDataRole.UserRole + 1
    """The ResultRow."""


class ResultRow(NamedTuple):
    """A conversation (`message_id` None), or one of its messages."""

    conversation_id: int
    message_id: int | None
    excerpt: Excerpt
    day: str
    """Of a conversation; '' for a message."""
    spoken: str


def day_words(moment: datetime, today: date) -> str:
    """A day as shortly as it can be told, `today` in local time."""
    day = moment.astimezone().date()
    if day == today:
        return tr("Today")
    if (today - day).days == 1:
        return tr("Yesterday")
    return day.isoformat()


class SearchResultsModel(QAbstractListModel):
    """The rows of one result."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ResultRow] = []

    def set_result(self, result: SearchResult) -> None:
        """Replace all rows."""
        from datetime import datetime

        today = datetime.now().astimezone().date()
        rows: list[ResultRow] = []
        for found in result.conversations:
            summary = found.summary
            title = found.title if found.title.text else Excerpt(tr("New chat"))
            day = day_words(summary.updated_at, today)
            rows.append(ResultRow(summary.id, None, title, day, tr("{title}, {day}", title=title.text, day=day)))
            for message in found.messages:
                name = tr("You") if message.role is Role.USER else tr("Reply")
                spoken = tr("{name}: {text}", name=name, text=message.excerpt.text)
                rows.append(ResultRow(summary.id, message.id, message.excerpt, "", spoken))
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    @property
    def rows(self) -> list[ResultRow]:
        return self._rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.excerpt.text
            case Qt.ItemDataRole.AccessibleTextRole:
                return row.spoken
            case ResultRole.ROW:
                return row
        return None
