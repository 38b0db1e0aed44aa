"""When the bin was swept, in a small file, to the moment before which it may be erased: a clock that is wrong for one
run of the app erases nothing.

What was deleted is erased when two sweeps of different runs, a week of the clock apart, both find it old enough.  A
sweep that lies in the future was made by a wrong clock, and counts as none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qwen_desktop.core.chat.conversation import KEPT_FOR
from qwen_desktop.core.whole_file import write_whole

APART = timedelta(days=7)
_NOTED_EVERY = timedelta(days=1)
_MOST_BYTES = 10_000
_NEVER = datetime.min.replace(tzinfo=UTC)


class Sweeps:
    """Those of one run of the app and of the runs before it."""

    def __init__(self, path: Path) -> None:
        """`path`: the file, which need not be there."""
        self._path = path
        self._before_this_run: list[datetime] | None = None

    def expired_before(self, now: datetime) -> datetime:
        """Note a sweep, and tell before which moment a thing must have been deleted to be erased by it.  Blocks for the
        disk; one that refuses only means that things are kept for longer."""
        noted = [one for one in _read(self._path) if one <= now]
        if self._before_this_run is None:
            self._before_this_run = noted
        self._before_this_run = [one for one in self._before_this_run if one <= now]
        if not noted or now - max(noted) >= _NOTED_EVERY:
            _write(self._path, [*noted, now])
        confirmed = max((one for one in self._before_this_run if one <= now - APART), default=None)
        return _NEVER if confirmed is None else confirmed - KEPT_FOR


def _read(path: Path) -> list[datetime]:
    found: object = None
    with suppress(OSError, ValueError, RecursionError), path.open("rb") as file:
        found = json.loads(file.read(_MOST_BYTES))
    texts = found.get("swept_at") if isinstance(found, dict) else None
    return sorted(_times(texts)) if isinstance(texts, list) else []


def _times(texts: list[object]) -> Iterator[datetime]:
    for text in texts:
        with suppress(TypeError, ValueError, OverflowError):
            one = datetime.fromisoformat(text).astimezone(UTC)  # type: ignore[arg-type]
            if one.year >= 1970:
                yield one


def _write(path: Path, times: list[datetime]) -> None:
    """The newest that is a week old, and all after it, are what later sweeps can need."""
    old = [one for one in times if one <= times[-1] - APART]
    kept = old[-1:] + times[len(old) :]
    with suppress(OSError):
        write_whole(path, json.dumps({"version": 1, "swept_at": [one.isoformat() for one in kept]}).encode())
