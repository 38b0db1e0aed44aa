"""The bin and its page, joined; and what has been in it for long enough, erased."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.errors import StorageError
from qwen_desktop.core.storage.sweeps import Sweeps
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from qwen_desktop.core.storage.conversations import History
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.bin_page import BinPage


class BinController(QObject):
    """`close` before the history is closed.

    Signals: restored(): the list of chats has changed; troubled(StorageError): the disk refused;
    failed(BaseException): a bug.
    """

    restored = Signal()
    troubled = Signal(object)
    failed = Signal(object)

    def __init__(self, history: History, attachments: Path, theme: Theme, parent: QObject | None = None) -> None:
        """`attachments`: the folder of pictures."""
        super().__init__(parent)
        self._attachments = attachments
        self._history = history
        self._sweeps = Sweeps(attachments.parent / "sweeps.json")
        self._theme = theme
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._page: BinPage | None = None

    async def close(self) -> None:
        await self._tasks.close()

    def tidy(self) -> None:
        """Erase what has been here for long enough."""
        self._tasks.start(self._tidy(), name="tidy the bin")

    async def _tidy(self) -> None:
        try:
            before = await asyncio.to_thread(self._sweeps.expired_before, datetime.now(UTC))
            if await self._history.bin.erase_before(before):
                await self._history.search.forget()
            await self._history.bin.erase_pictures(self._attachments)
        except StorageError as error:
            self.troubled.emit(error)

    def make_page(self) -> BinPage:
        """For the settings; a new one for every dialog."""
        from qwen_desktop.ui.views.bin_page import BinPage

        page = self._page = BinPage(self._theme)
        page.wanted.connect(lambda: self._tasks.start(self._show(), name="list the bin"))
        page.restore_requested.connect(lambda ids: self._tasks.start(self._restore(ids), name="bring back"))
        page.erase_requested.connect(lambda ids: self._tasks.start(self._erase(ids), name="erase"))
        page.destroyed.connect(lambda: self._forget(page))
        return page

    def _forget(self, page: BinPage) -> None:
        if self._page is page:
            self._page = None

    async def _show(self) -> None:
        try:
            deleted = await self._history.bin.conversations()
        except StorageError as error:
            self.troubled.emit(error)
            return
        if self._page is not None:
            self._page.show_deleted(deleted)

    async def _restore(self, ids: Sequence[int]) -> None:
        try:
            for one in ids:
                await self._history.undelete(one)
        except StorageError as error:
            self.troubled.emit(error)
        self.restored.emit()
        await self._show()

    async def _erase(self, ids: Sequence[int]) -> None:
        try:
            for one in ids:
                await self._history.bin.erase(one)
            await self._history.search.forget()  # it held their words; the next search makes it anew
        except StorageError as error:
            self.troubled.emit(error)
        await self._show()
