"""A reply to the bytes of its stream, native or compatible, with every trait that streams of the service have shown.

Frames come as a list, one item per event with its framing, so that a server may stop, stall or break after any of them.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

BOM = b"\xef\xbb\xbf"
REQUEST_ID = "0b6c1e52-7a10-9d41-8f3e-5a2c7e90b101"
SOURCES = (
    {
        "index": 1,
        "title": "Hangzhou forecast",
        "url": "https://weather.example.org/hz",
        "site_name": "Example",
        "icon": "",
    },
    {"index": 2, "title": "杭州天气预报", "url": "https://tianqi.example.cn/hz", "site_name": "无", "icon": ""},
)


@dataclass(frozen=True)
class ScriptedReply:
    """What the service is to say, piece by piece."""

    pieces: tuple[str, ...] = ("The", " capital of Peru", "，利马🌏", " is Lima.\n\n- **ok**\u2028")
    reasoning: tuple[str, ...] = ()
    tool_calls: tuple[tuple[dict[str, Any], ...], ...] = ()
    """The `tool_calls` list of each frame that has one."""
    sources: tuple[dict[str, Any], ...] = ()
    finish_reason: str | None = "stop"
    """None: the stream just ends."""
    text_in_closing_frame: str = ""
    input_tokens: int = 21
    request_id: str = REQUEST_ID

    @property
    def text(self) -> str:
        return "".join(self.pieces) + self.text_in_closing_frame

    @property
    def all_reasoning(self) -> str:
        return "".join(self.reasoning)

    @property
    def output_tokens(self) -> int:
        return len(self.reasoning) + len(self.pieces) + len(self.tool_calls)


@dataclass(frozen=True)
class NativeTraits:
    """How a native stream is written."""

    list_content: bool = False
    """As on the multimodal path: `[{"text": …}]`, and `[]` where there is none."""
    is_cumulative: bool = False
    result_format: str = "message"
    is_null_string: bool = True
    """The running finish reason is the string "null", not null."""


@dataclass(frozen=True)
class Framing:
    """How the bytes around the JSON are written."""

    blank_lines: bool = True
    bom: bool = False
    leading_blank_line: bool = False
    line_end: bytes = b"\n"
    space_after_colon: bool = False
    keep_alives: bool = False
    last_line_end: bool = True

    def stream(self, frames: Sequence[bytes]) -> bytes:
        """The whole body."""
        body = (b"\n" if self.leading_blank_line else b"") + b"".join(frames)
        if not self.last_line_end:
            body = body.rstrip(b"\n")
        return (BOM if self.bom else b"") + body.replace(b"\n", self.line_end)


RECORDED_FRAMINGS = {
    "as documented": Framing(),
    "no blank lines": Framing(blank_lines=False),
    "no blank lines, no last line end": Framing(blank_lines=False, last_line_end=False),
    "byte order mark, no blank lines": Framing(blank_lines=False, bom=True),
    "leading blank line": Framing(blank_lines=False, leading_blank_line=True),
    "CRLF": Framing(line_end=b"\r\n"),
    "CR": Framing(line_end=b"\r"),
    "spaces": Framing(space_after_colon=True),
    "keep-alives": Framing(keep_alives=True),
}
"""Names for tests: every way in which streams were seen to be framed."""


def native_frames(
    reply: ScriptedReply,
    traits: NativeTraits = NativeTraits(),
    framing: Framing = Framing(),
) -> list[bytes]:
    """The events of a native stream, closing frame included."""
    payloads = [_native_payload(traits, reply, **step) for step in _steps(reply, traits.is_cumulative)]
    if reply.sources:
        _add_search(payloads, reply)
    return [_native_event(number, payload, framing) for number, payload in enumerate(payloads, start=1)]


def native_stream(
    reply: ScriptedReply,
    traits: NativeTraits = NativeTraits(),
    framing: Framing = Framing(),
) -> bytes:
    return framing.stream(native_frames(reply, traits, framing))


def native_error(code: str, message: str, status: int = 400, request_id: str = REQUEST_ID, number: int = 1) -> bytes:
    """An error event, as it comes first or in the middle of a stream."""
    payload = {"code": code, "message": message, "request_id": request_id}
    return f"id:{number}\nevent:error\n:HTTP_STATUS/{status}\ndata:{_json(payload)}\n\n".encode()


def compatible_frames(
    reply: ScriptedReply,
    framing: Framing = Framing(space_after_colon=True),
    *,
    includes_usage: bool = True,
) -> list[bytes]:
    """The events of a compatible stream: first the role, at the end usage and `[DONE]` if the reply finishes."""
    chunks = [_chunk(reply, {"role": "assistant", "content": ""})]
    for step in _steps(reply, is_cumulative=False):
        delta: dict[str, Any] = {"content": step["text"] if step["text"] or not step["reasoning"] else None}
        if reply.reasoning:
            delta["reasoning_content"] = step["reasoning"] or None
        if step["tool_calls"]:
            delta["tool_calls"] = list(step["tool_calls"])
        chunks.append(_chunk(reply, delta, step["finish_reason"]))
    if reply.finish_reason is not None and includes_usage:
        usage = {
            "prompt_tokens": reply.input_tokens,
            "completion_tokens": reply.output_tokens,
            "total_tokens": reply.input_tokens + reply.output_tokens,
            "completion_tokens_details": {"reasoning_tokens": len(reply.reasoning)},
            "prompt_tokens_details": {"cached_tokens": 0},
        }
        chunks.append(_chunk(reply, None, usage=usage))
    data = [_json(chunk) for chunk in chunks]
    if reply.finish_reason is not None:
        data.append("[DONE]")
    return [_event("", payload, framing) for payload in data]


def compatible_stream(
    reply: ScriptedReply,
    framing: Framing = Framing(space_after_colon=True),
    *,
    includes_usage: bool = True,
) -> bytes:
    return framing.stream(compatible_frames(reply, framing, includes_usage=includes_usage))


def compatible_error(code: str, message: str, request_id: str = REQUEST_ID) -> bytes:
    error = {"message": message, "type": code, "param": None, "code": code}
    return f"data: {_json({'error': error, 'id': 'chatcmpl-' + request_id, 'request_id': request_id})}\n\n".encode()


def _steps(reply: ScriptedReply, is_cumulative: bool) -> list[dict[str, Any]]:
    """What each frame says: reasoning, then text, then tool calls, then the end."""
    nothing: dict[str, Any] = {"text": "", "reasoning": "", "tool_calls": (), "finish_reason": None}
    steps = [{**nothing, "reasoning": piece} for piece in reply.reasoning]
    steps += [{**nothing, "text": piece} for piece in reply.pieces]
    steps += [{**nothing, "tool_calls": calls} for calls in reply.tool_calls]
    if reply.finish_reason is not None:
        steps.append({**nothing, "text": reply.text_in_closing_frame, "finish_reason": reply.finish_reason})
    if is_cumulative:
        for name in ("text", "reasoning"):
            for step, so_far in zip(steps, itertools.accumulate(step[name] for step in steps), strict=True):
                step[name] = so_far
    for tokens, step in enumerate(steps, start=1):
        step["tokens"] = min(tokens, reply.output_tokens)
        step["reasoning_tokens"] = min(tokens, len(reply.reasoning))
    return steps


def _native_payload(
    traits: NativeTraits,
    reply: ScriptedReply,
    *,
    text: str,
    reasoning: str,
    tool_calls: tuple[dict[str, Any], ...],
    finish_reason: str | None,
    tokens: int,
    reasoning_tokens: int,
) -> dict[str, Any]:
    finish = finish_reason or ("null" if traits.is_null_string else None)
    usage: dict[str, Any] = {
        "total_tokens": reply.input_tokens + tokens,
        "input_tokens": reply.input_tokens,
        "output_tokens": tokens,
    }
    if reply.reasoning:
        usage["output_tokens_details"] = {"reasoning_tokens": reasoning_tokens}
    if traits.result_format == "text":
        output: dict[str, Any] = {"finish_reason": finish, "text": text}
    else:
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if traits.list_content:
            message["content"] = [{"text": text}] if text else []
        if reply.reasoning and (reasoning or not traits.list_content):
            message["reasoning_content"] = reasoning
        if tool_calls:
            message["tool_calls"] = list(tool_calls)
        output = {"choices": [{"message": message, "finish_reason": finish}]}
    return {"output": output, "usage": usage, "request_id": reply.request_id}


def _add_search(payloads: list[dict[str, Any]], reply: ScriptedReply) -> None:
    """The sources come first, in a frame without words and with empty usage; every later frame has an empty list."""
    for payload in payloads:
        payload["output"]["search_info"] = {"extra_tool_info": [], "search_results": []}
    message = {"role": "assistant", "content": ""}
    output = {
        "choices": [{"message": message, "finish_reason": "null"}],
        "search_info": {"search_results": list(reply.sources)},
    }
    payloads.insert(0, {"output": output, "usage": {}, "request_id": reply.request_id})


def _native_event(number: int, payload: dict[str, Any], framing: Framing) -> bytes:
    space = " " if framing.space_after_colon else ""
    return _event(f"id:{space}{number}\nevent:{space}result\n:HTTP_STATUS/200\n", _json(payload), framing)


def _event(head: str, data: str, framing: Framing) -> bytes:
    space = " " if framing.space_after_colon else ""
    before = ":keep-alive\n\n" if framing.keep_alives else ""
    return f"{before}{head}data:{space}{data}\n{chr(10) if framing.blank_lines else ''}".encode()


def _chunk(
    reply: ScriptedReply,
    delta: dict[str, Any] | None,
    finish_reason: str | None = None,
    usage: dict[str, Any] | None = None,
) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {
        "id": f"chatcmpl-{reply.request_id}",
        "object": "chat.completion.chunk",
        "created": 1_795_000_010,
        "model": "qwen-plus",
        "system_fingerprint": None,
        "choices": [] if delta is None else [choice],
        "usage": usage,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


TWO_TOOL_CALLS: tuple[tuple[dict[str, Any], ...], ...] = (
    ({"index": 0, "id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "'}},),
    ({"index": 0, "id": "", "type": "function", "function": {"arguments": '杭州"'}},),
    (
        {"index": 0, "id": "", "type": "function", "function": {"arguments": "}"}},
        {"index": 1, "id": "call_2", "type": "function", "function": {"name": "get_time", "arguments": ""}},
    ),
    ({"index": 1, "id": "", "type": "function", "function": {"arguments": '{"tz": "Asia/'}},),
    ({"index": 1, "id": "", "type": "function", "function": {"arguments": 'Shanghai"}'}},),
)
"""Two parallel calls whose pieces share a frame, as recorded."""

REPLIES: dict[str, ScriptedReply] = {
    "plain": ScriptedReply(),
    "reasoning": ScriptedReply(reasoning=("First", ", 17 is", " prime.\n")),
    "closing frame with text": ScriptedReply(text_in_closing_frame="."),
    "search": ScriptedReply(sources=SOURCES),
    "tool calls": ScriptedReply(pieces=(), tool_calls=TWO_TOOL_CALLS, finish_reason="tool_calls"),
    "text then tool calls": ScriptedReply(reasoning=("hm",), tool_calls=TWO_TOOL_CALLS, finish_reason="tool_calls"),
    "length": ScriptedReply(finish_reason="length"),
    "cut": ScriptedReply(finish_reason=None),
    "hard text": ScriptedReply(
        pieces=("[DONE]", "\ndata: x\n\n", "\u2028\x85\x0b\x0c\x1c", "\ufeff", "null", "\r\n", "\\ud800")
    ),
}
"""Replies by what is special about them."""

__all__ = [
    "BOM",
    "RECORDED_FRAMINGS",
    "REPLIES",
    "REQUEST_ID",
    "SOURCES",
    "TWO_TOOL_CALLS",
    "Framing",
    "NativeTraits",
    "ScriptedReply",
    "compatible_error",
    "compatible_frames",
    "compatible_stream",
    "native_error",
    "native_frames",
    "native_stream",
]
