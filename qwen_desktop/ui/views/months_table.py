"""Months and models to a table of what they took: a native table, so that keys and screen readers know it."""

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

from qwen_desktop.core.words import tr
from qwen_desktop.ui.usage_words import amounts_words
from qwen_desktop.ui.views.controls import fill, name_control, slim_scroll_bar_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.chat.sums import MonthOfModel, Sums
    from qwen_desktop.ui.theme import Theme

MOST_ROWS = 12
"""So many are seen at once; more are scrolled to."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_GAP_PX = 16
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Header(QHeaderView):
    """Words on the theme's tint, without the style's edges."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._theme = theme

    def sectionSizeFromContents(self, logicalIndex: int) -> QSize:
        return super().sectionSizeFromContents(logicalIndex) + QSize(_GAP_PX, 8)

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        colours = self._theme.colours
        fill(painter, rect, colours.code_header)
        painter.setPen(QColor(colours.text_secondary))
        words = str(self.model().headerData(logicalIndex, Qt.Orientation.Horizontal))
        painter.drawText(rect.adjusted(8, 0, -8, 0), _RIGHT if logicalIndex >= 2 else _LEFT, words)


class _Cells(QStyledItemDelegate):
    """Cells with room at their sides; the row of the keyboard is tinted, no cell is framed."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index) + QSize(_GAP_PX, 0)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        table = option.widget
        assert isinstance(table, MonthsTable)
        table.paint_cell(painter, option.rect, index)


class MonthsTable(QTableWidget):
    """One row for each month and model; Tab goes past it, the arrow keys walk in it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        name_control(self, "months_table", tr("Tokens and cost by month and model"))
        self.setColumnCount(6)
        self.setHorizontalHeader(_Header(theme, self))
        self.setItemDelegate(_Cells(self))
        self.setHorizontalHeaderLabels([tr("Month"), tr("Model"), tr("Replies"), tr("Input"), tr("Output"), tr("Cost")])
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
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        for column in range(6):
            if (item := self.horizontalHeaderItem(column)) is not None:
                item.setTextAlignment(_RIGHT if column >= 2 else _LEFT)
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_months(self, months: Sequence[MonthOfModel]) -> None:
        """Replaces what is shown; the newest month comes first."""
        self.setRowCount(len(months))
        for row, one in enumerate(months):
            sums = one.sums
            words = (
                month_words(one),
                one.model_id or tr("not known"),
                f"{sums.replies:,}",
                f"{sums.input_tokens:,}",
                f"{sums.output_tokens:,}",
                month_cost_words(sums),
            )
            details = _details(sums)
            for column, text in enumerate(words):
                item = QTableWidgetItem(text)
                item.setToolTip(details)
                item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, details)
                if column >= 2:
                    item.setTextAlignment(_RIGHT)
                self.setItem(row, column, item)
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
        painter.drawText(room, _RIGHT if index.column() >= 2 else _LEFT, words)

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


def month_words(one: MonthOfModel) -> str:
    """As '2026-11'; the month is that of the time it was counted in."""
    return one.month.strftime("%Y-%m")


def month_cost_words(sums: Sums) -> str:
    """A sum, '¥0' where nothing was to be paid, or that it is not known."""
    if sums.unknown == sums.replies:
        return amounts_words(sums.amounts, is_least=True) or tr("price not known")
    return amounts_words(sums.amounts, is_least=bool(sums.unknown)) or tr("none")


def _details(sums: Sums) -> str:
    lines = [
        tr("Of the input from the cache: {tokens} tokens", tokens=f"{sums.cached_tokens:,}"),
        tr("Of the output reasoning: {tokens} tokens", tokens=f"{sums.reasoning_tokens:,}"),
    ]
    if sums.unknown:
        lines.append(tr("Replies whose cost is not known in full: {count}", count=f"{sums.unknown:,}"))
    return "\n".join(lines)
