"""A connection that is opened while the user types: taken by the request, renewed, dropped, and found dead in time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.providers import warm_path
from qwen_desktop.core.providers.addresses import Address, parse_base_url
from qwen_desktop.core.providers.model_list import list_models
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.settings.settings import NetworkSettings, ServerSettings, Settings
from qwen_desktop.engine import Engine
from tests.conftest import eventually
from tests.faults.frames import WHOLE
from tests.faults.outcome import API_KEY, REQUEST, Outcome, drain, network, provider_of
from tests.faults.proxies import HOST, Proxy, make_certificate
from tests.faults.server import Connection, FaultServer, Script


@asynccontextmanager
async def tls_server(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fault: str | Script = "burst", **options: int
) -> AsyncIterator[FaultServer]:
    context, certificate = make_certificate(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with FaultServer(fault, tls=context, **options) as server:
        yield server


@asynccontextmanager
async def client(setting: NetworkSettings | None = None) -> AsyncIterator[Transport]:
    transport = Transport(setting or network())
    try:
        yield transport
    finally:
        await transport.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task(), *other_tasks()}


def other_tasks() -> set[asyncio.Task[object]]:
    """Those of the server and the proxies."""
    return {task for task in asyncio.all_tasks() if not task.get_name().startswith(("warm", "prepare"))}


def warm_tasks() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith(("warm", "prepare"))]


async def warmed(transport: Transport, server: FaultServer, base_url: str = "") -> Address:
    """Type until one more connection stands."""
    address = parse_base_url(base_url or server.base_url)
    count = len(server.connections)
    transport.warm(address)
    await eventually(lambda: len(server.connections) == count + 1)
    await settled(transport)
    return address


async def settled(transport: Transport) -> None:
    """Until the client knows of what it opened."""
    pool = await eventually(lambda: transport._pool)
    await eventually(lambda: (warm := pool.router._warm_path._warm) is not None and warm._recording.is_whole)


async def ask(transport: Transport, base_url: str) -> Outcome:
    return await drain(provider_of("native", transport, base_url).stream(REQUEST))


async def test_request_takes_the_connection_and_nothing_was_sent_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tls_server(tmp_path, monkeypatch) as server, client() as transport:
        address = await warmed(transport, server)
        for _ in range(50):
            transport.warm(address)
        assert server.requests == []
        assert server.connections[0].take() == b""
        outcome = await ask(transport, server.base_url)
        assert (outcome.error, outcome.text) == (None, WHOLE)
        assert [(request.method, request.connection) for request in server.requests] == [("POST", 1)]
        assert warm_tasks() == []


async def test_idle_connection_of_an_earlier_request_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with tls_server(tmp_path, monkeypatch) as server, client() as transport:
        await list_models(transport, server.base_url, API_KEY)
        transport.warm(parse_base_url(server.base_url))
        assert warm_tasks() == []
        assert (await ask(transport, server.base_url)).text == WHOLE
        assert (len(server.requests), len(server.connections)) == (2, 1)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize("login", ["", "me:p%40ss@"])
async def test_request_takes_the_connection_through_a_proxy(
    scheme: str, login: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        tls_server(tmp_path, monkeypatch) as server,
        Proxy(server.port, user_password="me:p@ss" if login else "") as proxy,
        client(NetworkSettings(proxy=f"{scheme}://{login}{proxy.address}")) as transport,
    ):
        await warmed(transport, server, f"https://{HOST}")
        assert (server.requests, len(proxy.asked)) == ([], 1)
        outcome = await ask(transport, f"https://{HOST}")
        assert (outcome.error, outcome.text) == (None, WHOLE)
        assert (server.posts, len(server.connections), len(proxy.asked)) == (1, 1, 1)


async def test_request_waits_for_a_connection_that_is_being_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tls_server(tmp_path, monkeypatch) as server, client() as transport:
        transport.warm(parse_base_url(server.base_url))
        outcome = await ask(transport, server.base_url)
        assert (outcome.text, server.posts, len(server.connections)) == (WHOLE, 1, 1)


async def test_connection_is_dropped_when_nothing_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_path, "KEEP_S", 1.0)  # long beside the moments in which a busy machine does nothing
    async with tls_server(tmp_path, monkeypatch) as server, client() as transport:
        address = await warmed(transport, server)
        began_at = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < began_at + 1.5:  # longer than it is kept
            transport.warm(address)
            await asyncio.sleep(0.02)
        assert (len(server.connections), server.open_connections) == (1, 1)
        await eventually(lambda: server.open_connections == 0)
        assert warm_tasks() == []
        assert (await ask(transport, server.base_url)).text == WHOLE
        assert (server.posts, len(server.connections)) == (1, 2)


async def test_old_connection_is_replaced_while_typing_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_path, "OLDEST_S", 0.0)
    async with tls_server(tmp_path, monkeypatch) as server, client() as transport:
        await warmed(transport, server)
        await warmed(transport, server)
        await eventually(lambda: server.open_connections == 1)
        assert (await ask(transport, server.base_url)).text == WHOLE
        assert [request.connection for request in server.requests] == [2]


@pytest.mark.parametrize("end", [Connection.fin, Connection.reset])
@pytest.mark.parametrize("is_seen", [True, False])
async def test_connection_closed_by_the_service_is_replaced_and_the_prompt_sent_once(
    end: object, is_seen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tls_server(tmp_path, monkeypatch) as server, client() as transport:
        await warmed(transport, server)
        end(server.connections[0])  # type: ignore[operator]
        if is_seen:
            await eventually(lambda: warm_tasks() == [])
        outcome = await ask(transport, server.base_url)
        assert (outcome.error, outcome.text) == (None, WHOLE)
        assert [(request.method, request.connection) for request in server.requests] == [("POST", 2)]


async def test_prompt_lost_on_the_connection_is_not_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with tls_server(tmp_path, monkeypatch, "rst-before-headers") as server, client() as transport:
        await warmed(transport, server)
        error = (await ask(transport, server.base_url)).error
        assert error is not None
        assert (error.reason, error.safe_to_resend, server.posts) == ("lost", False, 1)


async def test_service_that_speaks_unasked_is_not_listened_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def speak(connection: Connection) -> None:
        if connection.number == 1:
            await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with tls_server(tmp_path, monkeypatch) as server, client() as transport:
        server.on_connect = speak
        transport.warm(parse_base_url(server.base_url))
        await eventually(lambda: server.connections and server.connections[0].left.is_set())
        assert (await ask(transport, server.base_url)).text == WHOLE
        assert [request.connection for request in server.requests] == [2]


async def test_unknown_name_is_looked_up_once_and_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def unknown(host: object, *_: object, **__: object) -> object:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with client() as transport:
        address = parse_base_url(f"https://{HOST}")
        transport.warm(address)
        await eventually(lambda: asked and not warm_tasks())
        for _ in range(20):
            transport.warm(address)
            await asyncio.sleep(0)
        assert len(asked) == 1
        error = (await ask(transport, f"https://{HOST}")).error
        assert error is not None
        assert error.reason == "dns"


async def test_certificate_nobody_trusts_is_told_by_the_request_only(tmp_path: Path) -> None:
    context, _ = make_certificate(tmp_path)
    async with FaultServer("burst", tls=context) as server, client() as transport:
        transport.warm(parse_base_url(server.base_url))
        error = (await ask(transport, server.base_url)).error
        assert error is not None
        assert error.reason == "certificate"
        assert server.requests == []


@pytest.mark.parametrize("mode", ["http-407", "http-502", "drop"])
async def test_proxy_that_refuses_is_told_by_the_request_only(mode: str) -> None:
    async with (
        FaultServer("burst") as server,
        Proxy(server.port, mode) as proxy,
        client(NetworkSettings(proxy=f"http://{proxy.address}")) as transport,
    ):
        transport.warm(parse_base_url(f"https://{HOST}"))
        await eventually(lambda: proxy.asked and not warm_tasks())
        error = (await ask(transport, f"https://{HOST}")).error
        assert error is not None
        assert error.reason == ("proxy_auth" if mode == "http-407" else "proxy")
        assert len(proxy.asked) == 2


async def test_proxy_setting_that_cannot_be_used_is_told_by_the_request_only() -> None:
    async with client(NetworkSettings(proxy="gopher://x.test")) as transport:
        transport.warm(parse_base_url(f"https://{HOST}"))
        await eventually(lambda: not warm_tasks())


async def test_stop_while_the_connection_is_being_opened_closes_it() -> None:
    async def say_nothing(connection: Connection) -> None:
        await connection.silence()

    async with FaultServer("400") as server, client() as transport:
        server.on_connect = say_nothing
        base_url = f"https://127.0.0.1:{server.port}"
        transport.warm(parse_base_url(base_url))
        await eventually(lambda: server.connections)
        asking = asyncio.ensure_future(ask(transport, base_url))
        await eventually(lambda: transport._pool is not None and transport._pool.router._warm_path._warm is None)
        asking.cancel()
        await asyncio.wait({asking})
        await eventually(lambda: server.open_connections == 0)
        assert (len(server.connections), warm_tasks()) == (1, [])


async def test_connection_to_one_service_is_not_taken_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        tls_server(tmp_path, monkeypatch) as server,
        Proxy(server.port) as proxy,
        client(NetworkSettings(proxy=f"http://{proxy.address}")) as transport,
    ):
        await warmed(transport, server, f"https://{HOST}:8443")
        assert (await ask(transport, f"https://{HOST}")).text == WHOLE
        assert [request.connection for request in server.requests] == [2]
        transport.configure(network())  # without that proxy: what was open through it goes
        await eventually(lambda: server.connections[0].left.is_set())


async def test_plain_http_is_left_alone() -> None:
    async with FaultServer("burst") as server, client() as transport:
        transport.warm(parse_base_url(server.base_url))
        transport.warm(parse_base_url("http://192.0.2.1"))
        assert (await ask(transport, server.base_url)).text == WHOLE
        assert len(server.connections) == 1


# Who wants it.


@pytest.mark.parametrize(("environment", "is_demo", "connections"), [("sk-x", False, 1), ("", False, 0), ("", True, 0)])
async def test_only_with_a_key_that_is_known(
    environment: str, is_demo: bool, connections: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tls_server(tmp_path, monkeypatch) as server:
        paths = AppPaths(tmp_path / "data", tmp_path / "config")
        engine = Engine(paths, environment={"DASHSCOPE_API_KEY": environment} if environment else {})
        engine.change(Settings(server=ServerSettings(base_url=server.base_url, demo=is_demo), network=network()))
        engine.warm()
        if connections:
            await settled(engine.transport)
        else:
            assert engine._transport is None
        assert (len(server.connections), server.requests) == (connections, [])
        await engine.close()


async def test_address_that_cannot_be_used_is_told_by_the_request_only(tmp_path: Path) -> None:
    paths = AppPaths(tmp_path / "data", tmp_path / "config")
    engine = Engine(paths, environment={"DASHSCOPE_API_KEY": "sk-x"}, base_url="not an address")
    engine.warm()
    await engine.close()
