"""Rows of a damaged history into a sound one: what is missing there, as far as it can be read.

Each row is looked up by its id, so that a damaged page costs the rows on it and no others.  Where the way to rows is
damaged, or nothing can be opened at all, the pages themselves are read (`pages.py`).
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from qwen_desktop.core.chat.message import MessageStatus, Role
from qwen_desktop.core.storage.bin import WORDLESS
from qwen_desktop.core.storage.database import open_reader
from qwen_desktop.core.storage.pages import rows_on_pages

log = logging.getLogger(__name__)

Row = dict[str, Any]

_MOST_ROWS = 5_000_000
"""A damaged counter may say anything."""
_MARKS = ("deleted_at", "is_left_out")
_FIRST_COLUMNS = {"conversation": 11, "message": 26, "journal": 5}
"""How many each table had in the first schema; later ones only added some at its end."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was found, and what was not."""

    messages: int
    """Put into the sound history."""
    lost_messages: int
    """Places that could not be read, of messages the sound history does not have."""


def salvage(damaged: Path, sound: sqlite3.Connection) -> Salvaged:
    """Inside a transaction of `sound`, which has the newest schema; the damaged one may have an older one."""
    work = _Salvage(sound)
    try:
        with closing(open_reader(damaged)) as source:
            source.text_factory = _text
            if not _is_of_this_history(source, sound):
                return Salvaged(0, 0)
            for table in _FIRST_COLUMNS:
                work.look_up(source, table)
            work.read_paths(source)
    except sqlite3.Error as error:
        log.info("the damaged history cannot be opened: %s", error)
        work.unread = dict.fromkeys(_FIRST_COLUMNS)
    if any(ids is None or ids for ids in work.unread.values()):
        work.look_at_pages(damaged)
    work.end_paths()
    return work.sum_up()


class _Salvage:
    """The sound history while it is filled."""

    def __init__(self, sound: sqlite3.Connection) -> None:
        self._db = sound
        self._columns = {table: _column_names(sound, table) for table in _FIRST_COLUMNS}
        self._conversations = dict(sound.execute("SELECT id, updated_at FROM conversation").fetchall())
        self._messages = dict(sound.execute("SELECT id, ended_at FROM message").fetchall())
        self.unread: dict[str, set[int] | None] = {}
        """Ids whose place cannot be read; None: it is not known which those are."""
        self._found = 0
        self._last_message = 0
        self._journal: set[int] = set()
        self._ends: dict[int, object] = {}
        sound.execute("DELETE FROM journal")  # what a copy has of it is older in every case

    def look_up(self, source: sqlite3.Connection, table: str) -> None:
        """Every row of a table that SQLite finds."""
        columns = [name for name in self._columns[table] if name in set(_column_names(source, table))]
        select = f"SELECT {', '.join(columns)} FROM {table} NOT INDEXED WHERE id = ?"
        last = _last_id(source, table)
        unread: set[int] = set()
        for one_id in range(1, (last or 0) + 1):
            try:
                row = source.execute(select, (one_id,)).fetchone()
            except (sqlite3.DatabaseError, OverflowError):
                unread.add(one_id)
                continue
            if row is not None and not self._take(table, dict(zip(columns, row, strict=True))):
                unread.add(one_id)
        if table == "message":
            self._last_message = last or 0
        self.unread[table] = None if last is None else unread

    def look_at_pages(self, damaged: Path) -> None:
        """The rows that nothing leads to; of several with one id the best (`_rank`)."""
        best: dict[str, dict[int, Row]] = {table: {} for table in _FIRST_COLUMNS}
        for one_id, values in rows_on_pages(damaged):
            if len(values) == 2 and values[0] == "message" and isinstance(values[1], int):
                # of `sqlite_sequence`: the largest id there ever was
                self._last_message = max(self._last_message, min(values[1], _MOST_ROWS))
            table = self._table_of(len(values))
            if table is None or not self._is_wanted(table, one_id):
                continue
            row = dict(zip(self._columns[table], values, strict=False)) | {"id": one_id}
            if _SHAPES[table](row) and _rank(row) >= _rank(best[table].get(one_id)):
                best[table][one_id] = row
        for table, rows in best.items():
            for one_id, row in sorted(rows.items()):
                if self._take(table, row) and (ids := self.unread.get(table)) is not None:
                    ids.discard(one_id)
                if table == "message":
                    self._last_message = max(self._last_message, one_id)

    def _table_of(self, columns: int) -> str | None:
        for table, least in _FIRST_COLUMNS.items():
            if least <= columns <= len(self._columns[table]):
                return table
        return None

    def _is_wanted(self, table: str, one_id: int) -> bool:
        ids = self.unread.get(table)
        return one_id <= _MOST_ROWS and (ids is None or one_id in ids)

    def _take(self, table: str, row: Row) -> bool:
        """Into the sound history, unless it is there; False for what cannot be such a row."""
        if not _SHAPES[table](row):
            return False
        match table:
            case "conversation":
                self._take_conversation(row)
            case "message":
                self._take_message(row)
            case _:
                self._take_piece(row)
        return True

    def _take_conversation(self, row: Row) -> None:
        known = self._conversations.get(row["id"])
        if known is None:
            _insert(self._db, "conversation", row | {"current_message_id": None})
        elif row["updated_at"] >= known:  # much that is done to it leaves that time as it is
            _update(self._db, "conversation", {name: row[name] for name in row if name != "current_message_id"})
        self._conversations[row["id"]] = row["updated_at"]

    def _take_message(self, row: Row) -> None:
        if row["id"] not in self._messages:
            if row["conversation_id"] not in self._conversations:
                self._conversations[row["conversation_id"]] = row["created_at"]
                _insert_conversation_of(self._db, row)
            _hang_in(self._db, row)
            self._found += 1
        elif self._messages[row["id"]] is None and row["ended_at"] is not None:
            fixed = ("conversation_id", "parent_id", "sibling_index")
            _update(self._db, "message", {name: row[name] for name in row if name not in fixed})
        else:  # its text may be damaged, the copy's is not; what was done with it since is taken over
            _update(self._db, "message", {name: row[name] for name in ("id", *_MARKS) if name in row})
            if _is_erased(row):
                self._db.execute(f"UPDATE message SET {WORDLESS} WHERE id = ?", (row["id"],))
            _hang_again(self._db, row)
            return
        self._messages[row["id"]] = row["ended_at"]

    def _take_piece(self, row: Row) -> None:
        """Text of a reply that was running."""
        if row["message_id"] in self._messages and row["id"] not in self._journal:
            self._journal.add(row["id"])
            _insert(self._db, "journal", row)

    def read_paths(self, source: sqlite3.Connection) -> None:
        """Which message each conversation ended in."""
        for conversation_id in self._conversations:
            with suppress(sqlite3.DatabaseError, OverflowError):
                row = source.execute(
                    "SELECT current_message_id FROM conversation WHERE id = ?", (conversation_id,)
                ).fetchone()
                if row is not None:
                    self._ends[conversation_id] = row[0]

    def end_paths(self) -> None:
        """Where that is lost the newest message is the end."""
        for conversation_id in self._conversations:
            end = self._ends.get(conversation_id)
            if not _is_in(self._db, end, conversation_id):
                (end,) = self._db.execute(
                    "SELECT max(id) FROM message WHERE conversation_id = ? AND deleted_at IS NULL", (conversation_id,)
                ).fetchone()
            self._db.execute("UPDATE conversation SET current_message_id = ? WHERE id = ?", (end, conversation_id))
        self._db.execute(
            "DELETE FROM journal WHERE message_id NOT IN (SELECT id FROM message WHERE owner_instance_id IS NOT NULL)"
        )

    def sum_up(self) -> Salvaged:
        unread = self.unread.get("message")
        if unread is None:  # all ids there may have been: they were given one after the other
            unread = set(range(1, self._last_message + 1))
        return Salvaged(self._found, len(unread - self._messages.keys()))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _is_erased(row: Row) -> bool:
    """For good: a message or a conversation without its words."""
    if "title_origin" in row:
        return bool(row["title_origin"] == "erased")
    return row.get("deleted_at") is not None and row.get("text") == row.get("reasoning") == ""


def _rank(row: Row | None) -> tuple[bool, bool, str, int]:
    """Of two versions of one row the higher one is taken: what was erased stays so, what may be kept is kept; then the
    one that ended last, then the longest."""
    if row is None:
        return False, False, "", -1
    ended_at = str(row.get("ended_at") or row.get("updated_at") or "")
    return _is_erased(row), row.get("deleted_at") is None, ended_at, len(str(row.get("text") or ""))


def _is_of_this_history(source: sqlite3.Connection, sound: sqlite3.Connection) -> bool:
    """False when the two tell of different conversations under the same ids: a log of another file."""
    known = dict(sound.execute("SELECT id, created_at FROM conversation").fetchall())
    for one_id, created_at in known.items():
        with suppress(sqlite3.DatabaseError, OverflowError):
            row = source.execute("SELECT created_at FROM conversation WHERE id = ?", (one_id,)).fetchone()
            if row is not None and row[0] != created_at and _is_time(row[0]):
                log.info("the damaged files are of two different histories")
                return False
    return True


def _is_in(db: sqlite3.Connection, message_id: object, conversation_id: int) -> bool:
    found = db.execute(
        "SELECT 1 FROM message WHERE id = ? AND conversation_id = ? AND deleted_at IS NULL",
        (message_id, conversation_id),
    ).fetchone()
    return found is not None


# Rows


def _last_id(source: sqlite3.Connection, table: str) -> int | None:
    """The largest id there ever was; None when that cannot be read."""
    candidates = []
    questions = (
        f"SELECT seq FROM sqlite_sequence WHERE name = '{table}'",
        f"SELECT max(id) FROM {table} NOT INDEXED",
        f"SELECT max(id) FROM {table}",
    )
    for question in questions:
        with suppress(sqlite3.DatabaseError, OverflowError):
            row = source.execute(question).fetchone()
            if row is not None and isinstance(row[0], int) and 0 <= row[0] <= _MOST_ROWS:
                candidates.append(row[0])
            elif row is not None and row[0] is None:
                candidates.append(0)
    return max(candidates) if candidates else None


def _column_names(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info ({table})")]


def _insert(db: sqlite3.Connection, table: str, values: Row) -> None:
    marks = ", ".join("?" * len(values))
    db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def _update(db: sqlite3.Connection, table: str, values: Row) -> None:
    assignments = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE {table} SET {assignments} WHERE id = ?", (*values.values(), values["id"]))


def _insert_conversation_of(db: sqlite3.Connection, message: Row) -> None:
    """A place for messages whose own conversation cannot be read; its title is the first of them."""
    first_line = next(iter(message["text"].strip().splitlines()), "")
    db.execute(
        "INSERT INTO conversation (id, title, title_origin, system_prompt, draft, is_pinned, created_at, updated_at)"
        " VALUES (?, ?, 'app', '', '', 0, ?, ?)",
        (message["conversation_id"], first_line[:60], message["created_at"], message["created_at"]),
    )


def _hang_in(db: sqlite3.Connection, values: Row) -> None:
    """Below its parent, or where that is lost below the message before it, so that it is seen."""
    conversation_id = values["conversation_id"]
    parent = db.execute(
        "SELECT id FROM message WHERE id = ? AND conversation_id = ?", (values["parent_id"], conversation_id)
    ).fetchone()
    if parent is None and values["parent_id"] is not None:
        parent = db.execute(
            "SELECT max(id) FROM message WHERE conversation_id = ? AND id < ?", (conversation_id, values["id"])
        ).fetchone()
    values["parent_id"] = parent[0] if parent is not None else None
    taken = {
        row[0]
        for row in db.execute(
            "SELECT sibling_index FROM message WHERE conversation_id = ? AND ifnull(parent_id, 0) = ?",
            (conversation_id, values["parent_id"] or 0),
        )
    }
    if values["sibling_index"] in taken:
        values["sibling_index"] = max(taken) + 1
    _insert(db, "message", values)


def _hang_again(db: sqlite3.Connection, values: Row) -> None:
    """Below another parent than in the copy: a turn was deleted from above it since, or brought back."""
    stored = db.execute("SELECT parent_id, conversation_id FROM message WHERE id = ?", (values["id"],)).fetchone()
    if tuple(stored) == (values["parent_id"], values["conversation_id"]) or stored[1] != values["conversation_id"]:
        return
    parent_id = values["parent_id"]
    found = db.execute(
        "SELECT 1 FROM message WHERE id = ? AND conversation_id = ? AND id < ?", (parent_id, stored[1], values["id"])
    ).fetchone()
    if parent_id is None or found is not None:
        db.execute(
            "UPDATE message SET parent_id = ?1, sibling_index = (SELECT ifnull(max(sibling_index), -1) + 1 FROM message"
            " WHERE conversation_id = ?2 AND ifnull(parent_id, 0) = ifnull(?1, 0)) WHERE id = ?3",
            (parent_id, stored[1], values["id"]),
        )


def _is_conversation(values: Row) -> bool:
    texts = all(isinstance(values[name], str) for name in ("title", "title_origin", "system_prompt", "draft"))
    return (
        texts
        and isinstance(values["is_pinned"], int)
        and _is_time(values["created_at"])
        and (_is_time(values["updated_at"]))
    )


def _is_piece(values: Row) -> bool:
    texts = isinstance(values["kind"], str) and isinstance(values["content"], str)
    return texts and isinstance(values["message_id"], int) and _is_time(values["written_at"])


def _is_message(values: Row) -> bool:
    """It has the shape of one: a page of zeros or of other bytes may still be read as rows."""
    marks = (values.get("deleted_at") is None or _is_time(values["deleted_at"])) and values.get("is_left_out") in _FLAGS
    texts = isinstance(values["text"], str) and isinstance(values["reasoning"], str)
    numbers = all(isinstance(values[name], int) for name in ("conversation_id", "sibling_index", "is_demo"))
    if not (marks and texts and numbers and _is_time(values["created_at"])):
        return False
    parent_id, ended_at = values["parent_id"], values["ended_at"]
    if not (parent_id is None or (isinstance(parent_id, int) and 0 < parent_id < values["id"])):
        return False
    return values["role"] in _ROLES and values["status"] in _STATUSES and (ended_at is None or _is_time(ended_at))


_FLAGS = (None, 0, 1)
_ROLES = frozenset(role.value for role in Role)
_STATUSES = frozenset(status.value for status in MessageStatus)


def _is_time(text: object) -> bool:
    if not isinstance(text, str) or len(text) != 32:
        return False
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


_SHAPES = {"conversation": _is_conversation, "message": _is_message, "journal": _is_piece}
