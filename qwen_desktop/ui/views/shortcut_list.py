"""The table of shortcuts as a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractSlider, QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.shortcuts import native, sending_keys, shortcuts
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, name_control, room_on_screen
from qwen_desktop.ui.views.scrolled import Scrolled

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from qwen_desktop.core.settings.settings import ShortcutSettings
    from qwen_desktop.ui.theme import Theme


_BESIDE_BAR_PX = 12
"""Between the keys and where a scroll bar stands."""
_SCROLLING = {
    Qt.Key.Key_Up: QAbstractSlider.SliderAction.SliderSingleStepSub,
    Qt.Key.Key_Down: QAbstractSlider.SliderAction.SliderSingleStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}


class ShortcutList(QDialog):
    """What can be done from the keyboard.  Open it with `open()`.  As large as it needs to be and the screen allows."""

    def __init__(
        self, theme: Theme, settings: ShortcutSettings, parent: QWidget | None = None, *, enter_sends: bool = True
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        name_control(self, "shortcut_list", tr("Keyboard shortcuts"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24 - _BESIDE_BAR_PX, 20)
        column.setSpacing(16)
        column.addWidget(Label(theme, tr("Keyboard shortcuts"), points=13, bold=True))
        inside = QWidget()
        rows = QGridLayout(inside)
        rows.setContentsMargins(0, 0, _BESIDE_BAR_PX, 0)
        rows.setHorizontalSpacing(32)
        rows.setVerticalSpacing(8)
        rows.setColumnStretch(0, 1)
        for number, shortcut in enumerate(shortcuts()):
            is_send = shortcut.action == "send"
            keys = sending_keys(enter_sends) if is_send else native(shortcut.keys(settings)) or tr("none")
            rows.addWidget(Label(theme, shortcut.help_text), number, 0)
            rows.addWidget(Label(theme, keys, colour="text_secondary"), number, 1, Qt.AlignmentFlag.AlignRight)
        self.area = Scrolled(theme, inside, sideways=True)
        self.area.verticalScrollBar().setSingleStep(40)
        self._inside = inside
        column.addWidget(self.area, 1)
        close = Button(theme, tr("Close"))
        name_control(close, "close")
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, _BESIDE_BAR_PX, 0)
        foot.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        column.addLayout(foot)
        close.setFocus(Qt.FocusReason.OtherFocusReason)
        self.setMinimumSize(280, 200)
        self.resize(self.sizeHint())  # by itself a dialog gets two thirds of the screen at most

    def sizeHint(self) -> QSize:
        """Everything, but no larger than the screen: in a large font the list is scrolled."""
        around = super().sizeHint() - self.area.sizeHint()
        wanted = self._inside.sizeHint() + around + QSize(self.area.verticalScrollBar().sizeHint().width(), 4)
        return wanted.boundedTo(room_on_screen(self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and their like scroll the list, whatever has the keyboard."""
        action = _SCROLLING.get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
        else:
            self.area.verticalScrollBar().triggerAction(action)
