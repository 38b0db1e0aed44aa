"""The dialog named "API key": says where the key stands, takes another, forgets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout

from qwen_desktop.core.words import key_origin_words, tr
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, name_control
from qwen_desktop.ui.views.fields import CheckBox, Choice
from qwen_desktop.ui.views.key_form import KeyField, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.notices import NoticeAction
    from qwen_desktop.ui.theme import Theme


class ApiKeyDialog(QDialog):
    """One key.  Open it with `open()`.

    Signals:
      save_requested(str key, bool session_only): the key, without white space, never empty
      forget_requested()
      region_chosen(str region_id)
      action_triggered(str name): a button of the error was pressed
    """

    save_requested = Signal(str, bool)
    forget_requested = Signal()
    region_chosen = Signal(str)
    action_triggered = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_waiting = False
        self._origin = "none"
        self.setWindowTitle(tr("API key"))
        name_control(self, "api_key", tr("API key"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumWidth(440)
        heading = Label(theme, tr("API key"), points=13, bold=True)
        self.origin_words = Label(theme, colour="text_secondary")
        self.origin_words.setWordWrap(True)
        self.key_field = KeyField(theme)
        self.region_choice = Choice(theme, tr("Region"), height_px=40)
        name_control(self.region_choice, "region")
        self.region_choice.hide()
        self.session_box = CheckBox(theme, tr("Keep for this session only"))
        name_control(self.session_box, "session_only")
        self.outcome = Outcome(theme)
        self.forget_button = Button(theme, tr("Forget key"), kind="quiet")
        name_control(self.forget_button, "forget_key")
        self.close_button = Button(theme, tr("Close"))
        name_control(self.close_button, "close")
        self.save_button = Button(theme, tr("Save key"), kind="primary")
        name_control(self.save_button, "save_key")
        form = QHBoxLayout()
        form.setSpacing(8)
        form.addWidget(self.key_field, 1)
        form.addWidget(self.region_choice)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.forget_button)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(heading)
        column.addWidget(self.origin_words)
        column.addLayout(form)
        column.addWidget(self.session_box)
        column.addWidget(self.outcome)
        column.addStretch(1)
        column.addLayout(buttons)

        self.key_field.returnPressed.connect(self._save)
        self.key_field.textChanged.connect(self._on_key_changed)
        self.region_choice.activated.connect(lambda: self.region_chosen.emit(self.region_choice.chosen()))
        self.save_button.clicked.connect(self._save)
        self.forget_button.clicked.connect(self.forget_requested)
        self.close_button.clicked.connect(self.reject)
        self.outcome.action_triggered.connect(self.action_triggered)
        self.set_origin("none")
        self.setFocusProxy(self.key_field)
        self.key_field.setFocus(Qt.FocusReason.OtherFocusReason)

    # What the app tells

    def set_origin(self, origin: str) -> None:
        """Where the key in use stands: 'environment', 'keychain', 'session' or 'none'."""
        self._origin = origin
        self.origin_words.setText(key_origin_words(origin))
        self._enable()

    def set_regions(self, regions: Sequence[tuple[str, str]], chosen: str = "") -> None:
        """Offer the region too: (id, name); empty hides it."""
        self.region_choice.set_rows(list(regions))
        self.region_choice.choose(chosen)
        self.region_choice.setVisible(bool(regions))

    def set_keychain_available(self, is_available: bool) -> None:
        """Without a keychain a key can be kept for this session only."""
        self.session_box.setChecked(not is_available)
        self.session_box.setEnabled(is_available)

    def show_waiting(self, words: str = "") -> None:
        """The keyring or the service is asked; the form waits, Close does not."""
        self._is_waiting = True
        self.outcome.show_waiting(words or tr("Waiting for the keyring…"))
        self._enable()

    def show_error(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """What was typed is still in the field."""
        self._is_waiting = False
        self.outcome.show_error(sentence, actions)
        self._enable()

    def show_saved(self, origin: str) -> None:
        """The key was kept; the field is emptied."""
        self._is_waiting = False
        self.key_field.forget()
        self.set_origin(origin)
        self.outcome.show_done(tr("Saved"))

    def show_idle(self) -> None:
        """Nothing is asked and nothing went wrong."""
        self._is_waiting = False
        self.outcome.hide()
        self._enable()

    def hideEvent(self, event: QHideEvent) -> None:
        """A closed dialog holds no key."""
        super().hideEvent(event)
        self.key_field.forget()
        self.outcome.hide()

    def _save(self) -> None:
        key = self.key_field.key()
        if key and not self._is_waiting:
            self.save_requested.emit(key, self.session_box.isChecked())

    def _on_key_changed(self) -> None:
        if not self._is_waiting and self.key_field.text():
            self.outcome.hide()
        self._enable()

    def _enable(self) -> None:
        self.key_field.setReadOnly(self._is_waiting)
        self.save_button.setEnabled(not self._is_waiting and bool(self.key_field.key()))
        self.forget_button.setVisible(self._origin in ("keychain", "session"))
        self.forget_button.setEnabled(not self._is_waiting)
