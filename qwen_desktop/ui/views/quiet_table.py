"""Rows of words in columns: a native table in the theme's colours, so that keys and screen readers know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from qwen_desktop.ui.tool_tips import plain_tip
from qwen_desktop.ui.views.controls import fill, name_control, slim_scroll_bar_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.theme import Theme

MOST_ROWS = 12
"""So many are seen at once; more are scrolled to."""
_GAP_PX = 16
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Header(QHeaderView):
    """Words on the theme's tint, without the style's edges."""

    def __init__(self, theme: Theme, parent: QWidget, right_from: int) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme
        self._right_from = right_from

    def sectionSizeFromContents(self, logicalIndex: int) -> QSize:
        return super().sectionSizeFromContents(logicalIndex) + QSize(_GAP_PX, 8)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        colours = self._theme.colours
        fill(painter, rect, colours.code_header)
        painter.setPen(QColor(colours.text_secondary))
        words = str(self.model().headerData(logicalIndex, Qt.Orientation.Horizontal))
        painter.drawText(rect.adjusted(8, 0, -8, 0), _RIGHT if logicalIndex >= self._right_from else _LEFT, words)


class _Cells(QStyledItemDelegate):
    """Cells with room at their sides; the row of the keyboard is tinted, no cell is framed."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(_GAP_PX, 0)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        table = option.widget
        assert isinstance(table, QuietTable)
        table.paint_cell(painter, option.rect, index)


class QuietTable(QTableWidget):
    """Tab goes past it, the arrow keys walk in it, by whole rows."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        spoken: str,
        headings: Sequence[str],
        *,
        stretched: int,
        right_from: int,
        parent: QWidget | None = None,
    ) -> None:
        """`stretched`: the column that takes the room that is left; those from `right_from` on are set to the right."""
        super().__init__(parent)
        self._theme = theme
        self._right_from = right_from
        name_control(self, name, spoken)
        self.setColumnCount(len(headings))
        self.setHorizontalHeader(_Header(theme, self, right_from))
        self.setItemDelegate(_Cells(self))
        self.setHorizontalHeaderLabels(list(headings))
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrap(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        for column in range(len(headings)):
            if (item := self.horizontalHeaderItem(column)) is not None:
                item.setTextAlignment(_RIGHT if column >= right_from else _LEFT)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_rows(self, rows: Sequence[Sequence[str]], details: Sequence[str]) -> None:
        """Replaces what is shown; `details`, one for each row, are told by the tool tip and to screen readers."""
        self.setRowCount(len(rows))
        for number, (words, told) in enumerate(zip(rows, details, strict=True)):
            for column, text in enumerate(words):
                item = QTableWidgetItem(text)
                item.setToolTip(plain_tip(told))
                item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, told)
                if column >= self._right_from:
                    item.setTextAlignment(_RIGHT)
                self.setItem(number, column, item)
        self.updateGeometry()

    def paint_cell(self, painter: QPainter, box: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        """Plain text; what does not fit is shortened at its end."""
        colours = self._theme.colours
        if index.row() == self.currentRow() and self.hasFocus():
            fill(painter, box, colours.selection)
            if index.column() == self.currentColumn():
                fill(painter, QRect(box.left(), box.bottom() - 1, box.width(), 2), colours.accent)
        painter.setPen(QColor(colours.text))
        painter.setFont(self.font())
        room = box.adjusted(8, 0, -8, 0)
        words = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _RIGHT if index.column() >= self._right_from else _LEFT, words)

    def sizeHint(self) -> QSize:
        row_px = self.verticalHeader().defaultSectionSize()
        rows = min(MOST_ROWS, max(1, self.rowCount()))
        return QSize(480, self.horizontalHeader().sizeHint().height() + rows * row_px + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def _restyle(self) -> None:
        colours = self._theme.colours
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(colours.window))
        palette.setColor(QPalette.ColorRole.Text, QColor(colours.text))
        palette.setColor(QPalette.ColorRole.Highlight, QColor(colours.selection))
        palette.setColor(QPalette.ColorRole.HighlightedText, QColor(colours.text))
        palette.setColor(QPalette.ColorRole.Button, QColor(colours.code_header))
        palette.setColor(QPalette.ColorRole.ButtonText, QColor(colours.text_secondary))
        self.setPalette(palette)
        self.horizontalHeader().setPalette(palette)
        self.verticalHeader().setDefaultSectionSize(max(30, self.fontMetrics().height() + 12))
        self.verticalScrollBar().setStyleSheet(slim_scroll_bar_sheet(self._theme))
        self.updateGeometry()
