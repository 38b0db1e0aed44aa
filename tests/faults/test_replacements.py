"""Small frames that replace a large reply again and again: an end to it, with what came kept."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

import pytest

from qwen_desktop.core.chat.delta import TextReplaced
from qwen_desktop.core.errors import ReplyInterrupted
from qwen_desktop.core.providers import reply_stream
from qwen_desktop.core.providers.dashscope import DashScopeProvider
from qwen_desktop.core.providers.transport import Transport
from qwen_desktop.demo.frames import EVENT_STREAM
from qwen_desktop.demo.http_head import Request
from qwen_desktop.demo.wire import HttpServer, Response
from tests.faults.outcome import REQUEST, drain, network


def frame(text: str = "", reasoning: str = "") -> bytes:
    message = {"role": "assistant", "content": text, "reasoning_content": reasoning}
    choice = {"message": message, "finish_reason": "null"}
    return b"data:" + json.dumps({"output": {"choices": [choice]}, "request_id": "r"}).encode() + b"\n\n"


async def test_small_frames_do_not_have_a_large_reply_written_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply_stream, "MAX_REPLACED_BYTES", 1_000_000)

    async def answer(_: Request) -> Response:
        async def body() -> AsyncGenerator[bytes, None]:
            for piece in ("thought ", "x" * 100_000):
                yield frame(reasoning=piece)
            for size in (16, 17, 18, 19, 20):  # each repeats the one before: such a stream is cumulative
                yield frame("A" * size)
            for number in range(2_000):
                yield frame(f"A{number % 2}")

        return Response(200, body(), EVENT_STREAM)

    async def key() -> str:
        return "sk-x"

    server = HttpServer(answer)
    await server.start()
    transport = Transport(network())
    try:
        provider = DashScopeProvider(transport, base_url=server.base_url, api_key=key)
        outcome = await drain(provider.stream(REQUEST))
    finally:
        await transport.aclose()
        await server.close()
    assert isinstance(outcome.error, ReplyInterrupted)
    assert outcome.error.reason == "limit"
    assert outcome.text.startswith("A")
    assert sum(isinstance(delta, TextReplaced) for delta in outcome.deltas) <= 10
