"""Links that macOS gives to the app as an event, where other systems start it with an argument, to requests."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QFileOpenEvent

from qwen_desktop.desktop.request import Request, from_link, is_link


class OpenedLinks(QObject):
    """Tells each link of ours, from the first one on.  Looks at every event: only for macOS."""

    def __init__(self, application: QCoreApplication, tell: Callable[[Request], object]) -> None:
        super().__init__(application)
        self._tell = tell
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and is_link(link := event.url().toString()):
            self._tell(from_link(link))
            return True
        return False
