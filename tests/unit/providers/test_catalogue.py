"""The table of models: the documented families, and ids nobody has heard of."""

from __future__ import annotations

import pytest

from qwen_desktop.core.providers.catalogue import (
    Abilities,
    NativePath,
    Thinking,
    abilities,
    description,
    suggested_model_ids,
)
from qwen_desktop.core.settings.settings import ChatSettings

TEXT_MODELS = """qwen-plus qwen-max-latest qwen-flash qwen-turbo qwen3-max qwen3.7-max qwen3-coder-plus qwq-plus
    qwen-long qwen-doc-turbo qwen-mt-plus qwen-math-plus qwen-plus-character deepseek-v3.2 qwen3-32b"""
MULTIMODAL_MODELS = """qwen3.5-plus qwen3.6-flash qwen3.7-plus qwen3.7-flash qwen3.8-max qwen3.8-flash qwen3-vl-plus
    qwen-vl-max qvq-max qwen-vl-ocr qwen3-omni-flash qwen3.5-omni-plus qwen3-asr-flash"""


@pytest.mark.parametrize("model_id", TEXT_MODELS.split())
def test_text_models(model_id: str) -> None:
    assert abilities(model_id).path is NativePath.TEXT


@pytest.mark.parametrize("model_id", MULTIMODAL_MODELS.split())
def test_multimodal_models(model_id: str) -> None:
    assert abilities(model_id).path is NativePath.MULTIMODAL


@pytest.mark.parametrize(
    ("model_id", "thinking"),
    [
        ("qwen3.8-max", Thinking.ON),
        ("qwen3.7-plus-2026-06-01", Thinking.ON),
        ("qwen3.8-2.4t-a95b", Thinking.ALWAYS),
        ("qwen3-max-preview", Thinking.OFF),
        ("qwen-plus-us", Thinking.OFF),
        ("qwen-plus-character", Thinking.NEVER),
        ("qwen3-32b", Thinking.ON),
        ("qwen3-235b-a22b-thinking-2507", Thinking.ALWAYS),
        ("qwen3-235b-a22b-instruct-2507", Thinking.NEVER),
        ("qwen3-next-80b-a3b-thinking", Thinking.ALWAYS),
        ("qwen-max", Thinking.NEVER),
        ("qwen3-coder-flash", Thinking.NEVER),
        ("qwq-32b", Thinking.ALWAYS),
        ("QVQ-Max", Thinking.ALWAYS),
        ("Qwen/Qwen3-8B", Thinking.ON),
        ("deepseek-v3.2", Thinking.UNKNOWN),
    ],
)
def test_thinking(model_id: str, thinking: Thinking) -> None:
    assert abilities(model_id).thinking is thinking


def test_cumulative_models_are_the_documented_two() -> None:
    assert [name for name in ("plus", "turbo", "flash", "lite") if abilities(f"qwen-mt-{name}").is_cumulative] == [
        "plus",
        "turbo",
    ]


def test_partial_mode() -> None:
    assert abilities("qwen3.7-plus").partial is True
    assert abilities("qwq-plus").partial is False
    assert abilities("qwen3-235b-a22b-thinking-2507").partial is False
    assert abilities("qwen3.8-max").partial is None


@pytest.mark.parametrize("model_id", ["", "gpt-oss", "llama3.2:3b", "x" * 10_000, "模型", "/", "qwen"])
def test_unknown_models_are_usable(model_id: str) -> None:
    assert abilities(model_id) == Abilities(NativePath.TEXT, Thinking.UNKNOWN, None, None)
    assert description(model_id) == ""


def test_suggestions_begin_with_the_default_and_are_all_known_and_described() -> None:
    suggested = suggested_model_ids()
    assert suggested[0] == ChatSettings().model
    for model_id in suggested:
        assert abilities(model_id).context_tokens
        assert description(model_id)
