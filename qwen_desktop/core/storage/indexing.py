"""What the history holds and the index does not know yet to the index, in short slices.

Everything here runs on the index's own thread and connection (`search_file`).  A slice reads the history inside one
transaction of the index, so what it notes as read is what it read; a slice that is given up leaves nothing half done.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from qwen_desktop.core.search.folding import fold
from qwen_desktop.core.search.tokens import Vocabulary, tokens
from qwen_desktop.core.storage.vocabulary_file import note_words

_FENCE = re.compile(r"^[ \t>]*(?:[-*+]|\d+[.)])?[ \t>]*(?:```|~~~)", re.MULTILINE)

STALE = """
    SELECT c.id FROM history.conversation c LEFT JOIN conversation k ON k.id = c.id
    WHERE k.id IS NULL OR k.updated_at <> c.updated_at OR k.title <> c.title
    UNION
    SELECT r.conversation_id FROM running r LEFT JOIN history.message m ON m.id = r.message_id
    WHERE m.owner_instance_id IS NULL
    ORDER BY 1 DESC
"""
STAMP = "CASE WHEN m.deleted_at IS NOT NULL AND m.text = '' THEN 'erased' ELSE ifnull(m.ended_at, m.created_at) END"
"""What says whether a message was read as it is now.  A deleted one may have been erased, its row and times staying."""
ERASED = """
    SELECT m.deleted_at, m.id, m.conversation_id, m.text = '' AND EXISTS (
        SELECT 1 FROM text t WHERE t.id = m.id AND t.stamp <> 'erased'
    )
    FROM history.message m INDEXED BY message_deleted
    WHERE m.deleted_at IS NOT NULL AND (m.deleted_at, m.id) > (?1, ?2) ORDER BY m.deleted_at, m.id LIMIT ?3
"""
ERASED_STEP = 500
Deleted = tuple[str, int]
"""When a message was deleted, and its id."""
GONE = "SELECT k.id FROM conversation k WHERE NOT EXISTS (SELECT 1 FROM history.conversation c WHERE c.id = k.id)"


def has_code(text: str) -> bool:
    """Whether there is a block of code, fenced, in it."""
    return _FENCE.search(text) is not None


@contextmanager
def index_transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Reads of the history inside it see one moment; nothing of the history is locked against writers."""
    db.execute("BEGIN")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        raise


def stale_conversations(db: sqlite3.Connection) -> list[int]:
    """Those with something the index has not read, or that are gone for good; the newest first."""
    return [row[0] for row in db.execute(STALE)] + [row[0] for row in db.execute(GONE)]


def erased_since(db: sqlite3.Connection, after: Deleted) -> tuple[list[int], Deleted | None]:
    """Conversations with a message that was erased after it had been read, among the next deleted ones; and the last
    of these to go on with, None at the end.  Only deleted messages are looked at, whatever the history holds."""
    rows = db.execute(ERASED, (*after, ERASED_STEP)).fetchall()
    found = list(dict.fromkeys(place for _, _, place, is_erased in rows if is_erased))
    return found, (rows[-1][0], rows[-1][1]) if len(rows) == ERASED_STEP else None


def unread_count(db: sqlite3.Connection, stale: list[int]) -> int:
    """About how many messages are still to be read."""
    if len(stale) <= 200:
        marks = ", ".join("?" * len(stale))
        in_history = f"SELECT count(*) FROM history.message WHERE conversation_id IN ({marks})"
        in_index = f"SELECT count(*) FROM text WHERE id > 0 AND conversation_id IN ({marks})"
        return int(db.execute(f"SELECT ({in_history}) - ({in_index})", (*stale, *stale)).fetchone()[0])
    # Ids are never used twice, so these bounds are cheap and good enough to be told.
    all_of_them, known = db.execute(
        "SELECT (SELECT ifnull(max(id), 0) FROM history.message), (SELECT count(*) FROM text WHERE id > 0)"
    ).fetchone()
    return max(len(stale), int(all_of_them) - int(known))


def read_conversation(
    db: sqlite3.Connection, conversation_id: int, vocabulary: Vocabulary | None, is_over: Callable[[], bool]
) -> bool:
    """Bring one conversation's texts up to date; False if the slice `is_over` before its end."""
    with index_transaction(db):
        found = db.execute(
            "SELECT title, updated_at, created_at, title_origin FROM history.conversation WHERE id = ?",
            (conversation_id,),
        ).fetchone()
        stamps = dict(db.execute("SELECT id, stamp FROM text WHERE conversation_id = ?", (conversation_id,)))
        if found is None:
            _remove(db, list(stamps))
            for table, column in (("conversation", "id"), ("running", "conversation_id")):
                db.execute(f"DELETE FROM {table} WHERE {column} = ?", (conversation_id,))
            return True
        title, updated_at, created_at, origin = found
        if origin == "erased":  # what is left are tokens and costs
            _remove(db, list(stamps))
            db.execute("INSERT OR REPLACE INTO conversation VALUES (?, ?, ?)", (conversation_id, title, updated_at))
            db.execute("DELETE FROM running WHERE conversation_id = ?", (conversation_id,))
            return True
        known = stamps.pop(-conversation_id, None)
        if known != title:
            row = (-conversation_id, conversation_id, None, "title", created_at, title, "", 0)
            _put(db, row, title, vocabulary, is_known=known is not None)
        running: list[int] = []
        messages = db.execute(
            f"SELECT m.id, {STAMP}, m.owner_instance_id FROM history.message m WHERE m.conversation_id = ?",
            (conversation_id,),
        ).fetchall()
        for message_id, stamp, owner in messages:
            if owner is not None:
                running.append(message_id)
            if stamps.get(message_id) != stamp:
                _read_message(db, message_id, stamp, vocabulary, is_known=message_id in stamps)
                if is_over():
                    return False
            stamps.pop(message_id, None)
        _remove(db, list(stamps))
        db.execute("DELETE FROM running WHERE conversation_id = ?", (conversation_id,))
        db.executemany("INSERT INTO running VALUES (?, ?)", ((message_id, conversation_id) for message_id in running))
        db.execute("INSERT OR REPLACE INTO conversation VALUES (?, ?, ?)", (conversation_id, title, updated_at))
    return True


def _read_message(
    db: sqlite3.Connection, message_id: int, stamp: str, vocabulary: Vocabulary | None, *, is_known: bool
) -> None:
    place, parent_id, role, text, created_at, model_id = db.execute(
        "SELECT conversation_id, parent_id, role, text, created_at, model_id FROM history.message WHERE id = ?",
        (message_id,),
    ).fetchone()
    row = (message_id, place, parent_id, role, created_at, stamp, fold(model_id or ""), int(has_code(text)))
    _put(db, row, text, vocabulary, is_known=is_known)


def _put(
    db: sqlite3.Connection, row: tuple[object, ...], text: str, vocabulary: Vocabulary | None, *, is_known: bool
) -> None:
    if is_known:
        _remove(db, [int(str(row[0]))])
    folded = fold(text)
    them = tokens(folded)
    db.execute("INSERT INTO text VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, folded))
    if them:
        db.execute("INSERT INTO token (rowid, word) VALUES (?, ?)", (row[0], " ".join(them)))
        note_words(db, them)
    if vocabulary is not None:
        vocabulary.add(them)


def _remove(db: sqlite3.Connection, ids: list[int]) -> None:
    for text_id in ids:
        # The index keeps no copy of what it was given, and has to be told again.
        (folded,) = db.execute("SELECT folded FROM text WHERE id = ?", (text_id,)).fetchone()
        if them := tokens(folded):
            db.execute("INSERT INTO token (token, rowid, word) VALUES ('delete', ?, ?)", (text_id, " ".join(them)))
        db.execute("DELETE FROM text WHERE id = ?", (text_id,))
