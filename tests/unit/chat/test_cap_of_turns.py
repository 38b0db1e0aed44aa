"""The cap on every way in which a request can leave: over it the server's record stays empty and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from qwen_desktop.core.chat.cap import Cap
from qwen_desktop.core.chat.continuation import ContinuationPolicy
from qwen_desktop.core.chat.message import Cost, MessageStatus
from qwen_desktop.core.chat.price import Price, Step
from qwen_desktop.core.chat.turn import TurnEnded
from qwen_desktop.core.errors import MonthlyCapReached
from qwen_desktop.core.storage.conversations import History, StartedTurn
from tests.conftest import eventually
from tests.faults.frames import PREFIX
from tests.faults.server import FaultServer
from tests.listing import listed
from tests.unit.chat.test_turns import Desk, history

__all__ = ["history"]

PRICE = Price("CNY", (Step(Decimal(1_000), Decimal(1_000), Decimal(1_000), Decimal(1_000)),), date(2026, 8, 26))
"""A reply of a thousand tokens is estimated at ¥1, and its input at some hundredths."""


async def spent(history: History, amount: str) -> StartedTurn:
    """A turn of this month that cost so much."""
    started = await history.begin_turn(None, "before", model_id="qwen-plus")
    cost = Cost(Decimal(amount), "CNY", PRICE.priced_on)
    reply = replace(
        started.reply, text="reply", status=MessageStatus.INTERRUPTED, cost=cost, ended_at=datetime.now(UTC)
    )
    await history.journal(started.reply).finish(reply)
    return started


@pytest.mark.parametrize("way", ["new", "send", "retry", "edit", "continue"])
@pytest.mark.parametrize("is_over", [True, False])
async def test_nothing_leaves_over_the_cap(history: History, way: str, is_over: bool) -> None:
    async with FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        asking = replace(desk.asking, price=PRICE, cap=Cap(Decimal(10), "CNY"))
        before = await spent(history, "9.5" if is_over else "8")
        place = before.conversation.id
        turns = desk.turns
        going = {
            "new": lambda: turns.send("p", asking, conversation_id=None),
            "send": lambda: turns.send("p", asking, conversation_id=place),
            "retry": lambda: turns.retry(before.prompt.id, asking, conversation_id=place),
            "edit": lambda: turns.edit(before.prompt.id, "p", asking, conversation_id=place),
            "continue": lambda: turns.continue_reply(before.reply.id, asking, conversation_id=place),
        }[way]()
        if is_over:
            with pytest.raises(MonthlyCapReached) as raised:
                await going
            assert (raised.value.spent, raised.value.cap, raised.value.unknown) == ("¥9.50", "¥10.00", 0)
            assert server.posts == 0
            assert len(await listed(history)) == 1
            assert [one.text for one in (await history.conversation(place)).messages] == ["before", "reply"]
            assert not turns.is_busy(place)
            assert turns._estimates == {}
        else:
            await going
            await eventually(lambda: len(desk.ended) == 1)
            assert server.posts == 1
        await turns.close()
        assert turns._estimates == {}
        await desk.transport.aclose()
        assert desk.bugs == []


async def test_what_is_under_way_counts_before_it_has_cost_anything(history: History) -> None:
    async with FaultServer("no-response") as server:
        desk = Desk(history, server.base_url)
        asking = replace(desk.asking, price=PRICE, cap=Cap(Decimal(2), "CNY"))
        first = await desk.turns.send("one", asking, conversation_id=None)
        with pytest.raises(MonthlyCapReached) as raised:
            await desk.turns.send("two", asking, conversation_id=None)
        assert raised.value.spent.startswith("¥1.0")
        desk.turns.stop(first.conversation.id)
        await eventually(lambda: desk.ended == [MessageStatus.STOPPED])
        await desk.turns.send("two", asking, conversation_id=None)
        await desk.turns.close()
        await desk.transport.aclose()


async def test_a_reply_is_not_continued_by_itself_over_the_cap(history: History, tmp_path: Path) -> None:
    """The reply itself went out below the cap; its own cost and the rest together are above it."""
    async with FaultServer("rst-midstream", times=1) as server:
        desk = Desk(history, server.base_url)
        asking = replace(
            desk.asking,
            price=PRICE,
            cap=Cap(Decimal("1.04"), "CNY"),
            continuation=ContinuationPolicy(is_automatic=True, has_consent=True),
        )
        await desk.turns.send("p", asking, conversation_id=None)
        await eventually(lambda: len(desk.ended) == 1)
        (ended,) = [event for _, event in desk.events if isinstance(event, TurnEnded)]
        assert (ended.reply.status, ended.reply.text) == (MessageStatus.INTERRUPTED, PREFIX)
        assert server.posts == 1
        # 11 and 24 tokens at ¥1,000 a million
        assert ended.reply.cost == Cost(Decimal("0.035"), "CNY", PRICE.priced_on)
        await desk.turns.close()
        await desk.transport.aclose()


async def test_the_demo_and_a_month_without_a_cap_are_not_looked_at(history: History) -> None:
    async with FaultServer("burst") as server:
        desk = Desk(history, server.base_url)
        await spent(history, "100")
        asking = replace(desk.asking, price=PRICE)
        await desk.turns.send("p", asking, conversation_id=None)
        await desk.turns.send("p", replace(asking, is_demo=True, cap=Cap(Decimal(1), "CNY")), conversation_id=None)
        await eventually(lambda: len(desk.ended) == 2)
        await desk.turns.close()
        await desk.transport.aclose()


async def test_a_ledger_of_another_history_counts(history: History) -> None:
    """`ask --no-save` keeps its turn in memory; the month is on the disk."""
    from qwen_desktop.core.chat.turns import Turns
    from qwen_desktop.core.storage.conversations import MemoryHistory

    await spent(history, "100")
    memory = await MemoryHistory.open()
    async with FaultServer("burst") as server:
        desk = Desk(memory, server.base_url)
        turns = Turns(memory, listener=desk._hear, on_bug=desk.bugs.append, ledger=history)
        with pytest.raises(MonthlyCapReached):
            await turns.send("p", replace(desk.asking, price=PRICE, cap=Cap(Decimal(1), "CNY")), conversation_id=None)
        assert server.posts == 0
        await desk.transport.aclose()
    await memory.close()
