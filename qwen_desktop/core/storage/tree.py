"""The tree of messages in SQL: paths from the root to a leaf, siblings, and how a message is hung in.

Everything here runs inside a transaction or snapshot of its caller.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.conversation import Conversation, ConversationSummary, title_from_prompt, without
from qwen_desktop.core.chat.message import Message, MessageStatus, Quoted, Role, SentRequest
from qwen_desktop.core.storage.journal import note_change, time_in_list, with_journal
from qwen_desktop.core.storage.known_path import lasting, up_to
from qwen_desktop.core.storage.owner import Owner
from qwen_desktop.core.storage.rows import (
    MESSAGE_COLUMNS,
    SUMMARY_COLUMNS,
    attachments_from,
    message_from,
    optional_text,
    sent_from,
    stored_attachments,
    stored_text,
    stored_time,
    summary_from,
)
from qwen_desktop.core.translations import tr


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
    return _read_below(db, 0, leaf_id)


def read_path_beyond(
    db: sqlite3.Connection, leaf_id: int, known: tuple[Message, ...]
) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """The same, and what of it is `lasting`.

    `known`: such a part of this or another path; what the two have in common is not read again, if the end is near."""
    common: tuple[Message, ...] = ()
    if known:
        for (message_id,) in db.execute(f"{_PATH.format('LIMIT ?2')} SELECT id FROM path", (leaf_id, _NEAR)):
            if common := up_to(known, message_id):
                break
    rest = _read_below(db, common[-1].id if common else 0, leaf_id)
    return common + rest, common + lasting(rest)


def _read_below(db: sqlite3.Connection, message_id: int, leaf_id: int | None) -> tuple[Message, ...]:
    rows = db.execute(
        f"{_PATH.format('AND p.id > ?2')} SELECT {MESSAGE_COLUMNS} FROM message m JOIN path ON path.id = m.id"
        " WHERE m.id > ?2 ORDER BY m.id",
        (leaf_id, message_id),
    ).fetchall()
    return tuple(with_journal(db, message_from(row)) for row in rows)


_PATH = (
    "WITH RECURSIVE path (id) AS ("
    " SELECT ?1 UNION SELECT p.parent_id FROM path JOIN message p ON p.id = path.id WHERE p.parent_id IS NOT NULL {})"
)
_NEAR = 64
"""Messages from the end upwards among which another path is looked for."""


def read_message(db: sqlite3.Connection, message_id: int) -> Message:
    """Raises LookupError."""
    row = db.execute(f"SELECT {MESSAGE_COLUMNS} FROM message m WHERE m.id = ?", (message_id,)).fetchone()
    if row is None:
        raise LookupError(f"no message {message_id}")
    return with_journal(db, message_from(row))


def read_sent(db: sqlite3.Connection, message_id: int) -> tuple[SentRequest, ...]:
    """What left for a reply, one for each generation.  Raises LookupError."""
    row = db.execute("SELECT sent FROM message WHERE id = ?", (message_id,)).fetchone()
    if row is None:
        raise LookupError(f"no message {message_id}")
    return sent_from(row[0])


def read_quoted(db: sqlite3.Connection, sent: Iterable[SentRequest]) -> dict[tuple[int, str], str]:
    """The texts that requests quote, by message id and field; deleted messages still have theirs."""
    ids = {part.message_id for one in sent for part in one.parts or () if isinstance(part, Quoted)}
    texts: dict[tuple[int, str], str] = {}
    for message_id in ids:
        row = db.execute("SELECT text, reasoning FROM message WHERE id = ?", (message_id,)).fetchone()
        if row is not None:
            texts[message_id, "text"], texts[message_id, "reasoning"] = row["text"], row["reasoning"]
    return texts


def read_kept_message(db: sqlite3.Connection, message_id: int) -> Message:
    """Raises LookupError, for a deleted one too."""
    if not is_kept(db, message_id):
        raise LookupError(f"no message {message_id}")
    return read_message(db, message_id)


def is_kept(db: sqlite3.Connection, message_id: int) -> bool:
    """It is there and was not deleted."""
    found = db.execute("SELECT 1 FROM message WHERE id = ? AND deleted_at IS NULL", (message_id,)).fetchone()
    return found is not None


def read_siblings(db: sqlite3.Connection, message_id: int) -> list[Message]:
    """The message and the others with the same parent, in order of creation, without deleted ones.

    Raises LookupError."""
    one = read_message(db, message_id)
    rows = db.execute(
        f"SELECT {MESSAGE_COLUMNS} FROM message m WHERE m.conversation_id = ? AND ifnull(m.parent_id, 0) = ?"
        " AND m.deleted_at IS NULL ORDER BY m.sibling_index",
        (one.conversation_id, one.parent_id or 0),
    ).fetchall()
    return [with_journal(db, message_from(row)) for row in rows]


def newest_leaf(db: sqlite3.Connection, message_id: int) -> int:
    """The message written last below `message_id`, or itself; deleted ones are passed over."""
    found: int = db.execute(
        "WITH RECURSIVE below (id) AS ("
        " SELECT ? UNION ALL SELECT m.id FROM below JOIN message m ON m.parent_id = below.id"
        " WHERE m.deleted_at IS NULL)"
        " SELECT max(id) FROM below",
        (message_id,),
    ).fetchone()[0]
    return found


def kept_below(db: sqlite3.Connection, message_id: int) -> frozenset[int]:
    """The message and every one below it, on all branches, that is not deleted."""
    rows = db.execute(
        "WITH RECURSIVE below (id) AS ("
        " SELECT id FROM message WHERE id = ? AND deleted_at IS NULL"
        " UNION ALL SELECT m.id FROM below JOIN message m ON m.parent_id = below.id WHERE m.deleted_at IS NULL)"
        " SELECT id FROM below",
        (message_id,),
    )
    return frozenset(row[0] for row in rows)


def put_aside(db: sqlite3.Connection, message_id: int, deleted_at: datetime) -> frozenset[int]:
    """Mark the message and all below it as deleted, and lead the current path around them; gives the marked ones.

    The path goes on in the nearest sibling that is left, the earlier of two; without one it ends at the parent.
    """
    message = read_kept_message(db, message_id)
    beside = [one for one in read_siblings(db, message_id) if one.id != message_id]
    marked = kept_below(db, message_id)
    moment = stored_time(deleted_at)
    db.executemany("UPDATE message SET deleted_at = ? WHERE id = ?", ((moment, one) for one in marked))
    (current_id,) = db.execute(
        "SELECT current_message_id FROM conversation WHERE id = ?", (message.conversation_id,)
    ).fetchone()
    if current_id in marked:
        earlier = [one.id for one in beside if one.id < message_id]
        nearest = earlier[-1] if earlier else next((one.id for one in beside), None)
        set_current(db, message.conversation_id, message.parent_id if nearest is None else newest_leaf(db, nearest))
    return marked


def bring_back(db: sqlite3.Connection, message_id: int, leaf_id: int | None) -> None:
    """Undo `put_aside`: what was marked with the message, and not what had been deleted before.

    The current path runs through it again, to `leaf_id` if that is below it, else to the newest.  Raises LookupError
    if what it hangs on is deleted itself.
    """
    message = read_message(db, message_id)
    if message.parent_id is not None and not is_kept(db, message.parent_id):
        raise LookupError(f"no message {message.parent_id}")
    db.execute(
        "WITH RECURSIVE below (id, deleted_at) AS ("
        " SELECT id, deleted_at FROM message WHERE id = ? AND deleted_at IS NOT NULL"
        " UNION ALL SELECT m.id, m.deleted_at FROM below JOIN message m ON m.parent_id = below.id"
        " WHERE m.deleted_at = below.deleted_at)"
        " UPDATE message SET deleted_at = NULL WHERE id IN (SELECT id FROM below)",
        (message_id,),
    )
    end = leaf_id if leaf_id in kept_below(db, message_id) else newest_leaf(db, message_id)
    set_current(db, message.conversation_id, end)


def set_current(db: sqlite3.Connection, conversation_id: int, leaf_id: int | None) -> None:
    """Let the current path end at `leaf_id`."""
    db.execute("UPDATE conversation SET current_message_id = ? WHERE id = ?", (leaf_id, conversation_id))


def insert_conversation(
    db: sqlite3.Connection, *, title: str, model_id: str | None, system_prompt: str, created_at: datetime
) -> int:
    cursor = db.execute(
        "INSERT INTO conversation (title, title_origin, model_id, system_prompt, draft, is_pinned, created_at,"
        " updated_at)"
        " VALUES (?, 'app', ?, ?, '', 0, ?, ?)",
        (
            stored_text(title),
            optional_text(model_id),
            stored_text(system_prompt),
            stored_time(created_at),
            time_in_list(db, created_at),
        ),
    )
    return _new_id(cursor)


def insert_prompt(
    db: sqlite3.Connection,
    conversation_id: int,
    parent_id: int | None,
    text: str,
    created_at: datetime,
    attachments: tuple[Attachment, ...] = (),
) -> int:
    moment = stored_time(created_at)
    cursor = db.execute(
        "INSERT INTO message (conversation_id, parent_id, sibling_index, role, text, reasoning, status, created_at,"
        f" ended_at, is_demo, attachments) VALUES (?1, ?2, {_NEXT_SIBLING}, ?3, ?4, '', ?5, ?6, ?6, 0, ?7)",
        (
            conversation_id,
            parent_id,
            Role.USER.value,
            stored_text(text),
            MessageStatus.COMPLETE.value,
            moment,
            stored_attachments(attachments),
        ),
    )
    return _new_id(cursor)


def take_from_draft(
    db: sqlite3.Connection, conversation_id: int, prompt: str, attachments: tuple[Attachment, ...]
) -> None:
    """The prompt is no draft any more, nor is a beginning of it; what was typed below it while it waited still is, and
    so is what was typed elsewhere, with its pictures."""
    draft, pictures = db.execute(
        "SELECT draft, draft_attachments FROM conversation WHERE id = ?", (conversation_id,)
    ).fetchone()
    text = stored_text(prompt)
    rest = "" if text.startswith(draft) else without(text, draft) if text else draft
    left = tuple(one for one in attachments_from(pictures) if one not in attachments)
    db.execute(
        "UPDATE conversation SET draft = ?, draft_attachments = ? WHERE id = ?",
        (rest, stored_attachments(left), conversation_id),
    )


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
    set_current(db, conversation_id, reply_id)
    note_change(db, conversation_id, created_at)
    return reply_id


def insert_aside(db: sqlite3.Connection, message: Message, columns: Mapping[str, object]) -> None:
    """Another message below its parent that changes neither the current path nor the list; the rest is in `columns`."""
    place = message.conversation_id, message.parent_id
    (sibling_index,) = db.execute(f"SELECT {_NEXT_SIBLING}", place).fetchone()
    row = {
        **columns,
        "conversation_id": message.conversation_id,
        "parent_id": message.parent_id,
        "sibling_index": sibling_index,
        "role": message.role.value,
        "created_at": stored_time(message.created_at),
        "is_demo": int(message.is_demo),
    }
    db.execute(f"INSERT INTO message ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


def reopen_reply(db: sqlite3.Connection, reply_id: int, owner: Owner) -> None:
    """An ended reply queued and owned again.  Its text, usage, request id and finish reason stay until it ends."""
    db.execute(
        "UPDATE message SET status = ?, ended_at = NULL, failure = NULL, owner_instance_id = ?, owner_process_id = ?,"
        " owner_process_started = ? WHERE id = ?",
        (MessageStatus.QUEUED.value, owner.instance_id, owner.process_id, owner.process_started, reply_id),
    )


_NEXT_SIBLING = (
    "(SELECT ifnull(max(sibling_index), -1) + 1 FROM message"
    " WHERE conversation_id = ?1 AND ifnull(parent_id, 0) = ifnull(?2, 0))"
)


def _new_id(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def title_for(title: str, prompt: str, attachments: tuple[Attachment, ...] = ()) -> str:
    """`title`, or the prompt's first line where none is given; of a prompt without words what its picture is called."""
    given = title or title_from_prompt(prompt)
    return given or (attachments[0].name or tr("Picture") if attachments else "")
