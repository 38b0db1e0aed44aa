"""The test of the connection: each way it can fail, and the step that is named for it.  Real sockets on loopback."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from pathlib import Path

import pytest

from qwen_desktop.core.errors import ProviderError
from qwen_desktop.core.providers.connection_check import Outcome, Step, check_connection
from qwen_desktop.core.settings.settings import NetworkSettings
from qwen_desktop.demo.server import DemoServer
from tests.conftest import eventually
from tests.faults.proxies import HOST, Proxy, make_certificate
from tests.faults.server import Connection, FaultServer, Script

KEY = "sk-canary-connection-0000"
MODELS = b'{"data": [{"id": "qwen-a"}, {"id": "qwen-b"}]}'


async def check(base_url: str, *, proxy: str = "none", key: str | None = KEY) -> tuple[Outcome, list[Step]]:
    steps: list[Step] = []
    network = NetworkSettings(proxy=proxy, connect_timeout_s=3.0)
    async with asyncio.timeout(20):
        outcome = await check_connection(network, base_url, key, on_step=steps.append)
    assert KEY not in f"{outcome!r}{outcome.error}"
    return outcome, steps


def failed(outcome: Outcome) -> tuple[Step | None, str, str]:
    assert isinstance(outcome.error, ProviderError)
    return outcome.failed, outcome.error.kind, outcome.error.reason


def service(on_get: Script, *, tls: ssl.SSLContext | None = None) -> FaultServer:
    """A server that answers a request for the models by `on_get`, and must not be asked for anything else."""

    async def nothing_else(connection: Connection) -> None:
        raise AssertionError(connection.request)

    server = FaultServer(nothing_else, tls=tls)
    server.on_get = on_get
    return server


async def list_two_models(connection: Connection) -> None:
    await connection.send(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(MODELS), MODELS)
    )


async def refuse_the_key(connection: Connection) -> None:
    await connection.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")


async def speak_of_something_else(connection: Connection) -> None:
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")


async def test_all_good_with_the_demo_server() -> None:
    async with DemoServer() as server:
        outcome, steps = await check(server.base_url)
    assert (outcome.failed, outcome.error, outcome.proxy) == (None, None, "")
    assert outcome.model_ids
    assert 0 <= outcome.took_ms < 10_000
    assert steps == [Step.NAME, Step.CONNECTION, Step.TLS, Step.KEY, Step.MODELS]


async def test_one_free_request_and_never_a_generation() -> None:
    async with service(list_two_models) as server:
        outcome, _ = await check(server.base_url)
        assert outcome.model_ids == ("qwen-a", "qwen-b")
        assert [(request.method, request.path) for request in server.requests] == [
            ("GET", "/compatible-mode/v1/models")
        ]


async def test_a_port_where_nobody_listens_is_the_connection() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome, _ = await check(f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert failed(outcome) == (Step.CONNECTION, "ConnectionFailed", "refused")


async def test_a_name_nobody_knows_is_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    outcome, steps = await check(f"https://{HOST}")
    assert failed(outcome) == (Step.NAME, "ConnectionFailed", "dns")
    assert steps == [Step.NAME]


async def test_names_that_are_looked_up_for_ever_hold_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: is_over.wait(30))
    checks = [asyncio.create_task(check(f"https://{HOST}")) for _ in range(16)]  # more than most loops have threads
    try:
        await eventually(lambda: sum(thread.name == "name look-up" for thread in threading.enumerate()) == 16)
        async with asyncio.timeout(5):
            assert await asyncio.to_thread(lambda: "saved") == "saved"
        for one in checks:
            one.cancel()
        await asyncio.gather(*checks, return_exceptions=True)
    finally:
        is_over.set()


async def test_an_address_that_is_none_is_the_name() -> None:
    outcome, steps = await check("nonsense")
    assert failed(outcome) == (Step.NAME, "ConnectionFailed", "bad_address")
    assert steps == []


async def test_a_certificate_nobody_vouches_for_is_tls(tmp_path: Path) -> None:
    context, _ = make_certificate(tmp_path)
    async with service(list_two_models, tls=context) as server:
        outcome, _ = await check(server.base_url)
    assert failed(outcome) == (Step.TLS, "ConnectionFailed", "certificate")


@pytest.mark.parametrize(("mode", "reason"), [("http-407", "proxy_auth"), ("http-502", "proxy"), ("drop", "proxy")])
async def test_a_proxy_that_does_not_let_through_is_the_proxy(mode: str, reason: str) -> None:
    async with Proxy(1, mode) as proxy:
        outcome, steps = await check(f"https://{HOST}", proxy=f"http://me:secret@{proxy.address}")
    assert failed(outcome) == (Step.PROXY, "ConnectionFailed", reason)
    assert outcome.proxy == proxy.address
    assert "secret" not in f"{outcome!r}{outcome.error}"
    assert steps[0] is Step.PROXY


async def test_a_proxy_that_is_not_there_is_the_proxy() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome, _ = await check(f"https://{HOST}", proxy=f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert failed(outcome)[0] is Step.PROXY


async def test_a_key_that_is_refused_and_one_that_is_not_there_are_the_key() -> None:
    async with service(refuse_the_key) as server:
        outcome, _ = await check(server.base_url)
        assert failed(outcome)[:2] == (Step.KEY, "ApiKeyRejected")
        outcome, _ = await check(server.base_url, key=None)
        assert failed(outcome)[:2] == (Step.KEY, "ApiKeyMissing")


async def test_something_else_than_a_list_is_the_list() -> None:
    async with service(speak_of_something_else) as server:
        outcome, _ = await check(server.base_url)
    assert failed(outcome)[:2] == (Step.MODELS, "ProtocolViolated")


async def test_cancelled_it_leaves_nothing_behind() -> None:
    asked = asyncio.Event()

    async def say_nothing(connection: Connection) -> None:
        asked.set()
        await connection.silence()

    async with service(say_nothing) as server:
        task = asyncio.ensure_future(check(server.base_url))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert asyncio.all_tasks() == {asyncio.current_task()}
