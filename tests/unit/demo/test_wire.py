"""The loopback HTTP server against clients that are odd, slow, rude or gone."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from qwen_desktop.demo.http_head import Request
from qwen_desktop.demo.wire import CutConnection, HttpServer, Response, Timeouts

Run = Callable[..., None]
Eventually = Callable[..., Awaitable[Any]]


async def echo(request: Request) -> Response:
    """Method, path, query and body, back as they were read."""
    words = [request.method, request.path, request.query, str(len(request.body)), request.body[:100].decode()]
    return Response(200, "|".join(words).encode(), "text/plain")


@asynccontextmanager
async def serving(handler: Any = echo, **options: Any) -> AsyncIterator[HttpServer]:
    server = HttpServer(handler, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def exchange(server: HttpServer, sent: bytes) -> bytes:
    """Everything that comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(sent)
        return await reader.read()
    finally:
        writer.close()


def request_of(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


GET = ("GET /a?b=c HTTP/1.1", "Host: 127.0.0.1")


def test_request_is_read_and_answered(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as server:
            got = await exchange(server, request_of(*GET, "Connection: close"))
            assert got.startswith(b"HTTP/1.1 200 OK\r\n")
            assert got.endswith(b"\r\n\r\nGET|/a|b=c|0|")

    run(scenario())


def test_one_connection_carries_many_requests_also_pipelined(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as server:
            post = request_of("POST /p HTTP/1.1", "Host: localhost", "Content-Length: 2", body=b"hi")
            got = await exchange(server, post + post + request_of(*GET, "Connection: close"))
            assert got.count(b"HTTP/1.1 200 OK") == 3
            assert got.count(b"POST|/p||2|hi") == 2

    run(scenario())


def test_chunked_body_is_read_with_extensions_and_trailers(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as server:
            head = request_of("POST / HTTP/1.1", "Host: [::1]:80", "Transfer-Encoding: chunked", "Connection: close")
            got = await exchange(server, head + b"3;x=y\r\nabc\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n")
            assert got.endswith(b"POST|/||13|abc0123456789")

    run(scenario())


def test_body_is_asked_for_when_the_client_expects_to_be_asked(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(request_of("POST / HTTP/1.1", "Host: localhost", "Content-Length: 2", "Expect: 100-continue"))
            assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(b"ok")
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n")
            writer.close()

    run(scenario())


HOST = "Host: localhost"
REFUSALS = {
    "not_http": (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    "no_version": (request_of("GET /"), 400),
    "old_version": (request_of("GET / HTTP/2.0", HOST), 505),
    "no_host": (request_of("GET / HTTP/1.1"), 400),
    "two_hosts": (request_of("GET / HTTP/1.1", HOST, "Host: evil.example"), 400),
    "two_lengths": (request_of("POST / HTTP/1.1", HOST, "Content-Length: 1", "Content-Length: 2"), 400),
    "length_and_chunks": (request_of("POST / HTTP/1.1", HOST, "Content-Length: 1", "Transfer-Encoding: chunked"), 400),
    "length_negative": (request_of("POST / HTTP/1.1", HOST, "Content-Length: -1"), 400),
    "length_plus": (request_of("POST / HTTP/1.1", HOST, "Content-Length: +1"), 400),
    "length_arabic": (request_of("POST / HTTP/1.1", HOST, "Content-Length: \xb2"), 400),
    "length_huge": (request_of("POST / HTTP/1.1", HOST, "Content-Length: 67108865"), 413),
    "length_endless": (request_of("POST / HTTP/1.1", HOST, "Content-Length: " + "9" * 5000), 400),
    "gzip_body": (request_of("POST / HTTP/1.1", HOST, "Transfer-Encoding: gzip, chunked"), 501),
    "expects_magic": (request_of("POST / HTTP/1.1", HOST, "Expect: magic"), 417),
    "folded_header": (request_of("GET / HTTP/1.1", HOST, "A: b", " c"), 400),
    "space_before_colon": (request_of("GET / HTTP/1.1", HOST, "A : b"), 400),
    "nul_in_header": (request_of("GET / HTTP/1.1", HOST, "A: \0"), 400),
    "bare_line_feed": (request_of("GET / HTTP/1.1", HOST, "A: b\nEvil: c"), 400),
    "many_headers": (request_of("GET / HTTP/1.1", HOST, *(f"A{i}: b" for i in range(200))), 431),
    "large_header": (request_of("GET / HTTP/1.1", HOST, "A: " + "b" * 70_000), 431),
    "chunk_size_word": (request_of("POST / HTTP/1.1", HOST, "Transfer-Encoding: chunked", body=b"zz\r\n"), 400),
    "chunk_size_empty": (request_of("POST / HTTP/1.1", HOST, "Transfer-Encoding: chunked", body=b"\r\n"), 400),
    "chunk_size_huge": (request_of("POST / HTTP/1.1", HOST, "Transfer-Encoding: chunked", body=b"FFFFFFFF\r\n"), 413),
    "chunk_too_long": (request_of("POST / HTTP/1.1", HOST, "Transfer-Encoding: chunked", body=b"1\r\nabc\r\n"), 400),
    "chunk_line_long": (
        request_of("POST / HTTP/1.1", HOST, "Transfer-Encoding: chunked", body=b"1;" + b"x" * 70_000),
        400,
    ),
    "target_relative": (request_of("GET a HTTP/1.1", HOST), 400),
    "rebound_name": (request_of("GET / HTTP/1.1", "Host: attacker.example:8080"), 403),
    "name_like_ours": (request_of("GET / HTTP/1.1", "Host: 127.0.0.1.attacker.example"), 403),
    "user_in_host": (request_of("GET / HTTP/1.1", "Host: localhost@attacker.example"), 403),
    "absolute_elsewhere": (request_of("GET http://attacker.example/ HTTP/1.1", HOST), 403),
    "web_page": (request_of("GET / HTTP/1.1", HOST, "Origin: https://attacker.example"), 403),
    "opaque_page": (request_of("GET / HTTP/1.1", HOST, "Origin: null"), 403),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_bad_request_is_refused_with_words_and_the_connection_ends(run: Run, name: str) -> None:
    sent, status = REFUSALS[name]
    reached = False

    async def handler(request: Request) -> Response:
        nonlocal reached
        reached = True
        return await echo(request)

    async def scenario() -> None:
        async with serving(handler) as server:
            got = await exchange(server, sent)
            assert got.startswith(f"HTTP/1.1 {status} ".encode())
            assert got.count(b"\r\n\r\n") == 1
            assert got.rstrip().endswith(b".")
            assert b"access-control" not in got.lower()
            assert not reached

    run(scenario())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:99", "localhost:1", "LOCALHOST", "[::1]:80", "127.8.9.1"])
def test_every_loopback_name_is_welcome(run: Run, host: str) -> None:
    async def scenario() -> None:
        async with serving() as server:
            sent = request_of("GET / HTTP/1.1", f"Host: {host}", f"Origin: http://{host}", "Connection: close")
            assert (await exchange(server, sent)).startswith(b"HTTP/1.1 200")

    run(scenario())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", ""])
def test_only_loopback_is_bound(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        HttpServer(echo, host)


def test_head_gets_the_header_alone(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as server:
            got = await exchange(server, request_of("HEAD /x HTTP/1.1", HOST, "Connection: close"))
            assert b"content-length: 11" in got
            assert got.endswith(b"\r\n\r\n")

    run(scenario())


def streaming(pieces: list[bytes], log: list[str], gap_s: float = 0.0) -> Any:
    async def body() -> AsyncGenerator[bytes, None]:
        try:
            for piece in pieces:
                await asyncio.sleep(gap_s)
                yield piece
            log.append("ended")
        except CutConnection:
            raise
        finally:
            log.append("closed")

    async def handler(request: Request) -> Response:
        return Response(200, body(), "text/plain")

    return handler


def test_stream_is_chunked_for_1_1_and_plain_for_1_0(run: Run) -> None:
    async def scenario() -> None:
        async with serving(streaming([b"one", b"two"], [])) as server:
            got = await exchange(server, request_of("GET / HTTP/1.0", HOST))
            assert got.endswith(b"\r\n\r\nonetwo")
            assert b"chunked" not in got
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(request_of(*GET))
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readuntil(b"0\r\n\r\n") == b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
            writer.close()

    run(scenario())


def test_generation_stops_at_once_when_the_client_leaves(run: Run, eventually: Eventually) -> None:
    log: list[str] = []

    async def scenario() -> None:
        async with serving(streaming([b"first", *[b"later"] * 9], log, gap_s=0.0)) as quick:
            await exchange(quick, request_of("GET / HTTP/1.0", HOST))
            assert log == ["ended", "closed"]
        log.clear()

        async def waits_long() -> AsyncGenerator[bytes, None]:
            try:
                yield b"first"
                await asyncio.sleep(3600)
            finally:
                log.append("closed")

        async def handler(request: Request) -> Response:
            return Response(200, waits_long())

        async with serving(handler) as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(request_of(*GET))
            await reader.readuntil(b"first")
            writer.transport.abort()
            await eventually(lambda: log == ["closed"])  # which sleeps for an hour otherwise
            await eventually(lambda: server.connection_count == 0)

    run(scenario())


def test_connection_breaks_where_the_body_says_so(run: Run) -> None:
    async def body() -> AsyncGenerator[bytes, None]:
        yield b"half"
        raise CutConnection

    async def handler(request: Request) -> Response:
        return Response(200, body())

    async def scenario() -> None:
        async with serving(handler) as server:
            reader, writer = await asyncio.open_connection(server.host, server.port)
            writer.write(request_of(*GET))
            await reader.readuntil(b"half\r\n")
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await reader.readuntil(b"0\r\n\r\n")
            writer.close()

    run(scenario())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", 0),
        (b"GET / HT", 408),
        (request_of("POST / HTTP/1.1", HOST, "Content-Length: 9", body=b"abc"), 408),
        (request_of("POST / HTTP/1.1", HOST, "Transfer-Encoding: chunked", body=b"5\r\nab"), 408),
    ],
)
def test_slow_client_is_sent_away(run: Run, sent: bytes, status: int) -> None:
    async def scenario() -> None:
        async with serving(timeouts=Timeouts(idle_s=0.1, head_s=0.1, body_s=0.1)) as server:
            got = await exchange(server, sent)
            assert got.startswith(f"HTTP/1.1 {status} ".encode() if status else b"")
            assert bool(got) is bool(status)

    run(scenario())


def test_client_that_does_not_read_is_dropped(run: Run, eventually: Eventually) -> None:
    log: list[str] = []

    async def endless() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"x" * 65536
        finally:
            log.append("closed")

    async def handler(request: Request) -> Response:
        return Response(200, endless())

    async def scenario() -> None:
        async with serving(handler, timeouts=Timeouts(write_s=0.2)) as server:
            reader, writer = await asyncio.open_connection(server.host, server.port, limit=1024)
            writer.write(request_of(*GET))
            await eventually(lambda: log == ["closed"])
            assert reader is not None
            writer.transport.abort()

    run(scenario())


def test_close_breaks_running_streams_quickly(run: Run) -> None:
    log: list[str] = []

    async def scenario() -> None:
        server = HttpServer(streaming([b"never"], log, gap_s=3600))
        await server.start()
        clients = [await asyncio.open_connection(server.host, server.port) for _ in range(20)]
        for _, writer in clients:
            writer.write(request_of(*GET))
        await clients[-1][0].readuntil(b"\r\n\r\n")
        async with asyncio.timeout(5):
            await server.close()
        assert server.connection_count == 0
        await server.close()
        for reader, writer in clients:
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await reader.readexactly(10_000)
            writer.close()

    run(scenario())


def test_large_body_arrives_whole(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as server:
            body = b"x" * (20 * 1024 * 1024)
            head = request_of("POST / HTTP/1.1", HOST, f"Content-Length: {len(body)}", "Connection: close")
            got = await exchange(server, head + body)
            assert b"|20971520|" in got

    run(scenario())


def test_crowd_beyond_the_limit_is_turned_away_and_room_is_made_again(run: Run, eventually: Eventually) -> None:
    async def scenario() -> None:
        async with serving(max_connections=2) as server:
            held = [await asyncio.open_connection(server.host, server.port) for _ in range(2)]
            await eventually(lambda: server.connection_count == 2)
            with contextlib.suppress(ConnectionError):  # a reset, before or after our request was written
                assert await exchange(server, request_of(*GET)) == b""
            for _, writer in held:
                writer.close()
            await eventually(lambda: server.connection_count == 0)
            assert await exchange(server, request_of(*GET, "Connection: close"))

    run(scenario())


def test_taken_port_is_an_os_error(run: Run) -> None:
    async def scenario() -> None:
        async with serving() as server:
            with pytest.raises(OSError, match="address"):
                await HttpServer(echo, port=server.port).start()

    run(scenario())


def test_demo_needs_neither_qt_nor_httpx() -> None:
    code = (
        "import sys, qwen_desktop.demo.server; print([m for m in ('httpx', 'PySide6', 'qasync') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert shown.stdout.strip() == "[]"
