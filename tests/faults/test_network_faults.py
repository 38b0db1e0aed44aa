"""What fails before a request is sent: names, ports, TLS and proxies; and what goes through them when all is well."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from qwen_desktop.core.errors import ProviderError
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.core.settings.settings import NetworkSettings
from tests.faults.frames import WHOLE
from tests.faults.outcome import API_KEY, REQUEST, Outcome, drain, generate, network, provider_of
from tests.faults.proxies import HOST, Proxy, make_certificate
from tests.faults.server import Connection, FaultServer


async def through(proxy: str, base_url: str, *confirmed_hosts: str) -> Outcome:
    """One generation with this proxy setting."""
    transport = Transport(NetworkSettings(proxy=proxy), confirmed_hosts=confirmed_hosts)
    try:
        async with asyncio.timeout(10):
            return await drain(provider_of("native", transport, base_url).stream(REQUEST))
    finally:
        await transport.aclose()


def check_failed(outcome: Outcome, reason: str, *, safe_to_resend: bool) -> ProviderError:
    error = outcome.error
    assert error is not None
    assert (error.kind, error.reason, error.safe_to_resend) == ("ConnectionFailed", reason, safe_to_resend), error
    assert API_KEY not in f"{error!r}{error.detail}"
    assert outcome.text == ""
    return error


async def answer_in_plain_text(connection: Connection) -> None:
    await connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    connection.fin()


async def hang_up(connection: Connection) -> None:
    connection.fin()


async def say_nothing(connection: Connection) -> None:
    await connection.silence()


# Names and ports.


async def test_refused_connection_may_be_tried_again() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = await generate("native", f"http://127.0.0.1:{unused.getsockname()[1]}")
        error = check_failed(outcome, "refused", safe_to_resend=True)
        assert error.host == f"127.0.0.1:{unused.getsockname()[1]}"


async def test_refused_on_every_address_of_a_name_is_refused() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = await generate("native", f"http://localhost:{unused.getsockname()[1]}")
    check_failed(outcome, "refused", safe_to_resend=True)


async def test_unknown_name_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    check_failed(await generate("native", f"https://{HOST}"), "dns", safe_to_resend=True)


async def test_slow_name_look_up_ends_at_the_connect_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    def slow(*_: object, **__: object) -> object:
        answer.wait(5)
        raise socket.gaierror("late")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    try:
        outcome = await generate("native", f"https://{HOST}", {"connect_timeout_s": 0.2})
    finally:
        answer.set()
    check_failed(outcome, "timeout", safe_to_resend=True)


# TLS.


async def test_self_signed_certificate_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    context, _ = make_certificate(tmp_path)
    async with FaultServer("400", tls=context) as server:
        outcome = await generate("native", server.base_url)
        assert server.requests == []
    check_failed(outcome, "certificate", safe_to_resend=False)


async def test_certificate_of_another_host_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with FaultServer("400", tls=context) as server:
        outcome = await generate("native", f"https://localhost:{server.port}")
        assert server.requests == []
    check_failed(outcome, "certificate", safe_to_resend=False)


@pytest.mark.parametrize("fault", ["burst", "slow-drip", "truncated-chunked"])
async def test_certificate_of_the_system_is_trusted(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with FaultServer(fault, tls=context) as server:
        outcome = await generate("native", server.base_url)
    assert outcome.error is None
    assert outcome.text == WHOLE


async def test_missing_certificate_file_of_the_environment_does_not_stop_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    context, _ = make_certificate(tmp_path)
    async with FaultServer("400", tls=context) as server:
        check_failed(await generate("native", server.base_url), "certificate", safe_to_resend=False)
    async with FaultServer("burst") as server:
        assert (await generate("native", server.base_url)).text == WHOLE


@pytest.mark.parametrize("answer", [answer_in_plain_text, hang_up])
async def test_port_without_tls_is_a_tls_failure(answer: object) -> None:
    async with FaultServer("400") as server:
        server.on_connect = answer  # type: ignore[assignment]
        outcome = await generate("native", f"https://127.0.0.1:{server.port}")
    check_failed(outcome, "tls", safe_to_resend=True)


async def test_mute_tls_handshake_ends_at_the_connect_deadline() -> None:
    async with FaultServer("400") as server:
        server.on_connect = say_nothing
        outcome = await generate("native", f"https://127.0.0.1:{server.port}", {"connect_timeout_s": 0.2})
    check_failed(outcome, "timeout", safe_to_resend=True)


# Proxies.


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks"])
@pytest.mark.parametrize("login", ["", "me:p%40ss@"])
async def test_reply_comes_through_a_proxy(
    scheme: str, login: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with (
        FaultServer("burst", tls=context) as server,
        Proxy(server.port, user_password="me:p@ss" if login else "") as proxy,
    ):
        outcome = await through(f"{scheme}://{login}{proxy.address}", f"https://{HOST}")
        assert outcome.error is None
        assert outcome.text == WHOLE
        assert len(proxy.asked) == 1
        assert HOST in proxy.asked[0]
        assert API_KEY not in "".join(proxy.heads)


@pytest.mark.parametrize(
    ("mode", "reason", "safe_to_resend"),
    [("http-407", "proxy_auth", False), ("http-502", "proxy", True), ("drop", "proxy", True)],
)
async def test_http_proxy_that_refuses(mode: str, reason: str, safe_to_resend: bool) -> None:
    async with FaultServer("burst") as server, Proxy(server.port, mode) as proxy:
        outcome = await through(f"http://me:secret@{proxy.address}", f"https://{HOST}")
        error = check_failed(outcome, reason, safe_to_resend=safe_to_resend)
        assert error.host == proxy.address
        assert "secret" not in error.detail
        assert server.connections == []


@pytest.mark.parametrize(("mode", "safe_to_resend"), [("socks-refuse", True), ("drop", True)])
async def test_socks_proxy_that_refuses(mode: str, safe_to_resend: bool) -> None:
    async with FaultServer("burst") as server, Proxy(server.port, mode) as proxy:
        outcome = await through(f"socks5://{proxy.address}", f"https://{HOST}")
        check_failed(outcome, "proxy", safe_to_resend=safe_to_resend)
        assert server.connections == []


@pytest.mark.parametrize("login", ["", "me:wrong@"])
async def test_socks_proxy_wants_another_password(login: str) -> None:
    async with FaultServer("burst") as server, Proxy(server.port, user_password="me:right") as proxy:
        outcome = await through(f"socks5://{login}{proxy.address}", f"https://{HOST}")
        check_failed(outcome, "proxy_auth", safe_to_resend=False)


async def test_proxy_that_is_not_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        error = check_failed(await through(f"127.0.0.1:{port}", f"https://{HOST}"), "proxy", safe_to_resend=True)
    assert error.host == f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    "setting", ["ftp://127.0.0.1:1", "http://", "http://me:secret@127.0.0.1:99999", "socks4://x:1"]
)
async def test_proxy_setting_that_cannot_be_used(setting: str) -> None:
    error = check_failed(await through(setting, f"https://{HOST}"), "proxy", safe_to_resend=False)
    assert "secret" not in error.detail


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3"])
async def test_loopback_never_goes_through_a_proxy(variable: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with FaultServer("burst") as server, Proxy(server.port, "drop") as proxy:
        monkeypatch.setenv(variable, f"http://{proxy.address}")
        for setting in ("", f"http://{proxy.address}"):
            outcome = await through(setting, f"http://{host}:{server.port}")
            if host == "127.1.2.3":
                check_failed(outcome, "refused", safe_to_resend=True)  # the server listens on 127.0.0.1 only
            else:
                assert outcome.text == WHOLE
        assert proxy.asked == []


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_proxy_of_the_environment_is_used_unless_excepted(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    # Desktops write socks:// into ALL_PROXY, which httpx refuses to know.
    scheme, mode = ("socks", "socks-refuse") if variable == "ALL_PROXY" else ("http", "http-502")
    async with FaultServer("burst") as server, Proxy(server.port, mode) as proxy:
        monkeypatch.setenv(variable, f"{scheme}://{proxy.address}/")
        check_failed(await through("", f"https://{HOST}"), "proxy", safe_to_resend=True)
        assert len(proxy.asked) == 1

        look_up = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *a, **k: (unknown if host == HOST else look_up)(host, *a, **k)
        )
        check_failed(await through("none", f"https://{HOST}"), "dns", safe_to_resend=True)
        monkeypatch.setenv("NO_PROXY", f"example.com,{HOST}")
        check_failed(await through("", f"https://{HOST}"), "dns", safe_to_resend=True)
        assert len(proxy.asked) == 1


async def test_changed_proxy_is_used_by_the_next_request_and_leaves_streams_alone() -> None:
    async with FaultServer("stall-midstream") as server, Proxy(server.port, "http-502") as proxy:
        transport = Transport(NetworkSettings(proxy="none"))
        stream = provider_of("native", transport, server.base_url).stream(REQUEST)
        await anext(stream)  # type: ignore[call-overload]
        transport.configure(NetworkSettings(proxy=f"http://{proxy.address}"))
        outcome = await drain(provider_of("native", transport, f"https://{HOST}").stream(REQUEST))
        check_failed(outcome, "proxy", safe_to_resend=True)
        assert await anext(stream)  # type: ignore[call-overload]
        assert server.open_connections == 1
        await stream.aclose()
        await transport.aclose()


# Plain http.


async def test_plain_http_is_only_for_loopback_and_confirmed_hosts() -> None:
    async with FaultServer("burst") as server, Proxy(server.port) as proxy:
        setting = f"http://{proxy.address}"
        error = check_failed(await through(setting, f"http://{HOST}"), "plain_http", safe_to_resend=False)
        assert error.host == HOST
        check_failed(await through(setting, f"http://{HOST}:81", HOST + ":82"), "plain_http", safe_to_resend=False)
        assert proxy.asked == []
        assert (await through(setting, f"http://{HOST}:81", HOST + ":81")).text == WHOLE
        assert (await through(setting, f"http://{HOST}", HOST)).text == WHOLE
        assert len(proxy.asked) == 2


async def test_password_for_the_proxy_stays_with_the_proxy_and_the_key_with_the_service() -> None:
    async with FaultServer("407-origin") as server, Proxy(server.port, user_password="me:pw") as proxy:
        outcome = await through(f"http://me:pw@{proxy.address}", f"http://{HOST}", HOST)
        check_failed(outcome, "proxy_auth", safe_to_resend=False)
        assert len(server.requests) == 1
        assert API_KEY not in server.requests[0].headers["proxy-authorization"]


@pytest.mark.parametrize(
    "base_url", ["dashscope.aliyuncs.com", "https://a b", "ftp://x.test", "https://x.test:99999", ""]
)
async def test_wrong_address_is_refused_before_anything_is_sent(base_url: str) -> None:
    transport = Transport(network())
    outcome = await drain(provider_of("native", transport, base_url).stream(REQUEST))
    check_failed(outcome, "bad_address", safe_to_resend=False)
    await transport.aclose()
