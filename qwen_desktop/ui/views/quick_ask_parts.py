"""What the quick ask is made of: its field, its quiet line, and the row of hints and actions at its foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from qwen_desktop.core.chat.quick_actions import QuickAction, action_label
from qwen_desktop.core.words import tr
from qwen_desktop.ui.shortcuts import native
from qwen_desktop.ui.spoken import announce
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button, IconButton
from qwen_desktop.ui.views.controls import Label, name_control, sized
from qwen_desktop.ui.views.prompt_edit import PromptEdit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QMouseEvent, QResizeEvent

    from qwen_desktop.ui.notices import NoticeAction
    from qwen_desktop.ui.theme import Theme

FOOT_PX = 36
SIDE_PX = 20
"""Where text begins, in the field, the reply and the hints alike."""
_TYPING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class QuickEdit(PromptEdit):
    """The editor named "Message" of the quick ask.

    Signals: copy_requested(): copy, with nothing selected in it; window_requested(): Ctrl+Enter.
    """

    copy_requested = Signal()
    window_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_replaceable = False
        """The text was asked already: what is typed next takes its place, unless the caret is moved first."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.matches(QKeySequence.StandardKey.Copy) and not self.textCursor().hasSelection():
            self.copy_requested.emit()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.is_composing:
            if modifiers == Qt.KeyboardModifier.ControlModifier:
                self.window_requested.emit()
                return
        elif self.is_replaceable and not event.matches(QKeySequence.StandardKey.Paste):
            if event.text() and event.text().isprintable() and not event.modifiers() & ~_TYPING:
                self.selectAll()
                self.is_replaceable = False
            elif event.key() not in _ALONE:
                self.is_replaceable = False
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.is_replaceable = False
        super().mousePressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        if self.is_replaceable and (event.preeditString() or event.commitString()):
            self.selectAll()
            self.is_replaceable = False
        super().inputMethodEvent(event)

    def insert_text_of(self, source: QMimeData) -> None:
        if self.is_replaceable:
            self.selectAll()
            self.is_replaceable = False
        super().insert_text_of(source)

    def set_text(self, text: str) -> None:
        self.is_replaceable = False
        super().set_text(text)


_ALONE = (
    Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock, Qt.Key.Key_Escape, Qt.Key.Key_unknown,
)  # fmt: skip
"""Keys that leave text and caret as they are."""


class QuietLine(QWidget):
    """One sentence in grey below the field, with words to press behind it.  Signals: action_triggered(str name)."""

    action_triggered = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._buttons: list[Button] = []
        self._words = Label(theme, colour="text_secondary", points=SMALL_PT)
        self._words.setWordWrap(True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SIDE_PX, 0, 12, 10)
        self._row.setSpacing(12)
        self._row.addWidget(self._words, 1)
        self.setObjectName("quick_ask_line")
        self.hide()

    def show_words(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """Replace what was shown; '' for nothing."""
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(action) for action in actions]
        for button in self._buttons:
            self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._words.setText(sentence)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
        announce(self, sentence)

    @property
    def sentence(self) -> str:
        return self._words.text()

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(self._buttons)

    def _button(self, action: NoticeAction) -> Button:
        button = Button(self._theme, action.label, kind="link", height_px=20)
        button.setFont(sized(button.font(), SMALL_PT))
        name_control(button, f"quick_{action.name}")
        button.clicked.connect(lambda: self.action_triggered.emit(action.name))
        return button


class Foot(QWidget):
    """Hints at the left; at the right what can be done with the text, as much of it as there is room for.

    Signals: action_chosen(QuickAction); pin_toggled(bool); new_requested()
    """

    action_chosen = Signal(object)
    pin_toggled = Signal(bool)
    new_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.demo_label = self._label(tr("Demo, not Qwen"))
        self.hide_hint = self._label(tr("{keys} hide", keys=native("Esc")))
        self.copy_hint = self._label("")
        self.window_hint = self._label(tr("{keys} open in window", keys=native("Ctrl+Enter")))
        self.set_copied(False)
        self.demo_label.hide()
        self.action_buttons = {action: self._action_button(action) for action in QuickAction}
        self.more_button = IconButton(theme, "more", tr("More"), side_px=24)
        name_control(self.more_button, "quick_more")
        self.more_button.clicked.connect(self._open_menu)
        self.pin_button = IconButton(theme, "pin", tr("Keep open"), side_px=24)
        name_control(self.pin_button, "quick_pin")
        self.pin_button.setCheckable(True)
        self.pin_button.clicked.connect(self.pin_toggled)
        for button in (*self.action_buttons.values(), self.more_button, self.pin_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(SIDE_PX, 0, 8, 0)
        row.setSpacing(0)
        for label in (self.demo_label, self.hide_hint, self.copy_hint, self.window_hint):
            row.addWidget(label)
        row.addStretch(1)
        for button in self.action_buttons.values():
            row.addWidget(button)
        row.addWidget(self.more_button)
        row.addWidget(self.pin_button)
        self._has_text = self._has_reply = self._can_copy = False
        self.setFixedHeight(max(FOOT_PX, self.hide_hint.sizeHint().height() + 12))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def _label(self, words: str) -> Label:
        label = Label(self._theme, words, colour="text_secondary", points=SMALL_PT)
        label.setContentsMargins(0, 0, 14, 0)
        return label

    def _action_button(self, action: QuickAction) -> Button:
        button = Button(self._theme, action_label(action), kind="quiet", height_px=26, is_secondary=True)
        button.setFont(sized(button.font(), SMALL_PT))
        name_control(button, f"quick_{action}")
        button.clicked.connect(lambda: self.action_chosen.emit(action))
        return button

    def set_state(self, *, has_text: bool, has_reply: bool, can_copy: bool, is_demo: bool) -> None:
        """What there is to act on."""
        self._has_text, self._has_reply, self._can_copy = has_text, has_reply, can_copy
        self.demo_label.setVisible(is_demo)
        self._fit()

    def set_copied(self, is_copied: bool) -> None:
        """Say that the reply was copied, or how to."""
        words = tr("Copied") if is_copied else tr("{keys} copy", keys=native("Ctrl+C"))
        self.copy_hint.setText(words)

    def set_pinned(self, is_pinned: bool) -> None:
        self.pin_button.setChecked(is_pinned)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """The hints need their room first, then three actions, the rest goes into the menu; Esc stays the longest."""
        room = self.width() - SIDE_PX - 8 - self.more_button.width() - self.pin_button.width()
        if not self.demo_label.isHidden():
            room -= self.demo_label.sizeHint().width()
        buttons = list(self.action_buttons.values())
        wanted = sum(button.sizeHint().width() for button in buttons[:3]) if self._has_text else 0
        for hint, is_of_use in (
            (self.hide_hint, True),
            (self.copy_hint, self._can_copy),
            (self.window_hint, self._has_reply or self._has_text),
        ):
            width = hint.sizeHint().width()
            is_shown = is_of_use and width + wanted <= room
            hint.setVisible(is_shown)
            room -= width if is_shown else 0
        for button in buttons:
            width = button.sizeHint().width()
            is_shown = self._has_text and width <= room
            room -= width if is_shown else room  # none after the first that does not fit
            button.setVisible(is_shown)

    def menu(self) -> QMenu:
        """What had no room, and what has no button.  Open it with `popup()`; it goes when it is closed."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action, button in self.action_buttons.items():
            if button.isHidden():
                row = menu.addAction(action_label(action))
                row.setEnabled(self._has_text)
                row.triggered.connect(lambda _=False, action=action: self.action_chosen.emit(action))
        menu.addSeparator()
        new = menu.addAction(tr("New chat"))
        new.setShortcut(QKeySequence("Ctrl+N"))
        new.triggered.connect(self.new_requested)
        return menu

    def _open_menu(self) -> None:
        menu = self.menu()
        at = self.more_button.mapToGlobal(self.more_button.rect().bottomRight())
        menu.popup(at)
