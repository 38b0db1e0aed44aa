"""Schemas: what a new history looks like, that it is documented, and how an older one is brought up to date."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.chat.message import Continuation, Cost, Failure, MessageStatus, Usage
from qwen_desktop.core.errors import DatabaseTooNew, StorageUnavailable
from qwen_desktop.core.storage.backups import take_snapshot
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import open_writer, transaction
from qwen_desktop.core.storage.migrations import MIGRATIONS, SCHEMA_VERSION, upgrade
from tests.listing import listed, searched

ROOT = Path(__file__).parents[3]
RELEASED = [ROOT / "tests" / "data" / f"history-schema-{version}.sqlite3" for version in range(1, SCHEMA_VERSION + 1)]
"""One history of each schema: the older ones are upgraded, the last one is of today."""
NEWEST = RELEASED[-1]


def schema_of(db: sqlite3.Connection) -> dict[str, str]:
    """Names to definitions; white space aside, which `ALTER TABLE` leaves as it finds it."""
    rows = db.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
    return {name: " ".join(sql.split()) for name, sql in rows}


def test_the_documented_schema_is_the_real_one(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "data-format.md").read_text(encoding="utf-8")
    with closing(open_writer(tmp_path / "history.sqlite3")) as db:
        upgrade(db, tmp_path / "history.sqlite3")
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        tables.remove("sqlite_sequence")
        documented = re.findall(r"^### Table `(\w+)`$", text, flags=re.MULTILINE)
        assert sorted(documented) == tables
        for table in tables:
            section = text.split(f"### Table `{table}`", 1)[1].split("\n#", 1)[0]
            described = re.findall(r"^\| `(\w+)` \| (\w+) \| (yes|no) \|", section, flags=re.MULTILINE)
            real = [
                (row["name"], row["type"], "no" if row["notnull"] or row["pk"] else "yes")
                for row in db.execute(f"PRAGMA table_info ({table})")
            ]
            assert described == real, table
        indexes = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")}
        assert (
            set(re.findall(r"^- `(\w+)`", text.split("## Indexes")[1].split("\n## ")[0], flags=re.MULTILINE)) == indexes
        )
        assert f"Schema version **{SCHEMA_VERSION}**" in text


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_a_new_history_has_the_schema_of_the_released_one(tmp_path: Path, released: Path) -> None:
    with closing(open_writer(tmp_path / "new.sqlite3")) as new:
        upgrade(new, tmp_path / "new.sqlite3")
        path = Path(shutil.copy(released, tmp_path / "old.sqlite3"))
        with closing(open_writer(path)) as old:
            assert old.execute("PRAGMA user_version").fetchone()[0] == RELEASED.index(released) + 1
            upgrade(old, path)
            assert schema_of(old) == schema_of(new)


@pytest.mark.parametrize(
    ("released", "has_deleted"),
    [
        (RELEASED[0], False),
        (RELEASED[1], True),
        (RELEASED[2], True),
        (RELEASED[3], True),
        (RELEASED[4], True),
        (RELEASED[5], True),
        (NEWEST, True),
    ],
)
async def test_a_released_history_is_read_and_recovered(tmp_path: Path, released: Path, has_deleted: bool) -> None:
    history = await History.open(Path(shutil.copy(released, tmp_path / "history.sqlite3")))
    pinned, *others = await listed(history)
    running, branched = sorted(others, key=lambda one: one.updated_at, reverse=True)
    assert (pinned.title, pinned.is_pinned) == ("Pinned\u2003名字", True)
    assert (await history.conversation(pinned.id)).summary.draft == "not sent yet"
    assert (running.title, branched.title) == ("What is a journal?", "Weather in 北京")
    conversation = await history.conversation(branched.id)
    assert [message.text for message in conversation.messages] == [
        "Weather in 北京?",
        "Sunny, \0 they say.",
        "And tomorrow?",
        "",
    ]
    assert conversation.system_prompt == "Be brief."
    placed = ("Work", ("weather", "北京")) if released in RELEASED[6:] else ("", ())
    assert (branched.folder, branched.tags) == placed
    assert conversation.messages[1].usage == Usage(12, 34, 46, 5, 6)
    continued = (Continuation(5, "cut", "r-0"),) if released in RELEASED[2:] else ()
    assert conversation.messages[1].continuations == continued
    cost = Cost(Decimal("0.0012345"), "CNY", date(2026, 5, 27)) if released in RELEASED[3:] else None
    assert conversation.messages[1].cost == cost
    picture = Attachment("ab" * 32, "image/png", 70, 2, 1, "photo.png")
    assert conversation.messages[0].attachments == ((picture,) if released in RELEASED[5:] else ())
    assert conversation.messages[0].is_left_out == (released in RELEASED[5:])
    sums = await history.sums_of(branched.id)
    assert (sums.replies, sums.input_tokens, sums.output_tokens, sums.cached_tokens, sums.reasoning_tokens) == (
        2, 12, 34, 6, 5,
    )  # fmt: skip
    assert (sums.amounts, sums.unknown) == (({"CNY": cost.amount}, 1) if cost else ({}, 2))
    assert conversation.messages[1].sibling_count == (1 if has_deleted else 2)
    assert conversation.messages[3].failure == Failure("RateLimited", retry_after_s=2.5, status=429, host="h:1")
    siblings = await history.siblings(conversation.messages[1].id)
    assert [message.text for message in siblings] == ["Rain."] * (not has_deleted) + ["Sunny, \0 they say."]
    (recovered,) = await history.recover()
    assert (recovered.text, recovered.reasoning, recovered.thinking_s) == ("Rows that are appended", "Let me see.", 2.0)
    assert (recovered.status, recovered.conversation_id) == (MessageStatus.INTERRUPTED, running.id)
    assert len(await searched(history, "deleted")) == 0
    await history.close()


def old_and_new(db: sqlite3.Connection) -> None:
    """A step after the last released one."""
    db.execute("ALTER TABLE conversation ADD COLUMN colour TEXT")
    db.execute("UPDATE conversation SET colour = 'red'")


def failing(db: sqlite3.Connection) -> None:
    old_and_new(db)
    db.execute("INSERT INTO nowhere VALUES (1)")


def test_an_upgrade_is_done_once_and_after_a_snapshot(tmp_path: Path) -> None:
    path = Path(shutil.copy(NEWEST, tmp_path / "history.sqlite3"))
    with closing(open_writer(path)) as db:
        db.execute("UPDATE conversation SET title = 'only in the log' WHERE is_pinned")
        before = "\n".join(db.iterdump())
        snapshot = upgrade(db, path, (*MIGRATIONS, old_and_new))
        assert snapshot is not None
        assert {row[0] for row in db.execute("SELECT colour FROM conversation")} == {"red"}
        assert db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION + 1
        assert upgrade(db, path, (*MIGRATIONS, old_and_new)) is None
        with pytest.raises(DatabaseTooNew):
            upgrade(db, path)
    assert [file.name for file in (tmp_path / "backups").iterdir()] == [snapshot.name]
    with closing(sqlite3.connect(snapshot)) as copy:
        assert "\n".join(copy.iterdump()) == before
        assert copy.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
    assert os.name != "posix" or snapshot.stat().st_mode & 0o077 == 0


def test_two_that_upgrade_at_once_do_it_once(tmp_path: Path) -> None:
    path = Path(shutil.copy(NEWEST, tmp_path / "history.sqlite3"))
    waiting = threading.Event()

    def second() -> None:
        with closing(open_writer(path)) as db:
            ready.set()
            may_start.wait()
            db.set_trace_callback(lambda line: waiting.set() if line == "BEGIN IMMEDIATE" else None)
            upgrade(db, path, (*MIGRATIONS, old_and_new))

    ready, may_start = threading.Event(), threading.Event()
    with closing(open_writer(path)) as first, ThreadPoolExecutor(1) as pool:
        done = pool.submit(second)
        assert ready.wait(10.0)
        with transaction(first):
            may_start.set()
            assert waiting.wait(10.0), "the second has seen the old version and waits for the first"
            old_and_new(first)
            first.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        done.result(10.0)
        assert first.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION + 1


def test_a_step_that_fails_has_changed_nothing(tmp_path: Path) -> None:
    path = Path(shutil.copy(NEWEST, tmp_path / "history.sqlite3"))
    with closing(open_writer(path)) as db:
        before = "\n".join(db.iterdump())
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            upgrade(db, path, (*MIGRATIONS, failing))
        assert "\n".join(db.iterdump()) == before
        assert db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
        assert not db.in_transaction


def test_a_step_that_loses_rows_is_taken_back_and_told(tmp_path: Path) -> None:
    def careless(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM message WHERE id = (SELECT max(id) FROM message)")

    path = Path(shutil.copy(NEWEST, tmp_path / "history.sqlite3"))
    with closing(open_writer(path)) as db:
        before = "\n".join(db.iterdump())
        with pytest.raises(StorageUnavailable) as caught:
            upgrade(db, path, (*MIGRATIONS, careless))
        assert caught.value.reason == "upgrade"
        assert "\n".join(db.iterdump()) == before


def test_a_snapshot_that_fails_leaves_nothing_half_made(tmp_path: Path) -> None:
    path = Path(shutil.copy(NEWEST, tmp_path / "history.sqlite3"))
    db = open_writer(path)
    db.close()
    with pytest.raises(sqlite3.ProgrammingError):
        take_snapshot(db, tmp_path / "backups", "test")
    assert list((tmp_path / "backups").iterdir()) == []
