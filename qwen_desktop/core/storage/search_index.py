"""The search of one history: keeps its index up to date in short slices, and answers from it.

Everything is awaited on the loop and runs on a thread of its own, one slice after the other: a search waits for one
slice at most, and each search first reads what has changed since the last one.  While there is more to read than that,
as after an update of the app, the result says how much is missing.  Turns and lists come first: while their lanes work
no slice begins, one that has begun ends with the message at hand, and the next keeps away from the disk for longer.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.heap import trim
from qwen_desktop.core.long_work import long_work
from qwen_desktop.core.search.found import SearchResult
from qwen_desktop.core.search.matching import Matcher
from qwen_desktop.core.search.query import Query, parse
from qwen_desktop.core.search.tokens import Group, Vocabulary, expression, groups_of, reading_expression
from qwen_desktop.core.storage import indexing
from qwen_desktop.core.storage.database import Lane, unavailable_from_os_error
from qwen_desktop.core.storage.own_file import OwnFile
from qwen_desktop.core.storage.rows import stored_text
from qwen_desktop.core.storage.search import Gathering, Row, gather, narrowed, result_of, tagged_conversations
from qwen_desktop.core.storage.search_file import index_path, open_index, remove_index
from qwen_desktop.core.storage.vocabulary_file import keep_vocabulary, read_vocabulary

T = TypeVar("T")

SLICE_S = 0.015
"""Time of the thread itself, as all times here: a busy machine makes no slice smaller."""
PAUSE_S = 0.015
"""Between two slices, so that what else the app does comes first."""
REST_S = 0.25
"""Between two of them, while prompts are sent or replies come: what one wrote, the next commit may have to wait for."""
LITTLE = 100
"""So many new messages are read before a search answers, however long it takes."""
BEFORE_SEARCH_S = 0.03
"""Of more it reads so long, before it answers from what it has."""
MOST_RECENT = 20_000
"""Tokens that may have come to the index since its vocabulary was kept, before it is kept anew."""

log = logging.getLogger(__name__)


class SearchIndex:
    """The index of the history at `history`; nothing is opened before it is first needed."""

    def __init__(self, history: Path, ahead: Sequence[Lane] = (), own_file: OwnFile | None = None) -> None:
        """`ahead`: whose work comes before what is read in between."""
        self.path = index_path(history)
        self._history = history
        self._ahead = ahead
        is_outdated = (own_file or OwnFile(history)).follower()
        self._lane = Lane("index", self._connect, self.path, is_outdated)
        self._has_mended = False
        # What follows belongs to the thread.
        self._vocabulary: Vocabulary | None = None
        self._versions: tuple[int, int] | None = None
        self._stale: list[int] | None = None
        self._erased_from: indexing.Deleted | None = ("", 0)
        """Up to which deleted message erased ones were looked for since this was made; None: up to the last."""

    def _connect(self) -> sqlite3.Connection:
        self._vocabulary = self._versions = self._stale = None
        try:
            return open_index(self.path, self._history)
        except OSError as error:
            raise unavailable_from_os_error(error, self.path) from error

    async def close(self) -> None:
        """Ends what runs."""
        await self._lane.close()

    # On the loop

    async def search(self, text: str, limit: int) -> SearchResult:
        """Raises StorageUnavailable when the index cannot be used; cancelling ends the work."""
        query = parse(stored_text(text))
        if query.is_empty:
            return SearchResult(query)
        return await self._read(lambda db: self._search(db, query, limit))

    async def catch_up(self) -> None:
        """Read what the index does not know yet, in slices.  Raises StorageUnavailable; cancelling it loses nothing."""
        has_more, given = True, self._given_ahead()
        while has_more:
            if self._is_work_ahead():
                await asyncio.sleep(PAUSE_S)
                continue
            has_more = await self._read(self._slice)
            if has_more:
                await asyncio.sleep(PAUSE_S)
                if given != (given := self._given_ahead()):
                    await asyncio.sleep(REST_S)
        await self._read(self._keep_words)
        if self._vocabulary is None and not self._lane.is_closing:
            # Nobody searches: pages and statements would keep what was read for hours.
            await self._lane.reconnect(trim)

    def _is_work_ahead(self) -> bool:
        return any(lane.is_at_work for lane in self._ahead)

    def _given_ahead(self) -> int:
        return sum(lane.given_count for lane in self._ahead)

    async def warm(self) -> None:
        """Read what every search looks through.  Raises StorageUnavailable."""

        def read(db: sqlite3.Connection) -> None:
            self._look_for_changes(db)
            self._known_words(db)

        await self._read(read)

    async def remove(self) -> None:
        """Delete the index with all the text in it; the next search makes it anew."""
        await self._lane.reconnect(lambda: remove_index(self.path))

    async def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await self._lane.read(job)
        except StorageUnavailable as error:
            if error.reason != "damaged" or self._has_mended:
                raise
        # Once: if it was the history that is damaged, it will be the next time too.
        log.warning("the search index is damaged and is made anew")
        self._has_mended = True
        await self.remove()
        return await self._lane.read(job)

    # On the thread

    def _slice(self, db: sqlite3.Connection) -> bool:
        """Whether there is more to read."""
        until = time.thread_time() + SLICE_S
        with long_work():
            self._read_some(db, lambda: time.thread_time() > until or self._is_work_ahead())
        if not self._stale and self._erased_from is not None:
            self._stale, self._erased_from = indexing.erased_since(db, self._erased_from)
        return bool(self._stale) or self._erased_from is not None

    def _read_some(self, db: sqlite3.Connection, is_over: Callable[[], bool]) -> None:
        self._look_for_changes(db)
        while self._stale and not is_over():
            if indexing.read_conversation(db, self._stale[0], self._vocabulary, is_over):
                self._stale.pop(0)

    def _look_for_changes(self, db: sqlite3.Connection) -> None:
        """Another connection has written to the history, or to the index, since the last look."""
        history, index = (db.execute(f"PRAGMA {name}.data_version").fetchone()[0] for name in ("history", "main"))
        if self._versions is None or self._versions[1] != index:
            self._vocabulary = None
        if self._versions != (history, index):
            self._stale = indexing.stale_conversations(db)
            self._versions = history, index

    def _known_words(self, db: sqlite3.Connection) -> Vocabulary:
        if self._vocabulary is not None and self._vocabulary.recent_count > 2 * MOST_RECENT:
            self._keep_words(db)  # much came, and nobody has caught up
        if self._vocabulary is None:
            self._vocabulary = read_vocabulary(db)
        return self._vocabulary

    def _keep_words(self, db: sqlite3.Connection) -> None:
        with indexing.index_transaction(db):
            if keep_vocabulary(db, MOST_RECENT):
                self._vocabulary = None

    def _search(self, db: sqlite3.Connection, query: Query, limit: int) -> SearchResult:
        self._look_for_changes(db)
        if self._stale:
            is_little = indexing.unread_count(db, self._stale) <= LITTLE
            until = float("inf") if is_little else time.thread_time() + BEFORE_SEARCH_S
            self._read_some(db, lambda: time.thread_time() > until)
        vocabulary = self._known_words(db)
        matchers = [Matcher(term, vocabulary.characters.__contains__) for term in query.terms]
        gathering = Gathering(limit)
        db.execute("BEGIN")  # one moment of the history and of the index
        try:
            tagged = tagged_conversations(db, query, "history")
            if query.is_for_tags_only:
                gathering.add_all(tagged)
                return self._result(db, query, matchers, gathering, limit)
            groups = [groups_of(matcher.text, vocabulary) for matcher in matchers]
            rarest = expression((group for them in groups for group in them), vocabulary)
            self._gather(db, query, tagged, matchers, rarest, gathering, as_reading=False)
            if not gathering.is_full:
                read = [reading_expression(matcher.spellings, matcher.text, vocabulary) for matcher in matchers]
                if any(read):
                    wanted = _with_readings(groups, read, vocabulary)
                    self._gather(db, query, tagged, matchers, wanted, gathering, as_reading=True)
            return self._result(db, query, matchers, gathering, limit)
        finally:
            db.execute("COMMIT")

    def _result(
        self, db: sqlite3.Connection, query: Query, matchers: Sequence[Matcher], gathering: Gathering, limit: int
    ) -> SearchResult:
        unread = indexing.unread_count(db, self._stale) if self._stale else 0
        return result_of(db, query, matchers, gathering, limit, schema="history", unread_count=unread)

    def _gather(
        self,
        db: sqlite3.Connection,
        query: Query,
        tagged: Sequence[int],
        matchers: Sequence[Matcher],
        wanted: str | None,
        gathering: Gathering,
        *,
        as_reading: bool,
    ) -> None:
        texts = () if as_reading else tuple(matcher.text for matcher in matchers)
        if query.terms:
            titles = _titles(db, query, tagged, wanted, texts)
            gather(titles, matchers, gathering, as_reading=as_reading, is_literal=not as_reading)
        messages = _messages(db, query, tagged, wanted, texts)
        gather(messages, matchers, gathering, as_reading=as_reading, is_literal=not as_reading)


def _with_readings(groups: Sequence[list[Group]], read: Sequence[str], vocabulary: Vocabulary) -> str | None:
    """Each term as it was typed, or as a reading; None where the index cannot tell."""
    parts: list[str] = []
    for them, reading in zip(groups, read, strict=True):
        literal = expression(them, vocabulary)
        if literal is not None:
            parts.append(f"(({literal}) OR ({reading}))" if reading else f"({literal})")
        elif reading and len(read) == 1:  # as it was typed it was looked for everywhere already
            parts.append(f"({reading})")
    return " AND ".join(parts) or None


def _source(wanted: str | None, texts: Sequence[str], *, titles: bool) -> tuple[str, list[str], list[object]]:
    """Where candidates come from, the newest first, with its conditions and their values."""
    sign = "<" if titles else ">"
    if wanted:
        # The index gives ids in falling order by itself; the order of the tables is fixed by CROSS JOIN.
        source, conditions = (
            "token CROSS JOIN text t ON t.id = token.rowid",
            [f"token MATCH ? AND token.rowid {sign} 0"],
        )
        values: list[object] = [wanted]
    else:
        source, conditions, values = "text t", [f"t.id {sign} 0"], []
    conditions += ["instr(t.folded, ?)"] * len(texts)
    return source, conditions, [*values, *texts]


def _messages(
    db: sqlite3.Connection, query: Query, tagged: Sequence[int], wanted: str | None, texts: Sequence[str]
) -> Iterator[Row]:
    source, conditions, values = _source(wanted, (), titles=False)
    more, of_them = narrowed(query, "t.created_at", tagged)
    conditions += more
    values += of_them
    for model in query.models:
        conditions.append(
            "(instr(t.model, ?) OR t.role = 'user' AND EXISTS (SELECT 1 FROM text r"
            " CROSS JOIN history.message q ON q.id = r.id"
            " WHERE r.parent_id = t.id AND instr(r.model, ?) AND q.deleted_at IS NULL))"
        )
        values += [model, model]
    if query.has_code:
        conditions.append("t.has_code")
    conditions += ["instr(t.folded, ?)"] * len(texts)
    values += texts
    # Deletion is asked of the history itself, and so is whether the text has changed since it was read.
    rows: Iterator[Row] = db.execute(
        f"SELECT t.id, t.conversation_id, t.folded FROM {source}"
        " CROSS JOIN history.conversation c ON c.id = t.conversation_id"
        " CROSS JOIN history.message m ON m.id = t.id"
        f" WHERE {' AND '.join(conditions)} AND c.deleted_at IS NULL"
        " AND m.deleted_at IS NULL AND ifnull(m.ended_at, m.created_at) = t.stamp"
        f" ORDER BY {'token.rowid' if wanted else 't.id'} DESC",
        values,
    )
    return rows


def _titles(
    db: sqlite3.Connection, query: Query, tagged: Sequence[int], wanted: str | None, texts: Sequence[str]
) -> Iterator[Row]:
    source, conditions, values = _source(wanted, texts, titles=True)
    more, of_them = narrowed(query, "t.created_at", tagged)
    conditions += more
    values += of_them
    of_message = (
        "EXISTS (SELECT 1 FROM text r CROSS JOIN history.message q ON q.id = r.id"
        " WHERE r.conversation_id = t.conversation_id AND {} AND q.deleted_at IS NULL)"
    )
    for model in query.models:
        conditions.append(of_message.format("instr(r.model, ?)"))
        values.append(model)
    if query.has_code:
        conditions.append(of_message.format("r.has_code"))
    rows: Iterator[Row] = db.execute(
        f"SELECT t.id, t.conversation_id, t.folded FROM {source}"
        " CROSS JOIN history.conversation c ON c.id = t.conversation_id"
        f" WHERE {' AND '.join(conditions)} AND c.deleted_at IS NULL AND c.title = t.stamp"
        f" ORDER BY {'token.rowid' if wanted else 't.id'} ASC",
        values,
    )
    return rows
