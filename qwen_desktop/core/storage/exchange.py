"""Whole conversations out of the tables and into them; all of it runs on a connection of its caller.

Reading one conversation is one snapshot, writing one is one transaction: nothing of it is there, or all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from qwen_desktop.core.chat.message import Message, MessageStatus, Quoted, Role, SentRequest
from qwen_desktop.core.chat.tags import kept
from qwen_desktop.core.exchange.whole import Said, WholeConversation, WholeMessage, beginning, places
from qwen_desktop.core.storage.database import snapshot, transaction, unavailable
from qwen_desktop.core.storage.journal import with_journal
from qwen_desktop.core.storage.rows import (
    MESSAGE_COLUMNS,
    attachments_from,
    ended_columns,
    message_from,
    now,
    optional_text,
    sent_from,
    stored_attachments,
    stored_tags,
    stored_text,
    stored_time,
    tags_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Without the counts of siblings, each of which would be a look-up of its own.
_COLUMNS = MESSAGE_COLUMNS[: MESSAGE_COLUMNS.index("(SELECT count(*)")] + "m.sibling_index, 1"

T = TypeVar("T")
Row = Mapping[str, object]


class Direct:
    """Runs jobs on one connection, on the thread it belongs to; its errors in our words."""

    def __init__(self, db: sqlite3.Connection | None, path: Path) -> None:
        self._db = db
        self._path = path

    def __call__(self, job: Callable[[sqlite3.Connection], T]) -> T:
        assert self._db is not None
        try:
            return job(self._db)
        except sqlite3.Error as error:
            raise translated(error, self._path) from error


def translated(error: sqlite3.Error, path: Path) -> Exception:
    """A failure of the world in our words; a mistake of ours as it is."""
    return unavailable(error, path) or error


def conversation_ids(db: sqlite3.Connection, *, with_deleted: bool = False) -> list[int]:
    """All of them, in the order in which they were begun."""
    # What was erased for good has no words any more.
    where = "WHERE title_origin <> 'erased'" if with_deleted else "WHERE deleted_at IS NULL"
    return [row[0] for row in db.execute(f"SELECT id FROM conversation {where} ORDER BY id")]


def read_whole(
    db: sqlite3.Connection, conversation_id: int, *, with_deleted: bool = False, with_sent: bool = False
) -> WholeConversation:
    """One conversation on every branch.  A running reply comes as interrupted, with what it has.

    `with_deleted`: its deleted messages too; `with_sent`: what left for each reply.  Raises LookupError.
    """
    with snapshot(db):
        found = db.execute("SELECT * FROM conversation WHERE id = ?", (conversation_id,)).fetchone()
        if found is None:
            raise LookupError(f"no conversation {conversation_id}")
        kept = "" if with_deleted else " AND m.deleted_at IS NULL"
        sent = "m.sent" if with_sent else "NULL"
        rows = db.execute(
            f"SELECT m.is_billed, m.deleted_at, {sent}, {_COLUMNS} FROM message m WHERE m.conversation_id = ?{kept}"
            " ORDER BY m.id",
            (conversation_id,),
        ).fetchall()
        messages = _numbered(db, rows)
    numbers = {row[3]: number for number, row in enumerate(rows, start=1)}
    return WholeConversation(
        title=found["title"],
        created_at=datetime.fromisoformat(found["created_at"]),
        updated_at=datetime.fromisoformat(found["updated_at"]),
        messages=messages,
        current=numbers.get(found["current_message_id"]),
        title_origin=found["title_origin"],
        model_id=found["model_id"],
        system_prompt=found["system_prompt"],
        draft=found["draft"],
        draft_attachments=attachments_from(found["draft_attachments"]),
        is_pinned=bool(found["is_pinned"]),
        folder=found["folder"] or "",
        tags=tags_from(found["tags"]),
        deleted_at=_time(found["deleted_at"]),
    )


def _numbered(db: sqlite3.Connection, rows: Iterable[Any]) -> tuple[WholeMessage, ...]:
    numbers: dict[int | None, int] = {}
    messages: list[WholeMessage] = []
    for number, (is_billed, deleted_at, sent, *row) in enumerate(rows, start=1):
        message = message_from(row)
        numbers[message.id] = number
        if message.status.is_running:
            message = replace(with_journal(db, message), status=MessageStatus.INTERRUPTED, ended_at=now())
        message = replace(
            message,
            id=number,
            conversation_id=0,
            parent_id=numbers.get(message.parent_id),
            sibling_index=0,
            sent=_renumbered(sent_from(sent), numbers) if sent else (),
        )
        messages.append(WholeMessage(message, bool(is_billed), _time(deleted_at)))
    return tuple(messages)


def _renumbered(sent: tuple[SentRequest, ...], numbers: Mapping[int | None, int]) -> tuple[SentRequest, ...]:
    """Requests that quote messages by another numbering; one that quotes what is not there has no parts any more."""
    made = []
    for one in sent:
        parts: list[str | Quoted] | None = [] if one.parts is not None else None
        for part in one.parts or ():
            if parts is None:
                break
            if isinstance(part, str):
                parts.append(part)
            elif part.message_id in numbers:
                parts.append(replace(part, message_id=numbers[part.message_id]))
            else:
                parts = None
        made.append(replace(one, parts=None if parts is None else tuple(parts)))
    return tuple(made)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# Into the history


def writer_of(whole: WholeConversation, *, is_copy: bool = False) -> Callable[[sqlite3.Connection], int]:
    """A job for the writing connection that puts the conversation in, once, in one short transaction; gives its id.

    What can be made ready before is made ready now.  `is_copy`: its replies are not counted as paid once more.
    """
    names: list[str] = []
    rows = []
    for one in _with_sibling_places(whole):
        row = _row_of(one, is_copy=is_copy)
        names = names or list(row)
        rows.append(tuple(row.values()))
    rows.reverse()
    deleted_at = None if whole.deleted_at is None else stored_time(whole.deleted_at)
    values = (
        stored_text(whole.title),
        whole.title_origin if whole.title_origin in ("user", "model") else "app",
        optional_text(whole.model_id),
        stored_text(whole.system_prompt),
        stored_text(whole.draft),
        stored_attachments(whole.draft_attachments),
        int(whole.is_pinned),
        stored_text(whole.folder) or None,
        stored_tags(kept(whole.tags)),
        stored_time(whole.created_at),
        stored_time(whole.updated_at),
        deleted_at,
    )

    def write(db: sqlite3.Connection) -> int:
        # Not waiting for the disk itself after each of thousands; `settle` does that once, at the end.
        with transaction(db, is_durable=False):
            conversation_id = db.execute(
                "INSERT INTO conversation (title, title_origin, model_id, system_prompt, draft, draft_attachments,"
                " is_pinned, folder, tags, created_at, updated_at, deleted_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            ).lastrowid
            assert conversation_id is not None
            (last,) = db.execute(
                "SELECT max(ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0),"
                " ifnull((SELECT max(id) FROM message), 0))"
            ).fetchone()
            if names:
                # Numbers become ids in SQL (a parent that is null stays so): nothing else is done while others wait.
                marks = ", ".join(f"? + {last}" if name in ("id", "parent_id") else "?" for name in names)
                db.executemany(
                    f"INSERT INTO message (conversation_id, {', '.join(names)}) VALUES ({conversation_id}, {marks})",
                    _taken_off(rows),
                )
            current = None if whole.current is None else last + whole.current
            db.execute("UPDATE conversation SET current_message_id = ? WHERE id = ?", (current, conversation_id))
            for one in whole.messages:  # few have any; they quote messages by their new ids
                if one.message.sent:
                    ids: dict[int | None, int] = {m.message.id: last + m.message.id for m in whole.messages}
                    packed = ended_columns(replace(one.message, sent=_renumbered(one.message.sent, ids)), now())["sent"]
                    db.execute("UPDATE message SET sent = ? WHERE id = ?", (packed, last + one.message.id))
        return conversation_id

    return write


def _taken_off(rows: list[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    """From the end; each dies when it is written, not all together."""
    while rows:
        yield rows.pop()


def settle(db: sqlite3.Connection) -> None:
    """What was written before is on the disk itself when this returns."""
    with transaction(db):
        db.execute("DELETE FROM journal WHERE 0")


def _with_sibling_places(whole: WholeConversation) -> Iterator[WholeMessage]:
    counts: dict[int | None, int] = {}
    for one in whole.messages:
        place = counts.get(one.message.parent_id, 0)
        counts[one.message.parent_id] = place + 1
        yield replace(one, message=replace(one.message, sibling_index=place))


def _row_of(one: WholeMessage, *, is_copy: bool) -> Row:
    message = one.message
    columns = dict(ended_columns(replace(message, sent=()), message.ended_at or message.created_at))
    if message.ended_at is None:
        columns["ended_at"] = None
    return columns | {
        "id": message.id,
        "parent_id": message.parent_id,
        "sibling_index": message.sibling_index,
        "role": message.role.value,
        "created_at": stored_time(message.created_at),
        "is_demo": int(message.is_demo),
        "attachments": stored_attachments(message.attachments),
        "is_left_out": int(message.is_left_out and message.role is Role.USER),
        "is_billed": int(one.is_billed and not is_copy),
        "deleted_at": None if one.deleted_at is None else stored_time(one.deleted_at),
    }


# What is there already


def beginnings(db: sqlite3.Connection) -> dict[bytes, list[int]]:
    """First messages, by digest, to the conversations that begin so; deleted ones are not there."""
    found: dict[bytes, list[int]] = {}
    rows = db.execute(
        "SELECT m.role, m.text, m.conversation_id FROM message m JOIN conversation c ON c.id = m.conversation_id"
        " WHERE m.parent_id IS NULL AND m.deleted_at IS NULL AND c.deleted_at IS NULL"
    )
    for role, text, conversation_id in rows:
        found.setdefault(beginning(role, text), []).append(conversation_id)
    return found


def places_in(db: sqlite3.Connection, conversation_id: int, *, with_times: bool) -> set[bytes]:
    """See `whole.places`."""
    rows = db.execute(
        "SELECT id, parent_id, role, text, created_at FROM message WHERE conversation_id = ? AND deleted_at IS NULL"
        " ORDER BY id",
        (conversation_id,),
    )
    return places((Said(*row) for row in rows), with_times=with_times)


def said_of(message: Message) -> Said:
    """The same of a message that is not in the tables."""
    return Said(
        message.id, message.parent_id, message.role.value, stored_text(message.text), stored_time(message.created_at)
    )
