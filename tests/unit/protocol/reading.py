"""The bytes of a stream to what the app makes of them: decoder, chunks and assembler in a row."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from qwen_desktop.core.chat.assembler import ReplyAssembler
from qwen_desktop.core.chat.delta import Delta
from qwen_desktop.core.protocol.chunks import Chunks, ErrorFrame
from qwen_desktop.core.protocol.compatible_chunks import CompatibleChunks
from qwen_desktop.core.protocol.native_chunks import NativeChunks
from qwen_desktop.core.protocol.sse import SSEDecoder


@dataclass
class Reading:
    chunks: Chunks
    reply: ReplyAssembler = field(default_factory=ReplyAssembler)
    deltas: list[Delta] = field(default_factory=list)
    error: ErrorFrame | None = None


def read(stream: bytes | str, *, native: bool = True, cumulative: bool = False, size: int = 1 << 30) -> Reading:
    """A whole body, arriving `size` bytes at a time."""
    body = stream.encode() if isinstance(stream, str) else stream
    decoder = SSEDecoder(json_lines=True)
    reading = Reading((NativeChunks if native else CompatibleChunks)(is_cumulative=cumulative))
    events = [event for start in range(0, len(body), size) for event in decoder.feed(body[start : start + size])]
    for event in events + decoder.close():
        try:
            deltas = reading.chunks.feed(event)
        except ErrorFrame as error:
            reading.error = error
            break
        reading.deltas += deltas
        for delta in deltas:
            reading.reply.add(delta)
    return reading


def native(**message: object) -> str:
    """One native frame with this message; `finish` is its finish reason."""

    finish = message.pop("finish", "null")
    choice = {"message": message, "finish_reason": finish}
    return "data:" + json.dumps({"output": {"choices": [choice]}, "request_id": "r"}) + "\n\n"


def compatible(finish: str | None = None, **delta: object) -> str:
    """One compatible chunk with this delta."""

    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return "data: " + json.dumps({"id": "chatcmpl-r", "choices": [choice], "usage": None}) + "\n\n"
