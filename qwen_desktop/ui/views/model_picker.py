"""The panel that finds a model: a search field above a list; an id nobody knows can be used as typed.

It lies inside the window instead of being a popup window: no grab that a stream would have to live with, the same place
and the same rounded corners on every platform, compositor or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from qwen_desktop.core.words import tr
from qwen_desktop.ui import icons
from qwen_desktop.ui.models.model_list import ModelListModel, ModelRole
from qwen_desktop.ui.theme import INTERFACE_PT, SMALL_PT
from qwen_desktop.ui.views.controls import draw_box, name_control, sized, slim_scroll_bar_sheet
from qwen_desktop.ui.views.fields import Field
from qwen_desktop.ui.views.overlay import SHADOW_PX, FloatingPanel, Scrim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import (
        QStyleOptionViewItem,
    )

    from qwen_desktop.ui.models.model_list import ModelRow
    from qwen_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 48
MOST_ROWS = 7
WIDTH_PX = 440


class ModelDelegate(QStyledItemDelegate):
    """Paints a model's id above what it is good for; at the right whether it can think, and its context."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, max(ROW_PX, self._view.fontMetrics().height() * 2 + 12))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = self._theme.colours
        painter.save()
        box = option.rect
        is_chosen = bool(index.data(ModelRole.IS_CHOSEN))
        if option.state & QStyle.StateFlag.State_Selected:
            draw_box(painter, box, fill=colours.selection)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            draw_box(painter, box, fill=colours.hover)
        small = sized(self._view.font(), SMALL_PT)
        painter.setFont(small)
        painter.setPen(QColor(colours.text_secondary))
        context = box.adjusted(0, 0, -10, 0)
        painter.drawText(
            context, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, str(index.data(ModelRole.CONTEXT))
        )
        right = box.right() - 10 - 48
        if index.data(ModelRole.CAN_THINK):
            scale = painter.device().devicePixelRatio()
            painter.drawPixmap(
                right - 16, box.center().y() - 7, icons.pixmap("bulb", colours.text_secondary, 16, scale)
            )
        room = QRect(box.left() + 10, box.top() + 5, right - 24 - box.left() - 10, (box.height() - 10) // 2)
        below = room.translated(0, room.height())
        align = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(below, align, _elided(painter, str(index.data(ModelRole.DESCRIPTION)), room.width()))
        painter.setFont(sized(self._view.font(), INTERFACE_PT, QFont.Weight.DemiBold if is_chosen else None))
        painter.setPen(QColor(colours.text))
        painter.drawText(room, align, _elided(painter, str(index.data()), room.width()))
        painter.restore()


class ModelPicker(FloatingPanel):
    """Chooses a model.

    Signals: model_chosen(str model_id); closed()
    """

    model_chosen = Signal(str)
    closed = Signal()

    def __init__(self, theme: Theme, window: QWidget, *, is_below: bool = False, edge_px: int = 8) -> None:
        """`is_below`: it opens below what it belongs to instead of above it.  `edge_px`: so far from the window's edges
        it stays."""
        super().__init__(theme, window)
        self._window = window
        self._is_below = is_below
        self._edge_px = edge_px
        self._anchor = QRect()
        self._scrim = Scrim(window)
        self.rows = ModelListModel(self)
        name_control(self, "model_picker", tr("Models"))
        self.search_field = Field(
            theme, tr("Search models"), placeholder=tr("Search or type a model id"), icon_name="search"
        )
        name_control(self.search_field, "search_models")
        self.search_field.setMaxLength(200)
        self.list = QListView()
        self.list.setModel(self.rows)
        self.list.setItemDelegate(ModelDelegate(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.verticalScrollBar().setStyleSheet(slim_scroll_bar_sheet(theme))
        name_control(self.list, "models", tr("Models"))
        column = QVBoxLayout(self)
        inset = SHADOW_PX + 8
        column.setContentsMargins(inset, inset, inset, inset)
        column.setSpacing(8)
        column.addWidget(self.search_field)
        column.addWidget(self.list, 1)
        self.search_field.textChanged.connect(self._on_typed)
        self.search_field.installEventFilter(self)
        self.list.clicked.connect(self._choose)
        self._scrim.pressed.connect(self.close_panel)
        self.hide()

    def set_models(self, rows: Sequence[ModelRow]) -> None:
        self.rows.set_models(rows)
        self._select(self.rows.row_of(self._chosen) if rows else -1)
        if self.isVisible():
            self._place()

    def open_at(self, anchor: QWidget, model_id: str) -> None:
        """Open beside `anchor` with `model_id` marked, the search empty and the keyboard in it."""
        self._chosen = model_id
        self.search_field.clear()
        self.rows.set_chosen(model_id)
        self._select(self.rows.row_of(model_id))
        self._anchor = QRect(anchor.mapTo(self._window, QPoint(0, 0)), anchor.size())
        self._scrim.setGeometry(self._window.rect())
        self._scrim.show()
        self._scrim.raise_()
        self._place()
        self.show()
        self.raise_()
        self.search_field.setFocus(Qt.FocusReason.PopupFocusReason)
        QApplication.instance().focusObjectChanged.connect(self._on_focus)  # type: ignore[union-attr]

    def close_panel(self) -> None:
        """Close without choosing; safe when it is closed."""
        if self.isHidden():
            return
        QApplication.instance().focusObjectChanged.disconnect(self._on_focus)  # type: ignore[union-attr]
        self._scrim.hide()
        self.hide()
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down, Page keys and Enter of the search field belong to the list; Esc and Tab close."""
        if self.search_field.is_composing:
            return super().eventFilter(watched, event)
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # Esc is for this panel, not for the reply
            return True
        if watched is self.search_field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self.list.currentIndex())
                return True
            if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                self.close_panel()
                return True
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 5, Qt.Key.Key_PageUp: -5}
            if event.key() in step:
                last = self.rows.rowCount() - 1
                self._select(min(last, max(0, self.list.currentIndex().row() + step[Qt.Key(event.key())])))
                return True
        return super().eventFilter(watched, event)

    _chosen = ""

    def _on_typed(self, text: str) -> None:
        self.rows.set_typed(text)
        self._select(max(0, self.rows.row_of(text.strip())) if text.strip() else self.rows.row_of(self._chosen))
        self._place()

    def _on_focus(self, focused: QObject | None) -> None:
        if isinstance(focused, QWidget) and not self.isAncestorOf(focused) and focused.window() is self._window:
            self.close_panel()

    def _select(self, row: int) -> None:
        index = self.rows.index(row) if 0 <= row < self.rows.rowCount() else QModelIndex()
        self.list.setCurrentIndex(index)
        if index.isValid():
            self.list.scrollTo(index)

    def _choose(self, index: QModelIndex) -> None:
        model_id = index.data(ModelRole.MODEL_ID)
        if isinstance(model_id, str) and model_id:
            self.close_panel()
            self.model_chosen.emit(model_id)

    def _place(self) -> None:
        """Above or below the anchor, inside the window, as tall as its rows need."""
        margin = self._edge_px
        width = min(WIDTH_PX + 2 * SHADOW_PX, self._window.width() + 2 * (SHADOW_PX - margin))
        row_px = self.list.sizeHintForRow(0) if self.rows.rowCount() else ROW_PX
        rows_px = min(MOST_ROWS, max(1, self.rows.rowCount())) * row_px
        height = rows_px + self.search_field.minimumHeight() + 8 + 2 * (SHADOW_PX + 8)
        left = min(self._anchor.x() - SHADOW_PX, self._window.width() - width + SHADOW_PX - margin)
        if self._is_below:
            top = self._anchor.bottom() + 1 - SHADOW_PX + 4
            height = min(height, self._window.height() - top + SHADOW_PX - margin)
        else:
            bottom = self._anchor.y() + SHADOW_PX - 4
            height = min(height, bottom + SHADOW_PX - margin)
            top = bottom - height
        self.setGeometry(max(margin - SHADOW_PX, left), top, width, height)

    @property
    def height_px(self) -> int:
        """What it needs below what it belongs to for all of its rows that are shown at once."""
        row_px = self.list.sizeHintForRow(0) if self.rows.rowCount() else ROW_PX
        rows_px = min(MOST_ROWS, max(1, self.rows.rowCount())) * row_px
        return rows_px + self.search_field.minimumHeight() + 8 + 2 * 8 + 16


def _elided(painter: QPainter, words: str, width_px: int) -> str:
    return painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(0, width_px))
