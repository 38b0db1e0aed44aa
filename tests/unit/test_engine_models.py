"""What the engine knows of models at the server in use, and whom it asks in which protocol."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.cap import Cap
from qwen_desktop.core.chat.parameters import Parameters
from qwen_desktop.core.chat.price import FREE
from qwen_desktop.core.errors import RequestRefused
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.providers import catalogue
from qwen_desktop.core.providers.catalogue import Thinking
from qwen_desktop.core.providers.compatible import CompatibleProvider
from qwen_desktop.core.providers.dashscope import DashScopeProvider
from qwen_desktop.core.providers.learned import Learned
from qwen_desktop.core.providers.model_list import MOST_OFFERED
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
    assert (engine.price("qwen-plus") not in (None, FREE)) is has_price
    assert (engine.price("qwen-plus") is FREE) is (kind is ServerKind.OLLAMA)
    assert asking.price is engine.price("qwen-plus")
    await engine.close()


async def test_the_users_own_prices_go_first(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(
        '[prices."qwen-plus"]\ninput = 1\noutput = 2\ncurrency = "USD"\n[prices."qwen-max"]\ninput = "dear"\n'
    )
    engine = engine_at("https://dashscope-us.aliyuncs.com", tmp_path)
    assert [notice.name for notice in engine.settings_notices] == ["prices.qwen-max"]
    price = engine.price("qwen-plus")
    assert price is not None
    assert (price.currency, price.steps[0].input, price.priced_on) == ("USD", 1, None)
    assert engine.price("qwen-max") is None


async def test_a_model_is_asked_with_the_parameters_set_for_it(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(
        '[models."qwen-plus"]\ntemperature = 0.5\nstop = ["END"]\nseed = -1\nnew_in_2030 = 7\n'
        "[limits]\nmonthly_cap = 2.5\n"
    )
    engine = engine_at("https://dashscope.aliyuncs.com", tmp_path)
    assert [notice.name for notice in engine.settings_notices] == ["models.qwen-plus.seed"]
    asking = await engine.asking("qwen-plus", None)
    assert asking.parameters == Parameters(temperature=0.5, stop=("END",))
    assert asking.cap == Cap(Decimal("2.5"), "CNY")
    assert (await engine.asking("qwen-max", None)).parameters == Parameters()
    assert (await engine.asking("qwen-plus", None, parameters=Parameters(seed=3))).parameters == Parameters(seed=3)
    await engine.close()


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


async def test_a_hostile_list_is_cut_to_what_can_be_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = ["", "a\nb", "\x1b[31mred", "\u202elive", "a\x00b", "x\u2028y", "\ufeffqwen", "q" * 1_000_000, "\ud800"]
    sent = [*bad, "<b>x</b>", "qwen3.7-plus", *(f"made-up-{number}" for number in range(10_000))]

    async def told(*_: object, **__: object) -> list[str]:
        return sent

    monkeypatch.setattr("qwen_desktop.core.providers.model_list.list_models", told)
    engine = engine_at("https://dashscope.aliyuncs.com", tmp_path)
    engine.learned["dashscope.aliyuncs.com", "made-up-1"] = Learned(vision=True, on=datetime.now(UTC).date())
    seen: list[str] = []
    merge = catalogue.merged

    def spied(*given: Any) -> Any:
        seen.append(threading.current_thread().name)
        return merge(*given)

    monkeypatch.setattr(catalogue, "merged", spied)
    listed = {model.id: model.abilities for model in await engine.listed_models()}
    assert len(listed) == MOST_OFFERED
    assert not listed.keys() & set(bad)
    assert {"<b>x</b>", "qwen3.7-plus", "made-up-0"} <= listed.keys()
    assert (listed["made-up-1"].vision, listed["made-up-0"].vision) == (True, None)
    assert "MainThread" not in seen
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


@pytest.mark.parametrize(
    ("model_id", "allowed_tokens", "refused_tokens"),
    [("qwen3.8-max", 4_000, 4_500), ("qwen-plus", 60_000, 64_000), ("nobody-knows-it", 20_000, 20_001)],
)
async def test_a_cut_reply_is_continued_by_itself_up_to_five_fen_of_input(
    tmp_path: Path, model_id: str, allowed_tokens: int, refused_tokens: int
) -> None:
    engine = engine_at("https://dashscope.aliyuncs.com", tmp_path)
    policy = (await engine.asking(model_id, None)).continuation
    assert policy is not None
    assert policy.allows(allowed_tokens)
    assert not policy.allows(refused_tokens)
    for wish, expected in (("auto", True), ("never", False)):
        asking = await engine.asking(model_id, None, continue_after_cut=wish)
        assert asking.continuation is not None
        assert asking.continuation.allows(refused_tokens) is expected
    await engine.close()


async def test_a_model_without_partial_mode_is_never_continued_by_itself(tmp_path: Path) -> None:
    engine = engine_at("https://dashscope.aliyuncs.com", tmp_path)
    asking = await engine.asking("qwen-long", None, continue_after_cut="auto")
    assert asking.continuation is not None
    assert not asking.continuation.allows(1)
    await engine.close()


@pytest.mark.parametrize("model_id", ["qwen-plus", "qwen3.7-max", "qwen3-coder-plus"])
async def test_pictures_for_a_model_that_sees_nothing_are_refused(tmp_path: Path, model_id: str) -> None:
    engine = engine_at("https://dashscope.aliyuncs.com", tmp_path)
    picture = Attachment("a" * 64, "image/png", 1000, 320, 320)
    with pytest.raises(RequestRefused) as caught:
        await engine.asking(model_id, None, attachments=[picture])
    assert caught.value.reason == "no_vision"
    assert not (await engine.asking(model_id, None)).sees_pictures


async def test_pictures_may_be_tried_with_models_that_see_or_that_nobody_knows(tmp_path: Path) -> None:
    engine = engine_at("https://dashscope.aliyuncs.com", tmp_path)
    picture = Attachment("a" * 64, "image/png", 1000, 320, 320)
    for model_id in ("qwen3.7-plus", "qwen3-vl-flash", "qvq-max", "something-new"):
        assert (await engine.asking(model_id, None, attachments=[picture])).sees_pictures
    engine.learned["dashscope.aliyuncs.com", "something-new"] = Learned(vision=False)
    with pytest.raises(RequestRefused):
        await engine.asking("something-new", None, attachments=[picture])
    with pytest.raises(RequestRefused) as caught:
        await engine.asking("qwen3.7-plus", None, attachments=[picture] * 251)
    assert caught.value.reason == "too_many_pictures"
