"""A native stream that moves one event at a time, when the test says so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Self


class SteppingServer:
    """Answers one POST; each `send_next` lets one more piece go, `finish` ends the reply."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = list(pieces)
        self._steps: asyncio.Queue[str | None] = asyncio.Queue()
        self._sent = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def send_next(self) -> None:
        self._steps.put_nowait(self._pieces[self._sent])
        self._sent += 1

    def finish(self) -> None:
        self._steps.put_nowait(None)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(size)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        number = 0
        while True:
            piece = await self._steps.get()
            number += 1
            finish = "null" if piece is not None else "stop"
            choice = {"message": {"role": "assistant", "content": piece or ""}, "finish_reason": finish}
            data = json.dumps({"output": {"choices": [choice]}, "usage": {}, "request_id": "r"}, ensure_ascii=False)
            writer.write(f"id:{number}\nevent:result\n:HTTP_STATUS/200\ndata:{data}\n\n".encode())
            await writer.drain()
            if piece is None:
                break
        writer.close()
