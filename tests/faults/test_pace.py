"""How bytes become batches: the first at once, later ones gathered, the loop never held, memory bounded."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from qwen_desktop.core.providers import catalogue, exchange
from qwen_desktop.core.providers.transport import Transport
from tests.faults.frames import PIECES, PROTOCOLS, WHOLE
from tests.faults.outcome import REQUEST, drain, generate, network, provider_of
from tests.faults.server import Connection, FaultServer, ThreadedFaultServer
from tests.yardstick import slower

MIB = 1024 * 1024
HANG_S = 20.0


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_each_piece_is_given_before_the_next_is_sent(protocol: str) -> None:
    seen = asyncio.Queue[None]()

    async def wait_for_the_reader(connection: Connection) -> None:
        await connection.head()
        for piece in PIECES:
            await connection.chunk(connection.frames.text(piece))
            await seen.get()
        await connection.chunks([connection.frames.finish(), connection.frames.after_finish()])
        await connection.silence()

    async with asyncio.timeout(HANG_S), FaultServer(wait_for_the_reader, protocol) as server:
        transport = Transport(network())
        text = []
        async for deltas in provider_of(protocol, transport, server.base_url).stream(REQUEST):
            for delta in deltas:
                if hasattr(delta, "text"):
                    text.append(delta.text)
                    seen.put_nowait(None)
        await transport.aclose()
    assert text == list(PIECES)


async def test_pieces_that_come_quickly_are_gathered_into_few_wake_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    """For longer than in the app, so that a slow machine, too, sends several pieces meanwhile."""
    monkeypatch.setattr(exchange, "GATHER_S", 6 * exchange.GATHER_S)
    sent, arrived = 0, 0
    wake_ups: set[int] = set()
    """How many pieces had been sent when some arrived; all that arrive at once arrive at the same number."""

    async def until_some_were_gathered(connection: Connection) -> None:
        nonlocal sent
        await connection.head()
        while len(wake_ups) < 10:  # for ever, if they are held back
            sent += 1
            await connection.chunk(connection.frames.text(f"{sent} "))
            await asyncio.sleep(0.002)
        await connection.chunk(connection.frames.finish())
        await connection.end()

    async with asyncio.timeout(HANG_S), FaultServer(until_some_were_gathered) as server:
        transport = Transport(network())
        async for deltas in provider_of("native", transport, server.base_url).stream(REQUEST):
            wake_ups.add(sent)
            arrived += len(deltas)
        await transport.aclose()
    assert arrived == sent + 1
    assert len(wake_ups) < sent / 3, f"{len(wake_ups)} wake-ups for {sent} pieces"


@contextlib.contextmanager
def without_collections() -> Iterator[None]:
    """As in the window, which looks for garbage in quiet moments: that of thousands of tests takes 0.1 s."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("fault", ["endless-comments", "endless-stream", "gzip-bomb"])
async def test_flood_leaves_the_loop_to_others(fault: str) -> None:
    catalogue.load()
    with ThreadedFaultServer(fault) as server, without_collections():
        transport = Transport(network())
        reading = asyncio.ensure_future(drain(provider_of("native", transport, server.base_url).stream(REQUEST)))
        turns = 0
        until = time.thread_time() + 0.3 * slower()  # of this thread's own work: a busy machine does not count
        while time.thread_time() < until and not reading.done():
            await asyncio.sleep(0)
            turns += 1
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await transport.aclose()
    assert turns > 10


async def test_ten_thousand_tiny_chunks_in_one_read_do_not_hold_the_loop() -> None:
    async def tiny_chunks(connection: Connection) -> None:
        await connection.head()
        for _ in range(8):
            await connection.send(b"1\r\n:\r\n" * 10_000)
        await connection.chunk(b"\n\n")
        await connection.chunks(connection.frames.reply())
        await connection.end()

    catalogue.load()
    with ThreadedFaultServer(tiny_chunks) as server, without_collections():
        deadlines = dict.fromkeys(("first_event_timeout_s", "idle_timeout_s"), 30.0)
        transport = Transport(network(**deadlines))
        reading = asyncio.ensure_future(drain(provider_of("native", transport, server.base_url).stream(REQUEST)))
        took_s, last_s = [], time.thread_time()
        while not reading.done():
            await asyncio.sleep(0)
            now_s = time.thread_time()
            took_s.append(now_s - last_s)
            last_s = now_s
        assert reading.result().text == WHOLE
        await transport.aclose()
    # This thread's CPU, so that a busy machine does not count.  Each of eight reads holds some 60 ms of such chunks.
    # Two turns may be long: what the host of a virtual machine takes away for a moment counts as this thread's.
    assert sorted(took_s)[-3] < 0.03 * slower()


@pytest.mark.parametrize("fault", ["endless-line", "endless-event", "gzip-bomb", "500-huge-body"])
async def test_flood_stays_within_bounded_memory(fault: str) -> None:
    async with FaultServer(fault) as server:
        tracemalloc.start()
        try:
            outcome = await generate("native", server.base_url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert outcome.error is not None
    assert peak < 96 * MIB, f"{peak / MIB:.0f} MiB"


async def test_many_events_in_one_chunk_come_as_one_batch() -> None:
    async with FaultServer("burst") as server:
        transport = Transport(network())
        batches = [deltas async for deltas in provider_of("native", transport, server.base_url).stream(REQUEST)]
        await transport.aclose()
    assert len(batches) == 1
    assert "".join(delta.text for delta in batches[0] if hasattr(delta, "text")) == WHOLE


async def test_usage_and_end_of_the_compatible_protocol_are_read_after_the_finish() -> None:
    async with FaultServer("hang-after-done", "compatible") as server:
        outcome = await generate("compatible", server.base_url)
    assert outcome.is_done
    assert outcome.usage is not None
    assert outcome.usage.output_tokens == 24


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_streams_side_by_side_keep_apart(protocol: str) -> None:
    async with FaultServer("slow-drip", protocol) as server:
        transport = Transport(network())
        provider = provider_of(protocol, transport, server.base_url)
        outcomes = await asyncio.gather(*(drain(provider.stream(REQUEST)) for _ in range(5)))
        await transport.aclose()
    assert [outcome.text for outcome in outcomes] == [WHOLE] * 5


async def test_last_data_moves_with_data_and_not_with_comments() -> None:
    async with FaultServer("stall-heartbeats") as server:
        transport = Transport(network(idle_timeout_s=0.5))
        stream = provider_of("native", transport, server.base_url).stream(REQUEST)
        outcome = await drain(stream)
        assert outcome.error is not None
        assert time.monotonic() - stream.last_data_at > 0.4, "comments came until the end"
        await transport.aclose()
