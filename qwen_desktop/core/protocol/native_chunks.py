"""Events of DashScope's own protocol to deltas.

The increment stands under `output.choices[0].message`, or, with `result_format: text`, under `output.text`; while the
reply runs, its finish reason is the string "null".  Source:
https://help.aliyun.com/zh/model-studio/qwen-api-via-dashscope (read 2026-11-23), and recorded streams.
"""

from __future__ import annotations

import json
from dataclasses import replace

import msgspec

from qwen_desktop.core.chat.message import Source
from qwen_desktop.core.chat.sources import MOST_SOURCES
from qwen_desktop.core.protocol.chunks import Chunks, ContentPart, Increment, ToolCallPiece, content_text
from qwen_desktop.core.protocol.loose_shapes import (
    NO_NAME,
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


class _SearchInfo(msgspec.Struct):
    search_results: tuple[Source, ...] = ()


class _Output(msgspec.Struct):
    choices: list[_Choice] | None = None
    text: str | None = None
    finish_reason: str | None = None
    search_info: msgspec.Raw = msgspec.Raw()


class _Frame(msgspec.Struct):
    output: _Output | None = None
    usage: msgspec.Raw = msgspec.Raw()
    request_id: str | None = None


_decode = msgspec.json.Decoder(_Frame).decode
_decode_search = msgspec.json.Decoder(_SearchInfo).decode


class NativeChunks(Chunks):
    """Reads one native stream."""

    _seen_search = b""
    """The last `search_info`, as it stood on the wire: most frames say it again, or say an empty one."""

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
        sources = self._sources(output.search_info) if len(output.search_info) > len("{}") else ()
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

    def _sources(self, raw: msgspec.Raw) -> tuple[Source, ...]:
        """The sources a frame tells, unless the one before told the same; at most MOST_SOURCES."""
        said = bytes(raw)
        if said == self._seen_search:
            return ()
        self._seen_search = said
        try:
            sources = _decode_search(said).search_results[:MOST_SOURCES]
        except (msgspec.DecodeError, RecursionError):  # fields of another shape, or none at all
            sources = _loose_sources(said)
        if any(source.site_name == NO_NAME for source in sources):
            sources = tuple(replace(source, site_name=site_name(source.site_name)) for source in sources)
        return sources

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
            loose_sources(loose_dict(output.get("search_info")).get("search_results"))[:MOST_SOURCES],
            loose_text(choice.get("finish_reason")),
        )


def _loose_sources(search_info: bytes) -> tuple[Source, ...]:
    try:
        value = json.loads(search_info)
    except (ValueError, RecursionError):
        return ()
    return loose_sources(loose_dict(value).get("search_results"))[:MOST_SOURCES]
