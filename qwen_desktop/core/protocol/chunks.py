"""Events to deltas: what both protocols have in common.  See `native_chunks.py` and `compatible_chunks.py`.

Frames are decoded into msgspec Structs; a frame those refuse is read once more without any assumption, so that a field
of the wrong type costs that field and nothing else.
Sources: https://help.aliyun.com/zh/model-studio/qwen-api-via-dashscope and …/qwen-api-via-openai-chat-completions (read
2026-11-23).
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from qwen_desktop.core.chat.delta import (
    Citations,
    Delta,
    Finished,
    ReasoningDelta,
    TextDelta,
    TextReplaced,
    ToolCallDelta,
)
from qwen_desktop.core.chat.message import Source, Usage
from qwen_desktop.core.protocol.accumulation import Accumulation
from qwen_desktop.core.protocol.sse import ServerSentEvent, StatusEvent
from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.providers.error_body import ErrorWords, words_of

_CHUNK_EVENTS = frozenset({"message", "result"})
_STATUS = re.compile(r"HTTP_STATUS/(\d{3})|^<(\d{3})> ")
_LARGEST_COUNT = 2**53
_SHORTEST_USAGE = 32


class ErrorFrame(Exception):
    """The service said inside the stream that it failed; nothing more of the reply will come.

    `status` is the one the frame names, None when it names none; `code`, `message` and `request_id` are as the service
    gave them, None where it did not."""

    def __init__(
        self, *, status: int | None = None, code: str | None = None, message: str = "", request_id: str | None = None
    ) -> None:
        super().__init__(code or "error frame")
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id


class ToolFunction(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | None = None


class ToolCallPiece(msgspec.Struct, gc=False):
    index: int | None = None
    id: str | None = None
    function: ToolFunction | None = None


class ContentPart(msgspec.Struct, gc=False):
    text: str | None = None


class Increment(msgspec.Struct):
    """What the frames of both protocols say about the reply, however they say it."""

    text: str = ""
    reasoning: str = ""
    tool_calls: list[ToolCallPiece] | None = None
    sources: tuple[Source, ...] = ()
    finish_reason: str | None = None


class Chunks:
    """Base of both protocols: `feed` events in, take deltas out; one object reads one stream.

    `is_cumulative`: this model is known to repeat everything in each frame, or was asked to."""

    def __init__(self, *, is_cumulative: bool = False) -> None:
        self.request_id: str | None = None
        self.finish_reason: str | None = None
        """The service's own word; None while it has not said that the reply is finished."""
        self.is_done = False
        """`[DONE]` was read."""
        self.broken_events = 0
        """How many events were no JSON, and were passed over."""
        self._text = Accumulation(is_cumulative=is_cumulative)
        self._reasoning = Accumulation(is_cumulative=is_cumulative)
        self._arguments: dict[int, str] = {}
        self._raw_usage: msgspec.Raw | None = None
        self._usage: Usage | None = None

    @property
    def usage(self) -> Usage | None:
        """The last usage the stream told; None while it told none."""
        if self._raw_usage is not None:
            self._usage = read_usage(bytes(self._raw_usage)) or self._usage
            self._raw_usage = None
        return self._usage

    def feed(self, event: ServerSentEvent) -> list[Delta]:
        """What this event adds, in order.  Raises ErrorFrame when it says that the service failed.

        Once the reply is finished, only usage and request id are still taken."""
        if event.event not in _CHUNK_EVENTS:
            name = event.event.partition(":")[0]
            if name == "error" and not self._is_over():
                raise self._error_frame(event, None)
            if name not in _CHUNK_EVENTS:
                return []
        increment = self._read(event)
        if increment is None or self._is_over():
            return []
        return self._deltas(increment)

    def _read(self, event: ServerSentEvent) -> Increment | None:
        """This protocol's own reading of one frame; None when there is nothing of a reply in it."""
        raise NotImplementedError

    def _is_over(self) -> bool:
        return self.finish_reason is not None or self.is_done

    # --- What a frame says

    def _deltas(self, increment: Increment) -> list[Delta]:
        finish_reason = increment.finish_reason
        if finish_reason == "error_finish":
            raise self._with_request_id(ErrorFrame(message=increment.text or increment.reasoning))
        deltas: list[Delta] = []
        if increment.sources:
            deltas.append(Citations(increment.sources))
        if increment.text or increment.reasoning:
            self._add_words(increment, deltas)
        if increment.tool_calls:
            self._add_tool_calls(increment.tool_calls, deltas)
        if finish_reason and finish_reason != "null":
            self.finish_reason = finish_reason
            deltas.append(Finished(finish_reason))
        return deltas

    def _add_words(self, increment: Increment, deltas: list[Delta]) -> None:
        reasoning = self._reasoning.add(increment.reasoning) if increment.reasoning else ""
        if reasoning is None:
            self._text.settle()
        text = self._text.add(increment.text) if increment.text else ""
        if text is None:
            self._reasoning.settle()
        if text is None or reasoning is None:
            deltas.append(TextReplaced(self._text.text, self._reasoning.text))
            return
        if reasoning:
            deltas.append(ReasoningDelta(reasoning))
        if text:
            deltas.append(TextDelta(text))

    def _add_tool_calls(self, pieces: list[ToolCallPiece], deltas: list[Delta]) -> None:
        is_cumulative = self._text.is_cumulative or self._reasoning.is_cumulative
        for position, piece in enumerate(pieces):
            index = position if piece.index is None else piece.index
            function = piece.function or ToolFunction()
            call_id, name, arguments = piece.id or "", function.name or "", function.arguments or ""
            if is_cumulative:
                seen = self._arguments.get(index)
                if seen and (len(arguments) <= len(seen) or not arguments.startswith(seen)):
                    continue
                self._arguments[index] = arguments
                arguments = arguments[len(seen or "") :]
            if call_id or name or arguments:
                deltas.append(ToolCallDelta(index, call_id, name, arguments))

    # --- What goes wrong

    def _loosely(self, event: ServerSentEvent) -> Any:
        """The JSON of an event the Structs refused: a value of any type, or None; broken JSON is counted."""
        if event.data.strip() == "[DONE]":
            self.is_done = True
            return None
        try:
            return json.loads(event.data)
        except (ValueError, RecursionError):
            self.broken_events += 1
            return None

    def _raise_error_in(self, event: ServerSentEvent, value: object) -> None:
        """`value` is the frame's JSON, which holds no reply: maybe the service's words of an error."""
        if not self._is_over() and isinstance(value, dict) and _names_error(value):
            raise self._error_frame(event, words_of(value))

    def _error_frame(self, event: ServerSentEvent, words: ErrorWords | None) -> ErrorFrame:
        if words is None:
            try:
                value = json.loads(event.data)
            except (ValueError, RecursionError):
                value = None
            words = words_of(value) or ErrorWords(message="" if isinstance(value, dict) else event.data)
        message = clean_text(words.message)
        status = event.http_status if isinstance(event, StatusEvent) else None
        if status is None and words.code.isdecimal() and len(words.code) == 3:
            status = int(words.code)
        if status is None and (found := _STATUS.search(event.event) or _STATUS.match(message)):
            status = int(found[1] or found[2])
        error = ErrorFrame(
            status=status,
            code=clean_text(words.code) or None,
            message=message,
            request_id=clean_text(words.request_id) or None,
        )
        return self._with_request_id(error)

    def _with_request_id(self, error: ErrorFrame) -> ErrorFrame:
        error.request_id = self.request_id = error.request_id or self.request_id
        return error

    def _keep_raw_usage(self, raw: msgspec.Raw) -> None:
        """The last usage counts, and is decoded when asked for; one too short to be one is looked at now."""
        if len(raw) > _SHORTEST_USAGE or read_usage(bytes(raw)) is not None:
            self._raw_usage = raw

    def _keep_usage(self, usage: object) -> None:
        """Of a frame that was read loosely."""
        if isinstance(usage, dict):
            self._usage = _usage_of(usage) or self.usage
            self._raw_usage = None


def _names_error(frame: dict[str, Any]) -> bool:
    """Something in it says error, more than a stray message would."""
    error, code = frame.get("error"), frame.get("code")
    if error and isinstance(error, dict | str):
        return True
    if isinstance(code, int):
        return code >= 400
    return bool(code and isinstance(code, str) and code != "200") or frame.get("object") == "error"


def content_text(content: str | list[ContentPart] | None) -> str:
    """A message's content, which either protocol may give as a string, as a list of parts, or not at all."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join([part.text for part in content if part.text])


def read_usage(raw: bytes) -> Usage | None:
    """The usage object of either protocol; None when it holds nothing that can be understood."""
    try:
        usage = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    return _usage_of(usage) if isinstance(usage, dict) else None


def _at(usage: dict[str, Any], path: str) -> object:
    place: object = usage
    for key in path.split("."):
        place = place.get(key) if isinstance(place, dict) else None
    return place


def _usage_of(usage: dict[str, Any]) -> Usage | None:
    def count(*names: str) -> int | None:
        for name in names:
            place = _at(usage, name)
            if isinstance(place, int) and not isinstance(place, bool) and 0 <= place < _LARGEST_COUNT:
                return place
        return None

    result = Usage(
        input_tokens=count("input_tokens", "prompt_tokens"),
        output_tokens=count("output_tokens", "completion_tokens"),
        total_tokens=count("total_tokens"),
        reasoning_tokens=count("output_tokens_details.reasoning_tokens", "completion_tokens_details.reasoning_tokens"),
        cached_tokens=count(
            "prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens", "cached_tokens"
        ),
        searches=count("plugins.search.count"),
        search_strategy=strategy if isinstance(strategy := _at(usage, "plugins.search.strategy"), str) else "",
    )
    return result if result != Usage() else None
