"""A query to what is found: from the index (`search_index`), or by looking through all texts where there is none.

Words, phrases and filters hold for one text: a message, or a title.  A title passes `model:` and `has:code` when a
message of its conversation does; `tag:` is asked of the conversation.  All branches are searched; what is deleted is
not.  Everything runs on a connection that gives up within milliseconds when nobody waits for the answer.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.search.folding import fold
from qwen_desktop.core.search.found import (
    Excerpt,
    FoundConversation,
    FoundMessage,
    SearchResult,
    excerpt,
    marked_places,
    title_excerpt,
)
from qwen_desktop.core.search.matching import Matcher, Place
from qwen_desktop.core.search.query import Query, parse
from qwen_desktop.core.storage.indexing import has_code
from qwen_desktop.core.storage.rows import SUMMARY_COLUMNS, stored_text, stored_time, summary_from, tags_from

MESSAGES_SHOWN = 3
"""Of one conversation."""
SHOWN_IN_FULL = 10
"""Of conversations after these, one message is shown."""
MESSAGES_PER_CONVERSATION = 40
"""A search has enough when it has seen so many messages for each conversation asked for."""
FEW_TAGGED = 500

Row = tuple[int, int, str]
"""Id of a message, or of a conversation made negative for its title; the conversation; the folded text."""


@dataclass(slots=True)
class _Found:
    is_literal: bool
    count: int = 0
    message_ids: list[int] = field(default_factory=list)


class Gathering:
    """What was found so far, by conversation."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._most = max(1, limit) * MESSAGES_PER_CONVERSATION
        self._seen: set[int] = set()
        self.conversations: dict[int, _Found] = {}
        self.is_cut = False

    @property
    def is_full(self) -> bool:
        if len(self.conversations) > self._limit or len(self._seen) >= self._most:
            self.is_cut = True
        return self.is_cut

    def add(self, text_id: int, conversation_id: int, *, is_literal: bool) -> None:
        if text_id in self._seen:
            return
        self._seen.add(text_id)
        found = self.conversations.setdefault(conversation_id, _Found(is_literal))
        if text_id > 0:
            found.count += 1
            if len(found.message_ids) < MESSAGES_SHOWN:
                found.message_ids.append(text_id)

    def add_all(self, conversation_ids: Iterable[int]) -> None:
        """As many as there is room for, as wholes."""
        for one in conversation_ids:
            self.add(-one, one, is_literal=True)
            if self.is_full:
                return


def gather(
    rows: Iterable[Row], matchers: Sequence[Matcher], gathering: Gathering, *, as_reading: bool, is_literal: bool
) -> None:
    """Take rows until there are enough; each is looked at once more."""
    if gathering.is_full:
        return
    for text_id, conversation_id, folded in rows:
        if all(matcher.is_in(folded, as_reading=as_reading) for matcher in matchers):
            gathering.add(text_id, conversation_id, is_literal=is_literal)
            if gathering.is_full:
                return


def result_of(
    db: sqlite3.Connection,
    query: Query,
    matchers: Sequence[Matcher],
    gathering: Gathering,
    limit: int,
    *,
    schema: str = "main",
    unread_count: int = 0,
) -> SearchResult:
    """With the conversations and the pieces of text that are shown; `schema`: where the history's tables are."""
    found: list[tuple[bool, FoundConversation]] = []
    summaries = db.cursor()
    summaries.row_factory = sqlite3.Row
    wanted = []
    for conversation_id, one in gathering.conversations.items():
        row = summaries.execute(
            f"SELECT {SUMMARY_COLUMNS} FROM {schema}.conversation c WHERE c.id = ?", (conversation_id,)
        ).fetchone()
        if row is not None:
            wanted.append((one, summary_from(row)))
    wanted.sort(key=lambda pair: (pair[0].is_literal, pair[1].updated_at, pair[1].id), reverse=True)
    for number, (one, summary) in enumerate(wanted[:limit]):
        shown = one.message_ids if number < SHOWN_IN_FULL else one.message_ids[:1]
        messages = tuple(_message(db, schema, message_id, matchers) for message_id in shown)
        title = title_excerpt(summary.title, matchers) if matchers else Excerpt(summary.title)
        found.append((one.is_literal, FoundConversation(summary, title, messages, one.count)))
    return SearchResult(query, tuple(one for _, one in found), gathering.is_cut, unread_count)


def _message(db: sqlite3.Connection, schema: str, message_id: int, matchers: Sequence[Matcher]) -> FoundMessage:
    role, created_at, text = db.execute(
        f"SELECT role, created_at, text FROM {schema}.message WHERE id = ?", (message_id,)
    ).fetchone()
    return FoundMessage(message_id, Role(role), datetime.fromisoformat(created_at), excerpt(text, fold(text), matchers))


def scan(db: sqlite3.Connection, text: str, limit: int) -> SearchResult:
    """Look through every text, the newest first: for a history in memory, or when the index cannot be used."""
    query = parse(stored_text(text))
    if query.is_empty:
        return SearchResult(query)
    matchers = [Matcher(term) for term in query.terms]
    db.create_function("folded", 1, lambda text: fold(text or ""), deterministic=True)
    db.create_function("has_code", 1, lambda text: has_code(text or ""), deterministic=True)
    gathering = Gathering(limit)
    tagged = tagged_conversations(db, query)
    if query.is_for_tags_only:
        gathering.add_all(tagged)
    for as_reading in (False, True):
        if query.is_for_tags_only or (as_reading and not any(matcher.spellings for matcher in matchers)):
            break
        for rows in (_all_titles(db, query, tagged), _all_messages(db, query, tagged)):
            gather(rows, matchers, gathering, as_reading=as_reading, is_literal=not as_reading)
    return result_of(db, query, matchers, gathering, limit)


_HAS_MODEL = (
    "EXISTS (SELECT 1 FROM message r WHERE r.{key} = {of} AND r.deleted_at IS NULL AND instr(folded(r.model_id), ?))"
)


def _all_messages(db: sqlite3.Connection, query: Query, tagged: Sequence[int]) -> Iterator[Row]:
    conditions, values = narrowed(query, "m.created_at", tagged)
    for model in query.models:
        of_reply = _HAS_MODEL.format(key="parent_id", of="m.id")
        conditions.append(f"(instr(folded(m.model_id), ?) OR m.role = 'user' AND {of_reply})")
        values += [model, model]
    if query.has_code:
        conditions.append("has_code(m.text)")
    where = "".join(f" AND {condition}" for condition in conditions)
    rows = db.execute(
        "SELECT m.id, m.conversation_id, m.text FROM message m JOIN conversation c ON c.id = m.conversation_id"
        f" WHERE m.deleted_at IS NULL AND c.deleted_at IS NULL{where} ORDER BY m.id DESC",
        values,
    )
    return ((text_id, conversation_id, fold(text)) for text_id, conversation_id, text in rows)


def _all_titles(db: sqlite3.Connection, query: Query, tagged: Sequence[int]) -> Iterator[Row]:
    if not query.terms:
        return iter(())
    conditions, values = narrowed(query, "c.created_at", tagged)
    for model in query.models:
        conditions.append(_HAS_MODEL.format(key="conversation_id", of="c.id"))
        values.append(model)
    if query.has_code:
        conditions.append(
            "EXISTS (SELECT 1 FROM message r WHERE r.conversation_id = c.id AND r.deleted_at IS NULL"
            " AND has_code(r.text))"
        )
    where = "".join(f" AND {condition}" for condition in conditions)
    rows = db.execute(
        f"SELECT c.id, c.title FROM conversation c WHERE c.deleted_at IS NULL{where} ORDER BY c.id DESC", values
    )
    return ((-conversation_id, conversation_id, fold(title)) for conversation_id, title in rows)


def tagged_conversations(db: sqlite3.Connection, query: Query, schema: str = "main") -> list[int]:
    """Those with the tags that are asked for, the latest first; none where none are."""
    if not query.tags:
        return []
    rows = db.execute(
        f"SELECT id, tags FROM {schema}.conversation WHERE tags IS NOT NULL AND deleted_at IS NULL"
        " ORDER BY updated_at DESC, id DESC"
    )
    takes: dict[str, bool] = {}
    """Many conversations have the same tags."""
    found = []
    for conversation_id, stored in rows:
        if stored not in takes:
            takes[stored] = query.takes(tags_from(stored))
        if takes[stored]:
            found.append(conversation_id)
    return found


def narrowed(query: Query, column: str, tagged: Sequence[int]) -> tuple[list[str], list[object]]:
    """The conditions of `before:`, `after:` and `tag:`, and their values; `c` is the conversation."""
    conditions: list[str] = []
    values: list[object] = []
    for moment, comparison in ((query.before, "<"), (query.after, ">=")):
        if moment is not None:
            conditions.append(f"{column} {comparison} ?")
            values.append(stored_time(moment))
    if query.tags:
        # A few lead to their texts by the index; of many, texts are asked whether they are of one of them.
        conditions.append(f"{'' if len(tagged) <= FEW_TAGGED else '+'}c.id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(tagged))
    return conditions, values


def places_of(text: str, message_text: str) -> list[Place]:
    """Where in the exact text of a message what is searched for with `text` is; pure."""
    return marked_places(message_text, [Matcher(term) for term in parse(stored_text(text)).terms])
