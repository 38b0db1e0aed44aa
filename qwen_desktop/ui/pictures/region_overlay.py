"""All screens, photographed and dimmed, to the region the user draws on one of them.

One window for each screen, since each has its own scale.  Esc or the right button cancels, letting go of the mouse
takes what was drawn, Enter the whole screen.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QScreen,
)
from PySide6.QtWidgets import QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.controls import name_control

LEAST_PX = 8
"""A region that is smaller was a click."""
_DIM = 110
_AROUND_PX = 60
"""Painted anew around the region while it is drawn: its edge, and the words beside it."""


class RegionPicker(QObject):
    """Signals: picked(QImage): in the screen's own dots; cancelled()."""

    picked = Signal(QImage)
    cancelled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.overlays: list[Overlay] = []

    def begin(self) -> bool:
        """Photograph the screens and show them; False where that cannot be done."""
        for screen in QGuiApplication.screens():
            photograph = screen.grabWindow(0)
            if not photograph.isNull():
                overlay = Overlay(screen, photograph)
                overlay.taken.connect(self.picked)
                overlay.given_up.connect(self.cancelled)
                self.overlays.append(overlay)
        under_cursor = QGuiApplication.screenAt(_cursor()) or QGuiApplication.primaryScreen()
        for overlay in self.overlays:
            overlay.show()
            overlay.raise_()
        if self.overlays:
            first = next((one for one in self.overlays if one.photographed is under_cursor), self.overlays[0])
            first.activateWindow()
            first.setFocus()
            first.grabKeyboard()  # the window manager does not know these windows, so none of them would get keys
        return bool(self.overlays)

    def end(self) -> None:
        for overlay in self.overlays:
            overlay.releaseKeyboard()
            overlay.hide()
            overlay.deleteLater()
        self.overlays = []


class Overlay(QWidget):
    """One screen.  Signals: taken(QImage); given_up()."""

    taken = Signal(QImage)
    given_up = Signal()

    def __init__(self, screen: QScreen, photograph: QPixmap) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint)
        self.photographed = screen
        self._photograph = photograph
        self._from: QPoint | None = None
        self._region = QRect()
        self.setWindowFlag(Qt.WindowType.WindowStaysOnTopHint, True)
        if QGuiApplication.platformName() == "xcb":
            self.setWindowFlag(Qt.WindowType.BypassWindowManagerHint, True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, False)
        name_control(self, "region_overlay", tr("Choose a region of the screen"))
        self.setWindowTitle(tr("Choose a region of the screen"))
        self.setScreen(screen)
        self.setGeometry(screen.geometry())
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self._region if self._is_region else self.rect())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            self.given_up.emit()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._from = event.position().toPoint()
            self._set_region(QRect(self._from, self._from))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            self._set_region(QRect(self._from, event.position().toPoint()).normalized() & self.rect())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._from is None:
            return
        self._from = None
        if self._is_region:
            self._take(self._region)
        else:
            self._set_region(QRect())

    @property
    def _is_region(self) -> bool:
        return self._region.width() >= LEAST_PX and self._region.height() >= LEAST_PX

    def _set_region(self, region: QRect) -> None:
        before, self._region = self._region, region
        around = _AROUND_PX
        self.update(before.united(region).adjusted(-around, -around, around, around))
        self.update(self._hint_box())

    def _take(self, region: QRect) -> None:
        ratio = self._photograph.devicePixelRatio()
        dots = QRectF(region.x() * ratio, region.y() * ratio, region.width() * ratio, region.height() * ratio)
        part = self._photograph.copy(dots.toRect()).toImage()
        part.setDevicePixelRatio(1.0)
        self.taken.emit(part)

    def _hint_box(self) -> QRect:
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(_hint()) + 32
        return QRect((self.width() - width) // 2, 24, width, metrics.height() + 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._photograph)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, _DIM))
        chosen, whole = self._region if self._is_region else QRect(), self.rect()
        if chosen.isEmpty():
            painter.drawRect(whole)
        else:
            right, bottom = chosen.right() + 1, chosen.bottom() + 1
            painter.drawRect(0, 0, whole.width(), chosen.top())
            painter.drawRect(0, bottom, whole.width(), whole.height() - bottom)
            painter.drawRect(0, chosen.top(), chosen.left(), chosen.height())
            painter.drawRect(right, chosen.top(), whole.width() - right, chosen.height())
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor("#ffffff"), 2))
            painter.drawRect(chosen.adjusted(-1, -1, 1, 1))
            ratio = self._photograph.devicePixelRatio()
            words = f"{round(chosen.width() * ratio)} × {round(chosen.height() * ratio)}"
            self._draw_words(painter, QRect(chosen.left(), max(0, chosen.top() - 34), 120, 28), words)
        if self._from is None:
            self._draw_words(painter, self._hint_box(), _hint())

    def _draw_words(self, painter: QPainter, box: QRect, words: str) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(20, 20, 24, 220))
        painter.drawRoundedRect(box, 8, 8)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def _hint() -> str:
    return tr("Draw over what you want. Enter takes the whole screen, Esc cancels.")


def _cursor() -> QPoint:
    from PySide6.QtGui import QCursor

    return QCursor.pos()
