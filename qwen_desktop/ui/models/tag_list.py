"""Tags in use to the rows of their dialog: which the chats have, which they are to have, and what is typed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from qwen_desktop.core.chat import tags
from qwen_desktop.core.words import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject

    from qwen_desktop.core.chat.tags import TagUse

Index = QModelIndex | QPersistentModelIndex
_PARTLY, _ON, _OFF = Qt.CheckState.PartiallyChecked, Qt.CheckState.Checked, Qt.CheckState.Unchecked


class TagRole(IntEnum):
    """Data roles of TagListModel beside Qt's own."""

    CHATS = Qt.ItemDataRole.UserRole + 1
    """int: how many chats of the history have it; None for one that is not there yet."""


@dataclass(slots=True)
class _Row:
    name: str
    chats: int | None
    was: Qt.CheckState
    now: Qt.CheckState


class TagListModel(QAbstractListModel):
    """The tags the chats have first, then the others by name; with something typed, those that fit, and last of all
    what is typed, to be made."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[_Row] = []
        self._shown: list[_Row] = []
        self._typed = ""

    def set_tags(self, uses: Sequence[TagUse], chats: int) -> None:
        """`chats`: how many are edited together."""
        ordered = sorted(uses, key=lambda one: not one.marked)
        states = [_ON if one.marked >= chats else _PARTLY if one.marked else _OFF for one in ordered]
        self._rows = [_Row(one.name, one.chats, now, now) for one, now in zip(ordered, states, strict=True)]
        self.set_typed(self._typed)

    def set_typed(self, text: str) -> None:
        """Show what fits to that."""
        self._typed = text
        self.beginResetModel()
        self._shown = self._fitting(text)
        self.endResetModel()

    def _fitting(self, text: str) -> list[_Row]:
        found = tags.tags_in(text)
        if not found:
            return self._rows
        wanted = tags.key(found[-1])
        fitting = [row for row in self._rows if wanted in tags.key(row.name)]
        fitting.sort(key=lambda row: (tags.key(row.name) != wanted, not tags.key(row.name).startswith(wanted)))
        if all(tags.key(row.name) != wanted for row in fitting):
            fitting.append(_Row(found[-1], None, _OFF, _OFF))
        return fitting

    @property
    def best_row(self) -> int:
        """What Enter means: the tag that is typed, else the first that begins so; -1 while nothing is typed."""
        found = tags.tags_in(self._typed)
        if not found:
            return -1
        return 0 if tags.key(self._shown[0].name).startswith(tags.key(found[-1])) else len(self._shown) - 1

    def toggle(self, row: int) -> None:
        """Give the tag to all, take it from all, or, where only some have it, leave it as it is again."""
        one = self._shown[row]
        if one.chats is None:
            self.give(one.name)
            return
        if one.now is _ON:
            one.now = _OFF
        else:
            one.now = _PARTLY if one.now is _OFF and one.was is _PARTLY else _ON
        self.dataChanged.emit(self.index(row), self.index(row))

    def give(self, text: str) -> None:
        """All tags in what was typed, those that are not there yet too."""
        for name in tags.tags_in(text):
            row = next((one for one in self._rows if tags.key(one.name) == tags.key(name)), None)
            if row is None:
                self._rows.insert(0, _Row(name, 0, _OFF, _ON))
            else:
                row.now = _ON
        self.set_typed("")

    @property
    def given(self) -> tuple[str, ...]:
        """In the order of the list, then new ones in the order in which they were made."""
        given = [row for row in self._rows if row.now is _ON and row.was is not _ON]
        made = [row.name for row in reversed(given) if not row.chats]
        return (*(row.name for row in given if row.chats), *made)

    @property
    def taken(self) -> tuple[str, ...]:
        return tuple(row.name for row in self._rows if row.now is _OFF and row.was is not _OFF)

    def row_of(self, name: str) -> int:
        """-1 if it is not shown."""
        return next((at for at, row in enumerate(self._shown) if tags.key(row.name) == tags.key(name)), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = self._shown[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return tr("New tag “{tag}”", tag=row.name) if row.chats is None else row.name
            case Qt.ItemDataRole.CheckStateRole if row.chats is not None:
                return row.now
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(row)
            case TagRole.CHATS:
                return row.chats
        return None

    def _spoken(self, row: _Row) -> str:
        if row.chats is None:
            return tr("New tag “{tag}”", tag=row.name)
        if row.now is _PARTLY:
            return tr("{tag}, on some of the chats", tag=row.name)
        return tr("{tag}, on", tag=row.name) if row.now is _ON else tr("{tag}, off", tag=row.name)
