"""Requests as they leave: what is said, what is left out, and what a refusal changes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.chat.parameters import Parameters
from qwen_desktop.core.protocol.request_body import (
    COMPATIBLE_PATH,
    WireOptions,
    build_compatible,
    build_native,
    clean_text,
    repair,
)
from qwen_desktop.core.providers.base import ReplyRequest, RequestMessage
from qwen_desktop.core.providers.catalogue import NativePath
from qwen_desktop.core.providers.servers import COMPATIBLE


def request(model_id: str, *messages: tuple[str, str], thinking: bool | None = None) -> ReplyRequest:
    said = messages or (("user", "hi"),)
    return ReplyRequest(model_id, tuple(RequestMessage(Role(role), text) for role, text in said), thinking)


def native_body(asked: ReplyRequest, options: WireOptions | None = None) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(build_native(asked, options or WireOptions.for_model(asked.model_id)).body)
    return body


def compatible_body(asked: ReplyRequest, options: WireOptions | None = None) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(build_compatible(asked, options or WireOptions.for_model(asked.model_id)).body)
    return body


def test_native_text_model() -> None:
    asked = request("qwen-plus", ("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "c"))
    wire = build_native(asked, WireOptions.for_model("qwen-plus"))
    assert wire.path == "/api/v1/services/aigc/text-generation/generation"
    assert wire.headers == {
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
        "X-DashScope-SSE": "enable",
    }
    assert json.loads(wire.body) == {
        "model": "qwen-plus",
        "input": {
            "messages": [
                {"role": "system", "content": "s"},
                {"role": "user", "content": "a"},
                {"role": "assistant", "content": "b"},
                {"role": "user", "content": "c"},
            ]
        },
        "parameters": {"result_format": "message", "incremental_output": True, "enable_thinking": False},
    }


def test_native_multimodal_model_gets_parts() -> None:
    asked = request("qwen3.7-plus", ("system", "s"), ("user", "a"))
    wire = build_native(asked, WireOptions.for_model("qwen3.7-plus"))
    assert wire.path == "/api/v1/services/aigc/multimodal-generation/generation"
    body = json.loads(wire.body)
    assert body["input"]["messages"] == [
        {"role": "system", "content": [{"text": "s"}]},
        {"role": "user", "content": [{"text": "a"}]},
    ]
    assert body["parameters"] == {"result_format": "message", "incremental_output": True, "enable_thinking": True}


def test_compatible_request() -> None:
    wire = build_compatible(request("qwen3.7-plus", thinking=False), WireOptions.for_model("qwen3.7-plus"))
    assert wire.path == COMPATIBLE_PATH == "/compatible-mode/v1/chat/completions"
    assert wire.headers == {"Content-Type": "application/json", "Accept": "text/event-stream"}
    assert json.loads(wire.body) == {
        "model": "qwen3.7-plus",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "enable_thinking": False,
    }


@pytest.mark.parametrize(
    ("model_id", "default", "on", "off"),
    [
        ("qwen3.7-plus", True, True, False),
        ("qwen-plus", False, True, False),
        ("qwen3-max", False, True, False),
        ("qwen-max", None, None, None),
        ("qwen3-coder-plus", None, None, None),
        ("qwq-plus", None, None, None),
        ("qwen3-235b-a22b-thinking-2507", None, None, None),
        ("nobody-knows-it", None, True, False),
    ],
)
def test_thinking_is_said_exactly_where_the_model_can_switch(
    model_id: str, default: bool | None, on: bool | None, off: bool | None
) -> None:
    for thinking, said in ((None, default), (True, on), (False, off)):
        asked = request(model_id, thinking=thinking)
        assert native_body(asked)["parameters"].get("enable_thinking") is said
        assert compatible_body(asked).get("enable_thinking") is said


@pytest.mark.parametrize(("model_id", "said"), [("qwen3:8b", None), ("llama3.2", None), ("qwen3.7-plus", True)])
def test_other_hosts_get_no_field_they_may_not_know(model_id: str, said: bool | None) -> None:
    options = WireOptions.for_model(model_id, COMPATIBLE)
    assert compatible_body(request(model_id, thinking=True), options).get("enable_thinking") is said


@pytest.mark.parametrize("model_id", ["qwen-mt-plus", "qwen-mt-turbo", "qwen-mt-flash"])
def test_translating_models_get_one_prompt(model_id: str) -> None:
    asked = request(model_id, ("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "你好"))
    assert native_body(asked)["input"]["messages"] == [{"role": "user", "content": "你好"}]
    assert compatible_body(asked)["messages"] == [{"role": "user", "content": "你好"}]
    assert compatible_body(asked)["translation_options"] == {"source_lang": "auto", "target_lang": "English"}
    assert native_body(request(model_id))["parameters"]["translation_options"]["target_lang"] == "Chinese"
    assert WireOptions.for_model(model_id).is_cumulative == (model_id != "qwen-mt-flash")


def test_nothing_empty_is_sent_and_system_comes_first_and_once() -> None:
    asked = request("qwen-plus", ("user", "a"), ("assistant", ""), ("system", "s"), ("system", "t"), ("user", "b"))
    assert compatible_body(asked)["messages"] == [
        {"role": "system", "content": "s\n\nt"},
        {"role": "user", "content": "a"},
        {"role": "user", "content": "b"},
    ]
    assert compatible_body(request("qwen-plus", ("system", ""), ("user", "a")))["messages"] == [
        {"role": "user", "content": "a"}
    ]


@pytest.mark.parametrize("messages", [[("user", "")], [("user", "a"), ("assistant", "b")], [("system", "s")]])
def test_a_request_without_prompt_is_our_own_mistake(messages: list[tuple[str, str]]) -> None:
    asked = request("qwen-plus", *messages)
    for build in (build_native, build_compatible):
        with pytest.raises(ValueError, match="prompt"):
            build(asked, WireOptions())


def test_hostile_text_is_sent_as_json() -> None:
    text = '\0\x1f"\\\u2028😀\ud83d\ude00 \ud800'
    for body in (native_body(request("m\ud800", ("user", text))), compatible_body(request("m\ud800", ("user", text)))):
        assert body["model"] == "m\ufffd"
        messages = body["messages"] if "messages" in body else body["input"]["messages"]
        assert messages == [{"role": "user", "content": '\0\x1f"\\\u2028😀😀 \ufffd'}]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("", ""),
        ("abc你好😀\ufeff\0", "abc你好😀\ufeff\0"),
        ("\ud83d\ude00", "😀"),
        ("\ud83d\ude00\ud83d\ude00", "😀😀"),
        ("\ud800", "\ufffd"),
        ("\ud800a", "\ufffda"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud800\ud83d\ude00", "\ufffd😀"),
        ("\ufeff\ud800\ufeff", "\ufeff\ufffd\ufeff"),
        ("😀\udfff", "😀\ufffd"),
    ],
)
def test_clean_text(text: str, clean: str) -> None:
    assert clean_text(text) == clean
    clean_text(text).encode()


TEXT = WireOptions.for_model("qwen-plus")
MULTIMODAL = WireOptions.for_model("qwen3.7-plus")


class TestRepair:
    @pytest.mark.parametrize("status", [400, 422, None])
    def test_wrong_path_goes_to_the_other_one_and_back(self, status: int | None) -> None:
        words = "url error, please check url！ For details, see: …"
        repaired = repair(TEXT, code="InvalidParameter", message=words, status=status)
        assert repaired is not None
        assert (repaired.native_path, repaired.content_in_parts) == (NativePath.MULTIMODAL, True)
        wire = build_native(request("qwen-plus"), repaired)
        assert wire.path == NativePath.MULTIMODAL
        assert json.loads(wire.body)["input"]["messages"][0]["content"] == [{"text": "hi"}]
        assert repair(repaired, message=words) == TEXT

    def test_parts_are_flattened(self) -> None:
        repaired = repair(MULTIMODAL, code="InvalidParameter", message="input content must be a string.", status=400)
        assert repaired is not None
        assert native_body(request("qwen3.7-plus"), repaired)["input"]["messages"][0]["content"] == "hi"
        assert repair(repaired, message="input content must be a string.") is None

    @pytest.mark.parametrize(
        ("code", "message"),
        [
            ("InvalidParameter.NotSupportEnableThinking", "The model does not support enable_thinking."),
            (
                "invalid_parameter_error",
                "<400> InternalError.Algo.InvalidParameter: parameter.enable_thinking is not supported",
            ),
            (None, "Unrecognized request argument supplied: enable_thinking"),
            ("extra_forbidden", "body -> enable_thinking: Extra inputs are not permitted"),
        ],
    )
    def test_thinking_is_left_out(self, code: str | None, message: str) -> None:
        repaired = repair(MULTIMODAL, code=code, message=message, status=400)
        assert repaired is not None
        assert "enable_thinking" not in native_body(request("qwen3.7-plus", thinking=True), repaired)["parameters"]
        assert repair(repaired, code=code, message=message, status=400) is None

    def test_thinking_is_forced(self) -> None:
        words = "The value of the enable_thinking parameter is restricted to True."
        repaired = repair(MULTIMODAL, code="InvalidParameter", message=words, status=400)
        assert repaired is not None
        assert compatible_body(request("qwen3.7-plus", thinking=False), repaired)["enable_thinking"] is True

    @pytest.mark.parametrize(
        "message",
        [
            'The incremental_output parameter must be "true" when enable_thinking is true',
            "incremental_output cannot be set to False",
        ],
    )
    def test_increments_are_asked_for_again(self, message: str) -> None:
        refused = repair(TEXT, message="incremental_output is not supported by this model", status=400)
        assert refused is not None
        assert refused.is_cumulative
        assert "incremental_output" not in native_body(request("qwen-plus"), refused)["parameters"]
        assert repair(refused, message=message, status=400) == TEXT
        assert repair(TEXT, message=message, status=400) is None

    @pytest.mark.parametrize("name", ["temperature", "top_p", "seed", "stop", "max_tokens", "thinking_budget"])
    def test_a_parameter_that_is_not_wanted_is_left_out(self, name: str) -> None:
        wanted = Parameters(temperature=1.0, top_p=0.5, seed=1, stop=("a",), max_tokens=9, thinking_budget=9)
        asked = replace(request("qwen-plus", thinking=True), parameters=wanted)
        repaired = repair(TEXT, message=f"{name} is not supported by this model", status=400)
        assert repaired is not None
        before, after = native_body(asked)["parameters"], native_body(asked, repaired)["parameters"]
        assert before.pop(name)
        assert before == after

    @pytest.mark.parametrize(
        ("message", "field", "value"),
        [
            ("Range of max_tokens should be [1, 1000]", "max_tokens", 1_000),
            ("The thinking_budget parameter must be a positive integer and not greater than 77", "thinking_budget", 77),
        ],
    )
    def test_a_limit_that_is_named_is_kept_to(self, message: str, field: str, value: int) -> None:
        wanted = Parameters(max_tokens=9_000, thinking_budget=9_000)
        asked = replace(request("qwen-plus", thinking=True), parameters=wanted)
        repaired = repair(TEXT, message=message, status=400)
        assert repaired is not None
        assert native_body(asked, repaired)["parameters"][field] == value
        assert repair(repaired, message=message, status=400) is None

    def test_budget_and_effort_are_never_sent_together(self) -> None:
        options = WireOptions.for_model("qwen3.8-max")
        both = Parameters(thinking_budget=9, effort="low")
        body = native_body(replace(request("qwen3.8-max"), parameters=both), options)["parameters"]
        assert (body["thinking_budget"], "reasoning_effort" in body) == (9, False)
        repaired = repair(options, message="'reasoning_effort' and 'thinking_budget' cannot be set simultaneously")
        assert repaired is not None
        only = native_body(replace(request("qwen3.8-max"), parameters=Parameters(effort="low")), repaired)
        assert "reasoning_effort" not in only["parameters"]

    def test_stream_options_are_left_out(self) -> None:
        repaired = repair(TEXT, message="Unknown field: stream_options", status=422)
        assert repaired is not None
        assert "stream_options" not in compatible_body(request("qwen-plus"), repaired)

    @pytest.mark.parametrize(
        ("code", "message", "status"),
        [
            ("model_not_supported", "Unsupported model `qwen-audio` for OpenAI compatibility mode.", 404),
            ("InvalidApiKey", "Invalid API-key provided; enable_thinking unknown", 401),
            ("Throttling", "url error", 429),
            ("InternalError", "url error", 500),
            ("DataInspectionFailed", "Input data may contain inappropriate content.", 400),
            ("InvalidParameter", "Range of input length should be [1, 129024]", 400),
            ("Arrearage", "Access denied, please make sure your account is in good standing.", 400),
            (None, "", None),
        ],
    )
    def test_other_refusals_are_for_people(self, code: str | None, message: str, status: int | None) -> None:
        for options in (TEXT, MULTIMODAL):
            assert repair(options, code=code, message=message, status=status) is None
