"""What a month has cost, what a request is going to cost, and the user's cap: whether it may be sent.

The rule: a reply belongs to the calendar month, in the time of this computer, in which it ended; one that is continued
later belongs to the later month whole.  Deleted replies count, the demo does not.  Added are what is under way and a
guess of what is to be sent: its input, guessed high, and a reply of ESTIMATED_REPLY_TOKENS.  A running reply is never
cut off, so a month can go over its cap by the length of replies.  Amounts in the cap's other currency are converted
so that they count for more than they are: $1 as ¥8, ¥1 as $0.16.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Protocol

from qwen_desktop.core.chat.message import Cost
from qwen_desktop.core.chat.price import Price, amount_words
from qwen_desktop.core.errors import MonthlyCapReached

ESTIMATED_REPLY_TOKENS = 1_000
_RATES = {("USD", "CNY"): Decimal(8), ("CNY", "USD"): Decimal("0.16")}


@dataclass(frozen=True, slots=True)
class Cap:
    """The most a month may cost."""

    amount: Decimal
    """Above 0."""
    currency: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What replies have cost together."""

    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    """By currency, of those whose cost is known."""
    unknown: int = 0
    """Replies whose cost is not known, or not wholly."""


class Ledger(Protocol):
    """Who knows what was spent."""

    async def spent_since(self, moment: datetime) -> Spent: ...


def month_start(moment: datetime, zone: tzinfo | None = None) -> datetime:
    """When the calendar month began that an aware `moment` is in; `zone` None: in the time of this computer."""
    first = moment.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    # The offset on the first may be another one than now.
    return first if zone is not None else first.replace(tzinfo=None).astimezone()


def month_starts(first: datetime, last: datetime, zone: tzinfo | None = None) -> list[datetime]:
    """When each month began from the one `first` is in to the one `last` is in, oldest first."""
    starts = [month_start(first, zone)]
    while (following := month_start(starts[-1] + timedelta(days=32), zone)) <= last:
        starts.append(following)
    return starts


def estimated_cost(input_tokens: int, price: Price | None) -> Cost | None:
    """About what a request with so much input costs with its reply; None: not known."""
    step = None if price is None else price.step_for(input_tokens)
    if price is None or step is None:
        return None
    amount = (input_tokens * step.input + ESTIMATED_REPLY_TOKENS * max(step.output, step.thinking)).scaleb(-6)
    return Cost(amount, price.currency, price.priced_on)


def in_currency(amount: Decimal, currency: str, wanted: str) -> Decimal:
    """Converted so that it counts for more than it is."""
    return amount if currency == wanted else amount * _RATES[currency, wanted]


def check(cap: Cap, spent: Spent, estimate: Cost | None, under_way: Iterable[Cost] = ()) -> None:
    """Raises MonthlyCapReached when the month would cost more than the cap with what is to be sent.

    What is to be sent without a known price is sent as long as the known rest is below the cap."""
    known = sum((in_currency(amount, currency, cap.currency) for currency, amount in spent.amounts.items()), Decimal(0))
    known += sum((in_currency(cost.amount, cost.currency, cap.currency) for cost in under_way), Decimal(0))
    more = Decimal(0) if estimate is None else in_currency(estimate.amount, estimate.currency, cap.currency)
    is_over = known >= cap.amount if estimate is None else more > 0 and known + more > cap.amount
    if is_over:
        raise MonthlyCapReached(
            cap=amount_words(cap.amount, cap.currency),
            spent=amount_words(known, cap.currency),
            estimate=amount_words(more, cap.currency) if more else "",
            unknown=spent.unknown,
        )
