"""Times of foreign files to ours: seconds since 1970 or ISO text, whatever may stand there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def moment_of(value: Any) -> datetime | None:
    """None for what is no time, or one no clock of ours knows."""
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            seconds = value / 1000 if value > 1e11 else value  # milliseconds, as some write them
            return datetime.fromtimestamp(seconds, UTC)
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None
