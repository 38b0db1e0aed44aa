"""What was uploaded to the links that lead to it, for as long as they live; in memory, for one process.

A link is good for 48 hours, and only for the account and the model it was made for, so these belong to its name.
Source: https://help.aliyun.com/zh/model-studio/get-temporary-file-url (read 2026-11-23).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

LIFE_S = 46 * 3600.0
"""Two hours less than the service promises: a reply may take its time."""
MOST_LINKS = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """For whom a link is good."""

    host: str
    model_id: str
    account: bytes
    """Tells keys apart without being one (see `PictureLinks.place`)."""


class PictureLinks:
    """Links by place and digest of the picture.  Used on one loop."""

    def __init__(self, *, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._salt = os.urandom(16)
        self._links: dict[tuple[Place, str], tuple[str, float]] = {}

    def place(self, host: str, model_id: str, api_key: str | None) -> Place:
        """The key's salted digest, which is worth nothing outside of this process."""
        account = hashlib.blake2b((api_key or "").encode(), key=self._salt, digest_size=16).digest()
        return Place(host, model_id, account)

    def find(self, place: Place, digest: str) -> str | None:
        """A link that still lives; a clock that was set back makes one look too young, and it counts as dead."""
        url, uploaded_at = self._links.get((place, digest), ("", 0.0))
        return url if url and 0 <= self._now() - uploaded_at < LIFE_S else None

    def keep(self, place: Place, digest: str, url: str) -> None:
        self._links.pop((place, digest), None)
        self._links[place, digest] = url, self._now()
        while len(self._links) > MOST_LINKS:
            del self._links[next(iter(self._links))]

    def forget(self, place: Place, digest: str) -> None:
        """The service says that the link is dead."""
        self._links.pop((place, digest), None)
