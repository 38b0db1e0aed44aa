"""What shapes a model's replies, to be set: numbers with their ranges, an effort, stop texts, and the system prompt.

An empty field leaves it to the model.  What is out of its range is explained under its row and not told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from qwen_desktop.core.chat.parameters import MOST_STOP_CHARACTERS, MOST_STOPS, Parameters
from qwen_desktop.core.errors import RequestRefused
from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import (
    Label,
    draw_box,
    fill,
    grown_px,
    name_control,
    room_on_screen,
    slim_scroll_bar_sheet,
)
from qwen_desktop.ui.views.effort_button import effort_words
from qwen_desktop.ui.views.fields import Choice, Field
from qwen_desktop.ui.views.scrolled import Scrolled
from qwen_desktop.ui.views.setting_controls import tell_when_edited
from qwen_desktop.ui.views.setting_row import SettingRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtGui import QFocusEvent, QPaintEvent

    from qwen_desktop.core.chat.parameters import Range
    from qwen_desktop.ui.theme import Theme

MOST_SYSTEM_PROMPT_CHARACTERS = 200_000
_BREAK = "\\n"
"""How a line break is written in a stop text."""

_NUMBER_PX = 160
"""A number needs no more; the words beside it do."""


class ParametersDialog(QDialog):
    """Of one model and one chat.  Open it with `open()`.

    Signals:
      parameters_changed(Parameters): those of the model, each of them in its range
      system_prompt_changed(str): that of the chat
    """

    parameters_changed = Signal(object)
    system_prompt_changed = Signal(str)

    def __init__(
        self,
        theme: Theme,
        model_id: str,
        ranges: Mapping[str, Range],
        efforts: Sequence[str],
        *,
        can_think: bool,
        parent: QWidget | None = None,
    ) -> None:
        """`efforts` are the words for how long the model may think; without any there is no row for them."""
        super().__init__(parent)
        self._theme = theme
        self._ranges = ranges
        self._parameters = Parameters()
        self.fields: dict[str, Field] = {}
        self.rows: dict[str, SettingRow] = {}
        self.setWindowTitle(tr("Parameters"))
        name_control(self, "parameters_dialog", tr("Parameters"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setMinimumHeight(320)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(24, 16, 24, 8)
        self._column.setSpacing(0)
        self._add_system_prompt()
        self._heading(
            tr("Of the model {model}", model=model_id[:100]),
            tr("For every chat with it. What is empty is left to the model."),
        )
        self._add_number("temperature", tr("Temperature"), tr("Higher is more varied"))
        self._add_number("top_p", tr("Top P"), tr("Only the likeliest words; set this or the temperature"))
        self._add_number("max_tokens", tr("Longest reply"), tr("In tokens, without reasoning"))
        self._add_number("seed", tr("Seed"), tr("The same seed makes similar replies"))
        self.effort = Choice(theme, tr("Thinking effort"))
        if can_think and efforts:
            self._add_effort(efforts)
        if can_think and "thinking_budget" in ranges:
            self._add_number(
                "thinking_budget", tr("Thinking budget"), tr("Most tokens of reasoning; goes before the effort")
            )
        self._add_stop()
        self._column.addStretch(1)
        self._area = Scrolled(theme, inside)
        self.close_button = Button(theme, tr("Close"))
        name_control(self.close_button, "close")
        self.close_button.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(24, 8, 24, 16)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._area, 1)
        column.addLayout(buttons)
        theme.changed.connect(self.update)
        self.system_prompt.setFocus(Qt.FocusReason.OtherFocusReason)

    def sizeHint(self) -> QSize:
        return QSize(grown_px(600), grown_px(680)).boundedTo(room_on_screen(self))

    # What the app tells

    def show_parameters(self, parameters: Parameters) -> None:
        """Fill the rows; tells nothing back."""
        self._parameters = parameters
        for name, field in self.fields.items():
            value = getattr(parameters, name)
            field.setText("" if value is None else f"{value:g}" if isinstance(value, float) else str(value))
            self._mark(name)
        self.effort.choose(parameters.effort)
        self._mark("effort")
        self.stop.setPlainText("\n".join(text.replace("\n", _BREAK) for text in parameters.stop))

    def show_system_prompt(self, text: str) -> None:
        self.system_prompt.setPlainText(text)

    def show_note(self, name: str, sentence: str) -> None:
        """Say under a row what is wrong with its value; '' takes it back."""
        self.rows[name].set_note(sentence)

    def done(self, result: int) -> None:
        """What was typed last counts, wherever the keyboard is."""
        for name, field in self.fields.items():
            if field.isModified():
                field.setModified(False)
                self._take_number(name, field.text().strip())
        self.stop.tell()
        self.system_prompt.tell()
        super().done(result)

    # How it is made

    def _heading(self, words: str, hint: str) -> None:
        label = Label(self._theme, words, bold=True)
        label.setWordWrap(True)
        label.setContentsMargins(0, 16, 0, 0)
        self._column.addWidget(label)
        about = Label(self._theme, hint, colour="text_secondary", points=SMALL_PT)
        about.setWordWrap(True)
        self._column.addWidget(about)

    def _add_row(
        self, name: str, title: str, hint: str, control: QWidget | None, *, can_reset: bool = True
    ) -> SettingRow:
        row = self.rows[name] = SettingRow(self._theme, name, title, hint, control, can_reset=can_reset)
        self._column.addWidget(row)
        return row

    def _add_number(self, name: str, title: str, hint: str) -> None:
        allowed = self._ranges[name]
        usual = tr("Model's own") if allowed.default is None else f"{allowed.default:g}"
        field = self.fields[name] = Field(self._theme, title, placeholder=usual)
        field.setMaxLength(20)
        name_control(field, name, title)
        row = self._add_row(name, title, f"{hint} · {range_words(allowed)}", field)
        field.setMaximumWidth(_NUMBER_PX)
        tell_when_edited(field, lambda text: self._take_number(name, str(text)))
        row.reset_button.clicked.connect(lambda: self._clear_number(name))

    def _add_effort(self, efforts: Sequence[str]) -> None:
        self.effort.set_rows([(one, effort_words(one)) for one in ("", *efforts)])
        name_control(self.effort, "effort", tr("Thinking effort"))
        self.effort.activated.connect(lambda: self._tell(effort=self.effort.chosen()))
        row = self._add_row("effort", tr("Thinking effort"), tr("How long it may think"), self.effort)
        row.reset_button.clicked.connect(lambda: self._tell(effort=""))

    def _add_stop(self) -> None:
        hint = tr("The reply ends before one of them; one per line, \\n is a line break")
        self.stop = TextBox(self._theme, tr("Stop texts"), 3, self._take_stop)
        name_control(self.stop, "stop_texts", tr("Stop texts"))
        self._add_row("stop", tr("Stop texts"), hint, None, can_reset=False).below.addWidget(
            Framed(self._theme, self.stop)
        )
        self.stop.setAccessibleDescription(hint)

    def _add_system_prompt(self) -> None:
        hint = tr("Goes before everything else of this chat, from the next prompt on")
        self.system_prompt = TextBox(self._theme, tr("System prompt"), 5, self._take_system_prompt)
        name_control(self.system_prompt, "system_prompt", tr("System prompt"))
        row = self._add_row("system_prompt", tr("System prompt of this chat"), hint, None, can_reset=False)
        row.below.addWidget(Framed(self._theme, self.system_prompt))
        self.system_prompt.setAccessibleDescription(hint)

    # What the user does

    def _take_number(self, name: str, text: str) -> None:
        allowed = self._ranges[name]
        value: float | int | None = None
        if text:
            try:
                value = int(text.replace(",", "")) if allowed.is_whole else float(text.replace(",", "."))
            except ValueError:
                value = None
            if value is None or not allowed.holds(value):
                self.show_note(name, tr("Enter a number {range}. Nothing was changed.", range=range_words(allowed)))
                return
        self.show_note(name, "")
        self._tell(**{name: value})

    def _clear_number(self, name: str) -> None:
        self.fields[name].clear()
        self.fields[name].setModified(False)
        self._take_number(name, "")

    def _take_stop(self, text: str) -> None:
        stop = tuple(line.replace(_BREAK, "\n") for line in text.split("\n") if line)
        try:
            Parameters(stop=stop).check()
        except RequestRefused:
            sentence = tr("At most {count} texts of up to {characters} characters. Nothing was changed.",
                          count=MOST_STOPS, characters=MOST_STOP_CHARACTERS)  # fmt: skip
            self.show_note("stop", sentence)
            return
        self.show_note("stop", "")
        self._tell(stop=stop)

    def _take_system_prompt(self, text: str) -> None:
        if len(text) > MOST_SYSTEM_PROMPT_CHARACTERS:
            sentence = tr(
                "At most {count} characters. Nothing was changed.", count=f"{MOST_SYSTEM_PROMPT_CHARACTERS:,}"
            )
            self.show_note("system_prompt", sentence)
            return
        self.show_note("system_prompt", "")
        self.system_prompt_changed.emit(text.strip())

    def _tell(self, **values: object) -> None:
        changed = replace(self._parameters, **values)  # type: ignore[arg-type]
        if changed == self._parameters:
            return
        self._parameters = changed
        for name in values:
            self._mark(name)
        self.effort.choose(changed.effort)
        self.parameters_changed.emit(changed)

    def _mark(self, name: str) -> None:
        if name in self.rows and name != "stop":
            self.rows[name].set_changed(getattr(self._parameters, name) not in (None, ""), tr("Model's own"))

    # Looks

    def paintEvent(self, event: QPaintEvent) -> None:
        fill(QPainter(self), event.rect(), self._theme.colours.window)


class TextBox(QPlainTextEdit):
    """Some lines of text in a rounded box; told once the keyboard leaves it, and only if it was edited.

    Signals: focus_changed()
    """

    focus_changed = Signal()

    def __init__(self, theme: Theme, name: str, lines: int, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._theme = theme
        self._lines = lines
        self._tell = tell
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        theme.changed.connect(self._recolour)
        self._recolour()

    def tell(self) -> None:
        """What was typed and not told yet."""
        if self.document().isModified():
            self.document().setModified(False)
            self._tell(self.toPlainText())

    def sizeHint(self) -> QSize:
        return QSize(300, self.fontMetrics().lineSpacing() * self._lines + 20)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.tell()

    def _recolour(self) -> None:
        colours = self._theme.colours
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(colours.field))
        palette.setColor(QPalette.ColorRole.Window, QColor(colours.field))
        palette.setColor(QPalette.ColorRole.Text, QColor(colours.text))
        self.setPalette(palette)
        self.verticalScrollBar().setStyleSheet(slim_scroll_bar_sheet(self._theme))
        self.update()


class Framed(QWidget):
    """The rounded line around a text box."""

    def __init__(self, theme: Theme, inside: TextBox) -> None:
        super().__init__()
        self._theme = theme
        self._inside = inside
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(inside)
        inside.focus_changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        line = colours.accent if self._inside.hasFocus() else colours.control_line
        draw_box(QPainter(self), self.rect(), fill=colours.field, line=line)


def range_words(allowed: Range) -> str:
    """Which numbers are taken, such as "0 to below 2"."""
    least, most = f"{allowed.least:,.12g}", f"{allowed.most:,.12g}"
    if allowed.has_open_start:
        return tr("above {least}, at most {most}", least=least, most=most)
    if allowed.has_open_end:
        return tr("from {least} to below {most}", least=least, most=most)
    return tr("from {least} to {most}", least=least, most=most)
