"""One setting as a row: title, hint, control, what is wrong with its value, and the way back to its default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import IconButton
from qwen_desktop.ui.views.controls import Label, Line, name_control
from qwen_desktop.ui.views.fields import Field

if TYPE_CHECKING:
    from qwen_desktop.ui.theme import Theme


class SettingRow(QWidget):
    """`reset_button` is there while the value is not the default one; `below` takes what stands under the hint."""

    def __init__(
        self, theme: Theme, name: str, title: str, hint: str, control: QWidget | None, *, can_reset: bool = False
    ) -> None:
        super().__init__()
        self.setObjectName(f"{name}_row")
        self._control = control
        self.hint = Label(theme, hint, colour="text_secondary", points=SMALL_PT)
        self.hint.setWordWrap(True)
        if not hint:
            self.hint.hide()  # never shown before it has a parent: it would be a window for a moment
        self.note = Label(theme, "", colour="notice_text", points=SMALL_PT)
        self.note.setWordWrap(True)
        self.note.setObjectName(f"{name}_error")
        self.note.hide()
        heading = Label(theme, title, points=11)
        heading.setWordWrap(True)
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addWidget(heading)
        text.addWidget(self.hint)
        self.reset_button = IconButton(theme, "refresh", tr("Back to the default"), side_px=28)
        name_control(self.reset_button, f"reset_{name}", tr("{title}: back to the default", title=title))
        policy = self.reset_button.sizePolicy()
        policy.setRetainSizeWhenHidden(can_reset)
        self.reset_button.setSizePolicy(policy)
        self.reset_button.hide()
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addLayout(text, 3)
        line.addWidget(self.reset_button)
        if control is not None:
            if isinstance(control, Field):
                control.setMinimumWidth(max(160, min(control.sizeHint().width(), 210)))
                control.setMaximumWidth(300)
                control.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            line.addWidget(control, 3 if isinstance(control, Field) else 0)
        self.below = QVBoxLayout()
        self.below.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        column.addLayout(self.below)
        column.addWidget(self.note)
        column.addSpacing(8)
        column.addWidget(Line(theme))
        self._describe()

    def set_hint(self, words: str) -> None:
        self.hint.setText(words)
        self._describe()
        self.hint.setToolTip(words)
        self.hint.setVisible(bool(words))

    def set_note(self, sentence: str) -> None:
        """What is wrong with the value, or has to be known about it; '' takes it back."""
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))
        self._describe()

    def _describe(self) -> None:
        """What is beside and below the control is read with it."""
        if self._control is not None:
            self._control.setAccessibleDescription(" ".join(filter(None, (self.hint.text(), self.note.text()))))

    def set_changed(self, is_changed: bool, default_words: str) -> None:
        """Whether there is a way back; `default_words` say where it leads."""
        had_focus = self.reset_button.hasFocus()
        self.reset_button.setVisible(is_changed)
        words = tr("Back to the default: {value}", value=default_words) if default_words else tr("Back to the default")
        self.reset_button.setToolTip(words)
        if had_focus and not is_changed:
            self.focusNextChild()

    def focus_control(self) -> bool:
        """Give the keyboard to the first control of the row; False if it has none."""
        for child in self.findChildren(QWidget):
            takes_keys = child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isEnabled() and child.isVisible()
            if takes_keys and child is not self.reset_button:
                child.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return True
        return False
