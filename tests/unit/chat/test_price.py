"""What replies cost, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from qwen_desktop.core.chat.message import Usage
from qwen_desktop.core.chat.price import (
    Cost,
    Price,
    Step,
    amount_words,
    cost_of,
    input_cny,
    own_prices,
)
from qwen_desktop.core.providers import catalogue
from qwen_desktop.core.providers.servers import CHINA, Server, ServerKind

SINGAPORE = Server(ServerKind.INTERNATIONAL, "ap-southeast-1")
K = 1_024


def cost(model_id: str, usage: Usage, *, server: Server = CHINA, has_thought: bool = False) -> str | None:
    found = cost_of(usage, catalogue.price(model_id, server), has_thought=has_thought)
    return None if found is None else f"{found.amount.normalize():f} {found.currency}"


@pytest.mark.parametrize(
    ("model_id", "input_tokens", "output_tokens", "cached", "reasoning", "expected"),
    [
        # one step: 1,000 in at 12, 500 out at 36
        ("qwen3.7-max", 1_000, 500, None, None, "0.03 CNY"),
        # 800 of the 1,000 were in the cache, at 2.4
        ("qwen3.7-max", 1_000, 500, 800, None, "0.02232 CNY"),
        ("qwen3.7-max-2026-06-08", 1_000, 500, 0, None, "0.03 CNY"),
        # the steps, at their ends: all tokens of the request at the price of its length
        ("qwen-plus", 128 * K, 1_000, None, None, "0.1068576 CNY"),
        ("qwen-plus", 128 * K + 1, 1_000, None, None, "0.3345752 CNY"),
        ("qwen-plus", 256 * K + 1, 0, None, None, "1.258296 CNY"),
        # cached input counts for the length too, at a fifth of that step's price where no other is given
        ("qwen-plus", 128 * K + 1, 0, 128 * K + 1, None, "0.06291504 CNY"),
        # a reply that thought: reasoning and text at the price of thinking
        ("qwen-plus", 1_000, 1_000, None, 900, "0.0088 CNY"),
        ("qwen-turbo", 1_000, 1_000, None, 1, "0.0033 CNY"),
        # where thinking has no price of its own, reasoning is output like any other and is not counted twice
        ("qwen3.6-plus", 1_000, 1_000, None, 900, "0.014 CNY"),
        # nothing, or a service that claims more from its cache than it read
        ("qwen-plus", 0, 0, None, None, "0 CNY"),
        ("qwen-plus", 100, 0, 1_000, None, "0.000016 CNY"),
        ("MiniMax-M2.5", 1_000_000, 1, None, None, "2.1000084 CNY"),
    ],
)
def test_cost_in_china(
    model_id: str, input_tokens: int, output_tokens: int, cached: int | None, reasoning: int | None, expected: str
) -> None:
    usage = Usage(input_tokens, output_tokens, reasoning_tokens=reasoning, cached_tokens=cached)
    assert cost(model_id, usage) == expected


def test_reasoning_that_was_not_counted_still_has_its_price() -> None:
    assert cost("qwen-plus", Usage(1_000, 1_000), has_thought=True) == "0.0088 CNY"


def test_cost_abroad_is_in_dollars_and_for_those_models_only_whose_price_was_read() -> None:
    usage = Usage(1_000_000, 1_000_000, cached_tokens=400_000)
    assert cost("qwen3.8-max", usage, server=SINGAPORE) == "7.3 USD"
    assert cost("qwen3.7-plus", Usage(1_000, 1_000), server=SINGAPORE) == "0.002 USD"
    assert cost("qwen3.7-plus", Usage(256 * K + 1, 1_000), server=SINGAPORE) is None
    assert cost("qwen-plus", usage, server=SINGAPORE) is None
    assert cost("qwen3.8-max", usage, server=Server(ServerKind.WORKSPACE, "ap-southeast-1")) == "7.3 USD"


@pytest.mark.parametrize(
    ("model_id", "server"),
    [
        ("nobody-knows-it", CHINA),
        ("qwen3.8-max-mini", CHINA),
        ("qwen-plus-us", CHINA),
        ("qwen-plus", Server(ServerKind.US, "us-east-1")),
        ("qwen-plus", Server(ServerKind.TOKEN_PLAN, "cn-beijing")),
        ("qwen-plus", Server(ServerKind.COMPATIBLE)),
        ("qwen3-max", Server(ServerKind.OLLAMA)),
    ],
)
def test_without_a_known_price_there_is_no_cost(model_id: str, server: Server) -> None:
    assert cost(model_id, Usage(1_000, 1_000), server=server) is None


@pytest.mark.parametrize("usage", [None, Usage(), Usage(input_tokens=5), Usage(output_tokens=5)])
def test_without_a_count_there_is_no_cost(usage: Usage | None) -> None:
    assert cost_of(usage, catalogue.price("qwen-plus"), has_thought=False) is None


def test_the_demo_has_no_cost() -> None:
    assert cost_of(Usage(9, 9), catalogue.price("qwen-plus"), has_thought=False, is_demo=True) is None


def test_a_cost_is_frozen_with_the_date_of_its_price() -> None:
    found = cost_of(Usage(1_000, 0), catalogue.price("qwen-plus"), has_thought=False)
    assert found == Cost(Decimal("0.0008"), "CNY", date(2026, 5, 27))


def test_a_price_of_ones_own_goes_first_everywhere() -> None:
    step = Step(Decimal("0.5"), Decimal(1), Decimal(0), Decimal(1))
    own = {"Qwen-Plus": Price("USD", (step,), None), "my/llama": Price("CNY", (step,), None)}
    for server in (CHINA, Server(ServerKind.US), Server(ServerKind.TOKEN_PLAN), Server(ServerKind.OLLAMA)):
        found = catalogue.price("qwen-plus-2026-01-01", server, own)
        assert cost_of(Usage(1_000_000, 0), found, has_thought=False) == Cost(Decimal("0.5"), "USD", None)
    assert catalogue.price("qwen-max", CHINA, own) == catalogue.price("qwen-max")


def test_own_prices_as_the_settings_have_them() -> None:
    prices, notices = own_prices(
        {
            "qwen-plus": {"input": 0.7, "output": "1.9"},
            "my/llama": {"input": 0, "output": 0, "currency": "USD", "cached": 0, "thinking": 1},
        }
    )
    assert notices == []
    (step,) = prices["qwen-plus"].steps
    assert (step.input, step.output, step.cached, step.thinking) == (
        Decimal("0.7"), Decimal("1.9"), Decimal("0.14"), Decimal("1.9"),
    )  # fmt: skip
    assert (prices["qwen-plus"].currency, prices["my/llama"].currency) == ("CNY", "USD")
    assert prices["my/llama"].steps[0].thinking == 1


@pytest.mark.parametrize(
    "row",
    [
        5,
        "0.8",
        {},
        {"input": 1},
        {"input": 1, "output": -1},
        {"input": "nan", "output": 1},
        {"input": "Infinity", "output": 1},
        {"input": "", "output": 1},
        {"input": True, "output": 1},
        {"input": [1], "output": 1},
        {"input": 10**7, "output": 1},
        {"input": 1, "output": 1, "currency": "EUR"},
        {"input": 1, "output": 1, "currency": ["CNY"]},
        {"input": 1, "output": 1, "outptu": 1},
    ],
)
def test_an_own_price_that_cannot_be_used_is_told_and_the_others_count(row: object) -> None:
    prices, notices = own_prices({"bad": row, "good": {"input": 1, "output": 2}})
    assert list(prices) == ["good"]
    assert [notice.name for notice in notices] == ["prices.bad"]


@pytest.mark.parametrize(
    ("usage", "server", "may_have_searched", "expected"),
    [
        # 1,000 in at 12 per million, and searches at 3 or 4 per 1,000
        (Usage(1_000, 0, searches=1, search_strategy="turbo"), CHINA, True, ("0.015", False)),
        (Usage(1_000, 0, searches=2, search_strategy="agent"), CHINA, True, ("0.020", False)),
        (Usage(1_000, 0, searches=1, search_strategy="max"), CHINA, False, ("0.016", False)),
        (Usage(1_000, 0, searches=0), CHINA, True, ("0.012", False)),
        # not counted, of a kind without a price, or where no fee is known: the least
        (Usage(1_000, 0), CHINA, True, ("0.012", True)),
        (Usage(1_000, 0), CHINA, False, ("0.012", False)),
        (Usage(1_000, 0, searches=1, search_strategy="agent_max"), CHINA, True, ("0.012", True)),
        (Usage(1_000, 0, searches=1), CHINA, True, ("0.012", True)),
        (Usage(1_000, 0, searches=1, search_strategy="turbo"), SINGAPORE, True, ("0.002", True)),
    ],
)
def test_searches_are_added_where_they_were_counted(
    usage: Usage, server: Server, may_have_searched: bool, expected: tuple[str, bool]
) -> None:
    price = catalogue.price("qwen3.8-max", server)
    found = cost_of(usage, price, has_thought=False, may_have_searched=may_have_searched)
    assert found is not None
    assert (found.amount, found.is_least) == (Decimal(expected[0]), expected[1])


def test_a_price_of_ones_own_has_the_services_fee_for_searches_in_its_currency() -> None:
    usage = Usage(0, 0, searches=1, search_strategy="turbo")
    step = Step(Decimal(1), Decimal(1), Decimal(0), Decimal(1))
    for currency, expected in (
        ("CNY", Cost(Decimal("0.003"), "CNY", None)),
        ("USD", Cost(Decimal(0), "USD", None, True)),
    ):
        own = catalogue.price("qwen-plus", CHINA, {"qwen-plus": Price(currency, (step,), None)})
        assert cost_of(usage, own, has_thought=False, may_have_searched=True) == expected


def test_input_in_yuan_for_the_rule_of_continuations() -> None:
    assert input_cny(20_000, catalogue.price("qwen3.6-plus")) == pytest.approx(0.04)
    assert input_cny(20_000, catalogue.price("qwen3.8-max", SINGAPORE)) == pytest.approx(0.32)
    assert input_cny(20_000, None) is None
    assert input_cny(300_000, catalogue.price("qwen3.7-plus", SINGAPORE)) is None


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("0", "CNY", "¥0"),
        ("12.345", "CNY", "¥12.34"),
        ("0.1", "USD", "$0.10"),
        ("0.0512", "CNY", "¥0.051"),
        ("0.0034", "CNY", "¥0.0034"),
        ("0.000002", "USD", "$0.0000020"),
        ("0.0000000001", "CNY", "¥0.00000001"),
        ("3", "EUR", "EUR 3.00"),
    ],
)
def test_amounts_in_words(amount: str, currency: str, words: str) -> None:
    assert amount_words(Decimal(amount), currency) == words
