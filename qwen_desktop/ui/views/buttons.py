"""Buttons in the theme's colours: with words, with an icon, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QPushButton, QSizePolicy

from qwen_desktop.ui import icons
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.controls import draw_box, draw_focus_ring, grown_px, name_control, sized

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QPaintEvent
    from PySide6.QtWidgets import QAbstractButton, QWidget

    from qwen_desktop.ui.theme import Theme

_BY_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
_SLACK_PX = 2
"""Advances are rounded, eliding is not: without it a button as wide as its words would cut them."""


def pressed_by_enter(button: QAbstractButton, event: QKeyEvent) -> bool:
    """Enter presses the button that has the keyboard, as Space does; Qt would only do so in a dialog."""
    is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat()
    if is_enter:
        button.click()
    return is_enter


class Button(QPushButton):
    """A button with an optional icon.  `kind`: 'primary', 'outlined', 'quiet' (a box on hover only) or 'link'.

    `hint` stands at the right edge (a shortcut's keys); `is_secondary` writes a quiet button in the quieter grey.
    """

    def __init__(
        self,
        theme: Theme,
        text: str,
        *,
        kind: str = "outlined",
        icon_name: str = "",
        trailing_icon: str = "",
        hint: str = "",
        height_px: int = 32,
        align_left: bool = False,
        is_secondary: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)  # the constructor with a text would make Python types for QIcon
        self.setText(text)
        self._theme = theme
        self._kind = kind
        self._icon_name = icon_name
        self._trailing_icon = trailing_icon
        self._hint = hint
        self._height_px = height_px
        self._align_left = align_left
        self._is_secondary = is_secondary
        self._ring = False
        self.setCursor(Qt.CursorShape.PointingHandCursor if kind == "link" else Qt.CursorShape.ArrowCursor)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def set_icon_name(self, name: str) -> None:
        self._icon_name = name
        self.update()

    def set_hint(self, hint: str) -> None:
        self._hint = hint
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        text_px = metrics.horizontalAdvance(self.text()) + _SLACK_PX if self.text() else 0
        width_px = text_px + self._padding_px() * 2
        for name in (self._icon_name, self._trailing_icon):
            if name:
                width_px += self._icon_px + (8 if self.text() else 0)
        if self._hint:
            width_px += metrics.horizontalAdvance(self._hint) + 16
        return QSize(width_px, max(self._height_px, metrics.height() + 8))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in _BY_KEYBOARD
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ring = False
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.colours
        fill, line, text_colour = self._dress()
        if fill or line:
            draw_box(painter, self.rect(), fill=fill, line=line, is_dashed=not self.isEnabled() and self._is_shape_told)
        if self._ring and self.hasFocus():
            colour = colours.text if self._kind == "primary" else colours.accent
            draw_focus_ring(painter, self.rect(), colour)
        box = self.rect().adjusted(self._padding_px(), 0, -self._padding_px(), 0)
        metrics = painter.fontMetrics()
        scale = self.devicePixelRatioF()
        content_px = metrics.horizontalAdvance(self.text()) + _SLACK_PX if self.text() else 0
        icon_px = self._icon_px
        content_px += sum(
            icon_px + (8 if self.text() else 0) for name in (self._icon_name, self._trailing_icon) if name
        )
        slack_px = box.width() - content_px
        # A lone icon may be wider than what the padding leaves: it stays in the middle all the same.
        x = box.left() if self._align_left else box.left() + (max(0, slack_px // 2) if self.text() else slack_px // 2)
        y = (self.height() - icon_px + 1) // 2
        has_hint = False
        if self._icon_name:
            painter.drawPixmap(x, y, icons.pixmap(self._icon_name, text_colour, icon_px, scale))
            x += icon_px + 8
        if self.text():
            room_px = box.right() + 1 - x - (icon_px + 8 if self._trailing_icon else 0)
            hint_px = metrics.horizontalAdvance(self._hint) + 8 if self._hint else 0
            has_hint = 0 < hint_px <= room_px - metrics.horizontalAdvance(self.text())  # else the text has the room
            room_px -= hint_px if has_hint else 0
            shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room_px)
            painter.setPen(QColor(text_colour))
            painter.drawText(QRect(x, 0, room_px, self.height()), Qt.AlignmentFlag.AlignVCenter, shown)
            x += metrics.horizontalAdvance(shown) + 8
        if self._trailing_icon:
            painter.drawPixmap(x, y, icons.pixmap(self._trailing_icon, text_colour, icon_px, scale))
        if has_hint:
            painter.setPen(QColor(colours.text_secondary))
            painter.setFont(sized(self.font(), SMALL_PT))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._hint)

    @property
    def _icon_px(self) -> int:
        """With the letters, as far as a button without words has room for it."""
        return grown_px(16) if self.text() else min(grown_px(16), max(16, self.height() - 8))

    def _padding_px(self) -> int:
        if self._kind == "link":
            return 4  # its focus ring is 2 wide and does not touch the words
        return 12 if self.text() else 8

    @property
    def _is_shape_told(self) -> bool:
        """Whether it can be pressed is to be seen without its colours: one that cannot is hollow, its line dashed."""
        return self._theme.colours.is_high_contrast

    def _dress(self) -> tuple[str | None, str | None, str]:
        """Fill, line and text colour for the state the button is in."""
        colours = self._theme.colours
        if not self.isEnabled():
            words = colours.control_line if self._is_secondary else colours.text_secondary
            if self._is_shape_told:
                return None, words if self._kind in ("primary", "outlined") else None, words
            line = colours.line if self._kind == "outlined" else None
            return (colours.selection if self._kind == "primary" else None), line, words
        is_hot = self.underMouse() or self.isDown()
        if self._kind == "primary":
            fill = QColor(colours.accent)
            if is_hot:
                fill = fill.darker(108) if not self._theme.is_dark else fill.lighter(106)
            return fill.name(), None, colours.on_accent
        if self.isCheckable() and self.isChecked():
            return colours.accent_soft, None, colours.accent_text
        if self._kind == "link":
            return None, None, colours.accent_text
        text_colour = colours.text_secondary if self._is_secondary or self.isCheckable() else colours.text
        if self._kind == "quiet":
            return (colours.hover if is_hot else None), None, text_colour
        return (colours.hover if is_hot else colours.field), colours.control_line, colours.text


class IconButton(Button):
    """A square button with nothing but an icon; its name is its tool tip."""

    def __init__(
        self,
        theme: Theme,
        icon_name: str,
        name: str,
        *,
        kind: str = "quiet",
        side_px: int = 32,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, "", kind=kind, icon_name=icon_name, is_secondary=True, parent=parent)
        self.setFixedSize(side_px, side_px)
        self.set_name(name)

    def set_name(self, name: str) -> None:
        self.setAccessibleName(name)
        self.setToolTip(name)


def named_button(theme: Theme, name: str, words: str, *, kind: str = "outlined") -> Button:
    """One with words, and `name` as its object name."""
    button = Button(theme, words, kind=kind)
    name_control(button, name)
    return button
