"""What a copy of the history is, what a history holds, and how much room all data take: values, without the disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

DAILY = "daily"
BY_HAND = "by-hand"
BEFORE_RESTORE = "before-restore"
BEFORE_SCHEMA = "before-schema-"
KEPT = 7
"""Of the daily ones the last this many, and as many of all others together."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One whole copy of the history."""

    path: Path
    made_at: datetime
    """UTC, aware."""
    label: str
    """DAILY, BY_HAND, BEFORE_RESTORE, or BEFORE_SCHEMA with the number of the schema that was new then."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What a history holds, without what was deleted."""

    conversations: int
    messages: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the data folder, in bytes."""

    history: int
    backups: int
    attachments: int
    everything: int
