"""Reads and writes of the history go side by side: a read that was overtaken by a write is done again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """How often what the disk holds of each conversation changed, since the start, by what may happen while it is read.

    What was written during a read is in no signal that follows it: without this, a chat would be shown without the
    turn that began meanwhile, or with an older draft.
    """

    def __init__(self) -> None:
        self._counts: Counter[int | None] = Counter()
        self._under_way: dict[asyncio.Future[None], int] = {}
        """Each with its conversation."""

    def note(self, conversation_id: int | None) -> None:
        """Called once it is on disk.  None: of one or several that are not known here."""
        self._counts[conversation_id] += 1

    def follow(self, conversation_id: int, change: asyncio.Future[None]) -> None:
        """It is on its way to the disk, and nothing will tell of it: what is read from now on is read after it."""
        self._under_way[change] = conversation_id
        change.add_done_callback(self._under_way.pop)

    async def read(self, conversation_id: int, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` returns, and nothing noted meanwhile is missing in it.  Raises what `read` raises."""
        if under_way := [change for change, place in self._under_way.items() if place == conversation_id]:
            await asyncio.wait(under_way)
        while True:
            count = self._count(conversation_id)
            answer = await read()
            if self._count(conversation_id) == count:
                return answer

    def _count(self, conversation_id: int) -> int:
        return self._counts[conversation_id] + self._counts[None]
