"""What the first start and the key dialog share: the field a key is typed into, and the line that tells how it went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui import icons
from qwen_desktop.ui.views.buttons import Button, IconButton
from qwen_desktop.ui.views.controls import Label, grown_px, name_control
from qwen_desktop.ui.views.fields import Field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from qwen_desktop.ui.notices import NoticeAction
    from qwen_desktop.ui.theme import Theme


class KeyField(Field):
    """A field that hides what is typed, with a button that shows it."""

    def __init__(self, theme: Theme, *, height_px: int = 40, parent: QWidget | None = None) -> None:
        super().__init__(theme, tr("Key"), placeholder="sk-…", icon_name="key", height_px=height_px, parent=parent)
        name_control(self, "key")
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhSensitiveData
        )
        self.setMaxLength(1000)
        self.reveal_button = IconButton(theme, "eye", tr("Show the key"), side_px=28, parent=self)
        name_control(self.reveal_button, "reveal_key")
        self.reveal_button.clicked.connect(self._toggle)

    def _recolour(self) -> None:
        super()._recolour()
        margins = self.textMargins()
        self.setTextMargins(margins.left(), 0, 36, 0)

    def minimumSizeHint(self) -> QSize:
        margins = self.textMargins()
        words_px = self.fontMetrics().horizontalAdvance(self.placeholderText()) + 8
        return QSize(margins.left() + words_px + margins.right(), super().minimumSizeHint().height())

    def key(self) -> str:
        """What was typed, without the white space a copied key brings along."""
        return "".join(self.text().split())

    def forget(self) -> None:
        """Empty the field and hide what is typed next."""
        self.setText("")
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self._show_echo()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = self.reveal_button.height()
        self.reveal_button.move(self.width() - side - 6, (self.height() - side) // 2)

    def _toggle(self) -> None:
        is_hidden = self.echoMode() == QLineEdit.EchoMode.Password
        self.setEchoMode(QLineEdit.EchoMode.Normal if is_hidden else QLineEdit.EchoMode.Password)
        self._show_echo()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_echo(self) -> None:
        is_hidden = self.echoMode() == QLineEdit.EchoMode.Password
        self.reveal_button.set_icon_name("eye" if is_hidden else "eye-off")
        self.reveal_button.set_name(tr("Show the key") if is_hidden else tr("Hide the key"))


class Outcome(QWidget):
    """One line under a form: what is being done, or what went wrong and what can be done about it.

    Signals: action_triggered(str name)
    """

    action_triggered = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._buttons: list[Button] = []
        self.setObjectName("outcome")
        self._words = Label(theme)
        self._mark = _Mark(theme, self._words)
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._words, 1)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(24, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 0, 2, 0)
        column.setSpacing(8)
        column.addLayout(line)
        column.addLayout(self._row)
        self.hide()

    def show_waiting(self, words: str) -> None:
        """Something is being done, such as "Checking…"."""
        self._show("spinner", "text_secondary", words, ())

    def show_hint(self, words: str, actions: Sequence[NoticeAction] = ()) -> None:
        """How to do what is being done, or what can be done next."""
        self._show("info", "text_secondary", words, actions)

    def show_error(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        self._show("alert", "notice_text", sentence, actions)

    def show_done(self, words: str) -> None:
        self._show("check", "success", words, ())

    @property
    def words(self) -> str:
        return self._words.text()

    def _show(self, icon_name: str, colour: str, words: str, actions: Sequence[NoticeAction]) -> None:
        for button in self._buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        for place, action in enumerate(actions):
            button = Button(
                self._theme, action.label, kind="primary" if action.is_primary else "outlined", height_px=30
            )
            name_control(button, f"outcome_{action.name}")
            button.clicked.connect(lambda checked=False, name=action.name: self.action_triggered.emit(name))
            self._row.insertWidget(place, button)
            self._buttons.append(button)
        self._mark.set_mark(icon_name, colour)
        self._words.set_colour("text" if icon_name == "alert" else colour)
        self._words.setText(words)
        self.setAccessibleName(words)
        self.show()


class _Mark(QWidget):
    """A small icon before the words, as high as a line of them."""

    def __init__(self, theme: Theme, words: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self._words = words
        self._icon = ("check", "success")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(grown_px(16), max(20, self._words.fontMetrics().lineSpacing()))

    def set_mark(self, icon_name: str, colour: str) -> None:
        self._icon = (icon_name, colour)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        name, colour = self._icon
        side_px = grown_px(16)
        shown = icons.pixmap(name, getattr(self._theme.colours, colour), side_px, self.devicePixelRatioF())
        QPainter(self).drawPixmap(0, (self.height() - side_px) // 2, shown)
