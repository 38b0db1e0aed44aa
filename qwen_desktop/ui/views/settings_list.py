"""The page names of the settings to pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QStyle, QStyledItemDelegate

from qwen_desktop.ui.theme import INTERFACE_PT
from qwen_desktop.ui.views.controls import draw_focus_ring, draw_row_state, sized

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

    from qwen_desktop.ui.theme import Theme


class SettingsListDelegate(QStyledItemDelegate):
    """A row like the sidebar's: the chosen one filled and bold."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, max(34, self._view.fontMetrics().height() + 12))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours = self._theme.colours
        painter.save()
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        draw_row_state(painter, option, colours)
        if option.state & QStyle.StateFlag.State_HasFocus:
            draw_focus_ring(painter, option.rect, colours.accent)
        painter.setFont(sized(self._view.font(), INTERFACE_PT, QFont.Weight.DemiBold if is_chosen else None))
        painter.setPen(QColor(colours.text))
        box = option.rect.adjusted(10, 0, -10, 0)
        shown = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()
