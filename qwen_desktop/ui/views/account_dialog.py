"""One account to be written: which kind of server, its address, a name, its key, protocol and model.

What a kind needs is told from outside (`Shape`), and so is what came of a check; the dialog only shows and tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import INTERFACE_PT, SMALL_PT
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, name_control, room_on_screen
from qwen_desktop.ui.views.fields import CheckBox, Choice, Field
from qwen_desktop.ui.views.key_form import KeyField, Outcome
from qwen_desktop.ui.views.scrolled import Scrolled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent

    from qwen_desktop.ui.notices import NoticeAction
    from qwen_desktop.ui.theme import Theme

_ANOTHER = "\0another"
"""The row of the models that brings back the field."""


class Draft(NamedTuple):
    """What stands in the form."""

    kind: str
    address: str
    name: str
    key: str
    """Without white space; '' leaves the key as it is."""
    is_session_only: bool
    protocol: str
    model: str


class Shape(NamedTuple):
    """What the form asks for, for one kind of server."""

    has_address: bool
    address_hint: str = ""
    """An example, in the empty field."""
    key_hint: str = ""
    """In the empty field: how keys look, or that none is needed."""
    has_protocol: bool = False
    name_hint: str = ""
    """What it is called where no name is written."""


class AccountDialog(QDialog):
    """Open it with `open()`.

    Signals:
      kind_changed(str): the user chose another kind
      check_requested(Draft), save_requested(Draft)
      edited(): address, kind or key are others than those that were checked
      action_triggered(str name): a button of the outcome was pressed
    """

    kind_changed = Signal(str)
    check_requested = Signal(object)
    save_requested = Signal(object)
    edited = Signal()
    action_triggered = Signal(str)

    def __init__(self, theme: Theme, *, is_new: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_waiting = False
        self._show_outcome_soon = QTimer(self, singleShot=True, interval=0)
        self._show_outcome_soon.timeout.connect(self._show_outcome)
        title = tr("Add account") if is_new else tr("Edit account")
        self.setWindowTitle(title)
        name_control(self, "account_dialog", title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumSize(420, 320)
        self.kind_choice = Choice(theme, tr("Kind"), height_px=34)
        name_control(self.kind_choice, "account_kind")
        self.address_field = Field(theme, tr("Server address"))
        name_control(self.address_field, "account_address")
        self.address_field.setMaxLength(2_000)
        self.name_field = Field(theme, tr("Name of the account"))
        name_control(self.name_field, "account_name")
        self.name_field.setMaxLength(60)
        self.key_field = KeyField(theme, height_px=34)
        name_control(self.key_field, "account_key", tr("Key"))
        self.key_words = Label(theme, colour="text_secondary", points=SMALL_PT)
        self.key_words.setWordWrap(True)
        self.key_words.hide()
        self.session_box = CheckBox(theme, tr("Keep for this session only"))
        name_control(self.session_box, "account_session_only")
        self.protocol_choice = Choice(theme, tr("Protocol"), height_px=34)
        name_control(self.protocol_choice, "account_protocol")
        self.protocol_choice.set_rows([("native", tr("DashScope")), ("compatible", tr("OpenAI-compatible"))])
        self.model_field = Field(theme, tr("Model"), placeholder=tr("Its id; press Check to list them"))
        name_control(self.model_field, "account_model")
        self.model_field.setMaxLength(500)
        self.model_choice = Choice(theme, tr("Model"), height_px=34, width_px=260)
        name_control(self.model_choice, "account_models")
        self.model_choice.setMaxVisibleItems(14)
        self.model_choice.hide()
        self.outcome = Outcome(theme)
        self.check_button = Button(theme, tr("Check"))
        name_control(self.check_button, "check_account", tr("Check the connection"))
        self.cancel_button = Button(theme, tr("Cancel"))
        name_control(self.cancel_button, "cancel")
        self.save_button = Button(theme, tr("Add and use") if is_new else tr("Save"), kind="primary")
        name_control(self.save_button, "save_account")
        self._lay_out(title)
        self.kind_choice.activated.connect(self._on_kind)
        for field in (self.address_field, self.key_field):
            field.textEdited.connect(self._on_edited)
        for field in (self.address_field, self.name_field, self.key_field, self.model_field):
            field.textChanged.connect(self._enable)
            field.returnPressed.connect(self._save)
        self.model_choice.activated.connect(self._on_model)
        self.check_button.clicked.connect(self._check)
        self.save_button.clicked.connect(self._save)
        self.cancel_button.clicked.connect(self.reject)
        self.outcome.action_triggered.connect(self.action_triggered)
        self._enable()
        self.resize(self.sizeHint().boundedTo(room_on_screen(self)))

    def sizeHint(self) -> QSize:
        times = max(1.0, QApplication.font().pointSizeF() / INTERFACE_PT)
        return QSize(round(560 * times), max(380, super().sizeHint().height()))

    # What the app tells

    def set_kinds(self, kinds: Sequence[tuple[str, str]], chosen: str) -> None:
        """`kinds`: (id, name)."""
        self.kind_choice.set_rows(list(kinds))
        self.kind_choice.choose(chosen)

    def set_shape(self, shape: Shape) -> None:
        """What the chosen kind needs."""
        self.address_field.setPlaceholderText(shape.address_hint)
        self.key_field.setPlaceholderText(shape.key_hint)
        self.name_field.setPlaceholderText(shape.name_hint)
        self._show_row(self.address_field, shape.has_address)
        self._show_row(self.protocol_choice, shape.has_protocol)
        self._enable()

    def show_draft(self, draft: Draft) -> None:
        """Fill the form, without the key; tells nothing."""
        self.kind_choice.choose(draft.kind)
        self.address_field.setText(draft.address)
        self.name_field.setText(draft.name)
        self.protocol_choice.choose(draft.protocol)
        self.model_field.setText(draft.model)
        self._enable()

    def set_address(self, address: str) -> None:
        """The address as it was understood."""
        self.address_field.setText(address)

    def set_key_words(self, words: str) -> None:
        """Where the key stands, and what becomes of it; '' for nothing to say."""
        self.key_words.setText(words)
        self.key_words.setVisible(bool(words))
        self.key_field.setAccessibleDescription(words)

    def show_models(self, model_ids: Sequence[str], chosen: str) -> None:
        """The server's own list to choose from; an empty one leaves the field."""
        if not model_ids:
            self._show_model_field()
            return
        rows = [(one, one) for one in model_ids]
        if chosen and chosen not in model_ids:
            rows.insert(0, (chosen, tr("{model} (not in the list)", model=chosen)))
        self.model_choice.set_rows([*rows, (_ANOTHER, tr("Another id…"))])
        self.model_choice.choose(chosen)
        had_focus = self.model_field.hasFocus()
        self.model_field.hide()
        self.model_choice.show()
        self._on_model_shown()
        if had_focus:
            self.model_choice.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_waiting(self, words: str) -> None:
        """The server or the keychain is asked; the form waits, Cancel does not."""
        self._is_waiting = True
        self.outcome.show_waiting(words)
        self._after_outcome()

    def show_error(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        self._is_waiting = False
        self.outcome.show_error(sentence, actions)
        self._after_outcome()

    def show_hint(self, sentence: str, actions: Sequence[NoticeAction] = ()) -> None:
        """Something to be decided or done next."""
        self._is_waiting = False
        self.outcome.show_hint(sentence, actions)
        self._after_outcome()

    def show_good(self, words: str) -> None:
        self._is_waiting = False
        self.outcome.show_done(words)
        self._after_outcome()

    def _after_outcome(self) -> None:
        """What was said is seen, whole, once it is laid out."""
        self._enable()
        self._show_outcome_soon.start()

    def _show_outcome(self) -> None:
        if (missing_px := self._area.missing_px) > 0:
            room = room_on_screen(self).height()
            self.resize(self.width(), min(room, self.height() + missing_px))
        bar = self._area.verticalScrollBar()
        bar.setValue(bar.maximum())

    @property
    def draft(self) -> Draft:
        """What stands in the form now."""
        is_listed = not self.model_choice.isHidden()
        return Draft(
            self.kind_choice.chosen(),
            "" if self.address_field.isHidden() else self.address_field.text().strip(),
            self.name_field.text().strip(),
            self.key_field.key(),
            self.session_box.isChecked(),
            "" if self.protocol_choice.isHidden() else self.protocol_choice.chosen(),
            self.model_choice.chosen() if is_listed else self.model_field.text().strip(),
        )

    def hideEvent(self, event: QHideEvent) -> None:
        """A closed dialog holds no key."""
        super().hideEvent(event)
        self.key_field.forget()

    # What the user does

    def _on_kind(self) -> None:
        self._show_model_field()
        self.kind_changed.emit(self.kind_choice.chosen())
        self._on_edited()

    def _on_edited(self) -> None:
        if not self._is_waiting:
            self.outcome.hide()
        self.edited.emit()

    def _on_model(self) -> None:
        if self.model_choice.chosen() == _ANOTHER:
            self._show_model_field()
            self.model_field.clear()
            self.model_field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._enable()

    def _on_model_shown(self) -> None:
        self._model_label.setBuddy(self.model_choice if not self.model_choice.isHidden() else self.model_field)
        self._enable()

    def _show_model_field(self) -> None:
        if not self.model_choice.isHidden():
            chosen = self.model_choice.chosen()
            self.model_field.setText("" if chosen == _ANOTHER else chosen)
        self.model_choice.hide()
        self.model_field.show()
        self._on_model_shown()

    def _check(self) -> None:
        if not self._is_waiting:
            self.check_requested.emit(self.draft)

    def _save(self) -> None:
        if not self._is_waiting and self.save_button.isEnabled():
            self.save_requested.emit(self.draft)

    def _enable(self) -> None:
        has_address = self.address_field.isHidden() or bool(self.address_field.text().strip())
        is_ready = has_address and not self._is_waiting
        for widget in (self.kind_choice, self.protocol_choice, self.model_choice, self.session_box):
            widget.setEnabled(not self._is_waiting)
        for field in (self.address_field, self.name_field, self.key_field, self.model_field):
            field.setReadOnly(self._is_waiting)
        self.session_box.setVisible(bool(self.key_field.key()))
        self.check_button.setEnabled(is_ready)
        self.save_button.setEnabled(is_ready)

    # How it is made

    def _lay_out(self, title: str) -> None:
        self._rows: dict[QWidget, Label] = {}
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(24, 20, 24, 8)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(Label(self._theme, title, points=13, bold=True), 0, 0, 1, 2)
        self._add_row(tr("Kind"), self.kind_choice)
        self._add_row(tr("Address"), self.address_field)
        self._add_row(tr("Name"), self.name_field)
        self._add_row(tr("Key"), self.key_field)
        self._grid.addWidget(self.key_words, self._grid.rowCount(), 1)
        self._grid.addWidget(self.session_box, self._grid.rowCount(), 1)
        self._add_row(tr("Protocol"), self.protocol_choice)
        models = QWidget()
        row = QHBoxLayout(models)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.model_field, 1)
        row.addWidget(self.model_choice, 1)
        self._model_label = self._add_row(tr("Model"), models)
        self._model_label.setBuddy(self.model_field)
        self._grid.addWidget(self.outcome, self._grid.rowCount(), 0, 1, 2)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        for choice in (self.kind_choice, self.protocol_choice, self.model_choice):
            choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._area = Scrolled(self._theme, inside)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(24, 8, 24, 16)
        buttons.setSpacing(8)
        buttons.addWidget(self.check_button)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._area, 1)
        column.addLayout(buttons)

    def _add_row(self, words: str, widget: QWidget) -> Label:
        label = self._rows[widget] = Label(self._theme, words, colour="text_secondary")
        label.setBuddy(widget)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1)
        return label

    def _show_row(self, widget: QWidget, is_shown: bool) -> None:
        widget.setVisible(is_shown)
        self._rows[widget].setVisible(is_shown)
