"""How a reply reaches the disk while it grows: what is written, in what shape, and when the disk is waited for."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.journal import DiskClock, joined


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    history = await History.open(tmp_path / "history.sqlite3")
    yield history
    await history.close()


async def statements(history: History) -> list[str]:
    """Everything the writing connection does from now on."""
    seen: list[str] = []
    await history._writer.write(lambda db: db.set_trace_callback(seen.append))
    return seen


def commits(seen: list[str]) -> list[str]:
    """For each transaction since the last look how it was committed: FULL waits for the disk."""
    modes = [line.split()[-1] for line in seen if line.startswith("PRAGMA synchronous")]
    assert len(modes) == seen.count("COMMIT") == seen.count("BEGIN IMMEDIATE")
    seen.clear()
    return modes


async def test_prompts_and_ends_wait_for_the_disk_and_the_journal_does_once_a_second(history: History) -> None:
    now_s = 0.0
    history._disk_clock = DiskClock(1.0, clock=lambda: now_s)
    seen = await statements(history)
    started = await history.begin_turn(None, "hello", model_id="m")
    assert commits(seen) == ["FULL"]
    journal = history.journal(started.reply)
    for now_s in (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0):  # noqa: B007
        await journal.append([("text", "a")])
    assert commits(seen) == ["NORMAL", "NORMAL", "NORMAL", "FULL"] * 2
    await journal.set_status(MessageStatus.WRITING)
    assert commits(seen) == ["NORMAL"]
    await journal.finish(replace(started.reply, text="aaaaaaaa", status=MessageStatus.COMPLETE))
    assert commits(seen) == ["FULL"]
    await history.begin_reply(started.prompt.id, model_id="m")
    await history.delete(started.conversation.id)
    assert commits(seen) == ["FULL", "FULL"]


async def test_a_flush_never_writes_what_was_written_before(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    seen = await statements(history)
    await journal.append([("text", "first")])
    await journal.append([("text", "se"), ("text", "cond"), ("reasoning", "third")])
    written = [line for line in seen if line.startswith("INSERT")]
    assert ["first" in line for line in written] == [True, False, False]
    assert "second" in written[1]


async def test_the_end_leaves_no_journal_and_no_owner(history: History) -> None:
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    await journal.append([("text", "abc")])
    await journal.finish(replace(started.reply, text="abc", status=MessageStatus.COMPLETE))

    def left(db: sqlite3.Connection) -> tuple[int, ...]:
        owned = db.execute("SELECT count(*) FROM message WHERE owner_instance_id IS NOT NULL").fetchone()
        return (*owned, *db.execute("SELECT count(*) FROM journal").fetchone())

    assert await history._reader.read(left) == (0, 0)


def test_neighbours_become_one_row_and_replacements_stay_apart() -> None:
    pieces = [("text", "a"), ("text", "b"), ("reasoning", "c"), ("text", "d"), ("text", "e")]
    assert joined(pieces) == [("text", "ab"), ("reasoning", "c"), ("text", "de")]
    assert joined([("replace_text", "a"), ("replace_text", "b"), ("text", "c")]) == [
        ("replace_text", "a"),
        ("replace_text", "b"),
        ("text", "c"),
    ]
    assert joined([]) == []
