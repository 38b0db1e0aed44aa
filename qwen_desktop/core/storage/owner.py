"""Process ids to "is it still there": who owns a running turn, so that recovery touches only turns of the dead.

A process id alone is not enough: it is reused.  With the moment the process started it names one process for ever.  The
instance id tells several histories of one process apart.
"""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass

from qwen_desktop.core.process_start import process_started

_open_here: set[str] = set()
"""Instance ids of this process whose history is open."""


@dataclass(frozen=True, slots=True)
class Owner:
    """One open history in one process."""

    instance_id: str
    process_id: int
    process_started: str
    """Text to compare, without meaning elsewhere; empty where the platform does not tell."""

    @classmethod
    def current(cls) -> Owner:
        """A new owner in this process; on Linux and Windows it costs microseconds, elsewhere one call of `ps`."""
        return cls(uuid.uuid4().hex, os.getpid(), process_started(os.getpid()) or "")

    def opened(self) -> None:
        """Its history is open in this process."""
        _open_here.add(self.instance_id)

    def closed(self) -> None:
        """Its history was closed: what it left running belongs to nobody."""
        _open_here.discard(self.instance_id)

    def is_alive(self) -> bool:
        """Whether the turns it owns may still be running; in doubt they are, since a live reply must not be touched."""
        if self.process_id == os.getpid():
            started = process_started(self.process_id) or ""
            return started == self.process_started and self.instance_id in _open_here
        started_now = process_started(self.process_id)
        if started_now is None:
            return False
        return not (started_now and self.process_started) or started_now == self.process_started
