"""The quick ask: a small window on top of all others, with one field, the reply below it, and the keys at its foot."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.notices import NoticeAction, NoticeBar
from qwen_desktop.ui.theme import INTERFACE_PT
from qwen_desktop.ui.views.buttons import Button, IconButton
from qwen_desktop.ui.views.composer import StopButton
from qwen_desktop.ui.views.controls import Line, colour_scroll_area, name_control, sized
from qwen_desktop.ui.views.floating_window import FloatingWindow
from qwen_desktop.ui.views.quick_ask_parts import SIDE_PX, Foot, QuickEdit, QuietLine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QHideEvent, QKeyEvent, QPaintEvent, QResizeEvent

    from qwen_desktop.ui.models.model_list import ModelRow
    from qwen_desktop.ui.pictures.input import PictureInput
    from qwen_desktop.ui.pictures.panel import PicturePanel
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.transcript.view import TranscriptView
    from qwen_desktop.ui.views.model_picker import ModelPicker

FIELD_PT = 12.0
MOST_LINES = 8
NARROWEST_PX = 400
LEAST_REPLY_PX = 64
BAR_SIDE_PX = 12
AWAY_MS = 120
"""So long without the keyboard means that the user is elsewhere: a hotkey takes it for a moment."""


class QuickAskWindow(FloatingWindow):
    """Shows and tells; what happens is the controller's.

    Signals:
      submitted(): Enter, or Send
      action_chosen(QuickAction): something is to be done with the text
      stop_requested(), hide_requested(), new_requested(), copy_requested()
      window_requested(): the chat is to be opened in the main window
      left(): somebody else has the keyboard, and nothing of this window is open
      text_edited()
      pin_toggled(bool)
      model_chosen(str model_id)
      notice_action(str name): a button of the line or the bar below the field
      exposed(): it is on the screen
    """

    submitted = Signal()
    action_chosen = Signal(object)
    stop_requested = Signal()
    hide_requested = Signal()
    new_requested = Signal()
    copy_requested = Signal()
    window_requested = Signal()
    left = Signal()
    text_edited = Signal()
    pin_toggled = Signal(bool)
    model_chosen = Signal(str)
    notice_action = Signal(str)
    exposed = Signal()

    def __init__(self, theme: Theme, *, is_translucent: bool) -> None:
        super().__init__(theme, is_translucent=is_translucent)
        self._width_px, self._most_px = 640, 420
        self._is_running = self._has_reply = self._is_demo = False
        self._can_send = self._can_copy = False
        self._may_close = False
        self._is_coming = False
        """It was shown and is not on the screen yet."""
        self._model_id = ""
        self._models: Sequence[ModelRow] = ()
        self._picker: ModelPicker | None = None
        self.fill_picker: Callable[[ModelPicker, str], None] | None = None
        """Gives the picker its rows whenever it is opened, with the model in use; None: those of `set_models`."""
        self.transcript: TranscriptView | None = None
        name_control(self, "quick_ask", tr("Quick ask"))
        self.setWindowTitle(tr("Quick ask"))
        self.setAcceptDrops(True)
        self.edit = QuickEdit()
        name_control(self.edit, "message", tr("Message"))
        self.edit.set_hint(tr("Ask Qwen"))
        self.edit.setFont(sized(self.edit.font(), FIELD_PT))
        self.model_button = Button(
            theme, "", kind="quiet", trailing_icon="chevron-down", height_px=30, is_secondary=True
        )
        self.model_button.setFont(sized(self.model_button.font(), INTERFACE_PT - 0.5))
        self.model_button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        name_control(self.model_button, "model", tr("Model"))
        self.attach_button = IconButton(theme, "paperclip", tr("Attach"), side_px=30)
        name_control(self.attach_button, "attach")
        self.attach_button.hide()  # until somebody takes pictures
        self.pictures: PictureInput | None = None
        self._picture_panel: QWidget | None = None
        self.send_button = IconButton(theme, "arrow-up", tr("Send"), kind="primary", side_px=32)
        name_control(self.send_button, "send")
        self.stop_button = StopButton(theme)
        for button in (self.attach_button, self.model_button, self.send_button, self.stop_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.line = QuietLine(theme)
        self.notice_bar = NoticeBar(theme, below_px=8)
        self.foot = Foot(theme)
        self._away = QTimer(self, interval=AWAY_MS, singleShot=True)
        self._lay_out()
        self._connect()
        self._restyle()
        self._show_state()

    # What the app tells

    def set_transcript(self, view: TranscriptView) -> None:
        """Put the view of the reply in its place, once."""
        self.transcript = view
        self._reply_place.insertWidget(1, view, 1)
        view.setMinimumHeight(0)
        view.installEventFilter(self)
        # Queued: the view is in the middle of arranging itself, and would not see that it has become taller.
        view.content_height_changed.connect(self._fit, Qt.ConnectionType.QueuedConnection)
        QWidget.setTabOrder(self.stop_button, view)
        QWidget.setTabOrder(view, next(iter(self.foot.action_buttons.values())))
        self.raise_grips()

    def use_pictures(self, pictures: PictureInput) -> None:
        """Pictures can be put in from now on; once."""
        self.pictures = pictures
        self.attach_button.show()
        pictures.send_requested.connect(self.submitted)
        pictures.model_chosen.connect(self.model_chosen)
        pictures.set_model(self._model_id)

    def place_pictures(self, panel: PicturePanel) -> None:
        """Below the field."""
        panel.setContentsMargins(SIDE_PX - 12, 0, SIDE_PX - 12, 10)
        self._picture_panel = panel
        self._column.insertWidget(1, panel)
        panel.come_after(lambda: self.stop_button)
        panel.height_changed.connect(self._fit, Qt.ConnectionType.QueuedConnection)
        self.raise_grips()

    @property
    def has_pictures(self) -> bool:
        """Some that can be sent now, or in a moment."""
        return self.pictures is not None and not self.pictures.is_empty

    @property
    def can_send_pictures(self) -> bool:
        return self.has_pictures and self.pictures is not None and not self.pictures.is_blind

    def set_text(self, text: str, *, is_selected: bool = False) -> None:
        self.edit.set_text(text)
        if is_selected:
            self.edit.selectAll()

    def text(self) -> str:
        return self.edit.text()

    def set_state(
        self, *, is_running: bool, has_reply: bool, can_send: bool, can_copy: bool = False, is_demo: bool = False
    ) -> None:
        """`can_send`: Enter would ask something; `has_reply`: there is one below the field; `can_copy`: with text."""
        self._is_running, self._has_reply, self._can_send = is_running, has_reply, can_send
        self._can_copy, self._is_demo = can_copy, is_demo
        self._show_state()

    def say(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """A quiet line below the field; '' takes it away."""
        if sentence != self.line.sentence or actions:
            self.line.show_words(sentence, actions)
            self._fit()

    def show_trouble(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """What went wrong, until it is dismissed; '' takes it away."""
        if sentence:
            self.notice_bar.show_notice(sentence, actions)
        else:
            self.notice_bar.hide()
        self._fit()

    def set_model(self, model_id: str) -> None:
        self._model_id = model_id
        if self.pictures is not None:
            self.pictures.set_model(model_id)
        self.model_button.setText(model_id if len(model_id) <= 28 else model_id[:27] + "…")
        self.model_button.setAccessibleDescription(model_id)
        self.model_button.setToolTip(model_id)
        self.model_button.updateGeometry()

    def set_models(self, rows: Sequence[ModelRow]) -> None:
        """What the picker offers."""
        self._models = tuple(rows)

    def set_pinned(self, is_pinned: bool) -> None:
        self.foot.set_pinned(is_pinned)

    def set_size(self, width_px: int, most_px: int) -> None:
        """How wide it is, and how tall it may grow, without its shadow."""
        self._width_px, self._most_px = max(NARROWEST_PX, width_px), most_px

    def pulled_size(self) -> tuple[int, int] | None:
        """Width and greatest height as the user has pulled them since it was shown; None if he has not."""
        if not self.pulled:
            return None
        is_lower = bool(self.pulled & Qt.Edge.BottomEdge)
        is_side = bool(self.pulled & (Qt.Edge.LeftEdge | Qt.Edge.RightEdge))
        return (self.box.width() if is_side else self._width_px, self.box.height() if is_lower else self._most_px)

    def open(self) -> None:
        """Show it where the cursor is, with the keyboard in its field."""
        self.pulled, self.is_held = Qt.Edge(0), False
        self._away.stop()
        if not self.isVisible():
            self.place(self._width_px, self._wanted_px())
            self._is_coming = True
            self.show()
        self.raise_()
        self.activateWindow()
        self._wake_up()
        self.edit.setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    def _wake_up(self) -> None:
        """WORKAROUND: hiding a window takes it from Qt's widgets as the active one, while Qt's windows hold on to it
        until they hear of another (400 ms on X11).  Shown again before that, it would never be active.  May go when
        `QWidget::hide` and `QGuiApplication::focusWindow` agree (not so in 6.11)."""
        if not self.isActiveWindow() and QGuiApplication.focusWindow() == self.windowHandle():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                QApplication.setActiveWindow(self)

    @property
    def is_on_screen(self) -> bool:
        """Painted since it was shown."""
        return self.isVisible() and not self._is_coming

    def open_model_picker(self) -> None:
        if self._picker is None:
            from qwen_desktop.ui.views.model_picker import ModelPicker

            self._picker = ModelPicker(self._theme, self, is_below=True, edge_px=self.inset_px + 8)
            self._picker.model_chosen.connect(self.model_chosen)
            self._picker.closed.connect(self._on_picker_closed)
        if self.fill_picker is None:
            self._picker.set_models(self._models)
        else:
            self.fill_picker(self._picker, self._model_id)
        needed = self._top.sizeHint().height() + self._picker.height_px
        self.resize_box(self.box.width(), max(self.box.height(), min(needed, self.room_px())))
        self._picker.open_at(self.model_button, self._model_id)

    def accept_close(self) -> None:
        """The app ends."""
        self._may_close = True
        self._away.stop()
        self.close()

    # What the user does

    def _on_picker_closed(self) -> None:
        self._fit()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def has_something_open(self) -> bool:
        """A menu, a dialog or the picker of this window, or an input method that composes; or it is being resized."""
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        return (
            self.is_held
            or self.edit.is_composing
            or (self._picker is not None and self._picker.isVisible())
            or any(part is not None and _belongs_to(part, self) for part in (popup, modal))
            or _belongs_to(QApplication.activeWindow(), self)
        )

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            if self.isActiveWindow():
                self._away.stop()
            elif self.isVisible():
                self._away.start()

    def _on_away(self) -> None:
        if self.isVisible() and not self.isActiveWindow() and not self.has_something_open:
            self.left.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._away.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.hide_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What no control has taken."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_requested.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and (
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        ):
            self.window_requested.emit()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Copying in the transcript with nothing selected there copies the reply."""
        if event.type() == QEvent.Type.KeyPress and watched is self.transcript and self.transcript is not None:
            key: QKeyEvent = event  # type: ignore[assignment]
            if key.matches(QKeySequence.StandardKey.Copy) and not self.transcript.selected_text():
                self.copy_requested.emit()
                return True
            if key.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.keyPressEvent(key)
                return True
        return False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.edit.canInsertFromMimeData(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Beside the field is as good as into it."""
        self.edit.insertFromMimeData(event.mimeData())
        event.acceptProposedAction()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._is_coming:
            self._is_coming = False
            QTimer.singleShot(0, self, self.exposed.emit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_field()

    # Places

    def _show_state(self) -> None:
        had_focus = self.send_button.hasFocus() or self.stop_button.hasFocus()
        self.send_button.setVisible(self._can_send and not self._is_running)
        self.stop_button.setVisible(self._is_running)
        if had_focus:
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        has_text = not self.edit.is_blank
        self._reply.setVisible(self._has_reply)
        self._foot.setVisible(self._has_reply or has_text)
        self.foot.set_state(
            has_text=has_text,
            has_reply=self._has_reply,
            can_copy=self._can_copy,
            is_demo=self._is_demo and self._has_reply,
        )
        self.can_grow_down(self._has_reply)
        self._fit()

    def _fit_field(self) -> None:
        """Grow with the text, from one line to MOST_LINES, then scroll."""
        lines = self.edit.visible_lines(MOST_LINES)
        height_px = lines * self.edit.fontMetrics().lineSpacing() + 2
        if self.edit.height() != height_px or self.edit.minimumHeight() != height_px:
            self.edit.setFixedHeight(height_px)
            self._fit()
        is_full = lines >= MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if is_full else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.edit.setVerticalScrollBarPolicy(policy)

    def _wanted_px(self) -> int:
        """Height of the box that shows everything, within what it may have."""
        width = self._width_px - 2
        parts: list[QWidget] = [self._top, self.line, self.notice_bar]
        if self._picture_panel is not None:
            parts.append(self._picture_panel)
        if not self._foot.isHidden():
            parts.append(self._foot)
        fixed = 2
        for part in parts:
            if not part.isHidden():
                room = width - 2 * BAR_SIDE_PX if part is self.notice_bar else width
                hint = part.heightForWidth(room) if part.hasHeightForWidth() else part.sizeHint().height()
                fixed += max(hint, part.minimumHeight())
        reply = 0
        if self._has_reply:
            content = 0 if self.transcript is None else self.transcript.content_height
            reply = 1 + max(LEAST_REPLY_PX, content)
        return min(fixed + reply, max(self._most_px, fixed + (LEAST_REPLY_PX if reply else 0)))

    def _fit(self) -> None:
        """Take the height that is wanted, unless the user has pulled it to another or the picker needs it."""
        if self._picker is not None and self._picker.isVisible():
            return
        if self.pulled & Qt.Edge.BottomEdge and self._has_reply:
            return
        wanted = self._wanted_px()
        if self.isVisible():
            wanted = min(wanted, self.room_px())
        width = self.box.width() if self.pulled else self._width_px
        if (width, wanted) != (self.box.width(), self.box.height()):
            self.resize_box(width, wanted)

    def _restyle(self) -> None:
        colour_scroll_area(self.edit, self._theme, "window")

    def _lay_out(self) -> None:
        self._top = QWidget()
        row = QHBoxLayout(self._top)
        row.setContentsMargins(SIDE_PX - 1, 11, 11, 11)
        row.setSpacing(8)
        row.addWidget(self.edit, 1, Qt.AlignmentFlag.AlignVCenter)
        for button in (self.attach_button, self.model_button, self.send_button, self.stop_button):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._top.setMinimumHeight(54)
        self._top.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._reply = QWidget()
        self._reply_place = QVBoxLayout(self._reply)
        self._reply_place.setContentsMargins(0, 0, 0, 0)
        self._reply_place.setSpacing(0)
        self._reply_place.addWidget(Line(self._theme))
        self._foot = QWidget()
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(0)
        foot.addWidget(Line(self._theme))
        foot.addWidget(self.foot)
        column = self._column = QVBoxLayout(self)
        inset = self.inset_px + (1 if self.inset_px > 1 else 0)
        column.setContentsMargins(inset, inset, inset, inset)
        column.setSpacing(0)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.addWidget(self._top)
        column.addWidget(self.line)
        bar = QHBoxLayout()
        bar.setContentsMargins(BAR_SIDE_PX, 0, BAR_SIDE_PX, 0)
        bar.addWidget(self.notice_bar)
        column.addLayout(bar)
        column.addWidget(self._reply, 1000)
        column.addWidget(self._foot)
        column.addStretch(1)  # below it is the picker, while that is open
        self.setMinimumWidth(NARROWEST_PX + 2 * (inset - 1))
        stops = [
            self.edit,
            self.attach_button,
            self.model_button,
            self.send_button,
            self.stop_button,
            *self.foot.action_buttons.values(),
        ]
        for before, after in zip(stops, [*stops[1:], self.foot.more_button], strict=True):
            QWidget.setTabOrder(before, after)
        QWidget.setTabOrder(self.foot.more_button, self.foot.pin_button)

    def _connect(self) -> None:
        edit, foot = self.edit, self.foot
        edit.send_requested.connect(self.submitted)
        edit.window_requested.connect(self.window_requested)
        edit.copy_requested.connect(self.copy_requested)
        edit.text_edited.connect(self._on_edited)
        edit.document().documentLayout().documentSizeChanged.connect(self._fit_field)
        self.send_button.clicked.connect(self.submitted)
        self.stop_button.clicked.connect(self.stop_requested)
        self.model_button.clicked.connect(self.open_model_picker)
        foot.action_chosen.connect(self.action_chosen)
        foot.pin_toggled.connect(self.pin_toggled)
        foot.new_requested.connect(self.new_requested)
        self.line.action_triggered.connect(self.notice_action)
        self.notice_bar.action_triggered.connect(self.notice_action)
        self.notice_bar.dismissed.connect(self._fit)
        self._away.timeout.connect(self._on_away)
        self._theme.changed.connect(self._restyle)
        for keys, told in (
            ("Esc", self.hide_requested),
            ("Ctrl+N", self.new_requested),
            ("Ctrl+.", self.stop_requested),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(told)

    def _on_edited(self) -> None:
        self.foot.set_copied(False)
        self.text_edited.emit()


def _belongs_to(part: QWidget | None, window: QWidget) -> bool:
    """Whether a popup or dialog was opened by something of the window."""
    while part is not None:
        if part is window:
            return True
        part = part.parentWidget()
    return False
