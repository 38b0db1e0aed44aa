"""CPU of one event from the socket to typed deltas, through httpx and the provider, one HTTP chunk per event.

`python -m tests.bench.bench_provider`: a server in a process of its own sends 20,000 events as fast as they are read;
prints the client's CPU in µs per event (median of five rounds, all rounds shown), and the target beside it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import time
from multiprocessing.connection import Connection as Pipe

from qwen_desktop.core.providers.transport import Transport
from tests.faults.frames import PROTOCOLS
from tests.faults.outcome import REQUEST, network, provider_of
from tests.faults.server import Connection, FaultServer

EVENTS = 20_000
ROUNDS = 5
TARGET_US = 13.0


async def _all_events(connection: Connection) -> None:
    await connection.head()
    frames = [connection.frames.text("three words of ") for _ in range(EVENTS)]
    frames += [connection.frames.finish(), connection.frames.after_finish()]
    for start in range(0, len(frames), 100):
        part = [b"%x\r\n%s\r\n" % (len(frame), frame) for frame in frames[start : start + 100] if frame]
        await connection.send(b"".join(part))
    await connection.end()


def _serve(protocol: str, pipe: Pipe) -> None:
    async def serve() -> None:
        async with FaultServer(_all_events, protocol) as server:
            pipe.send(server.base_url)
            await asyncio.get_running_loop().run_in_executor(None, pipe.recv)

    asyncio.run(serve())


async def _measure(protocol: str, base_url: str) -> list[float]:
    transport = Transport(network())
    provider = provider_of(protocol, transport, base_url)
    rounds = []
    for number in range(ROUNDS + 1):
        began_s, events = time.process_time(), 0
        async for deltas in provider.stream(REQUEST):
            events += len(deltas)
        assert events == EVENTS + 1
        if number:  # the first round imports and connects
            rounds.append((time.process_time() - began_s) / EVENTS * 1e6)
    await transport.aclose()
    return rounds


def measure(protocol: str) -> list[float]:
    """µs of client CPU per event, one figure per round."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(protocol, theirs))
    process.start()
    try:
        return asyncio.run(_measure(protocol, ours.recv()))
    finally:
        ours.send(None)
        process.join(5)
        if process.is_alive():
            process.kill()


def main() -> None:
    for protocol in PROTOCOLS:
        rounds = measure(protocol)
        shown = " ".join(f"{figure:.1f}" for figure in rounds)
        median = statistics.median(rounds)
        print(f"bytes to deltas, {protocol}: {median:.1f} µs/event (target {TARGET_US:g}; rounds {shown})")


if __name__ == "__main__":
    main()
