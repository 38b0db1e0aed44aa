"""Any released schema to the newest: dated steps, each wholly or not at all.  Never edited once released.

A step runs inside `BEGIN IMMEDIATE … PRAGMA user_version = n … COMMIT`; before the first one a snapshot of the whole
history goes to `backups/`.  No `executescript`: it commits behind one's back.  The meaning of each column stands in
`docs/data-format.md`, compared with the real schema by a test.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from qwen_desktop.core.errors import DatabaseTooNew, StorageUnavailable
from qwen_desktop.core.storage.backups import BEFORE_SCHEMA, prune, take_snapshot
from qwen_desktop.core.storage.database import transaction
from qwen_desktop.core.storage.inspection import APPLICATION_ID

Migration = Callable[[sqlite3.Connection], None]

_PRECIOUS = ("conversation", "message", "journal")


def m001_first(db: sqlite3.Connection) -> None:
    """Conversations as trees of messages, the journal of running replies and their owners (0.1.0)."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(
        """
        CREATE TABLE conversation (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT NOT NULL,
            title_origin TEXT NOT NULL,
            model_id TEXT,
            system_prompt TEXT NOT NULL,
            draft TEXT NOT NULL,
            is_pinned INTEGER NOT NULL,
            current_message_id INTEGER REFERENCES message (id) ON DELETE SET NULL,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            deleted_at TEXT
        )
        """
    )
    # A parent is always older than its children, so a path cannot be a circle and is sorted by id.
    db.execute(
        """
        CREATE TABLE message (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation_id INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
            parent_id INTEGER REFERENCES message (id) ON DELETE CASCADE CHECK (parent_id < id),
            sibling_index INTEGER NOT NULL,
            role TEXT NOT NULL,
            text TEXT NOT NULL,
            reasoning TEXT NOT NULL,
            status TEXT NOT NULL,
            created_at TEXT NOT NULL,
            ended_at TEXT,
            thinking_s REAL,
            model_id TEXT,
            is_demo INTEGER NOT NULL,
            finish_reason TEXT,
            request_id TEXT,
            input_tokens INTEGER,
            output_tokens INTEGER,
            total_tokens INTEGER,
            reasoning_tokens INTEGER,
            cached_tokens INTEGER,
            failure TEXT,
            tool_calls TEXT,
            sources TEXT,
            owner_instance_id TEXT,
            owner_process_id INTEGER,
            owner_process_started TEXT
        )
        """
    )
    db.execute(
        """
        CREATE TABLE journal (
            id INTEGER PRIMARY KEY,
            message_id INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            content TEXT NOT NULL,
            written_at TEXT NOT NULL
        )
        """
    )
    db.execute(
        "CREATE INDEX conversation_list ON conversation (is_pinned DESC, updated_at DESC, id DESC)"
        " WHERE deleted_at IS NULL"
    )
    db.execute("CREATE INDEX conversation_current ON conversation (current_message_id)")
    db.execute("CREATE UNIQUE INDEX message_siblings ON message (conversation_id, ifnull(parent_id, 0), sibling_index)")
    db.execute("CREATE INDEX message_parent ON message (parent_id)")
    db.execute("CREATE INDEX message_running ON message (owner_instance_id) WHERE owner_instance_id IS NOT NULL")
    db.execute("CREATE INDEX journal_message ON journal (message_id, id)")


def m002_deleted_messages(db: sqlite3.Connection) -> None:
    """A message and all below it can be put aside, as a conversation can (0.1.0)."""
    db.execute("ALTER TABLE message ADD COLUMN deleted_at TEXT")


def m003_continuations(db: sqlite3.Connection) -> None:
    """Where a reply was continued after a cut (0.1.0)."""
    db.execute("ALTER TABLE message ADD COLUMN continuations TEXT")


def m004_costs(db: sqlite3.Connection) -> None:
    """What a reply cost, frozen at its end, and an index for sums that touches no text (0.1.0)."""
    db.execute("ALTER TABLE message ADD COLUMN cost TEXT")
    db.execute("ALTER TABLE message ADD COLUMN cost_currency TEXT")
    db.execute("ALTER TABLE message ADD COLUMN cost_priced_on TEXT")
    db.execute("ALTER TABLE message ADD COLUMN cost_is_least INTEGER")
    db.execute("ALTER TABLE message ADD COLUMN is_billed INTEGER")
    db.execute(
        "UPDATE message SET is_billed = 1 WHERE role = 'assistant' AND is_demo = 0 AND ended_at IS NOT NULL"
        " AND (input_tokens IS NOT NULL OR text <> '' OR reasoning <> '')"
    )
    # Everything a sum needs is in it, so that no row has to be read.
    db.execute(
        "CREATE INDEX message_usage ON message (is_billed, ended_at, model_id, input_tokens, cached_tokens,"
        " output_tokens, reasoning_tokens, cost, cost_currency, cost_is_least) WHERE is_billed = 1"
    )


def m005_sent_requests(db: sqlite3.Connection) -> None:
    """What left for each reply, to be copied as a command (0.1.0)."""
    db.execute("ALTER TABLE message ADD COLUMN sent BLOB")


def m006_attachments_and_left_out_turns(db: sqlite3.Connection) -> None:
    """Pictures of prompts and of drafts, and turns that are not sent along any more (0.1.0)."""
    db.execute("ALTER TABLE message ADD COLUMN attachments TEXT")
    db.execute("ALTER TABLE message ADD COLUMN is_left_out INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE conversation ADD COLUMN draft_attachments TEXT")
    # Which files are in use is asked without reading a text.
    db.execute("CREATE INDEX message_attachments ON message (id) WHERE attachments IS NOT NULL")


def m007_folders_tags_and_bin(db: sqlite3.Connection) -> None:
    """Where the user put a conversation, and indexes that find what was deleted without reading texts (0.1.0)."""
    db.execute("ALTER TABLE conversation ADD COLUMN folder TEXT")
    db.execute("ALTER TABLE conversation ADD COLUMN tags TEXT")
    db.execute("CREATE INDEX conversation_deleted ON conversation (deleted_at) WHERE deleted_at IS NOT NULL")
    db.execute("CREATE INDEX message_deleted ON message (deleted_at) WHERE deleted_at IS NOT NULL")


MIGRATIONS: tuple[Migration, ...] = (
    m001_first,
    m002_deleted_messages,
    m003_continuations,
    m004_costs,
    m005_sent_requests,
    m006_attachments_and_left_out_turns,
    m007_folders_tags_and_bin,
)
SCHEMA_VERSION = len(MIGRATIONS)


def upgrade(db: sqlite3.Connection, path: Path | None, migrations: Sequence[Migration] = MIGRATIONS) -> Path | None:
    """Bring the history to the newest schema; gives the snapshot made before, None if none was needed.

    Rows are counted before and after each step, which may lose and gain none.  Raises DatabaseTooNew,
    StorageUnavailable 'upgrade' and sqlite3.Error: then the step that failed has changed nothing.  Two processes may do
    this at once; each step is done by one of them.
    """
    made: Path | None = None
    is_new = _version(db) == 0
    for version, migrate in enumerate(migrations, start=1):
        if _version(db) >= version:
            continue
        if made is None and not is_new and path is not None:
            made = take_snapshot(db, path.parent / "backups", f"{BEFORE_SCHEMA}{len(migrations)}")
        with transaction(db):
            if _version(db) < version:  # asked again inside: another process may have been faster
                before = _counted(db)
                migrate(db)
                after = _counted(db)
                if any(after.get(table) != count for table, count in before.items()):
                    told = f"step {version} of the upgrade: {before} became {after}"
                    raise StorageUnavailable(told, reason="upgrade", path=str(path or ""))
                db.execute(f"PRAGMA user_version = {version}")
    if _version(db) > len(migrations):
        raise DatabaseTooNew(f"schema {_version(db)}, this version knows {len(migrations)}", path=str(path or ""))
    # SQLite opens a read-only file all the same, and even BEGIN IMMEDIATE succeeds; this changes nothing, and fails now
    # rather than at the user's first prompt.
    db.execute("DELETE FROM journal WHERE 0")
    if made is not None and path is not None:
        prune(made.parent)
    return made


def _counted(db: sqlite3.Connection) -> dict[str, int]:
    """Rows of each table that holds what the user wrote and got."""
    tables = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in _PRECIOUS if name in tables}


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version
