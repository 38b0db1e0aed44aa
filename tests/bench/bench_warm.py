"""First token with a connection opened while typing against a cold one, over a road of 100 ms there and back.

`python -m tests.bench.bench_warm`: a TLS server answers at once; a relay in front of it holds every piece of data, and
the first news of each connection, for half a round trip in each direction, as a road of that length does.  Each round
asks cold, then warm; prints both medians and their difference in round trips (target: 2 or more).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from qwen_desktop.core.chat.delta import TextDelta
from qwen_desktop.core.providers.addresses import parse_base_url
from qwen_desktop.core.providers.transport import Transport
from tests.faults.outcome import REQUEST, network, provider_of
from tests.faults.proxies import make_certificate
from tests.faults.server import FaultServer
from tests.loopback_relay import LoopbackRelay

ROUND_TRIP_S = 0.1
ROUNDS = 7
TARGET_ROUND_TRIPS = 2.0


class Road(LoopbackRelay):
    """A relay to one port that delays everything by half a round trip each way.

    The kernel completes TCP's own handshake on the loopback without it, so the relay counts one round trip more before
    it passes on what a new connection says first."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted_at = asyncio.get_running_loop().time()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        try:
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(_lane(reader, far_writer, accepted_at + ROUND_TRIP_S))
                lanes.create_task(_lane(far_reader, writer, 0.0))
        except* ConnectionError:
            pass
        finally:
            writer.close()
            far_writer.close()


async def _lane(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, opens_at: float) -> None:
    """Each piece arrives half a round trip after it was sent, or after the lane opened if that is later."""
    loop = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            arrives_at, data = await on_the_way.get()
            await asyncio.sleep(max(0.0, arrives_at - loop.time()))
            if not data:
                writer.close()
                return
            writer.write(data)

    async with asyncio.TaskGroup() as ends:
        ends.create_task(arrive())
        while data := await reader.read(65_536):
            on_the_way.put_nowait((max(loop.time(), opens_at) + ROUND_TRIP_S / 2, data))
        on_the_way.put_nowait((loop.time() + ROUND_TRIP_S / 2, b""))


async def first_token_s(transport: Transport, base_url: str) -> float:
    """Seconds from sending to the first text."""
    began_at = time.perf_counter()
    stream = provider_of("native", transport, base_url).stream(REQUEST)
    try:
        async for deltas in stream:
            if any(isinstance(delta, TextDelta) for delta in deltas):
                return time.perf_counter() - began_at
    finally:
        await stream.aclose()
    raise AssertionError("no text came")


async def measure() -> tuple[list[float], list[float]]:
    """First tokens in seconds, cold and warm, one of each per round."""
    cold, warm = [], []
    async with _service() as (server, base_url):
        transport = Transport(network())
        try:
            await first_token_s(transport, base_url)  # imports, and reads the certificates
            for _ in range(ROUNDS):
                cold.append(await first_token_s(transport, base_url))
                before = len(server.connections)
                transport.warm(parse_base_url(base_url))
                await asyncio.sleep(6 * ROUND_TRIP_S)  # the typing
                assert len(server.connections) == before + 1
                assert len(server.requests) == before
                warm.append(await first_token_s(transport, base_url))
                assert len(server.connections) == before + 1
        finally:
            await transport.aclose()
    return cold, warm


@contextlib.asynccontextmanager
async def _service() -> AsyncIterator[tuple[FaultServer, str]]:
    with tempfile.TemporaryDirectory() as folder:
        context, certificate = make_certificate(Path(folder))
        os.environ["SSL_CERT_FILE"] = str(certificate)
        async with FaultServer("burst", tls=context) as server, Road(server.port) as road:
            yield server, f"https://127.0.0.1:{road.port}"


def main() -> None:
    cold, warm = asyncio.run(measure())
    saved = (statistics.median(cold) - statistics.median(warm)) / ROUND_TRIP_S
    for name, rounds in (("cold", cold), ("warm", warm)):
        shown = " ".join(f"{figure * 1000:.0f}" for figure in rounds)
        print(f"first token, {name}: {statistics.median(rounds) * 1000:.0f} ms (rounds {shown})")
    print(
        f"warm is {saved:.1f} round trips of {ROUND_TRIP_S * 1000:.0f} ms earlier (target {TARGET_ROUND_TRIPS:g}):"
        f" {'reached' if saved >= TARGET_ROUND_TRIPS else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
