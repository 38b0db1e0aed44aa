"""A button that shows keys and takes others by having them pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QKeySequence

from qwen_desktop.core.words import tr
from qwen_desktop.ui.shortcuts import native
from qwen_desktop.ui.views.buttons import Button

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.theme import Theme

_MODIFIER_KEYS = (
    Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_Super_L,
    Qt.Key.Key_Super_R, Qt.Key.Key_Hyper_L, Qt.Key.Key_Hyper_R, Qt.Key.Key_CapsLock, Qt.Key.Key_NumLock,
    Qt.Key.Key_unknown,
)  # fmt: skip


class KeysButton(Button):
    """Press it, then the keys; Esc leaves things as they are, Backspace takes the keys away.

    Signals: keys_chosen(str): in Qt's portable notation, '' for none; what is shown does not change by itself.
    """

    keys_chosen = Signal(str)
    _is_listening = False  # events come while the object is still made

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent=parent)
        self._name = name
        self._keys = ""
        self.clicked.connect(self._listen)
        self.set_keys("")

    @property
    def is_listening(self) -> bool:
        return self._is_listening

    def set_keys(self, keys: str) -> None:
        """Show these, in Qt's portable notation."""
        self._keys = keys
        self._is_listening = False
        self._show()

    def event(self, event: QEvent) -> bool:
        """While it listens no shortcut takes the keys away, Tab and Esc among them."""
        if self._is_listening and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if self._is_listening and event.type() == QEvent.Type.KeyPress:
            self._take(event)  # type: ignore[arg-type]
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.set_keys(self._keys)

    def _listen(self) -> None:
        self._is_listening = True
        self._show()

    def _take(self, event: QKeyEvent) -> None:
        key, modifiers = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in _MODIFIER_KEYS:
            return
        is_bare = modifiers == Qt.KeyboardModifier.NoModifier
        if is_bare and key == Qt.Key.Key_Escape:
            self.set_keys(self._keys)
            return
        taken = "" if is_bare and key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) else _portable(key, modifiers)
        self.set_keys(self._keys)
        self.keys_chosen.emit(taken)

    def _show(self) -> None:
        words = native(self._keys) or tr("none")
        self.setText(tr("Press keys…") if self._is_listening else words)
        self.setAccessibleName(f"{self._name}: {self.text()}")
        self.setToolTip(tr("Esc: leave it as it is; Backspace: no keys") if self._is_listening else "")
        self.updateGeometry()
        self.update()


def _portable(key: Qt.Key, modifiers: Qt.KeyboardModifier) -> str:
    """The pressed keys as text.  Shift is part of a character such as '+' already, and stays only with keys that are
    the same without it."""
    if key == Qt.Key.Key_Backtab:
        key, modifiers = Qt.Key.Key_Tab, modifiers | Qt.KeyboardModifier.ShiftModifier
    is_character = 0x20 < key.value < 0x01000000
    if is_character and not chr(key.value).isalpha():
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    return QKeySequence(QKeyCombination(modifiers, key)).toString(QKeySequence.SequenceFormat.PortableText)
