"""What leaves this computer: headers, key, cookies, one repair, large prompts; and what never does."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.errors import ApiKeyRejected, ConnectionFailed, ProtocolViolated, ProviderError
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage
from qwen_desktop.core.providers.learned import Learned
from qwen_desktop.core.providers.model_list import list_models
from qwen_desktop.core.providers.transport import Transport
from tests.conftest import eventually
from tests.faults.frames import PROTOCOLS, WHOLE
from tests.faults.outcome import API_KEY, REQUEST, drain, generate, network, provider_of
from tests.faults.refusals import body, redirect, refuse
from tests.faults.server import Connection, FaultServer

HANG_S = 20.0
UNKNOWN_MODEL = ReplyRequest("model-of-tomorrow", REQUEST.messages)
URL_ERROR = b'{"code":"InvalidParameter","message":"url error, please check url!","request_id":"r"}'


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_request_carries_the_key_in_one_header_only(protocol: str) -> None:
    async with FaultServer("burst", protocol) as server:
        await generate(protocol, server.base_url)
        request = server.requests[0]
    assert request.headers["authorization"] == f"Bearer {API_KEY}"
    others = {name: value for name, value in request.headers.items() if name != "authorization"}
    assert API_KEY not in f"{request.path}{others}{request.body!r}"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("qwen-desktop/")
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert int(request.headers["content-length"]) == len(request.body)
    assert "cookie" not in request.headers
    json.loads(request.body)


async def test_key_is_not_in_any_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for fault in ("burst", "401", "rst-midstream"):
        async with FaultServer(fault) as server:
            await generate("native", server.base_url)
    assert caplog.records
    assert API_KEY not in caplog.text


@pytest.mark.parametrize("location", ["http://127.0.0.1:{other}/x", "http://localhost:{other}/x"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_key_never_follows_a_redirect(status: int, location: str) -> None:
    async with FaultServer("burst") as other:
        target = location.format(other=other.port)
        async with FaultServer(redirect(status, target)) as server:
            outcome = await generate("native", server.base_url)
            assert server.posts == 1
        assert other.connections == []
    assert isinstance(outcome.error, ProtocolViolated)
    assert outcome.error.reason == "redirect"
    assert target.split("/")[2].split(":")[0] in outcome.error.detail


async def test_cookies_are_not_sent_back() -> None:
    async with FaultServer("set-cookie") as server:
        transport = Transport(network())
        provider = provider_of("native", transport, server.base_url)
        for _ in range(2):
            assert (await drain(provider.stream(REQUEST))).text == WHOLE
        assert transport._pool is not None
        assert list(transport._pool.client.cookies.jar) == []
        await transport.aclose()
        assert len(server.requests) == 2
        assert all("cookie" not in request.headers for request in server.requests)


# The key.


@pytest.mark.parametrize("key", [None, ""])
async def test_without_a_key_nothing_is_sent(key: str | None) -> None:
    async def give() -> str | None:
        return key

    async with FaultServer("burst") as server:
        transport = Transport(network())
        outcome = await drain(provider_of("native", transport, server.base_url, api_key=give).stream(REQUEST))
        assert outcome.error is not None
        assert outcome.error.kind == "ApiKeyMissing"
        assert server.connections == []

        own = provider_of("native", transport, server.base_url, api_key=give, needs_key=False)
        assert (await drain(own.stream(REQUEST))).text == WHOLE
        assert "authorization" not in server.requests[0].headers
        await transport.aclose()


@pytest.mark.parametrize("key", ["sk-abc\n", "sk-abc\r\nX-Evil: 1", "sk-密钥", "sk-a b", "sk-\x00"])
async def test_key_that_no_header_can_carry_is_rejected_before_anything_is_sent(key: str) -> None:
    async def give() -> str | None:
        return key

    async with FaultServer("burst") as server:
        transport = Transport(network())
        outcome = await drain(provider_of("native", transport, server.base_url, api_key=give).stream(REQUEST))
        assert isinstance(outcome.error, ApiKeyRejected)
        assert not outcome.error.safe_to_resend
        assert key.strip() not in str(outcome.error)
        assert server.connections == []
        await transport.aclose()


async def test_key_is_asked_for_again_at_each_attempt() -> None:
    keys = iter(["sk-first-key", "sk-second-key"])

    async def give() -> str | None:
        return next(keys)

    async with FaultServer("burst") as server:
        transport = Transport(network())
        provider = provider_of("native", transport, server.base_url, api_key=give)
        for _ in range(2):
            await drain(provider.stream(REQUEST))
        await transport.aclose()
        sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer sk-first-key", "Bearer sk-second-key"]


async def test_key_echoed_by_the_other_side_is_redacted() -> None:
    echo = b'{"code":"InvalidApiKey","message":"Bad key ' + API_KEY.encode() + b' given","request_id":"r"}'
    async with FaultServer(body(401, echo)) as server:
        outcome = await generate("native", server.base_url)
    assert outcome.error is not None
    assert outcome.error.detail == "Bad key [key] given"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("end", ["finish", "eof"])
async def test_key_echoed_as_id_or_reason_of_a_reply_is_redacted(end: str, protocol: str) -> None:
    async def echo(connection: Connection) -> None:
        frames = connection.frames
        payload = frames.payload("Words.")
        payload["request_id" if frames.is_native else "id"] = API_KEY
        await connection.head()
        await connection.chunk(frames.frame(payload))
        if end == "finish":
            await connection.chunk(frames.finish(API_KEY))
        await connection.end()

    async with FaultServer(echo, protocol) as server:
        outcome = await generate(protocol, server.base_url)
    told = f"{outcome.request_id} {outcome.finish_reason} {outcome.finishes} {outcome.error!r} {outcome.deltas}"
    assert outcome.text == "Words."
    assert API_KEY not in told
    assert "[key]" in told


async def test_key_echoed_as_a_redirects_host_is_redacted() -> None:
    async with FaultServer(redirect(307, f"http://{API_KEY}.example.org/")) as server:
        outcome = await generate("native", server.base_url)
    assert outcome.error is not None
    assert API_KEY not in outcome.error.detail


# One repair.


async def refuse_the_text_path(connection: Connection) -> None:
    assert connection.request is not None
    if "text-generation" in connection.request.path:
        await connection.answer(400, URL_ERROR)
    else:
        await connection.reply()


async def refuse_the_text_path_inside_a_stream(connection: Connection) -> None:
    assert connection.request is not None
    if "text-generation" in connection.request.path:
        await connection.head()
        await connection.chunk(connection.frames.error("InvalidParameter", "url error, please check url!", 400))
        await connection.end()
    else:
        await connection.reply()


@pytest.mark.parametrize("script", [refuse_the_text_path, refuse_the_text_path_inside_a_stream])
async def test_wrong_path_is_repaired_once_and_remembered(script: object) -> None:
    memory: dict[tuple[str, str], Learned] = {}
    async with FaultServer(script) as server:  # type: ignore[arg-type]
        transport = Transport(network())
        provider = provider_of("native", transport, server.base_url, memory=memory)
        assert (await drain(provider.stream(UNKNOWN_MODEL))).text == WHOLE
        assert server.posts == 2
        assert list(memory) == [(f"127.0.0.1:{server.port}", "model-of-tomorrow")]

        again = provider_of("native", transport, server.base_url, memory=memory)
        assert (await drain(again.stream(UNKNOWN_MODEL))).text == WHOLE
        assert server.posts == 3
        await transport.aclose()


async def test_refusal_is_repaired_only_once_and_then_not_remembered() -> None:
    memory: dict[tuple[str, str], Learned] = {}
    async with FaultServer(body(400, URL_ERROR)) as server:
        transport = Transport(network())
        provider = provider_of("native", transport, server.base_url, memory=memory)
        outcome = await drain(provider.stream(UNKNOWN_MODEL))
        await transport.aclose()
        assert outcome.error is not None
        assert (outcome.error.kind, server.posts, memory) == ("RequestRefused", 2, {})


async def test_refusal_of_what_was_not_sent_is_not_repaired() -> None:
    words = b'{"code":"InvalidParameter","message":"seed is not supported by this model"}'
    async with FaultServer(body(400, words)) as server:
        outcome = await generate("native", server.base_url)
        assert server.posts == 1
    assert outcome.error is not None
    assert outcome.error.kind == "RequestRefused"


async def test_refusal_after_text_is_not_repaired() -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.chunks(connection.frames.pieces(2))
        await connection.chunk(connection.frames.error("InvalidParameter", "url error, please check url!", 400))
        await connection.end()

    async with FaultServer(script) as server:
        outcome = await generate("native", server.base_url, request=UNKNOWN_MODEL)
        assert server.posts == 1
    assert outcome.error is not None
    assert outcome.error.kind == "RequestRefused"


# Reused connections.


async def test_silently_closed_connection_is_not_used_again() -> None:
    async def list_and_close(connection: Connection) -> None:
        await connection.answer(200, b'{"data":[]}')
        await asyncio.sleep(0.02)
        connection.reset()

    async with FaultServer("burst") as server:
        server.on_get = list_and_close
        transport = Transport(network())
        assert await list_models(transport, server.base_url, API_KEY) == []
        await eventually(lambda: server.open_connections == 0)
        outcome = await drain(provider_of("native", transport, server.base_url).stream(REQUEST))
        await transport.aclose()
        assert outcome.text == WHOLE
        assert (server.posts, len(server.connections)) == (1, 2)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_post_lost_on_a_reused_connection_is_ambiguous(protocol: str) -> None:
    async with FaultServer("rst-before-headers", protocol) as server:
        transport = Transport(network())
        await list_models(transport, server.base_url, API_KEY)
        outcome = await drain(provider_of(protocol, transport, server.base_url).stream(REQUEST))
        await transport.aclose()
        assert [request.connection for request in server.requests] == [1, 1]
        assert server.posts == 1
    assert isinstance(outcome.error, ConnectionFailed)
    assert (outcome.error.reason, outcome.error.safe_to_resend) == ("lost", False)


# Large prompts.


def prompt(size: int) -> ReplyRequest:
    return ReplyRequest("qwen-plus", (RequestMessage(Role.USER, "é" * (size // 2)),))


@pytest.mark.parametrize("size", [1_000, 3_000_000])
async def test_prompt_arrives_whole_and_is_reported_as_sent_once(size: int) -> None:
    sent: list[int] = []
    async with FaultServer("slow-first-event") as server:
        transport = Transport(network())
        stream = provider_of("native", transport, server.base_url).stream(
            prompt(size), on_sent=lambda: sent.append(server.posts)
        )
        outcome = await drain(stream)
        await transport.aclose()
        assert outcome.error is None
        message = json.loads(server.requests[0].body)["input"]["messages"][-1]
        assert message["content"] == "é" * (size // 2)
    assert len(sent) == 1


async def test_prompt_partly_sent_is_ambiguous() -> None:
    async def reset_at_the_beginning(connection: Connection) -> None:
        await connection.more()
        connection.reset()

    async with FaultServer("burst") as server:
        server.on_connect = reset_at_the_beginning
        outcome = await generate("native", server.base_url, request=prompt(20_000_000))
        assert server.posts == 0
    assert isinstance(outcome.error, ConnectionFailed)
    assert (outcome.error.reason, outcome.error.safe_to_resend) == ("lost", False)


async def test_refusal_before_the_prompt_was_read_is_told() -> None:
    async def refuse_at_once(connection: Connection) -> None:
        await connection.more()
        connection.transport.pause_reading()
        await refuse(413, "large")(connection)
        connection.transport.resume_reading()
        while await connection.more():
            connection.take()

    async with FaultServer("burst") as server:
        server.on_connect = refuse_at_once
        outcome = await generate("native", server.base_url, request=prompt(20_000_000))
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.error.reason) == ("RequestRefused", "too_large")


# The model list.


async def test_model_list_tells_the_ids() -> None:
    async with FaultServer("burst") as server:
        transport = Transport(network())
        assert await list_models(transport, f"{server.base_url}/compatible-mode/v1/", API_KEY) == [
            "qwen-plus",
            "qwen3.7-plus",
        ]
        await transport.aclose()
        assert server.requests[0].path == "/compatible-mode/v1/models"
        assert server.posts == 0


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (refuse(401, "key"), "ApiKeyRejected", ""),
        (refuse(429, "rate"), "RateLimited", ""),
        (body(200, b"<html>log in</html>", "text/html"), "ProtocolViolated", "media_type"),
        (body(200, b'{"data":5}'), "ProtocolViolated", "media_type"),
        (redirect(307, "https://example.com/"), "ProtocolViolated", "redirect"),
    ],
)
async def test_model_list_fails_as_a_generation_does(answer: object, kind: str, reason: str) -> None:
    async with FaultServer("burst") as server:
        server.on_get = answer  # type: ignore[assignment]
        transport = Transport(network())
        with pytest.raises(ProviderError) as raised:
            await list_models(transport, server.base_url, API_KEY)
        await transport.aclose()
    assert (raised.value.kind, raised.value.reason) == (kind, reason)


async def test_mute_model_list_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    async def say_nothing(connection: Connection) -> None:
        await connection.silence()

    monkeypatch.setattr("qwen_desktop.core.providers.model_list.DEADLINE_S", 0.2)
    async with FaultServer("burst") as server:
        server.on_get = say_nothing
        transport = Transport(network(headers_timeout_s=1000.0))
        async with asyncio.timeout(HANG_S):
            with pytest.raises(ConnectionFailed) as raised:
                await list_models(transport, server.base_url, API_KEY)
        assert raised.value.reason == "headers_timeout"
        await eventually(lambda: server.open_connections == 0)
        await transport.aclose()
