"""The same change to many conversations at once, and exactly back: what each had before is the undo.

All of it runs on the writer in short slices, so that no journal waits behind thousands of rows.
"""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from qwen_desktop.core.chat.tags import changed
from qwen_desktop.core.storage.database import transaction
from qwen_desktop.core.storage.rows import now, stored_tags, stored_text, stored_time, tags_from

if TYPE_CHECKING:
    from qwen_desktop.core.storage.conversations import History

_AT_ONCE = 200

Value = str | int | None
Before = Mapping[int, Value]
"""Conversation ids to what their column held; only those that were changed."""


NewValue = Callable[[int, Value], Value]
"""What the column of a conversation is to hold, by its id and by what it holds."""


class Column(enum.StrEnum):
    """What can be changed so."""

    PINNED = "is_pinned"
    FOLDER = "folder"
    TAGS = "tags"
    DELETED = "deleted_at"


async def pin(history: History, ids: Sequence[int], is_pinned: bool) -> Before:
    return await change(history, Column.PINNED, dict.fromkeys(ids, int(is_pinned)))


async def move(history: History, ids: Sequence[int], folder: str) -> Before:
    """Into a folder; '' takes them out of theirs."""
    return await change(history, Column.FOLDER, dict.fromkeys(ids, stored_text(folder.strip()) or None))


async def tag(history: History, ids: Sequence[int], given: Sequence[str], taken: Sequence[str]) -> Before:
    """Give each of them these tags and take those away."""

    def value(_: int, before: Value) -> Value:
        return stored_tags(changed(tags_from(None if before is None else str(before)), given, taken))

    return await _change_each(history, Column.TAGS, ids, value)


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
    return await _change_each(history, column, wanted, lambda conversation_id, _: wanted[conversation_id])


async def _change_each(history: History, column: Column, ids: Iterable[int], new_value: NewValue) -> Before:
    before: dict[int, Value] = {}
    left = iter(ids)
    while some := list(islice(left, _AT_ONCE)):

        def write(db: sqlite3.Connection, some: list[int] = some) -> dict[int, Value]:
            with transaction(db):
                return _change(db, column, some, new_value)

        before |= await history.write_beside(write)
    return before


def _change(db: sqlite3.Connection, column: Column, some: Sequence[int], new_value: NewValue) -> dict[int, Value]:
    had: dict[int, Value] = {}
    for conversation_id in some:
        row = db.execute(
            f"SELECT {column} FROM conversation WHERE id = ? AND title_origin <> 'erased'", (conversation_id,)
        ).fetchone()
        if row is None:
            continue
        value = new_value(conversation_id, row[0])
        if row[0] == value or (column is Column.DELETED and None not in (row[0], value)):
            continue
        db.execute(f"UPDATE conversation SET {column} = ? WHERE id = ?", (value, conversation_id))
        had[conversation_id] = row[0]
    return had
