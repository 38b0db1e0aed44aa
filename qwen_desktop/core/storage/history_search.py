"""The search of one history: its index where there is one, else a look through all texts."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.storage import tree
from qwen_desktop.core.storage.database import Lane

if TYPE_CHECKING:
    from qwen_desktop.core.search.found import SearchResult
    from qwen_desktop.core.storage.own_file import OwnFile
    from qwen_desktop.core.storage.search_index import SearchIndex

log = logging.getLogger(__name__)


class HistorySearch:
    """Everything is awaited on the loop and runs on the history's lane of searches, or the index's own."""

    def __init__(
        self,
        path: Path | None,
        searcher: Lane,
        ahead: tuple[Lane, ...],
        own_file: OwnFile | None,
        rest: Callable[[], None],
    ) -> None:
        """`path` None: a history in memory, which has no index.  The work of the lanes `ahead` goes before the
        index's; `rest` is called when there is a moment of rest."""
        self._path = path
        self._searcher = searcher
        self._ahead = ahead
        self._own_file = own_file
        self._rest = rest
        self._index: SearchIndex | None = None
        self._is_closed = False

    async def find(self, text: str, limit: int = 100) -> SearchResult:
        """What matches words and filters (see `query`) in titles and messages.  Cancelling it ends the work."""
        if (index := await self._ready_index()) is not None:
            try:
                return await index.search(text, limit)
            except StorageUnavailable as error:
                if self._is_closed:
                    raise
                log.warning("the search index cannot be used (%s); searching without it", error.reason or "io")

        def read(db: sqlite3.Connection) -> SearchResult:
            from qwen_desktop.core.storage.search import scan

            return scan(db, text, limit)

        return await self._searcher.read(read)

    async def catch_up(self) -> None:
        """Read into the index what it does not know yet, in short slices; searches in between are answered."""
        if (index := await self._ready_index()) is not None:
            self._rest()  # what was read and written will not be asked for soon
            try:
                await index.catch_up()
            except StorageUnavailable as error:  # searches do without it
                if not self._is_closed:
                    log.warning("the search index cannot be written (%s)", error.reason or "io")

    async def warm(self) -> None:
        """Read what the first search needs, so that it is as quick as the others."""
        if (index := await self._ready_index()) is not None:
            try:
                await index.warm()
            except StorageUnavailable as error:
                log.debug("the search index cannot be read (%s)", error.reason or "io")

    async def forget(self) -> None:
        """Delete the index with all text in it, as when everything is deleted; a search makes it anew."""
        if (index := await self._ready_index()) is not None:
            await index.remove()

    async def places_in(self, message_id: int, text: str) -> list[tuple[int, int]]:
        """Where in the exact text of a message what is searched for is.  Raises LookupError."""

        def read(db: sqlite3.Connection) -> list[tuple[int, int]]:
            from qwen_desktop.core.storage.search import places_of

            return places_of(text, tree.read_message(db, message_id).text)

        return await self._searcher.read(read)

    async def close(self) -> None:
        self._is_closed = True
        if self._index is not None:
            await self._index.close()

    async def _ready_index(self) -> SearchIndex | None:
        """Its modules are read some time after the start, and the loop does not wait for that."""
        if self._index is None and self._path is not None:
            await asyncio.to_thread(_import_index)
        return self._made_index()

    def _made_index(self) -> SearchIndex | None:
        """Made when it is first asked for."""
        if self._index is None and self._path is not None and not self._is_closed:
            from qwen_desktop.core.storage.search_index import SearchIndex

            self._index = SearchIndex(self._path, ahead=self._ahead, own_file=self._own_file)
        return self._index


def _import_index() -> None:
    import qwen_desktop.core.storage.search_index  # noqa: F401
