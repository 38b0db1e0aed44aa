"""Fields in the theme's colours: one line of text, one of a few, on or off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit

from qwen_desktop.ui import icons
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.composition import Composition
from qwen_desktop.ui.views.controls import draw_box, draw_focus_ring, draw_icon, grown_px, sized

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint
    from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QPaintEvent, QShowEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.theme import Theme


class Field(QLineEdit):
    """One line of text in a rounded box with an optional icon in front of it and a quiet hint behind."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        placeholder: str = "",
        icon_name: str = "",
        hint: str = "",
        height_px: int = 34,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon_name = icon_name
        self._hint = hint
        self._composition = Composition(self)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setFrame(False)
        self._height_px = height_px
        self._recolour()
        theme.changed.connect(self._recolour)

    def set_hint(self, hint: str) -> None:
        """What stands quietly at its end while it is empty."""
        self._hint = hint
        self.update()

    @property
    def is_composing(self) -> bool:
        """An input method has uncommitted text in the field: what Enter, Esc and other keys do is its matter."""
        return bool(self._composition.text)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._composition.follow(event)
        super().inputMethodEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._composition.keep()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        # While an input method composes, keys are its own: no shortcut of the window may take them.
        if event.type() == QEvent.Type.ShortcutOverride and self.is_composing:
            event.accept()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        draw_box(
            painter,
            self.rect(),
            fill=colours.field,
            line=colours.accent if self.hasFocus() else colours.control_line,
        )
        if self._icon_name:
            side_px = grown_px(16)
            mark = icons.pixmap(self._icon_name, colours.text_secondary, side_px, self.devicePixelRatioF())
            painter.drawPixmap(12, (self.height() - side_px) // 2, mark)
        if self._hint and not self.text() and not self.is_composing:
            taken_px = self.textMargins().left() + painter.fontMetrics().horizontalAdvance(self.placeholderText())
            painter.setPen(QColor(colours.text_secondary))
            painter.setFont(sized(self.font(), SMALL_PT))
            box = self.rect().adjusted(taken_px + 8, 0, -10, 0)
            if painter.fontMetrics().horizontalAdvance(self._hint) <= box.width():  # else what the field is for stays
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._hint)
        painter.end()
        super().paintEvent(event)

    def _recolour(self) -> None:
        self.setMinimumHeight(max(self._height_px, self.fontMetrics().height() + 10))
        self.setTextMargins(grown_px(16) + 18 if self._icon_name else 10, 0, 10, 0)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        palette.setColor(QPalette.ColorRole.Text, QColor(self._theme.colours.text))
        palette.setColor(QPalette.ColorRole.PlaceholderText, QColor(self._theme.colours.text_secondary))
        self.setPalette(palette)


class Choice(QComboBox):
    """One of a few; a box with a chevron.  `choose` sets it without a signal; `activated` tells the user's choice."""

    def __init__(
        self, theme: Theme, name: str, *, height_px: int = 32, width_px: int = 0, parent: QWidget | None = None
    ) -> None:
        """`width_px`: where there are too many rows to measure them all."""
        super().__init__(parent)
        self._theme = theme
        self._height_px = height_px
        self._width_px = width_px
        self.setAccessibleName(name)
        theme.changed.connect(self.update)

    def showEvent(self, event: QShowEvent) -> None:
        """To X11's screen readers a combo box is named by what is chosen; what it is for, a label beside it says."""
        super().showEvent(event)
        parent = self.parentWidget()
        if parent is not None and not any(label.buddy() is self for label in parent.findChildren(QLabel)):
            label = QLabel(self.accessibleName(), parent)
            label.setBuddy(self)
            label.hide()

    def set_rows(self, rows: list[tuple[str, str]]) -> None:
        """`rows`: (id, words), replacing what was there."""
        chosen = self.chosen()
        self.clear()
        for row_id, words in rows:
            self.addItem(words, row_id)
        self.choose(chosen)
        self.view().setAccessibleName(self.accessibleName())
        self.updateGeometry()

    def choose(self, row_id: str) -> None:
        self.setCurrentIndex(max(0, self.findData(row_id)))

    def chosen(self) -> str:
        """The chosen row's id; '' while there are no rows."""
        data = self.currentData()
        return data if isinstance(data, str) else ""

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        if self._width_px:
            return QSize(self._width_px, max(self._height_px, metrics.height() + 8))
        widest = max((metrics.horizontalAdvance(self.itemText(i)) for i in range(self.count())), default=40)
        return QSize(widest + 2 + 12 + 8 + grown_px(16) + 12, max(self._height_px, metrics.height() + 8))

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), 96), self.sizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolls the page it stands on; a choice passed by on the way is not to change."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.colours
        line = colours.accent if self.hasFocus() else colours.control_line
        draw_box(painter, self.rect(), fill=colours.hover if self.underMouse() else colours.field, line=line)
        painter.setPen(QColor(colours.text if self.isEnabled() else colours.control_line))
        side_px = grown_px(16)
        room_px = self.width() - 12 - 8 - side_px - 12
        shown = painter.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room_px)
        painter.drawText(QRect(12, 0, room_px, self.height()), Qt.AlignmentFlag.AlignVCenter, shown)
        chevron = icons.pixmap("chevron-down", colours.text_secondary, side_px, self.devicePixelRatioF())
        painter.drawPixmap(self.width() - side_px - 12, (self.height() - side_px) // 2, chevron)


class Switch(QCheckBox):
    """On or off, drawn as a switch; a check box to everything that reads it."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setFixedSize(44, 28)
        theme.changed.connect(self.update)

    def hitButton(self, pos: QPoint) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.colours
        track = QRect(3, 3, 38, 22)
        draw_box(
            painter,
            track,
            fill=colours.accent if self.isChecked() else colours.field,
            line=colours.accent if self.isChecked() else colours.control_line,
            radius_px=11,
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.on_accent if self.isChecked() else colours.control_line))
        painter.drawEllipse(QPointF(30 if self.isChecked() else 14, 14), 8, 8)
        if self.hasFocus():
            draw_focus_ring(painter, self.rect(), colours.accent, 13)


class CheckBox(QCheckBox):
    """A check box whose box can be seen on any background."""

    def __init__(self, theme: Theme, words: str, parent: QWidget | None = None) -> None:
        super().__init__(words, parent)
        self._theme = theme
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + grown_px(16) + 16, metrics.height() + 8)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.colours
        side_px = grown_px(16)
        box = QRect(2, (self.height() - side_px) // 2, side_px, side_px)
        is_on = self.isChecked() and self.isEnabled()
        line = colours.accent if is_on or self.hasFocus() else colours.control_line
        draw_box(painter, box, fill=colours.accent if is_on else colours.field, line=line, radius_px=4)
        if self.isChecked():
            colour = colours.on_accent if is_on else colours.text_secondary
            draw_icon(painter, "check", colour, side_px - 4, box.left() + 2, box.center().y())
        if self.hasFocus():
            draw_focus_ring(painter, box.adjusted(-2, -2, 2, 2), colours.accent, 6)
        painter.setPen(QColor(colours.text if self.isEnabled() else colours.text_secondary))
        painter.drawText(self.rect().adjusted(side_px + 12, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
