"""The same streams on the window's own loop: deadlines, stop and pace do not depend on asyncio's."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

import pytest

from tests.conftest import RunScenario, eventually
from tests.faults.frames import PROTOCOLS
from tests.faults.outcome import generate
from tests.faults.server import ThreadedFaultServer
from tests.faults.table import FAULTS
from tests.faults.test_stop import STOP_S, Reading
from tests.yardstick import Busy

NAMES = (
    "burst",
    "slow-drip",
    "hang-after-done",
    "429",
    "no-response",
    "slow-headers",
    "no-first-event",
    "stall-midstream",
    "stall-heartbeats",
    "endless-comments",
    "rst-midstream",
    "gzip-bomb",
)


@pytest.fixture(autouse=True)
def dead_loops_are_collected_here() -> Iterator[None]:
    """A dead loop owns Qt timers, so the server's thread must not be the one that collects it."""
    gc.collect()
    yield
    gc.collect()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", NAMES)
def test_fault_ends_as_on_any_loop(name: str, protocol: str, run: RunScenario) -> None:
    fault = FAULTS[name]

    async def scenario(base_url: str) -> None:
        outcome = await generate(protocol, base_url, fault.network)
        assert (outcome.error.kind if outcome.error else "") == fault.kind
        assert (outcome.error.reason if outcome.error else "") == fault.reason
        assert outcome.text == fault.expected_text

    with ThreadedFaultServer(name, protocol) as server:
        run(scenario(server.base_url))
        assert server.posts == 1


@pytest.mark.parametrize("presses", [1, 2])
@pytest.mark.parametrize("name", ["no-response", "endless-stream", "endless-comments", "stall-midstream"])
def test_stop_closes_the_socket_at_once(name: str, presses: int, run: RunScenario) -> None:
    async def scenario(server: ThreadedFaultServer) -> None:
        reading = Reading("native", server.base_url)
        await eventually(lambda: reading.is_sent and (name == "no-response" or reading.batches > 3))
        busy, pressed_at = Busy(), time.monotonic()
        assert await reading.stop(presses=presses) < STOP_S
        await eventually(lambda: server.open_connections == 0)
        assert server.closed_at - pressed_at < STOP_S + busy.seconds()
        await reading.transport.aclose()

    with ThreadedFaultServer(name) as server:
        run(scenario(server))
