"""What the user deleted: kept for at least 30 days to be brought back, then erased, in small steps beside the work.

Erasing takes every word.  A reply that was billed leaves its row behind, with tokens and cost and nothing else, so that
the months still add up and a cap still holds.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

from qwen_desktop.core.chat.conversation import KEPT_FOR, DeletedConversation
from qwen_desktop.core.storage.backups import backups_in
from qwen_desktop.core.storage.database import Lane, open_reader, transaction
from qwen_desktop.core.storage.rows import now, stored_time

__all__ = ["KEPT_FOR", "Bin", "DeletedConversation"]
_MESSAGES_AT_ONCE = 100
"""Erased in one transaction: a few milliseconds, after which a journal may write."""

_SURELY_BROKEN_OFF = timedelta(hours=1)
_YOUNG_S = 24 * 3600.0
_DIGEST = re.compile("[0-9a-f]{64}")

WORDLESS = (
    "text = '', reasoning = '', failure = NULL, tool_calls = NULL, sources = NULL, continuations = NULL, sent = NULL,"
    " attachments = NULL, request_id = NULL, finish_reason = NULL"
)
"""What is set of a message that is erased."""
_HAS_WORDS = (
    "(m.text <> '' OR m.reasoning <> '' OR m.attachments IS NOT NULL OR m.sent IS NOT NULL OR m.sources IS NOT NULL"
    " OR m.tool_calls IS NOT NULL OR m.failure IS NOT NULL)"
)


class Bin:
    """The deleted conversations of a history, and the messages that were deleted from others.

    Each method raises StorageUnavailable."""

    def __init__(self, writer: Lane, reader: Lane) -> None:
        self._writer = writer
        self._reader = reader

    async def conversations(self) -> list[DeletedConversation]:
        """The last deleted first; those that were erased are not among them."""

        def read(db: sqlite3.Connection) -> list[DeletedConversation]:
            rows = db.execute(
                "SELECT c.id, c.title, (SELECT count(*) FROM message m WHERE m.conversation_id = c.id"
                " AND m.deleted_at IS NULL), c.deleted_at FROM conversation c WHERE c.deleted_at IS NOT NULL"
                " AND c.title_origin <> 'erased' ORDER BY c.deleted_at DESC, c.id DESC"
            )
            return [
                DeletedConversation(id, title, messages, datetime.fromisoformat(deleted_at))
                for id, title, messages, deleted_at in rows
            ]

        return await self._reader.read(read)

    async def erase(self, conversation_id: int) -> None:
        """For good.  One that is not deleted stays."""
        begin, unbilled, rest = _steps_of(conversation_id)
        if await self._writer.write(begin):
            while await self._writer.write(unbilled):
                pass
            while await self._writer.write(rest):
                pass

    async def erase_before(self, moment: datetime) -> int:
        """Everything that was deleted before that, and what was left of an erasure or a copy (see `branching`) that a
        crash broke off; gives how many conversations and messages that were.

        May be cancelled between two steps."""
        before = stored_time(moment)
        unfinished = stored_time(now() - _SURELY_BROKEN_OFF)
        rows = await self._reader.read(
            lambda db: db.execute(
                "SELECT id FROM conversation WHERE deleted_at < ? AND title_origin <> 'erased'"
                " UNION SELECT c.id FROM conversation c WHERE c.deleted_at < ? AND c.title_origin = 'erased'"
                f" AND EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND {_HAS_WORDS})",
                (before, unfinished),
            ).fetchall()
        )
        for (conversation_id,) in rows:
            await self.erase(conversation_id)
        erased = len(rows)
        while some := await self._writer.write(_erasing_messages(before)):
            erased += some
        return erased

    async def erase_pictures(self, folder: Path) -> int:
        """Files of `folder` that no message, no draft and no backup names, and that are older than a day: one that is
        younger may be on its way into a message.  Drafts that belong to no conversation lie beside the folder.  None
        goes while a damaged history is kept there.  Gives how many."""
        used = await self._reader.read(_named_in)
        return await asyncio.to_thread(_erase_files, folder, used, time.time() - _YOUNG_S)


def _named_in(db: sqlite3.Connection) -> set[str]:
    """Digests of the pictures of messages and drafts; with every schema there was."""
    named: set[str] = set()
    for table, column in (("message", "attachments"), ("conversation", "draft_attachments")):
        if any(row[1] == column for row in db.execute(f"PRAGMA table_info ({table})")):
            rows = db.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
            named.update(digest for (text,) in rows for digest in _DIGEST.findall(text))
    return named


def _erase_files(folder: Path, used: set[str], before: float) -> int:
    erased = 0
    try:
        unused = {
            path.name: path
            for path in folder.iterdir()
            if _DIGEST.fullmatch(path.name) and path.name not in used and path.stat().st_mtime < before
        }
        if not unused or any(folder.parent.glob("damaged-*")):
            return 0
        for draft in folder.parent.glob("*-pictures.json"):
            used |= set(_DIGEST.findall(draft.read_text(encoding="utf-8")))
        for backup in backups_in(folder.parent / "backups"):
            with closing(open_reader(backup.path, is_immutable=True)) as db:
                used |= _named_in(db)
    except (OSError, ValueError, sqlite3.Error):  # what it names is not known, so nothing is erased
        return 0
    for name in unused.keys() - used:
        with suppress(OSError):
            unused[name].unlink()
            erased += 1
    return erased


def _steps_of(conversation_id: int) -> tuple[Callable[[sqlite3.Connection], int], ...]:
    """Its own words; then messages that were not billed and have none below them, the newest first; then the words of
    the others.  Each gives how many rows it changed."""

    def begin(db: sqlite3.Connection) -> int:
        return _changed(
            db,
            "UPDATE conversation SET title = '', title_origin = 'erased', draft = '', draft_attachments = NULL,"
            " system_prompt = '', folder = NULL, tags = NULL, current_message_id = NULL"
            " WHERE id IN (SELECT id FROM conversation WHERE id = ? AND deleted_at IS NOT NULL LIMIT ?)",
            conversation_id,
        )

    def unbilled(db: sqlite3.Connection) -> int:
        return _changed(
            db,
            "DELETE FROM message WHERE id IN (SELECT m.id FROM message m WHERE m.conversation_id = ?"
            " AND m.is_billed IS NOT 1 AND m.owner_instance_id IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM message child WHERE child.parent_id = m.id) ORDER BY m.id DESC LIMIT ?)",
            conversation_id,
        )

    def rest(db: sqlite3.Connection) -> int:
        return _changed(
            db,
            f"UPDATE message SET {WORDLESS} WHERE id IN (SELECT m.id FROM message m WHERE m.conversation_id = ?"
            f" AND m.owner_instance_id IS NULL AND {_HAS_WORDS} LIMIT ?)",
            conversation_id,
        )

    return begin, unbilled, rest


def _erasing_messages(before: str) -> Callable[[sqlite3.Connection], int]:
    """The words of messages deleted from conversations that are still there."""

    def erase(db: sqlite3.Connection) -> int:
        return _changed(
            db,
            f"UPDATE message SET {WORDLESS} WHERE id IN (SELECT m.id FROM message m WHERE m.deleted_at < ?"
            f" AND m.owner_instance_id IS NULL AND {_HAS_WORDS} LIMIT ?)",
            before,
        )

    return erase


def _changed(db: sqlite3.Connection, statement: str, first: object) -> int:
    with transaction(db, is_durable=False):
        return db.execute(statement, (first, _MESSAGES_AT_ONCE)).rowcount
