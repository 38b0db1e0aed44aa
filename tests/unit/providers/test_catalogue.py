"""The table of models: the documented families, and ids nobody has heard of."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from qwen_desktop.core.paths import resources
from qwen_desktop.core.providers import catalogue, models_file, prices_file
from qwen_desktop.core.providers.catalogue import (
    Abilities,
    NativePath,
    Thinking,
    abilities,
    suggested_model_ids,
)
from qwen_desktop.core.providers.descriptions import description
from qwen_desktop.core.providers.servers import Server, ServerKind
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


def test_the_table_names_its_sources_and_days() -> None:
    table = catalogue._table()
    for prefix, known in table.families.items():
        assert known.sources, prefix
        assert all(source.startswith("https://") for source in known.sources), prefix
        assert known.read_on is not None
        assert known.is_known
    for prices in catalogue._price_lists().models.values():
        for model_id, price in prices.items():
            assert abilities(model_id).is_known, model_id
            assert price.priced_on is not None
            ends = [step.up_to for step in price.steps]
            assert all(end is not None for end in ends[:-1]), model_id
            assert ends[:-1] == sorted(filter(None, ends[:-1])), model_id
            for step in price.steps:
                assert Decimal(0) < step.cached < step.input, model_id
                assert step.output <= step.thinking, model_id
            assert [step.input for step in price.steps] == sorted(step.input for step in price.steps), model_id


@pytest.mark.parametrize(
    "mistake", ['currency = "EUR"', 'currency = "CNY"\nprice = 1', 'currency = "CNY"\ndate = "today"']
)
def test_a_mistake_in_the_prices_is_found(mistake: str) -> None:
    text = (resources() / prices_file.NAME).read_text(encoding="utf-8")
    assert prices_file.read(text) == catalogue._price_lists()
    with pytest.raises((msgspec.ValidationError, ValueError)):
        prices_file.read(text.replace('currency = "CNY"', mistake, 1))


def test_limits_agree_with_each_other() -> None:
    for prefix, known in catalogue._table().families.items():
        context, most_in, most_out = known.context_tokens, known.max_input_tokens, known.max_output_tokens
        if context is not None:
            assert (most_in or 0) <= context, prefix
            assert (most_out or 0) <= context, prefix
        if known.thinking is Thinking.NEVER:
            assert known.max_budget is None, prefix
            assert known.efforts == (), prefix
        if known.thinking is Thinking.ALWAYS:
            assert not known.partial, prefix


@pytest.mark.parametrize(
    "mistake",
    [
        'prefix = "qwen3.8-max"\npath = "audio"',
        'prefix = "qwen3.8-max"\npaht = "text"',
        'prefix = "qwen3.7-max"\npath = "multimodal"',
    ],
)
def test_a_mistake_in_the_table_is_found(mistake: str) -> None:
    text = (resources() / models_file.NAME).read_text(encoding="utf-8")
    assert models_file.read(text).families.keys() == catalogue._table().families.keys()
    with pytest.raises((msgspec.ValidationError, ValueError)):
        models_file.read(text.replace('prefix = "qwen3.8-max"\npath = "multimodal"', mistake, 1))


@pytest.mark.parametrize(
    ("model_id", "limit"),
    [
        ("qwen3.6-plus", 991_808),
        ("qwen3.8-max", 1_000_000 - 131_072),
        ("qwen-max", 30_720),
        ("qwen3.7-plus", 1_000_000),
        ("nobody-knows-it", None),
    ],
)
def test_how_much_a_request_may_hold(model_id: str, limit: int | None) -> None:
    assert abilities(model_id).input_limit == limit


@pytest.mark.parametrize(
    ("model_id", "efforts"),
    [
        ("qwen3.8-max", "low medium xhigh"),
        ("deepseek-v4-pro", "high max"),
        ("qwen3.7-plus", "low medium high xhigh"),
        ("qwen-plus", "low medium high"),
        ("qwen3.8-flash", "low medium high xhigh"),
        ("qwen-max", ""),
        ("qwen3-235b-a22b-instruct-2507", ""),
        ("nobody-knows-it", ""),
    ],
)
def test_efforts_that_make_a_difference(model_id: str, efforts: str) -> None:
    assert abilities(model_id).effort_choices == tuple(efforts.split())


def test_a_model_at_ones_own_server_has_that_servers_limits_and_nothing_of_the_service() -> None:
    here = abilities("qwen3.6:27b", Server(ServerKind.OLLAMA))
    assert here.can_switch_thinking
    assert (here.context_tokens, here.input_limit, here.search, here.partial) == (None, None, False, False)
    assert here.vision is True
    assert abilities("qwen3", Server(ServerKind.OLLAMA)).thinking is Thinking.ON
    assert abilities("llama3.2", Server(ServerKind.LLAMA_CPP)).vision is None


LIVE_LIST = """
    next-model qwen-plus-2025-12-01 qwen-plus wan2.6-t2v qwen3.7-plus-2026-06-01 qwen3.7-plus text-embedding-v4
    qwen3.8-max qwen3-tts-flash qwen-plus-2026-03-01 other/model qwen3.7-plus-2026-09-01 qwen-plus-latest qwen3.7-plus
    qwen3-rerank qwen-image-2 qwen3-asr-flash-realtime qwen-vl-max cosyvoice-v3
"""


def test_a_live_list_in_the_tables_order_with_the_unknown_at_the_end() -> None:
    listed = LIVE_LIST.split()
    assert [model.id for model in catalogue.merged(listed)] == [
        "qwen3.8-max",
        "qwen3.7-plus",
        "qwen3.7-plus-2026-09-01",
        "qwen3.7-plus-2026-06-01",
        "qwen-plus",
        "qwen-plus-latest",
        "qwen-plus-2026-03-01",
        "qwen-plus-2025-12-01",
        "qwen-vl-max",
        "next-model",
        "other/model",
    ]


def test_ones_own_servers_list_keeps_whatever_it_has() -> None:
    server = Server(ServerKind.OLLAMA)
    listed = catalogue.merged(["nomic-embed-text", "llama3.2", "qwen3:8b"], server)
    assert [model.id for model in listed] == ["qwen3:8b", "nomic-embed-text", "llama3.2"]
    assert listed[0].abilities == abilities("qwen3:8b", server)
    assert catalogue.merged([]) == ()


def test_suggestions_begin_with_the_default_and_are_all_known_and_described() -> None:
    suggested = suggested_model_ids()
    assert suggested[0] == ChatSettings().model
    for model_id in suggested:
        assert abilities(model_id).context_tokens
        assert description(model_id)


@pytest.mark.parametrize(
    ("kind", "suggested"),
    [
        (ServerKind.CHINA, "qwen3.7-plus"),
        (ServerKind.US, "qwen3.7-plus"),
        (ServerKind.WORKSPACE, "qwen3.7-plus"),
        (ServerKind.CODING_PLAN, None),
        (ServerKind.TOKEN_PLAN, None),
        (ServerKind.COMPATIBLE, None),
        (ServerKind.OLLAMA, None),
    ],
)
def test_a_model_that_sees_is_suggested_where_it_is_known_to_be(kind: ServerKind, suggested: str | None) -> None:
    found = catalogue.suggested_vision_model(Server(kind))
    assert found == suggested
    assert found is None or abilities(found).vision
