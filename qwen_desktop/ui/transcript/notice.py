"""A failed turn's notice: one sentence, a remedy to press, and the details folded away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui import icons
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.transcript.inline import PLAIN, Look, shown
from qwen_desktop.ui.transcript.style import Style
from qwen_desktop.ui.transcript.text_box import TextBox
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import draw_box, fill, name_control


@dataclass(frozen=True, slots=True)
class Notice:
    """What the user is told about one turn."""

    sentence: str
    """What happened and what helps; its first sentence is emphasised."""
    detail_lines: tuple[str, ...] = ()
    """For a report: code, request id."""
    actions: tuple[tuple[str, str, bool], ...] = ()
    """(id, label, whether it is the one to press) of each button, the last at the right edge."""


_TEXT_X = 45
_PADDING_PX = 10
_BUTTON_PX = 30
_LEAST_TEXT_PX = 360
"""Beside the buttons; where there is less, they stand below the words."""


class NoticeBox(QWidget):
    """The box under a turn.

    Signals: action_triggered(str id); height_changed(): details were opened or closed.
    """

    action_triggered = Signal(str)
    height_changed = Signal()

    def __init__(self, theme: Theme, notice: Notice, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._notice = notice
        self._style = style
        self._is_open = False
        self.setObjectName("turn_notice")
        self.setAccessibleName(notice.sentence)
        self.buttons = [self._button(*action) for action in notice.actions]
        self.details = self._link(tr("Details"), "notice_details", self._toggle)
        self.copy = self._link(tr("Copy details"), "notice_copy", self._copy)
        self.details.setVisible(bool(notice.detail_lines))
        self.copy.hide()
        self._sentence = TextBox((), style)
        self._detail_box = TextBox((), style)
        self._buttons_below = False
        self.restyle(style)

    @property
    def controls(self) -> list[QWidget]:
        """Its buttons in the order of the keyboard."""
        return [*self.buttons, self.details, self.copy]

    def restyle(self, style: Style) -> None:
        """Take other colours or fonts."""
        self._style = style
        head, tail = first_sentence(shown(self._notice.sentence))
        self._sentence = TextBox([(head, Look(bold=True)), (tail, PLAIN)], style.with_bold_in("notice_text"))
        lines = "\n".join(shown(line) for line in self._notice.detail_lines)
        self._detail_box = TextBox([(lines, PLAIN)], style.second, font=style.small, line_px=style.small_line_px)
        for link in (self.details, self.copy):
            link.setFont(style.small)
        self.update()

    def height_for(self, width: int) -> int:
        """Lay everything out in `width` px; the height in px."""
        buttons_px = sum(button.sizeHint().width() + 12 for button in self.buttons)
        text_px = width - _TEXT_X - 16
        self._buttons_below = bool(self.buttons) and text_px - buttons_px < _LEAST_TEXT_PX
        y = _PADDING_PX
        if not self._buttons_below:
            text_px -= buttons_px
        y += self._sentence.lay_out(text_px)
        if self._notice.detail_lines:
            self.details.setGeometry(_TEXT_X - 4, y, self.details.sizeHint().width(), self._style.small_line_px)
            self.copy.setGeometry(self.details.geometry().right() + 12, y, self.copy.sizeHint().width(),
                                  self._style.small_line_px)  # fmt: skip
            y += self._style.small_line_px
            if self._is_open:
                y += self._detail_box.lay_out(width - _TEXT_X - 16)
        top = (y + 4) if self._buttons_below else _PADDING_PX
        right = width - 15
        high = max((button.sizeHint().height() for button in self.buttons), default=0)
        for button in reversed(self.buttons):
            size = button.sizeHint()
            button.setGeometry(right - size.width(), top, size.width(), high)
            right -= size.width() + 12
        bottom = top + high if self.buttons else 0
        return max(y, bottom) + _PADDING_PX

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), self._theme.colours
        fill(painter, self.rect(), self._style.colour("window"))
        draw_box(painter, self.rect(), fill=colours.notice_background, line=colours.notice_line, radius_px=12)
        mark = icons.pixmap("alert", colours.notice_text, 16, self.devicePixelRatioF())
        painter.drawPixmap(16, _PADDING_PX + (self._style.line_px - 16) // 2, mark)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        clip = self.rect().toRectF()
        self._sentence.draw(painter, _TEXT_X, _PADDING_PX, clip)
        if self._is_open:
            self._detail_box.draw(painter, _TEXT_X, self.details.geometry().bottom() + 1, clip)

    def _button(self, name: str, label: str, is_primary: bool) -> Button:
        button = Button(
            self._theme, label, kind="primary" if is_primary else "outlined", height_px=_BUTTON_PX, parent=self
        )
        name_control(button, f"notice_{name}")
        button.clicked.connect(lambda: self.action_triggered.emit(name))
        return button

    def _link(self, label: str, name: str, pressed: Callable[[], None]) -> Button:
        link = Button(self._theme, label, kind="link", height_px=20, parent=self)
        name_control(link, name)
        link.clicked.connect(pressed)
        return link

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        self.copy.setVisible(self._is_open)
        self.height_changed.emit()
        self.update()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(self._notice.detail_lines))


def first_sentence(text: str) -> tuple[str, str]:
    """What went wrong, and the advice after it."""
    ends = [at + 1 for at, character in enumerate(text)
            if character in "。！？" or (character in ".?!" and text[at + 1 : at + 2] == " ")]  # fmt: skip
    return (text[: ends[0]], text[ends[0] :]) if ends else (text, "")
