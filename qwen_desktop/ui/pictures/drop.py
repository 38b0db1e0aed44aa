"""Pictures dropped anywhere on a window, for its prompt.  Drops are accepted; no drag is ever started."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from qwen_desktop.ui.pictures.intake import has_files, is_for_pictures


class DropTarget(QObject):
    """Owned by the window it looks after; `take` is given what was dropped, while `may_take()` holds."""

    def __init__(self, window: QWidget, take: Callable[[QMimeData], object], may_take: Callable[[], bool]) -> None:
        super().__init__(window)
        self._take = take
        self._may_take = may_take
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter:
            if self._is_ours(event.mimeData()):
                event.acceptProposedAction()
                return True
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop and self._is_ours(event.mimeData()):
            event.acceptProposedAction()
            self._take(event.mimeData())
            return True
        return False

    def _is_ours(self, dropped: QMimeData) -> bool:
        """Files of any kind: those that are no pictures are refused in words."""
        return self._may_take() and (has_files(dropped) or is_for_pictures(dropped))
