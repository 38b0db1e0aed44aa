"""What many replies took together, in tokens and money: of a conversation, of a month with a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Sums:
    """Of some replies."""

    replies: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)
    """By currency, of the replies whose cost is known; without those that cost nothing."""
    unknown: int = 0
    """Replies whose cost is not known, or not wholly."""
    titles: int = 0
    """Titles by a model.  Of a conversation only: in a month each is one of the replies."""


@dataclass(frozen=True, slots=True)
class MonthOfModel:
    """One row of the table of months."""

    month: datetime
    """When it began."""
    model_id: str
    sums: Sums
