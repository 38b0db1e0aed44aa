"""Language models to the rows of the picker, narrowed by what was typed; an id nobody knows is a row too."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from qwen_desktop.core.words import tr

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


class ModelRole(IntEnum):
    """Data roles of ModelListModel beside Qt's own."""

    MODEL_ID = Qt.ItemDataRole.UserRole + 1
    DESCRIPTION = Qt.ItemDataRole.UserRole + 2
    CAN_THINK = Qt.ItemDataRole.UserRole + 3
    CONTEXT = Qt.ItemDataRole.UserRole + 4
    """Words such as '1M', or ''."""
    IS_CHOSEN = Qt.ItemDataRole.UserRole + 5


def context_words(tokens: int | None) -> str:
    """Room for tokens in short: 1,000,000 is '1M', 131,072 is '131K', None is ''."""
    if not tokens or tokens < 0:
        return ""
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.1f}".removesuffix(".0") + "M"
    return f"{tokens // 1000}K" if tokens >= 1000 else str(tokens)


class ModelListModel(QAbstractListModel):
    """The models whose id or description holds every typed word; then, when no id is the typed text, that text."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[ModelRow, ...] = ()
        self._rows: list[ModelRow] = []
        self._typed = ""
        self._chosen = ""

    def set_models(self, rows: Sequence[ModelRow]) -> None:
        self._all = tuple(rows)
        self._narrow()

    def set_typed(self, text: str) -> None:
        self._typed = "".join(text.split())
        self._narrow(text)

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
        is_typed = row not in self._all
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return tr("Use “{model_id}”", model_id=row.model_id) if is_typed else row.model_id
            case Qt.ItemDataRole.AccessibleTextRole:
                words = (self.data(index), row.description, tr("can think") if row.can_think else "")
                return ", ".join(str(word) for word in words if word)
            case ModelRole.MODEL_ID:
                return row.model_id
            case ModelRole.DESCRIPTION:
                return tr("An id not in this list; it is sent as typed") if is_typed else row.description
            case ModelRole.CAN_THINK:
                return row.can_think
            case ModelRole.CONTEXT:
                return context_words(row.context_tokens)
            case ModelRole.IS_CHOSEN:
                return row.model_id == self._chosen
        return None

    def _narrow(self, text: str | None = None) -> None:
        words = (self._typed if text is None else text).casefold().split()
        found = [row for row in self._all if all(w in f"{row.model_id} {row.description}".casefold() for w in words)]
        if self._typed and all(row.model_id != self._typed for row in self._all):
            found.append(ModelRow(self._typed))
        self.beginResetModel()
        self._rows = found
        self.endResetModel()
