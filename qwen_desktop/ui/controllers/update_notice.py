"""Our program replaced by another version while we run, to a notice with a button that starts the new one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal

from qwen_desktop.core.words import tr
from qwen_desktop.ui.notices import NoticeAction

if TYPE_CHECKING:
    from qwen_desktop.ui.views.main_window import MainWindow

ACTION = "restart_into_update"


class UpdateNotice(QObject):
    """Told by the system of changes to a folder, so nothing is looked at while nothing happens.

    Signals: restart_wanted(): the app is to end and start again.
    """

    restart_wanted = Signal()

    def __init__(self, window: MainWindow, program: Path, parent: QObject | None = None) -> None:
        """`program`: the file that an upgrade replaces after all others that it brings."""
        super().__init__(parent)
        self._window = window
        self._program = program
        self._started_from = _identity(program)
        # Of the folder, since a file that was deleted and made anew is not watched any more.
        self._watcher = QFileSystemWatcher([str(program.parent)], self)
        self._watcher.directoryChanged.connect(self._look)
        self._is_told = False
        window.notice_action.connect(self._on_action)

    def is_replaced(self) -> bool:
        """Another file is there now; False also while there is none."""
        return _identity(self._program) not in (None, self._started_from)

    def tell(self) -> None:
        """Say it, in place of what is said already."""
        self._is_told = True
        self._window.show_notice(
            tr("Qwen Desktop was updated while it was open. Restart it to go on with the new version."),
            [NoticeAction(ACTION, tr("Restart now"), is_primary=True)],
        )

    def _look(self) -> None:
        if not self._is_told and self.is_replaced():
            self.tell()

    def _on_action(self, name: str) -> None:
        if name == ACTION:
            self._window.clear_notice()
            self.restart_wanted.emit()


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_mtime_ns
