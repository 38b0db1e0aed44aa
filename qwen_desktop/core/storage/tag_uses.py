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
    rows = db.execute("SELECT id, tags FROM conversation WHERE tags IS NOT NULL AND deleted_at IS NULL")
    for conversation_id, stored in rows:
        for tag in tags_from(stored):
            spellings.setdefault(tags.key(tag), Counter())[tag] += 1
            marked[tags.key(tag)] += conversation_id in asked
    return [
        TagUse(spelling.most_common(1)[0][0], spelling.total(), marked[key])
        for key, spelling in sorted(spellings.items())
    ]
