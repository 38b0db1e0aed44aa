"""The heading above a reply's reasoning: what it says about the time it took, and whether it is unfolded."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from qwen_desktop.ui import icons
from qwen_desktop.ui.transcript.style import Style
from qwen_desktop.ui.views.controls import draw_focus_ring, fill

HEIGHT_PX = 24
RING_PX = 6
"""Room on both sides for the ring it has with the keyboard."""
_TEXT_X = RING_PX + 20


class ReasoningHeader(QAbstractButton):
    """A button that is checked while the reasoning is shown; Space and a click toggle it."""

    def __init__(self, style: Style, parent: QWidget) -> None:
        super().__init__(parent)
        self._style = style
        self._is_live = False
        self._turn = 0
        self.setCheckable(True)
        self.setObjectName("reasoning")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def restyle(self, style: Style) -> None:
        self._style = style
        self.update()

    def show_words(self, words: str, *, is_live: bool) -> None:
        """Each change of the words of a live one turns its ring a little: no timer of its own."""
        if words == self.text() and is_live == self._is_live:
            return
        self._is_live = is_live
        self._turn = (self._turn + 1) % 8
        self.setText(words)
        self.setAccessibleName(words)
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._style.small)
        width = _TEXT_X + metrics.horizontalAdvance(self.text()) + RING_PX + 2
        return QSize(width, max(HEIGHT_PX, metrics.height() + 4))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill(painter, self.rect(), self._style.colour("window"))
        middle = self.height() / 2
        colour = self._style.colour("text" if self.underMouse() else "text_secondary")
        if self._is_live:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            ring = QRectF(RING_PX + 1.5, middle - 5, 10, 10)
            painter.setPen(QPen(self._style.colour("line"), 1.8))
            painter.drawEllipse(ring)
            painter.setPen(QPen(colour, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawArc(ring, 16 * (90 - 45 * self._turn), -16 * 100)
        else:
            name = "chevron-down" if self.isChecked() else "chevron-right"
            chevron = icons.pixmap(name, colour.name(), 14, self.devicePixelRatioF())
            painter.drawPixmap(RING_PX, int(middle - 7), chevron)
        painter.setFont(self._style.small)
        painter.setPen(colour)
        room = QRect(_TEXT_X, 0, self.width() - _TEXT_X, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if self.hasFocus():
            draw_focus_ring(painter, self.rect(), self._style.colours.accent, 6)
