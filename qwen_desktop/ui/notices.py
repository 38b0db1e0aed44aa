"""What the app tells the user beside the chat, as bars: one sentence each, with buttons that do something about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.buttons import Button, IconButton
from qwen_desktop.ui.views.controls import Label, draw_box, draw_icon, fill, grown_px, name_control

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

    from qwen_desktop.ui.theme import Theme


_ABOVE_PX, _ICON_PX = 8, 18
"""Between the bar above and the box; part of the notice, so that it goes when the notice goes."""


class NoticeAction(NamedTuple):
    """A button of a notice."""

    name: str
    """What the signal says; a Remedy's value where it is one."""
    label: str
    is_primary: bool = False


class NoticeBar(QWidget):
    """One sentence in the notice colours.

    Signals: action_triggered(str name); dismissed(): its close button was pressed and it has hidden itself.
    """

    action_triggered = Signal(str)
    dismissed = Signal()

    def __init__(
        self, theme: Theme, parent: QWidget | None = None, *, can_dismiss: bool = True, below_px: int = 0
    ) -> None:
        """`below_px`: to what stands under it; above it there is always some room."""
        super().__init__(parent)
        self._theme = theme
        self._below_px = below_px
        self._buttons: list[Button] = []
        self._actions: list[NoticeAction] = []
        self._words = Label(theme, colour="text")
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = IconButton(theme, "close", tr("Dismiss"), side_px=28)
        name_control(self._close, "dismiss_notice")
        self._close.clicked.connect(self.dismiss)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(8)
        self._row.addWidget(self._words, 1)
        self._row.addWidget(self._close)
        self._close.setVisible(can_dismiss)
        self.setObjectName("notice")
        self._restyle()
        theme.changed.connect(self._restyle)
        self.hide()

    def _restyle(self) -> None:
        self._row.setContentsMargins(26 + grown_px(_ICON_PX), 8 + _ABOVE_PX, 10, 8 + self._below_px)
        self.update()

    def show_notice(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """Replace what was shown."""
        self._actions = list(actions)
        for button in self._buttons:
            self._row.removeWidget(button)
            button.deleteLater()
        self._buttons = [self._button(action) for action in actions]
        for place, button in enumerate(self._buttons, start=1):
            self._row.insertWidget(place, button)
        self._words.setText(sentence)
        self.setAccessibleName(sentence)
        self.show()

    def add_notice(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """Below what is shown and was not dismissed: a start may have several things to tell."""
        if self.isHidden():
            self.show_notice(sentence, actions)
        elif sentence not in self.sentence.split("\n"):
            self.show_notice(f"{self.sentence}\n{sentence}", [*self._actions, *actions])

    @property
    def sentence(self) -> str:
        return self._words.text()

    @property
    def buttons(self) -> tuple[Button, ...]:
        """Those of its actions."""
        return tuple(self._buttons)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        box = self.rect().adjusted(0, _ABOVE_PX, 0, -self._below_px)
        draw_box(painter, box, fill=colours.notice_background, line=colours.notice_line, radius_px=12)
        draw_icon(painter, "alert", colours.notice_text, grown_px(_ICON_PX), 16, box.center().y())

    def _button(self, action: NoticeAction) -> Button:
        button = Button(self._theme, action.label, kind="primary" if action.is_primary else "outlined", height_px=30)
        name_control(button, f"notice_{action.name}")
        button.clicked.connect(lambda: self.action_triggered.emit(action.name))
        return button

    def dismiss(self) -> None:
        """What the close button does."""
        self.hide()
        self.dismissed.emit()


class UndoBar(QWidget):
    """The words "Chat deleted" or "Message deleted", with Undo; stays until it is used, dismissed or replaced.

    Signals: undo_requested(int conversation_id); dismissed(int conversation_id): it may be deleted for good;
    message_undo_requested(int message_id).
    """

    undo_requested = Signal(int)
    dismissed = Signal(int)
    message_undo_requested = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._conversation_id = 0
        self._message_id = 0
        self._undo_other: Callable[[], object] | None = None
        self._words = Label(theme)
        self._undo = Button(theme, tr("Undo"), kind="link")
        name_control(self._undo, "undo")
        self._undo.clicked.connect(self._on_undo)
        close = IconButton(theme, "close", tr("Dismiss"), side_px=28)
        name_control(close, "dismiss_undo")
        close.clicked.connect(self._on_close)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self._words, 1)
        row.addWidget(self._undo)
        row.addWidget(close)
        self.setObjectName("undo_bar")
        theme.changed.connect(self.update)
        self.hide()

    def show_deleted(self, conversation_id: int, title: str) -> None:
        """Offer to bring a conversation back; an earlier offer is dismissed."""
        if self._conversation_id and self._conversation_id != conversation_id:
            self.dismissed.emit(self._conversation_id)
        self._conversation_id, self._message_id, self._undo_other = conversation_id, 0, None
        short = title if len(title) <= 32 else title[:31] + "…"
        self._offer(tr("Chat deleted: {title}", title=short) if short else tr("Chat deleted"))

    def show_message_deleted(self, message_id: int) -> None:
        """Offer to bring a message back; an earlier offer is dismissed."""
        if self._conversation_id:
            self._on_close()
        self._message_id, self._undo_other = message_id, None
        self._offer(tr("Message deleted"))

    def show_other(self, words: str, undo: Callable[[], object]) -> None:
        """Offer to call `undo`; an earlier offer is dismissed."""
        if self._conversation_id:
            self._on_close()
        self._put_away()
        self._undo_other = undo
        self._offer(words)

    def _offer(self, words: str) -> None:
        self._words.setText(words)
        self.setAccessibleName(words)
        self.show()

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(0, 44))

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        draw_box(QPainter(self), self.rect(), fill=colours.code_header, line=colours.line, radius_px=12)

    def _on_undo(self) -> None:
        undo_other = self._undo_other
        conversation_id, message_id = self._put_away()
        if undo_other is not None:
            undo_other()
        elif message_id:
            self.message_undo_requested.emit(message_id)
        else:
            self.undo_requested.emit(conversation_id)

    def _on_close(self) -> None:
        conversation_id, message_id = self._put_away()
        if conversation_id and not message_id:
            self.dismissed.emit(conversation_id)

    def _put_away(self) -> tuple[int, int]:
        """What was offered: a conversation or a message."""
        self.hide()
        offered = self._conversation_id, self._message_id
        self._conversation_id = self._message_id = 0
        self._undo_other = None
        return offered


class DemoStrip(QWidget):
    """The quiet permanent line that says whose replies these are.  Signals: leave_requested()."""

    leave_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        words = Label(theme, tr("Demo, not Qwen"), colour="text_secondary", points=9.5)
        self.leave_button = leave = Button(theme, tr("Use your key"), kind="link", height_px=26)
        name_control(leave, "leave_demo")
        leave.clicked.connect(self.leave_requested)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 3, 16, 3)
        row.setSpacing(12)
        row.addStretch(1)
        row.addWidget(words)
        row.addWidget(leave)
        row.addStretch(1)
        self.setObjectName("demo_strip")
        self.setAccessibleName(words.text())
        theme.changed.connect(self.update)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill(painter, self.rect(), self._theme.colours.sidebar)
        fill(painter, QRect(0, self.height() - 1, self.width(), 1), self._theme.colours.line)
