"""Where the hotkey is chosen by pressing it, and the line that tells what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.desktop.hotkey.keys import Refusal, refusal, refusal_words
from qwen_desktop.desktop.hotkey.status import QUICK_COMMAND, HotkeyState, HotkeyStatus
from qwen_desktop.ui.notices import NoticeAction
from qwen_desktop.ui.shortcuts import native
from qwen_desktop.ui.views.buttons import Button, IconButton
from qwen_desktop.ui.views.controls import draw_box, name_control
from qwen_desktop.ui.views.key_form import Outcome

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QPaintEvent

    from qwen_desktop.ui.theme import Theme

_MODIFIER_KEYS = (
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Meta,
    Qt.Key.Key_Super_L,
    Qt.Key.Key_Super_R,
    Qt.Key.Key_AltGr,
)
_HELD = (
    Qt.KeyboardModifier.MetaModifier
    | Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.ShiftModifier
)


class HotkeyField(QWidget):
    """Shows the keys and takes new ones; `outcome` is one line about them, to be put below.

    Signals: keys_chosen(str): in Qt's portable notation, or '' for none; they may be a hotkey, whether they are ours is
      told by `show_status`.  The same keys are told again where they do not work, to be tried again
    """

    keys_chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = ""
        self._status = HotkeyStatus()
        self._command = QUICK_COMMAND
        self.box = _KeysBox(theme)
        name_control(self.box, "hotkey", tr("Hotkey"))
        self.clear_button = IconButton(theme, "close", tr("No hotkey"))
        name_control(self.clear_button, "clear_hotkey")
        self.outcome = Outcome(theme, self)
        self.outcome.setObjectName("hotkey_status")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.clear_button)
        line.addWidget(self.box)
        self.setFocusProxy(self.box)
        self.box.pressed_keys.connect(self._take)
        self.box.cleared.connect(lambda: self._choose(""))
        self.box.is_recording_changed.connect(self._on_recording)
        self.clear_button.clicked.connect(lambda: self._choose(""))
        self.outcome.action_triggered.connect(self._act)
        self._show_keys()

    # What the app tells

    def set_keys(self, keys: str) -> None:
        """The keys of the settings, in Qt's portable notation; tells nothing back."""
        self._keys = keys
        self._show_keys()

    def set_command(self, command: str) -> None:
        """What to bind where the desktop gives keys to no program, if it is not `qwen-desktop quick`."""
        self._command = command
        self._show_line()

    def show_status(self, status: HotkeyStatus) -> None:
        """What became of the keys."""
        self._status = status
        self._show_line()

    @property
    def keys(self) -> str:
        return self._keys

    @property
    def is_recording(self) -> bool:
        return self.box.is_recording

    @property
    def words(self) -> str:
        """The line below, as it is shown."""
        return "" if self.outcome.isHidden() else self.outcome.words

    # What the user does

    def _take(self, keys: str) -> None:
        """Keys were pressed while recording: take them, or say why not and go on listening."""
        why = Refusal.NOT_KEYS if not keys else refusal(keys)
        if why is not None:
            self.outcome.show_error(refusal_words(why, native(keys)))
            return
        self.box.stop()
        self._choose(keys)

    def _choose(self, keys: str) -> None:
        self.box.stop()
        if keys != self._keys or (keys and self._status.state is not HotkeyState.WORKS):
            self._keys = keys
            self._status = HotkeyStatus(HotkeyState.WAITING if keys else HotkeyState.OFF, keys)
            self._show_keys()
            self._show_line()
            self.keys_chosen.emit(keys)
        if not self.clear_button.isVisible():
            self.box.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_recording(self, is_recording: bool) -> None:
        if is_recording:
            self.outcome.show_hint(tr("Esc keeps the old keys, Backspace takes the hotkey away"))
        else:
            self._show_keys()
            self._show_line()

    def _act(self, action: str) -> None:
        if action == "ask_desktop":
            self._choose(self._keys)
            return
        QGuiApplication.clipboard().setText(self._command)
        if (button := self.outcome.findChild(Button, f"outcome_{action}")) is not None:
            button.setText(tr("Copied"))
            button.setAccessibleName(tr("Copied"))

    # What is shown

    def _show_keys(self) -> None:
        self.box.show_keys(native(self._keys))
        self.clear_button.setVisible(bool(self._keys))

    def _show_line(self) -> None:
        if self.box.is_recording:
            return
        status = self._status
        others = status.keys and self._keys and status.keys != self._keys
        match status.state:
            case HotkeyState.OFF:
                self.outcome.hide()
            case HotkeyState.WAITING:
                self.outcome.show_waiting(tr("Asking the desktop for these keys…"))
            case HotkeyState.WORKS if others:
                self.outcome.show_done(tr("The desktop chose {keys}", keys=native(status.keys)))
            case HotkeyState.WORKS:
                self.outcome.show_done(tr("Works in every program"))
            case HotkeyState.TAKEN:
                self.outcome.show_error(tr("Another program has these keys. Choose others."))
            case HotkeyState.NOT_ASKED:
                ask = NoticeAction("ask_desktop", tr("Ask now"))
                self.outcome.show_hint(tr("The desktop asks you before it gives keys to a program."), [ask])
            case HotkeyState.UNUSABLE:
                self.outcome.show_error(tr("These keys do not work here. Choose others."))
            case HotkeyState.NEEDS_DESKTOP:
                sentence = tr("This desktop gives keys to no program. In its keyboard settings, bind this command:")
                copy = NoticeAction("copy_command", tr("Copy the command"))
                self.outcome.show_error(f"{sentence}\n{self._command}", [copy])


class _KeysBox(Button):
    """The box with the keys; while it records, whatever is pressed goes to it and to nothing else.

    Signals:
      pressed_keys(str): a combination in Qt's portable notation, '' if it has no name we know
      cleared(): no hotkey is wished for
      is_recording_changed(bool)
    """

    pressed_keys = Signal(str)
    cleared = Signal()
    is_recording_changed = Signal(bool)
    is_recording = False  # events come while the object is still made

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "", trailing_icon="pencil", height_px=34)
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.start)

    def show_keys(self, words: str) -> None:
        """The keys as people know them; '' for none."""
        self._words = words
        if not self.is_recording:
            self._set_text(words or tr("None"))

    def start(self) -> None:
        """Listen for new keys until some are taken, Esc, or the focus goes."""
        if self.is_recording:
            self.stop()
            return
        self.is_recording = True
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        # Keys of the window manager, and our own hotkey, come here too.
        self.grabKeyboard()
        self._set_text(tr("Press the new keys"))
        self.is_recording_changed.emit(True)

    def stop(self) -> None:
        if self.is_recording:
            self.is_recording = False
            self.releaseKeyboard()
            self._set_text(self._words or tr("None"))
            self.is_recording_changed.emit(False)

    def sizeHint(self) -> QSize:
        shown = max((tr("Press the new keys"), self._words), key=self.fontMetrics().horizontalAdvance)
        extra = self.fontMetrics().horizontalAdvance(shown) - self.fontMetrics().horizontalAdvance(self.text())
        return super().sizeHint() + QSize(max(0, extra), 0)

    def event(self, event: QEvent) -> bool:
        if self.is_recording and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # then it comes as a plain key press, whatever the window would do with it
            return True
        if self.is_recording and event.type() == QEvent.Type.KeyPress:
            self.keyPressEvent(event)  # type: ignore[arg-type]  # QWidget.event would move the focus at Tab
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.is_recording:
            super().keyPressEvent(event)
            return
        event.accept()
        held = event.modifiers() & _HELD
        key = Qt.Key(event.key())
        if event.isAutoRepeat():
            return
        if key in _MODIFIER_KEYS:
            self._show_held(held)
        elif key == Qt.Key.Key_Escape and not held:
            self.stop()
        elif key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and not held:
            self.cleared.emit()
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and not held & ~Qt.KeyboardModifier.ShiftModifier:
            self.stop()
            self.focusNextPrevChild(key == Qt.Key.Key_Tab)
        else:
            self.pressed_keys.emit(_name(event))

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.is_recording:
            super().keyReleaseEvent(event)
            return
        event.accept()
        if Qt.Key(event.key()) in _MODIFIER_KEYS:
            self._show_held(event.modifiers() & _HELD)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.stop()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.stop()
        super().hideEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.is_recording:
            draw_box(QPainter(self), self.rect(), line=self._theme.colours.accent)

    def _show_held(self, held: Qt.KeyboardModifier) -> None:
        """Ctrl and Alt as they go down, so that one sees that they are heard."""
        with_a_key = QKeySequence(held.value | int(Qt.Key.Key_A)).toString(QKeySequence.SequenceFormat.PortableText)
        self._set_text(f"{native(with_a_key).removesuffix('A')}…" if held else tr("Press the new keys"))

    def _set_text(self, words: str) -> None:
        self.setText(words)
        self.setAccessibleName(f"{tr('Hotkey')}: {words}")
        self.updateGeometry()
        self.update()


def _name(event: QKeyEvent) -> str:
    """What is pressed, in Qt's portable notation; '' for what has no name there or is on the number pad."""
    key = Qt.Key.Key_Tab if event.key() == Qt.Key.Key_Backtab else event.key()
    is_pad = bool(event.modifiers() & Qt.KeyboardModifier.KeypadModifier)
    if event.key() == Qt.Key.Key_unknown or (is_pad and 0x20 < key < 0x7F):
        return ""  # other keys to the system than the digits above the letters
    pressed = QKeySequence((event.modifiers() & _HELD).value | int(key))
    return pressed.toString(QKeySequence.SequenceFormat.PortableText)
