"""A request to nothing, or to the refusal the real service would give, in its own words where they are known.

Pure: the same rules judge what the product sends in tests.  Words and codes from
https://help.aliyun.com/zh/model-studio/error-code, read 2026-11-23; `ours` marks a refusal whose words are not known.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from qwen_desktop.demo.frames import ServiceFailure
from tests.strict_models import ModelRules

NATIVE_ROLES = {"system", "user", "assistant", "tool"}
COMPATIBLE_ROLES = NATIVE_ROLES | {"function"}
MESSAGE_FIELDS = {"role", "content", "reasoning_content", "partial", "tool_calls", "tool_call_id", "name"}
SHARED_PARAMETERS = {
    "temperature",
    "top_p",
    "top_k",
    "repetition_penalty",
    "presence_penalty",
    "seed",
    "max_tokens",
    "max_completion_tokens",
    "stop",
    "n",
    "logprobs",
    "top_logprobs",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "tool_stream",
    "enable_thinking",
    "thinking_budget",
    "reasoning_effort",
    "preserve_thinking",
    "enable_search",
    "search_options",
    "translation_options",
    "vl_high_resolution_images",
}
NATIVE_PARAMETERS = SHARED_PARAMETERS | {"result_format", "incremental_output", "stream", "enable_code_interpreter"}
NATIVE_FIELDS = {"model", "input", "parameters"}
COMPATIBLE_FIELDS = SHARED_PARAMETERS | {"model", "messages", "stream", "stream_options", "modalities", "audio"}
NATIVE_PARTS = {"text", "image", "video", "audio", "file_url", "file_data"}
NATIVE_PART_SIBLINGS = {"min_pixels", "max_pixels", "fps", "max_frames", "total_pixels", "cache_control", "filename"}
COMPATIBLE_PARTS = {"text", "image_url", "video_url", "video", "input_audio", "file"}

RANGES: dict[str, Callable[[float], bool]] = {
    "temperature": lambda value: 0 <= value < 2,
    "top_p": lambda value: 0 < value <= 1,
    "presence_penalty": lambda value: -2 <= value <= 2,
    "repetition_penalty": lambda value: value > 0,
    "seed": lambda value: 0 <= value <= 2**31 - 1,
    "max_tokens": lambda value: value >= 1,
    "max_completion_tokens": lambda value: value >= 1,
}
MAX_DATA_URL_BYTES = 10_485_760
MAX_PICTURES = 250
BAD_ROLE = "Role must be user or assistant and Content length must be greater than 0"


class Refused(Exception):
    """The service would refuse this request."""

    def __init__(self, failure: ServiceFailure) -> None:
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True)
class Call:
    """One generation request, of either protocol, taken apart."""

    is_native: bool
    is_multimodal: bool
    """Native only: which path was asked."""
    is_stream: bool
    body: Mapping[str, Any]
    rules: ModelRules | None
    """Of the model the body names; None when the service does not know it."""
    resolves_links: bool = False
    """The header is there with which links of uploads are looked up."""
    living_links: frozenset[str] = frozenset()

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.body.get("parameters") or {} if self.is_native else self.body

    @property
    def messages(self) -> Any:
        source = self.body.get("input") if self.is_native else self.body
        return source.get("messages") if isinstance(source, dict) else None

    @property
    def thinks(self) -> bool:
        """Whether the model will think: as asked, else as is its default."""
        wanted = self.parameters.get("enable_thinking")
        if self.rules is None or self.rules.thinking == "no":
            return False
        return wanted if isinstance(wanted, bool) else self.rules.thinking in ("on", "always")

    @property
    def is_cumulative(self) -> bool:
        if self.rules is not None and self.rules.is_cumulative:
            return True
        if not self.is_native:
            return False
        is_incremental_by_default = self.body["model"].startswith(("qwen3", "qwq", "qvq"))
        return self.parameters.get("incremental_output", is_incremental_by_default) is not True


def refuse(message: str, code: str = "InvalidParameter", status: int = 400, compatible_code: str = "") -> Refused:
    return Refused(ServiceFailure(status, code, message, compatible_code or "invalid_parameter_error"))


def ours(message: str) -> Refused:
    """A refusal that is certain to happen or worth forbidding, in words of our own."""
    return refuse(message)


def check(call: Call) -> None:
    """Raises Refused for the first thing the service would not take."""
    model_id = call.body.get("model")
    if not isinstance(model_id, str) or not model_id:
        raise refuse("Model not exist.")
    rules = call.rules
    if rules is None:
        if call.is_native:
            raise refuse("Model not exist.")
        words = f"The model `{model_id}` does not exist or you do not have access to it."
        raise refuse(words, "ModelNotFound", 404, "model_not_found")
    if not call.is_native and not rules.is_compatible:
        words = f"Unsupported model `{model_id}` for OpenAI compatibility mode."
        raise refuse(words, "ModelNotSupported", 404, "model_not_supported")
    if call.is_native and rules.path != "either" and (rules.path == "multimodal") is not call.is_multimodal:
        raise refuse("url error, please check url!")
    _check_fields(call)
    _check_stream(call, rules)
    _check_thinking(call, rules)
    _check_parameters(call, rules)
    _check_messages(call, rules)


def _check_fields(call: Call) -> None:
    known = NATIVE_FIELDS if call.is_native else COMPATIBLE_FIELDS
    for name in call.body.keys() - known:
        raise ours(f"Extra inputs are not permitted: {name}")
    if call.is_native:
        if not isinstance(call.body.get("parameters", {}), dict) or not isinstance(call.body.get("input"), dict):
            raise refuse("Required body invalid, please check the request body format.")
        for name in call.parameters.keys() - NATIVE_PARAMETERS:
            raise ours(f"Extra inputs are not permitted: parameters.{name}")
        for name in call.body["input"].keys() - {"messages"}:
            raise ours(f"Extra inputs are not permitted: input.{name}")
    elif "stream_options" in call.body and not call.is_stream:
        raise refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.")


def _check_stream(call: Call, rules: ModelRules) -> None:
    if call.is_stream:
        return
    if rules.stream_only:
        raise refuse("This model only support stream mode, please enable the stream parameter to access the model.")
    if rules.streams_to_think and call.thinks:
        raise refuse("parameter.enable_thinking must be set to false for non-streaming calls")
    if call.parameters.get("enable_search") is True and rules.path == "multimodal":
        raise refuse("Non-streaming mode does not support Web Search.")


def _check_thinking(call: Call, rules: ModelRules) -> None:
    parameters = call.parameters
    wanted = parameters.get("enable_thinking")
    if "enable_thinking" in parameters:
        if not isinstance(wanted, bool):
            raise ours("enable_thinking should be a valid boolean")
        if rules.thinking == "no":
            words = "The model does not support enable_thinking."
            raise refuse(words, "InvalidParameter.NotSupportEnableThinking")
        if rules.thinking == "always" and not wanted:
            raise refuse("The value of the enable_thinking parameter is restricted to True.")
    if "thinking_budget" in parameters and "reasoning_effort" in parameters:
        raise refuse("'reasoning_effort' and 'thinking_budget' cannot be set simultaneously.")
    budget, most = parameters.get("thinking_budget", 1), rules.max_budget
    if not isinstance(budget, int) or isinstance(budget, bool) or not 1 <= budget <= most:
        raise refuse(f"The thinking_budget parameter must be a positive integer and not greater than {most}")
    if "reasoning_effort" in parameters and parameters["reasoning_effort"] not in rules.efforts:
        raise ours("reasoning_effort is not supported by this model, or not with this value")
    for name in ("thinking_budget", "reasoning_effort"):
        if name in parameters and (rules.thinking == "no" or wanted is False):
            raise ours(f"{name} is not supported without thinking")
    if not call.is_native:
        return
    if not call.is_multimodal and call.thinks and parameters.get("result_format") != "message":
        raise refuse('The result_format parameter must be "message" when enable_thinking is true')
    if call.thinks and call.is_stream:
        stated = parameters.get("incremental_output")
        if stated is False or (stated is None and not call.is_multimodal):
            raise refuse('The incremental_output parameter must be "true" when enable_thinking is true')


def _check_parameters(call: Call, rules: ModelRules) -> None:
    parameters = call.parameters
    for name, is_allowed in RANGES.items():
        if name in parameters:
            value = parameters[name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not is_allowed(value):
                raise ours(f"{name} is out of range")
    for name in ("incremental_output", "enable_search", "parallel_tool_calls", "stream"):
        if not isinstance(parameters.get(name, False), bool):
            raise ours(f"{name} should be a valid boolean")
    if parameters.get("result_format", "message") not in ("message", "text"):
        raise ours("result_format should be 'message' or 'text'")
    if "max_tokens" in parameters and parameters["max_tokens"] > rules.max_output:
        raise refuse(f"Range of max_tokens should be [1, {rules.max_output}]")
    _check_stop(parameters.get("stop", "."))
    _check_search_options(call)
    if parameters.get("search_options") and parameters.get("enable_search") is not True:
        raise ours("search_options is not allowed without enable_search")
    tools = parameters.get("tools")
    if "tools" in parameters and not tools:
        raise refuse("[] is too short - 'tools'")
    if tools and call.is_native and not call.is_multimodal and parameters.get("result_format") != "message":
        raise refuse('The result_format parameter must be "message" when tools are used')
    if any(isinstance(tool, dict) and (tool.get("function") or {}).get("name") == "search" for tool in tools or ()):
        raise refuse("Tool names are not allowed to be [search]")
    if (parameters.get("response_format") or {}).get("type") == "json_object":
        if call.thinks:
            raise refuse("Json mode response is not supported when enable_thinking is true")
        if "json" not in str(call.messages).lower():
            raise refuse("'messages' must contain the word 'json' in some form, to use 'response_format'.")
    if call.thinks and parameters.get("tool_choice", "auto") not in ("auto", "none"):
        raise refuse("The tool_choice parameter does not support being set to required or object in thinking mode")
    if parameters.get("enable_search") is True and not rules.has_search:
        raise refuse("This model does not support enable_search.")
    if "translation_options" in parameters and not rules.is_translator:
        raise ours("translation_options is not supported by this model")


SEARCH_OPTIONS: dict[str, Callable[[Any], bool]] = {
    "search_strategy": lambda value: value in ("turbo", "max", "agent", "agent_max", "standard", "pro"),
    "forced_search": lambda value: isinstance(value, bool),
    "enable_source": lambda value: isinstance(value, bool),
    "enable_citation": lambda value: isinstance(value, bool),
    "citation_format": lambda value: value in ("[<number>]", "[ref_<number>]"),
    "prepend_search_result": lambda value: isinstance(value, bool),
}
"""Those the documentation names for every model that searches, and their values."""
_ONLY_NATIVE_SEARCH = {"enable_source", "enable_citation", "citation_format", "prepend_search_result"}
_BESIDE_AGENT = {"search_strategy", "enable_source"}


def _check_search_options(call: Call) -> None:
    options = call.parameters.get("search_options")
    if options is None:
        return
    if not isinstance(options, dict):
        raise ours("search_options should be an object")
    for name, value in options.items():
        if name not in SEARCH_OPTIONS or not SEARCH_OPTIONS[name](value):
            raise ours(f"Extra inputs are not permitted: search_options.{name}")
        if name in _ONLY_NATIVE_SEARCH and not call.is_native:
            raise ours(f"search_options.{name} is for DashScope's own protocol only")
        if str(options.get("search_strategy", "")).startswith("agent") and name not in _BESIDE_AGENT:
            raise ours(f"search_options.{name} does not go with the strategy agent")
    if options.get("enable_citation") is True and options.get("enable_source") is not True:
        raise ours("enable_citation needs enable_source")
    if "citation_format" in options and options.get("enable_citation") is not True:
        raise ours("citation_format needs enable_citation")
    if options.get("prepend_search_result") is True and not call.is_stream:
        raise ours("prepend_search_result needs a stream")


def _check_stop(stop: Any) -> None:
    texts = stop if isinstance(stop, list) else [stop]
    kinds = {type(one) for one in texts}
    if not texts or len(kinds) != 1 or not kinds <= {str, int, list} or "" in texts:
        raise ours("stop should be a string, or a list of strings or of tokens, never mixed")


def _check_messages(call: Call, rules: ModelRules) -> None:
    messages = call.messages
    if not isinstance(messages, list) or not messages:
        raise refuse(BAD_ROLE)
    roles = []
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            raise refuse(BAD_ROLE)
        for name in message.keys() - MESSAGE_FIELDS:
            raise ours(f"Extra inputs are not permitted: messages.{index}.{name}")
        role = message.get("role")
        if not isinstance(role, str):
            raise refuse(BAD_ROLE)
        if call.is_native and role not in NATIVE_ROLES:
            raise refuse(BAD_ROLE)
        if role not in COMPATIBLE_ROLES:
            words = (
                f"'{role}' is not one of ['system', 'assistant', 'user', 'tool', 'function'] - 'messages.{index}.role'"
            )
            raise refuse(words)
        if role == "system" and index:
            raise refuse("System message must be at the beginning.")
        _check_content(call, rules, message)
        roles.append(role)
    if sum(len(str(message.get("content"))) for message in messages) > rules.max_input:
        raise refuse(f"Range of input length should be [1, {rules.max_input}]")
    if rules.is_translator and roles != ["user"]:
        raise refuse("Role must be in [user, assistant]")
    last = messages[-1]
    if last.get("partial") is True:
        _check_partial(call, rules, messages)
    elif roles[-1] not in ("user", "tool"):
        raise refuse("list index out of range", "InternalError.Algo", 500, "internal_error")
    if any("partial" in message for message in messages[:-1]):
        raise ours("Only the last message can be partial")
    _check_tool_pairs(messages)


def _check_partial(call: Call, rules: ModelRules, messages: list[dict[str, Any]]) -> None:
    if messages[-1]["role"] != "assistant" or len(messages) < 2 or messages[-2]["role"] not in ("user", "tool"):
        raise ours("A partial message must be an assistant's and follow a user's")
    if not rules.continues:
        raise ours("This model does not support partial mode")
    if call.thinks:
        raise ours("Partial mode is not supported in thinking mode")


def _check_content(call: Call, rules: ModelRules, message: Mapping[str, Any]) -> None:
    content = message.get("content")
    if isinstance(content, str):
        if not content and not message.get("tool_calls"):
            raise refuse(BAD_ROLE)
        if call.is_native and call.is_multimodal and message["role"] != "user" and message.get("partial") is not True:
            raise ours("Input should be a valid list: content")
        return
    if not isinstance(content, list):
        raise refuse(BAD_ROLE)
    if rules.path == "text" and not rules.takes_lists:
        raise refuse("input content must be a string", "InternalError.Algo.InvalidParameter")
    if not content:
        raise refuse(BAD_ROLE)
    for part in content:
        _check_part(call, rules, part)
    if sum("image" in part or part.get("type") == "image_url" for part in content) > MAX_PICTURES:
        raise ours(f"Exceeded limit on max number of images : {MAX_PICTURES}")


def _check_part(call: Call, rules: ModelRules, part: Any) -> None:
    if not isinstance(part, dict):
        raise refuse("Unexpected item type in content.")
    if call.is_native:
        kinds = part.keys() & NATIVE_PARTS
        if len(kinds) != 1 or part.keys() - kinds - NATIVE_PART_SIBLINGS:
            raise refuse("Unexpected item type in content.")
        value = part[next(iter(kinds))]
    else:
        kind = part.get("type")
        if kind not in COMPATIBLE_PARTS:
            raise refuse("Unexpected item type in content.")
        value = part.get(kind)
    if not value:
        raise refuse(BAD_ROLE)
    address = value.get("url") if isinstance(value, dict) else value
    if "image" in part or part.get("type") == "image_url":
        _check_picture(call, rules, address)


def _check_picture(call: Call, rules: ModelRules, address: Any) -> None:
    if not rules.sees_pictures:
        raise refuse("Unexpected item type in content.", "InternalError.Algo.InvalidParameter")
    if not isinstance(address, str):
        raise refuse(BAD_ROLE)
    if address.startswith("oss://"):
        if not call.is_native or not call.resolves_links:
            raise refuse("The provided URL does not appear to be valid. Ensure it is correctly formatted.")
        if address not in call.living_links:
            raise refuse("Failed to download multimodal content", "InvalidParameter.DataInspection")
        return
    if not address.startswith("data:"):
        return
    if len(address) > MAX_DATA_URL_BYTES:
        words = f"Exceeded limit on max bytes per data-uri item : {MAX_DATA_URL_BYTES}"
        raise refuse(words, "InternalError.Algo.InvalidParameter")
    undecodable = refuse("Failed to decode the image during the data inspection.", "InvalidParameter.DataInspection")
    head, comma, encoded = address.partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise undecodable
    try:
        with Image.open(io.BytesIO(base64.b64decode(encoded, validate=True))) as picture:
            picture.load()
            kind, (width, height) = Image.MIME[picture.format or ""], picture.size
    except Exception:
        raise undecodable from None
    if head != f"data:{kind};base64":
        raise ours(f"The media type of the data URL does not match the image: {kind}")
    if min(width, height) <= 10 or max(width, height) > 200 * min(width, height):
        raise refuse("The image length and width do not meet the model restrictions.")


def _check_tool_pairs(messages: list[dict[str, Any]]) -> None:
    waiting: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            if message.get("tool_call_id") not in waiting:
                words = 'messages with role "tool" must be a response to a preceeding message with "tool_calls".'
                raise refuse(words)
            waiting.discard(message["tool_call_id"])
        elif waiting:
            break
        else:
            waiting = {str(call.get("id")) for call in message.get("tool_calls") or ()}
    if waiting:
        words = 'An assistant message with "tool_calls" must be followed by tool messages for each "tool_call_id".'
        raise refuse(words)
