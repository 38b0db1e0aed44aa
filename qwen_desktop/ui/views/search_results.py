"""What a search found to pixels and keys: conversations, below each the pieces that match, with the match marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyledItemDelegate, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.models.search_results import ResultRole, SearchResultsModel
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.controls import colour_scroll_area, draw_box, draw_focus_ring, name_control, sized

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from qwen_desktop.core.search.found import Excerpt, SearchResult
    from qwen_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
SIDE_PX = 10
INDENT_PX = 20
LINES = 2
"""Of a message's piece that are shown."""


class ResultDelegate(QStyledItemDelegate):
    """Paints one row: a title with its day, or two lines of a message."""

    def __init__(self, theme: Theme, parent: SearchResultsView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self._view.row_sizes[self._view.results.rows[index.row()].message_id is None]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = self._theme.colours
        box: QRect = option.rect
        view = self._view
        row = self._view.results.rows[index.row()]
        painter.save()
        is_current = index.row() == view.currentIndex().row()
        if is_current or index.row() == view.hovered_row:
            draw_box(painter, box, fill=colours.selection if is_current else colours.hover)
        if is_current and view.hasFocus():
            draw_focus_ring(painter, box, colours.accent)
        if row.message_id is None:
            small = sized(view.font(), SMALL_PT)
            painter.setFont(small)
            painter.setPen(QColor(colours.text_secondary))
            inside = box.adjusted(SIDE_PX, 0, -SIDE_PX, 0)
            painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, row.day)
            taken_px = painter.fontMetrics().horizontalAdvance(row.day) + 8
            font = sized(view.font(), 10.5, QFont.Weight.DemiBold)
            room = inside.adjusted(0, 6, -taken_px, 0)
            self._paint_lines(painter, row.excerpt, room, font, colours.text, lines=1)
        else:
            room = box.adjusted(INDENT_PX, 3, -SIDE_PX, 0)
            self._paint_lines(painter, row.excerpt, room, view.font(), colours.text_secondary, lines=LINES)
        painter.restore()

    def _paint_lines(
        self, painter: QPainter, excerpt: Excerpt, room: QRect, font: QFont, colour: str, *, lines: int
    ) -> None:
        """The first lines of it, the last one elided, with the marks behind them."""
        text = excerpt.text[:400].replace("\n", " ")
        if lines == 1 and not excerpt.marks:  # most titles: a fraction of what a layout costs
            painter.setFont(font)
            painter.setPen(QColor(colour))
            elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(QPointF(room.left(), room.top() + painter.fontMetrics().ascent()), elided)
            return
        layout = QTextLayout(text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats(self._formats(excerpt))
        metrics = painter.fontMetrics() if painter.font() == font else self._view.fontMetrics()
        layout.beginLayout()
        y = 0.0
        for number in range(lines):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(max(1, room.width()))
            is_last = number == lines - 1 and line.textStart() + line.textLength() < len(text)
            if is_last:
                line.setLineWidth(max(1, room.width() - metrics.horizontalAdvance("…")))
                end_px = line.naturalTextWidth()
                painter.setPen(QColor(colour))
                painter.setFont(font)
                painter.drawText(QPointF(room.left() + end_px, room.top() + y + metrics.ascent()), "…")
            line.setPosition(QPointF(0, y))
            y += line.height()
        layout.endLayout()
        painter.setPen(QColor(colour))
        layout.draw(painter, QPointF(room.topLeft()))

    def _formats(self, excerpt: Excerpt) -> list[QTextLayout.FormatRange]:
        mark = QTextCharFormat()
        background = QColor(self._theme.colours.found)
        background.setAlpha(170)  # as what is found in a chat
        mark.setBackground(background)
        mark.setForeground(QColor(self._theme.colours.text))
        formats = []
        units = _units(excerpt.text[:400])
        for begin, end in excerpt.marks:
            if begin < len(units) - 1:
                made = QTextLayout.FormatRange()
                made.start = units[begin]
                made.length = units[min(end, len(units) - 1)] - units[begin]
                made.format = mark
                formats.append(made)
        return formats


def _units(text: str) -> list[int] | range:
    """Where each character begins as Qt counts, by UTF-16."""
    if max(text, default="") <= "\uffff":
        return range(len(text) + 1)
    places = [0]
    for character in text:
        places.append(places[-1] + 1 + (character > "\uffff"))
    return places


class SearchResultsView(QListView):
    """The list named "Search results".

    Signals: chosen(int conversation_id, object message_id): Enter or a click; None for the conversation as a whole.
    """

    chosen = Signal(int, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.hovered_row = -1
        self.row_sizes = (QSize(), QSize())
        """Of a message and of a title; asked for hundreds of times for each result."""
        self._words: list[str] = []
        self._surface = QWidget()
        self.setViewport(self._surface)
        self.results = SearchResultsModel(self)
        self.setModel(self.results)
        self.setItemDelegate(ResultDelegate(theme, self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        name_control(self, "search_results", tr("Search results"))
        self._restyle()
        theme.changed.connect(self._restyle)
        self.entered.connect(self._on_entered)

    def show_result(self, result: SearchResult) -> None:
        """Replace what is shown; the row that was gone to stays it if it is still there."""
        row = self.currentIndex().data(ResultRole.ROW)
        height = self.fontMetrics().height()
        self.row_sizes = (QSize(0, LINES * height + 8), QSize(0, height + 12))
        self.results.set_result(result)
        self._words = []
        if row is not None:
            places = [(one.conversation_id, one.message_id) for one in self.results.rows]
            if (row.conversation_id, row.message_id) in places:
                self.setCurrentIndex(self.results.index(places.index((row.conversation_id, row.message_id))))
        self._surface.update()

    def set_words(self, words: list[str]) -> None:
        """What stands in the list while it has no rows, a paragraph each."""
        self._words = words
        self.setAccessibleDescription(" ".join(words))
        self._surface.update()

    @property
    def found_ids(self) -> list[int]:
        """The conversations, in order."""
        return [row.conversation_id for row in self.results.rows if row.message_id is None]

    def go_to_first(self) -> None:
        """The keyboard comes from the field."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if self.results.rows:
            self.setCurrentIndex(self.results.index(0))

    def choose_first(self) -> None:
        """Enter in the field: the first matching message, or the conversation whose title matches."""
        rows = self.results.rows
        if rows:
            is_title = bool(rows[0].excerpt.marks) or len(rows) == 1 or rows[1].message_id is None
            row = rows[0] if is_title else rows[1]
            self.chosen.emit(row.conversation_id, row.message_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().data(ResultRole.ROW)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row is not None:
            self.chosen.emit(row.conversation_id, row.message_id)
            return
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        row = self.indexAt(event.position().toPoint()).data(ResultRole.ROW)
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.chosen.emit(row.conversation_id, row.message_id)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._surface.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._on_entered(QModelIndex())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._words and not self.results.rows:
            painter = QPainter(self._surface)
            if self.hasFocus():
                draw_focus_ring(painter, self._surface.rect(), self._theme.colours.accent)
            painter.setPen(QColor(self._theme.colours.text_secondary))
            box = self._surface.rect().adjusted(SIDE_PX, 16, -SIDE_PX, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, "\n\n".join(self._words))

    def _on_entered(self, index: QModelIndex) -> None:
        self.hovered_row = index.row()
        self._surface.update()

    def _restyle(self) -> None:
        colour_scroll_area(self, self._theme, "sidebar")
        self._surface.update()
