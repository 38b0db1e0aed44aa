"""Theme to pixels: the labels, boxes and rings every view is made of, painted from the palette.

Controls paint themselves, since a style sheet costs a parse and a second style per widget before the first frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPen
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QStyle, QWidget

from qwen_desktop.ui import icons
from qwen_desktop.ui.theme import INTERFACE_PT, RADIUS_PX

if TYPE_CHECKING:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPaintEvent, QShowEvent
    from PySide6.QtWidgets import QAbstractScrollArea, QStyleOptionViewItem

    from qwen_desktop.ui.theme import Colours, Theme

_NO_PEN, _NO_BRUSH = Qt.PenStyle.NoPen, Qt.BrushStyle.NoBrush
"""Looked up once: that takes as long as setting them."""


def sized(font: QFont, points: float, weight: QFont.Weight | None = None) -> QFont:
    """A copy of `font` scaled from the interface size, so that a larger system font enlarges everything."""
    made = QFont(font)
    made.setPointSizeF(max(font.pointSizeF(), 1.0) * points / INTERFACE_PT)
    if weight is not None:
        made.setWeight(weight)
    return made


def draw_box(
    painter: QPainter,
    box: QRect,
    *,
    fill: str | None = None,
    line: str | None = None,
    is_dashed: bool = False,
    radius_px: float = RADIUS_PX,
) -> None:
    """A rounded box inside `box`, its 1 px line on whole pixels."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(line), 1) if line else Qt.PenStyle.NoPen)
    if line and is_dashed:
        dashed = painter.pen()
        dashed.setDashPattern([3, 3])
        painter.setPen(dashed)
    painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
    edge = 0.5 if line else 0.0
    painter.drawRoundedRect(QRectF(box).adjusted(edge, edge, -edge, -edge), radius_px, radius_px)


def fill(painter: QPainter, box: QRect | QRectF, colour: str | QColor) -> None:
    """A plain box without edges; there is no pen afterwards.  Not `fillRect`: its first call makes Python types for all
    of QGradient's presets."""
    painter.setPen(_NO_PEN)
    painter.setBrush(colour if isinstance(colour, QColor) else QColor(colour))
    painter.drawRect(box)
    painter.setBrush(_NO_BRUSH)


def draw_focus_ring(painter: QPainter, box: QRect, colour: str, radius_px: float = RADIUS_PX) -> None:
    """The ring that shows where the keyboard is: the accent, except around a box of the accent."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colour), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(box).adjusted(1, 1, -1, -1), radius_px, radius_px)


def grown_px(px: int) -> int:
    """A width at the usual size of letters, for those of now: it grows with them."""
    return round(px * max(1.0, QApplication.font().pointSizeF() / INTERFACE_PT))


def draw_icon(painter: QPainter, name: str, colour: str, side_px: int, left: int, middle: int) -> None:
    """An icon of that size; `middle` is the row of pixels in the middle of what it stands beside."""
    scale = painter.device().devicePixelRatio()
    painter.drawPixmap(left, middle + 1 - side_px // 2, icons.pixmap(name, colour, side_px, scale))


def room_on_screen(window: QWidget) -> QSize:
    """The largest it may be with the frame around it."""
    return window.screen().availableSize() - QSize(16, 48)


def stop_before(control: QWidget, but: QWidget) -> QWidget:
    """Whence Tab comes to `control`, seen or not, leaving out what is inside `but`."""
    before = control.previousInFocusChain()
    while before is not None and before is not control:
        if before.focusPolicy() & Qt.FocusPolicy.TabFocus and not but.isAncestorOf(before):
            return before
        before = before.previousInFocusChain()
    return control


class Label(QLabel):
    """Plain text in one of the theme's colours; never rich text, so that nothing from outside is read as markup."""

    def __init__(
        self,
        theme: Theme,
        text: str = "",
        *,
        points: float = INTERFACE_PT,
        colour: str = "text",
        bold: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self._colour = colour
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._points = points
        self._weight = QFont.Weight.DemiBold if bold else None
        self._based_on = QApplication.font()
        self._is_stale = False
        """Its colours are of another theme; nobody sees it, and there are hundreds of its kind."""
        self.setFont(sized(self.font(), points, self._weight))
        self._recolour()
        theme.changed.connect(self._restyle)

    def set_colour(self, name: str) -> None:
        """`name`: a field of Colours."""
        self._colour = name
        self._recolour()

    def _restyle(self) -> None:
        font = QApplication.font()
        if font != self._based_on:
            self._based_on = font
            self.setFont(sized(font, self._points, self._weight))
        self._is_stale = True
        if self.isVisible():
            self._recolour()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._recolour()

    def _recolour(self) -> None:
        self._is_stale = False
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.WindowText, QColor(getattr(self._theme.colours, self._colour)))
        self.setPalette(palette)


class Panel(QWidget):
    """A rounded box around other widgets; `fill` and `line` are fields of Colours."""

    def __init__(
        self,
        theme: Theme,
        *,
        fill: str = "field",
        line: str = "control_line",
        radius_px: int = 12,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fill = fill
        self._line = line
        self._radius_px = radius_px
        theme.changed.connect(self.update)

    def set_line(self, name: str) -> None:
        if name != self._line:
            self._line = name
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        draw_box(
            painter,
            self.rect(),
            fill=getattr(colours, self._fill),
            line=getattr(colours, self._line),
            radius_px=self._radius_px,
        )


class Line(QWidget):
    """A hairline between rows."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(1)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(self._theme.colours.line), 1))
        painter.drawLine(0, 0, self.width(), 0)


def name_control(widget: QWidget, object_name: str, accessible_name: str = "") -> None:
    """Give a widget the names outside tools find it by; a button's text is its name where none is given."""
    widget.setObjectName(object_name)
    if accessible_name:
        widget.setAccessibleName(accessible_name)
    elif isinstance(widget, QAbstractButton) and not widget.accessibleName():
        widget.setAccessibleName(widget.text())


def draw_row_state(painter: QPainter, option: QStyleOptionViewItem, colours: Colours) -> None:
    """The box behind a row of a list that is chosen or pointed at."""
    if option.state & QStyle.StateFlag.State_Selected:
        draw_box(painter, option.rect, fill=colours.selection)
    elif option.state & QStyle.StateFlag.State_MouseOver:
        draw_box(painter, option.rect, fill=colours.hover)


def colour_scroll_area(area: QAbstractScrollArea, theme: Theme, base: str) -> None:
    """Text on the colour `base`, a field of Colours, with a slim scroll bar."""
    colours = theme.colours
    palette = area.palette()
    palette.setColor(QPalette.ColorRole.Base, QColor(getattr(colours, base)))
    palette.setColor(QPalette.ColorRole.Text, QColor(colours.text))
    palette.setColor(QPalette.ColorRole.PlaceholderText, QColor(colours.text_secondary))
    area.setPalette(palette)
    area.verticalScrollBar().setStyleSheet(slim_scroll_bar_sheet(theme))


def slim_scroll_bar_sheet(theme: Theme, *, background: str = "transparent") -> str:
    """The one style sheet we use, for scroll bars alone: a thumb and nothing else, and none where all is shown."""
    return (
        f"QScrollBar:vertical{{background:{background};width:10px;margin:0}}"
        "QScrollBar:horizontal{background:transparent;height:10px;margin:0}"
        f"QScrollBar::handle{{background:{theme.colours.control_line};border-radius:2px;margin:3px}}"
        "QScrollBar::handle:vertical{min-height:32px}QScrollBar::handle:horizontal{min-width:32px}"
        "QScrollBar::handle:disabled{background:transparent}"  # Qt's state of one that has nowhere to go
        "QScrollBar::add-line,QScrollBar::sub-line{width:0;height:0}"
        "QScrollBar::add-page,QScrollBar::sub-page{background:transparent}"
    )
