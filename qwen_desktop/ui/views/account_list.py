"""The accounts as a list: what each is called, whom it asks, where its key stands, and which one is in use."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from qwen_desktop.core.words import tr
from qwen_desktop.ui.notices import NoticeAction
from qwen_desktop.ui.theme import INTERFACE_PT, SMALL_PT
from qwen_desktop.ui.tool_tips import plain_tip
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import (
    Panel,
    draw_focus_ring,
    draw_icon,
    draw_row_state,
    grown_px,
    name_control,
    sized,
    slim_scroll_bar_sheet,
)
from qwen_desktop.ui.views.key_form import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtWidgets import QStyleOptionViewItem

    from qwen_desktop.ui.theme import Theme

_ROW = Qt.ItemDataRole.UserRole
MOST_SHOWN = 5
"""So many rows are seen at once; more are scrolled."""
_REMOVE, _KEEP = "remove_account", "keep_account"


class AccountRow(NamedTuple):
    """One account in words."""

    id: str
    title: str
    about: str
    """Whom it asks, and for which model."""
    key_words: str
    """Where its key stands; '' while nobody has looked."""
    is_in_use: bool = False


class _Rows(QStyledItemDelegate):
    """Title above what it is about; where the key stands at the right, and a check before the one in use."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, max(52, self._view.fontMetrics().height() * 2 + 16))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = index.data(_ROW)
        if not isinstance(row, AccountRow):
            return
        colours = self._theme.colours
        painter.save()
        box = option.rect
        draw_row_state(painter, option, colours)
        if option.state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            draw_focus_ring(painter, box, colours.accent)
        if row.is_in_use:
            draw_icon(painter, "check", colours.accent_text, grown_px(16), box.left() + 10, box.center().y())
        inside = box.adjusted(20 + grown_px(16), 6, -12, -6)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        small = sized(self._view.font(), SMALL_PT)
        painter.setFont(small)
        painter.setPen(QColor(colours.text_secondary))
        key_px = min(painter.fontMetrics().horizontalAdvance(row.key_words) + 4, inside.width() // 2)
        key_box = QRect(inside.right() - key_px + 1, inside.top(), key_px, inside.height())
        painter.drawText(key_box, align | Qt.AlignmentFlag.AlignRight, _elided(painter, row.key_words, key_px))
        half = inside.height() // 2
        room = inside.width() - key_px - 12
        below = QRect(inside.left(), inside.top() + half, room, half)
        painter.drawText(below, align, _elided(painter, row.about, room))
        painter.setFont(sized(self._view.font(), INTERFACE_PT, QFont.Weight.DemiBold if row.is_in_use else None))
        painter.setPen(QColor(colours.text))
        painter.drawText(below.translated(0, -half), align, _elided(painter, row.title, room))
        painter.restore()


class _List(QListWidget):
    """As tall as its rows, up to MOST_SHOWN.  Delete asks to remove, F2 edits, Enter uses."""

    def sizeHint(self) -> QSize:
        row_px = self.sizeHintForRow(0) if self.count() else 52
        return QSize(320, row_px * min(MOST_SHOWN, max(1, self.count())) + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())


class AccountList(QWidget):
    """`add_button` is made here, and stands where whoever shows the list puts it.

    Signals:
    wanted(str verb, str id): 'use', 'edit', 'remove' (the user has agreed to it) or 'add' (without an id)
    """

    wanted = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._can_change = True
        self.list = _List()
        self.list.setItemDelegate(_Rows(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        name_control(self.list, "accounts", tr("Accounts"))
        self.list.setAccessibleDescription(tr("Enter uses, F2 edits, Delete removes"))
        self.use_button = self._button("use_account", tr("Use"), "check")
        self.edit_button = self._button("edit_account", tr("Edit"), "pencil")
        self.remove_button = self._button("remove_account", tr("Remove"), "trash")
        self.add_button = self._button("add_account", tr("Add account"), "plus")
        self.question = Outcome(theme)
        frame = Panel(theme, line="line", radius_px=10)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(4, 4, 4, 4)
        inside.addWidget(self.list)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.use_button, self.edit_button, self.remove_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        column.addWidget(frame)
        column.addWidget(self.question)
        column.addLayout(buttons)
        self.use_button.clicked.connect(lambda: self._want("use"))
        self.edit_button.clicked.connect(lambda: self._want("edit"))
        self.remove_button.clicked.connect(self._ask_to_remove)
        self.add_button.clicked.connect(lambda: self.wanted.emit("add", ""))
        self.list.itemActivated.connect(lambda item: self._want("use"))
        self.list.currentRowChanged.connect(lambda row: self._on_moved())
        self.list.installEventFilter(self)
        self.question.action_triggered.connect(self._on_answer)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._enable()

    def show_accounts(self, rows: Sequence[AccountRow], note: str = "") -> None:
        """Replaces what is shown; the row of the keyboard stays.  `note`: why none of them counts now, or ''."""
        self._can_change = not note
        current = self.current_id
        self.list.blockSignals(True)
        self.list.clear()
        for row in rows:
            item = QListWidgetItem(row.title)
            item.setData(_ROW, row)
            words = (row.title, tr("in use") if row.is_in_use else "", row.about, row.key_words)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(word for word in words if word))
            item.setToolTip(plain_tip("\n".join(word for word in (row.title, row.about, row.key_words) if word)))
            self.list.addItem(item)
        ids = [row.id for row in rows]
        used = next((place for place, row in enumerate(rows) if row.is_in_use), 0)
        if rows:
            self.list.setCurrentRow(ids.index(current) if current in ids else used)
        self.list.blockSignals(False)
        if note:
            self.question.show_hint(note)
        elif not self._is_asking or current not in ids:
            self._end_question()
        self.list.updateGeometry()
        self._enable()

    @property
    def current_id(self) -> str:
        """Of the account the keyboard is on; '' without any."""
        row = self._current
        return row.id if row is not None else ""

    @property
    def _current(self) -> AccountRow | None:
        item = self.list.currentItem()
        row = item.data(_ROW) if item is not None else None
        return row if isinstance(row, AccountRow) else None

    _is_asking = False

    def eventFilter(self, watched: object, event: object) -> bool:
        if watched is self.list and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._want("use")  # the dialog takes Enter away from lists
                return True
            if event.key() == Qt.Key.Key_F2:
                self._want("edit")
                return True
            if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self._ask_to_remove()
                return True
            if event.key() == Qt.Key.Key_Escape and self._is_asking:
                self._end_question()
                return True
        return False

    def _want(self, verb: str) -> None:
        row = self._current
        if row is not None and self._can_change and not (verb == "use" and row.is_in_use):
            self.wanted.emit(verb, row.id)

    def _ask_to_remove(self) -> None:
        row = self._current
        if row is None or not self._can_change:
            return
        self._is_asking = True
        sentence = tr("Remove “{name}”? Its key is forgotten in the keychain too. Chats stay.", name=row.title)
        self.question.show_hint(sentence, [NoticeAction(_REMOVE, tr("Remove")), NoticeAction(_KEEP, tr("Keep"))])
        if (button := self.question.findChild(Button, f"outcome_{_KEEP}")) is not None:  # Enter twice removes nothing
            button.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_answer(self, name: str) -> None:
        account_id = self.current_id
        self._end_question()
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if name == _REMOVE and account_id:
            self.wanted.emit("remove", account_id)

    def _end_question(self) -> None:
        self._is_asking = False
        self.question.hide()

    def _on_moved(self) -> None:
        if self._is_asking:
            self._end_question()
        self._enable()

    def _enable(self) -> None:
        row = self._current
        self.use_button.setEnabled(self._can_change and row is not None and not row.is_in_use)
        self.edit_button.setEnabled(self._can_change and row is not None)
        self.remove_button.setEnabled(self._can_change and row is not None)
        self.add_button.setEnabled(self._can_change)

    def _button(self, name: str, words: str, icon_name: str) -> Button:
        button = Button(self._theme, words, icon_name=icon_name)
        name_control(button, name)
        return button

    def _restyle(self) -> None:
        palette = self.list.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.list.setPalette(palette)
        self.list.verticalScrollBar().setStyleSheet(slim_scroll_bar_sheet(self._theme))


def _elided(painter: QPainter, words: str, width_px: int) -> str:
    return painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, max(0, width_px))
