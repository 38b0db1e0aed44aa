"""A number with its unit in a rounded box: a spin box in the theme's colours that takes nothing out of its range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox

from qwen_desktop.ui.views.controls import draw_box

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.theme import Theme


class NumberField(QDoubleSpinBox):
    """`valueChanged` tells a typed number once it is finished, and each step of the arrow keys.

    `zero_words` stand for the number 0, which is then the one allowed below `least`."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        least: float,
        most: float,
        *,
        unit: str = "",
        step: float = 1.0,
        decimals: int = 0,
        zero_words: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._least = least
        self.setAccessibleName(name)
        self.lineEdit().setAccessibleName(name)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setFrame(False)
        self.setKeyboardTracking(False)
        self.setDecimals(decimals)
        self.setRange(0.0 if zero_words else least, most)
        self.setSingleStep(step)
        self.setSpecialValueText(zero_words)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        if unit:
            self.setSuffix(f" {unit}")
        self._recolour()
        theme.changed.connect(self._recolour)

    def textFromValue(self, value: float) -> str:
        """Without zeros nobody needs: 10, not 10.0."""
        locale = self.locale()
        locale.setNumberOptions(locale.NumberOption.OmitGroupSeparator)
        return locale.toString(value, "f", -128) if self.decimals() else locale.toString(round(value))

    def valueFromText(self, text: str) -> float:
        value = float(super().valueFromText(text))
        if self.specialValueText() and 0 < value < self._least:
            return self._least
        return value

    def stepBy(self, steps: int) -> None:
        """From the words for 0 to the least, and back."""
        if self.specialValueText() and steps > 0 and self.value() == 0:
            self.setValue(self._least)
        elif self.specialValueText() and steps < 0 and self.value() <= self._least:
            self.setValue(0.0)
        else:
            super().stepBy(steps)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        texts = [self.textFromValue(number) + self.suffix() for number in (self.maximum(), self._least)]
        width = max(metrics.horizontalAdvance(text) for text in (*texts, self.specialValueText()))
        return QSize(width + 32, max(32, metrics.height() + 8))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls the page it stands on; a number passed by on the way is not to change."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        line = colours.accent if self.hasFocus() else colours.control_line
        painter = QPainter(self)
        draw_box(painter, self.rect(), fill=colours.hover if self.underMouse() else colours.field, line=line)
        painter.end()

    def _recolour(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        palette.setColor(QPalette.ColorRole.Text, QColor(self._theme.colours.text))
        self.setPalette(palette)
        self.lineEdit().setPalette(palette)
        self.update()
