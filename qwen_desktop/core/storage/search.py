"""Words to conversations: a plain look through titles and texts, all branches, newest first.

Runs on a read-only connection that gives up within milliseconds when nobody waits for the answer.  A full-text index
will take its place; what calls it stays.
"""

from __future__ import annotations

import sqlite3

from qwen_desktop.core.chat.conversation import ConversationSummary
from qwen_desktop.core.storage.rows import SUMMARY_COLUMNS, stored_text, summary_from

_LONGEST_PATTERN_BYTES = 40_000
"""SQLite refuses LIKE patterns over 50,000 bytes (https://www.sqlite.org/limits.html, 2026-11-23)."""


def search(db: sqlite3.Connection, text: str, limit: int) -> list[ConversationSummary]:
    """Conversations whose title or any message holds `text`, surrounding space aside; ASCII letters in either case.

    Deleted ones are left out; an empty text finds nothing.
    """
    wanted = stored_text(text.strip())
    if not wanted:
        return []
    # LIKE stops at a NUL inside a text, instr() does not; a pattern too long for LIKE has to match exactly.
    matches = "instr({column}, :wanted)"
    if len(wanted.encode()) <= _LONGEST_PATTERN_BYTES:
        matches = "({column} LIKE :pattern ESCAPE '\\' OR instr({column}, :wanted))"
    escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = db.execute(
        f"SELECT {SUMMARY_COLUMNS} FROM conversation c WHERE c.deleted_at IS NULL AND ("
        f"{matches.format(column='c.title')} OR EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id"
        f" AND m.deleted_at IS NULL AND {matches.format(column='m.text')}))"
        " ORDER BY c.updated_at DESC, c.id DESC LIMIT :limit",
        {"wanted": wanted, "pattern": f"%{escaped}%", "limit": limit},
    )
    return [summary_from(row) for row in rows]
