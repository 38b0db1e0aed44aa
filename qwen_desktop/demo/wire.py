"""Loopback sockets to HTTP requests, and responses back to bytes: a small HTTP/1.1 server on asyncio.

For the demo and for tests, so it refuses anything that did not come from this computer: it binds loopback only, and a
`Host` or `Origin` that names another machine is answered 403 (a web page cannot reach it by DNS rebinding).  Limits on
size, time and number keep a bad client from holding it.  Framing as RFC 9112 (https://www.rfc-editor.org/rfc/rfc9112,
read 2026-11-23); whatever is ambiguous there is refused, not guessed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from qwen_desktop.demo.http_head import (
    LOOPBACK_HOSTS,
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    Refused,
    Request,
    is_loopback,
    parse_head,
    split_target,
)

MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_CONNECTIONS = 100

_READ_BYTES = 64 * 1024
_PHRASES = {
    100: "Continue",
    200: "OK",
    204: "No Content",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    417: "Expectation Failed",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "HTTP Version Not Supported",
}


@dataclass(frozen=True, slots=True)
class Response:
    """What to answer.  A generator's chunks are sent as they come; it is closed when the client leaves."""

    status: int
    body: bytes | AsyncGenerator[bytes, None] = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class CutConnection(Exception):
    """Raised by a body: the connection shall break here, in the middle of the response."""


Handler = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Timeouts:
    """Seconds a client may take; none of them limits how long a reply may run."""

    idle_s: float = 30.0
    """Silence between two requests of one connection."""
    head_s: float = 10.0
    """From a request's first byte to the end of its header."""
    body_s: float = 20.0
    """Silence inside a request body."""
    write_s: float = 60.0
    """A client that does not read what it asked for."""


class _Reader(asyncio.StreamReader):
    """A stream reader that tells at once when the client is gone, also while nobody reads."""

    on_gone: Callable[[], None] | None = None

    def feed_eof(self) -> None:
        super().feed_eof()
        if self.on_gone is not None:
            self.on_gone()

    def set_exception(self, exc: Exception) -> None:
        super().set_exception(exc)
        if self.on_gone is not None:
            self.on_gone()


@dataclass
class HttpServer:
    """Listens on loopback and asks `handler` for the answer to each request.  Belongs to one running loop."""

    handler: Handler
    host: str = "127.0.0.1"
    port: int = 0
    """0 until `start`: any free port."""
    timeouts: Timeouts = field(default_factory=Timeouts)
    max_connections: int = MAX_CONNECTIONS
    _server: asyncio.Server | None = None
    _connections: set[_Connection] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK_HOSTS:
            raise ValueError(f"not a loopback address: {self.host!r}")

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:PORT`, without a slash at the end; the port is known after `start`."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def connection_count(self) -> int:
        """How many clients are connected now."""
        return len(self._connections)

    async def start(self) -> None:
        """Listen.  Raises OSError when the port is taken."""
        if self._server is not None:
            raise RuntimeError("already started")
        loop = asyncio.get_running_loop()

        def accept() -> asyncio.StreamReaderProtocol:
            reader = _Reader(limit=MAX_HEAD_BYTES, loop=loop)
            return asyncio.StreamReaderProtocol(reader, lambda _, writer: self._accept(reader, writer), loop=loop)

        self._server = await loop.create_server(accept, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and break every connection; afterwards nothing of it runs.  May be called twice."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        tasks = [connection.abort() for connection in self._connections]
        if tasks:
            await asyncio.wait(tasks)
        if server is not None:
            await server.wait_closed()

    def _accept(self, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        if self._server is None or len(self._connections) >= self.max_connections:
            writer.transport.abort()
            return
        connection = _Connection(self, reader, writer)
        self._connections.add(connection)
        connection.task.add_done_callback(lambda _: self._connections.discard(connection))


class _Connection:
    """One client: its requests are answered in order until either side has had enough."""

    def __init__(self, server: HttpServer, reader: _Reader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._timeouts = server.timeouts
        self._reader = reader
        self._writer = writer
        self._is_answering = False
        reader.on_gone = self._on_gone
        self.task = asyncio.get_running_loop().create_task(self._run())

    def abort(self) -> asyncio.Task[None]:
        """Break the connection at once; the task returned ends soon."""
        self._writer.transport.abort()
        self.task.cancel()
        return self.task

    def _on_gone(self) -> None:
        if self._is_answering:
            self.task.cancel()  # nobody is there to read: stop generating now, not at the next write

    async def _run(self) -> None:
        try:
            while await self._serve_one():
                pass
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError, TimeoutError, CutConnection):
            self._writer.transport.abort()  # the one who cancels is `abort` or the client's leaving: it ends here
        except BaseException:
            self._writer.transport.abort()
            raise
        finally:
            self._reader.on_gone = None
            self._writer.close()

    async def _serve_one(self) -> bool:
        """Answer one request; True if the connection can carry another."""
        try:
            async with asyncio.timeout(self._timeouts.idle_s):
                first = await self._reader.readexactly(1)
        except (TimeoutError, asyncio.IncompleteReadError):
            return False
        try:
            request, keep_alive = await self._read_request(first)
        except Refused as refused:
            await self._refuse(refused)
            return False
        self._is_answering = True
        try:
            if self._reader.at_eof():
                return False
            is_whole = await self._answer(request, await self._server.handler(request), keep_alive)
        finally:
            self._is_answering = False
        return keep_alive and is_whole

    async def _refuse(self, refused: Refused) -> None:
        """Say why, then let the words arrive: closing with unread bytes would reset the connection and lose them."""
        body = (refused.why + "\n").encode()
        await self._write_head(refused.status, "text/plain; charset=utf-8", (), f"content-length: {len(body)}", False)
        self._writer.write(body)
        await self._drain()
        if self._writer.can_write_eof():
            self._writer.write_eof()
        try:
            async with asyncio.timeout(1.0):
                for _ in range(64):
                    if not await self._reader.read(_READ_BYTES):
                        break
        except TimeoutError:
            pass

    # -- reading

    async def _read_request(self, first: bytes) -> tuple[Request, bool]:
        if first not in b"\r\nABCDEFGHIJKLMNOPQRSTUVWXYZ":
            raise Refused(400, "This is not an HTTP request.")
        try:
            async with asyncio.timeout(self._timeouts.head_s):
                head = first + await self._reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"\r\n") and len(head) == 4:  # blank lines before a request are allowed
                    head = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise Refused(431, "The header is too large.") from None
        except TimeoutError:
            raise Refused(408, "The header did not arrive in time.") from None
        method, target, version, headers = parse_head(head)
        host, path, query = split_target(target, headers)
        origin = headers.get("origin")
        if not is_loopback(host) or (origin is not None and not is_loopback(origin.partition("://")[2])):
            raise Refused(403, "This server answers only programs on this computer.")
        body = await self._read_body(headers)
        connection = {word.strip().lower() for word in headers.get("connection", "").split(",")}
        keep_alive = (
            version == "HTTP/1.1" and "close" not in connection
        )  # a 1.0 client has no chunks: it reads to the end
        return Request(method, path, query, headers, body), keep_alive

    async def _read_body(self, headers: Mapping[str, str]) -> bytes:
        coding, length_text = headers.get("transfer-encoding"), headers.get("content-length")
        if coding is not None and length_text is not None:
            raise Refused(400, "Both Transfer-Encoding and Content-Length were sent.")
        if coding is not None and coding.lower() != "chunked":
            raise Refused(501, "Only the chunked transfer coding is understood.")
        length = 0
        if length_text is not None:
            if not (length_text.isascii() and length_text.isdigit() and len(length_text) <= 18):
                raise Refused(400, "Content-Length is not a number.")
            length = int(length_text)
            if length > MAX_BODY_BYTES:
                raise Refused(413, "The request body is too large.")
        expect = headers.get("expect")
        if expect is not None:
            if expect.lower() != "100-continue":
                raise Refused(417, "Only 100-continue can be expected.")
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            return await self._read_chunked() if coding is not None else bytes(await self._read_bytes(length))
        except TimeoutError:
            raise Refused(408, "The request body did not arrive in time.") from None
        except asyncio.LimitOverrunError:
            raise Refused(400, "A line of the chunked body is too long.") from None

    async def _read_bytes(self, length: int) -> bytearray:
        body = bytearray()
        while len(body) < length:
            async with asyncio.timeout(self._timeouts.body_s):
                piece = await self._reader.read(min(_READ_BYTES, length - len(body)))
            if not piece:
                raise asyncio.IncompleteReadError(b"", length)
            body += piece
        return body

    async def _read_chunked(self) -> bytes:
        body = bytearray()
        while True:
            size_text = (await self._read_line()).partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size_text):
                raise Refused(400, "A chunk size is not a hexadecimal number.")
            size = int(size_text, 16)
            if size == 0:
                break
            if len(body) + size > MAX_BODY_BYTES:
                raise Refused(413, "The request body is too large.")
            body += await self._read_bytes(size)
            if await self._read_line():
                raise Refused(400, "A chunk is longer than it said.")
        for _ in range(MAX_HEADERS):  # trailers are read and dropped
            if not await self._read_line():
                return bytes(body)
        raise Refused(431, "Too many trailers.")

    async def _read_line(self) -> bytes:
        async with asyncio.timeout(self._timeouts.body_s):
            return (await self._reader.readuntil(b"\r\n"))[:-2]

    # -- writing

    async def _answer(self, request: Request, response: Response, keep_alive: bool) -> bool:
        """True when the response was sent whole, so that its end is where the next one begins."""
        body = response.body
        if isinstance(body, bytes):
            framing = "" if response.status == 204 else f"content-length: {len(body)}"
            await self._write_head(response.status, response.content_type, response.headers, framing, keep_alive)
            if request.method != "HEAD" and body:
                self._writer.write(body)
            await self._drain()
            return True
        try:
            framing = "transfer-encoding: chunked" if keep_alive else ""
            await self._write_head(response.status, response.content_type, response.headers, framing, keep_alive)
            await self._drain()
            if request.method != "HEAD":
                async for chunk in body:
                    self._writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk) if keep_alive else chunk)
                    await self._drain()
                if keep_alive:
                    self._writer.write(b"0\r\n\r\n")
                    await self._drain()
            return True
        finally:
            await body.aclose()

    async def _write_head(
        self, status: int, content_type: str, headers: tuple[tuple[str, str], ...], framing: str, keep_alive: bool
    ) -> None:
        lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}"]
        if status != 204:
            lines.append(f"content-type: {content_type}")
        lines += [f"{name}: {value}" for name, value in headers]
        if framing:
            lines.append(framing)
        lines.append(f"connection: {'keep-alive' if keep_alive else 'close'}")
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    async def _drain(self) -> None:
        if self._writer.is_closing():
            raise ConnectionResetError("the client has gone")
        if not self._writer.transport.get_write_buffer_size():
            return  # nothing waits in our buffer: spare the timer, there is one call for each chunk of a reply
        async with asyncio.timeout(self._timeouts.write_s):
            await self._writer.drain()
