"""The demo on the window's loop: it streams, ends when the client leaves, and closes with connections open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading

import httpx

from qwen_desktop.demo.replies import reply_for
from qwen_desktop.demo.server import CHAT_PATH, DemoServer
from tests.conftest import RunScenario, eventually

BODY = {"model": "qwen-plus", "stream": True}


def asking(prompt: str) -> dict:
    return BODY | {"messages": [{"role": "user", "content": prompt}]}


def test_demo_streams_on_the_window_loop_without_threads(run: RunScenario) -> None:
    async def scenario() -> None:
        threads = threading.active_count()
        async with (
            DemoServer(pace=0) as server,
            httpx.AsyncClient(base_url=server.base_url, trust_env=False) as client,
        ):
            assert threading.active_count() == threads
            whole = await client.post(CHAT_PATH, json=asking("hello") | {"stream": False})
            assert whole.json()["choices"][0]["message"]["content"] == reply_for("hello").text
            streamed = await client.post(CHAT_PATH, json=asking("你好"))
            assert streamed.content.endswith(b"data: [DONE]\n\n")

    run(scenario())


def test_demo_ends_a_reply_whose_reader_left_and_closes_with_others_open(run: RunScenario) -> None:
    async def scenario() -> None:
        async with DemoServer() as server:
            port = int(server.base_url.rpartition(":")[2])
            body = json.dumps(asking("hello")).encode()
            head = f"POST {CHAT_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
            clients = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
            for reader, writer in clients:
                writer.write(head.encode() + body)
                await reader.readuntil(b'"role":"assistant"')
            clients[0][1].close()
            await eventually(lambda: server.connection_count == 3)
            await server.close()
            assert server.connection_count == 0
            for reader, writer in clients[1:]:
                with contextlib.suppress(ConnectionError):
                    assert b"[DONE]" not in await reader.read(), "it waited for the end of a reply"
                writer.close()

    run(scenario())
