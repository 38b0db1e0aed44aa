"""Answers that come when a test says so: of the service, and of the history."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.faults.server import Connection


class HeldReply:
    """A service that ends each reply when it may."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def __call__(self, connection: Connection) -> None:
        await connection.head()
        await connection.chunk(connection.frames.text("some words"))
        await self.may_end.wait()
        await connection.chunks([connection.frames.finish()])
        await connection.end()


class Late:
    """A method of the history whose answer, or whose work where `is_begun` is False, waits until it may come."""

    def __init__(self, history: object, name: str, *, is_begun: bool = True, error: Exception | None = None) -> None:
        self.calls = 0
        self.may_come = asyncio.Event()
        self._is_begun, self._error = is_begun, error
        self._method = getattr(history, name)
        setattr(history, name, self)

    async def __call__(self, *arguments: Any, **options: Any) -> Any:
        answer = await self._method(*arguments, **options) if self._is_begun else None
        self.calls += 1
        await self.may_come.wait()
        if self._error is not None:
            raise self._error
        return answer if self._is_begun else await self._method(*arguments, **options)
