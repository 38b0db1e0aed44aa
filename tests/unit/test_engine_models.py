"""What the engine knows of models at the server in use, and whom it asks in which protocol."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from qwen_desktop.core.chat.parameters import Parameters
from qwen_desktop.core.chat.price import own_prices
from qwen_desktop.core.errors import RequestRefused
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.providers.catalogue import Thinking
from qwen_desktop.core.providers.compatible import CompatibleProvider
from qwen_desktop.core.providers.dashscope import DashScopeProvider
from qwen_desktop.core.providers.learned import Learned
from qwen_desktop.core.providers.servers import ServerKind
from qwen_desktop.engine import Engine
from tests.strict_service import StrictService

KEY = {"DASHSCOPE_API_KEY": "sk-strict"}


def engine_at(base_url: str, folder: Path, environment: dict[str, str] = KEY) -> Engine:
    return Engine(AppPaths(folder / "data", folder / "config"), environment=environment, base_url=base_url)


@pytest.mark.parametrize(
    ("base_url", "protocol", "kind", "provider", "has_price"),
    [
        ("https://dashscope.aliyuncs.com", "", ServerKind.CHINA, DashScopeProvider, True),
        ("https://dashscope.aliyuncs.com", "compatible", ServerKind.CHINA, CompatibleProvider, True),
        ("https://dashscope-us.aliyuncs.com", "", ServerKind.US, DashScopeProvider, False),
        ("https://token-plan.cn-beijing.maas.aliyuncs.com", "", ServerKind.TOKEN_PLAN, CompatibleProvider, False),
        ("http://127.0.0.1:11434", "native", ServerKind.OLLAMA, CompatibleProvider, False),
        ("not an address", "", ServerKind.COMPATIBLE, DashScopeProvider, False),
    ],
)
async def test_the_protocol_is_one_the_server_speaks(
    tmp_path: Path, base_url: str, protocol: str, kind: ServerKind, provider: type, has_price: bool
) -> None:
    engine = engine_at(base_url, tmp_path)
    assert engine.server.kind is kind
    asking = await engine.asking("qwen-plus", None, protocol=protocol)
    assert type(asking.provider) is provider
    assert (engine.price("qwen-plus") is not None) is has_price
    await engine.close()


async def test_the_users_own_prices_go_first(tmp_path: Path) -> None:
    engine = engine_at("https://dashscope-us.aliyuncs.com", tmp_path)
    engine.own_prices, notices = own_prices({"qwen-plus": {"input": 1, "output": 2, "currency": "USD"}})
    assert notices == []
    assert engine.price("qwen-plus") == engine.own_prices["qwen-plus"]
    assert engine.price("qwen-max") is None


async def test_the_models_limit_leaves_room_for_a_reply(tmp_path: Path) -> None:
    engine = engine_at("https://dashscope.aliyuncs.com", tmp_path)
    asking = await engine.asking("qwen-max", None, parameters=Parameters(seed=1))
    assert (asking.max_input_tokens, asking.parameters.seed, asking.reasoning_of) == (30_720, 1, "")
    assert (await engine.asking("qwen3.8-max", None)).reasoning_of == "qwen3.8-max"
    with pytest.raises(RequestRefused) as raised:
        await engine.asking("qwen-max", None, system_prompt="汉" * 40_000)
    assert raised.value.reason == "system_prompt"
    with pytest.raises(RequestRefused):
        await engine.asking("qwen-max", None, parameters=Parameters(temperature=9))
    await engine.close()


async def test_what_was_learned_counts_in_the_next_start_too(tmp_path: Path) -> None:
    first = engine_at("https://dashscope.aliyuncs.com", tmp_path)
    first.learned["dashscope.aliyuncs.com", "qwen-plus"] = Learned(thinking=Thinking.ALWAYS, max_input_tokens=9)
    assert engine_at("https://dashscope.aliyuncs.com", tmp_path).abilities("qwen-plus").input_limit is not None
    first.learned["dashscope.aliyuncs.com", "qwen-plus"] = Learned(
        thinking=Thinking.ALWAYS, max_input_tokens=9, on=datetime.now(UTC).date()
    )
    engine = engine_at("https://dashscope.aliyuncs.com", tmp_path)
    assert not engine.abilities("qwen-plus").can_switch_thinking
    assert (await engine.asking("qwen-plus", None)).max_input_tokens == 9
    await engine.close()
    elsewhere = engine_at("https://dashscope-intl.aliyuncs.com", tmp_path)
    assert elsewhere.abilities("qwen-plus").can_switch_thinking


async def test_the_live_list_is_offered_with_abilities(tmp_path: Path) -> None:
    async with StrictService() as service:
        engine = engine_at(service.base_url, tmp_path)
        listed = await engine.listed_models()
        assert [model.id for model in listed] == [
            "qwen3.7-max", "qwen3.7-plus", "qwen3-vl-plus", "qwen-plus", "qwq-plus",
        ]  # fmt: skip
        assert [model.abilities.vision for model in listed] == [False, True, True, False, False]
        assert service.posts == []
        await engine.close()


async def test_the_demo_offers_the_suggestions_at_no_price(tmp_path: Path) -> None:
    engine = engine_at("", tmp_path, {})
    engine.use_demo_without_key = True
    listed = await engine.listed_models()
    assert "qwen3.7-plus" in [model.id for model in listed]
    assert engine.price("qwen3.7-plus") is None
    assert not engine.paths.learned_models.exists()
    await engine.close()


@pytest.mark.parametrize(
    ("base_url", "model_id", "protocol", "is_offered", "is_taken"),
    [
        ("https://dashscope.aliyuncs.com", "qwen-plus", "", True, True),
        ("https://dashscope.aliyuncs.com", "qwen-plus", "compatible", True, True),
        ("https://dashscope-intl.aliyuncs.com", "qwen3.7-plus", "", True, True),
        ("https://dashscope.aliyuncs.com", "qwen3-coder-plus", "", False, False),
        ("https://dashscope.aliyuncs.com", "model-of-tomorrow", "", False, True),
        ("http://127.0.0.1:11434", "qwen-plus", "", False, False),
        ("http://127.0.0.1:8080", "qwen-plus", "compatible", True, False),
        ("https://example.com", "model-of-tomorrow", "compatible", False, False),
    ],
)
async def test_a_search_is_offered_where_it_is_known_and_refused_where_it_cannot_be(
    tmp_path: Path, base_url: str, model_id: str, protocol: str, is_offered: bool, is_taken: bool
) -> None:
    engine = engine_at(base_url, tmp_path)
    assert engine.can_search(model_id) is is_offered
    try:
        if is_taken:
            assert (await engine.asking(model_id, None, protocol=protocol, search=True)).search
        else:
            with pytest.raises(RequestRefused) as refused:
                await engine.asking(model_id, None, protocol=protocol, search=True)
            assert refused.value.reason == "no_search"
    finally:
        await engine.close()
