"""One picture as a small button: painted from the thumbnails, opened by a click or by Enter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QTransform
from PySide6.QtWidgets import QAbstractButton

from qwen_desktop.core.words import tr
from qwen_desktop.ui import icons
from qwen_desktop.ui.pictures.words import full_words, name_of
from qwen_desktop.ui.tool_tips import plain_tip
from qwen_desktop.ui.views.buttons import pressed_by_enter
from qwen_desktop.ui.views.controls import draw_focus_ring

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QKeyEvent, QPaintEvent
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails
    from qwen_desktop.ui.theme import Theme

RADIUS_PX = 8
_ICON_PX = 20


class Thumb(QAbstractButton):
    """Signals: those of a button; `clicked` asks for the picture itself."""

    def __init__(
        self,
        theme: Theme,
        thumbnails: Thumbnails | None,
        attachment: Attachment | None,
        size: QSize,
        parent: QWidget | None = None,
    ) -> None:
        """`attachment` None: the picture is being prepared, or was refused."""
        super().__init__(parent)
        self._theme = theme
        self._thumbnails = thumbnails
        self.attachment = attachment
        self._icon_name = "image"
        self.is_missing = False
        """Its file is not there any more."""
        self.setFixedSize(size)
        self.setObjectName("picture")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if attachment is not None:
            self._name(full_words(attachment))
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        if thumbnails is not None:
            thumbnails.arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
        theme.changed.connect(self.update)

    def show_icon(self, icon_name: str, name: str) -> None:
        """There is no picture to show: an icon instead, and words about it."""
        self._icon_name = icon_name
        self._name(name)
        self.update()

    def _name(self, words: str) -> None:
        self.setAccessibleName(words)
        self.setToolTip(plain_tip(words))

    def _on_arrived(self) -> None:
        if self.isVisible():
            self.update()

    def _tell_missing(self) -> None:
        if not self.is_missing and self.attachment is not None:
            self.is_missing = True
            self._name(
                tr(
                    "{name}: the file of this picture is not there any more. Attach the picture again.",
                    name=name_of(self.attachment),
                )
            )

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not pressed_by_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), self._theme.colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        outline = QPainterPath()
        outline.addRoundedRect(box, RADIUS_PX, RADIUS_PX)
        image = self._image()
        if image is not None:  # as a brush, since the edge of a clip is not smoothed
            brush = QBrush(image)
            brush.setTransform(QTransform.fromScale(box.width() / image.width(), box.height() / image.height()))
            painter.fillPath(outline, brush)
        else:
            painter.fillPath(outline, QColor(colours.code_background))
            icon = icons.pixmap(self._icon_name, colours.text_secondary, _ICON_PX, self.devicePixelRatioF())
            painter.drawPixmap((self.width() - _ICON_PX) // 2, (self.height() - _ICON_PX) // 2, icon)
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        if self.hasFocus():
            # A line of the window's colour within: the ring is seen on pictures of its own colour too.
            painter.setPen(QPen(QColor(colours.window), 1))
            painter.drawRoundedRect(box.adjusted(2.5, 2.5, -2.5, -2.5), RADIUS_PX - 2, RADIUS_PX - 2)
            draw_focus_ring(painter, self.rect(), colours.accent, RADIUS_PX)

    def _image(self) -> QImage | None:
        if self._thumbnails is None or self.attachment is None:
            return None
        found = self._thumbnails.find(self.attachment, self.size(), self.devicePixelRatioF())
        if found is not None and found.image is None:
            self._tell_missing()
        return found.image if found is not None else None
