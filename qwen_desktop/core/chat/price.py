"""Usage and a price to what a reply cost, exactly, and a guess of what a request's input will cost.

Amounts are decimal numbers, never floats.  A cost is frozen with its currency and the date of its price, so that a
later price changes nothing that was paid.  Where no price is known there is no cost: None, not zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation

from qwen_desktop.core.chat.message import Cost, Usage
from qwen_desktop.core.errors import SettingsInvalid

_SYMBOLS = {"CNY": "¥", "USD": "$"}
CURRENCIES = tuple(_SYMBOLS)
_CNY = {"CNY": 1.0, "USD": 8.0}
_PER_TOKENS = -6
"""Prices are per million tokens."""
_PER_SEARCHES = -3
DEFAULT_CACHED_SHARE = Decimal("0.2")
"""Of the input's price, for input that came from the service's own (implicit) cache."""

MOST_PER_MILLION = 1_000_000
"""No price is higher; one that is, is a slip."""


@dataclass(frozen=True, slots=True)
class Step:
    """Prices for requests up to a length, in the currency's whole unit per million tokens."""

    input: Decimal
    output: Decimal
    cached: Decimal
    """Input the service had in its cache."""
    thinking: Decimal
    """Output of a reply that thought: its reasoning and its text alike."""
    up_to: int | None = None
    """Most input tokens of a request, cached ones included; None: no end."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one model costs at one service."""

    currency: str
    """One of CURRENCIES."""
    steps: tuple[Step, ...]
    """Shortest requests first.  The step that fits holds for all tokens of the request."""
    priced_on: date | None
    """When it was read; None: the user's own."""
    searches: Mapping[str, Decimal] = field(default_factory=dict)
    """What 1,000 searches of the web cost besides the tokens, by the service's word for their kind."""

    def step_for(self, input_tokens: int) -> Step | None:
        """None: what so long a request costs is not known."""
        return next((step for step in self.steps if step.up_to is None or input_tokens <= step.up_to), None)


FREE = Price(CURRENCIES[0], (Step(Decimal(0), Decimal(0), Decimal(0), Decimal(0)),), None)
"""Of a server that the user runs: nothing is paid per token."""


def cost_of(
    usage: Usage | None,
    price: Price | None,
    *,
    has_thought: bool,
    may_have_searched: bool = False,
    is_demo: bool = False,
) -> Cost | None:
    """The cost of one reply; None when the service counted nothing, or the price is not known.

    `has_thought`: reasoning came, whether or not it was counted.  `may_have_searched`: it was allowed to; unless the
    service counted the searches, and what one costs is known, the cost is the least.  The demo costs nothing, and has
    no cost either."""
    if price is FREE and not is_demo:
        return Cost(Decimal(0), price.currency, None)
    if is_demo or price is None or usage is None or usage.input_tokens is None or usage.output_tokens is None:
        return None
    step = price.step_for(usage.input_tokens)
    if step is None:
        return None
    cached_tokens = min(max(usage.cached_tokens or 0, 0), usage.input_tokens)
    has_thought = has_thought or bool(usage.reasoning_tokens)
    amount = (usage.input_tokens - cached_tokens) * step.input + cached_tokens * step.cached
    amount += usage.output_tokens * (step.thinking if has_thought else step.output)
    fee = _search_fee(usage, price, may_have_searched)
    amount = amount.scaleb(_PER_TOKENS) + (fee or 0)
    return Cost(amount, price.currency, price.priced_on, is_least=fee is None)


def _search_fee(usage: Usage, price: Price, may_have_searched: bool) -> Decimal | None:
    """What the searches cost besides the tokens; None: not known."""
    if usage.searches is None:
        return None if may_have_searched else Decimal(0)
    if not usage.searches:
        return Decimal(0)
    fee = price.searches.get(usage.search_strategy)
    return None if fee is None else (fee * usage.searches).scaleb(_PER_SEARCHES)


def together(one: Cost | None, other: Cost | None) -> Cost | None:
    """What two generations of one reply cost, the later one second; what is known of them where one is not known.

    Different currencies are not added up: then it is the first's, or more."""
    if one is None or other is None:
        known = other if one is None else one
        return None if known is None else replace(known, is_least=True)
    if one.currency != other.currency:
        return replace(one, is_least=True)
    return Cost(one.amount + other.amount, one.currency, other.priced_on, one.is_least or other.is_least)


def input_cny(input_tokens: int, price: Price | None) -> float | None:
    """About what so much input costs in ¥, for rules that have a limit in ¥; None: not known.

    A dollar counts as ¥8, which is more than it is."""
    step = None if price is None else price.step_for(input_tokens)
    if price is None or step is None:
        return None
    return float((input_tokens * step.input).scaleb(_PER_TOKENS)) * _CNY[price.currency]


def own_prices(table: Mapping[str, object]) -> tuple[dict[str, Price], list[SettingsInvalid]]:
    """A user's prices as they stand in the settings, by model id, and what cannot be used of them.

    Each is a table of `input` and `output`, per million tokens, and as one likes `cached`, `thinking` and `currency`
    (CNY where it is missing).  Numbers may be written as text; floats are taken as they are written, not as they are
    stored."""
    prices: dict[str, Price] = {}
    notices: list[SettingsInvalid] = []
    for model_id, row in table.items():
        try:
            prices[model_id] = _own_price(row)
        except ValueError as error:
            notices.append(SettingsInvalid(str(error), name=f"prices.{model_id}"))
    return prices, notices


def _own_price(row: object) -> Price:
    if not isinstance(row, Mapping):
        raise ValueError("a price is a table with input and output")
    if unknown := set(row) - {"input", "output", "cached", "thinking", "currency"}:
        raise ValueError(f"a price has no {min(map(str, unknown))}")
    currency = row.get("currency", CURRENCIES[0])
    if currency not in CURRENCIES:
        raise ValueError(f"the currency is one of {', '.join(CURRENCIES)}")
    input_price, output_price = _own_amount(row, "input"), _own_amount(row, "output")
    if input_price is None or output_price is None:
        raise ValueError("a price has input and output")
    cached, thinking = _own_amount(row, "cached"), _own_amount(row, "thinking")
    step = Step(
        input_price,
        output_price,
        input_price * DEFAULT_CACHED_SHARE if cached is None else cached,
        output_price if thinking is None else thinking,
    )
    return Price(currency, (step,), None)


def _own_amount(row: Mapping[object, object], name: str) -> Decimal | None:
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ValueError(f"{name} is a number")
    try:
        amount = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"{name} is a number") from error
    if not amount.is_finite() or not 0 <= amount <= MOST_PER_MILLION:
        raise ValueError(f"{name} is a number from 0 to {MOST_PER_MILLION}")
    return amount


def symbol_of(currency: str) -> str:
    """What is written before an amount."""
    return _SYMBOLS.get(currency, currency + " ")


def amount_words(amount: Decimal, currency: str) -> str:
    """An amount as it is shown, such as "¥0.0034", "¥12.50": two figures that count, where it is small."""
    symbol = symbol_of(currency)
    if not amount:
        return f"{symbol}0"
    if amount >= Decimal("0.1"):
        return f"{symbol}{amount:.2f}"
    places = min(2 - (amount.adjusted() + 1), 8)
    smallest = Decimal(1).scaleb(-places)
    return f"{symbol}{max(amount.quantize(smallest), smallest):f}"
