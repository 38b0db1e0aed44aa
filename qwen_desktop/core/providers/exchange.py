"""One request and its response: how far it came, its bytes as they arrive, and a socket that is closed in every case.

Reading is paced for a loop that also paints: the first bytes are passed on at once, then, after each read that had to
wait, the next one begins 16 ms later, so that wake-ups (which cost more than the bytes) are shared by what gathers.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from qwen_desktop.core.errors import ConnectionFailed
from qwen_desktop.core.providers.addresses import Address
from qwen_desktop.core.providers.deadlines import MovingDeadline, cancel_and_wait, run_cancelled_once, run_to_its_end
from qwen_desktop.core.providers.network_failures import from_exception
from qwen_desktop.core.providers.transport import Loan, Transport

if TYPE_CHECKING:
    import httpx

GATHER_S = 0.016
"""How long bytes gather after a read that had to wait."""
_WAITED_S = 0.001
"""A read that took longer than this had to wait."""
_BUSY_S = 0.004
"""Longest time without giving the loop to others while bytes come faster than they are read."""
_LONGEST_DRAIN_CHUNKS = 32
_LARGE_BODY_BYTES = 1_000_000
_SLOWEST_UPLOAD_BYTES_PER_S = 32 * 1024
"""What lies beyond a large body's first megabyte may take this long on its way before the headers are late."""
_TURNS_TO_END_GENERATORS = 12
"""asyncio ends a dropped generator two turns of the loop later, and five are nested in each other."""


class BodyBroken(Exception):
    """The response's body ended otherwise than HTTP says; its cause is httpx's own exception."""


class Exchange:
    """Used once: `send`, then `read` until it gives b'' or enough was read, then `aclose`."""

    def __init__(
        self,
        transport: Transport,
        address: Address,
        *,
        on_sent: Callable[[], None] | None = None,
        on_progress: Callable[[str], None] | None = None,
        api_key: str | None,
    ) -> None:
        """`on_progress` hears 'proxy' (`host:port` follows after a space) where there is one, 'connected' (the first
        socket, that of the proxy where there is one) and 'secured' (the request itself begins to leave)."""
        self.sending_began = False
        """The request itself (not one for a proxy's tunnel) has begun to leave."""
        self.deadline = MovingDeadline()
        """Of the reads: move `deadline.at` as you like."""
        self._transport = transport
        self._address = address
        self._on_sent = on_sent
        self._on_progress = on_progress
        self._api_key = api_key
        self._lending = contextlib.AsyncExitStack()
        self._loan: Loan | None = None
        self._response: httpx.Response | None = None
        self._sending: asyncio.Task[httpx.Response] | None = None
        self._chunks: AsyncGenerator[bytes, None] | None = None
        self._next_chunk: Callable[[], Awaitable[bytes]]
        self._breaks: tuple[type[Exception], ...] = ()
        self._socket: Any = None
        self._connecting: asyncio.Timeout | None = None
        self._headers_due = 0.0
        self._read_again_at = 0.0
        self._last_pause_at = 0.0
        self._is_at_end = False
        self._was_cancelled = False
        self._is_closed = False

    async def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        """The response once its headers are in.  Raises ProviderError; then, and when cancelled, all is closed."""
        self._sending = asyncio.ensure_future(self._send(method, path, headers, body))
        try:
            return await run_cancelled_once(self._sending)
        except BaseException as error:
            was_closed = self._is_closed
            await self.aclose()
            task = asyncio.current_task()
            if was_closed and isinstance(error, asyncio.CancelledError) and task is not None and not task.cancelling():
                # Closed by another task, which cancelled the sending but not the one that waits here.
                raise ConnectionFailed("closed", reason="lost", host=self._address.host_and_port) from error
            raise

    async def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        network, host = self._transport.network, self._address.host_and_port
        self._loan = loan = await self._lending.enter_async_context(self._transport.borrow(self._address))
        import httpx
        import socksio

        from qwen_desktop.core.providers.http_client import build_request

        if self._on_progress is not None and loan.proxy is not None:
            self._on_progress(f"proxy {loan.proxy}")

        if self._api_key:
            headers = {**headers, "Authorization": f"Bearer {self._api_key}"}
        request = build_request(method, self._address, path, headers, body, self._trace)
        began_at = asyncio.get_running_loop().time()
        longer_s = max(0, len(body) - _LARGE_BODY_BYTES) / _SLOWEST_UPLOAD_BYTES_PER_S
        self._headers_due = began_at + network.headers_timeout_s + longer_s
        try:
            async with asyncio.timeout_at(min(began_at + network.connect_timeout_s, self._headers_due)) as deadline:
                self._connecting = deadline
                self._response = await loan.client.send(request, stream=True)
        except (httpx.HTTPError, httpx.InvalidURL, socksio.SOCKSError, OSError, UnicodeError) as error:
            if isinstance(error, TimeoutError) and deadline.expired():
                raise self._too_late(host) from error
            raise from_exception(
                error, host=host, proxy=loan.proxy, sending_began=self.sending_began, api_key=self._api_key
            ) from error
        chunks: AsyncGenerator[bytes, None] = aiter(self._response.stream)  # type: ignore[arg-type]
        self._chunks, self._next_chunk = chunks, chunks.__anext__
        self._breaks = (httpx.HTTPError, OSError)
        self._last_pause_at = time.monotonic()
        return self._response

    def _too_late(self, host: str) -> ConnectionFailed:
        network = self._transport.network
        if self.sending_began:
            detail = f"no response within {network.headers_timeout_s:g} s"
            return ConnectionFailed(detail, reason="headers_timeout", host=host)
        detail = f"no connection within {network.connect_timeout_s:g} s"
        return ConnectionFailed(detail, reason="timeout", host=host, safe_to_resend=True)

    async def _trace(self, event: str, info: dict[str, Any]) -> None:
        """httpcore's progress: https://www.encode.io/httpcore/extensions/#trace (read 2026-11-23)."""
        if event.endswith("connect_tcp.complete"):
            self._socket = info["return_value"]
            if self._on_progress is not None:
                self._on_progress("connected")
        elif event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.sending_began = True
            if self._connecting is not None and not self._connecting.expired():
                self._connecting.reschedule(self._headers_due)
            if self._on_progress is not None:
                self._on_progress("secured")
        elif event == "http11.send_request_body.complete" and self.sending_began and self._on_sent is not None:
            self._on_sent()

    async def read(self) -> bytes:
        """The next bytes of the body as they were sent (still encoded); b'' at its end, and once it is closed.

        Raises TimeoutError past `deadline.at`, BodyBroken when the connection or the framing broke.  Gives the loop to
        others at least every few milliseconds, however fast the bytes come."""
        began_at = time.monotonic()
        if began_at < self._read_again_at:
            await asyncio.sleep(self._read_again_at - began_at)
            began_at = self._last_pause_at = time.monotonic()
        elif began_at - self._last_pause_at > _BUSY_S:
            await self.breathe()
            began_at = self._last_pause_at
        try:
            with self.deadline:
                chunk = await self._next_chunk()
        except StopAsyncIteration:
            self._is_at_end = True
            return b""
        except asyncio.CancelledError:
            self._was_cancelled = True
            raise
        except self._breaks as error:
            if self._is_closed:
                return b""
            if isinstance(error, TimeoutError):
                raise
            raise BodyBroken(type(error).__name__) from error
        now = time.monotonic()
        if now - began_at > _WAITED_S:
            self._last_pause_at = now
            self._read_again_at = now + GATHER_S
        return chunk

    async def breathe(self) -> None:
        """Give the loop to others if it was held for some milliseconds."""
        if time.monotonic() - self._last_pause_at > _BUSY_S:
            await asyncio.sleep(0)
            self._last_pause_at = time.monotonic()

    async def aclose(self) -> None:
        """Close the socket, or give it back when the body was read to its end; never waits for the other side.  Whole
        also when it is cancelled meanwhile."""
        if not self._is_closed:
            self._is_closed = True
            await run_to_its_end(self._close())

    async def _close(self) -> None:
        self.deadline.close()
        try:
            if self._sending is not None and not self._sending.done():
                await cancel_and_wait(self._sending)
            if self._response is not None and not self._is_at_end:
                # httpx closes too, but a second cancellation can break that off before it reached the socket.
                await _close_socket(self._response.extensions.get("network_stream"))
            elif self._response is None:
                # WORKAROUND httpcore 1.0.9 leaves the socket open when it is cancelled during a TLS handshake.
                await _close_socket(self._socket)
            if self._response is not None:
                with contextlib.suppress(OSError):
                    await self._response.aclose()
                if not self.deadline.is_bounding:  # another task's read under way ends them itself
                    await self._end_chunks()
            if self._was_cancelled and self._loan is not None:
                self._loan.retire()
        finally:
            await self._lending.aclose()
            self._response = self._chunks = self._socket = self._loan = None
            await asyncio.sleep(0)  # asyncio closes the file descriptor one step after the transport

    async def _end_chunks(self) -> None:
        """End httpx's nested generators here and now: those left suspended are ended by whoever collects the garbage,
        on asyncio's loop in tasks nobody owns, on Qt's outside of any task, where they fail."""
        import httpx

        assert self._chunks is not None
        try:
            for _ in range(_LONGEST_DRAIN_CHUNKS):
                await self._chunks.__anext__()
        except (StopAsyncIteration, httpx.HTTPError, httpx.StreamError, OSError):
            return  # the usual case: what had arrived is used up, and the closed socket ended them in order
        await self._chunks.aclose()
        for _ in range(_TURNS_TO_END_GENERATORS):
            await asyncio.sleep(0)


async def _close_socket(stream: Any) -> None:
    """`stream` is httpcore's network stream, or None."""
    if stream is not None:
        with contextlib.suppress(OSError):
            await stream.aclose()
