"""The panel that finds a model: a search field above a list; an id nobody knows can be used as typed.

It lies inside the window instead of being a popup window: no grab that a stream would have to live with, the same place
and the same rounded corners on every platform, compositor or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QListView, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.models.model_list import ModelListModel, ModelRole
from qwen_desktop.ui.spoken import announce
from qwen_desktop.ui.views.controls import name_control, slim_scroll_bar_sheet
from qwen_desktop.ui.views.fields import Field
from qwen_desktop.ui.views.model_delegate import ROW_PX, ModelDelegate, columns_of
from qwen_desktop.ui.views.overlay import SHADOW_PX, FloatingPanel, Scrim
from qwen_desktop.ui.views.picker_foot import PickerFoot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject

    from qwen_desktop.ui.models.model_list import ModelRow
    from qwen_desktop.ui.theme import Theme

MOST_ROWS = 7
WIDTH_PX = 520
_INSET_PX = 8
_SPACE_PX = 8
_LEAST_ROWS = 2
"""So many can be seen before the foot gives way."""


class ModelPicker(FloatingPanel):
    """Chooses a model.

    Signals:
      model_chosen(str model_id)
      closed(): with or without a choice
      parameters_requested(): those of the model in use are to be shown; the panel is closed
      retry_requested(): the server is to be asked again for its list
    """

    model_chosen = Signal(str)
    closed = Signal()
    parameters_requested = Signal()
    retry_requested = Signal()

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
        self._delegate = ModelDelegate(theme, self.list)
        self.list.setItemDelegate(self._delegate)
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        name_control(self.list, "models", tr("Models"))
        self.foot = PickerFoot(theme)
        self._can_set_parameters = False
        column = QVBoxLayout(self)
        inset = SHADOW_PX + _INSET_PX
        column.setContentsMargins(inset, inset, inset, inset)
        column.setSpacing(_SPACE_PX)
        column.addWidget(self.search_field)
        column.addWidget(self.list, 1)
        column.addWidget(self.foot)
        self.search_field.textChanged.connect(self._on_typed)
        self.foot.retry_requested.connect(self.retry_requested)
        self.foot.parameters_requested.connect(self._on_parameters)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.list.clicked.connect(self._choose)
        self._scrim.pressed.connect(self.close_panel)
        self.hide()

    def set_models(self, rows: Sequence[ModelRow]) -> None:
        """What it offers.  While it is open, the marked row stays marked and where it is, if it is still there."""
        marked = self.list.currentIndex().data(ModelRole.MODEL_ID) if self.isVisible() else None
        scrolled = self.list.verticalScrollBar().value()
        self.rows.set_models(rows)
        self._measure()
        self._select(self.rows.row_of(marked or self._chosen))
        if self.isVisible():
            self._place()
            if marked is not None:
                self.list.verticalScrollBar().setValue(scrolled)

    def set_foot(self, words: str) -> None:
        """What its prices are."""
        self.foot.set_words(words)
        if self.isVisible():
            self._place()

    def show_status(self, sentence: str = "", *, can_retry: bool = False) -> None:
        """How asking the server for its list fares, in one quiet line; '' for nothing."""
        focused = QApplication.focusWidget()
        if self.isVisible() and focused is not None and self.foot.isAncestorOf(focused):
            self.search_field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.foot.show_status(sentence, can_retry=can_retry)
        if self.isVisible():
            self._place()
            self._see_keys()
            self._say(sentence)

    def offer_parameters(self) -> None:
        """There is somebody who shows the parameters of the model in use."""
        self._can_set_parameters = True

    def set_server_switch(self, switch: QWidget) -> None:
        """What changes the server or the account, to stand at the right of the last line."""
        self.foot.set_server_switch(switch)
        if self.isVisible():
            self._place()
            self._see_keys()

    def open_at(self, anchor: QWidget, model_id: str) -> None:
        """Open beside `anchor` with `model_id` marked, the search empty and the keyboard in it."""
        self._chosen = model_id
        self.search_field.clear()
        self.rows.set_chosen(model_id)
        self.foot.offer_parameters(model_id if self._can_set_parameters else "")
        self._measure()
        self._select(self.rows.row_of(model_id))
        self._anchor = QRect(anchor.mapTo(self._window, QPoint(0, 0)), anchor.size())
        self._scrim.setGeometry(self._window.rect())
        self._scrim.show()
        self._scrim.raise_()
        self._place()
        self.show()
        self.raise_()
        self._see_keys()
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
        """Up, Down, Page keys, Home, End and Enter of the search field belong to the list; Esc closes; Tab goes
        through the foot and round, as in a popup."""
        if self.search_field.is_composing:
            return super().eventFilter(watched, event)
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_escape and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # Esc is for this panel, not for the reply
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched in self._stops:
            key = Qt.Key(event.key())
            if key == Qt.Key.Key_Escape:
                self.close_panel()
                return True
            if key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                self._walk(watched, 1 if key == Qt.Key.Key_Tab else -1)
                return True
            if watched is self.search_field and self._take_key(key):
                return True
        return super().eventFilter(watched, event)

    def _take_key(self, key: Qt.Key) -> bool:
        """A key of the search field; True if it was one for the list."""
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.currentIndex())
            return True
        last = self.rows.rowCount() - 1
        caret = self.search_field.cursorPosition()
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 5, Qt.Key.Key_PageUp: -5}
        # In a text these two are keys of the text, until there is nowhere left to go in it.
        if key == Qt.Key.Key_Home and caret == 0:
            wanted = 0
        elif key == Qt.Key.Key_End and caret == len(self.search_field.text()):
            wanted = last
        elif key in step:
            wanted = min(last, max(0, self.list.currentIndex().row() + step[key]))
        else:
            return False
        self._select(wanted)
        self._say(str(self.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole) or ""))
        return True

    @property
    def _stops(self) -> tuple[QWidget, ...]:
        """What the keyboard comes to."""
        return (self.search_field, *self.foot.stops)

    def _see_keys(self) -> None:
        """Of all that the keyboard comes to, which the foot may have more of since."""
        for one in self._stops:
            one.removeEventFilter(self)
            one.installEventFilter(self)

    def _walk(self, watched: QObject, step: int) -> None:
        stops = self._stops
        at = next((i for i, one in enumerate(stops) if one is watched), 0) + step
        reason = Qt.FocusReason.TabFocusReason if step > 0 else Qt.FocusReason.BacktabFocusReason
        stops[at % len(stops)].setFocus(reason)

    def _say(self, words: str) -> None:
        """To a screen reader: the keyboard is in the search field, so nothing else tells of the list."""
        announce(self.search_field, words)

    _chosen = ""

    def _on_typed(self, text: str) -> None:
        self.rows.set_typed(text)
        is_id = any(row.model_id == text.strip() for row in self.rows.all_rows)
        exact = self.rows.row_of(text.strip()) if is_id else 0
        self._select(max(0, exact) if text.strip() else self.rows.row_of(self._chosen))
        self._place()
        if text.strip():
            self._say(str(self.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole) or ""))

    def _on_parameters(self) -> None:
        self.close_panel()
        self.parameters_requested.emit()

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

    def _measure(self) -> None:
        self._delegate.columns = columns_of(self.rows.all_rows, self.list.font())

    def _restyle(self) -> None:
        self.list.verticalScrollBar().setStyleSheet(slim_scroll_bar_sheet(self._theme))
        if self.isVisible():
            self._measure()
            self._place()

    def _place(self) -> None:
        """Above or below the anchor, inside the window, as tall as its rows need."""
        margin = self._edge_px
        width = min(WIDTH_PX + 2 * SHADOW_PX, self._window.width() + 2 * (SHADOW_PX - margin))
        left = min(self._anchor.x() - SHADOW_PX, self._window.width() - width + SHADOW_PX - margin)
        if self._is_below:
            top = self._anchor.bottom() + 1 - SHADOW_PX + 4
            height = self._fit(width, self._window.height() - top + SHADOW_PX - margin)
        else:
            bottom = self._anchor.y() + SHADOW_PX - 4
            height = self._fit(width, bottom + SHADOW_PX - margin)
            top = bottom - height
        self.setGeometry(max(margin - SHADOW_PX, left), top, width, height)

    def _fit(self, width_px: int, most_px: int) -> int:
        """Its height with its shadow; the foot shows what there is room for beside some rows."""
        fixed_px = self.search_field.minimumHeight() + _SPACE_PX + 2 * (SHADOW_PX + _INSET_PX)
        room_px = most_px - fixed_px - min(_LEAST_ROWS, max(1, self.rows.rowCount())) * self._row_px
        foot_px = self.foot.fit(width_px - 2 * (SHADOW_PX + _INSET_PX), room_px - _SPACE_PX)
        self.foot.setVisible(foot_px > 0)
        fixed_px += foot_px + _SPACE_PX if foot_px else 0
        return min(fixed_px + self._rows_px, most_px)

    @property
    def _row_px(self) -> int:
        return self.list.sizeHintForRow(0) if self.rows.rowCount() else ROW_PX

    @property
    def _rows_px(self) -> int:
        return min(MOST_ROWS, max(1, self.rows.rowCount())) * self._row_px

    @property
    def height_px(self) -> int:
        """What it needs below what it belongs to for all of its rows that are shown at once."""
        return self._fit(WIDTH_PX + 2 * SHADOW_PX, 10_000) - 2 * SHADOW_PX + 16
