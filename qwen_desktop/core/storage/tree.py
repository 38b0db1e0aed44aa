"""The tree of messages in SQL: paths from the root to a leaf, siblings, and how a message is hung in.

Everything here runs inside a transaction or snapshot of its caller.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from qwen_desktop.core.chat.conversation import Conversation, ConversationSummary, title_from_prompt
from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.core.storage.journal import with_journal
from qwen_desktop.core.storage.owner import Owner
from qwen_desktop.core.storage.rows import (
    MESSAGE_COLUMNS,
    SUMMARY_COLUMNS,
    message_from,
    optional_text,
    stored_text,
    stored_time,
    summary_from,
)


def read_summary(db: sqlite3.Connection, conversation_id: int) -> ConversationSummary:
    """Raises LookupError."""
    row = db.execute(f"SELECT {SUMMARY_COLUMNS} FROM conversation c WHERE c.id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    return summary_from(row)


def read_conversation(db: sqlite3.Connection, conversation_id: int) -> Conversation:
    """The conversation along its current path.  Raises LookupError."""
    summary = read_summary(db, conversation_id)
    row = db.execute(
        "SELECT current_message_id, system_prompt FROM conversation WHERE id = ?", (conversation_id,)
    ).fetchone()
    return Conversation(summary, read_path(db, row["current_message_id"]), row["system_prompt"])


def read_path(db: sqlite3.Connection, leaf_id: int | None) -> tuple[Message, ...]:
    """Every message from the first to `leaf_id`; a parent's id is always smaller than its child's."""
    rows = db.execute(
        "WITH RECURSIVE path (id) AS ("
        " SELECT ? UNION SELECT p.parent_id FROM path JOIN message p ON p.id = path.id WHERE p.parent_id IS NOT NULL)"
        f" SELECT {MESSAGE_COLUMNS} FROM message m JOIN path ON path.id = m.id ORDER BY m.id",
        (leaf_id,),
    ).fetchall()
    return tuple(with_journal(db, message_from(row)) for row in rows)


def read_message(db: sqlite3.Connection, message_id: int) -> Message:
    """Raises LookupError."""
    row = db.execute(f"SELECT {MESSAGE_COLUMNS} FROM message m WHERE m.id = ?", (message_id,)).fetchone()
    if row is None:
        raise LookupError(f"no message {message_id}")
    return with_journal(db, message_from(row))


def read_siblings(db: sqlite3.Connection, message_id: int) -> list[Message]:
    """The message and the others with the same parent, in order of creation.  Raises LookupError."""
    one = read_message(db, message_id)
    rows = db.execute(
        f"SELECT {MESSAGE_COLUMNS} FROM message m WHERE m.conversation_id = ? AND ifnull(m.parent_id, 0) = ?"
        " ORDER BY m.sibling_index",
        (one.conversation_id, one.parent_id or 0),
    ).fetchall()
    return [with_journal(db, message_from(row)) for row in rows]


def newest_leaf(db: sqlite3.Connection, message_id: int) -> int:
    """The message written last below `message_id`, or itself."""
    found: int = db.execute(
        "WITH RECURSIVE below (id) AS ("
        " SELECT ? UNION ALL SELECT m.id FROM below JOIN message m ON m.parent_id = below.id)"
        " SELECT max(id) FROM below",
        (message_id,),
    ).fetchone()[0]
    return found


def insert_conversation(
    db: sqlite3.Connection, *, title: str, model_id: str | None, system_prompt: str, created_at: datetime
) -> int:
    moment = stored_time(created_at)
    cursor = db.execute(
        "INSERT INTO conversation (title, title_origin, model_id, system_prompt, draft, is_pinned, created_at,"
        " updated_at)"
        " VALUES (?, 'app', ?, ?, '', 0, ?, ?)",
        (stored_text(title), optional_text(model_id), stored_text(system_prompt), moment, moment),
    )
    return _new_id(cursor)


def insert_prompt(
    db: sqlite3.Connection, conversation_id: int, parent_id: int | None, text: str, created_at: datetime
) -> int:
    moment = stored_time(created_at)
    cursor = db.execute(
        "INSERT INTO message (conversation_id, parent_id, sibling_index, role, text, reasoning, status, created_at,"
        f" ended_at, is_demo) VALUES (?1, ?2, {_NEXT_SIBLING}, ?3, ?4, '', ?5, ?6, ?6, 0)",
        (conversation_id, parent_id, Role.USER.value, stored_text(text), MessageStatus.COMPLETE.value, moment),
    )
    return _new_id(cursor)


def insert_reply(
    db: sqlite3.Connection,
    conversation_id: int,
    prompt_id: int,
    owner: Owner,
    *,
    model_id: str,
    is_demo: bool,
    created_at: datetime,
) -> int:
    """An empty reply, queued and owned; the end of the current path from now on."""
    cursor = db.execute(
        "INSERT INTO message (conversation_id, parent_id, sibling_index, role, text, reasoning, status, created_at,"
        " model_id, is_demo, owner_instance_id, owner_process_id, owner_process_started)"
        f" VALUES (?1, ?2, {_NEXT_SIBLING}, ?3, '', '', ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        (
            conversation_id,
            prompt_id,
            Role.ASSISTANT.value,
            MessageStatus.QUEUED.value,
            stored_time(created_at),
            stored_text(model_id),
            int(is_demo),
            owner.instance_id,
            owner.process_id,
            owner.process_started,
        ),
    )
    reply_id = _new_id(cursor)
    db.execute(
        "UPDATE conversation SET current_message_id = ?, updated_at = max(updated_at, ?) WHERE id = ?",
        (reply_id, stored_time(created_at), conversation_id),
    )
    return reply_id


_NEXT_SIBLING = (
    "(SELECT ifnull(max(sibling_index), -1) + 1 FROM message"
    " WHERE conversation_id = ?1 AND ifnull(parent_id, 0) = ifnull(?2, 0))"
)


def _new_id(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def title_for(title: str, prompt: str) -> str:
    """`title`, or the prompt's first line where none is given."""
    return title or title_from_prompt(prompt)
