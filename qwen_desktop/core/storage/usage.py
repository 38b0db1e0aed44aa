"""Stored replies to sums: what a conversation, a month and each month with each model took in tokens and cost.

The demo is left out; deleted replies are counted, for they were paid.  Sums of amounts are exact.  Everything here runs
inside a snapshot of its caller, on a lane, over the index `message_usage` and never over texts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from qwen_desktop.core.chat.cap import Spent, month_starts
from qwen_desktop.core.chat.price import CURRENCIES
from qwen_desktop.core.chat.sums import MonthOfModel, Sums
from qwen_desktop.core.storage.rows import now, stored_time

BILLED = "is_billed = 1 AND ended_at > ''"
"""Ended replies of which something came from a service."""


class _Amount:
    """SQL: the exact sum of decimal texts."""

    def __init__(self) -> None:
        self._sum = Decimal(0)

    def step(self, text: str | None) -> None:
        if text is not None:
            try:
                self._sum += Decimal(text)
            except InvalidOperation:
                return

    def finalize(self) -> str:
        return format(self._sum, "f")


_SUMS = (
    "count(*), total(input_tokens), total(cached_tokens), total(output_tokens), total(reasoning_tokens),"
    " sum(cost IS NULL OR ifnull(cost_is_least, 0)), "
    + ", ".join(f"exact_sum(CASE WHEN cost_currency = '{currency}' THEN cost END)" for currency in CURRENCIES)
)


def of_conversation(db: sqlite3.Connection, conversation_id: int) -> Sums:
    """All its replies, on every branch."""
    _teach(db)
    (row,) = db.execute(
        f"SELECT {_SUMS}, total(ended_at IS deleted_at) FROM message INDEXED BY message_siblings"
        f" WHERE conversation_id = ? AND {BILLED}",
        (conversation_id,),
    )
    *sums, titles = row
    found, count = _sums(sums), int(titles)
    return replace(found, replies=found.replies - count, titles=count)


def since(db: sqlite3.Connection, moment: datetime) -> Spent:
    """What the replies cost that ended since then."""
    _teach(db)
    (row,) = db.execute(f"SELECT {_SUMS} FROM message WHERE {BILLED} AND ended_at >= ?", (stored_time(moment),))
    sums = _sums(row)
    return Spent(sums.amounts, sums.unknown)


def months(db: sqlite3.Connection, zone: tzinfo | None = None) -> list[MonthOfModel]:
    """Each month with each model, the newest month first; `zone` None: in the time of this computer."""
    _teach(db)
    (first,) = db.execute(f"SELECT min(ended_at) FROM message WHERE {BILLED}").fetchone()
    if first is None:
        return []
    starts = month_starts(datetime.fromisoformat(first), now(), zone)
    borders = [*map(stored_time, starts), "~"]  # after every time, those of a wrong clock too
    found: list[MonthOfModel] = []
    for month, (begin, end) in zip(starts, pairwise(borders), strict=True):
        rows = db.execute(
            f"SELECT ifnull(model_id, ''), {_SUMS} FROM message WHERE {BILLED} AND ended_at >= ? AND ended_at < ?"
            " GROUP BY 1 ORDER BY 1",
            (begin, end),
        ).fetchall()
        found[:0] = [MonthOfModel(month, row[0], _sums(row[1:])) for row in rows]
    return found


def _teach(db: sqlite3.Connection) -> None:
    db.create_aggregate("exact_sum", 1, _Amount)  # type: ignore[arg-type]


def _sums(row: Sequence[object]) -> Sums:
    replies, given, cached, written, reasoned, unknown = (int(number or 0) for number in row[:6])  # type: ignore[call-overload]
    amounts = zip(CURRENCIES, (Decimal(str(text or 0)) for text in row[6:]), strict=True)
    known = {currency: amount for currency, amount in amounts if amount}
    return Sums(replies, given, cached, written, reasoned, known, unknown)
