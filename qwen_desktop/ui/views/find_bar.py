"""What is looked for in the open chat, typed above it; how many places were found, and the way from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import IconButton
from qwen_desktop.ui.views.controls import Label, Line, name_control
from qwen_desktop.ui.views.fields import Field

if TYPE_CHECKING:
    from qwen_desktop.ui.theme import Theme

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
LONGEST_QUERY = 1_000


class FindBar(QWidget):
    """A field with its count and buttons.  Whoever shows it calls `open`; it hides itself before `closed`.

    Signals: query_changed(str): as typed, '' for nothing; next_requested(), previous_requested(); closed()
    """

    query_changed = Signal(str)
    next_requested = Signal()
    previous_requested = Signal()
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("find_bar")
        self.field = _FindField(theme, tr("Find in chat"), placeholder=tr("Find in chat"), icon_name="search")
        name_control(self.field, "find_in_chat")
        self.field.setMaxLength(LONGEST_QUERY)
        self.count_label = Label(theme, colour="text_secondary", points=SMALL_PT)
        name_control(self.count_label, "find_count")
        self.previous_button = IconButton(theme, "chevron-up", tr("Previous match"))
        name_control(self.previous_button, "previous_match")
        self.next_button = IconButton(theme, "chevron-down", tr("Next match"))
        name_control(self.next_button, "next_match")
        self.close_button = IconButton(theme, "close", tr("Close find"))
        name_control(self.close_button, "close_find")
        row = QHBoxLayout()
        row.setContentsMargins(0, 6, 0, 6)
        row.setSpacing(2)
        row.addWidget(self.field, 1)
        row.addSpacing(8)
        row.addWidget(self.count_label)
        row.addSpacing(6)
        row.addWidget(self.previous_button)
        row.addWidget(self.next_button)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(Line(theme))
        self.field.textChanged.connect(self._on_text)
        self.previous_button.clicked.connect(self.previous_requested)
        self.next_button.clicked.connect(self.next_requested)
        self.close_button.clicked.connect(self.close_bar)
        self.show_count(0, 0)

    @property
    def query(self) -> str:
        return self.field.text()

    def open(self, query: str = "") -> None:
        """Show it with the keyboard in the field; `query` replaces what was looked for the last time."""
        if query:
            self.field.setText(query)
        self.show()
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def close_bar(self) -> None:
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def show_count(self, current: int, total: int) -> None:
        """That the match of number `current` is shown, from 1; 0 for none of them."""
        if not self.query:
            words = ""
        elif not total:
            words = tr("No matches")
        elif current:
            words = tr("{current} of {total}", current=f"{current:,}", total=f"{total:,}")
        else:
            words = tr("{n} matches", n=total)
        self.count_label.setText(words)
        self.field.setAccessibleDescription(words)
        has_focus = self.previous_button.hasFocus() or self.next_button.hasFocus()
        if has_focus and not total:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.previous_button.setEnabled(total > 0)
        self.next_button.setEnabled(total > 0)

    def _on_text(self, text: str) -> None:
        if not text:
            self.show_count(0, 0)
        self.query_changed.emit(text)

    def event(self, event: QEvent) -> bool:
        """Its own keys come before the window's shortcuts: Esc would stop the reply."""
        is_early = event.type() == QEvent.Type.ShortcutOverride
        if is_early and isinstance(event, QKeyEvent) and (event.key() == Qt.Key.Key_Escape or _direction(event)):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that neither the field nor a button took."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif direction := _direction(event):
            (self.next_requested if direction > 0 else self.previous_requested).emit()
        else:
            super().keyPressEvent(event)


class _FindField(Field):
    """Leaves Enter and Esc to the bar, but not while an input method composes."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (*_ENTER, Qt.Key.Key_Escape) or _direction(event):
            event.setAccepted(self.is_composing)
            return
        super().keyPressEvent(event)


def _direction(event: QKeyEvent) -> int:
    """1 for the keys of the next match, -1 for those of the previous one."""
    key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
    if key in (*_ENTER, Qt.Key.Key_F3) and modifiers in (Qt.KeyboardModifier.NoModifier, shift):
        return -1 if modifiers == shift else 1
    if key == Qt.Key.Key_G and modifiers in (control, control | shift):
        return -1 if modifiers & shift else 1
    return 0
