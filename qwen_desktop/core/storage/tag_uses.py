"""The tags of all conversations to how often each is in use."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection

from qwen_desktop.core.chat import tags
from qwen_desktop.core.chat.tags import TagUse
from qwen_desktop.core.storage.rows import tags_from


def tag_uses(db: sqlite3.Connection, ids: Collection[int] = ()) -> list[TagUse]:
    """By name; written as most conversations write it.  `ids`: the conversations that are asked about."""
    asked = frozenset(ids)
    spellings: dict[str, Counter[str]] = {}
    marked: Counter[str] = Counter()
    known: dict[str, tuple[str, ...]] = {}
    """Many conversations have the same tags."""
    rows = db.execute("SELECT id, tags FROM conversation WHERE tags IS NOT NULL AND deleted_at IS NULL")
    for conversation_id, stored in rows:
        found = known[stored] if stored in known else known.setdefault(stored, tags_from(stored))
        for tag in found:
            key = tags.key(tag)
            spellings.setdefault(key, Counter())[tag] += 1
            marked[key] += conversation_id in asked
    return [
        TagUse(spelling.most_common(1)[0][0], spelling.total(), marked[key])
        for key, spelling in sorted(spellings.items())
    ]
