"""Where a prompt is written: keys to `submitted`, with the model, its abilities and Send or Stop in one row."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT, TEXT_PT
from qwen_desktop.ui.views.buttons import Button, IconButton
from qwen_desktop.ui.views.controls import Label, Panel, colour_scroll_area, name_control, sized, stop_before
from qwen_desktop.ui.views.effort_button import EffortButton
from qwen_desktop.ui.views.prompt_edit import PromptEdit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QMouseEvent, QResizeEvent, QShowEvent

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.ui.models.model_list import ModelRow
    from qwen_desktop.ui.pictures.input import PictureInput
    from qwen_desktop.ui.pictures.panel import PicturePanel
    from qwen_desktop.ui.theme import Theme

MOST_LINES = 10
DRAFT_DELAY_MS = 400
_GAP_PX = 4
_ROW_SIDES_PX = 16
"""Left and right of the row."""
_NARROWEST_PX = 280


class Composer(QWidget):
    """One prompt, being written.

    Signals:
      submitted(str, tuple of Attachment): the prompt, without blank lines around it, and its pictures, never both
        empty; while a reply runs it is to be queued.  The editor is empty now, but no draft_changed tells so: the draft
        is to go when the prompt is on disk
      stop_requested()
      draft_changed(str): what stands in the editor, a moment after it or its pictures (`draft_attachments`) changed
      edit_last_requested()
      model_requested(): the picker is to be opened at `model_button`
      thinking_toggled(bool)
      effort_chosen(str): how long the model may think, '' for its own
      model_shown(str model_id): it is the model in use now, or more is known of it
      search_toggled(bool): the model may search the web first
      queued_removed(): the waiting prompt is not to be sent
      edit_submitted(int message_id, str, tuple of Attachment): the earlier prompt in other words, as for `submitted`;
        what was typed before is in the editor again
    """

    submitted = Signal(str, object)
    stop_requested = Signal()
    draft_changed = Signal(str)
    edit_last_requested = Signal()
    model_requested = Signal()
    model_chosen = Signal(str)
    thinking_toggled = Signal(bool)
    effort_chosen = Signal(str)
    model_shown = Signal(str)
    search_toggled = Signal(bool)
    queued_removed = Signal()
    edit_submitted = Signal(int, str, object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_running = False
        self._has_text = False
        self.models: Sequence[ModelRow] = ()
        self.setObjectName("composer")
        self.edit = PromptEdit()
        name_control(self.edit, "message", tr("Message"))
        self.edit.set_hint(tr("Message Qwen"))
        self.edit.setFont(sized(self.edit.font(), TEXT_PT))
        self.attach_button = IconButton(theme, "paperclip", tr("Attach"), side_px=30)
        name_control(self.attach_button, "attach")
        self.attach_button.setEnabled(False)  # until somebody takes pictures
        self.pictures: PictureInput | None = None
        self.model_button = Button(theme, "", kind="quiet", trailing_icon="chevron-down", height_px=30)
        self.model_button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        name_control(self.model_button, "model", tr("Model"))
        self.thinking_button = Button(theme, tr("Thinking"), kind="quiet", icon_name="bulb", height_px=30)
        self.thinking_button.setCheckable(True)
        name_control(self.thinking_button, "thinking", tr("Thinking"))
        self.thinking_button.hide()
        self.effort_button = EffortButton(theme)
        self.effort_button.hide()
        self.search_button = Button(theme, tr("Web search"), kind="quiet", icon_name="globe", height_px=30)
        self.search_button.setCheckable(True)
        name_control(self.search_button, "web_search", tr("Web search"))
        self.search_button.hide()
        self.send_button = IconButton(theme, "arrow-up", tr("Send"), kind="primary", side_px=32)
        name_control(self.send_button, "send")
        self.stop_button = StopButton(theme)
        self.stop_button.hide()
        abilities = (self.thinking_button, self.search_button)
        for button in (self.attach_button, self.model_button, *abilities, self.send_button, self.stop_button):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._edited: tuple[int, str, tuple[Attachment, ...]] | None = None
        """Of an earlier prompt that is edited: its message, its text and its pictures as they were."""
        self._set_aside = ""
        """What stood in the editor before that."""
        self._pictures_aside: tuple[Attachment, ...] = ()
        self.editing_line = QWidget()
        cancel = IconButton(theme, "close", tr("Cancel editing"), side_px=24)
        name_control(cancel, "cancel_editing")
        cancel.clicked.connect(self.cancel_editing)
        self.queued_line = QWidget()
        self._queued_words = Label(theme, colour="text_secondary", points=SMALL_PT)
        remove = IconButton(theme, "close", tr("Do not send it"), side_px=24)
        name_control(remove, "remove_queued")
        self._lay_out(remove, cancel)
        row = (self.model_button, self.thinking_button, self.effort_button, self.search_button, self.send_button)
        for before, after in pairwise((self.edit, self.attach_button, *row, self.stop_button)):
            self.setTabOrder(before, after)

        self._draft_delay = QTimer(self, interval=DRAFT_DELAY_MS, singleShot=True)
        self._draft_delay.timeout.connect(self.flush_draft)
        self.edit.send_requested.connect(self.submit)
        self.edit.edit_last_requested.connect(self.edit_last_requested)
        self.edit.text_edited.connect(self._on_edited)
        self.edit.focus_changed.connect(self._on_focus)
        self.edit.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.model_button.clicked.connect(self.model_requested)
        self.thinking_button.clicked.connect(self.thinking_toggled)
        self.thinking_button.toggled.connect(self._show_effort)
        self.effort_button.effort_chosen.connect(self.effort_chosen)
        self.search_button.clicked.connect(self.search_toggled)
        self.send_button.clicked.connect(self._on_send_clicked)
        self.stop_button.clicked.connect(self._on_stop_clicked)
        remove.clicked.connect(self.queued_removed)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._show_state()
        self._fit()

    # What the app tells

    def use_pictures(self, pictures: PictureInput) -> None:
        """Pictures can be put in from now on; once."""
        self.pictures = pictures
        pictures.changed.connect(self._show_state)
        pictures.changed.connect(self._fit_row)
        pictures.kept.connect(self.flush_draft)
        pictures.send_requested.connect(self.submit)
        pictures.model_chosen.connect(self.model_chosen)
        pictures.set_model(self._model_id)

    def place_pictures(self, panel: PicturePanel) -> None:
        """Above the text, and before it in the order of Tab."""
        self._inside.insertWidget(0, panel)
        panel.come_after(lambda: stop_before(self.edit, panel))

    def set_text(self, text: str, attachments: tuple[Attachment, ...] | None = None) -> None:
        """Put a draft, a starter or a prompt into the editor; editing ends; no draft_changed follows.

        `attachments` None: the pictures stay, but for those of a prompt that was edited."""
        if attachments is None and self._edited is not None:
            attachments = self._pictures_aside
        self._edited, self._set_aside, self._pictures_aside = None, "", ()
        self.editing_line.hide()
        self.edit.set_text(text)
        self._put_pictures(attachments)
        self._draft_delay.stop()

    def _put_pictures(self, attachments: tuple[Attachment, ...] | None) -> None:
        if self.pictures is not None and attachments is not None:
            self.pictures.shelf.put(attachments)

    def text(self) -> str:
        return self.edit.text()

    @property
    def draft(self) -> str:
        """What is typed and not sent: the edited prompt, if it was changed, above what was set aside for it."""
        typed = self.edit.text()
        if self._edited is None:
            return typed
        return _joined("" if typed == self._edited[1] else typed, self._set_aside)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The pictures that stand above the text."""
        return () if self.pictures is None else self.pictures.attachments

    @property
    def draft_attachments(self) -> tuple[Attachment, ...]:
        """The pictures of `draft`."""
        if self._edited is None:
            return self.attachments
        added = () if self.attachments == self._edited[2] else self.attachments
        return tuple(dict.fromkeys((*added, *self._pictures_aside)))

    def put_above(self, prompt: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """Put a prompt that comes back above what was typed, which stays."""
        if self._edited is not None:
            self._set_aside = _joined(prompt, self._set_aside)
            self._pictures_aside = tuple(dict.fromkeys((*attachments, *self._pictures_aside)))
        else:
            if prompt:
                self.set_text(_joined(prompt, self.edit.text()))
            if self.pictures is not None:
                self.pictures.shelf.add(attachments)
        self._draft_delay.start()

    def quote(self, text: str) -> None:
        """Put `text` below what was typed, each line behind "> ", and the caret below it."""
        lines = text.strip("\n").split("\n")
        quoted = "\n".join(f"> {line}" if line else ">" for line in lines)
        typed = self.edit.text().rstrip("\n")
        self.edit.set_text((f"{typed}\n\n" if typed else "") + f"{quoted}\n\n")
        self.focus()

    def begin_editing(
        self,
        message_id: int,
        text: str,
        attachments: tuple[Attachment, ...] = (),
        *,
        original: str | None = None,
        original_attachments: tuple[Attachment, ...] | None = None,
    ) -> None:
        """Put an earlier prompt into the editor, to be sent beside the `original`; what stood there is set aside, also
        the changed words of another one."""
        aside, pictures_aside = self.draft, self.draft_attachments
        self.set_text(text, attachments)
        pictures = attachments if original_attachments is None else original_attachments
        self._edited = (message_id, text if original is None else original, pictures)
        self._set_aside = aside if aside.strip() else ""
        self._pictures_aside = pictures_aside
        self._draft_delay.start()  # for what was just typed
        self.editing_line.show()
        self.focus()

    def cancel_editing(self) -> None:
        """Leave the earlier prompt as it is, and give back what was typed before."""
        if self._edited is not None:
            self._end_editing()
            self._draft_delay.start()
            self.focus()

    def _end_editing(self) -> None:
        self.set_text(self._set_aside, self._pictures_aside)

    @property
    def is_editing(self) -> bool:
        return self._edited is not None

    @property
    def edited_id(self) -> int | None:
        """The message that is edited."""
        return None if self._edited is None else self._edited[0]

    def make_edit_new(self) -> None:
        """The edited message is gone: what was changed in it is a new prompt, above what was set aside."""
        self.set_text(self.draft, self.draft_attachments)
        self._draft_delay.start()

    def set_running(self, is_running: bool) -> None:
        """A reply is being written: Send becomes Stop, Enter queues."""
        if is_running != self._is_running:
            self._is_running = is_running
            self._show_state()

    @property
    def is_running(self) -> bool:
        return self._is_running

    def set_queued(self, prompt: str | None, attachments: tuple[Attachment, ...] = ()) -> None:
        """Show the prompt that waits for the running reply; None or '' without pictures for none."""
        if prompt or attachments:
            self._queued_words.setText(_queued_words(prompt or "", len(attachments)))
        self.queued_line.setVisible(bool(prompt or attachments))

    def set_models(self, rows: Sequence[ModelRow]) -> None:
        """What the picker offers."""
        self.models = tuple(rows)

    def set_model(self, model_id: str) -> None:
        shown = model_id if len(model_id) <= 40 else model_id[:39] + "…"
        self.model_button.setText(shown)
        self.model_button.setAccessibleDescription(model_id)
        self.model_button.setToolTip(model_id)
        self._model_id = model_id
        if self.pictures is not None:
            self.pictures.set_model(model_id)
        self.model_button.updateGeometry()
        self._fit_row()

    @property
    def model_id(self) -> str:
        return self._model_id

    def set_thinking(self, is_available: bool, is_on: bool) -> None:
        """Whether this model can switch thinking, and whether it is on."""
        self.thinking_button.setVisible(is_available)
        self.thinking_button.setChecked(is_on)
        self._show_effort()
        self.model_shown.emit(self._model_id)

    def set_efforts(self, efforts: Sequence[str], chosen: str, budget: int | None = None) -> None:
        """How long this model can be told to think, if at all: see EffortButton."""
        self.effort_button.set_efforts(efforts, chosen, budget)
        self._show_effort()

    def _show_effort(self) -> None:
        """Only where the model thinks: always, or because it is to."""
        may_think = self.thinking_button.isHidden() or self.thinking_button.isChecked()
        self.effort_button.setVisible(self.effort_button.has_efforts and may_think)
        self._fit_row()

    def set_search(self, is_available: bool, is_on: bool) -> None:
        """Whether this model can search the web, and whether it may."""
        self.search_button.setVisible(is_available)
        self.search_button.setChecked(is_on)
        self._fit_row()

    def set_enter_sends(self, enter_sends: bool) -> None:
        """True: Enter sends, Shift+Enter breaks the line; False: the other way round.  Ctrl+Enter always sends."""
        self.edit.enter_sends = enter_sends

    def focus(self) -> None:
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    # What the user does

    def submit(self) -> None:
        """Send what stands there; nothing happens while it is blank, while an input method composes, or while pictures
        cannot go."""
        if self.edit.is_composing:
            return
        prompt = _without_outer_blank_lines(self.edit.text())
        if not prompt and not self._has_pictures:
            return
        if self.pictures is not None and not self.pictures.may_send():
            return
        attachments = self.attachments
        if self._edited is not None:
            if not self._is_running:  # else it waits here: only a new prompt can be queued
                message_id = self._edited[0]
                self._end_editing()
                self.edit_submitted.emit(message_id, prompt, attachments)
            return
        self.edit.set_text("")
        self._put_pictures(())
        self._draft_delay.stop()
        self.submitted.emit(prompt, attachments)

    @property
    def _has_pictures(self) -> bool:
        return self.pictures is not None and not self.pictures.is_empty

    def flush_draft(self) -> None:
        """Tell the draft now: before another chat is shown, or the window closes."""
        self._draft_delay.stop()
        self.draft_changed.emit(self.draft)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
        self._fit_row()

    def minimumSizeHint(self) -> QSize:
        """As narrow as it gets when the abilities show their icons alone."""
        return QSize(_NARROWEST_PX, super().minimumSizeHint().height())

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._draft_delay.isActive():
            self.flush_draft()

    def _on_edited(self) -> None:
        self._draft_delay.start()
        has_text = not self.edit.is_blank
        if has_text != self._has_text:
            self._has_text = has_text
            self._show_state()

    def _on_focus(self) -> None:
        self._box.set_line("accent" if self.edit.hasFocus() else "control_line")

    def _on_send_clicked(self) -> None:
        self.submit()
        self.focus()

    def _on_stop_clicked(self) -> None:
        self.stop_requested.emit()

    def _show_state(self) -> None:
        had_focus = self.send_button.hasFocus() or self.stop_button.hasFocus()
        is_blind = self.pictures is not None and self.pictures.is_blind
        self.send_button.setEnabled((self._has_text or self._has_pictures) and not is_blind)
        self.send_button.setVisible(not self._is_running)
        self.stop_button.setVisible(self._is_running)
        if had_focus:
            self.focus()

    def _fit(self) -> None:
        """Grow with the text, from one line to MOST_LINES, then scroll."""
        lines = self.edit.visible_lines(MOST_LINES)
        height_px = lines * self.edit.fontMetrics().lineSpacing() + 2
        if height_px != self.edit.height() or self.edit.minimumHeight() != height_px:
            self.edit.setFixedHeight(height_px)
        is_full = lines >= MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if is_full else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.edit.setVerticalScrollBarPolicy(policy)

    def _fit_row(self) -> None:
        """Where the row has no room for all words, the abilities show their icons alone; their names stay."""
        abilities = {self.thinking_button: tr("Thinking"), self.search_button: tr("Web search")}
        for button, words in abilities.items():
            button.setText(words)
        self.effort_button.set_short(False)
        optional = (self.attach_button, *abilities, self.effort_button)
        shown = [self.model_button, *(button for button in optional if not button.isHidden()), self.send_button]
        has_room = sum(button.sizeHint().width() + _GAP_PX for button in shown) + _ROW_SIDES_PX <= self.width()
        for button, words in abilities.items():
            button.setText(words if has_room else "")
            button.setToolTip("" if has_room else words)
        self.effort_button.set_short(not has_room)

    def _restyle(self) -> None:
        font = sized(QApplication.font(), TEXT_PT)
        if font != self.edit.font():
            self.edit.setFont(font)
            self._fit()
        colour_scroll_area(self.edit, self._theme, "field")

    def _lay_out(self, remove: QWidget, cancel: QWidget) -> None:
        self._model_id = ""
        editing_words = Label(self._theme, tr("Editing an earlier message"), colour="text_secondary", points=SMALL_PT)
        for whole, words, close in (
            (self.queued_line, self._queued_words, remove),
            (self.editing_line, editing_words, cancel),
        ):
            line = QHBoxLayout(whole)
            line.setContentsMargins(4, 0, 0, 0)
            line.setSpacing(4)
            line.addWidget(words)
            line.addWidget(close)
            line.addStretch(1)
            whole.hide()
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP_PX)
        row.addWidget(self.attach_button)
        row.addWidget(self.model_button)
        row.addWidget(self.thinking_button)
        row.addWidget(self.effort_button)
        row.addWidget(self.search_button)
        row.addStretch(1)
        row.addWidget(self.send_button)
        row.addWidget(self.stop_button)
        self._box = Panel(self._theme)
        inside = self._inside = QVBoxLayout(self._box)
        inside.setContentsMargins(4, 14, 12, 8)
        inside.setSpacing(8)
        text = QHBoxLayout()
        text.setContentsMargins(12, 0, 0, 0)
        text.addWidget(self.edit)
        inside.addLayout(text)
        inside.addLayout(row)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.queued_line)
        column.addWidget(self.editing_line)
        column.addWidget(self._box)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def sizeHint(self) -> QSize:
        return QSize(760, super().sizeHint().height())


class StopButton(IconButton):
    """Takes the place of Send under the mouse, so the second half of a double click on Send must not press it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "stop", tr("Stop"), kind="primary", side_px=32, parent=parent)
        name_control(self, "stop")
        self._was_pressed = False
        """Since it came."""

    def showEvent(self, event: QShowEvent) -> None:
        self._was_pressed = False
        super().showEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._was_pressed = True
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._was_pressed:
            super().mouseDoubleClickEvent(event)


def _queued_words(prompt: str, pictures: int) -> str:
    """What waits, on one line."""
    first = " ".join(prompt[:400].split())
    short = first if len(first) <= 60 else first[:59] + "…"
    if not pictures:
        return tr("Next: “{prompt}” waits for its turn", prompt=short)
    many = tr("1 picture") if pictures == 1 else tr("{count} pictures", count=pictures)
    if not short:
        return tr("Next: {pictures} waiting for their turn", pictures=many)
    return tr("Next: “{prompt}” with {pictures} waits for its turn", prompt=short, pictures=many)


def _joined(above: str, below: str) -> str:
    """Both with an empty line between them, or the one that is not blank."""
    return "\n\n".join(part for part in (above, below) if part.strip())


def _without_outer_blank_lines(text: str) -> str:
    """The lines from the first with something on it to the last, unchanged between them; '' if all are blank."""
    lines = text.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return ""
    last = next(i for i in range(len(lines) - 1, -1, -1) if lines[i].strip())
    return "\n".join(lines[first : last + 1])
