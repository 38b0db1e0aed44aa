"""The index is as the text is: after edits, deletions, kills, other processes, restored backups and damage."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.storage import indexing
from qwen_desktop.core.storage.conversations import History, StartedTurn
from qwen_desktop.core.storage.database import Lane, open_reader
from qwen_desktop.core.storage.indexing import STAMP
from qwen_desktop.core.storage.search import scan
from qwen_desktop.core.storage.search_index import SearchIndex
from tests.conftest import ExpectedLogs
from tests.search_corpus import Corpus

WRITER = Path(__file__).with_name("writer_process.py")


async def answered(history: History, prompt: str, text: str, conversation_id: int | None = None) -> StartedTurn:
    started = await history.begin_turn(conversation_id, prompt, model_id="m")
    await history.journal(started.reply).finish(replace(started.reply, text=text, status=MessageStatus.COMPLETE))
    return started


async def found(history: History, text: str) -> list[int]:
    while (result := await history.search.find(text, 10_000)).unread_count:
        pass
    return sorted(message.id for one in result.conversations for message in one.messages)


async def test_words_since_the_vocabulary_was_kept_are_found_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    before = await answered(history, "an example", "北京天气")
    await history.search.catch_up()
    after = await answered(history, "another sample", "上海交通")
    assert await found(history, "mple") == [before.prompt.id, after.prompt.id]
    await history.close()
    monkeypatch.setattr("qwen_desktop.core.storage.vocabulary_file._counted", None)  # it is not counted anew
    for words, wanted in {
        "mple": [before.prompt.id, after.prompt.id],
        "bjtq": [before.reply.id],
        "shjt": [after.reply.id],
        "othe": [after.prompt.id],
    }.items():
        history = await History.open(path)
        assert await found(history, words) == wanted
        await history.close()
    with closing(sqlite3.connect(tmp_path / "search.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM recent_word").fetchone()[0] > 4


async def test_a_turn_at_an_earlier_time_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock was ahead, or is behind now."""
    history = await History.open(tmp_path / "history.sqlite3")
    first = await answered(history, "zebra", "a reply")
    assert await found(history, "zebra") == [first.prompt.id]
    moments = (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=second) for second in count())
    for module in ("conversations", "journal"):
        monkeypatch.setattr(f"qwen_desktop.core.storage.{module}.now", lambda: next(moments))
    later = await answered(history, "giraffe", "hippo", first.conversation.id)
    assert await found(history, "giraffe") == [later.prompt.id]
    assert await found(history, "hippo") == [later.reply.id]
    again = await history.begin_continuation(later.reply.id)
    await history.journal(again.reply).finish(replace(again.reply, text="hippo okapi", status=MessageStatus.COMPLETE))
    assert await found(history, "okapi") == [later.reply.id]
    await history.close()


async def is_consistent(history: History) -> bool:
    """Whether every text that can be found is in the index as it is, and each token leads to its text."""
    await history.search.catch_up()
    index = history.search._made_index()
    assert index is not None

    def look(db: sqlite3.Connection) -> bool:
        differing = db.execute(
            f"SELECT count(*) FROM history.message m LEFT JOIN text t ON t.id = m.id WHERE t.stamp IS NOT {STAMP}"
            " AND NOT EXISTS"
            " (SELECT 1 FROM history.conversation c WHERE c.id = m.conversation_id AND c.title_origin = 'erased')"
        ).fetchone()[0]
        orphans = db.execute(
            "SELECT count(*) FROM text t WHERE t.id > 0"
            " AND NOT EXISTS (SELECT 1 FROM history.message m WHERE m.id = t.id)"
        ).fetchone()[0]
        db.execute("INSERT INTO token (token) VALUES ('integrity-check')")
        return not (differing or orphans)

    return await index._lane.read(look)


async def test_random_changes_are_found_as_brute_force_finds_them(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.sqlite3")
    chance = random.Random(3)
    words = ["alpha", "beta", "北京", "天气", "重慶", "gamma_1", "naïve"]
    replies: list[Message] = []
    prompts: list[Message] = []
    deleted: list[int] = []
    conversations: list[int] = []
    for step in range(120):
        text = " ".join(chance.choices(words, k=4))
        match chance.randint(0, 8):
            case 0 | 1 | 2:
                place = chance.choice([None, *conversations])
                started = await answered(history, text, text[::-1], place)
                conversations.append(started.conversation.id)
                replies.append(started.reply)
                prompts.append(started.prompt)
            case 3 if replies:
                try:
                    again = await history.begin_continuation(chance.choice(replies).id)
                except LookupError:  # deleted
                    continue
                await history.journal(again.reply).finish(
                    replace(again.reply, text=again.reply.text + text, status=MessageStatus.STOPPED)
                )
            case 4 if prompts:
                try:
                    edited = await history.begin_edit(chance.choice(prompts).id, text, model_id="m")
                except LookupError:
                    continue
                await history.journal(edited.reply).finish(
                    replace(edited.reply, text=text, status=MessageStatus.COMPLETE)
                )
            case 5 if replies:
                message_id = chance.choice(replies).id
                try:
                    await history.delete_message(message_id)
                except LookupError:
                    continue
                deleted.append(message_id)
            case 6 if deleted:
                await history.undelete_message(deleted.pop())
            case 7 if conversations:
                await history.rename(chance.choice(conversations), text)
            case 8 if conversations:
                place = chance.choice(conversations)
                await (history.delete(place) if chance.random() < 0.5 else history.undelete(place))
        if step % 3 == 0:
            for query in (chance.choice(words), chance.choice(["bj", "tianqi", "chongqing", "lph", "北"])):
                by_index = await history.search.find(query, 1_000)
                by_looking = await history._searcher.read(lambda db, query=query: scan(db, query, 1_000))  # type: ignore[misc]
                assert by_index.conversations == by_looking.conversations, query
    assert await is_consistent(history)
    await history.close()


async def test_what_another_process_writes_is_found_at_once(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    here, there = await History.open(path), await History.open(path)
    await answered(here, "hello", "first")
    assert len(await found(here, "first")) == 1
    started = await there.begin_turn(None, "from there", model_id="m")
    assert len(await found(here, "there")) == 1
    assert len(await found(here, "second")) == 0
    journal = there.journal(started.reply)
    await journal.finish(replace(started.reply, text="second", status=MessageStatus.COMPLETE))
    assert await found(here, "second") == [started.reply.id]
    assert await found(there, "first second") == []
    assert len(await found(there, "first")) == 1
    await there.delete(started.conversation.id)
    assert await found(here, "second") == []
    await there.close()
    await here.close()


async def test_messages_that_are_gone_for_good_leave_the_index(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    started = await answered(history, "hello", "secret")
    assert len(await found(history, "secret")) == 1
    await history._writer.write(
        lambda db: db.execute("DELETE FROM conversation WHERE id = ?", (started.conversation.id,))
    )
    assert await found(history, "secret") == []
    assert await is_consistent(history)
    await history.search.forget()
    assert not (tmp_path / "search.sqlite3").exists()
    await history.close()


async def test_words_that_were_erased_leave_the_index(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    one = await answered(history, "hello", "confidential words")
    other = await answered(history, "secrecy", "classified words")
    assert len(await found(history, "words")) == 2
    await history.delete_message(one.reply.id)
    await history.delete(other.conversation.id)
    assert await found(history, "words") == []
    await history.undelete_message(one.reply.id)
    assert await found(history, "confidential") == [one.reply.id]
    await history.delete_message(one.reply.id)
    await history.bin.erase_before(datetime.now(UTC) + timedelta(days=1))
    await history.close()
    history = await History.open(path)
    assert await is_consistent(history)
    index = history.search._made_index()
    assert index is not None
    texts = await index._lane.read(lambda db: [text for (text,) in db.execute("SELECT folded FROM text")])
    assert [text for text in texts if "confid" in text or "classif" in text or "secrecy" in text] == []
    await history.close()


async def test_a_restored_backup_is_searched_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    first = await answered(history, "hello", "old")
    await history.close()
    backup = path.read_bytes()
    history = await History.open(path)
    await answered(history, "later", "newer", first.conversation.id)
    assert len(await found(history, "newer")) == 1
    await history.close()
    path.write_bytes(backup)
    history = await History.open(path)
    await answered(history, "other", "different", first.conversation.id)  # with the ids of what is gone
    assert await found(history, "newer") == []
    assert len(await found(history, "different")) == 1
    assert await is_consistent(history)
    await history.close()


@pytest.mark.parametrize("damage", ["garbage", "page", "empty", "truncated"])
async def test_a_damaged_index_is_made_anew(tmp_path: Path, damage: str, expect_log: ExpectedLogs) -> None:
    path, index = tmp_path / "history.sqlite3", tmp_path / "search.sqlite3"
    Corpus(60).write(path)
    history = await History.open(path)
    wanted = await found(history, "的") + await found(history, "天气")
    await history.close()
    whole = index.read_bytes()
    if damage != "empty":
        expect_log("is damaged and is made anew")
    match damage:
        case "garbage":
            index.write_bytes(b"not a database at all" * 500)
        case "page":
            index.write_bytes(whole[:8192] + b"\x5a" * (len(whole) - 8192))
        case "empty":
            index.write_bytes(b"")
        case "truncated":
            index.write_bytes(whole[: len(whole) // 2])
    history = await History.open(path)
    await history.search.catch_up()
    assert await found(history, "的") + await found(history, "天气") == wanted
    assert await is_consistent(history)
    await history.close()


async def test_what_was_read_is_kept_by_no_connection_that_nobody_needs(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.sqlite3")
    await answered(history, "hello", "there")
    await history.search.catch_up()
    index = history.search._made_index()
    assert index is not None
    assert index._lane._connection is None
    assert len(await found(history, "there")) == 1
    await answered(history, "and", "then")
    await history.search.catch_up()
    assert index._lane._connection is not None, "somebody searches"
    assert await is_consistent(history)
    await history.close()


async def test_an_index_that_cannot_be_made_is_done_without(tmp_path: Path, expect_log: ExpectedLogs) -> None:
    path = tmp_path / "history.sqlite3"
    (tmp_path / "search.sqlite3").mkdir()
    expect_log("search index cannot be used")
    expect_log("search index cannot be written")
    history = await History.open(path)
    await answered(history, "hello", "there")
    assert len(await found(history, "there")) == 1
    await history.search.catch_up()
    await history.close()


async def test_a_search_beside_the_first_reading_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    corpus = Corpus(600)
    corpus.write(path)
    history = await History.open(path)
    reading = asyncio.create_task(history.search.catch_up())
    first = await history.search.find("天气", 1_000)
    assert 0 < first.unread_count <= 600
    await reading
    assert (await history.search.find("天气", 1_000)).unread_count == 0
    await history.close()


async def test_the_journal_never_waits_for_the_index(
    tmp_path: Path,
    expect_log: ExpectedLogs,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Callable[..., Awaitable[Any]],
) -> None:
    """Also while another process holds the index's write lock."""
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    await answered(history, "hello", "there")
    await history.search.catch_up()
    with closing(sqlite3.connect(tmp_path / "search.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        expect_log(r"cannot be written \(locked\)")
        started = await history.begin_turn(None, "one", model_id="m")
        slices = counted(monkeypatch, "_slice")
        reading = asyncio.create_task(history.search.catch_up())
        await eventually(lambda: slices)
        async with asyncio.timeout(2.0):
            for number in range(20):
                await history.journal(started.reply).append([("text", str(number))])
        other.execute("ROLLBACK")
    await reading
    assert len(await found(history, "one")) == 1
    await history.close()


async def test_no_slice_begins_while_the_history_has_something_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eventually: Callable[..., Awaitable[Any]]
) -> None:
    path = tmp_path / "history.sqlite3"
    Corpus(50).write(path)
    history = await History.open(path)
    slices = counted(monkeypatch, "_slice")
    looks = counted(monkeypatch, "_is_work_ahead")
    may_end = threading.Event()
    writing = asyncio.create_task(history.write_beside(lambda db: may_end.wait(10.0)))
    await asyncio.sleep(0)
    reading = asyncio.create_task(history.search.catch_up())
    await eventually(lambda: len(looks) >= 3)
    assert not slices
    may_end.set()
    await asyncio.gather(writing, reading)
    assert slices
    assert (await history.search.find("天气", 1_000)).unread_count == 0
    await history.close()


async def test_a_slice_ends_with_the_message_at_hand_when_a_turn_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.sqlite3"
    Corpus(50).write(path)
    lane = Lane("writer", lambda: open_reader(path), path)
    index = SearchIndex(path, ahead=[lane])
    read_message = indexing._read_message
    read: list[int] = []

    def reading(db: sqlite3.Connection, message_id: int, *rest: Any, **more: Any) -> None:
        read_message(db, message_id, *rest, **more)
        read.append(message_id)

    monkeypatch.setattr(indexing, "_read_message", reading)
    monkeypatch.setattr(Lane, "is_at_work", property(lambda self: bool(read)))  # as if a job had come
    assert await index._read(index._slice)
    assert len(read) == 1
    assert await index._read(index._slice)
    assert len(read) == 1
    await index.close()
    with closing(sqlite3.connect(tmp_path / "search.sqlite3")) as db:
        assert db.execute("SELECT id FROM text WHERE id > 0").fetchall() == [(read[0],)]
    await lane.close()


async def test_a_job_that_is_cancelled_while_it_waits_holds_nothing_up(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    Corpus(5).write(path)
    lane = Lane("reader", lambda: open_reader(path), path)
    may_end = threading.Event()
    first = asyncio.create_task(lane.read(lambda db: may_end.wait(10.0)))
    second = asyncio.create_task(lane.read(lambda db: 1))
    await asyncio.sleep(0)
    assert lane.is_at_work
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    may_end.set()
    await first
    assert not lane.is_at_work
    await lane.close()


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Grows with each call of that method of the index."""
    method, calls = getattr(SearchIndex, name), list[str]()

    def called(self: SearchIndex, *values: Any) -> Any:
        calls.append(name)
        return method(self, *values)

    monkeypatch.setattr(SearchIndex, name, called)
    return calls


async def test_a_cancelled_search_leaves_the_next_one_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    Corpus(400).write(path)
    history = await History.open(path)
    for _ in range(20):
        task = asyncio.create_task(history.search.find("天气 a", 50))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await history.search.catch_up()
    assert (await history.search.find("天气", 50)).conversations
    assert await is_consistent(history)
    await history.close()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
async def test_after_kills_the_index_is_whole_and_as_the_text_is(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    Corpus(300).write(path)
    chance = random.Random(5)
    for _ in range(8):
        process = await asyncio.create_subprocess_exec(
            sys.executable, WRITER, "searched", path, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(chance.randint(1, 6)):
            assert await process.stdout.readline()
        await asyncio.sleep(chance.random() * 0.02)  # anywhere inside a step
        process.send_signal(signal.SIGKILL)
        await process.wait()
        history = await History.open(path)
        await history.recover()
        assert await is_consistent(history)
        by_index = await history.search.find("number", 1_000)
        by_looking = await history._searcher.read(lambda db: scan(db, "number", 1_000))
        assert by_index.conversations == by_looking.conversations
        await history.close()
        with closing(sqlite3.connect(tmp_path / "search.sqlite3")) as db:
            assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


async def test_the_tables_are_documented(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.sqlite3")
    await history.search.catch_up()
    await history.close()
    page = (Path(__file__).parents[3] / "docs" / "data-format.md").read_text("utf-8")
    chapter = page.split("## The search index")[1].split("\n## ")[0]
    with closing(sqlite3.connect(tmp_path / "search.sqlite3")) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        assert [name for name in tables if f"`{name}`" not in chapter] == []
        for table in ("conversation", "text", "running"):
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            assert [name for name in columns if f"`{name}`" not in chapter] == []
