"""The vocabulary of the search index, kept in its file as it was once, with the words that came since.

To read it out of the index itself takes half a second at 100,000 messages, since the index counts the texts of each
word; what is kept takes a tenth of that.  Runs on the index's own thread and connection.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable

from qwen_desktop.core.search.tokens import Vocabulary


def read_vocabulary(db: sqlite3.Connection) -> Vocabulary:
    """As it was kept, with the words since; else out of the index."""
    kept = db.execute("SELECT words FROM vocabulary").fetchone()
    if kept is None:
        return Vocabulary(_counted(db), _text_count(db))
    lines = zlib.decompress(kept[0]).decode().split("\n")
    pairs = (line.rpartition("\t") for line in lines if line)
    vocabulary = Vocabulary(((word, int(count)) for word, _, count in pairs), _text_count(db))
    vocabulary.note(word for (word,) in db.execute("SELECT word FROM recent_word"))
    return vocabulary


def keep_vocabulary(db: sqlite3.Connection, most_recent: int) -> bool:
    """Keep it as it is in the index, if it was not yet, or more than so many words came since; whether it did.

    Inside a transaction."""
    is_kept = db.execute("SELECT 1 FROM vocabulary").fetchone() is not None
    if is_kept and db.execute("SELECT count(*) FROM recent_word").fetchone()[0] <= most_recent:
        return False
    lines = "\n".join(f"{word}\t{count}" for word, count in _counted(db))
    db.execute("INSERT OR REPLACE INTO vocabulary VALUES (1, ?)", (zlib.compress(lines.encode(), 1),))
    db.execute("DELETE FROM recent_word")
    return True


def note_words(db: sqlite3.Connection, words: Iterable[str]) -> None:
    """They came into the index; nothing happens while its vocabulary was not kept yet."""
    if db.execute("SELECT 1 FROM vocabulary").fetchone() is not None:
        db.executemany("INSERT OR IGNORE INTO recent_word VALUES (?)", ((word,) for word in words))


def _counted(db: sqlite3.Connection) -> Iterable[tuple[str, int]]:
    return db.execute("SELECT term, doc FROM temp.vocabulary_of_tokens")


def _text_count(db: sqlite3.Connection) -> int:
    count: int = db.execute("SELECT count(*) FROM text INDEXED BY text_parent WHERE parent_id IS NOT NULL").fetchone()[
        0
    ]
    return count
