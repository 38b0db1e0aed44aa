"""Work on the history to tasks: what the disk refuses, and what is not there any more, is told and is no bug."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.errors import StorageError
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine


class HistoryTasks(TaskOwner):
    """Signals: troubled(StorageError): the disk refused."""

    troubled = Signal(object)

    def __init__(self, parent: QObject | None = None, *, on_missing: Callable[[], object] | None = None) -> None:
        """`on_missing` is called when what a task was about is gone; without it, that is a bug."""
        super().__init__(parent)
        self._on_missing = on_missing

    def start(self, coroutine: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        task = super().start(self._guarded(coroutine), name=name)
        task.add_done_callback(lambda _: coroutine.close())  # cancelled before its first step, nobody has begun it
        return task

    async def _guarded(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except StorageError as error:
            self.troubled.emit(error)
        except LookupError:
            if self._on_missing is None:
                raise
            self._on_missing()
