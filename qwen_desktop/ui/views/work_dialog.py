"""Work that takes a while to a dialog: what is chosen before it, how far it is, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, fill, name_control

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from qwen_desktop.ui.theme import Theme

_BAR_PX = 6
_EDGE_PX = 20


class WorkDialog(QDialog):
    """`choices` holds what can be chosen, `words` says what is going on.  Open it with `show()`; it goes when closed.

    Signals:
      begin_requested(): the button that begins was pressed
      cancelled(): the work is to be given up; also when the dialog is closed meanwhile
      folder_requested(): what was written is to be shown
    """

    begin_requested = Signal()
    cancelled = Signal()
    folder_requested = Signal()

    def __init__(self, theme: Theme, name: str, title: str, begin: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.is_working = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        name_control(self, name, title)
        self.words = Label(theme)
        self._wrapped: list[Label] = []
        self.wrap(self.words)
        self.words.setObjectName(f"{name}_words")
        self.bar = ProgressLine(theme)
        name_control(self.bar, f"{name}_progress", tr("Progress"))
        self.choices = QWidget()
        self.begin_button = Button(theme, begin, kind="primary")
        name_control(self.begin_button, f"{name}_begin")
        self.begin_button.clicked.connect(self.begin_requested)
        self.folder_button = Button(theme, tr("Open folder"), kind="primary")
        name_control(self.folder_button, f"{name}_folder")
        self.folder_button.clicked.connect(self.folder_requested)
        self.close_button = Button(theme, tr("Cancel"))
        name_control(self.close_button, f"{name}_close")
        self.close_button.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for button in (self.close_button, self.begin_button, self.folder_button):
            row.addWidget(button)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(_EDGE_PX, 18, _EDGE_PX, 16)
        self.column.setSpacing(12)
        self.column.addWidget(self.words)
        self.column.addWidget(self.bar)
        self.column.addWidget(self.choices)
        self.column.addStretch(1)
        self.column.addLayout(row)
        self.column.addStrut(440 - 2 * _EDGE_PX)
        theme.changed.connect(self.update)
        self._show(is_working=False)

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(480, 200))

    def say(self, sentence: str) -> None:
        """What is going on; '' for nothing."""
        self.words.setText(sentence)
        self.words.setVisible(bool(sentence))
        self._fit()

    def wrap(self, label: Label) -> None:
        """`label` is of several lines, and has the height for them whatever the dialog's size."""
        label.setWordWrap(True)
        self._wrapped.append(label)

    def _fit(self) -> None:
        # A layout asks for the height at the present width only while there is room.
        for label in self._wrapped:
            label.setMinimumHeight(max(0, label.heightForWidth(max(1, self.width() - 2 * _EDGE_PX))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def show_choices(self, sentence: str = "") -> None:
        """Nothing runs: it can be begun."""
        self.say(sentence)
        self._show(is_working=False, choices=True, begin=True)

    def show_working(self, sentence: str, done: int = 0, total: int = 0) -> None:
        """It runs; `total` 0: how long it will take is not known."""
        self.say(sentence)
        self.bar.set_count(done, total)
        if not self.is_working:
            self._show(is_working=True)
            self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_done(self, sentence: str, *, has_folder: bool = False) -> None:
        """It is over, well or not."""
        self.say(sentence)
        self._show(is_working=False, folder=has_folder)
        (self.folder_button if has_folder else self.close_button).setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, *, is_working: bool, choices: bool = False, begin: bool = False, folder: bool = False) -> None:
        self.is_working = is_working
        self.bar.setVisible(is_working)
        self.choices.setVisible(choices)
        self.begin_button.setVisible(begin)
        self.folder_button.setVisible(folder)
        self.close_button.setText(tr("Cancel") if is_working or begin else tr("Close"))
        self.close_button.setAccessibleName(self.close_button.text())

    def done(self, result: int) -> None:
        """However it is closed: what runs is given up."""
        if self.is_working:
            self.is_working = False
            self.cancelled.emit()
        super().done(result)

    def paintEvent(self, event: QPaintEvent) -> None:
        fill(QPainter(self), event.rect(), self._theme.colours.window)


class ProgressLine(QProgressBar):
    """How far something is, as a thin line in the theme's colours; empty while its end is not known."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_count(self, done: int, total: int) -> None:
        """`total` 0: not known."""
        self.setRange(0, max(1, total))
        self.setValue(min(done, total))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _BAR_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, _BAR_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        painter.setBrush(QColor(self._theme.colours.selection))
        painter.drawRoundedRect(box, _BAR_PX / 2, _BAR_PX / 2)
        share = self.value() / self.maximum()
        if share > 0:
            painter.setBrush(QColor(self._theme.colours.accent))
            box.setWidth(max(_BAR_PX, box.width() * share))
            painter.drawRoundedRect(box, _BAR_PX / 2, _BAR_PX / 2)
