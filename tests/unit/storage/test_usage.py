"""Sums over stored replies: exact, by the months of a zone, with what is deleted and without the demo."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from qwen_desktop.core.chat.cap import Spent
from qwen_desktop.core.chat.message import Cost, Message, MessageStatus, Usage
from qwen_desktop.core.chat.sums import Sums
from qwen_desktop.core.storage import usage
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import open_reader

SHANGHAI = ZoneInfo("Asia/Shanghai")
TOKENS = Usage(10, 20, 30, 5, 4)
DAY = date(2026, 8, 26)


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    history = await History.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


async def reply(
    history: History,
    ended_at: datetime,
    cost: Cost | None = None,
    *,
    model_id: str = "qwen-plus",
    text: str = "text",
    tokens: Usage | None = TOKENS,
    is_demo: bool = False,
    conversation_id: int | None = None,
) -> Message:
    started = await history.begin_turn(conversation_id, "p", model_id=model_id, is_demo=is_demo)
    ended = replace(started.reply, text=text, status=MessageStatus.COMPLETE, usage=tokens, cost=cost, ended_at=ended_at)
    await history.journal(started.reply).finish(ended)
    return ended


def cny(amount: str, *, is_least: bool = False) -> Cost:
    return Cost(Decimal(amount), "CNY", DAY, is_least)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


async def test_a_cost_comes_back_exactly(history: History) -> None:
    dear = Cost(Decimal("0.00000000000000000001"), "USD", None, True)
    one = await reply(history, utc(2026, 11, 1), dear)
    two = await reply(history, utc(2026, 11, 1), cny("0.0123"), conversation_id=one.conversation_id)
    found = (await history.conversation(two.conversation_id)).messages
    assert (found[1].cost, found[3].cost) == (dear, cny("0.0123"))
    sums = await history.sums_of(one.conversation_id)
    assert sums == Sums(2, 20, 8, 40, 10, {"CNY": Decimal("0.0123"), "USD": dear.amount}, unknown=1)


async def test_a_hundred_times_a_tenth_is_ten(history: History) -> None:
    place = None
    for _ in range(100):
        place = (await reply(history, utc(2026, 11, 1), cny("0.1"), conversation_id=place)).conversation_id
    assert place is not None
    assert (await history.sums_of(place)).amounts == {"CNY": Decimal("10.0")}


async def test_months_are_those_of_the_clock_on_the_wall(history: History) -> None:
    await reply(history, utc(2026, 10, 31, 15, 59, 59), cny("1"))
    await reply(history, utc(2026, 10, 31, 16), cny("2"))  # midnight in Shanghai
    await reply(history, utc(2026, 11, 30, 15, 59, 59), cny("4"))
    await reply(history, utc(2026, 11, 5), None, model_id="qwen-max")
    await reply(history, utc(2999, 1, 1), cny("8"))  # a clock that was wrong is in the newest month
    with closing(open_reader(history.path or Path())) as db:
        found = usage.months(db, SHANGHAI)
        in_utc = usage.months(db, UTC)
    rows = [(row.month.strftime("%Y-%m"), row.model_id, row.sums.amounts.get("CNY")) for row in found]
    assert ("2026-10", "qwen-plus", Decimal(1)) in rows
    november = [(model_id, amount) for month, model_id, amount in rows if month == "2026-11"]
    assert november[0] == ("qwen-max", None)
    assert [row.sums.unknown for row in found if row.model_id == "qwen-max"] == [1]
    assert sum(row.sums.amounts.get("CNY", Decimal(0)) for row in found) == 15
    months = [month for month, _, _ in rows]
    assert months == sorted(months, reverse=True)
    in_utc_october = [row for row in in_utc if row.month.strftime("%Y-%m") == "2026-10"]
    assert [row.sums.amounts for row in in_utc_october] == [{"CNY": Decimal(3)}]


async def test_what_counts_since_a_moment(history: History) -> None:
    await reply(history, utc(2026, 10, 31, 23, 59, 59), cny("1"))
    kept = await reply(history, utc(2026, 11, 1), cny("2"))
    gone = await reply(history, utc(2026, 11, 2), cny("4"))
    await history.delete_message(gone.id)
    await reply(history, utc(2026, 11, 3), None)  # no known price
    await reply(history, utc(2026, 11, 3), cny("0.5", is_least=True))
    await reply(history, utc(2026, 11, 3), None, is_demo=True)
    await reply(history, utc(2026, 11, 3), None, text="", tokens=None)  # refused: nothing came
    await reply(history, utc(2026, 11, 3), None, text="cut", tokens=None)  # nobody counted it
    assert await history.spent_since(utc(2026, 11, 1)) == Spent({"CNY": Decimal("6.5")}, unknown=3)
    await history.begin_continuation(kept.id)  # it runs: its cost is not known yet
    assert (await history.spent_since(utc(2026, 11, 1))).amounts == {"CNY": Decimal("4.5")}


async def test_sums_by_time_read_no_row(history: History) -> None:
    queries = (
        f"SELECT {usage._SUMS} FROM message WHERE {usage.BILLED} AND ended_at >= ''",
        f"SELECT model_id, {usage._SUMS} FROM message WHERE {usage.BILLED} AND ended_at < '~' GROUP BY 1",
    )
    with closing(open_reader(history.path or Path())) as db:
        usage._teach(db)
        for query in queries:
            plan = [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {query}")]
            assert "USING COVERING INDEX message_usage" in plan[0], plan


async def test_an_old_history_counts_its_replies_without_a_cost(tmp_path: Path) -> None:
    import shutil

    old = Path(__file__).parents[2] / "data" / "history-schema-3.sqlite3"
    history = await History.open(Path(shutil.copy(old, tmp_path / "history.sqlite3")))
    assert await history.spent_since(utc(2000, 1, 1)) == Spent({}, unknown=2)
    await history.close()
    with closing(sqlite3.connect(tmp_path / "history.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM message WHERE is_billed = 1").fetchone() == (2,)
