"""What is known of models to the words the picker shows: rows with a price in short and in full, and the foot line.

No Qt beside the rows' own type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qwen_desktop.core.chat.price import FREE, symbol_of
from qwen_desktop.core.providers.catalogue import Thinking
from qwen_desktop.core.providers.descriptions import description, search_words
from qwen_desktop.core.words import tr
from qwen_desktop.ui.models.model_list import ModelRow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from qwen_desktop.core.chat.price import Price
    from qwen_desktop.core.providers.catalogue import Abilities

OWN_MARK = "*"
"""Behind a price that is the user's own."""


def model_row(
    model_id: str,
    known: Abilities,
    price: Price | None,
    *,
    can_search: bool,
    is_unlisted: bool = False,
    is_here: bool = False,
) -> ModelRow:
    """`can_search`: it can where it is asked.  `is_here`: it runs on this computer."""
    words = description(model_id)
    if is_here:
        words = " · ".join(part for part in (tr("on this computer"), words) if part)
    return ModelRow(
        model_id,
        words,
        can_think=known.thinking not in ((Thinking.NEVER,) if known.is_known else (Thinking.NEVER, Thinking.UNKNOWN)),
        context_tokens=known.context_tokens,
        can_search=can_search,
        can_see=bool(known.vision),
        price=short_price(price),
        price_sentence=_price_sentence(price),
        is_unlisted=is_unlisted,
        search_words=search_words(known),
    )


def short_price(price: Price | None) -> str:
    """Input and output of the cheapest requests, per million tokens: '¥2 / 8', 'from ¥0.8 / 2' where others cost more;
    '' where it is not known or nothing is paid."""
    if price is None or price is FREE:
        return ""
    first = price.steps[0]
    words = f"{symbol_of(price.currency)}{_number(first.input)} / {_number(first.output)}"
    if not _is_flat(price):
        words = tr("from {price}", price=words)
    return words if price.priced_on is not None else words + OWN_MARK


def foot_words(prices: Iterable[Price | None], *, is_demo: bool = False) -> str:
    """What the prices of the rows are, and of which day; that there are none."""
    known = [price for price in prices if price is not None]
    paid = [price for price in known if price is not FREE]
    if not paid:
        return tr("Nothing is paid per token here") if known else tr("No prices are known here")
    days = sorted({price.priced_on for price in paid if price.priced_on is not None})
    symbols = " ".join(sorted({symbol_of(price.currency).strip() for price in paid}, reverse=True))
    parts = [tr("{currency} per million tokens, in / out", currency=symbols)]
    if len(days) == 1:
        parts.append(tr("prices of {day}", day=days[0].isoformat()))
    elif days:
        parts.append(tr("prices of {first} to {last}", first=days[0].isoformat(), last=days[-1].isoformat()))
    if any(price.priced_on is None for price in paid):
        parts.append(tr("{mark} your own price", mark=OWN_MARK))
    if is_demo:
        parts.append(tr("the demo costs nothing"))
    return " · ".join(parts)


def _is_flat(price: Price) -> bool:
    """All requests cost the same per token."""
    return len(price.steps) == 1 and price.steps[0].up_to is None and price.steps[0].thinking == price.steps[0].output


def _price_sentence(price: Price | None) -> str:
    if price is None:
        return tr("price not known")
    if price is FREE:
        return tr("nothing is paid per token")
    symbol, first = symbol_of(price.currency), price.steps[0]
    costs_in, costs_out = symbol + _number(first.input), symbol + _number(first.output)
    said = [tr("{input} per million tokens of input, {output} of output", input=costs_in, output=costs_out)]
    if first.thinking != first.output:
        said.append(tr("{output} of output when it thinks", output=symbol + _number(first.thinking)))
    if first.up_to is not None:
        said.append(tr("more above {tokens} tokens of input", tokens=f"{first.up_to:,}"))
    if price.priced_on is None:
        said.append(tr("your own price"))
    return ", ".join(said)


def _number(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
