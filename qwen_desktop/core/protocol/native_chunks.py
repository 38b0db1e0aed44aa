"""Events of DashScope's own protocol to deltas.

The increment stands under `output.choices[0].message`, or, with `result_format: text`, under `output.text`; while the
reply runs, its finish reason is the string "null".  Source:
https://help.aliyun.com/zh/model-studio/qwen-api-via-dashscope (read 2026-11-23), and recorded streams.
"""

from __future__ import annotations

import msgspec

from qwen_desktop.core.chat.message import Source
from qwen_desktop.core.protocol.chunks import Chunks, ContentPart, Increment, ToolCallPiece, content_text
from qwen_desktop.core.protocol.loose_shapes import (
    loose_content,
    loose_dict,
    loose_list,
    loose_sources,
    loose_text,
    loose_tool_calls,
    site_name,
)
from qwen_desktop.core.protocol.sse import ServerSentEvent


class _Message(msgspec.Struct):
    content: str | list[ContentPart] | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCallPiece] | None = None


class _Choice(msgspec.Struct):
    message: _Message | None = None
    finish_reason: str | None = None


class _SearchResult(msgspec.Struct, gc=False):
    index: int | None = None
    title: str | None = None
    url: str | None = None
    site_name: str | None = None


class _SearchInfo(msgspec.Struct):
    search_results: list[_SearchResult] | None = None


class _Output(msgspec.Struct):
    choices: list[_Choice] | None = None
    text: str | None = None
    finish_reason: str | None = None
    search_info: _SearchInfo | None = None


class _Frame(msgspec.Struct):
    output: _Output | None = None
    usage: msgspec.Raw = msgspec.Raw()
    request_id: str | None = None


_decode = msgspec.json.Decoder(_Frame).decode


class NativeChunks(Chunks):
    """Reads one native stream."""

    def _read(self, event: ServerSentEvent) -> Increment | None:
        try:
            frame = _decode(event.data)
        except (msgspec.DecodeError, RecursionError):
            return self._read_loosely(event)
        output = frame.output
        if output is None:
            return self._read_loosely(event)
        if frame.request_id:
            self.request_id = frame.request_id
        if len(frame.usage) > len("{}"):
            self._keep_raw_usage(frame.usage)
        sources = _sources(output.search_info) if output.search_info is not None else ()
        if not output.choices:
            return Increment(output.text or "", "", None, sources, output.finish_reason)
        choice = output.choices[0]
        message = choice.message
        if message is None:
            return Increment("", "", None, sources, choice.finish_reason)
        content = message.content
        return Increment(
            content if type(content) is str else content_text(content),
            message.reasoning_content or "",
            message.tool_calls,
            sources,
            choice.finish_reason,
        )

    def _read_loosely(self, event: ServerSentEvent) -> Increment | None:
        frame = self._loosely(event)
        if not isinstance(frame, dict):
            return None
        self.request_id = loose_text(frame.get("request_id")) or self.request_id
        self._keep_usage(frame.get("usage"))
        output = loose_dict(frame.get("output"))
        if not output:
            self._raise_error_in(event, frame)
        choice = next((choice for choice in loose_list(output.get("choices")) if isinstance(choice, dict)), output)
        message = loose_dict(choice.get("message"))
        return Increment(
            loose_content(message.get("content")) or loose_text(choice.get("text")),
            loose_text(message.get("reasoning_content")),
            loose_tool_calls(message.get("tool_calls")),
            loose_sources(loose_dict(output.get("search_info")).get("search_results")),
            loose_text(choice.get("finish_reason")),
        )


def _sources(search_info: _SearchInfo) -> tuple[Source, ...]:
    return tuple(
        Source(
            result.index if result.index is not None else position,
            result.title or "",
            result.url or "",
            site_name(result.site_name or ""),
        )
        for position, result in enumerate(search_info.search_results or (), start=1)
    )
