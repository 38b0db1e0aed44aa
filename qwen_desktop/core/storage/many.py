"""The same change to many conversations at once, and exactly back: what each had before is the undo.

All of it runs on the writer in short slices, so that no journal waits behind thousands of rows.
"""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from qwen_desktop.core.storage.database import transaction
from qwen_desktop.core.storage.rows import now, stored_text, stored_time

if TYPE_CHECKING:
    from qwen_desktop.core.storage.conversations import History

_AT_ONCE = 200

Value = str | int | None
Before = Mapping[int, Value]
"""Conversation ids to what their column held; only those that were changed."""


class Column(enum.StrEnum):
    """What can be changed so."""

    PINNED = "is_pinned"
    FOLDER = "folder"
    DELETED = "deleted_at"


async def pin(history: History, ids: Sequence[int], is_pinned: bool) -> Before:
    return await change(history, Column.PINNED, dict.fromkeys(ids, int(is_pinned)))


async def move(history: History, ids: Sequence[int], folder: str) -> Before:
    """Into a folder; '' takes them out of theirs."""
    return await change(history, Column.FOLDER, dict.fromkeys(ids, stored_text(folder.strip()) or None))


async def rename_folder(history: History, folder: str, name: str) -> Before:
    """All that lie in it lie in `name` then, with what lies there already; deleted ones too, which can come back."""
    rows = await history.read_beside(
        lambda db: db.execute("SELECT id FROM conversation WHERE folder = ?", (folder,)).fetchall()
    )
    return await move(history, [row[0] for row in rows], name)


async def delete(history: History, ids: Sequence[int]) -> Before:
    """Out of sight, all with the same moment; those that are deleted already stay as they are."""
    return await change(history, Column.DELETED, dict.fromkeys(ids, stored_time(now())))


async def change(history: History, column: Column, wanted: Before) -> Before:
    """Give each its value; gives what they had before.  To undo it, give that back.

    What is not there any more, or was erased for good, is passed over.  Raises StorageUnavailable; the slices before
    are kept then.
    """
    before: dict[int, Value] = {}
    left = iter(wanted.items())
    while some := list(islice(left, _AT_ONCE)):

        def write(db: sqlite3.Connection, some: list[tuple[int, Value]] = some) -> dict[int, Value]:
            with transaction(db):
                return _change(db, column, some)

        before |= await history.write_beside(write)
    return before


def _change(db: sqlite3.Connection, column: Column, some: Sequence[tuple[int, Value]]) -> dict[int, Value]:
    changed: dict[int, Value] = {}
    for conversation_id, value in some:
        row = db.execute(
            f"SELECT {column} FROM conversation WHERE id = ? AND title_origin <> 'erased'", (conversation_id,)
        ).fetchone()
        if row is None or row[0] == value or (column is Column.DELETED and None not in (row[0], value)):
            continue
        db.execute(f"UPDATE conversation SET {column} = ? WHERE id = ?", (value, conversation_id))
        changed[conversation_id] = row[0]
    return changed
