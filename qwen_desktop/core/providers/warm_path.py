"""Typing to a connection that is open when the prompt is sent: name, TCP, proxy and TLS are done, nothing was asked.

One such connection is held at most.  httpcore's own code opens it and is stopped where its request would begin to
leave; what it said to a proxy on the way is played back when the real request connects (see `recorded_way.py`).  It is
kept for KEEP_S after the last word of the user, and somebody always waits for its end: one that the service has closed
is never given away, so that nothing is written to it and the request may take another.  Used on one event loop;
imported where httpx may be.  Source: https://www.encode.io/httpcore/network-backends/ (read 2026-11-26).
"""
# ruff: noqa: ASYNC109  (the signatures are httpcore's)

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any, Final

import httpcore
import socksio

from qwen_desktop.core.providers.addresses import Address
from qwen_desktop.core.providers.recorded_way import Player, Recorder, Recording

KEEP_S = 4.0
"""How long an unused connection stays open after the user wrote something, as idle ones of the client do."""
OLDEST_S = 20.0
"""An older one is replaced while typing goes on: what is silent for long is dropped by routers without a word."""
PAUSE_S = 10.0
"""After one that could not be opened, or was closed at once, none is tried for so long."""
_SHORT_LIFE_S = 1.0

_Pool = httpcore.AsyncConnectionPool
_SILENT = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    socksio.SOCKSError,
    OSError,
    UnicodeError,
)
"""Why a connection cannot be had.  The request will meet the same, and tell."""

_wanted: ContextVar[Address | None] = ContextVar("wanted", default=None)
"""Whom the request asks that is being sent."""
_recording: ContextVar[Recording | None] = ContextVar("recording", default=None)
"""Set while a connection is opened for later."""


class WarmPath:
    """Keeps at most one open and unused connection."""

    def __init__(self) -> None:
        self._warm: _Warm | None = None
        self._old: set[asyncio.Task[None]] = set()
        self._not_before = 0.0

    def backend(self) -> WarmBackend:
        """For one of httpcore's pools."""
        return WarmBackend(self)

    def keep(self, address: Address, pool: _Pool) -> None:
        """The user is writing to `address`, which is reached through `pool`.  Costs next to nothing."""
        now = asyncio.get_running_loop().time()
        origin = httpcore.URL(address.base_url).origin
        if any(one.can_handle_request(origin) and one.is_idle() and not one.has_expired() for one in pool.connections):
            return
        warm = self._warm
        if warm is not None and warm.is_over:
            self._not_before = max(self._not_before, warm.pause_until)
            warm = self._warm = None
        if warm is not None and warm.address == address and warm.pool is pool and now < warm.began_at + OLDEST_S:
            warm.keep_until(now + KEEP_S)
            return
        if now < self._not_before:
            return
        self.cool()
        self._warm = warm = _Warm(address, pool)
        self._old.add(warm.task)
        warm.task.add_done_callback(self._old.discard)

    async def take(self, address: Address) -> httpcore.AsyncNetworkStream | None:
        """The connection to `address`, if there is one, for one request; waits if it is being opened."""
        warm = self._warm
        if warm is None or warm.address != address:
            return None
        self._warm = None
        return await warm.take()

    def cool(self) -> None:
        """Drop the connection: it closes within a few turns of the loop."""
        if self._warm is not None:
            self._warm.task.cancel()
            self._warm = None

    async def aclose(self) -> None:
        self.cool()
        while self._old:
            await asyncio.wait(set(self._old))
            await asyncio.sleep(0)


class WarmBackend(httpcore.AsyncNetworkBackend):
    """httpcore's way to the network, by a connection that is open already where there is one."""

    def __init__(self, path: WarmPath) -> None:
        self._path = path
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        recording, address = _recording.get(), _wanted.get()
        if recording is None and address is not None and (stream := await self._path.take(address)) is not None:
            return stream
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return stream if recording is None else Recorder(stream, recording)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


@contextlib.contextmanager
def asking(address: Address) -> Iterator[None]:
    """Within, a request to `address` is sent: it may take the connection that is open."""
    token = _wanted.set(address)
    try:
        yield
    finally:
        _wanted.reset(token)


class _Warm:
    """One connection from its opening until it is taken, closed by the other side, or dropped."""

    def __init__(self, address: Address, pool: _Pool) -> None:
        self.address: Final = address
        self.pool: Final = pool
        self._loop = asyncio.get_running_loop()
        self.began_at = self._loop.time()
        self.pause_until = 0.0
        """No other is to be opened before."""
        self._until = self.began_at + KEEP_S
        self._deadline: asyncio.Timeout | None = None
        self._recording = Recording()
        self._is_open: asyncio.Future[None] = self._loop.create_future()
        self._is_taken = False
        self.task = self._loop.create_task(self._run(), name="warm connection")

    @property
    def is_over(self) -> bool:
        return self.task.done()

    def keep_until(self, when: float | None) -> None:
        """`when` on the loop's clock; None: until it is taken."""
        if self._deadline is not None and not self._deadline.expired():
            with contextlib.suppress(RuntimeError):  # it ends at this moment
                self._deadline.reschedule(when)

    async def _run(self) -> None:
        try:
            async with asyncio.timeout_at(self._until) as self._deadline:
                await self._open()
                self._is_open.set_result(None)
                await self._recording.stream.read(1)  # which it never does, unless the other side closes it
        except _SILENT:
            pass
        finally:
            self._is_open.cancel()
            if not self._is_taken:
                if not self._deadline or not self._deadline.expired():
                    self._note_end()
                await self._close()

    def _note_end(self) -> None:
        """Not dropped for lack of words, but ended from outside."""
        now = self._loop.time()
        if not self._recording.is_whole or now < self.began_at + _SHORT_LIFE_S:
            self.pause_until = now + PAUSE_S

    async def _open(self) -> None:
        _recording.set(self._recording)
        url = httpcore.URL(self.address.base_url + "/")
        headers = [("Host", self.address.host_and_port)]
        request = httpcore.Request("GET", url, headers=headers, extensions={"trace": _stop_before_asking})
        try:
            await self.pool.create_connection(url.origin).handle_async_request(request)
        except _Opened:
            self._recording.is_whole = True

    async def take(self) -> httpcore.AsyncNetworkStream | None:
        """The connection, from now on the caller's; None when it could not be opened or was closed meanwhile."""
        self.keep_until(None)
        try:
            await asyncio.wait({self.task, self._is_open}, return_when=asyncio.FIRST_COMPLETED)
            if self.is_over:
                return None
            self._is_taken = True
            self.task.cancel()
            await asyncio.wait({self.task})
            # It ended by itself, or something came that the waiting read did not see yet: nothing was asked.
            if not self.task.cancelled() or self._recording.stream.get_extra_info("is_readable"):
                await self._close()
                return None
        except BaseException:
            self.task.cancel()
            await self._close()
            raise
        return Player(self._recording)

    async def _close(self) -> None:
        stream = self._recording.innermost
        if stream is not None:
            with contextlib.suppress(*_SILENT):
                await stream.aclose()


class _Opened(Exception):
    """The connection is there, and the request would leave now."""


async def _stop_before_asking(event: str, info: dict[str, Any]) -> None:
    if event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
        raise _Opened
