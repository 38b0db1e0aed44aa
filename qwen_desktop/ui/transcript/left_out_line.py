"""Below the prompt of a turn that is left out: a quiet line that says so, and the button that takes it back in."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.transcript.style import Style
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import fill, name_control

GAP_PX = 6
_BUTTON_PX = 24
_SPACE_PX = 10


class LeftOutLine(QWidget):
    """Stands at the right edge.  Signals: taken_back()."""

    taken_back = Signal()

    def __init__(self, theme: Theme, style: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self._words = tr("Left out: not sent with later messages")
        self._row = QRect()
        self.setObjectName("left_out_line")
        self.setAccessibleName(self._words)
        self.button = Button(theme, tr("Take back in"), kind="link", height_px=_BUTTON_PX, parent=self)
        name_control(self.button, "take_back")
        self.button.setAccessibleName(tr("Take this turn back in"))
        self.button.clicked.connect(self.taken_back)
        self.restyle(style)

    def restyle(self, style: Style) -> None:
        """Take other colours or fonts."""
        self._style = style
        self.button.setFont(style.label)
        self.update()

    def place(self, column: QRect, y: int) -> int:
        """Put it below `y` in the column; the y below it.  Where both do not fit side by side, the button is below."""
        size = self.button.sizeHint()
        words_px = QFontMetrics(self._style.label).horizontalAdvance(self._words) + 2
        row_px = max(size.height(), QFontMetrics(self._style.label).height())
        is_beside = words_px + _SPACE_PX + size.width() <= column.width()
        height = row_px if is_beside else row_px + size.height()
        self.setGeometry(column.left(), y + GAP_PX, column.width(), height)
        right = column.width()
        self.button.setGeometry(right - size.width(), 0 if is_beside else row_px, size.width(), size.height())
        self._row = QRect(0, 0, right - (size.width() + _SPACE_PX if is_beside else 0), row_px)
        self.show()
        return y + GAP_PX + height

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill(painter, event.rect(), self._style.colour("window"))
        painter.setFont(self._style.label)
        painter.setPen(self._style.colour("text_secondary"))
        words = QFontMetrics(self._style.label).elidedText(self._words, Qt.TextElideMode.ElideRight, self._row.width())
        painter.drawText(self._row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
