"""The file of the search index, `search.sqlite3`: made from the history, beside it, and made anew when it is damaged.

A file of its own: writing to it never holds the history's write lock, so nothing queues in front of the journal; it is
in no backup; and whatever happens to it, nothing the user wrote is lost.  It knows what it has read by each
conversation's title and `updated_at` and each message's `ended_at`, so it finds by itself what `ask`, an import, a
restored backup or a crash changed.

FTS5: https://www.sqlite.org/fts5.html (2026-11-26); `detail=none` keeps which texts have a token, not where.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from qwen_desktop.core.storage.database import BUSY_TIMEOUT_S, make_private_file, uri

log = logging.getLogger(__name__)

FORMAT = 3
"""Raised whenever folding, tokens, `resources/han.txt` or a table changes: the index is then made anew."""
_CACHE_KB = 8_000

_TABLES = (
    "CREATE TABLE conversation (id INTEGER PRIMARY KEY, title TEXT NOT NULL, updated_at TEXT NOT NULL)",
    # A title is a text too: its id is the conversation's, negative.  The long column comes last.
    "CREATE TABLE text (id INTEGER PRIMARY KEY, conversation_id INTEGER NOT NULL, parent_id INTEGER,"
    " role TEXT NOT NULL, created_at TEXT NOT NULL, stamp TEXT NOT NULL, model TEXT NOT NULL,"
    " has_code INTEGER NOT NULL, folded TEXT NOT NULL)",
    "CREATE INDEX text_conversation ON text (conversation_id, id, stamp, model, has_code)",
    "CREATE INDEX text_parent ON text (parent_id) WHERE parent_id IS NOT NULL",
    "CREATE TABLE running (message_id INTEGER PRIMARY KEY, conversation_id INTEGER NOT NULL)",
    "CREATE TABLE vocabulary (id INTEGER PRIMARY KEY, words BLOB NOT NULL)",
    "CREATE TABLE recent_word (word TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE VIRTUAL TABLE token USING fts5 (word, content='', detail=none, columnsize=0,"
    " tokenize=\"ascii tokenchars '_'\")",
)


def index_path(history: Path) -> Path:
    """Where the index of a history lies."""
    return history.with_name("search.sqlite3")


def open_index(path: Path, history: Path) -> sqlite3.Connection:
    """The index, with the history to read as `history`.  One of another format, or that cannot be read, is made anew.

    Raises OSError and sqlite3.Error, of the history too.
    """
    try:
        return _open(path, history)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        log.warning("the search index is damaged and is made anew")
    remove_index(path)
    return _open(path, history)


def _open(path: Path, history: Path) -> sqlite3.Connection:
    make_private_file(path)
    connection = sqlite3.connect(uri(path, "rw"), uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S)
    try:
        connection.execute("PRAGMA temp_store = MEMORY")  # no chat text in temporary files
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes is read again
        connection.execute("PRAGMA journal_size_limit = 4194304")
        _make_tables(connection)
        connection.execute("ATTACH ? AS history", (uri(history, "ro"),))
        connection.execute("CREATE VIRTUAL TABLE temp.vocabulary_of_tokens USING fts5vocab (main, token, row)")
    except BaseException:
        connection.close()
        raise
    return connection


def _make_tables(connection: sqlite3.Connection) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
        return
    connection.execute("BEGIN IMMEDIATE")
    with closing(connection.cursor()) as cursor:
        version = cursor.execute("PRAGMA user_version").fetchone()[0]
        if version != FORMAT:  # asked again inside: another process may have been faster
            for name in ("conversation", "text", "running", "vocabulary", "recent_word", "token"):
                cursor.execute(f"DROP TABLE IF EXISTS {name}")
            for table in _TABLES:
                cursor.execute(table)
            cursor.execute(f"PRAGMA user_version = {FORMAT}")
        cursor.execute("COMMIT")


def remove_index(path: Path) -> None:
    """The texts in it with it.  Raises OSError; with no connection open."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        with suppress(FileNotFoundError):
            path.with_name(name).unlink()


def is_damage(error: sqlite3.Error) -> bool:
    """The file is not what it was."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
