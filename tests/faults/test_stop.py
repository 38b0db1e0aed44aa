"""Stop: in every state the socket is closed within 100 ms, as the server sees it, pressed once or twice.

The time for which a busy machine has no processor for the app comes on top.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import time
from collections.abc import Callable

import pytest

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage
from qwen_desktop.core.providers.transport import Transport
from tests.conftest import eventually
from tests.faults.frames import PROTOCOLS
from tests.faults.outcome import REQUEST, network, provider_of
from tests.faults.server import Connection, FaultServer
from tests.yardstick import Busy

STOP_S = 0.1
HANG_S = 20.0


class Reading:
    """One generation being read by a task that can be stopped as the app stops it."""

    def __init__(self, protocol: str, base_url: str, request: ReplyRequest = REQUEST) -> None:
        self.transport = Transport(network())
        self.is_sent = False
        self.batches = 0
        self.stream = provider_of(protocol, self.transport, base_url).stream(request, on_sent=self._on_sent)
        self.task = asyncio.ensure_future(self._read())

    def _on_sent(self) -> None:
        self.is_sent = True

    async def _read(self) -> None:
        async for _ in self.stream:
            self.batches += 1

    async def stop(self, *, presses: int = 1) -> float:
        """Cancel; returns the seconds until the task had ended, without those of a busy machine."""
        busy, began_at = Busy(), time.monotonic()
        for _ in range(presses):
            self.task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await self.task
        return time.monotonic() - began_at - busy.seconds()


async def _mute(connection: Connection) -> None:
    await connection.silence()


async def _never_reads(connection: Connection) -> None:
    connection.transport.pause_reading()
    await asyncio.Event().wait()


_WAYS: dict[str, tuple[str, Callable[[Reading], object]]] = {
    "waiting": ("no-response", lambda reading: reading.is_sent),
    "receiving headers": ("slow-headers", lambda reading: reading.is_sent),
    "before the first event": ("no-first-event", lambda reading: reading.is_sent),
    "writing": ("endless-stream", lambda reading: reading.batches > 3),
    "stalled": ("stall-midstream", lambda reading: reading.batches > 3),
    "only heartbeats": ("stall-heartbeats", lambda reading: reading.batches > 3),
    "flooded by comments": ("endless-comments", lambda reading: reading.batches > 3),
    "flooded by one line": ("endless-line", lambda reading: reading.batches > 3),
    "inflating a bomb": ("gzip-bomb", lambda reading: reading.is_sent),
    "reading an endless error": ("500-huge-body", lambda reading: reading.is_sent),
}


@pytest.mark.parametrize("presses", [1, 2])
@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("state", _WAYS)
async def test_stop_closes_the_socket_at_once(state: str, protocol: str, presses: int) -> None:
    fault, is_there = _WAYS[state]
    async with FaultServer(fault, protocol) as server:
        reading = Reading(protocol, server.base_url)
        await eventually(lambda: is_there(reading), poll_s=0.001)
        assert not reading.task.done()
        busy, pressed_at = Busy(), time.monotonic()
        assert await reading.stop(presses=presses) < STOP_S
        await eventually(lambda: server.open_connections == 0, poll_s=0.001)
        assert server.closed_at is not None
        assert server.closed_at - pressed_at < STOP_S + busy.seconds()
        assert server.posts == 1
        await reading.transport.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("presses", [1, 2])
async def test_stop_during_a_tls_handshake_closes_the_socket(presses: int) -> None:
    async with FaultServer("400") as server:
        server.on_connect = _mute
        reading = Reading("native", f"https://127.0.0.1:{server.port}")
        await eventually(lambda: server.connections)
        busy, pressed_at = Busy(), time.monotonic()
        await reading.stop(presses=presses)
        await eventually(lambda: server.open_connections == 0, poll_s=0.001)
        assert server.closed_at is not None
        assert server.closed_at - pressed_at < STOP_S + busy.seconds()
        await reading.transport.aclose()


async def test_stop_during_an_upload_that_nobody_reads_closes_the_socket() -> None:
    prompt = ReplyRequest("qwen-plus", (RequestMessage(Role.USER, "long " * 4_000_000),))
    async with FaultServer("400") as server:
        server.on_connect = _never_reads
        reading = Reading("native", server.base_url, prompt)
        await eventually(lambda: server.connections, timeout_s=10.0)
        await asyncio.sleep(0.1)  # until the socket's buffers are full
        assert not reading.is_sent
        assert await reading.stop() < STOP_S
        server.connections[0].transport.resume_reading()
        await eventually(lambda: server.open_connections == 0)
        await reading.transport.aclose()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the backlog of other systems never fills")
async def test_stop_while_connecting_closes_the_socket() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        try:
            before = _sockets()
            reading = Reading("native", f"http://127.0.0.1:{listener.getsockname()[1]}")
            await eventually(lambda: _sockets() > before)
            assert await reading.stop() < STOP_S
            assert _sockets() == before
            await reading.transport.aclose()
        finally:
            for filler in fillers:
                filler.close()


def _sockets() -> int:
    """How many sockets this process has open."""
    count = 0
    for name in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
        except OSError:
            continue
    return count


async def test_stop_during_a_name_look_up_returns_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow_look_up(*_: object, **__: object) -> object:
        asked.set()
        answer.wait(5)
        raise socket.gaierror("late")

    monkeypatch.setattr(socket, "getaddrinfo", slow_look_up)
    reading = Reading("native", "https://service.test")
    try:
        await eventually(asked.is_set)
        assert await reading.stop() < STOP_S
    finally:
        answer.set()
        await reading.transport.aclose()


async def test_stop_before_the_first_read_sends_nothing() -> None:
    async with FaultServer("endless-stream") as server:
        reading = Reading("native", server.base_url)
        await reading.stop()
        assert server.connections == []
        await reading.transport.aclose()


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_closing_between_two_reads_closes_the_socket_and_ends_the_stream(protocol: str) -> None:
    async with FaultServer("endless-stream", protocol) as server:
        transport = Transport(network())
        stream = provider_of(protocol, transport, server.base_url).stream(REQUEST)
        await anext(stream)  # type: ignore[call-overload]
        busy, closed_at = Busy(), time.monotonic()
        await stream.aclose()
        await stream.aclose()
        await eventually(lambda: server.open_connections == 0, poll_s=0.001)
        assert server.closed_at is not None
        assert server.closed_at - closed_at < STOP_S + busy.seconds()
        assert [deltas async for deltas in stream] == []
        await transport.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("state", ["waiting", "stalled", "writing", "flooded by comments"])
async def test_closing_while_another_task_reads_ends_the_stream(state: str) -> None:
    fault, is_there = _WAYS[state]
    async with asyncio.timeout(HANG_S), FaultServer(fault) as server:
        reading = Reading("native", server.base_url)
        await eventually(lambda: is_there(reading), poll_s=0.001)
        busy, closed_at = Busy(), time.monotonic()
        await reading.stream.aclose()
        await reading.task
        await eventually(lambda: server.open_connections == 0, poll_s=0.001)
        assert server.closed_at is not None
        assert server.closed_at - closed_at < STOP_S + busy.seconds()
        await reading.transport.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_closing_while_another_task_connects_ends_the_stream() -> None:
    async with asyncio.timeout(HANG_S), FaultServer("400") as server:
        server.on_connect = _mute
        reading = Reading("native", f"https://127.0.0.1:{server.port}")
        await eventually(lambda: server.connections)
        await reading.stream.aclose()
        await reading.task
        await eventually(lambda: server.open_connections == 0, poll_s=0.001)
        await reading.transport.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}
