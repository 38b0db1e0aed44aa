"""`resources/prices.toml` to prices by list and model id, and what searches cost; amounts exactly as they are written.

The file is part of the app: a mistake in it is our own and raises msgspec.ValidationError or ValueError, which a test
finds first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from qwen_desktop.core.chat.price import CURRENCIES, Price, Step
from qwen_desktop.core.paths import resources

NAME = "prices.toml"


class _Step(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    input: Decimal
    output: Decimal
    cached: Decimal | None = None
    thinking: Decimal | None = None
    up_to: int | None = None


class _Prices(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    name: str = msgspec.field(name="list")
    currency: str
    read_on: date = msgspec.field(name="date")
    source: list[str]
    cached_share: Decimal
    of: dict[str, list[_Step]]


class _Searches(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    name: str = msgspec.field(name="list")
    currency: str
    read_on: date = msgspec.field(name="date")
    source: list[str]
    per_1000: dict[str, Decimal]


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    sources: dict[str, str]
    searches: list[_Searches]
    prices: list[_Prices]


class PriceLists(msgspec.Struct, frozen=True):
    """The file."""

    models: dict[str, dict[str, Price]]
    """By list and model id, in lower case."""
    searches: dict[tuple[str, str], dict[str, Decimal]]
    """What 1,000 searches cost, by list and currency, and kind."""


def read(text: str | None = None) -> PriceLists:
    """The lists of `text`, by default of the file the app was shipped with."""
    if text is None:
        text = (resources() / NAME).read_text(encoding="utf-8")
    file = msgspec.convert(tomllib.loads(text, parse_float=Decimal), _File)
    lists: dict[str, dict[str, Price]] = {}
    fees = {(block.name, block.currency): block.per_1000 for block in file.searches}
    blocks: tuple[_Searches | _Prices, ...] = (*file.searches, *file.prices)
    for block in blocks:
        if block.currency not in CURRENCIES:
            raise ValueError(f"unknown currency {block.currency}")
        if unknown := set(block.source) - set(file.sources):
            raise ValueError(f"unknown sources {unknown}")
        if isinstance(block, _Prices):
            searches = fees.get((block.name, block.currency), {})
            prices = {model: _price(steps, block, searches) for model, steps in block.of.items()}
            lists.setdefault(block.name, {}).update(prices)
    return PriceLists(lists, fees)


def _price(steps: list[_Step], block: _Prices, searches: Mapping[str, Decimal]) -> Price:
    return Price(
        block.currency,
        tuple(
            Step(
                step.input,
                step.output,
                step.input * block.cached_share if step.cached is None else step.cached,
                step.output if step.thinking is None else step.thinking,
                step.up_to,
            )
            for step in steps
        ),
        block.read_on,
        searches,
    )
