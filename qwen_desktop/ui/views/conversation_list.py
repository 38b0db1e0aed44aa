"""The rows of the sidebar to pixels and keys: the list view, and the delegate that paints its rows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QPainter,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QMenu,
    QStyledItemDelegate,
    QWidget,
)

from qwen_desktop.core.words import tr
from qwen_desktop.ui import icons
from qwen_desktop.ui.models.conversation_list import ConversationListModel, ConversationRole
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.controls import draw_box, draw_focus_ring, name_control, sized, slim_scroll_bar_sheet

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import (
        QFocusEvent,
        QKeyEvent,
        QMouseEvent,
        QPaintEvent,
    )
    from PySide6.QtWidgets import (
        QStyleOptionViewItem,
    )

    from qwen_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 34
_DELETE_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) if sys.platform == "darwin" else (Qt.Key.Key_Delete,)


class ConversationDelegate(QStyledItemDelegate):
    """Paints one row: a heading, or a title with its pin, spinner or unread dot; edits titles in place."""

    def __init__(self, theme: Theme, parent: ConversationListView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, max(ROW_PX, self._view.fontMetrics().height() + 12))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        colours = self._theme.colours
        # Not from `option.state`: Python types for all of QStyle's enums would cost the first frame some 5 ms.
        box: QRect = option.rect
        view = self._view
        font = view.font()
        painter.save()
        words = str(index.data(Qt.ItemDataRole.DisplayRole))
        if index.data(ConversationRole.ID) is None:
            painter.setFont(sized(font, SMALL_PT))
            painter.setPen(QColor(colours.text_secondary))
            lower = box.adjusted(10, 0, -10, -5)
            painter.drawText(lower, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, words)
            painter.restore()
            return
        is_shown = index.data(ConversationRole.ID) == view.shown_id
        if is_shown or index.row() == view.hovered_row:
            draw_box(painter, box, fill=colours.selection if is_shown else colours.hover)
        if view.hasFocus() and index.row() == view.currentIndex().row():
            draw_focus_ring(painter, box, colours.accent)
        x = box.left() + 10
        scale = painter.device().devicePixelRatio()
        if index.data(ConversationRole.IS_PINNED):
            painter.drawPixmap(x - 1, box.center().y() - 7, icons.pixmap("pin", colours.text, 16, scale))
            x += 23
        right = box.right() - 10
        if index.data(ConversationRole.IS_RUNNING):
            self._paint_spinner(painter, QPoint(right - 6, box.center().y() + 1))
            right -= 22
        elif index.data(ConversationRole.IS_UNREAD):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(QColor(colours.text))
            painter.drawEllipse(QPoint(right - 5, box.center().y() + 1), 4, 4)
            right -= 22
        painter.setFont(sized(font, 10.5, QFont.Weight.DemiBold) if is_shown else font)
        painter.setPen(QColor(colours.text))
        room = QRect(x, box.top(), max(0, right - x), box.height())
        shown = painter.fontMetrics().elidedText(_one_line(words), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setMaxLength(200)
        editor.setFrame(False)
        palette = editor.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(self._theme.colours.field))
        editor.setPalette(palette)
        name_control(editor, "chat_title", tr("Chat title"))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        box: QRect = option.rect
        editor.setGeometry(box.adjusted(6, 3, -6, -3))

    def _paint_spinner(self, painter: QPainter, centre: QPoint) -> None:
        """Three quarters of a ring that stand still: a turning one would need a timer."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self._theme.colours.line), 2))
        painter.drawEllipse(centre, 5, 5)
        painter.setPen(QPen(QColor(self._theme.colours.text_secondary), 2))
        painter.drawArc(QRect(centre.x() - 5, centre.y() - 5, 10, 10), 90 * 16, -120 * 16)


class ConversationListView(QListView):
    """The list named "Chats".

    Signals: chosen(int id): the user moved to it, or pressed Enter on it; delete_requested(int id);
    export_requested(int id).
    """

    chosen = Signal(int)
    delete_requested = Signal(int)
    export_requested = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.shown_id: int | None = None
        self.hovered_row = -1
        self._is_walking = False
        # A viewport of our own: asking Qt for its one makes Python types for every kind of widget there is.
        self._surface = QWidget()
        self.setViewport(self._surface)
        self._empty_words = ""
        self.conversations = ConversationListModel(self)
        self.setModel(self.conversations)
        self.setItemDelegate(ConversationDelegate(theme, self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        name_control(self, "chats", tr("Chats"))
        self._restyle()
        theme.changed.connect(self._restyle)
        self.entered.connect(self._on_entered)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.conversations.settled.connect(self._select_shown)

    def set_current(self, conversation_id: int | None) -> None:
        """Show which conversation is open; tells nobody."""
        self.shown_id = conversation_id
        self._select_shown()

    def set_empty_words(self, words: str) -> None:
        """What stands in the list while it has no rows."""
        self._empty_words = words
        self._surface.update()

    def rename(self, conversation_id: int) -> None:
        """Open the title for editing in place."""
        index = self.conversations.index_of(conversation_id)
        if index.isValid():
            self.scrollTo(index)
            self.edit(index)

    @property
    def is_walking(self) -> bool:
        """The user goes through the list by its keys, so the keyboard is to stay here."""
        return self._is_walking and self.hasFocus()

    def choose_first(self, *, is_walking: bool) -> None:
        """Move to the first conversation, as the user's choice."""
        self._is_walking = is_walking
        for row in range(self.conversations.rowCount()):
            conversation_id = self.conversations.index(row).data(ConversationRole.ID)
            if isinstance(conversation_id, int):
                self._choose(conversation_id)
                self._select_shown()
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.state() == QAbstractItemView.State.EditingState:  # what the title's field leaves over is not meant here
            super().keyPressEvent(event)
            return
        conversation_id = self.currentIndex().data(ConversationRole.ID)
        if event.key() in _DELETE_KEYS and isinstance(conversation_id, int):
            self.delete_requested.emit(conversation_id)
            return
        self._is_walking = event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if not self._is_walking and isinstance(conversation_id, int):
            self.shown_id = conversation_id
            self.chosen.emit(conversation_id)
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # The right button opens a menu about a row; it does not move to it.
        if event.button() != Qt.MouseButton.RightButton:
            self._is_walking = False
            super().mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._on_entered(QModelIndex())

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Qt makes the first row current when focus enters a list without one; that is no choice of the user's.
        self.conversations.is_changing = True
        super().focusInEvent(event)
        self.conversations.is_changing = False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        is_by_keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_by_keyboard else self.indexAt(event.pos())
        conversation_id = index.data(ConversationRole.ID)
        if not isinstance(conversation_id, int):
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        colour = self._theme.colours.text
        rename = menu.addAction(icons.icon("pencil", colour), tr("Rename"))
        rename.triggered.connect(lambda: self.rename(conversation_id))
        export = menu.addAction(icons.icon("download", colour), tr("Export…"))
        export.triggered.connect(lambda: self.export_requested.emit(conversation_id))
        delete = menu.addAction(icons.icon("trash", colour), tr("Delete"))
        delete.triggered.connect(lambda: self.delete_requested.emit(conversation_id))
        at = self._surface.mapToGlobal(self.visualRect(index).bottomLeft()) if is_by_keyboard else event.globalPos()
        menu.popup(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._empty_words and not self.conversations.rowCount():
            painter = QPainter(self._surface)
            if self.hasFocus():  # else a row has the ring
                draw_focus_ring(painter, self._surface.rect(), self._theme.colours.accent)
            painter.setPen(QColor(self._theme.colours.text_secondary))
            box = self._surface.rect().adjusted(10, 16, -10, 0)
            painter.drawText(box, Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, self._empty_words)

    def _on_entered(self, index: QModelIndex) -> None:
        self.hovered_row = index.row()
        self._surface.update()

    def _on_current_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        conversation_id = current.data(ConversationRole.ID)
        if not self.conversations.is_changing and isinstance(conversation_id, int):
            self._choose(conversation_id)

    def _choose(self, conversation_id: int) -> None:
        if conversation_id != self.shown_id:
            self.shown_id = conversation_id
            self.chosen.emit(conversation_id)

    def _select_shown(self) -> None:
        """Put the selection where the open conversation is: rows came or went, or the app said so."""
        index = QModelIndex()
        if self.shown_id is not None:
            index = self.conversations.index_of(self.shown_id)
        was_changing, self.conversations.is_changing = self.conversations.is_changing, True
        if index.isValid():
            self.setCurrentIndex(index)
        else:
            self.selectionModel().clear()
        self.conversations.is_changing = was_changing

    def _restyle(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(self._theme.colours.sidebar))
        self.setPalette(palette)
        self.verticalScrollBar().setStyleSheet(slim_scroll_bar_sheet(self._theme))
        self._surface.update()


def _one_line(words: str) -> str:
    """At most a few hundred characters: eliding a title of a megabyte would cost a frame."""
    return words[:300].replace("\n", " ")
