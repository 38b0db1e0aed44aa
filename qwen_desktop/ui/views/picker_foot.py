"""What stands below the list of the picker: whence its prices, how the list fares, the way to the parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, Line, name_control, sized

if TYPE_CHECKING:
    from qwen_desktop.ui.theme import Theme

_LONGEST_ID = 32


class PickerFoot(QWidget):
    """Signals: retry_requested(), parameters_requested()"""

    retry_requested = Signal()
    parameters_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.words = Label(theme, colour="text_secondary", points=SMALL_PT)
        self.words.setWordWrap(True)
        self.words.setContentsMargins(10, 0, 10, 0)
        name_control(self.words, "picker_prices")
        self._status_line = QWidget()
        self.status = Label(theme, colour="text_secondary", points=SMALL_PT)
        self.status.setWordWrap(True)
        self.status.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        name_control(self.status, "picker_status")
        self.retry_button = Button(theme, tr("Retry"), kind="link", height_px=24)
        name_control(self.retry_button, "retry_models", tr("Retry"))
        self.parameters_button = Button(theme, "", kind="quiet", icon_name="sliders", height_px=30, is_secondary=True)
        name_control(self.parameters_button, "model_parameters", tr("Parameters"))
        self.parameters_button.setFont(sized(self.parameters_button.font(), SMALL_PT))
        line = QHBoxLayout(self._status_line)
        line.setContentsMargins(10, 0, 10, 0)
        line.setSpacing(8)
        line.addWidget(self.status, 1)
        line.addWidget(self.retry_button)
        self._last = QWidget()
        self._last_row = QHBoxLayout(self._last)
        self._last_row.setContentsMargins(0, 0, 0, 0)
        self._last_row.setSpacing(4)
        self._last_row.addWidget(self.parameters_button)
        self._last_row.addStretch(1)
        self._line = Line(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self.words, self._status_line, self._line, self._last):
            column.addWidget(part)
        self._server_switch: QWidget | None = None
        self._has_parameters = False
        self.show_status("", can_retry=False)
        self.set_words("")
        self._show_last()
        self.retry_button.clicked.connect(self.retry_requested)
        self.parameters_button.clicked.connect(self.parameters_requested)

    def set_words(self, words: str) -> None:
        """What the prices are; '' for nothing."""
        self.words.setText(words)
        self.words.setVisible(bool(words))

    def show_status(self, sentence: str, *, can_retry: bool) -> None:
        """How asking the server fares; '' for nothing."""
        self.status.setText(sentence)
        self.retry_button.setVisible(can_retry)
        self._status_line.setVisible(bool(sentence))

    def offer_parameters(self, model_id: str) -> None:
        """A way to the parameters of this model; '' for none."""
        short = model_id if len(model_id) <= _LONGEST_ID else model_id[: _LONGEST_ID - 1] + "…"
        words = tr("Parameters of {model_id}…", model_id=short)
        self.parameters_button.setText(words)
        self.parameters_button.setAccessibleName(tr("Parameters of {model_id}…", model_id=model_id))
        self._has_parameters = bool(model_id)
        self._show_last()

    def set_server_switch(self, switch: QWidget) -> None:
        """The place for what changes the server or account, at the right of the last line; it can have the keyboard."""
        self._server_switch = switch
        self._last_row.addWidget(switch)
        switch.show()
        self._show_last()

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What Tab comes to, in order."""
        controls = (self.retry_button, self.parameters_button, self._server_switch)
        return tuple(one for one in controls if one is not None and one.isVisible())

    def fit(self, width_px: int, room_px: int) -> int:
        """Shows of itself what `room_px` has room for, the controls before the words; the height it takes then."""
        words, status = bool(self.words.text()), bool(self.status.text())
        self._show_last()
        for has_words, has_status in ((words, status), (False, status), (False, False)):
            self.words.setVisible(has_words)
            self._status_line.setVisible(has_status)
            if (height_px := self._height_px(width_px)) <= room_px:
                return height_px
        self._last.hide()
        self._line.hide()
        return 0

    def _height_px(self, width_px: int) -> int:
        layout = self.layout()
        assert layout is not None
        layout.invalidate()
        return layout.totalHeightForWidth(width_px) if layout.hasHeightForWidth() else layout.totalSizeHint().height()

    def _show_last(self) -> None:
        self.parameters_button.setVisible(self._has_parameters)
        has_any = self._has_parameters or self._server_switch is not None
        self._last.setVisible(has_any)
        self._line.setVisible(has_any)
