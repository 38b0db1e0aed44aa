"""Titles by a model, where the user wants them: the first finished reply of a new chat sets one off.

Nobody waits for it and nobody is told when there is none: the prompt's first line stays the title.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.errors import QwenDesktopError
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    from qwen_desktop.core.chat.titles import TitleStore
    from qwen_desktop.core.chat.turn import TurnEnded
    from qwen_desktop.core.chat.turns import Asking
    from qwen_desktop.ui.controllers.chat import ChatController

log = logging.getLogger(__name__)

TitleAsking = Callable[[str, str], Awaitable["Asking | None"]]
"""The engine's `title_asking`."""


class TitleController(QObject):
    """Asks once for each conversation, beside whatever else goes on; Stop in the conversation ends it.

    Signals:
      changed(int conversation_id): it has another title, or something was billed for one
      failed(BaseException): a bug
    """

    changed = Signal(int)
    failed = Signal(object)

    def __init__(
        self,
        chat: ChatController,
        store: TitleStore,
        asking: TitleAsking,
        is_wanted: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._chat = chat
        self._store = store
        self._asking = asking
        self._is_wanted = is_wanted
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._asked: dict[int, asyncio.Task[Any] | None] = {}
        """Conversations for which a title was asked, with the task while it runs."""
        chat.turn_ended.connect(self._on_ended)
        chat.stop_requested.connect(self.stop)

    def _on_ended(self, conversation_id: int, _: int, ended: TurnEnded) -> None:
        reply = ended.reply
        if not self._is_wanted() or conversation_id in self._asked or reply.is_demo or not ended.is_saved:
            return
        if reply.status is not MessageStatus.COMPLETE or not reply.model_id:
            return
        work = self._make(conversation_id, reply.model_id, self._chat.account_of(conversation_id))
        self._asked[conversation_id] = task = self._tasks.start(work, name="title")
        task.add_done_callback(lambda _: self._asked.update({conversation_id: None}))

    async def _make(self, conversation_id: int, model_id: str, account: str) -> None:
        from qwen_desktop.core.chat.titles import make_title

        try:
            if (asking := await self._asking(model_id, account)) is not None:
                changed = partial(self.changed.emit, conversation_id)
                await make_title(conversation_id, asking, self._store, self._chat.within_cap, changed)
        except QwenDesktopError as error:
            log.debug("no title: %s", error.kind)

    def stop(self, conversation_id: int) -> None:
        """Closes the socket of a request for its title; what was billed is kept."""
        if (task := self._asked.get(conversation_id)) is not None:
            task.cancel()

    def stop_all(self, conversation_ids: Collection[int]) -> None:
        """The same for all of these."""
        for one in self._asked.keys() & conversation_ids:
            self.stop(one)

    async def close(self) -> None:
        """Ends what runs and waits until what was billed is kept."""
        await self._tasks.close()
