"""Turns that nobody runs any more to interrupted replies: what a crash left, put right at the next start.

Only turns whose owner is dead are touched: an `ask` beside the window is alive, and so is its reply.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime

from qwen_desktop.core.chat.message import Failure, Message, MessageStatus
from qwen_desktop.core.storage.database import transaction
from qwen_desktop.core.storage.journal import with_journal, write_ended
from qwen_desktop.core.storage.owner import Owner
from qwen_desktop.core.storage.rows import MESSAGE_COLUMNS, message_from


def orphaned(db: sqlite3.Connection) -> list[tuple[int, str]]:
    """Message id and instance id of every running turn whose owner is dead, oldest first."""
    rows = _owned(db)
    dead = {one.instance_id for one in _owners(rows) if not one.is_alive()}
    return [(row[0], row[1]) for row in rows if row[1] in dead]


def living_owners(db: sqlite3.Connection) -> frozenset[str]:
    """Instance ids of those that are writing a reply at this moment."""
    return frozenset(one.instance_id for one in _owners(_owned(db)) if one.is_alive())


def _owned(db: sqlite3.Connection) -> list[sqlite3.Row]:
    # Named, since SQLite would rather read every message there is, in the order that is asked for.
    return db.execute(
        "SELECT id, owner_instance_id, owner_process_id, owner_process_started FROM message INDEXED BY message_running"
        " WHERE owner_instance_id IS NOT NULL ORDER BY id"
    ).fetchall()


def _owners(rows: list[sqlite3.Row]) -> set[Owner]:
    return {Owner(row[1], row[2] or 0, row[3] or "") for row in rows}


def recover_one(db: sqlite3.Connection, message_id: int, instance_id: str) -> Message | None:
    """End one turn as interrupted, with what its journal holds; None if somebody else was faster."""
    with transaction(db):
        row = db.execute(
            f"SELECT {MESSAGE_COLUMNS} FROM message m WHERE m.id = ? AND m.owner_instance_id = ?",
            (message_id, instance_id),
        ).fetchone()
        if row is None:
            return None
        interrupted, ended_at = _interrupted(db, message_from(row))
        write_ended(db, message_id, interrupted, ended_at)
    return interrupted


def _interrupted(db: sqlite3.Connection, found: Message) -> tuple[Message, datetime]:
    """The reply as it will be kept, and when it ended: with the last row of its journal."""
    rows = db.execute("SELECT kind, written_at FROM journal WHERE message_id = ? ORDER BY id", (found.id,)).fetchall()
    times = [(row["kind"].removeprefix("replace_"), datetime.fromisoformat(row["written_at"])) for row in rows]
    first = dict(reversed(times))
    thinking_s = None
    if found.thinking_s is not None:
        thinking_s = found.thinking_s
    elif "reasoning" in first and "text" in first:
        thinking_s = max(0.0, (first["text"] - first["reasoning"]).total_seconds())
    ended_at = times[-1][1] if times else found.created_at
    interrupted = replace(
        with_journal(db, found),
        status=MessageStatus.INTERRUPTED,
        failure=Failure("ReplyInterrupted", reason="app_closed"),
        finish_reason=None,
        thinking_s=thinking_s,
        ended_at=ended_at,
    )
    return interrupted, ended_at
