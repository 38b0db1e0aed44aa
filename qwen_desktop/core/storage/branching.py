"""A new conversation with what another one says up to a message; the other one stays as it is.

The copies have the words, pictures and marks of the originals, and none of their usage and cost: those were paid once
and count once.
"""

from __future__ import annotations

import sqlite3
from itertools import repeat
from typing import TYPE_CHECKING

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.storage import tree
from qwen_desktop.core.storage.database import transaction
from qwen_desktop.core.storage.journal import time_in_list
from qwen_desktop.core.storage.rows import now, stored_text, stored_time
from qwen_desktop.core.translations import tr

if TYPE_CHECKING:
    from qwen_desktop.core.storage.conversations import History

COPIED = (
    "role, text, reasoning, status, created_at, ended_at, thinking_s, model_id, is_demo, finish_reason, request_id,"
    " failure, tool_calls, sources, continuations, attachments, is_left_out"
)
NOT_COPIED = (
    # Of its place, which is another one now.
    "id, conversation_id, parent_id, sibling_index, deleted_at,"
    # Of what was paid and sent once: the request quotes the originals.
    " input_tokens, output_tokens, total_tokens, reasoning_tokens, cached_tokens, cost, cost_currency, cost_priced_on,"
    " cost_is_least, is_billed, sent,"
    # Of who is writing it.
    " owner_instance_id, owner_process_id, owner_process_started"
)


_RUNNING = ", ".join(f"'{status.value}'" for status in MessageStatus if status.is_running)
AT_ONCE = 500
"""Messages for which a journal may have to wait: some 15 ms."""


async def branch_off(history: History, message_id: int) -> int:
    """Copy the path from the first message to that one; gives the id of the new conversation.

    One transaction, or for a long path several short ones: until the last of them the new conversation is marked as
    erased, so nothing shows or finds half a one, and the bin ends it where a crash comes in between.  A reply that is
    still running is copied as interrupted, with the
    text committed so far.  Folder, tags, model and system prompt are those of the original; pin and draft are not.
    Raises LookupError, for a deleted message too.
    """
    title_of = tr("{title} (copy)", title="{title}")
    path = await history.read_beside(lambda db: _path(db, message_id))
    made = end = None
    for start in range(0, len(path), AT_ONCE):
        some, is_last = path[start : start + AT_ONCE], start + AT_ONCE >= len(path)

        def write(
            db: sqlite3.Connection,
            made: int | None = made,
            end: int | None = end,
            some: list[int] = some,
            is_last: bool = is_last,
        ) -> tuple[int, int]:
            with transaction(db, is_durable=is_last):  # the disk itself is waited for once
                place = _insert_erased(db) if made is None else made
                leaf_id = _copy(db, place, end, some)
                if is_last:
                    _show(db, place, message_id, title_of)
                    tree.set_current(db, place, leaf_id)
            return place, leaf_id

        made, end = await history.write_beside(write)
    assert made is not None
    return made


def _path(db: sqlite3.Connection, message_id: int) -> list[int]:
    """The ids from the first message to that one."""
    if not tree.is_kept(db, message_id):
        raise LookupError(f"no message {message_id}")
    rows = db.execute(
        "WITH RECURSIVE path (id) AS ("
        " SELECT ? UNION ALL SELECT p.parent_id FROM path JOIN message p ON p.id = path.id"
        " WHERE p.parent_id IS NOT NULL)"
        " SELECT id FROM path ORDER BY id",
        (message_id,),
    )
    return [row[0] for row in rows]


def _insert_erased(db: sqlite3.Connection) -> int:
    """A conversation that is nowhere shown."""
    moment = stored_time(now())
    made = db.execute(
        "INSERT INTO conversation (title, title_origin, system_prompt, draft, is_pinned, created_at, updated_at,"
        " deleted_at) VALUES ('', 'erased', '', '', 0, ?1, ?1, ?1)",
        (moment,),
    ).lastrowid
    assert made is not None
    return made


def _show(db: sqlite3.Connection, place: int, message_id: int, title_of: str) -> None:
    """In the list, with what it has of the conversation of that message.  Raises LookupError."""
    conversation_id = tree.read_kept_message(db, message_id).conversation_id
    title = tree.read_summary(db, conversation_id).title
    db.execute(
        "UPDATE conversation SET (title_origin, model_id, system_prompt, folder, tags) ="
        " (SELECT title_origin, model_id, system_prompt, folder, tags FROM conversation WHERE id = ?1),"
        " title = ?2, updated_at = ?3, deleted_at = NULL WHERE id = ?4",
        (
            conversation_id,
            stored_text(title_of.replace("{title}", title)) if title else "",
            time_in_list(db, now()),
            place,
        ),
    )


def _copy(db: sqlite3.Connection, place: int, end: int | None, some: list[int]) -> int:
    """Hang copies of these messages, one below the other, below `end`; gives the last one's id."""
    (last,) = db.execute(
        "SELECT max(ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'message'), 0),"
        " ifnull((SELECT max(id) FROM message), 0))"
    ).fetchone()
    ids = range(last + 1, last + 1 + len(some))
    copied = db.executemany(
        f"INSERT INTO message (id, conversation_id, parent_id, sibling_index, is_billed, {COPIED})"
        f" SELECT ?, ?, ?, 0, 0, {COPIED} FROM message WHERE id = ?",
        zip(ids, repeat(place), (end, *ids[:-1]), some, strict=False),
    ).rowcount
    if copied != len(some):
        raise LookupError("a message of the path was erased meanwhile")
    rows = db.execute(
        f"SELECT id FROM message WHERE conversation_id = ? AND id > ? AND status IN ({_RUNNING})", (place, last)
    ).fetchall()
    for (copy_id,) in rows:
        _end(db, copy_id, some[copy_id - ids[0]])
    return ids[-1]


def _end(db: sqlite3.Connection, copy_id: int, old_id: int) -> None:
    """Nobody writes the copy of a reply that is being written."""
    original = tree.read_message(db, old_id)
    words = stored_text(original.text), stored_text(original.reasoning)
    db.execute(
        "UPDATE message SET text = ?, reasoning = ?, status = ?, ended_at = ? WHERE id = ?",
        (*words, MessageStatus.INTERRUPTED.value, stored_time(now()), copy_id),
    )
