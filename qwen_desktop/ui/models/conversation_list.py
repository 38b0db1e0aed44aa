"""Conversation summaries to the rows of the sidebar: pinned first, then folders, then by day, each group below its
heading.  What lies in a folder stands there and nowhere else, pinned ones first; a folder can be closed."""

from __future__ import annotations

from contextlib import contextmanager
from enum import IntEnum
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from qwen_desktop.core.words import tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
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
    FOLDER = Qt.ItemDataRole.UserRole + 5
    """str: the name, of a folder's heading; None for every other row."""
    IS_OPEN = Qt.ItemDataRole.UserRole + 6
    """bool, of a folder's heading."""
    TAGS = Qt.ItemDataRole.UserRole + 7
    """tuple[str, ...], of a conversation."""


class Heading(NamedTuple):
    """A row that names the group below it."""

    words: str
    folder: str = ""
    """The same, when the group is a folder."""
    chats: int = 0
    """How many a folder holds, shown or not."""


def group_words(summary: ConversationSummary, today: date) -> str:
    """The heading a conversation in no folder stands under, `today` in local time."""
    return tr("Pinned") if summary.is_pinned else day_words(summary.updated_at.astimezone().date(), today)


def day_words(day: date, today: date) -> str:
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
      folder_rename_requested(str old, str new): so was a folder's heading
      folder_toggled(str name, bool is_open): a folder was opened or closed
      settled(): the rows were changed and are whole again
    """

    rename_requested = Signal(int, str)
    folder_rename_requested = Signal(str, str)
    folder_toggled = Signal(str, bool)
    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._summaries: dict[int, ConversationSummary] = {}
        self._rows: list[ConversationSummary | Heading] = []
        self._row_of: dict[int, int] = {}
        self._known = 0
        self._closed: set[str] = set()
        self._folder_rows: dict[str, int] = {}
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
        is_in_place = old is not None and _place_of(old) == _place_of(summary)
        if row is None and is_in_place:
            return  # in a folder that is closed
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

    # Folders.

    @property
    def folders(self) -> list[str]:
        """Their names, in the order in which they stand."""
        return list(self._folder_rows)

    def close_folders(self, names: Iterable[str]) -> None:
        """These are closed, all others open; tells nobody."""
        self._closed = set(names)
        if self._summaries:
            self._rebuild()

    def is_open(self, folder: str) -> bool:
        return folder not in self._closed

    def set_open(self, folder: str, is_open: bool) -> None:
        """As the user's wish."""
        if folder in self._folder_rows and is_open != (folder not in self._closed):
            (self._closed.discard if is_open else self._closed.add)(folder)
            self._rebuild()
            self.folder_toggled.emit(folder, is_open)

    def folder_index(self, folder: str) -> QModelIndex:
        """Where its heading stands, an invalid index if there is none; makes its page known."""
        return self._index_at(self._folder_rows.get(folder))

    # What the view asks.

    def index_of(self, conversation_id: int) -> QModelIndex:
        """Where a conversation stands, an invalid index if it is not listed; makes its page known."""
        return self._index_at(self._row_of.get(conversation_id))

    def _index_at(self, row: int | None) -> QModelIndex:
        if row is None:
            return QModelIndex()
        if row >= self._known:
            self._reveal(row + 1)
        return self.index(row)

    @property
    def shown_ids(self) -> Iterable[int]:
        """The conversations that have a row, from the top; those in closed folders have none."""
        return self._row_of.keys()

    def ids_between(self, first: int, last: int) -> Iterator[int]:
        """The conversations of these rows, both ends included."""
        return (row.id for row in self._rows[first : last + 1] if not isinstance(row, Heading))

    def ranges_of(self, ids: set[int]) -> Iterator[tuple[int, int]]:
        """Where these conversations stand, known to the view: first and last row of each unbroken run."""
        first = last = -2
        for one, row in self._row_of.items():
            if one in ids and row < self._known:
                if row != last + 1:
                    if last >= 0:
                        yield first, last
                    first = row
                last = row
        if last >= 0:
            yield first, last

    def reveal_all(self) -> None:
        """Make every row known."""
        if self._known < len(self._rows):
            self._reveal(len(self._rows))

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
        row = self._rows[index.row()] if index.isValid() else None
        if row is None or (isinstance(row, Heading) and not row.folder):
            return Qt.ItemFlag.NoItemFlags
        if isinstance(row, Heading):  # the keyboard goes there, but it is no chat that could be marked
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsEditable
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if isinstance(row, Heading):
            return self._heading_data(row, role)
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return row.title or tr("New chat")
            case Qt.ItemDataRole.ToolTipRole:
                return _tool_tip(row)
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
            case ConversationRole.TAGS:
                return row.tags
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """An edit in place only asks; the row changes when the app says so."""
        row = self._rows[index.row()] if index.isValid() else None
        title = " ".join(str(value).split())
        if isinstance(row, Heading) and row.folder and title not in ("", row.folder):
            self.folder_rename_requested.emit(row.folder, title)
            return True
        if role != Qt.ItemDataRole.EditRole or row is None or isinstance(row, Heading) or title in ("", row.title):
            return False
        self.rename_requested.emit(row.id, title)
        return True

    def _heading_data(self, row: Heading, role: int) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return row.words
            case Qt.ItemDataRole.AccessibleTextRole if row.folder and row.folder in self._closed:
                return tr("Folder {name}, closed, chats: {count}", name=row.folder, count=row.chats)
            case Qt.ItemDataRole.AccessibleTextRole if row.folder:
                return tr("Folder {name}, open, chats: {count}", name=row.folder, count=row.chats)
            case Qt.ItemDataRole.AccessibleTextRole:
                return row.words
            case ConversationRole.FOLDER:
                return row.folder or None
            case ConversationRole.IS_OPEN:
                return row.folder not in self._closed
        return None

    def _spoken(self, row: ConversationSummary) -> str:
        title = row.title or tr("New chat")
        if row.is_pinned:
            title = tr("{title}, pinned", title=title)
        if row.tags:
            title = tr("{title}, tags: {tags}", title=title, tags=", ".join(row.tags))
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
        # Sorting by one key after the other is stable, and quicker than by tuples: thousands are few milliseconds.
        ordered = sorted(self._summaries.values(), key=attrgetter("id"), reverse=True)
        ordered.sort(key=attrgetter("updated_at"), reverse=True)
        ordered.sort(key=attrgetter("is_pinned"), reverse=True)
        in_folders: dict[str, list[ConversationSummary]] = {}
        for one in ordered:
            if one.folder:
                in_folders.setdefault(one.folder, []).append(one)
        rows: list[ConversationSummary | Heading] = []
        loose = [one for one in ordered if not one.folder] if in_folders else ordered
        pinned = sum(one.is_pinned for one in loose)
        if pinned:
            rows += [Heading(tr("Pinned")), *loose[:pinned]]
        folder_rows: dict[str, int] = {}
        for folder in sorted(in_folders, key=lambda name: (name.casefold(), name)):
            folder_rows[folder] = len(rows)
            rows.append(Heading(folder, folder, len(in_folders[folder])))
            if folder not in self._closed:
                rows += in_folders[folder]
        since: datetime | None = None
        heading = ""
        for summary in loose[pinned:]:
            if since is None or summary.updated_at < since:  # else it is in the group of the one before
                local = summary.updated_at.astimezone()
                since = local.replace(hour=0, minute=0, second=0, microsecond=0)
                if (words := day_words(local.date(), today)) != heading:
                    rows.append(Heading(words))
                    heading = words
            rows.append(summary)
        row_of = {row.id: place for place, row in enumerate(rows) if not isinstance(row, Heading)}
        before = self._rows
        if [_mark_of(row) for row in rows] == [_mark_of(row) for row in before]:
            # Nothing has moved: what is selected, scrolled to and being renamed stays so.
            self._rows = rows
            for old, row in zip(before, rows, strict=True):
                if old != row and not isinstance(row, Heading):
                    self._tell_changed(row.id)
            return
        with self._changing():
            self.beginResetModel()
            self._rows, self._row_of, self._folder_rows = rows, row_of, folder_rows
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


def _mark_of(row: ConversationSummary | Heading) -> object:
    """What makes it another row."""
    return row if isinstance(row, Heading) else row.id


def _tool_tip(row: ConversationSummary) -> str | None:
    """What the row may have no room for."""
    lines = [row.title] if len(row.title) > (12 if row.tags else 28) else []
    return "\n".join([*lines, ", ".join(row.tags)]).strip() or None


def _place_of(summary: ConversationSummary) -> tuple[object, ...]:
    """What decides where it stands."""
    return summary.updated_at, summary.is_pinned, summary.folder
