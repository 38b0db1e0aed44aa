"""Times of foreign files to ours: seconds since 1970 or ISO text, whatever may stand there."""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any

_NUMBER = re.compile(r"-?\d{9,25}(?:\.\d{1,25})?")


def is_known(moment: datetime) -> bool:
    """It is a time in every zone, with some to spare: one at the very end would break the list of chats it is in."""
    return MINYEAR < moment.year < MAXYEAR


def moment_of(value: Any) -> datetime | None:
    """None for what is no time, or one no clock of ours knows."""
    moment = _moment_of(value)
    return moment if moment is not None and is_known(moment) else None


def _moment_of(value: Any) -> datetime | None:
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(_seconds(value), UTC)
        if isinstance(value, str):
            if _NUMBER.fullmatch(value):
                return datetime.fromtimestamp(_seconds(float(value)), UTC)
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _seconds(value: float) -> float:
    """Some write milliseconds, or a thousandth of those, and of those."""
    for _ in range(3):
        if value > 1e11:
            value /= 1000
    return value
