"""Conversation summaries to the rows of the sidebar: pinned first, then by day, with a heading above each group."""

from __future__ import annotations

from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from qwen_desktop.core.words import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from PySide6.QtCore import QObject

    from qwen_desktop.core.chat.conversation import ConversationSummary

Index = QModelIndex | QPersistentModelIndex
PAGE_ROWS = 200
"""How many rows the view learns of at a time."""


class ConversationRole(IntEnum):
    """Data roles of ConversationListModel beside Qt's own."""

    ID = Qt.ItemDataRole.UserRole + 1
    """int; None for a heading."""
    IS_PINNED = Qt.ItemDataRole.UserRole + 2
    IS_RUNNING = Qt.ItemDataRole.UserRole + 3
    IS_UNREAD = Qt.ItemDataRole.UserRole + 4


class Heading(NamedTuple):
    """A row that names the group below it."""

    words: str


def group_words(summary: ConversationSummary, today: date) -> str:
    """The heading a conversation stands under, `today` in local time."""
    if summary.is_pinned:
        return tr("Pinned")
    day = summary.updated_at.astimezone().date()
    days_ago = (today - day).days
    if days_ago <= 0:
        return tr("Today")
    if days_ago == 1:
        return tr("Yesterday")
    if days_ago <= 7:
        return tr("Previous 7 days")
    return tr("{year}-{month:02}", year=day.year, month=day.month)


class ConversationListModel(QAbstractListModel):
    """The conversations, newest first, with headings; rows become known to the view in pages.

    Signals:
      rename_requested(int id, str title): a row was edited in place
      settled(): the rows were changed and are whole again
    """

    rename_requested = Signal(int, str)
    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._summaries: dict[int, ConversationSummary] = {}
        self._rows: list[ConversationSummary | Heading] = []
        self._row_of: dict[int, int] = {}
        self._known = 0
        self._running: set[int] = set()
        self._unread: set[int] = set()
        self.is_changing = False
        """True while rows come and go: a selection that moves now was not moved by the user."""

    # What the app tells.

    def set_conversations(self, summaries: Sequence[ConversationSummary]) -> None:
        """Replace all rows; any order."""
        self._summaries = {summary.id: summary for summary in summaries}
        self._rebuild()

    def put(self, summary: ConversationSummary) -> None:
        """Add a conversation, or show what has become of it."""
        old = self._summaries.get(summary.id)
        self._summaries[summary.id] = summary
        row = self._row_of.get(summary.id)
        is_in_place = old is not None and (old.updated_at, old.is_pinned) == (summary.updated_at, summary.is_pinned)
        if row is None or not is_in_place:
            self._rebuild()
            return
        self._rows[row] = summary
        self._tell_changed(summary.id)

    def remove(self, conversation_id: int) -> None:
        """Take a conversation out; unknown ids change nothing."""
        if self._summaries.pop(conversation_id, None) is not None:
            self._running.discard(conversation_id)
            self._unread.discard(conversation_id)
            self._rebuild()

    def set_running(self, conversation_id: int, is_running: bool) -> None:
        self._mark(self._running, conversation_id, is_running)

    def set_unread(self, conversation_id: int, is_unread: bool) -> None:
        self._mark(self._unread, conversation_id, is_unread)

    # What the view asks.

    def index_of(self, conversation_id: int) -> QModelIndex:
        """Where a conversation stands, an invalid index if it is not listed; makes its page known."""
        row = self._row_of.get(conversation_id)
        if row is None:
            return QModelIndex()
        if row >= self._known:
            self._reveal(row + 1)
        return self.index(row)

    def summary(self, conversation_id: int) -> ConversationSummary | None:
        return self._summaries.get(conversation_id)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._known

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._known < len(self._rows)

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._reveal(self._known + PAGE_ROWS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self._rows[index.row()], Heading):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if isinstance(row, Heading):
            return row.words if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole) else None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return row.title or tr("New chat")
            case Qt.ItemDataRole.ToolTipRole:
                return row.title if len(row.title) > 28 else None
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row)
            case ConversationRole.ID:
                return row.id
            case ConversationRole.IS_PINNED:
                return row.is_pinned
            case ConversationRole.IS_RUNNING:
                return row.id in self._running
            case ConversationRole.IS_UNREAD:
                return row.id in self._unread
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """An edit in place only asks; the row changes when the app says so."""
        row = self._rows[index.row()] if index.isValid() else None
        title = " ".join(str(value).split())
        if role != Qt.ItemDataRole.EditRole or row is None or isinstance(row, Heading) or title in ("", row.title):
            return False
        self.rename_requested.emit(row.id, title)
        return True

    def _spoken(self, row: ConversationSummary) -> str:
        title = row.title or tr("New chat")
        if row.id in self._running:
            return tr("{title}, a reply is being written", title=title)
        if row.id in self._unread:
            return tr("{title}, unread", title=title)
        return title

    def _mark(self, marked: set[int], conversation_id: int, is_marked: bool) -> None:
        if is_marked != (conversation_id in marked):
            (marked.add if is_marked else marked.discard)(conversation_id)
            self._tell_changed(conversation_id)

    def _tell_changed(self, conversation_id: int) -> None:
        row = self._row_of.get(conversation_id)
        if row is not None and row < self._known:
            self.dataChanged.emit(self.index(row), self.index(row))

    def _rebuild(self) -> None:
        from datetime import datetime  # an empty list, as the first frame shows it, needs no date

        today = datetime.now().astimezone().date()
        ordered = sorted(self._summaries.values(), key=lambda s: (s.is_pinned, s.updated_at, s.id), reverse=True)
        rows: list[ConversationSummary | Heading] = []
        row_of: dict[int, int] = {}
        heading = ""
        for summary in ordered:
            words = group_words(summary, today)
            if words != heading:
                rows.append(Heading(words))
                heading = words
            row_of[summary.id] = len(rows)
            rows.append(summary)
        with self._changing():
            self.beginResetModel()
            self._rows, self._row_of = rows, row_of
            self._known = min(len(rows), max(PAGE_ROWS, self._known))
            self.endResetModel()

    def _reveal(self, count: int) -> None:
        count = min(len(self._rows), count)
        self.beginInsertRows(QModelIndex(), self._known, count - 1)
        self._known = count
        self.endInsertRows()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        self.is_changing = True
        try:
            yield
        finally:
            self.is_changing = False
            self.settled.emit()
