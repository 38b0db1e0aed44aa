"""A list whose rows are all of one height, so that nothing in it costs more for fifty thousand rows than for fifty.

QListView asks the model for every row whenever rows come or go, and keeps a place for each.  Here a row's place is its
number times a height: what QListView would work out is answered from that, the rest of it is used as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QRegion
from PySide6.QtWidgets import QAbstractItemView, QListView

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

Index = QModelIndex | QPersistentModelIndex
_Action = QAbstractItemView.CursorAction
_Hint = QAbstractItemView.ScrollHint


class UniformListView(QListView):
    """Its heir paints a row in `paint_row` and says how high rows are in `row_px`."""

    @property
    def row_px(self) -> int:
        """The height of each row."""
        raise NotImplementedError

    def paint_row(self, painter: QPainter, box: QRect, row: int) -> None:
        """`box`: where it is."""
        raise NotImplementedError

    @property
    def rows_on_screen(self) -> range:
        """The rows of which something can be seen."""
        return self._rows_between(0, self.viewport().height() - 1)

    def _rows_between(self, top: int, bottom: int) -> range:
        """Both in the viewport, included."""
        first = max(0, (top + self.verticalOffset()) // self.row_px)
        last = min(self.model().rowCount() - 1, (bottom + self.verticalOffset()) // self.row_px)
        return range(first, last + 1)

    # Where rows are

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid():
            return QRect()
        top = index.row() * self.row_px - self.verticalOffset()
        return QRect(0, top, self.viewport().width(), self.row_px)

    def indexAt(self, point: QPoint) -> QModelIndex:
        rows = self._rows_between(point.y(), point.y())
        is_inside = self.viewport().rect().contains(point) and rows
        return self.model().index(rows[0], 0) if is_inside else QModelIndex()

    def scrollTo(self, index: Index, hint: QAbstractItemView.ScrollHint = _Hint.EnsureVisible) -> None:
        if not index.isValid():
            return
        top, room_px, bar = index.row() * self.row_px, self.viewport().height(), self.verticalScrollBar()
        at_bottom = top + self.row_px - room_px
        if hint is _Hint.PositionAtTop or (hint is _Hint.EnsureVisible and top < bar.value()):
            bar.setValue(top)
        elif hint is _Hint.PositionAtBottom or (hint is _Hint.EnsureVisible and at_bottom > bar.value()):
            bar.setValue(at_bottom)
        elif hint is _Hint.PositionAtCenter:
            bar.setValue((top + at_bottom) // 2)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().scroll(dx, dy)

    def doItemsLayout(self) -> None:
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        bar, room_px = self.verticalScrollBar(), self.viewport().height()
        bar.setSingleStep(self.row_px)
        bar.setPageStep(room_px)
        bar.setRange(0, max(0, self.model().rowCount() * self.row_px - room_px))
        QAbstractItemView.updateGeometries(self)

    # Keys and marks

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        last = self.model().rowCount() - 1
        current = self.currentIndex()
        page = max(1, self.viewport().height() // self.row_px - 1)
        row = current.row()
        match action:
            case _ if not current.isValid():
                row, step = 0, 1
            case _Action.MoveUp | _Action.MovePrevious:
                row, step = row - 1, -1
            case _Action.MoveDown | _Action.MoveNext:
                row, step = row + 1, 1
            case _Action.MovePageUp:
                row, step = max(0, row - page), 1
            case _Action.MovePageDown:
                row, step = min(last, row + page), -1
            case _Action.MoveHome:
                row, step = 0, 1
            case _Action.MoveEnd:
                row, step = last, -1
            case _:
                return current
        while 0 <= row <= last:
            index = self.model().index(row, 0)
            if index.flags() & Qt.ItemFlag.ItemIsEnabled:
                return index
            row += step
        return current

    def selectAll(self) -> None:
        if last := self.model().rowCount():
            everything = QItemSelection(self.model().index(0, 0), self.model().index(last - 1, 0))
            self.selectionModel().select(everything, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        box = rect.normalized()
        rows = self._rows_between(box.top(), box.bottom())
        chosen = QItemSelection()
        if rows:
            chosen.select(self.model().index(rows[0], 0), self.model().index(rows[-1], 0))
        self.selectionModel().select(chosen, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        # Not QListView's: for a screen reader it would look at every row of the selection.
        QAbstractItemView.selectionChanged(self, selected, deselected)
        for change, what in (
            (selected, QAccessible.Event.SelectionAdd),
            (deselected, QAccessible.Event.SelectionRemove),
        ):
            if change.size() == 1 and change.at(0).height() == 1:
                self._tell_reader(what, change.at(0).top())

    def currentChanged(self, current: Index, previous: Index) -> None:
        QAbstractItemView.currentChanged(self, current, previous)
        if current.isValid() and self.hasFocus():
            self._tell_reader(QAccessible.Event.Focus, current.row())

    def _tell_reader(self, what: QAccessible.Event, row: int) -> None:
        if QAccessible.isActive():
            event = QAccessibleEvent(self, what)
            event.setChild(row)
            QAccessible.updateAccessibility(event)

    # Pixels

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        box = event.rect()
        width_px, height_px, offset = self.viewport().width(), self.row_px, self.verticalOffset()
        for row in self._rows_between(box.top(), box.bottom()):
            self.paint_row(painter, QRect(0, row * height_px - offset, width_px, height_px), row)
        painter.end()
