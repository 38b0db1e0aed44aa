"""A window without a frame of the system's: rounded with a shadow where that can be, its edges pulled by the mouse."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QCursor, QGuiApplication, QPainter
from PySide6.QtWidgets import QWidget

from qwen_desktop.ui.views.controls import draw_box, fill

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent

    from qwen_desktop.ui.theme import Theme

SHADOW_PX = 28
RADIUS_PX = 14
GRIP_PX = 6
"""So near to an edge the mouse pulls it."""
FROM_TOP = 0.24
"""How far down its screen it opens."""
_NO_EDGE = Qt.Edge(0)


class FloatingWindow(QWidget):
    """What is inside keeps `inset_px` away from the edges of the window.

    `is_translucent`: the platform blends windows; else it is a plain rectangle with a line around it.
    """

    def __init__(self, theme: Theme, *, is_translucent: bool) -> None:
        # A tool window has no button in the task bar, but on X11 it would be bound to our main window.
        kind = Qt.WindowType.Tool if sys.platform in ("win32", "darwin") else Qt.WindowType.Window
        super().__init__(None, kind | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        self._theme = theme
        self._is_translucent = is_translucent
        self.inset_px = SHADOW_PX if is_translucent else 1
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, is_translucent)
        self.setAttribute(Qt.WidgetAttribute.WA_MacAlwaysShowToolWindow)
        self.pulled = _NO_EDGE
        """Which edges the user has pulled since the window was shown."""
        self.is_held = False
        """The window manager moves or resizes it: meanwhile it takes the keyboard, and gives it back."""
        left, right, bottom = Qt.Edge.LeftEdge, Qt.Edge.RightEdge, Qt.Edge.BottomEdge
        self._grips = [_Grip(self, edges) for edges in (left, right, bottom, bottom | left, bottom | right)]
        theme.changed.connect(self.update)

    @property
    def box(self) -> QRect:
        """The window without its shadow."""
        inset = self.inset_px if self._is_translucent else 0
        return self.rect().adjusted(inset, inset, -inset, -inset)

    def can_grow_down(self, can_grow: bool) -> None:
        """Whether the lower edge may be pulled: there is something below that gains by it."""
        for grip in self._grips:
            if grip.edges & Qt.Edge.BottomEdge:
                grip.setVisible(can_grow)

    def place(self, width_px: int, height_px: int) -> None:
        """Put it, so large without its shadow, on the screen of the cursor."""
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        room = screen.availableGeometry()
        outside = self._outside_px
        size = QSize(min(width_px, room.width()), min(height_px, room.height()))
        x = room.left() + (room.width() - size.width()) // 2
        y = room.top() + int(room.height() * FROM_TOP)
        self.setGeometry(
            x - outside, y - outside, size.width() + 2 * outside, min(size.height(), room.bottom() - y) + 2 * outside
        )

    def room_px(self) -> int:
        """How tall the window without its shadow may be where it is now."""
        screen = self.screen().availableGeometry()
        return max(160, screen.bottom() - (self.y() + self._outside_px) - 16)

    @property
    def _outside_px(self) -> int:
        """Around the box there is this much of the window."""
        return self.inset_px if self._is_translucent else 0

    def resize_box(self, width_px: int, height_px: int) -> None:
        outside = self._outside_px
        self.resize(width_px + 2 * outside, height_px + 2 * outside)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        box = self.box
        corner = 3 * GRIP_PX
        places = (
            QRect(box.left() - GRIP_PX // 2, box.top(), GRIP_PX, box.height()),
            QRect(box.right() - GRIP_PX // 2, box.top(), GRIP_PX, box.height()),
            QRect(box.left(), box.bottom() - GRIP_PX // 2, box.width(), GRIP_PX),
            QRect(box.left() - GRIP_PX // 2, box.bottom() - corner, corner, corner + GRIP_PX // 2),
            QRect(box.right() - corner, box.bottom() - corner, corner + GRIP_PX // 2, corner + GRIP_PX // 2),
        )
        for grip, place in zip(self._grips, places, strict=True):
            grip.setGeometry(place)

    def raise_grips(self) -> None:
        """Above everything that was put into the window after them; the corners last."""
        for grip in self._grips:
            grip.raise_()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """What is empty of it moves it."""
        handle = self.windowHandle()
        if event.button() == Qt.MouseButton.LeftButton and handle is not None:
            self.is_held = handle.startSystemMove()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.is_held = False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), self._theme.colours
        if not self._is_translucent:
            fill(painter, self.rect(), colours.control_line)
            fill(painter, self.rect().adjusted(1, 1, -1, -1), colours.window)
            return
        box = self.box
        if not box.adjusted(RADIUS_PX, 0, -RADIUS_PX, 0).contains(event.rect()):
            shade = QColor(0, 0, 0, 8 if self._theme.is_dark else 4).name(QColor.NameFormat.HexArgb)
            for spread in range(SHADOW_PX - 8, 0, -2):
                around = box.adjusted(-spread, -spread, spread, spread).translated(0, 7)
                draw_box(painter, around, fill=shade, radius_px=RADIUS_PX + spread)
        draw_box(painter, box, fill=colours.window, line=colours.control_line, radius_px=RADIUS_PX)


class _Grip(QWidget):
    """An invisible strip along an edge; the system resizes where it can, else we do."""

    def __init__(self, window: FloatingWindow, edges: Qt.Edge) -> None:
        super().__init__(window)
        self.edges = edges
        self._window = window
        self._from: tuple[QPoint, QRect] | None = None
        shapes = Qt.CursorShape
        is_corner = bool(edges & Qt.Edge.BottomEdge) and edges != Qt.Edge.BottomEdge
        if is_corner:
            self.setCursor(shapes.SizeBDiagCursor if edges & Qt.Edge.LeftEdge else shapes.SizeFDiagCursor)
        else:
            self.setCursor(shapes.SizeVerCursor if edges & Qt.Edge.BottomEdge else shapes.SizeHorCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._window.pulled |= self.edges
        handle = self._window.windowHandle()
        self._window.is_held = handle is not None and handle.startSystemResize(self.edges)
        if not self._window.is_held:
            self._from = (event.globalPosition().toPoint(), self._window.geometry())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            return
        start, before = self._from
        moved, place = event.globalPosition().toPoint() - start, QRect(before)
        least = self._window.minimumSize()
        if self.edges & Qt.Edge.LeftEdge:
            place.setLeft(min(before.left() + moved.x(), before.right() + 1 - least.width()))
        if self.edges & Qt.Edge.RightEdge:
            place.setWidth(max(before.width() + moved.x(), least.width()))
        if self.edges & Qt.Edge.BottomEdge:
            place.setHeight(max(before.height() + moved.y(), least.height()))
        self._window.setGeometry(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._from = None
