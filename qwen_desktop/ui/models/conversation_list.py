"""The order of all chats to the rows of the sidebar: pinned first, then folders, then by day, each group below its
heading.  What lies in a folder stands there and nowhere else, pinned ones first; a folder can be closed.

Every chat has a row, but only its id is kept.  What a row says is asked for when it comes into sight, and forgotten
some time after it has left it."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from contextlib import contextmanager
from enum import IntEnum
from itertools import accumulate, chain
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QAbstractListModel, QDate, QLocale, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal

from qwen_desktop.core.translations import current_language
from qwen_desktop.core.words import tr
from qwen_desktop.ui.tool_tips import plain_tip

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from PySide6.QtCore import QObject

    from qwen_desktop.core.chat.chat_list import ChatOrder, Ids, ListedChat, Listing, Section

Index = QModelIndex | QPersistentModelIndex
MOST_LOADED = 400
"""Chats that are kept with their titles."""
AROUND = 40
"""So many rows above and below those in sight are asked for with them."""


class ConversationRole(IntEnum):
    """Data roles of ConversationListModel beside Qt's own."""

    ID = Qt.ItemDataRole.UserRole + 1
    """int; None for a heading."""
    FOLDER = Qt.ItemDataRole.UserRole + 2
    """str: the name, of a folder's heading; None for every other row."""
    IS_OPEN = Qt.ItemDataRole.UserRole + 3
    """bool, of a folder's heading."""


class Heading(NamedTuple):
    """A row that names the group below it."""

    words: str
    folder: str = ""
    """The same, when the group is a folder."""
    chats: int = 0
    """How many a folder holds, shown or not."""


def section_words(section: Section, today: date) -> str:
    """What its heading says, `today` in local time."""
    if section.folder:
        return section.folder
    return tr("Pinned") if section.day is None else day_words(section.day, today)


def day_words(day: date, today: date) -> str:
    days_ago = (today - day).days
    if days_ago <= 0:
        return tr("Today")
    if days_ago == 1:
        return tr("Yesterday")
    if days_ago <= 7:
        return tr("Previous 7 days")
    # How Qt is asked for a month, in this year and in others: https://doc.qt.io/qt-6/qlocale.html#toString-1
    form = tr("MMMM") if day.year == today.year else tr("MMMM yyyy")
    return QLocale(current_language()).toString(QDate(day.year, day.month, 1), form)


class ConversationListModel(QAbstractListModel):
    """The conversations, newest first, with headings.

    Signals:
      chats_wanted(tuple[int, ...] ids): these have come into sight; `put_chats` is to bring them
      rename_requested(int id, str title): a row was edited in place
      folder_rename_requested(str old, str new): so was a folder's heading
      folder_toggled(str name, bool is_open): a folder was opened or closed
      settled(): the rows were changed and are whole again
    """

    chats_wanted = Signal(object)
    rename_requested = Signal(int, str)
    folder_rename_requested = Signal(str, str)
    folder_toggled = Signal(str, bool)
    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._order: ChatOrder | None = None
        self._chats: dict[int, ListedChat] = {}
        """The last ones that were asked for come last."""
        self._headings: list[Heading] = []
        self._ids: list[Ids] = []
        """Below each heading, those that have a row."""
        self._starts: list[int] = [0]
        """The row of each heading, and behind the last the number of rows."""
        self._closed: set[str] = set()
        self._running: set[int] = set()
        self._unread: set[int] = set()
        self._missed: list[int] = []
        """Rows that were painted and whose chat is not here, in the order in which they were."""
        self._asking = QTimer(self, singleShot=True, interval=0)
        self._asking.timeout.connect(self._ask)
        self._is_held = self._is_behind = False
        self.is_changing = False
        """True while rows come and go: a selection that moves now was not moved by the user."""

    # What the app tells.

    def show_listing(self, listing: Listing) -> None:
        """Replace all rows."""
        self._chats.update((chat.id, chat) for chat in listing.chats)
        there = {chat.id for chat in listing.chats}
        gone = [one for one in self._chats if one not in there]  # older than this listing
        for one in gone:
            del self._chats[one]
        self._put_order(listing.order)

    def _put_order(self, order: ChatOrder) -> None:
        """Where nothing has moved, what is selected, scrolled to and being renamed stays so."""
        is_same, self._order = order == self._order, order
        if is_same and self._is_today:
            self._tell_all_changed()
        else:
            self._rebuild()

    def put_chats(self, chats: Iterable[ListedChat]) -> None:
        """What was wanted."""
        for chat in chats:
            self._chats.pop(chat.id, None)
            self._chats[chat.id] = chat
        while len(self._chats) > MOST_LOADED:
            del self._chats[next(iter(self._chats))]
        self._tell_all_changed()

    def put_newest(self, chat: ListedChat) -> None:
        """It was begun or written to just now."""
        from datetime import datetime

        from qwen_desktop.core.chat.chat_list import ChatOrder

        self._chats[chat.id] = chat
        self._put_order((self._order or ChatOrder()).with_newest(chat, datetime.now().astimezone().date()))

    def set_running(self, conversation_id: int, is_running: bool) -> None:
        self._mark(self._running, conversation_id, is_running)

    def set_unread(self, conversation_id: int, is_unread: bool) -> None:
        self._mark(self._unread, conversation_id, is_unread)

    def hold(self) -> None:
        """Until `release`, rows stay as they are: one of them is being edited."""
        self._is_held = True

    def release(self) -> None:
        self._is_held = False
        if self._is_behind:
            self._rebuild()

    # Folders.

    @property
    def folders(self) -> list[str]:
        """Their names, in the order in which they stand."""
        return [heading.folder for heading in self._headings if heading.folder]

    def close_folders(self, names: Iterable[str]) -> None:
        """These are closed, all others open; tells nobody."""
        self._closed = set(names)
        if self._headings:
            self._rebuild()

    def is_open(self, folder: str) -> bool:
        return folder not in self._closed

    def set_open(self, folder: str, is_open: bool) -> None:
        """As the user's wish."""
        if folder in self.folders and is_open != (folder not in self._closed):
            (self._closed.discard if is_open else self._closed.add)(folder)
            self._rebuild()
            self.folder_toggled.emit(folder, is_open)

    def folder_index(self, folder: str) -> QModelIndex:
        """Where its heading stands, an invalid index if there is none."""
        found = (at for at, heading in enumerate(self._headings) if heading.folder == folder and folder)
        return next((self.index(self._starts[at]) for at in found), QModelIndex())

    def folders_of(self, ids: Iterable[int]) -> set[str]:
        """Where these lie; '' is no folder."""
        return set() if self._order is None else self._order.folders_of(list(ids))

    # What the view asks.

    def index_of(self, conversation_id: int) -> QModelIndex:
        """Where a conversation stands, an invalid index if it is not listed or lies in a closed folder."""
        for start, ids in zip(self._starts, self._ids, strict=False):
            if conversation_id in ids:
                return self.index(start + 1 + ids.index(conversation_id))
        return QModelIndex()

    @property
    def shown_ids(self) -> Iterable[int]:
        """The conversations that have a row, from the top; those in closed folders have none."""
        return chain.from_iterable(self._ids)

    def ids_between(self, first: int, last: int) -> Iterator[int]:
        """The conversations of these rows, both ends included."""
        return chain.from_iterable(
            ids[max(0, first - start - 1) : last - start]
            for start, ids in zip(self._starts, self._ids, strict=False)
            if start <= last and start + len(ids) >= first
        )

    def ranges_of(self, ids: set[int]) -> list[tuple[int, int]]:
        """Where these conversations stand: first and last row of each run, which a heading does not break."""
        found: list[tuple[int, int]] = []
        for start, them in zip(self._starts, self._ids, strict=False):
            runs: Iterable[tuple[int, int]] = ()
            if them and ids.issuperset(them):
                runs = [(start + 1, start + len(them))]
            elif not ids.isdisjoint(them):
                runs = ((row, row) for row, one in enumerate(them, start + 1) if one in ids)
            for begin, end in runs:
                if found and begin - found[-1][1] <= (2 if begin == start + 1 else 1):
                    begin = found.pop()[0]
                found.append((begin, end))
        return found

    def chat(self, conversation_id: int) -> ListedChat | None:
        """What is known of it; None where it is not listed, and where it has not come into sight."""
        return self._chats.get(conversation_id)

    @property
    def loaded_ids(self) -> tuple[int, ...]:
        """Those whose titles are here, which a new listing is to bring along."""
        return tuple(self._chats)

    def are_pinned(self, ids: Iterable[int]) -> bool:
        """All of them."""
        return self._order is not None and self._order.pinned_ids().issuperset(ids)

    def row(self, row: int) -> Heading | int:
        """A heading, or a conversation's id."""
        at = bisect_right(self._starts, row) - 1
        return self._headings[at] if row == self._starts[at] else self._ids[at][row - self._starts[at] - 1]

    def chat_in_sight(self, row: int, conversation_id: int) -> ListedChat | None:
        """What a row that is about to be painted says; asked for if it is not here."""
        chat = self._chats.get(conversation_id)
        if chat is None:
            self._missed.append(row)
            if not self._asking.isActive():
                self._asking.start()
        return chat

    def is_running(self, conversation_id: int) -> bool:
        return conversation_id in self._running

    def is_unread(self, conversation_id: int) -> bool:
        return conversation_id in self._unread

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._starts[-1]

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.row(index.row()) if index.isValid() else None
        if row is None or (isinstance(row, Heading) and not row.folder):
            return Qt.ItemFlag.NoItemFlags
        if isinstance(row, Heading):  # the keyboard goes there, but it is no chat that could be marked
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsEditable
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= self._starts[-1]:
            return None
        row = self.row(index.row())
        if isinstance(row, Heading):
            return self._heading_data(row, role)
        if role == ConversationRole.ID:
            return row
        chat = self._chats.get(row)
        if chat is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return chat.title or tr("New chat")
            case Qt.ItemDataRole.ToolTipRole:
                return _tool_tip(chat)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(chat)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """An edit in place only asks; the row changes when the app says so."""
        row = self.row(index.row()) if index.isValid() else None
        title = " ".join(str(value).split())
        if isinstance(row, Heading) and row.folder and title not in ("", row.folder):
            self.folder_rename_requested.emit(row.folder, title)
            return True
        if role != Qt.ItemDataRole.EditRole or row is None or isinstance(row, Heading):
            return False
        chat = self._chats.get(row)
        if title in ("", "" if chat is None else chat.title):
            return False
        self.rename_requested.emit(row, title)
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

    def _spoken(self, chat: ListedChat) -> str:
        title = chat.title or tr("New chat")
        if chat.is_pinned:
            title = tr("{title}, pinned", title=title)
        if chat.tags:
            title = tr("{title}, tags: {tags}", title=title, tags=", ".join(chat.tags))
        if chat.id in self._running:
            return tr("{title}, a reply is being written", title=title)
        if chat.id in self._unread:
            return tr("{title}, unread", title=title)
        return title

    def _mark(self, marked: set[int], conversation_id: int, is_marked: bool) -> None:
        if is_marked != (conversation_id in marked):
            (marked.add if is_marked else marked.discard)(conversation_id)
            index = self.index_of(conversation_id)
            if index.isValid():
                self.dataChanged.emit(index, index)

    def _tell_all_changed(self) -> None:
        if self._is_held:
            self._is_behind = True
        elif self._starts[-1]:
            self.dataChanged.emit(self.index(0), self.index(self._starts[-1] - 1))

    def _ask(self) -> None:
        missed, self._missed = self._missed, []
        missed = [row for row in missed if abs(row - missed[-1]) <= AROUND]  # the others have left the screen again
        near = self.ids_between(min(missed, default=0) - AROUND, max(missed, default=0) + AROUND)
        if wanted := tuple(one for one in near if one not in self._chats):
            self.chats_wanted.emit(wanted)

    def _rebuild(self) -> None:
        if self._is_held:
            self._is_behind = True
            return
        self._is_behind = False
        from datetime import datetime  # an empty list, as the first frame shows it, needs no date

        today = self._day = datetime.now().astimezone().date()
        headings: list[Heading] = []
        shown: list[Ids] = []
        nothing = array("q")
        for section in self._order.sections if self._order is not None else ():
            words = section_words(section, today)
            headings.append(Heading(words, section.folder, len(section.ids) if section.folder else 0))
            shown.append(nothing if section.folder and section.folder in self._closed else section.ids)
        with self._changing():
            self.beginResetModel()
            self._headings, self._ids = headings, shown
            self._starts = [0, *accumulate(1 + len(ids) for ids in shown)]
            self.endResetModel()

    _day: date | None = None

    @property
    def _is_today(self) -> bool:
        """The headings are those of this day."""
        from datetime import datetime

        return self._day == datetime.now().astimezone().date()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        self.is_changing = True
        try:
            yield
        finally:
            self.is_changing = False
            self.settled.emit()


def _tool_tip(chat: ListedChat) -> str | None:
    """What the row may have no room for."""
    lines = [chat.title] if len(chat.title) > (12 if chat.tags else 28) else []
    return plain_tip("\n".join([*lines, ", ".join(chat.tags)]).strip()) or None
