"""Events of the OpenAI-compatible protocol to deltas.

The increment stands under `choices[0].delta`; usage comes in a chunk of its own with empty `choices`; `[DONE]` is last,
and may be missing.  Source: https://help.aliyun.com/zh/model-studio/qwen-api-via-openai-chat-completions (read
2026-11-23).  Ollama and vLLM call the reasoning `reasoning`.
"""

from __future__ import annotations

import msgspec

from qwen_desktop.core.protocol.chunks import Chunks, ContentPart, Increment, ToolCallPiece, content_text
from qwen_desktop.core.protocol.loose_shapes import (
    loose_content,
    loose_dict,
    loose_list,
    loose_text,
    loose_tool_calls,
)
from qwen_desktop.core.protocol.sse import ServerSentEvent


class _Delta(msgspec.Struct):
    content: str | list[ContentPart] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[ToolCallPiece] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: msgspec.Raw = msgspec.Raw()
    id: str | None = None
    request_id: str | None = None


_decode = msgspec.json.Decoder(_Chunk).decode


class CompatibleChunks(Chunks):
    """Reads one stream of chat completions."""

    def _read(self, event: ServerSentEvent) -> Increment | None:
        try:
            chunk = _decode(event.data)
        except (msgspec.DecodeError, RecursionError):
            return self._read_loosely(event)
        if not chunk.choices:
            return self._read_loosely(event)
        if self.request_id is None:
            self._keep_request_id(chunk.request_id or chunk.id)
        if len(chunk.usage) > len("null"):
            self._keep_raw_usage(chunk.usage)
        choice = chunk.choices[0]
        delta = choice.delta
        if delta is None:
            return self._read_loosely(event)
        content = delta.content
        return Increment(
            content if type(content) is str else content_text(content),
            delta.reasoning_content or delta.reasoning or "",
            delta.tool_calls,
            (),
            choice.finish_reason,
        )

    def _read_loosely(self, event: ServerSentEvent) -> Increment | None:
        chunk = self._loosely(event)
        if not isinstance(chunk, dict):
            return None
        if self.request_id is None:
            self._keep_request_id(loose_text(chunk.get("request_id")) or loose_text(chunk.get("id")))
        self._keep_usage(chunk.get("usage"))
        if not chunk.get("choices"):
            self._raise_error_in(event, chunk)
        choice = next((choice for choice in loose_list(chunk.get("choices")) if isinstance(choice, dict)), {})
        delta = loose_dict(choice.get("delta")) or loose_dict(choice.get("message"))
        return Increment(
            loose_content(delta.get("content")),
            loose_text(delta.get("reasoning_content")) or loose_text(delta.get("reasoning")),
            loose_tool_calls(delta.get("tool_calls")),
            (),
            loose_text(choice.get("finish_reason")),
        )

    def _keep_request_id(self, request_id: str | None) -> None:
        if request_id:
            self.request_id = request_id.removeprefix("chatcmpl-") or None
