"""Pieces of a reply to the bytes DashScope would send: SSE frames of both protocols, whole JSON answers, errors.

Shapes as documented for the text and multimodal generation API
(https://help.aliyun.com/zh/model-studio/qwen-api-reference/) and the OpenAI-compatible one
(https://help.aliyun.com/zh/model-studio/compatibility-of-openai-with-dashscope), both read 2026-11-23.
Native frames carry no space after a colon, the status as a comment, and "null" as a word while they run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

encode_json = msgspec.json.encode
EVENT_STREAM = "text/event-stream;charset=UTF-8"


def new_request_id() -> str:
    """A fresh id in the service's form: 8-4-4-4-12 hexadecimal digits."""
    digits = os.urandom(16).hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def count_tokens(utf8_bytes: int) -> int:
    """A plausible and repeatable guess: four bytes of UTF-8 to a token (four Latin letters, 1.3 Chinese ones)."""
    return -(-utf8_bytes // 4)


class ReplyWriter(Protocol):
    """Turns the pieces of one reply into body bytes, in order."""

    @property
    def reply_text(self) -> str:
        """The text given so far."""
        ...

    def begin(self) -> bytes: ...

    def piece(self, reasoning: str = "", text: str = "") -> bytes: ...

    def finish(self, reason: str = "stop") -> bytes: ...

    def whole(self, reasoning: str, text: str, reason: str = "stop") -> bytes:
        """The answer to a request that did not ask for a stream."""
        ...

    def error(self, failure: ServiceFailure) -> bytes:
        """An error frame in the middle of a stream."""
        ...


@dataclass(frozen=True, slots=True)
class ServiceFailure:
    """One of the service's refusals, in the words of both protocols."""

    status: int
    code: str
    """Native code."""
    message: str
    compatible_code: str = "invalid_parameter_error"
    compatible_type: str = "invalid_request_error"

    def native_body(self, request_id: str) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "request_id": request_id}

    def compatible_body(self, request_id: str) -> dict[str, Any]:
        error = {
            "message": self.message,
            "type": self.compatible_type,
            "param": None,
            "code": self.compatible_code,
        }
        return {"error": error, "id": f"chatcmpl-{request_id}", "request_id": request_id}

    def native_frame(self, request_id: str, number: int = 1) -> bytes:
        """The failure as an SSE frame; the service uses the same on both protocols once a stream is open."""
        return _native_frame(number, "error", self.status, self.native_body(request_id))


def _native_frame(number: int, event: str, status: int, payload: Mapping[str, Any]) -> bytes:
    return b"id:%d\nevent:%b\n:HTTP_STATUS/%d\ndata:%b\n\n" % (number, event.encode(), status, encode_json(payload))


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a native stream tells of a search of the web."""

    sources: tuple[Mapping[str, Any], ...] = ()
    """`search_results`, told once; empty where they were not asked for."""
    comes_first: bool = False
    """The sources have a frame of their own before all others."""
    strategy: str = "turbo"


class _Tally:
    """What has been written, and what it would be billed as."""

    def __init__(self, input_bytes: int, image_tokens: int) -> None:
        self.image_tokens = image_tokens
        self.input_tokens = count_tokens(input_bytes) + image_tokens
        self._reasoning_bytes = 0
        self._text_bytes = 0

    def add(self, reasoning: str, text: str) -> None:
        self._reasoning_bytes += len(reasoning.encode())
        self._text_bytes += len(text.encode())

    @property
    def reasoning_tokens(self) -> int:
        return count_tokens(self._reasoning_bytes)

    @property
    def text_tokens(self) -> int:
        return count_tokens(self._text_bytes)


class NativeWriter:
    """DashScope's own protocol, on its text path or its multimodal path."""

    def __init__(
        self,
        *,
        request_id: str,
        input_bytes: int,
        is_multimodal: bool = False,
        is_thinking: bool = False,
        result_format: str = "message",
        is_cumulative: bool = False,
        search: SearchAnswer | None = None,
        image_tokens: int = 0,
    ) -> None:
        """`search`: the web was searched, and what is told of it."""
        self._search = search
        self._sources = list(search.sources) if search is not None else []
        self._request_id = request_id
        self._is_multimodal = is_multimodal
        self._is_thinking = is_thinking
        self._is_plain_text = result_format == "text" and not is_multimodal
        self._is_cumulative = is_cumulative
        self._number = 0
        self._tally = _Tally(input_bytes, image_tokens)
        self._reasoning: list[str] = []
        self._text: list[str] = []

    @property
    def reply_text(self) -> str:
        return "".join(self._text)

    def begin(self) -> bytes:
        if self._search is None or not self._search.comes_first:
            return b""
        self._number += 1
        return _native_frame(self._number, "result", 200, {**self._payload("", "", "null"), "usage": {}})

    def piece(self, reasoning: str = "", text: str = "") -> bytes:
        self._add(reasoning, text)
        return self._frame(reasoning, text, "null")

    def finish(self, reason: str = "stop") -> bytes:
        return self._frame("", "", reason)

    def whole(self, reasoning: str, text: str, reason: str = "stop") -> bytes:
        self._add(reasoning, text)
        return encode_json(self._payload(reasoning, text, reason))

    def error(self, failure: ServiceFailure) -> bytes:
        return failure.native_frame(self._request_id, self._number + 1)

    def _add(self, reasoning: str, text: str) -> None:
        self._tally.add(reasoning, text)
        self._reasoning.append(reasoning)
        self._text.append(text)

    def _frame(self, reasoning: str, text: str, reason: str) -> bytes:
        if self._is_cumulative:
            reasoning, text = "".join(self._reasoning), "".join(self._text)
        self._number += 1
        return _native_frame(self._number, "result", 200, self._payload(reasoning, text, reason))

    def _payload(self, reasoning: str, text: str, reason: str) -> dict[str, Any]:
        usage = self._usage()
        if self._is_plain_text:
            return {
                "output": {"text": text, "finish_reason": reason},
                "usage": usage,
                "request_id": self._request_id,
            }
        message: dict[str, Any] = {"role": "assistant"}
        choice: dict[str, Any] = {"message": message}
        if self._is_multimodal:
            message["content"] = [{"text": text}] if text else []
            if reasoning:
                message["reasoning_content"] = reasoning
        else:
            message["content"] = text
            if self._is_thinking:
                message["reasoning_content"] = reasoning
            choice["index"] = 0
        choice["finish_reason"] = reason
        output: dict[str, Any] = {"choices": [choice]}
        if self._search is not None and self._search.sources:
            output["search_info"] = {"extra_tool_info": [], "search_results": self._sources}
            self._sources = []  # each later frame has an empty list
        return {"output": output, "usage": usage, "request_id": self._request_id}

    def _usage(self) -> dict[str, Any]:
        tally = self._tally
        output_tokens = tally.reasoning_tokens + tally.text_tokens
        usage: dict[str, Any] = {
            "input_tokens": tally.input_tokens,
            "output_tokens": output_tokens,
            "total_tokens": tally.input_tokens + output_tokens,
        }
        if self._is_multimodal:
            usage["input_tokens_details"] = {"text_tokens": tally.input_tokens - tally.image_tokens}
            if tally.image_tokens:
                usage["input_tokens_details"]["image_tokens"] = usage["image_tokens"] = tally.image_tokens
        if self._is_thinking:
            usage["output_tokens_details"] = {"reasoning_tokens": tally.reasoning_tokens}
        usage["prompt_tokens_details"] = {"cached_tokens": 0}
        if self._search is not None:
            usage["plugins"] = {"search": {"count": 1, "strategy": self._search.strategy}}
        return usage


class CompatibleWriter:
    """The OpenAI-compatible protocol as DashScope speaks it."""

    def __init__(
        self,
        *,
        request_id: str,
        input_bytes: int,
        model_id: str,
        created_s: int,
        is_thinking: bool = False,
        includes_usage: bool = False,
        is_cumulative: bool = False,
        image_tokens: int = 0,
    ) -> None:
        self._request_id = request_id
        self._model_id = model_id
        self._created_s = created_s
        self._is_thinking = is_thinking
        self._includes_usage = includes_usage
        self._is_cumulative = is_cumulative
        self._tally = _Tally(input_bytes, image_tokens)
        self._text: list[str] = []

    @property
    def reply_text(self) -> str:
        return "".join(self._text)

    def begin(self) -> bytes:
        delta: dict[str, Any] = {"role": "assistant", "content": ""}
        if self._is_thinking:
            delta = {"role": "assistant", "content": None, "reasoning_content": ""}
        return self._chunk(delta)

    def piece(self, reasoning: str = "", text: str = "") -> bytes:
        self._tally.add(reasoning, text)
        self._text.append(text)
        if self._is_cumulative:
            text = self.reply_text
        if reasoning:
            return self._chunk({"content": text or None, "reasoning_content": reasoning})
        return self._chunk({"content": text, "reasoning_content": None} if self._is_thinking else {"content": text})

    def finish(self, reason: str = "stop") -> bytes:
        last = self._chunk({"content": self.reply_text if self._is_cumulative else ""}, reason)
        if self._includes_usage:
            last += b"data: %b\n\n" % encode_json({**self._envelope(), "choices": [], "usage": self._usage()})
        return last + b"data: [DONE]\n\n"

    def whole(self, reasoning: str, text: str, reason: str = "stop") -> bytes:
        self._tally.add(reasoning, text)
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if self._is_thinking:
            message["reasoning_content"] = reasoning
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        return encode_json({**self._envelope("chat.completion"), "choices": [choice], "usage": self._usage()})

    def error(self, failure: ServiceFailure) -> bytes:
        return failure.native_frame(self._request_id)

    def _chunk(self, delta: Mapping[str, Any], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return b"data: %b\n\n" % encode_json({**self._envelope(), "choices": [choice], "usage": None})

    def _envelope(self, kind: str = "chat.completion.chunk") -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self._request_id}",
            "object": kind,
            "created": self._created_s,
            "model": self._model_id,
            "system_fingerprint": None,
        }

    def _usage(self) -> dict[str, Any]:
        tally = self._tally
        output_tokens = tally.reasoning_tokens + tally.text_tokens
        usage: dict[str, Any] = {
            "prompt_tokens": tally.input_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": tally.input_tokens + output_tokens,
        }
        if self._is_thinking:
            usage["completion_tokens_details"] = {
                "reasoning_tokens": tally.reasoning_tokens,
                "text_tokens": tally.text_tokens,
            }
        usage["prompt_tokens_details"] = {"cached_tokens": 0}
        if tally.image_tokens:
            usage["prompt_tokens_details"]["image_tokens"] = tally.image_tokens
        return usage
