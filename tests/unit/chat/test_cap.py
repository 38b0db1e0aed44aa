"""The monthly cap, worked out by hand, and where a month begins."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from qwen_desktop.core.chat.cap import Cap, Spent, check, estimated_cost, month_start, month_starts
from qwen_desktop.core.chat.message import Cost
from qwen_desktop.core.chat.price import FREE, Price, Step
from qwen_desktop.core.errors import MonthlyCapReached
from qwen_desktop.core.words import describe

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CNY = Price("CNY", (Step(Decimal(2), Decimal(8), Decimal(1), Decimal(24), up_to=1_000),), None)


def cny(amount: str) -> Cost:
    return Cost(Decimal(amount), "CNY", None)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def test_a_month_begins_by_the_clock_on_the_wall() -> None:
    """In Shanghai it is December already when it is 16:00 on 30 November in Greenwich."""
    assert month_start(utc(2026, 11, 30, 15, 59), SHANGHAI) == utc(2026, 10, 31, 16)
    assert month_start(utc(2026, 11, 30, 16, 0), SHANGHAI) == utc(2026, 11, 30, 16)
    assert month_start(utc(2026, 11, 30, 16, 0), UTC) == utc(2026, 11, 1)


def test_a_month_in_which_the_clocks_change_begins_in_the_old_time() -> None:
    assert month_start(utc(2026, 10, 31, 12), BERLIN) == utc(2026, 9, 30, 22)
    assert month_start(utc(2026, 11, 1, 12), BERLIN) == utc(2026, 10, 31, 23)


def test_without_a_zone_it_is_this_computers(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    start = month_start(now)
    local = start.astimezone()
    assert (local.day, local.hour, local.minute, local.month) == (1, 0, 0, now.astimezone().month)
    assert start <= now


def test_months_from_one_to_another_leave_none_out() -> None:
    starts = month_starts(utc(2025, 11, 30, 20), utc(2026, 3, 1), SHANGHAI)
    assert [start.astimezone(SHANGHAI).strftime("%Y-%m-%d %H") for start in starts] == [
        "2025-12-01 00",
        "2026-01-01 00",
        "2026-02-01 00",
        "2026-03-01 00",
    ]


def test_an_estimate_is_the_input_and_a_thousand_tokens_of_reply_at_the_dearer_price() -> None:
    # 500 × 2 + 1,000 × 24 = 25,000 per million
    assert estimated_cost(500, CNY) == cny("0.025")
    assert estimated_cost(1_001, CNY) is None
    assert estimated_cost(500, None) is None


@pytest.mark.parametrize(
    ("spent", "estimate", "under_way", "is_sent"),
    [
        ({"CNY": "0.9"}, cny("0.1"), (), True),  # exactly the cap
        ({"CNY": "0.9"}, cny("0.1000001"), (), False),
        ({"CNY": "0.8"}, cny("0.1"), ("0.1",), True),
        ({"CNY": "0.8"}, cny("0.1"), ("0.11",), False),
        ({"CNY": "0.1", "USD": "0.1"}, cny("0.1"), (), True),  # 0.1 + 0.1 × 8 + 0.1
        ({"CNY": "0.1", "USD": "0.1001"}, cny("0.1"), (), False),
        ({"CNY": "0.999"}, None, (), True),  # nobody knows the price: what is known is below
        ({"CNY": "1"}, None, (), False),
        ({"CNY": "5"}, cny("0"), (), True),  # a server of one's own costs nothing
        ({}, cny("1.01"), (), False),
    ],
)
def test_what_would_pass_the_cap_is_not_sent(
    spent: dict[str, str], estimate: Cost | None, under_way: tuple[str, ...], is_sent: bool
) -> None:
    known = Spent({currency: Decimal(amount) for currency, amount in spent.items()})
    cap = Cap(Decimal(1), "CNY")
    if is_sent:
        check(cap, known, estimate, map(cny, under_way))
    else:
        with pytest.raises(MonthlyCapReached):
            check(cap, known, estimate, map(cny, under_way))


def test_a_free_server_is_never_over_the_cap() -> None:
    check(Cap(Decimal(1), "CNY"), Spent({"CNY": Decimal(9)}), estimated_cost(10_000_000, FREE))


def test_a_cap_in_dollars_counts_yuan_for_more_than_they_are() -> None:
    check(Cap(Decimal("0.16"), "USD"), Spent({"CNY": Decimal(1)}), cny("0"))
    with pytest.raises(MonthlyCapReached) as raised:
        check(Cap(Decimal("0.16"), "USD"), Spent({"CNY": Decimal(1)}, unknown=3), cny("0.01"))
    sentence = describe(raised.value).sentence
    assert "$0.16" in sentence
    assert "$0.0016" in sentence
    assert sentence.endswith("not counted in full: 3.")
    assert describe(raised.value).remedy_label == "Open settings"
