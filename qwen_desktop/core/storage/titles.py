"""Titles by a model: which conversations may get one, and what it took.

What was billed is kept as a reply without words below the first prompt, deleted the moment it ended (`deleted_at` is
`ended_at`): as an erased reply is, so it is on no path and in no list, and counts in every sum and for the cap.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from qwen_desktop.core.chat.titles import Beginning
from qwen_desktop.core.storage import tree
from qwen_desktop.core.storage.database import transaction
from qwen_desktop.core.storage.rows import ended_columns, now, stored_text, stored_time

if TYPE_CHECKING:
    from qwen_desktop.core.chat.message import Message
    from qwen_desktop.core.storage.conversations import History

_READ_CHARACTERS = 2_000
"""Of prompt and reply: more than is ever sent."""
_WORDLESS = dict.fromkeys(("failure", "tool_calls", "sources", "continuations", "thinking_s"))


class ModelTitles:
    """Of one history; see `chat/titles.py`.  Each method raises StorageUnavailable."""

    def __init__(self, history: History) -> None:
        self._history = history

    async def beginning(self, conversation_id: int) -> Beginning | None:
        """The first turn of a conversation with the title of its prompt and exactly one finished reply."""

        def read(db: sqlite3.Connection) -> Beginning | None:
            rows = db.execute(
                "SELECT p.id, substr(p.text, 1, ?2), substr(r.text, 1, ?2), p.parent_id, r.deleted_at"
                " FROM message r JOIN message p ON p.id = r.parent_id JOIN conversation c ON c.id = r.conversation_id"
                " WHERE c.id = ?1 AND c.title_origin = 'app' AND c.deleted_at IS NULL AND r.role = 'assistant'"
                " AND (r.status = 'complete' OR r.deleted_at = r.ended_at) LIMIT 2",
                (conversation_id, _READ_CHARACTERS),
            ).fetchall()
            if len(rows) != 1:
                return None
            prompt_id, prompt, reply, before, deleted_at = rows[0]
            return Beginning(prompt_id, prompt, reply) if before is None and deleted_at is None else None

        return await self._history.read_beside(read)

    async def keep(self, reply: Message, title: str) -> bool:
        """In one transaction; a name that the user gave meanwhile stays."""
        ended_at = reply.ended_at or now()

        def write(db: sqlite3.Connection) -> bool:
            ended = dict(ended_columns(reply, ended_at))
            ended.pop("sent", None)
            changed = 0
            with transaction(db):
                if ended["is_billed"]:
                    wordless = {**ended, **_WORDLESS, "text": "", "reasoning": "", "deleted_at": stored_time(ended_at)}
                    tree.insert_aside(db, reply, wordless)
                    changed += 1
                if title:
                    changed += db.execute(
                        "UPDATE conversation SET title = ?, title_origin = 'model'"
                        " WHERE id = ? AND title_origin = 'app'",
                        (stored_text(title), reply.conversation_id),
                    ).rowcount
            return changed > 0

        return await self._history.write_beside(write)
