"""The strict service against requests the real one is documented to refuse, and those it is documented to take."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from qwen_desktop.demo.ask import CHAT_PATH, MULTIMODAL_PATH, TEXT_PATH
from tests.strict_models import rules_of
from tests.strict_service import REASONING, TEXT, StrictService

Run = Callable[..., None]
SSE = {"X-DashScope-SSE": "enable", "Authorization": "Bearer sk-strict"}
DELETE = object()

NATIVE_TEXT = {
    "model": "qwen-plus",
    "input": {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]},
    "parameters": {"result_format": "message", "incremental_output": True, "enable_thinking": True},
}
NATIVE_MULTIMODAL = {
    "model": "qwen3.7-plus",
    "input": {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]},
    "parameters": {"incremental_output": True, "enable_thinking": True},
}
COMPATIBLE = {
    "model": "qwen-plus",
    "messages": [{"role": "user", "content": "Hi"}],
    "stream": True,
    "stream_options": {"include_usage": True},
    "enable_thinking": False,
}
BASES = {"text": (TEXT_PATH, NATIVE_TEXT), "multimodal": (MULTIMODAL_PATH, NATIVE_MULTIMODAL)}
BASES["compatible"] = (CHAT_PATH, COMPATIBLE)


def changed(base: str, changes: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A good request with some dotted fields set, or deleted."""
    path, body = BASES[base]
    body = copy.deepcopy(body)
    for dotted, value in changes.items():
        *way, name = dotted.split(".")
        place: Any = body
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is DELETE:
            del place[name]
        else:
            place[int(name) if isinstance(place, list) else name] = value
    return path, body


U, A, S = ({"role": role, "content": "Hi"} for role in ("user", "assistant", "system"))
PARTIAL = {"role": "assistant", "content": "So far", "partial": True}
CALLING = {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "type": "function", "function": {}}]}
ANSWERING = {"role": "tool", "content": "42", "tool_call_id": "c1"}
M, P = "input.messages", "parameters"

REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    ("text", {"model": "qwen3.7-plus"}, 400, "url error, please check url!"),
    ("multimodal", {"model": "qwen-plus"}, 400, "url error, please check url!"),
    ("multimodal", {"model": "qwen3.7-max"}, 400, "url error, please check url!"),
    ("text", {"model": "Qwen-Plus"}, 400, "Model not exist."),
    ("text", {"model": ""}, 400, "Model not exist."),
    ("text", {"model": DELETE}, 400, "Model not exist."),
    ("compatible", {"model": "gpt-9"}, 404, "The model `gpt-9` does not exist"),
    ("compatible", {"model": "qwen-audio-turbo"}, 404, "for OpenAI compatibility mode"),
    ("text", {"model": "qwen-max"}, 400, "does not support enable_thinking"),
    ("text", {"model": "qwen3-coder-plus", f"{P}.enable_thinking": False}, 400, "does not support enable_thinking"),
    ("compatible", {"model": "qwen-vl-max"}, 400, "does not support enable_thinking"),
    ("text", {"model": "qwq-plus", f"{P}.enable_thinking": False}, 400, "restricted to True"),
    ("multimodal", {"model": "qvq-max", f"{P}.enable_thinking": False}, 400, "restricted to True"),
    ("compatible", {"model": "qwq-plus"}, 400, "restricted to True"),
    ("text", {f"{P}.enable_thinking": "yes"}, 400, "valid boolean"),
    ("text", {f"{P}.result_format": DELETE}, 400, 'result_format parameter must be "message"'),
    ("text", {"model": "qwq-plus", P: {"incremental_output": True}}, 400, 'result_format parameter must be "message"'),
    ("text", {f"{P}.incremental_output": False}, 400, 'incremental_output parameter must be "true"'),
    ("text", {f"{P}.incremental_output": DELETE}, 400, 'incremental_output parameter must be "true"'),
    ("multimodal", {f"{P}.incremental_output": False}, 400, 'incremental_output parameter must be "true"'),
    ("text", {f"{P}.thinking_budget": 9, f"{P}.reasoning_effort": "low"}, 400, "cannot be set simultaneously"),
    ("text", {f"{P}.thinking_budget": 0}, 400, "positive integer"),
    ("multimodal", {"model": "qwen3.6-plus", f"{P}.thinking_budget": 81_921}, 400, "not greater than 81920"),
    ("text", {f"{P}.enable_thinking": False, f"{P}.thinking_budget": 9}, 400, "without thinking"),
    ("text", {"model": "qwen-max", P: {"thinking_budget": 9}}, 400, "without thinking"),
    ("text", {f"{P}.reasoning_effort": "low"}, 400, "reasoning_effort is not supported"),
    ("multimodal", {"model": "qwen3.8-max", P: {"reasoning_effort": "high"}}, 400, "reasoning_effort is not supported"),
    (
        "multimodal",
        {"model": "qwen3.8-max", P: {"enable_thinking": False, "reasoning_effort": "low"}},
        400,
        "without thinking",
    ),
    ("text", {f"{P}.max_tokens": 32_769}, 400, "Range of max_tokens should be [1, 32768]"),
    ("text", {f"{P}.max_tokens": 0}, 400, "max_tokens"),
    ("compatible", {"seed": 2**31}, 400, "seed"),
    ("text", {f"{P}.stop": []}, 400, "stop"),
    ("text", {f"{P}.stop": ["a", 1]}, 400, "stop"),
    ("text", {f"{P}.stop": ""}, 400, "stop"),
    ("text", {f"{P}.search_options": {"forced_search": True}}, 400, "search_options"),
    ("text", {f"{P}.tools": [{"function": {"name": "search"}}]}, 400, "Tool names are not allowed to be [search]"),
    ("text", {f"{P}.response_format": {"type": "json_object"}}, 400, "Json mode response is not supported"),
    ("compatible", {"response_format": {"type": "json_object"}}, 400, "must contain the word 'json'"),
    (
        "multimodal",
        {f"{M}.0.content": [{"image": "data:image/png;base64," + "A" * 10_485_760}]},
        400,
        "max bytes per data-uri item",
    ),
    ("text", {f"{P}.made_up": 1}, 400, "Extra inputs are not permitted: parameters.made_up"),
    ("text", {"made_up": 1}, 400, "Extra inputs are not permitted: made_up"),
    ("text", {"stream": True}, 400, "Extra inputs are not permitted: stream"),
    ("text", {f"{M}.1.id": 7}, 400, "Extra inputs are not permitted: messages.1.id"),
    ("compatible", {"incremental_output": True}, 400, "Extra inputs are not permitted"),
    ("compatible", {"result_format": "message"}, 400, "Extra inputs are not permitted"),
    ("compatible", {"parameters": {}}, 400, "Extra inputs are not permitted"),
    ("compatible", {"stream": False}, 400, "'stream_options'"),
    ("compatible", {"model": "qwq-plus", "stream": False, "stream_options": DELETE}, 400, "only support stream mode"),
    (
        "compatible",
        {"model": "qwen3-32b", "stream": DELETE, "stream_options": DELETE, "enable_thinking": True},
        400,
        "must be set to false for non-streaming calls",
    ),
    ("text", {f"{M}.1.content": [{"text": "Hi"}]}, 400, "input content must be a string"),
    ("compatible", {"messages.0.content": [{"type": "text", "text": "Hi"}]}, 400, "input content must be a string"),
    ("multimodal", {f"{M}.0.content": [{"type": "text", "text": "Hi"}]}, 400, "Unexpected item type in content"),
    ("multimodal", {f"{M}.0.content": ["Hi"]}, 400, "Unexpected item type in content"),
    ("multimodal", {f"{M}.0.content": [{"text": ""}]}, 400, "Content length must be greater than 0"),
    ("multimodal", {f"{M}.0.content": []}, 400, "Content length must be greater than 0"),
    ("multimodal", {M: [S, U]}, 400, "valid list"),
    ("text", {f"{M}.1.content": ""}, 400, "Content length must be greater than 0"),
    ("text", {f"{M}.1.content": None}, 400, "Content length must be greater than 0"),
    ("text", {M: []}, 400, "Content length must be greater than 0"),
    ("text", {M: DELETE}, 400, "Content length must be greater than 0"),
    ("text", {f"{M}.1.role": "developer"}, 400, "Role must be user or assistant"),
    ("text", {f"{M}.1.role": ["user"]}, 400, "Role must be user or assistant"),
    ("compatible", {"messages.0.role": "developer"}, 400, "'developer' is not one of ['system', 'assistant', 'user'"),
    ("text", {M: [U, A, S, U]}, 400, "System message must be at the beginning"),
    ("text", {M: [S, S, U]}, 400, "System message must be at the beginning"),
    ("text", {M: [U, A]}, 500, "list index out of range"),
    ("compatible", {"messages": [S]}, 500, "list index out of range"),
    ("text", {f"{P}.tools": []}, 400, "[] is too short - 'tools'"),
    ("text", {f"{P}.tools": [{}], f"{P}.tool_choice": "required"}, 400, "in thinking mode"),
    ("text", {"model": "qwen-mt-plus", f"{P}.enable_thinking": DELETE}, 400, "Role must be in [user, assistant]"),
    ("text", {"model": "qwen-mt-plus", P: {}, M: [U, A, U]}, 400, "Role must be in [user, assistant]"),
    (
        "compatible",
        {"model": "qwen3-coder-plus", "enable_thinking": DELETE, "enable_search": True},
        400,
        "enable_search",
    ),
    ("text", {f"{P}.temperature": 2}, 400, "temperature"),
    ("text", {f"{P}.top_p": 0}, 400, "top_p"),
    ("text", {"parameters": []}, 400, "Required body invalid"),
    ("text", {"input": []}, 400, "Required body invalid"),
    ("text", {M: [U, PARTIAL]}, 400, "Partial mode is not supported in thinking mode"),
    ("compatible", {"messages": [PARTIAL, U]}, 400, "Only the last message can be partial"),
    ("compatible", {"messages": [PARTIAL]}, 400, "follow a user's"),
    ("compatible", {"model": "qwen-long", "enable_thinking": DELETE, "messages": [U, PARTIAL]}, 400, "partial mode"),
    ("compatible", {"messages": [U, CALLING, U]}, 400, 'An assistant message with "tool_calls"'),
    ("compatible", {"messages": [U, ANSWERING]}, 400, 'messages with role "tool"'),
]

ACCEPTED: list[tuple[str, dict[str, Any], bool]] = [
    ("text", {}, True),
    ("text", {f"{P}.enable_thinking": False}, False),
    ("text", {f"{P}.enable_thinking": DELETE}, False),
    ("text", {P: {}}, False),
    ("text", {"model": "qwen3.7-max", f"{P}.enable_thinking": DELETE}, True),
    ("text", {f"{P}.thinking_budget": 9, f"{P}.temperature": 0, f"{P}.stop": ["a"], f"{P}.max_tokens": 32_768}, True),
    ("multimodal", {"model": "qwen3.8-max", P: {"incremental_output": True, "reasoning_effort": "xhigh"}}, True),
    ("text", {"model": "qwen-max", f"{P}.enable_thinking": DELETE}, False),
    ("text", {"model": "qwq-plus"}, True),
    ("text", {"model": "qwen-mt-plus", P: {"translation_options": {}}, M: [U]}, False),
    ("text", {M: [S, U, A, U], f"{P}.enable_thinking": False}, False),
    ("text", {M: [U, PARTIAL], f"{P}.enable_thinking": False}, False),
    ("text", {M: [U, CALLING, ANSWERING]}, True),
    ("multimodal", {}, True),
    ("multimodal", {f"{P}.incremental_output": DELETE}, True),
    ("multimodal", {f"{P}.enable_thinking": DELETE}, True),
    ("multimodal", {f"{P}.enable_thinking": False, f"{P}.incremental_output": False}, False),
    ("multimodal", {f"{M}.0.content": "Hi"}, True),
    ("multimodal", {f"{M}.0.content": [{"image": "https://a.example/b.png", "max_pixels": 9}, {"text": "?"}]}, True),
    ("multimodal", {"model": "qwen-vl-max", f"{P}.enable_thinking": DELETE}, False),
    ("compatible", {}, False),
    ("compatible", {"enable_thinking": True}, True),
    ("compatible", {"stream": DELETE, "stream_options": DELETE}, False),
    ("compatible", {"model": "qwen3.7-plus", "messages.0.content": [{"type": "text", "text": "Hi"}]}, False),
    ("compatible", {"model": "qwen-mt-turbo", "enable_thinking": DELETE}, False),
]

CUMULATIVE = [
    ("text", {P: {}}),
    ("text", {"model": "qwen-mt-plus", P: {"translation_options": {}}, M: [U]}),
    ("multimodal", {f"{P}.enable_thinking": False, f"{P}.incremental_output": False}),
    ("compatible", {"model": "qwen-mt-turbo", "enable_thinking": DELETE}),
]
"""Those of ACCEPTED whose frames repeat all that came before."""


async def post(service: StrictService, path: str, body: object, headers: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(base_url=service.base_url, trust_env=False) as client:
        return await client.post(path, json=body, headers=headers)


def read_reply(response: httpx.Response, is_cumulative: bool) -> tuple[str, str]:
    """Reasoning and text of an accepted answer of any shape."""
    content = response.content.decode()
    if not content.startswith("{"):
        lines = [line[5:].strip() for line in content.split("\n") if line.startswith("data:")]
        frames = [json.loads(line) for line in lines if line != "[DONE]"]
    else:
        frames = [json.loads(content)]
    reasoning, text = "", ""
    for frame in frames:
        output = frame.get("output", frame)
        if "text" in output:
            piece: Any = {"content": output["text"]}
        elif output["choices"]:
            choice = output["choices"][0]
            piece = choice.get("message") or choice["delta"]
        else:
            continue
        said = piece.get("content") or ""
        said = said if isinstance(said, str) else "".join(part["text"] for part in said)
        reasoning += piece.get("reasoning_content") or ""
        text = said if is_cumulative else text + said
    return reasoning, text


@pytest.mark.parametrize(("base", "changes", "status", "words"), REFUSED)
def test_request_is_refused_in_the_services_words(
    run: Run, base: str, changes: dict[str, Any], status: int, words: str
) -> None:
    async def scenario() -> None:
        path, body = changed(base, changes)
        async with StrictService() as service:
            response = await post(service, path, body, SSE)
            assert response.status_code == status
            said = response.json()
            message = said["error"]["message"] if base == "compatible" else said["message"]
            assert words in message
            assert said["request_id"] == response.headers["x-request-id"]
            assert service.posts[0].refusal is not None

    run(scenario())


@pytest.mark.parametrize(("base", "changes", "thinks"), ACCEPTED)
def test_request_is_accepted(run: Run, base: str, changes: dict[str, Any], thinks: bool) -> None:
    async def scenario() -> None:
        path, body = changed(base, changes)
        async with StrictService() as service:
            response = await post(service, path, body, SSE)
            assert response.status_code == 200, response.text
            is_cumulative = (base, changes) in CUMULATIVE
            assert read_reply(response, is_cumulative) == (REASONING if thinks else "", TEXT)
            (recorded,) = service.requests
            assert (recorded.path, recorded.body, recorded.refusal) == (path, body, None)
            assert recorded.headers["x-dashscope-sse"] == "enable"

    run(scenario())


@pytest.mark.parametrize(
    ("shape", "status", "content_type"),
    [
        ("http", 400, "application/json"),
        ("event", 200, "text/event-stream;charset=UTF-8"),
        ("framed", 400, "application/json"),
    ],
)
@pytest.mark.parametrize("base", ["text", "compatible"])
def test_refusal_of_a_stream_takes_the_chosen_shape(
    run: Run, base: str, shape: Any, status: int, content_type: str
) -> None:
    async def scenario() -> None:
        path, body = changed(base, {"model": "qwen-long"})
        async with StrictService(errors_as=shape) as service:
            response = await post(service, path, body, SSE)
            assert (response.status_code, response.headers["content-type"]) == (status, content_type)
            if shape == "http":
                assert "NotSupportEnableThinking" in response.text or base == "compatible"
            else:
                assert response.text.startswith(
                    'id:1\nevent:error\n:HTTP_STATUS/400\ndata:{"code":"InvalidParameter.NotSupportEnableThinking",'
                )
            whole = await post(service, path, body, {"Authorization": "Bearer sk-strict"})
            if base == "text":
                assert whole.json()["code"] == "InvalidParameter.NotSupportEnableThinking"

    run(scenario())


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk-other"}, {"Authorization": "sk-strict"}])
@pytest.mark.parametrize("base", ["text", "compatible"])
def test_wrong_key_is_a_401_before_anything_else(run: Run, base: str, headers: dict[str, str]) -> None:
    async def scenario() -> None:
        async with StrictService(errors_as="event") as service:
            response = await post(service, BASES[base][0], {"model": 3}, headers)
            assert response.status_code == 401
            codes = {"text": lambda said: said["code"], "compatible": lambda said: said["error"]["code"]}
            assert codes[base](response.json()) in ("InvalidApiKey", "invalid_api_key")

    run(scenario())


def test_models_are_listed_for_the_right_key_only(run: Run) -> None:
    async def scenario() -> None:
        async with (
            StrictService() as service,
            httpx.AsyncClient(base_url=service.base_url, trust_env=False) as client,
        ):
            listed = await client.get("/compatible-mode/v1/models", headers=SSE)
            assert "qwen3.7-plus" in [model["id"] for model in listed.json()["data"]]
            assert (await client.get("/compatible-mode/v1/models")).status_code == 401
            assert service.posts == []
            assert len(service.requests) == 2

    run(scenario())


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b"[" * 100_000, b'{"model":"qwen-plus","input":1}'])
def test_nonsense_is_refused_and_never_a_crash(run: Run, content: bytes) -> None:
    async def scenario() -> None:
        async with (
            StrictService() as service,
            httpx.AsyncClient(base_url=service.base_url, trust_env=False) as client,
        ):
            headers = SSE | {"Content-Type": "application/json"}
            for path in (TEXT_PATH, CHAT_PATH):
                assert (await client.post(path, content=content, headers=headers)).status_code in (400, 500)
            form = SSE | {"Content-Type": "text/plain"}
            assert (await client.post(TEXT_PATH, content=b"{}", headers=form)).status_code == 400

    run(scenario())


@pytest.mark.parametrize(
    ("model_id", "path", "thinking"),
    [
        ("qwen3.8-max", "multimodal", "on"),
        ("qwen3.7-max", "text", "on"),
        ("qwen3.7-plus-2026-06-01", "multimodal", "on"),
        ("qwen3.6-max-preview", "text", "on"),
        ("qwen3.5-397b-a17b", "multimodal", "on"),
        ("qwen3-max-2026-01-23", "text", "off"),
        ("qwen3-235b-a22b-thinking-2507", "text", "always"),
        ("qwen3-235b-a22b-instruct-2507", "text", "no"),
        ("qwen3-32b", "text", "on"),
        ("qwen3-vl-flash", "multimodal", "off"),
        ("qwen3-omni-flash", "multimodal", "unknown"),
        ("qwen-turbo-latest", "text", "off"),
        ("qwen-vl-ocr", "multimodal", "no"),
        ("MiniMax-M2.5", "either", "unknown"),
    ],
)
def test_families_are_told_apart(model_id: str, path: str, thinking: str) -> None:
    rules = rules_of(model_id)
    assert rules is not None
    assert (rules.path, rules.thinking) == (path, thinking)
