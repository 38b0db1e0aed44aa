"""The tags of one chat or several to a dialog: a field that completes and makes them, above a list to tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFrame,
    QHBoxLayout,
    QListView,
    QSizePolicy,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from qwen_desktop.core.chat.tags import parts
from qwen_desktop.core.words import tr
from qwen_desktop.ui.models.tag_list import TagListModel, TagRole
from qwen_desktop.ui.shortcuts import native
from qwen_desktop.ui.spoken import announce
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import (
    Label,
    colour_scroll_area,
    draw_box,
    draw_icon,
    fill,
    grown_px,
    name_control,
    sized,
)
from qwen_desktop.ui.views.fields import Field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject
    from PySide6.QtGui import QPaintEvent, QResizeEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from qwen_desktop.core.chat.tags import TagUse
    from qwen_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 32
_EDGE_PX = 16
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 7, Qt.Key.Key_PageUp: -7}


class TagDelegate(QStyledItemDelegate):
    """Paints a row: a box that is ticked, partly or not, the tag, and in how many chats it is."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, max(ROW_PX, self._view.fontMetrics().height() + 10))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = self._theme.colours
        box: QRect = option.rect
        painter.save()
        if index.row() == self._view.currentIndex().row():
            draw_box(painter, box, fill=colours.selection)
        side_px = grown_px(16)
        mark = QRect(box.left() + 8, box.center().y() + 1 - side_px // 2, side_px, side_px)
        self._paint_mark(painter, mark, index.data(Qt.ItemDataRole.CheckStateRole))
        right = box.right() - 10
        if chats := index.data(TagRole.CHATS):
            painter.setFont(sized(self._view.font(), SMALL_PT))
            painter.setPen(QColor(colours.text_secondary))
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(box.adjusted(0, 0, -10, 0), align, str(chats))
            right -= painter.fontMetrics().horizontalAdvance(str(chats)) + 10
        painter.setFont(self._view.font())
        painter.setPen(QColor(colours.text))
        room = QRect(mark.right() + 10, box.top(), max(0, right - mark.right() - 10), box.height())
        words = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, words)
        painter.restore()

    def _paint_mark(self, painter: QPainter, box: QRect, state: object) -> None:
        colours = self._theme.colours
        middle = box.center().y()
        if state is None:
            draw_icon(painter, "plus", colours.text_secondary, box.width(), box.left(), middle)
            return
        is_on = state != Qt.CheckState.Unchecked
        line, inside = (colours.accent, colours.accent) if is_on else (colours.control_line, colours.field)
        draw_box(painter, box, fill=inside, line=line, radius_px=4)
        if state == Qt.CheckState.Checked:
            draw_icon(painter, "check", colours.on_accent, box.width() - 4, box.left() + 2, middle)
        elif is_on:
            fill(painter, QRect(box.left() + 4, middle, box.width() - 8, 2), colours.on_accent)


class TagsDialog(QDialog):
    """Which tags some chats have.  The keyboard stays in the field: arrows move in the list, Enter ticks or makes what
    is marked there, a comma makes what is typed, and Enter with nothing typed or marked saves.

    Open it with `open()`; it goes when it is closed.

    Signals: chosen(tuple[str, ...] given, tuple[str, ...] taken): it was saved, and something was changed
    """

    chosen = Signal(object, object)

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        """`title`: whose tags they are."""
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Tags"))
        name_control(self, "tags_dialog", tr("Tags"))
        self._title = title
        self.heading = Label(theme, bold=True)
        self.heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.field = Field(theme, tr("Tag"), placeholder=tr("Find or make a tag"), icon_name="tag")
        name_control(self.field, "tag_field")
        self.field.setMaxLength(1000)
        self.field.installEventFilter(self)
        self.rows = TagListModel(self)
        self.list = QListView()
        self.list.setModel(self.rows)
        self.list.setItemDelegate(TagDelegate(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        name_control(self.list, "tags", tr("Tags"))
        self.hint = Label(theme, points=SMALL_PT, colour="text_secondary")
        self.hint.setWordWrap(True)
        self.save_button = Button(theme, tr("Save"), kind="primary")
        name_control(self.save_button, "save_tags")
        close = Button(theme, tr("Cancel"))
        name_control(close, "close")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE_PX, 16, _EDGE_PX, 14)
        column.setSpacing(10)
        column.addWidget(self.heading)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        column.addWidget(self.hint)
        column.addLayout(row)
        self.setMinimumSize(300, 260)
        self.field.textEdited.connect(self._on_typed)
        self.list.clicked.connect(self._toggle)
        self.save_button.clicked.connect(self.save)
        close.clicked.connect(self.close)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def sizeHint(self) -> QSize:
        return QSize(380, 420)

    def show_tags(self, uses: Sequence[TagUse], chats: int) -> None:
        """What is in use; `chats`: how many are edited together."""
        self.rows.set_tags(uses, chats)
        self._show_hint()

    def save(self) -> None:
        """What is still in the field is given too."""
        self.rows.give(self.field.text())
        given, taken = self.rows.given, self.rows.taken
        self.close()
        if given or taken:
            self.chosen.emit(given, taken)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the field that are meant for the list."""
        is_key = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if watched is not self.field or not is_key or self.field.is_composing:
            return super().eventFilter(watched, event)
        assert isinstance(event, QKeyEvent)
        key = Qt.Key(event.key())
        if key in _ENTER_KEYS:
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier or not self._current.isValid():
                self.save()
            else:
                self._toggle(self._current)
            return True
        if key in _STEPS and self.rows.rowCount():
            last = self.rows.rowCount() - 1
            self._mark(min(last, max(0, self._current.row() + _STEPS[key])))
            self._say()
            return True
        return super().eventFilter(watched, event)

    @property
    def _current(self) -> QModelIndex:
        return self.list.currentIndex()

    def _on_typed(self, text: str) -> None:
        *whole, last = parts(text)
        if whole:  # a comma was typed, or several tags were pasted
            self.rows.give(",".join(whole))
            self.field.setText(last)
        self.rows.set_typed(last)
        self._mark(self.rows.best_row)
        self._show_hint()
        self._say()

    def _toggle(self, index: QModelIndex) -> None:
        is_new = index.data(TagRole.CHATS) is None
        name = "" if is_new else str(index.data())
        self._mark(index.row())
        self.rows.toggle(index.row())
        self._say()
        if self.field.text():  # the next Enter, with nothing typed, saves
            self.field.clear()
            self.rows.set_typed("")
            self._mark(-1)
            self.list.scrollTo(self.rows.index(0 if is_new else self.rows.row_of(name)))
        self._show_hint()

    def _mark(self, row: int) -> None:
        index = self.rows.index(row) if 0 <= row < self.rows.rowCount() else QModelIndex()
        self.list.setCurrentIndex(index)
        if index.isValid():
            self.list.scrollTo(index)

    def _say(self) -> None:
        """The keyboard is in the field, so nothing else tells of the list."""
        if words := self._current.data(Qt.ItemDataRole.AccessibleTextRole):
            announce(self.field, str(words))

    def _show_hint(self) -> None:
        if self.rows.rowCount() or self.field.text():
            self.hint.setText(tr("Enter ticks the tag, {keys} saves.", keys=native("Ctrl+Return")))
        else:
            self.hint.setText(tr("No tags yet. Type one and press Enter."))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room_px = self.width() - 2 * _EDGE_PX
        title = self._title[:300].replace("\n", " ")
        self.heading.setText(self.heading.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room_px))

    def paintEvent(self, event: QPaintEvent) -> None:
        fill(QPainter(self), event.rect(), self._theme.colours.window)

    def _restyle(self) -> None:
        colour_scroll_area(self.list, self._theme, "window")
        self.update()
