"""A row of the picker: id above description, and at the right its abilities, price and context in columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics
from PySide6.QtWidgets import QStyledItemDelegate, QWidget

from qwen_desktop.ui import icons
from qwen_desktop.ui.models.model_list import ModelRole, ModelRow, context_words
from qwen_desktop.ui.theme import INTERFACE_PT, SMALL_PT
from qwen_desktop.ui.views.controls import draw_row_state, grown_px, sized

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionViewItem

    from qwen_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 48
SIDE_PX = 10
ICON_PX = 16
_ICON_STEP_PX = 23
_GAP_PX = 16
_LEAST_NAME_PX = 150
"""With less room for the names a column goes: first the context, then the price."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How wide each column at the right is, for all rows alike; 0: no row has anything there."""

    icons: tuple[str, ...] = ()
    price_px: int = 0
    context_px: int = 0

    @property
    def icons_px(self) -> int:
        return len(self.icons) * grown_px(_ICON_STEP_PX)

    def fitted(self, width_px: int) -> Columns:
        """Those there is room for in a row so wide."""
        shown = self
        for smaller in (Columns(self.icons, self.price_px, 0), Columns(self.icons, 0, 0)):
            if width_px - shown.taken_px >= _LEAST_NAME_PX:
                break
            shown = smaller
        return shown

    @property
    def taken_px(self) -> int:
        widths = (self.icons_px, self.price_px, self.context_px)
        return 2 * SIDE_PX + sum(width + _GAP_PX for width in widths if width)


def columns_of(rows: Iterable[ModelRow], font: QFont) -> Columns:
    """`font` is that of the list."""
    rows = tuple(rows)
    metrics = QFontMetrics(sized(font, SMALL_PT))
    has = {name: any(name in _icons(row) for row in rows) for name in ("bulb", "globe", "image")}
    prices, contexts = {row.price for row in rows}, {context_words(row.context_tokens) for row in rows}
    return Columns(
        tuple(name for name, is_there in has.items() if is_there),
        max(map(metrics.horizontalAdvance, prices), default=0),
        max(map(metrics.horizontalAdvance, contexts), default=0),
    )


def _icons(row: ModelRow) -> tuple[str, ...]:
    can = {"bulb": row.can_think, "globe": row.can_search, "image": row.can_see}
    return tuple(name for name, is_there in can.items() if is_there)


class ModelDelegate(QStyledItemDelegate):
    """Paints a row.  `columns` are to be set whenever the rows or the font are others."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent
        self.columns = Columns()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, max(ROW_PX, self._view.fontMetrics().height() * 2 + 12))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ModelRole.ROW)
        assert isinstance(row, ModelRow)
        colours = self._theme.colours
        painter.save()
        box = option.rect
        draw_row_state(painter, option, colours)
        painter.setFont(sized(self._view.font(), SMALL_PT))
        painter.setPen(QColor(colours.text_secondary))
        columns = self.columns.fitted(box.width())
        right = self._paint_columns(painter, box, row, columns)
        room = QRect(box.left() + SIDE_PX, box.top() + 5, right - box.left() - SIDE_PX, (box.height() - 10) // 2)
        below = room.translated(0, room.height())
        align = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        description = str(index.data(ModelRole.DESCRIPTION))
        painter.drawText(below, align, _elided(painter, description, room.width(), Qt.TextElideMode.ElideRight))
        weight = QFont.Weight.DemiBold if index.data(ModelRole.IS_CHOSEN) else None
        painter.setFont(sized(self._view.font(), INTERFACE_PT, weight))
        painter.setPen(QColor(colours.text_secondary if row.is_unlisted else colours.text))
        painter.drawText(room, align, _elided(painter, str(index.data()), room.width(), Qt.TextElideMode.ElideMiddle))
        painter.restore()

    def _paint_columns(self, painter: QPainter, box: QRect, row: ModelRow, columns: Columns) -> int:
        """From the right; where the room of the names ends."""
        right = box.right() + 1 - SIDE_PX
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.TextFlag.TextSingleLine
        texts = ((context_words(row.context_tokens), columns.context_px), (row.price, columns.price_px))
        for words, width_px in texts:
            if width_px:
                painter.drawText(QRect(right - width_px, box.top(), width_px, box.height()), align, words)
                right -= width_px + _GAP_PX
        if columns.icons:
            right -= columns.icons_px
            shown, scale = _icons(row), self._view.devicePixelRatioF()
            icon_px, step_px = grown_px(ICON_PX), grown_px(_ICON_STEP_PX)
            for position, name in enumerate(columns.icons):
                if name in shown:
                    mark = icons.pixmap(name, self._theme.colours.text_secondary, icon_px, scale)
                    left = right + (position + 1) * step_px - icon_px
                    painter.drawPixmap(left, box.center().y() - icon_px // 2 + 1, mark)
            right -= _GAP_PX - step_px + icon_px
        return right


def _elided(painter: QPainter, words: str, width_px: int, mode: Qt.TextElideMode) -> str:
    return painter.fontMetrics().elidedText(words, mode, max(0, width_px))
