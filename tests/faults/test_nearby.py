"""Servers on the usual ports: found at once and in parallel, whatever else listens there, and asked without a key."""

from __future__ import annotations

import asyncio
import socket

import pytest

from qwen_desktop.core.providers.model_list import Model
from qwen_desktop.core.providers.nearby import NearbyServer, find_nearby, kind_of
from qwen_desktop.core.providers.servers import ServerKind
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.settings.settings import NetworkSettings
from tests.faults.server import Connection, FaultServer


def answering(body: bytes) -> FaultServer:
    async def answer(connection: Connection) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        await connection.send(head + body)

    server = FaultServer("204", "compatible")
    server.on_get = answer
    return server


async def hang(connection: Connection) -> None:
    await connection.silence()


async def test_what_answers_is_found_and_what_hangs_is_not_waited_for() -> None:
    library = answering(b'{"data": [{"id": "qwen3:8b", "owned_by": "library"}, {"id": "b", "owned_by": "library"}]}')
    unknown = answering(b'{"data": [{"id": "x", "owned_by": null}]}')
    nonsense = answering(b"<html>")
    silent = FaultServer("204", "compatible")
    silent.on_get = hang
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with library, unknown, nonsense, silent:
            ports = dict(
                zip(
                    (ServerKind.OLLAMA, ServerKind.VLLM, ServerKind.LM_STUDIO, ServerKind.LLAMA_CPP),
                    (library.port, unknown.port, nonsense.port, silent.port),
                    strict=True,
                )
            )
            ports[ServerKind.COMPATIBLE] = unused.getsockname()[1]
            transport = Transport(NetworkSettings(proxy="http://127.0.0.1:1"))  # never used on this computer
            async with asyncio.timeout(30):
                found = await find_nearby(transport, ports, deadline_s=2.0)  # twice the usual, for a slow machine
            await transport.aclose()
            assert found == [
                NearbyServer(ServerKind.OLLAMA, f"http://127.0.0.1:{library.port}", ("qwen3:8b", "b")),
                NearbyServer(ServerKind.COMPATIBLE, f"http://127.0.0.1:{unknown.port}", ("x",)),
            ]
            for server in (library, unknown, nonsense, silent):
                assert [(one.method, one.path) for one in server.requests] == [("GET", "/v1/models")]
                assert "authorization" not in server.requests[0].headers
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(
    ("owners", "kind"),
    [
        (("llamacpp",), ServerKind.LLAMA_CPP),
        (("vllm", "vllm"), ServerKind.VLLM),
        (("library", "vllm"), ServerKind.COMPATIBLE),
        ((None,), ServerKind.COMPATIBLE),
        ((), ServerKind.COMPATIBLE),
    ],
)
def test_who_it_is_is_told_by_the_list(owners: tuple[str | None, ...], kind: ServerKind) -> None:
    assert kind_of([Model(str(number), owner) for number, owner in enumerate(owners)]) is kind
