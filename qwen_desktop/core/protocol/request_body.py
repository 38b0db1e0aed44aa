"""Turn to request: one generation to path, headers and JSON body, on DashScope's own protocol and the compatible one.

Pure: no key, no host, no socket.  What a service may refuse stands in `WireOptions`, so that a refusal can be repaired
once and what it taught be remembered for the model.  Replies are always streamed: some models answer in no other way.
Sources, read 2026-11-23: https://help.aliyun.com/zh/model-studio/qwen-api-via-dashscope,
…/qwen-api-via-openai-chat-completions, …/deep-thinking, …/error-code.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.chat.parameters import EFFORT_BUDGETS, Parameters
from qwen_desktop.core.protocol.picture_parts import (
    DIGESTS,
    LINK_SCHEME,
    NO_PICTURES,
    NOT_IN_PARTS,
    has_pictures,
    in_compatible_parts,
    in_native_parts,
)
from qwen_desktop.core.protocol.surrogates import clean_text as clean_text
from qwen_desktop.core.providers.base import ReplyRequest
from qwen_desktop.core.providers.catalogue import NativePath, Thinking, abilities
from qwen_desktop.core.providers.servers import CHINA, Server, ThinkingSwitch

COMPATIBLE_PATH = "/compatible-mode/v1/chat/completions"

_JSON_TO_EVENTS = {"Content-Type": "application/json", "Accept": "text/event-stream"}
_HAN = re.compile("[\u3400-\u9fff]")
_SAMPLING = ("temperature", "top_p", "max_tokens", "seed", "stop")
REFUSABLE = frozenset(
    {*_SAMPLING, "enable_thinking", "thinking_budget", "reasoning_effort", "incremental_output", "stream_options"}
    | {"chat_template_kwargs", "reasoning_content", "enable_search", "search_options"}
)
"""Fields that a request can do without."""


@dataclass(frozen=True, slots=True)
class WireOptions:
    """How one model wants to be asked at one server."""

    native_path: NativePath = NativePath.TEXT
    content_in_parts: bool = False
    """Native: a message's content is a list of parts, not a string."""
    compatible_path: str = COMPATIBLE_PATH
    switch: ThinkingSwitch = ThinkingSwitch.FIELD
    """By what thinking is switched; NONE: nothing may be said of it."""
    default_thinking: bool | None = None
    """What is said when the request leaves it open; None: nothing."""
    forced_thinking: bool | None = None
    """What is said whatever the request wants, because the service accepts nothing else."""
    max_budget: int | None = None
    """Largest `thinking_budget`; None: the field is not sent."""
    efforts: tuple[str, ...] = ()
    """Values of `reasoning_effort` that are taken."""
    max_tokens: int | None = None
    """Most that `max_tokens` may say; None: not known."""
    least_temperature: float = 0.0
    sends_reasoning: bool = False
    """Earlier reasoning goes back with the replies it belongs to."""
    refused: frozenset[str] = frozenset()
    """Fields that are not wanted.  Without `incremental_output` replies of the native protocol are cumulative."""
    takes_one_prompt: bool = False
    takes_search: bool = False
    search_strategy: str = ""
    """To be named; '': the service's default works."""
    is_cumulative: bool = False
    """The reply will repeat itself in every frame: to be told to the reader of the stream."""

    @classmethod
    def for_model(cls, model_id: str, server: Server = CHINA) -> WireOptions:
        """What is known before the first request.

        Of a model nobody knows, Alibaba's hosts are told what the request wants; elsewhere only models known to be able
        to switch are told anything."""
        known = abilities(model_id, server)
        may_switch = known.can_switch_thinking or (known.thinking is Thinking.UNKNOWN and server.is_dashscope)
        thinks_or_may = known.thinking is not Thinking.NEVER
        return cls(
            native_path=known.path,
            content_in_parts=known.path is NativePath.MULTIMODAL,
            compatible_path=f"{server.compatible_base}/chat/completions",
            switch=server.switch if may_switch else ThinkingSwitch.NONE,
            default_thinking=known.thinking is Thinking.ON if known.can_switch_thinking else None,
            max_budget=known.max_budget if thinks_or_may else None,
            efforts=known.efforts if thinks_or_may else (),
            max_tokens=known.max_output_tokens,
            least_temperature=known.least_temperature,
            sends_reasoning=known.wants_reasoning,
            takes_one_prompt=known.takes_one_prompt,
            takes_search=server.is_dashscope and known.may_search,
            search_strategy=known.search_strategy,
            is_cumulative=known.is_cumulative,
        )

    def thinking_of(self, request: ReplyRequest) -> bool | None:
        """What is said of thinking; None: nothing."""
        if self.switch is ThinkingSwitch.NONE or self.switch.value in self.refused:
            return None
        if self.forced_thinking is not None:
            return self.forced_thinking
        if request.continues is not None:
            return False  # partial mode is refused in thinking mode
        return self.default_thinking if request.thinking is None else request.thinking

    def thinking_fields(self, request: ReplyRequest) -> dict[str, Any]:
        """The fields that say whether and how long to think; they never contradict each other.

        An effort stands alone: it means that the model thinks, and goes neither with a budget nor with the switch."""
        thinking = self.thinking_of(request)
        if request.continues is None and thinking is not False and (length := self._length(request.parameters)):
            name, value = length
            if name == "reasoning_effort" or thinking is None:
                return {name: value}
            return self._switched(thinking) | {name: value}
        return self._switched(thinking)

    def _length(self, wanted: Parameters) -> tuple[str, int | str] | None:
        """How long to think, as this model is told: its own efforts, else a budget up to its largest."""
        takes_budget = self.max_budget is not None and "thinking_budget" not in self.refused
        takes_effort = wanted.effort in self.efforts and "reasoning_effort" not in self.refused
        tokens = wanted.thinking_budget
        if tokens is None and takes_effort:
            return "reasoning_effort", wanted.effort
        if tokens is None and not self.efforts:
            tokens = EFFORT_BUDGETS.get(wanted.effort)
        if tokens is None or not takes_budget or self.max_budget is None:
            return None
        return "thinking_budget", min(tokens, self.max_budget)

    def _switched(self, thinking: bool | None) -> dict[str, Any]:
        if thinking is None:
            return {}
        match self.switch:
            case ThinkingSwitch.FIELD:
                return {"enable_thinking": thinking}
            case ThinkingSwitch.TEMPLATE:
                return {"chat_template_kwargs": {"enable_thinking": thinking}}
            case ThinkingSwitch.EFFORT:
                return {} if thinking else {"reasoning_effort": "none"}
            case ThinkingSwitch.NONE:
                return {}

    def search_fields(self, request: ReplyRequest, *, is_native: bool) -> dict[str, Any]:
        """The fields that let the model search.  Only DashScope's own protocol gives the sources back; the strategy
        `agent` does not go with numbers in the text.  What is continued is not searched for again.

        Source: https://help.aliyun.com/zh/model-studio/web-search (read 2026-11-23)."""
        if not (request.search and self.takes_search) or request.continues is not None:
            return {}
        if "enable_search" in self.refused:
            return {}
        options: dict[str, Any] = {}
        if self.search_strategy:
            options["search_strategy"] = self.search_strategy
        if is_native:
            options["enable_source"] = True
            if not self.search_strategy.startswith("agent"):
                options |= {"enable_citation": True, "citation_format": "[<number>]", "prepend_search_result": True}
        if not options or "search_options" in self.refused:
            return {"enable_search": True}
        return {"enable_search": True, "search_options": options}

    def sampling_fields(self, wanted: Parameters) -> dict[str, Any]:
        """Temperature and the like, fitted to what the model takes: what it would raise or cut is so before it goes."""
        fields: dict[str, Any] = {}
        for name in _SAMPLING:
            value = getattr(wanted, name)
            if value is not None and value != () and name not in self.refused:
                fields[name] = value
        if "temperature" in fields:
            fields["temperature"] = max(fields["temperature"], self.least_temperature)
        if "max_tokens" in fields and self.max_tokens is not None:
            fields["max_tokens"] = min(fields["max_tokens"], self.max_tokens)
        if "stop" in fields:
            fields["stop"] = [clean_text(text) for text in fields["stop"]]
        return fields


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A POST without its host and its key."""

    path: str
    headers: dict[str, str]
    body: bytes


def build_native(request: ReplyRequest, options: WireOptions, pictures: Mapping[str, str] = NO_PICTURES) -> WireRequest:
    """One streamed generation on DashScope's own protocol.  Raises ValueError when there is no prompt at the end.

    `pictures`: the URL of each attachment by its digest: a data URL, or one of an upload.  Pictures live on the
    multimodal path only."""
    path, in_parts = options.native_path, options.content_in_parts
    if has_pictures(request):
        path, in_parts = NativePath.MULTIMODAL, True
    parameters: dict[str, Any] = {"result_format": "message"}
    if "incremental_output" not in options.refused:
        parameters["incremental_output"] = True
    parameters |= options.thinking_fields(request)
    parameters |= options.search_fields(request, is_native=True)
    parameters |= options.sampling_fields(request.parameters)
    messages = _messages(request, options)
    if options.takes_one_prompt:
        parameters["translation_options"] = _translation(messages)
    if in_parts:
        messages = [in_native_parts(message, pictures) for message in messages]
    messages += _begun(request)
    body = {"model": clean_text(request.model_id), "input": {"messages": messages}, "parameters": parameters}
    headers = {**_JSON_TO_EVENTS, "X-DashScope-SSE": "enable"}
    if any(url.startswith(LINK_SCHEME) for url in pictures.values()):
        headers["X-DashScope-OssResourceResolve"] = "enable"
    return WireRequest(path.value, headers, msgspec.json.encode(body))


def build_compatible(
    request: ReplyRequest, options: WireOptions, pictures: Mapping[str, str] = NO_PICTURES
) -> WireRequest:
    """One streamed chat completion; `pictures` as in `build_native`, data URLs only.  Raises ValueError when there is
    no prompt at the end."""
    messages = [in_compatible_parts(message, pictures) for message in _messages(request, options)] + _begun(request)
    body: dict[str, Any] = {"model": clean_text(request.model_id), "messages": messages, "stream": True}
    if "stream_options" not in options.refused:
        body["stream_options"] = {"include_usage": True}
    body |= options.thinking_fields(request)
    body |= options.search_fields(request, is_native=False)
    body |= options.sampling_fields(request.parameters)
    if options.takes_one_prompt:
        body["translation_options"] = _translation(messages)
    return WireRequest(options.compatible_path, dict(_JSON_TO_EVENTS), msgspec.json.encode(body))


def _messages(request: ReplyRequest, options: WireOptions) -> list[dict[str, Any]]:
    """System first and once, nothing empty, the prompt last; content as a string, digests of pictures beside it."""
    said = [message for message in request.messages if message.text or message.attachments]
    if not said or said[-1].role is not Role.USER:
        raise ValueError("a request ends with the prompt, which is not empty")
    if options.takes_one_prompt:
        return [{"role": "user", "content": clean_text(said[-1].text)}]
    system = "\n\n".join(clean_text(message.text) for message in said if message.role is Role.SYSTEM)
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    sends_reasoning = options.sends_reasoning and "reasoning_content" not in options.refused
    for one in said:
        if one.role is Role.SYSTEM:
            continue
        message: dict[str, Any] = {"role": one.role.value, "content": clean_text(one.text)}
        if one.reasoning and sends_reasoning and one.role is Role.ASSISTANT:
            message["reasoning_content"] = clean_text(one.reasoning)
        if one.attachments:
            message[DIGESTS] = [attachment.digest for attachment in one.attachments]
        messages.append(message)
    return messages


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
    if has(*NOT_IN_PARTS):
        return dataclasses.replace(options, content_in_parts=False)
    if has("incremental_output"):
        return _with_increments(options, is_refused=has("to true", "be false", *_UNWANTED))
    if has("cannot be set simultaneously"):
        return _without(options, "reasoning_effort")
    if has("notsupportenablethinking") or (has("enable_thinking") and has(*_UNWANTED)):
        switch = "chat_template_kwargs" if options.switch is ThinkingSwitch.TEMPLATE else "enable_thinking"
        return dataclasses.replace(_without(options, switch), max_budget=None, efforts=())
    if has("restricted to true"):
        return dataclasses.replace(_with_field(options), forced_thinking=True)
    if has("restricted to false"):
        return dataclasses.replace(_with_field(options), forced_thinking=False)
    if has("thinking_budget") and (found := _NOT_GREATER.search(words)):
        limit = _smaller(options.max_budget, int(found[1]))
        return dataclasses.replace(options, max_budget=limit)
    if has("max_tokens") and (found := _RANGE.search(words)):
        limit = _smaller(options.max_tokens, int(found[1]))
        return dataclasses.replace(options, max_tokens=limit)
    if has(*_UNWANTED):
        for name in sorted(REFUSABLE, key=len, reverse=True):
            if re.search(rf"\b{name}\b", words, re.ASCII):
                return _without(options, name)
    return options


def _without(options: WireOptions, name: str) -> WireOptions:
    return dataclasses.replace(options, refused=options.refused | {name})


def _with_field(options: WireOptions) -> WireOptions:
    """Thinking is said by its own field again."""
    return dataclasses.replace(options, switch=ThinkingSwitch.FIELD, refused=options.refused - {"enable_thinking"})


def _with_increments(options: WireOptions, *, is_refused: bool) -> WireOptions:
    name = frozenset({"incremental_output"})
    refused = options.refused | name if is_refused else options.refused - name
    return dataclasses.replace(options, refused=refused, is_cumulative=is_refused)


def _smaller(known: int | None, named: int) -> int | None:
    """The limit a refusal named, unless it explains nothing."""
    return known if named < 1 or (known is not None and known <= named) else named


_NOT_GREATER = re.compile(r"not greater than\s*\[?([0-9]{1,9})", re.ASCII)
_RANGE = re.compile(r"\[\s*1\s*,\s*([0-9]{1,9})\s*\]", re.ASCII)
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
