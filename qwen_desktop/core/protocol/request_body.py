"""Turn to request: one generation to path, headers and JSON body, on DashScope's own protocol and the compatible one.

Pure: no key, no host, no socket.  What a service may refuse stands in `WireOptions`, so that a refusal can be repaired
once and the repaired options be remembered for the model.  Sources, read 2026-11-23:
https://help.aliyun.com/zh/model-studio/qwen-api-via-dashscope, …/qwen-api-via-openai-chat-completions, …/error-code.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.protocol.surrogates import clean_text as clean_text
from qwen_desktop.core.providers.base import ReplyRequest
from qwen_desktop.core.providers.catalogue import NativePath, Thinking, abilities

COMPATIBLE_PATH = "/compatible-mode/v1/chat/completions"

_JSON_TO_EVENTS = {"Content-Type": "application/json", "Accept": "text/event-stream"}
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class WireOptions:
    """How one model wants to be asked."""

    native_path: NativePath = NativePath.TEXT
    content_in_parts: bool = False
    """Native: a message's content is a list of parts, not a string."""
    sends_thinking: bool = True
    """The field `enable_thinking` may be sent at all."""
    default_thinking: bool | None = None
    """What is said when the request leaves it open; None: nothing."""
    forced_thinking: bool | None = None
    """What is said whatever the request wants, because the service accepts nothing else."""
    sends_incremental_output: bool = True
    """Native: the field `incremental_output` (true) may be sent; without it replies are cumulative."""
    sends_stream_options: bool = True
    """Compatible: the field `stream_options`, which asks for usage, may be sent."""
    takes_one_prompt: bool = False
    is_cumulative: bool = False
    """The reply will repeat itself in every frame: to be told to the reader of the stream."""
    takes_partial: bool | None = None
    """Continues a reply that broke off (partial mode); None: not known, so it is tried."""

    @classmethod
    def for_model(cls, model_id: str, *, is_dashscope: bool = True) -> WireOptions:
        """What is known before the first request.

        `is_dashscope`: the host is Alibaba's, where even a model nobody knows may be one that thinks; elsewhere only
        models known to take `enable_thinking` get it."""
        known = abilities(model_id)
        is_unknown = known.thinking is Thinking.UNKNOWN
        return cls(
            native_path=known.path,
            content_in_parts=known.path is NativePath.MULTIMODAL,
            sends_thinking=known.can_switch_thinking or (is_unknown and is_dashscope),
            default_thinking=known.thinking is Thinking.ON if known.can_switch_thinking else None,
            takes_one_prompt=known.takes_one_prompt,
            is_cumulative=known.is_cumulative,
            takes_partial=known.partial,
        )

    def thinking_of(self, request: ReplyRequest) -> bool | None:
        """What `enable_thinking` says; None: the field is left out."""
        if not self.sends_thinking:
            return None
        if self.forced_thinking is not None:
            return self.forced_thinking
        if request.continues is not None:
            return False  # partial mode is refused in thinking mode
        return self.default_thinking if request.thinking is None else request.thinking


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A POST without its host and its key."""

    path: str
    headers: dict[str, str]
    body: bytes


def build_native(request: ReplyRequest, options: WireOptions) -> WireRequest:
    """One streamed generation on DashScope's own protocol.  Raises ValueError when there is no prompt at the end."""
    parameters: dict[str, Any] = {"result_format": "message"}
    if options.sends_incremental_output:
        parameters["incremental_output"] = True
    if (thinking := options.thinking_of(request)) is not None:
        parameters["enable_thinking"] = thinking
    messages = _messages(request, options)
    if options.takes_one_prompt:
        parameters["translation_options"] = _translation(messages)
    if options.content_in_parts:
        messages = [{**message, "content": [{"text": message["content"]}]} for message in messages]
    messages += _begun(request)
    body = {"model": clean_text(request.model_id), "input": {"messages": messages}, "parameters": parameters}
    headers = {**_JSON_TO_EVENTS, "X-DashScope-SSE": "enable"}
    return WireRequest(options.native_path.value, headers, msgspec.json.encode(body))


def build_compatible(request: ReplyRequest, options: WireOptions) -> WireRequest:
    """One streamed chat completion.  Raises ValueError when there is no prompt at the end."""
    messages = _messages(request, options) + _begun(request)
    body: dict[str, Any] = {"model": clean_text(request.model_id), "messages": messages, "stream": True}
    if options.sends_stream_options:
        body["stream_options"] = {"include_usage": True}
    if (thinking := options.thinking_of(request)) is not None:
        body["enable_thinking"] = thinking
    if options.takes_one_prompt:
        body["translation_options"] = _translation(messages)
    return WireRequest(COMPATIBLE_PATH, dict(_JSON_TO_EVENTS), msgspec.json.encode(body))


def _messages(request: ReplyRequest, options: WireOptions) -> list[dict[str, Any]]:
    """System first and once, nothing empty, the prompt last; content as a string."""
    texts = [(message.role, clean_text(message.text)) for message in request.messages if message.text]
    if not texts or texts[-1][0] is not Role.USER:
        raise ValueError("a request ends with the prompt, which is not empty")
    if options.takes_one_prompt:
        return [{"role": "user", "content": texts[-1][1]}]
    system = "\n\n".join(text for role, text in texts if role is Role.SYSTEM)
    messages = [{"role": role.value, "content": text} for role, text in texts if role is not Role.SYSTEM]
    return [{"role": "system", "content": system}, *messages] if system else messages


def _begun(request: ReplyRequest) -> list[dict[str, Any]]:
    """The reply that is to be continued, if one is; its content is a string, also where others are lists of parts.

    Source: https://help.aliyun.com/zh/model-studio/partial-mode (read 2026-11-23)."""
    if request.continues is None:
        return []
    return [{"role": Role.ASSISTANT.value, "content": clean_text(request.continues), "partial": True}]


def refuses_partial(*, code: str | None = None, message: str = "", status: int | None = None) -> bool:
    """Whether the refusal of a request in partial mode says that the model has none.

    A service that does not know the field takes the last message for one that is answered already."""
    words = f"{code or ''} {message}".lower()
    if any(fragment in words for fragment in ("list index out of range", "partial", "prefill", "must be user")):
        return True
    return (status is None or status in (400, 422)) and "role" in words


def _translation(messages: list[dict[str, Any]]) -> dict[str, str]:
    """A translating model must be told the language: Chinese becomes English, everything else Chinese."""
    is_chinese = _HAN.search(messages[-1]["content"]) is not None
    return {"source_lang": "auto", "target_lang": "English" if is_chinese else "Chinese"}


def repair(
    options: WireOptions, *, code: str | None = None, message: str = "", status: int | None = None
) -> WireOptions | None:
    """The options with which the refused request is worth sending once more; None when nothing here can help.

    `status` is of the response or the error frame; only a refusal (4xx, or none named) is repaired, and never one about
    the key, the right to a model, or the rate."""
    if status is not None and (not 400 <= status < 500 or status in (401, 402, 403, 404, 408, 429)):
        return None
    words = f"{code or ''} {message}".lower().replace('\\"', '"')
    repaired = _repaired(options, words)
    return repaired if repaired != options else None


def _repaired(options: WireOptions, words: str) -> WireOptions:
    def has(*fragments: str) -> bool:
        return any(fragment in words for fragment in fragments)

    if has("url error"):
        is_text = options.native_path is NativePath.TEXT
        other = NativePath.MULTIMODAL if is_text else NativePath.TEXT
        return dataclasses.replace(options, native_path=other, content_in_parts=is_text)
    if has("input content must be a string", "unexpected item type in content", "error during model pre-process"):
        return dataclasses.replace(options, content_in_parts=False)
    if has("incremental_output"):
        is_refused = has("to true", "be false", *_UNWANTED)
        return dataclasses.replace(options, sends_incremental_output=not is_refused, is_cumulative=is_refused)
    if has("notsupportenablethinking") or (has("enable_thinking") and has(*_UNWANTED)):
        return dataclasses.replace(options, sends_thinking=False)
    if has("restricted to true"):
        return dataclasses.replace(options, sends_thinking=True, forced_thinking=True)
    if has("restricted to false"):
        return dataclasses.replace(options, sends_thinking=True, forced_thinking=False)
    if has("stream_options") and has(*_UNWANTED):
        return dataclasses.replace(options, sends_stream_options=False)
    return options


_UNWANTED = (
    "not support",
    "unsupported",
    "unknown",
    "unrecognized",
    "unexpected",
    "not permitted",
    "not allowed",
    "extra field",
    "extra_forbidden",
)
"""How services say that they do not want a field."""
