"""The rows of the sidebar to pixels and keys: the list view, and the delegate that paints its rows."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QPainter,
    QPalette,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QLineEdit,
    QStyledItemDelegate,
    QWidget,
)

from qwen_desktop.core.words import tr
from qwen_desktop.ui.models.conversation_list import AROUND, ConversationListModel, ConversationRole, Heading
from qwen_desktop.ui.spoken import announce
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.controls import (
    colour_scroll_area,
    draw_box,
    draw_focus_ring,
    draw_icon,
    grown_px,
    name_control,
    sized,
)
from qwen_desktop.ui.views.uniform_list import UniformListView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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

    from qwen_desktop.core.chat.chat_list import ListedChat
    from qwen_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 34
CHIP_INSET_PX = 5
CHIP_GAP_PX = 4
_FOLDER_KEYS = {Qt.Key.Key_Left: False, Qt.Key.Key_Right: True}
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_CONTROL = Qt.KeyboardModifier.ControlModifier
_MARKING = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_DELETE_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) if sys.platform == "darwin" else (Qt.Key.Key_Delete,)


class ConversationDelegate(QStyledItemDelegate):
    """Paints one row: a heading, or a title with its pin, tags, spinner or unread dot; edits titles in place."""

    def __init__(self, theme: Theme, parent: ConversationListView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = parent

    def paint_row(self, painter: QPainter, box: QRect, number: int) -> None:
        """`box`: where it is."""
        row = self._view.conversations.row(number)
        painter.save()
        if isinstance(row, Heading):
            self._paint_heading(painter, box, number, row)
        else:
            self._paint_chat(painter, box, number, row)
        painter.restore()

    def _paint_heading(self, painter: QPainter, box: QRect, number: int, row: Heading) -> None:
        if row.folder:
            self._paint_folder(painter, box, number, row.folder)
        painter.setFont(sized(self._view.font(), SMALL_PT))
        painter.setPen(QColor(self._theme.colours.text_secondary))
        lower = box.adjusted(13 + grown_px(12) if row.folder else 10, 0, -10, -5)
        words = painter.fontMetrics().elidedText(_one_line(row.words), Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, words)

    def _paint_chat(self, painter: QPainter, box: QRect, number: int, conversation_id: int) -> None:
        colours, view, font = self._theme.colours, self._view, self._view.font()
        chat = view.conversations.chat_in_sight(number, conversation_id)
        is_shown = conversation_id == view.shown_id
        is_marked = is_shown or view.is_marked(conversation_id)
        if is_marked or number == view.hovered_row:
            draw_box(painter, box, fill=colours.selection if is_marked else colours.hover)
        if view.hasFocus() and number == view.currentIndex().row():
            draw_focus_ring(painter, box, colours.accent)
        if chat is None:
            return
        room = self._room(box, chat)
        if chat.is_pinned:
            draw_icon(painter, "pin", colours.text, grown_px(16), box.left() + 9, box.center().y())
        at = QPoint(box.right() - 10 - 6, box.center().y() + 1)
        if view.conversations.is_running(conversation_id):
            self._paint_spinner(painter, at)
        elif view.conversations.is_unread(conversation_id):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(QColor(colours.text))
            painter.drawEllipse(at + QPoint(1, 0), 4, 4)
        room.setRight(self._paint_tags(painter, room, chat.tags) - 1)
        painter.setFont(sized(font, 10.5, QFont.Weight.DemiBold) if is_shown else font)
        painter.setPen(QColor(colours.text))
        words = _one_line(chat.title) or tr("New chat")
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(0, room.width()))
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)  # "…" stands where its writing ends
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)

    def _room(self, box: QRect, chat: ListedChat) -> QRect:
        """For title and tags, between the pin and the mark of what is running or unread."""
        conversations = self._view.conversations
        has_mark = conversations.is_running(chat.id) or conversations.is_unread(chat.id)
        return box.adjusted(17 + grown_px(16) if chat.is_pinned else 10, 0, -32 if has_mark else -10, 0)

    def tag_at(self, at: QPoint, box: QRect, chat: ListedChat) -> str | None:
        """The tag that is painted there in a row with this box."""
        return next((tag for chip, _, tag in self._chips(self._room(box, chat), chat.tags) if chip.contains(at)), None)

    def _chips(self, room: QRect, tags: tuple[str, ...]) -> list[tuple[QRect, str, str | None]]:
        """Box, words and tag of what stands at the right end of a row: as many as there is room for beside its title,
        and how many there are more, which is no tag."""
        if not tags:
            return []
        metrics = QFontMetrics(sized(self._view.font(), SMALL_PT))
        height_px = metrics.height() + 2
        most_px = room.width() * 2 // 5
        shown: list[tuple[int, str, str | None]] = []
        taken_px = 0
        for number, tag in enumerate(tags):
            rest = len(tags) - number
            more = f"+{rest}"
            more_px = metrics.horizontalAdvance(more) + 2 * CHIP_INSET_PX + CHIP_GAP_PX if rest > 1 else 0
            whole_px = metrics.horizontalAdvance(tag) + 2
            width_px = min(whole_px, most_px - more_px - 2 * CHIP_INSET_PX)
            if rest > 1 and width_px < min(whole_px, 5 * metrics.averageCharWidth()):  # "…" alone tells nothing
                shown.append((more_px - CHIP_GAP_PX, more, None))
                break
            width_px += 2 * CHIP_INSET_PX
            if number and taken_px + width_px + more_px > most_px:
                shown.append((metrics.horizontalAdvance(more) + 2 * CHIP_INSET_PX, more, None))
                break
            shown.append((width_px, tag, tag))
            taken_px += width_px + CHIP_GAP_PX
        right = room.right()
        chips = []
        for width_px, words, tag_or_none in reversed(shown):
            box = QRect(right - width_px + 1, room.center().y() - height_px // 2 + 1, width_px, height_px)
            if tag_or_none is not None:
                words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, width_px - 2 * CHIP_INSET_PX)
            chips.append((box, words, tag_or_none))
            right = box.left() - CHIP_GAP_PX
        return chips

    def _paint_tags(self, painter: QPainter, room: QRect, tags: tuple[str, ...]) -> int:
        """Where the room of the title ends."""
        chips = self._chips(room, tags)
        if not chips:
            return room.left() + room.width()
        colours = self._theme.colours
        painter.setFont(sized(self._view.font(), SMALL_PT))
        for box, words, tag in chips:
            if tag is not None:
                draw_box(painter, box, fill=colours.sidebar, line=colours.line, radius_px=4)
            painter.setPen(QColor(colours.text_secondary))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, words)
        return chips[-1][0].left() - 8

    def _paint_folder(self, painter: QPainter, box: QRect, number: int, folder: str) -> None:
        """What a folder's heading has beside its words: it can be opened, closed and reached by keys."""
        colours, view = self._theme.colours, self._view
        if number == view.hovered_row:
            draw_box(painter, box, fill=colours.hover)
        if view.hasFocus() and number == view.currentIndex().row():
            draw_focus_ring(painter, box, colours.accent)
        name = "chevron-down" if view.conversations.is_open(folder) else "chevron-right"
        words_px = painter.fontMetrics().height()  # of about the size of the words, which stand at the bottom
        draw_icon(painter, name, colours.text_secondary, grown_px(12), box.left() + 8, box.bottom() - 5 - words_px // 2)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        self._view.conversations.hold()  # what is typed is not to go when a reply ends meanwhile
        editor = QLineEdit(parent)
        editor.setMaxLength(200)
        editor.setFrame(False)
        palette = editor.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(self._theme.colours.field))
        editor.setPalette(palette)
        is_folder = index.data(ConversationRole.FOLDER) is not None
        name_control(editor, "chat_title", tr("Folder name") if is_folder else tr("Chat title"))
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """A title that comes from elsewhere takes nothing away of what is being written."""
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)

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


class ConversationListView(UniformListView):
    """The list named "Chats".  With Ctrl and Shift several are marked; the one that is shown stays what it is.

    Signals:
      chosen(int id): the user moved to it, or pressed Enter on it
      delete_requested(int id), export_requested(int id): of one
      delete_many_requested(ids), export_many_requested(ids): of several (tuples of int, in the order of the list)
      pin_requested(ids, bool), move_requested(ids, str folder), new_folder_requested(ids), tags_requested(ids): of one
        or several
      tag_chosen(str): a tag of a row was clicked
    """

    chosen = Signal(int)
    delete_requested = Signal(int)
    export_requested = Signal(int)
    delete_many_requested = Signal(object)
    export_many_requested = Signal(object)
    pin_requested = Signal(object, bool)
    move_requested = Signal(object, str)
    new_folder_requested = Signal(object)
    tags_requested = Signal(object)
    tag_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.shown_id: int | None = None
        self.hovered_row = -1
        self._is_walking = False
        self._is_marking = False
        """The user marks rows: the one that becomes current is not opened."""
        self._marks: set[int] = set()
        self._at: int | str | None = None
        """Where the keyboard is when that is not what is shown: a marked conversation, or a folder's heading."""
        # A viewport of our own: asking Qt for its one makes Python types for every kind of widget there is.
        self._surface = QWidget()
        self.setViewport(self._surface)
        self._empty_words = ""
        self._typed, self._typed_at = "", 0.0
        """Letters typed in the list, and when the last of them was."""
        self.conversations = ConversationListModel(self)
        self.setModel(self.conversations)
        self._delegate = ConversationDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionRectVisible(False)
        name_control(self, "chats", tr("Chats"))
        self._restyle()
        theme.changed.connect(self._restyle)
        self.entered.connect(self._on_entered)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.conversations.settled.connect(self._select_shown)

    def set_current(self, conversation_id: int | None) -> None:
        """Show which conversation is open; tells nobody."""
        if conversation_id != self.shown_id:
            self._marks, self._at = set(), None
        self.shown_id = conversation_id
        self._select_shown()

    @property
    def marked(self) -> tuple[int, ...]:
        """The conversations the user marked, two or more, in the order of the list; else ()."""
        ids = tuple(one for one in self.conversations.shown_ids if one in self._marks) if len(self._marks) > 1 else ()
        return ids if len(ids) > 1 else ()

    def is_marked(self, conversation_id: object) -> bool:
        """It is one of several."""
        return len(self._marks) > 1 and conversation_id in self._marks

    def rename_folder(self, folder: str) -> None:
        """Open its heading for editing in place."""
        index = self.conversations.folder_index(folder)
        if index.isValid():
            self._go_to_folder(folder)
            self.scrollTo(index)
            self.edit(index)

    def went_to_folder(self, folder: str) -> None:
        """The heading the keyboard is on is about to be called so."""
        if isinstance(self._at, str):
            self._at = folder

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
        index = self.currentIndex()
        conversation_id = index.data(ConversationRole.ID)
        if self._is_for_folder(event, index):
            return
        if event.key() in _DELETE_KEYS and isinstance(conversation_id, int):
            self.ask_to_delete(self._meant_by_keys(conversation_id))
            return
        ask = _CONTROL_KEYS.get(Qt.Key(event.key())) if event.modifiers() == _CONTROL else None
        if ask is not None:
            if isinstance(conversation_id, int):
                ask(self, self._meant_by_keys(conversation_id))
            return
        self._is_walking = event.key() not in _ENTER_KEYS
        if not self._is_walking and isinstance(conversation_id, int):
            self.shown_id = conversation_id
            self.chosen.emit(conversation_id)
            return
        with self._marking(bool(event.modifiers() & _MARKING)):
            super().keyPressEvent(event)

    def _is_for_folder(self, event: QKeyEvent, index: QModelIndex) -> bool:
        """Left and Right close and open a folder; Left in one goes to its heading."""
        if event.modifiers() & _MARKING:
            return False
        folder, is_open = index.data(ConversationRole.FOLDER), index.data(ConversationRole.IS_OPEN)
        if isinstance(folder, str) and event.key() in (*_FOLDER_KEYS, *_ENTER_KEYS, Qt.Key.Key_Space):
            self.conversations.set_open(folder, _FOLDER_KEYS.get(Qt.Key(event.key()), not is_open))
            return True
        if event.key() != Qt.Key.Key_Left:
            return False
        folder = next(iter(self.conversations.folders_of([index.data(ConversationRole.ID)])), "")
        if folder:
            self._go_to_folder(folder)
        return bool(folder)

    def _go_to_folder(self, folder: str) -> None:
        index = self.conversations.folder_index(folder)
        self._marks, self._at = set(), folder
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.Clear)
        self.scrollTo(index)

    def ask_to_delete(self, ids: tuple[int, ...]) -> None:
        if len(ids) > 1:
            self.delete_many_requested.emit(ids)
        else:
            self.delete_requested.emit(ids[0])

    def ask_to_export(self, ids: tuple[int, ...]) -> None:
        if len(ids) > 1:
            self.export_many_requested.emit(ids)
        else:
            self.export_requested.emit(ids[0])

    def ask_to_pin(self, ids: tuple[int, ...]) -> None:
        """Or to take the pins away, where all have one."""
        self.pin_requested.emit(ids, not self.conversations.are_pinned(ids))

    def ask_for_tags(self, ids: tuple[int, ...]) -> None:
        self.tags_requested.emit(ids)

    def _meant_by(self, conversation_id: int) -> tuple[int, ...]:
        """It alone, or all that are marked if it is one of them."""
        return self.marked if self.is_marked(conversation_id) and self.marked else (conversation_id,)

    def _meant_by_keys(self, current_id: int) -> tuple[int, ...]:
        """All that are marked, also when the mark of the current one was just taken away."""
        if self.marked:
            return self.marked
        alone = next(iter(self._marks), current_id) if len(self._marks) == 1 else current_id
        return (alone if self.conversations.index_of(alone).isValid() else current_id,)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # The right button opens a menu about a row; it does not move to it.
        if event.button() == Qt.MouseButton.RightButton:
            return
        self._is_walking = False
        index = self.indexAt(event.position().toPoint())
        folder = index.data(ConversationRole.FOLDER)
        if isinstance(folder, str):
            is_open = index.data(ConversationRole.IS_OPEN)
            self._go_to_folder(folder)
            self.conversations.set_open(folder, not is_open)
            return
        is_marking = bool(event.modifiers() & _MARKING)
        tag = None if is_marking else self._tag_at(event.position().toPoint())
        if tag is not None:
            self.tag_chosen.emit(tag)
            return
        with self._marking(is_marking):
            super().mousePressEvent(event)
        conversation_id = index.data(ConversationRole.ID)
        if not is_marking and isinstance(conversation_id, int):
            self._choose(conversation_id)  # it was current already, but marked only

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.indexAt(event.position().toPoint()).data(ConversationRole.FOLDER) is not None:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not event.buttons():  # a hand that trembles while it clicks marks nothing
            super().mouseMoveEvent(event)
            is_on_tag = self._tag_at(event.position().toPoint()) is not None
            self._surface.setCursor(Qt.CursorShape.PointingHandCursor if is_on_tag else Qt.CursorShape.ArrowCursor)

    def _tag_at(self, at: QPoint) -> str | None:
        index = self.indexAt(at)
        chat = self.conversations.chat(index.data(ConversationRole.ID) or 0)
        return None if chat is None else self._delegate.tag_at(at, self.visualRect(index), chat)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        with self._marking(bool(event.modifiers() & _MARKING)):
            super().mouseReleaseEvent(event)

    @contextmanager
    def _marking(self, is_marking: bool) -> Iterator[None]:
        self._is_marking = is_marking
        try:
            yield
        finally:
            self._is_marking = False

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
        conversation_id, folder = index.data(ConversationRole.ID), index.data(ConversationRole.FOLDER)
        from qwen_desktop.ui.views.conversation_menu import chats_menu, folder_menu

        if isinstance(folder, str):
            menu = folder_menu(self, self._theme, folder)
        elif isinstance(conversation_id, int):
            meant = self._meant_by_keys if is_by_keyboard else self._meant_by
            menu = chats_menu(self, self._theme, meant(conversation_id))
        else:
            return
        at = self._surface.mapToGlobal(self.visualRect(index).bottomLeft()) if is_by_keyboard else event.globalPos()
        menu.popup(at)

    @property
    def row_px(self) -> int:
        return max(ROW_PX, self.fontMetrics().height() + 12)

    def paint_row(self, painter: QPainter, box: QRect, row: int) -> None:
        self._delegate.paint_row(painter, box, row)

    def closeEditor(self, editor: QWidget, hint: QStyledItemDelegate.EndEditHint) -> None:
        """What came meanwhile is shown."""
        super().closeEditor(editor, hint)
        self.conversations.release()

    def keyboardSearch(self, search: str) -> None:
        """Letters go to the next title in sight, or near it, that begins so; the search field finds all others."""
        now = time.monotonic()
        is_more = now - self._typed_at < QApplication.keyboardInputInterval() / 1000
        self._typed, self._typed_at = (self._typed if is_more else "") + search.casefold(), now
        near = self.rows_on_screen
        rows = range(max(0, near.start - AROUND), min(self.conversations.rowCount(), near.stop + AROUND))
        at = self.currentIndex().row() + (len(self._typed) == 1)
        for row in sorted(rows, key=lambda row: (row < at, row)):
            index = self.conversations.index(row)
            if index.data(ConversationRole.ID) and str(index.data() or "").casefold().startswith(self._typed):
                self.setCurrentIndex(index)
                return

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
        if self.conversations.is_changing:
            return
        conversation_id, folder = current.data(ConversationRole.ID), current.data(ConversationRole.FOLDER)
        self._at = folder if folder is not None else conversation_id
        if isinstance(conversation_id, int) and not self._is_marking:
            self._choose(conversation_id)

    def _on_selection_changed(self) -> None:
        if self.conversations.is_changing:
            return
        before = len(self._marks)
        self._marks = set()
        selection = self.selectionModel().selection()
        for part in (selection.at(place) for place in range(selection.size())):  # runs of rows: there may be thousands
            self._marks.update(self.conversations.ids_between(part.top(), part.bottom()))
        self._surface.update()
        if self._is_marking and len(self._marks) != before:
            announce(self, tr("Chats selected: {count}", count=len(self._marks)))

    def _choose(self, conversation_id: int) -> None:
        if conversation_id != self.shown_id:
            self.shown_id = self._at = conversation_id
            self.chosen.emit(conversation_id)

    def _select_shown(self) -> None:
        """Put the selection where the open conversation is: rows came or went, or the app said so."""
        model, flags = self.conversations, QItemSelectionModel.SelectionFlag
        is_elsewhere = isinstance(self._at, str) or len(self._marks) > 1
        shown = QModelIndex() if self.shown_id is None else model.index_of(self.shown_id)
        index = QModelIndex()
        if isinstance(self._at, str):
            index = model.folder_index(self._at)
        elif self._at is not None and is_elsewhere:
            index = model.index_of(self._at)
        index = index if index.isValid() else shown
        was_changing, model.is_changing = model.is_changing, True
        if not index.isValid():
            self.selectionModel().clear()
        else:
            is_folder = index.data(ConversationRole.FOLDER) is not None
            self.selectionModel().setCurrentIndex(index, flags.Clear if is_folder else flags.ClearAndSelect)
        if is_elsewhere and len(self._marks) > 1:
            picked = QItemSelection()
            kept: set[int] = set()
            for first, last in model.ranges_of(self._marks):
                picked.select(model.index(first), model.index(last))
                kept.update(model.ids_between(first, last))
            self._marks = kept
            self.selectionModel().select(picked, flags.ClearAndSelect)
        self.conversations.is_changing = was_changing

    def _restyle(self) -> None:
        colour_scroll_area(self, self._theme, "sidebar")
        self._surface.update()


_CONTROL_KEYS: dict[Qt.Key, Callable[[ConversationListView, tuple[int, ...]], None]] = {
    Qt.Key.Key_P: ConversationListView.ask_to_pin,
    Qt.Key.Key_T: ConversationListView.ask_for_tags,
}
"""What Ctrl and these keys ask for."""


def _one_line(words: str) -> str:
    """At most a few hundred characters: eliding a title of a megabyte would cost a frame."""
    return words[:300].replace("\n", " ")
