"""Answers that come when a test says so: of the service, of the history, and of the key ring."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from qwen_desktop.core.errors import ApiKeyStoreLocked
from tests.faults.server import Connection

if TYPE_CHECKING:
    from qwen_desktop.app import Desktop
    from qwen_desktop.core.chat.turns import Asking


async def answered(connection: Connection) -> None:
    await connection.head()
    await connection.chunks([connection.frames.text("an answer"), connection.frames.finish()])
    await connection.end()


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


class SlowKey:
    """Between the app and its key; it may refuse at last."""

    def __init__(self, desktop: Desktop) -> None:
        self.answer = asyncio.Event()
        self.is_refused = False
        self._usual = desktop.chat._asking
        desktop.chat._asking = self.asking

    async def asking(self, model_id: str, thinking: bool | None, **more: Any) -> Asking:
        await self.answer.wait()
        if self.is_refused:
            raise ApiKeyStoreLocked("locked")
        return await self._usual(model_id, thinking, **more)
