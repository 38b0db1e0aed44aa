"""What arrives of a reply to its journal: in order, soon, and without making the stream wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.errors import StorageError

JOURNAL_INTERVAL_S = 0.25
"""Received text waits at most this long before it is given to the journal."""


class Journal(Protocol):
    """Where a reply is kept while it grows (see `storage/journal.py`)."""

    async def append(self, pieces: Sequence[tuple[str, str]]) -> None: ...

    async def set_status(self, status: MessageStatus) -> None: ...

    async def finish(self, reply: Message) -> None: ...


class Saver:
    """Gives what arrives to the journal, in order, at most every JOURNAL_INTERVAL_S, without making the stream wait."""

    def __init__(self, journal: Journal, on_trouble: Callable[[StorageError], None]) -> None:
        self._journal = journal
        self._on_trouble = on_trouble
        self._pieces: list[tuple[str, str]] = []
        self._status: MessageStatus | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._is_in_trouble = False

    def add(self, kind: str, text: str) -> None:
        self._pieces.append((kind, text))
        self._schedule(JOURNAL_INTERVAL_S)

    def set_status(self, status: MessageStatus) -> None:
        self._status = status
        self._schedule(0.0)

    def _schedule(self, delay_s: float) -> None:
        if self._writing is not None:
            return  # looks again when it is through
        if self._timer is not None:
            if delay_s > 0.0:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._start)

    def _start(self) -> None:
        self._timer = None
        if self._writing is None and (self._pieces or self._status is not None):
            self._writing = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        try:
            pieces, self._pieces = self._pieces, []
            status, self._status = self._status, None
            if pieces:  # first: what the journal could not write it keeps, and writes with the next
                await self._journal.append(pieces)
            if status is not None:
                await self._journal.set_status(status)
            self._is_in_trouble = False
        except StorageError as error:
            self._tell(error)
        finally:
            self._writing = None
            if self._pieces:
                self._schedule(JOURNAL_INTERVAL_S)
            elif self._status is not None:
                self._schedule(0.0)

    def _tell(self, error: StorageError) -> None:
        if not self._is_in_trouble:
            self._is_in_trouble = True
            self._on_trouble(error)

    async def finish(self, reply: Message) -> bool:
        """Writes the final reply, whole; False when the disk does not take it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._timer is not None:  # the write that just ended may have asked for another
            self._timer.cancel()
            self._timer = None
        self._pieces.clear()  # the final row holds all of it
        self._status = None
        try:
            await self._journal.finish(reply)
        except StorageError as error:
            self._tell(error)
            return False
        return True
