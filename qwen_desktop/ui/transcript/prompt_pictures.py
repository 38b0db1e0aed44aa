"""The pictures of a message in rows below its text.  Where each is follows from its measures alone: nothing moves when
they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QWidget

from qwen_desktop.core.chat.attachment import Attachment

if TYPE_CHECKING:
    from qwen_desktop.ui.pictures.thumb import Thumb
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails
    from qwen_desktop.ui.theme import Theme

GAP_PX = 8
SEVERAL = QSize(120, 80)
"""Each of several is cut to this."""
ALONE = QSize(280, 200)
"""One alone keeps its shape within this."""
LEAST_PX = 48


def size_of(attachment: Attachment, count: int) -> QSize:
    """How large one of `count` pictures is shown, in px."""
    if count > 1:
        return SEVERAL
    width, height = max(1, attachment.width), max(1, attachment.height)
    scale = min(1.0, ALONE.width() / width, ALONE.height() / height)
    return QSize(max(LEAST_PX, round(width * scale)), max(LEAST_PX, round(height * scale)))


def places(attachments: Sequence[Attachment], width: int) -> tuple[list[QRect], QSize]:
    """Where each picture is in a box of that width, and how large they are together; about a microsecond each."""
    found: list[QRect] = []
    x = y = row_px = used = 0
    for attachment in attachments:
        size = size_of(attachment, len(attachments)).boundedTo(QSize(max(LEAST_PX, width), ALONE.height()))
        if x and x + size.width() > width:
            x, y, row_px = 0, y + row_px + GAP_PX, 0
        found.append(QRect(QPoint(x, y), size))
        x += size.width() + GAP_PX
        row_px = max(row_px, size.height())
        used = max(used, x - GAP_PX)
    return found, QSize(used, y + row_px if found else 0)


class PromptPictures:
    """The buttons of one message, made when it is laid out for the first time."""

    def __init__(
        self,
        widget: QWidget,
        theme: Theme,
        thumbnails: Thumbnails | None,
        attachments: Sequence[Attachment],
        activated: Callable[[int, Sequence[Attachment]], object],
    ) -> None:
        self._widget = widget
        self._theme = theme
        self._thumbnails = thumbnails
        self._attachments = attachments
        self._activated = activated
        self.buttons: list[Thumb] = []

    def place(self, top_left: QPoint, width: int) -> bool:
        """Put them there; whether they are new."""
        found, _ = places(self._attachments, width)
        is_new = not self.buttons
        if is_new:
            self._make(found)
        for button, rect in zip(self.buttons, found, strict=True):
            button.setFixedSize(rect.size())
            button.move(top_left + rect.topLeft())
        return is_new

    def _make(self, found: list[QRect]) -> None:
        from qwen_desktop.ui.pictures.thumb import Thumb  # late: few prompts have pictures

        for at, (attachment, rect) in enumerate(zip(self._attachments, found, strict=True)):
            made = Thumb(self._theme, self._thumbnails, attachment, rect.size(), self._widget)
            made.clicked.connect(lambda _=False, at=at: self._activated(at, self._attachments))
            made.show()
            self.buttons.append(made)
