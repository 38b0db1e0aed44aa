"""Language models to the rows of the picker, narrowed by what was typed; an id nobody knows is a row too."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from qwen_desktop.core.words import tr
from qwen_desktop.ui.tool_tips import plain_tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One language model as the picker shows it."""

    model_id: str
    description: str = ""
    """What it is good for, in the user's language; a few words."""
    can_think: bool = False
    context_tokens: int | None = None
    can_search: bool = False
    can_see: bool = False
    price: str = ""
    """In short, such as '¥2 / 8'; '' where it is not known or nothing is paid."""
    price_sentence: str = ""
    """The same in full, for tool tips and screen readers."""
    is_unlisted: bool = False
    """The server's own list does not have it."""
    search_words: str = ""
    """What it is found by besides id and description."""


class ModelRole(IntEnum):
    """Data roles of ModelListModel beside Qt's own."""

    MODEL_ID = Qt.ItemDataRole.UserRole + 1
    DESCRIPTION = Qt.ItemDataRole.UserRole + 2
    ROW = Qt.ItemDataRole.UserRole + 3
    """The ModelRow."""
    IS_CHOSEN = Qt.ItemDataRole.UserRole + 4


def context_words(tokens: int | None) -> str:
    """Room for tokens in short: 1,000,000 is '1M', 131,072 is '131K', None is ''."""
    if not tokens or tokens < 0:
        return ""
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.1f}".removesuffix(".0") + "M"
    return f"{tokens // 1000}K" if tokens >= 1000 else str(tokens)


class ModelListModel(QAbstractListModel):
    """The models whose id, description or abilities hold every typed word; then, when no id is the typed text, that
    text."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[ModelRow, ...] = ()
        self._rows: list[ModelRow] = []
        self._text = ""
        self._chosen = ""

    @property
    def all_rows(self) -> tuple[ModelRow, ...]:
        """Whatever was typed."""
        return self._all

    def set_models(self, rows: Sequence[ModelRow]) -> None:
        if tuple(rows) != self._all:  # a screen reader may be in the midst of them
            self._all = tuple(rows)
            self._narrow()

    def set_typed(self, text: str) -> None:
        self._text = text
        self._narrow()

    def set_chosen(self, model_id: str) -> None:
        self._chosen = model_id
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def row_of(self, model_id: str) -> int:
        """Its row, or -1."""
        return next((i for i, row in enumerate(self._rows) if row.model_id == model_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return tr("Use “{model_id}”", model_id=row.model_id) if self._is_typed(row) else row.model_id
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip("\n".join(self._sentences(row)))
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(self._sentences(row))
            case ModelRole.MODEL_ID:
                return row.model_id
            case ModelRole.DESCRIPTION:
                return self._description(row)
            case ModelRole.ROW:
                return row
            case ModelRole.IS_CHOSEN:
                return row.model_id == self._chosen
        return None

    def _is_typed(self, row: ModelRow) -> bool:
        return row not in self._all

    def _description(self, row: ModelRow) -> str:
        if self._is_typed(row):
            return tr("An id not in this list; it is sent as typed")
        unlisted = tr("not in this server's list") if row.is_unlisted else ""
        return " · ".join(part for part in (unlisted, row.description) if part)

    def _sentences(self, row: ModelRow) -> list[str]:
        """All that its row shows, in words."""
        name = tr("Use “{model_id}”", model_id=row.model_id) if self._is_typed(row) else row.model_id
        said = [
            name,
            tr("in use") if row.model_id == self._chosen else "",
            self._description(row),
            tr("can think") if row.can_think else "",
            tr("searches the web") if row.can_search else "",
            tr("sees pictures") if row.can_see else "",
            row.price_sentence,
            tr("room for {tokens} tokens", tokens=context_words(row.context_tokens)) if row.context_tokens else "",
        ]
        return [words for words in said if words]

    def _narrow(self) -> None:
        words = self._text.casefold().split()
        typed = "".join(self._text.split())
        found = [row for row in self._all if all(word in _searched(row) for word in words)]
        if typed and all(row.model_id != typed for row in self._all):
            found.append(ModelRow(typed))
        self.beginResetModel()
        self._rows = found
        self.endResetModel()


def _searched(row: ModelRow) -> str:
    return f"{row.model_id} {row.description} {row.search_words}".casefold()
