"""How the app is there when its window is not: tray, quick ask, hotkey, notifications, and what closing means.

Joins these faces with the chat; each of them knows nothing of the others.  What is not there on a desktop (no tray, no
keys for programs) is left out, and the window never hides to where nobody finds it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from qwen_desktop.desktop.request import Action, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.core.settings.settings import Settings
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.views.main_window import MainWindow


class PresenceController(QObject):
    """Signals:
    quit_wanted(): the app is to end
    failed(BaseException): a bug
    """

    quit_wanted = Signal()
    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        controller: WindowController,
        *,
        settings: Callable[[], Settings],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._controller = controller
        self._settings = settings

    def begin(self) -> None:
        """The app is up: the tray, the hotkey and the rest appear."""

    def do(self, request: Request) -> None:
        """What a start of the app, this one or a later one, wishes."""
        if request.activation_token:
            os.environ["XDG_ACTIVATION_TOKEN"] = request.activation_token  # Qt's Wayland plugin takes it from here
        match request.action:
            case Action.WINDOW:
                self.show_window()
            case Action.HIDDEN:
                self.stay_hidden()
            case Action.QUICK | Action.ASK:
                self.show_window()

    def show_window(self) -> None:
        """In front of the others, as it was: maximised, where it stood."""
        window = self._window
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()

    def stay_hidden(self) -> None:
        """Nothing is to be seen but the tray; without one, the window waits in the list of tasks."""
        if not self._has_tray:
            self._window.showMinimized()

    @property
    def _has_tray(self) -> bool:
        return False

    def close_window(self) -> None:
        """The window is closed: the app stays in the tray if it is to and there is one, else it ends."""
        if self._settings().desktop.close_to_tray and self._has_tray:
            self._window.composer.flush_draft()
            self._window.hide()
        else:
            self.quit_wanted.emit()

    async def close(self) -> None:
        """Ends all faces but the window."""
