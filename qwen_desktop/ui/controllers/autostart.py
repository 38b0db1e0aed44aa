"""Starting with the session, switched on and off: the entry is read and written on a thread, for it lies on a disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.errors import StorageError
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.desktop.autostart import Autostart


class AutostartController(QObject):
    """Signals:
    changed(bool): whether the app starts with the session, as the desktop has it now
    refused(StorageError): it could not be changed; `changed` tells what it is
    failed(BaseException): a bug
    """

    changed = Signal(bool)
    refused = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None, *, entry: Callable[[], Autostart] | None = None) -> None:
        """`entry`: the system's own, unless another is given."""
        super().__init__(parent)
        self._entry = entry or _of_this_system
        self._order = asyncio.Lock()
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)

    def look(self) -> None:
        """Tell how it is now; another program may have changed it."""
        self._tasks.start(self._change(None), name="autostart")

    def set(self, is_on: bool) -> None:
        """Start with the session from now on, or no longer."""
        self._tasks.start(self._change(is_on), name="autostart")

    async def _change(self, is_on: bool | None) -> None:
        async with self._order:
            try:
                is_enabled = await asyncio.to_thread(self._work, is_on)
            except StorageError as error:
                if is_on is None:
                    return
                self.refused.emit(error)
                is_enabled = not is_on
        self.changed.emit(is_enabled)

    def _work(self, is_on: bool | None) -> bool:
        entry = self._entry()
        if is_on is not None:
            (entry.enable if is_on else entry.disable)()
        return entry.is_enabled()

    async def close(self) -> None:
        await self._tasks.close()


def _of_this_system() -> Autostart:
    from qwen_desktop.desktop.autostart import autostart

    return autostart()
