"""What a start asks of the history costs the same whatever its messages are: counted in steps of SQLite's machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from qwen_desktop.core.storage import indexing, migrations, recovery
from qwen_desktop.core.storage.chat_order import read_listing
from qwen_desktop.core.storage.database import open_reader, open_writer
from qwen_desktop.core.storage.search_file import open_index

CHATS = 5
MOMENT = "2026-01-01T00:00:00.000000+00:00"


def steps(path: Path, messages: int, work: Callable[[sqlite3.Connection], object], *, of_index: bool) -> int:
    """Of the work on a history with so many messages in each of a few chats."""
    with closing(open_writer(path)) as db:
        migrations.upgrade(db, path)
        db.execute("BEGIN")
        db.executemany(
            "INSERT INTO conversation (id, title, title_origin, system_prompt, draft, is_pinned, created_at,"
            " updated_at) VALUES (?1, 'x', 'app', '', '', 0, ?2, ?2)",
            ((number, MOMENT) for number in range(1, CHATS + 1)),
        )
        db.executemany(
            "INSERT INTO message (conversation_id, sibling_index, role, text, reasoning, status, created_at, is_demo)"
            " VALUES (?, ?, 'user', 'words', '', 'complete', ?, 0)",
            ((number % CHATS + 1, number, MOMENT) for number in range(messages * CHATS)),
        )
        db.execute("COMMIT")
    opened = open_index(path.with_name("search.sqlite3"), path) if of_index else open_reader(path)
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    with closing(opened) as db:
        work(db)  # the schema is read
        db.set_progress_handler(count, 1)
        work(db)
        db.set_progress_handler(None, 0)
    return counted


@pytest.mark.parametrize(
    ("work", "of_index"),
    [
        (recovery.orphaned, False),
        (lambda db: read_listing(db, date.today()), False),
        (lambda db: indexing.erased_since(db, ("", 0)), True),
    ],
)
def test_a_start_reads_no_messages(
    tmp_path: Path, work: Callable[[sqlite3.Connection], object], of_index: bool
) -> None:
    counted = []
    for messages in (2, 400):
        folder = tmp_path / str(messages)
        folder.mkdir()
        counted.append(steps(folder / "history.sqlite3", messages, work, of_index=of_index))
    assert 0 < counted[0] == counted[1]


def test_the_listing_asks_once_for_each_heading_however_many_chats_stand_below_it(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    asked: list[str] = []
    with closing(open_writer(path)) as db:
        migrations.upgrade(db, path)
        for chats in (1, 100):
            db.executemany(
                "INSERT INTO conversation (title, title_origin, system_prompt, draft, is_pinned, created_at,"
                " updated_at) VALUES ('x', 'app', '', '', 0, ?1, ?1)",
                ((f"2025-{month:02}-15T12:00:{chat % 60:02}.000000+00:00",) for month in range(1, 7)
                 for chat in range(chats)),
            )  # fmt: skip
            db.set_trace_callback(asked.append)
            listing = read_listing(db, date(2026, 1, 1))
            db.set_trace_callback(None)
            assert [len(one.ids) for one in listing.order.sections] == [chats + (chats == 100)] * 6
            assert len(asked) <= 6 + 10
            asked.clear()
