"""A loopback HTTP/1.1 server that breaks on purpose: one named fault in, real sockets that misbehave out.

`FaultServer` runs in the test's own loop, `ThreadedFaultServer` in a thread of its own, for tests whose loop is Qt's.
Both count what was POSTed and note when the client closed its sockets.  What each fault does is in `table.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self

from tests.faults.frames import Frames


@dataclass(frozen=True)
class Request:
    """One request as the server read it."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    connection: int
    """Which connection it came on, counted from 1."""
    at: float = field(default_factory=time.monotonic)

    @property
    def begun(self) -> str:
        """The text that is to be continued in partial mode; '' when a reply is asked for from its beginning."""
        try:
            body = json.loads(self.body)
            last = (body.get("input") or body)["messages"][-1]
        except (ValueError, LookupError, AttributeError, TypeError):
            return ""
        return str(last["content"]) if last.get("partial") is True else ""


class Connection(asyncio.Protocol):
    """One client socket: bytes in as requests, and the means to answer well or badly."""

    def __init__(self, server: FaultServer) -> None:
        self.server = server
        self.number = len(server.connections) + 1
        self.left = asyncio.Event()
        """The client closed the socket."""
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._buffer = bytearray()
        self.transport: asyncio.Transport
        self.frames = Frames(server.protocol)
        self.request: Request | None = None

    # asyncio.Protocol
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.server.connections.append(self)
        self.server.start(self._serve())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._arrived.set()

    def eof_received(self) -> bool:
        self._note_left()
        return not self.server.is_tls

    def connection_lost(self, exc: Exception | None) -> None:
        self._note_left()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _note_left(self) -> None:
        if not self.left.is_set():
            self.server.closed_at = time.monotonic()
            self.left.set()
            self._arrived.set()

    async def _serve(self) -> None:
        try:
            if self.server.on_connect is not None:
                await self.server.on_connect(self)
            while (request := await self._read_request()) is not None:
                self.request = request
                self.frames = Frames(self.server.protocol, begun=request.begun)
                self.server.requests.append(request)
                if request.method == "POST":
                    await self.server.script_of_post()(self)
                else:
                    await self.server.on_get(self)
        except (ConnectionError, ClientLeft):
            pass
        finally:
            self.transport.close()

    async def _read_request(self) -> Request | None:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if not await self.more():
                return None
        head = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        size = int(headers.get("content-length", "0"))
        while len(self._buffer) < end + 4 + size:
            if not await self.more():
                return None
        body = bytes(self._buffer[end + 4 : end + 4 + size])
        del self._buffer[: end + 4 + size]
        return Request(method, path, headers, body, self.number)

    async def more(self) -> bool:
        """Wait for bytes; False when the client has left."""
        if self.left.is_set():
            return False
        self._arrived.clear()
        await self._arrived.wait()
        return not self.left.is_set()

    def take(self) -> bytes:
        """What arrived and was not read as a request."""
        taken = bytes(self._buffer)
        self._buffer.clear()
        return taken

    # How a script answers.
    async def send(self, data: bytes) -> None:
        """Write and wait while the client does not read.  Raises ClientLeft when it has gone."""
        if self.left.is_set():
            raise ClientLeft
        self.transport.write(data)
        await self._writable.wait()
        # Give the loop a turn, so that each write is a segment of its own and the client's leaving is seen.
        await asyncio.sleep(0)

    async def head(
        self,
        status: int = 200,
        content_type: str | None = "text/event-stream;charset=UTF-8",
        *,
        length: int | None = None,
        **headers: str,
    ) -> None:
        """Status and headers; the body is chunked unless `length` is given."""
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", f"x-request-id: {HEADER_REQUEST_ID}"]
        if content_type is not None:
            lines.append(f"Content-Type: {content_type}")
        if length is None:
            if status not in (204, 304):
                lines.append("Transfer-Encoding: chunked")
        elif length >= 0:
            lines.append(f"Content-Length: {length}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def chunk(self, data: bytes) -> None:
        """One HTTP chunk; nothing for no bytes, since an empty chunk ends the body."""
        if data:
            await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    async def chunks(self, frames: list[bytes]) -> None:
        for frame in frames:
            await self.chunk(frame)

    async def end(self) -> None:
        """The end of a chunked body."""
        await self.send(b"0\r\n\r\n")

    async def answer(self, status: int, body: bytes, content_type: str = "application/json", **headers: str) -> None:
        """A whole response with a body of known length."""
        await self.head(status, content_type, length=len(body), **headers)
        if body:
            await self.send(body)

    async def reply(self) -> None:
        """What a service does when nothing is wrong."""
        await self.head()
        await self.chunks(self.frames.reply())
        await self.end()

    def fin(self) -> None:
        """End of the connection, after all that was written."""
        self.transport.close()

    def reset(self) -> None:
        """TCP RST; nothing, where the client has closed the connection already."""
        raw: socket.socket = self.transport.get_extra_info("socket")
        if raw.fileno() < 0:
            return
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    async def silence(self) -> None:
        """Say nothing until the client leaves."""
        await self.left.wait()
        raise ClientLeft


class ClientLeft(Exception):
    """The client closed its socket; the script has nobody to talk to."""


Script = Callable[[Connection], Awaitable[None]]
HEADER_REQUEST_ID = "header-5d0c1f0e"
REASONS = {200: "OK", 204: "No Content", 307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized"}
MODEL_LIST = b'{"object":"list","data":[{"id":"qwen-plus","object":"model"},{"id":"qwen3.7-plus","object":"model"}]}'


async def _list_models(connection: Connection) -> None:
    await connection.answer(200, MODEL_LIST)


async def _serve_well(connection: Connection) -> None:
    await connection.reply()


class FaultServer:
    """Listens while its `async with` block runs.

    `fault` names a row of `table.FAULTS`, or is a script of its own; the first `times` POSTs suffer it (all when None),
    later ones are answered well.  `tls` makes it an https server."""

    def __init__(
        self,
        fault: str | Script,
        protocol: str = "native",
        *,
        times: int | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if isinstance(fault, str):
            from tests.faults.table import FAULTS

            fault = FAULTS[fault].script
        self.script: Script = fault
        self.protocol = protocol
        self.requests: list[Request] = []
        self.connections: list[Connection] = []
        self.closed_at: float | None = None
        """`time.monotonic()` when the client last closed a socket."""
        self.on_get: Script = _list_models
        self.on_connect: Script | None = None
        """Runs before the first request of each connection is read."""
        self.port = 0
        self._times = times
        self._tls = tls
        self._tasks: set[asyncio.Task[None]] = set()
        self.failures: list[BaseException] = []
        """What went wrong in the server itself; the block's end raises the first."""

    @property
    def is_tls(self) -> bool:
        return self._tls is not None

    @property
    def base_url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def posts(self) -> int:
        """How many POSTs were read to their end."""
        return sum(request.method == "POST" for request in self.requests)

    @property
    def open_connections(self) -> int:
        return sum(not connection.left.is_set() for connection in self.connections)

    def script_of_post(self) -> Script:
        return _serve_well if self._times is not None and self.posts > self._times else self.script

    def start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failures.append(error)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in self.connections:
            with contextlib.suppress(AttributeError):  # of a TLS transport that is closed already, before Python 3.11.5
                connection.transport.abort()
        await self._server.wait_closed()
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures[0]


class ThreadedFaultServer:
    """The same server on a loop and a thread of its own, for `with`; `posts`, `requests`, `closed_at` as there."""

    def __init__(self, fault: str | Script, protocol: str = "native", **options: Any) -> None:
        self._make = lambda: FaultServer(fault, protocol, **options)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fault server", daemon=True)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["server"], name)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20), "the fault server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive(), "the fault server did not stop"

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self._make() as server:
            self.server = server
            self._ready.set()
            await self._stop.wait()
