"""Damaged files: each is put right, or refused in words; what was there is kept, and what is lost is counted."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.errors import DatabaseTooNew, StorageUnavailable
from qwen_desktop.core.storage import backups, inspection, rescue, restoring, turn_deletion
from qwen_desktop.core.storage.bin import KEPT_FOR
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import open_reader
from qwen_desktop.core.storage.opening import Opened, open_for_window, want_check
from tests.conftest import ExpectedLogs
from tests.listing import listed

PAGE = 4096
TURNS = 60


async def turn(history: History, conversation_id: int | None, number: int) -> int:
    started = await history.begin_turn(conversation_id, f"prompt {number} 天气", model_id="m")
    reply = replace(started.reply, text=f"reply {number} " * 40, status=MessageStatus.COMPLETE)
    await history.journal(started.reply).finish(reply)
    return started.conversation.id


async def fill(path: Path, turns: int, *, first: int = 0) -> None:
    """Three conversations that grow in turns."""
    history = await History.open(path)
    ids: list[int | None] = [one.id for one in reversed(await listed(history))]
    ids += [None] * (3 - len(ids))
    for number in range(first, first + turns):
        ids[number % 3] = await turn(history, ids[number % 3], number)
    await history.close()


async def texts(history: History) -> set[str]:
    found = set()
    for summary in await listed(history):
        found |= {message.text for message in (await history.conversation(summary.id)).messages}
    return found


def all_texts(turns: int) -> set[str]:
    return {f"prompt {n} 天气" for n in range(turns)} | {f"reply {n} " * 40 for n in range(turns)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 turns in a backup and 20 more after it, closed well."""
    path = tmp_path_factory.mktemp("made") / "history.sqlite3"
    asyncio.run(fill(path, 40))
    assert backups.make(path, path.parent / "backups", backups.DAILY) is not None
    asyncio.run(fill(path, 20, first=40))
    assert not path.with_name("history.sqlite3-wal").exists()
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(made.parent, tmp_path / "data")
    return tmp_path / "data" / made.name


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3 // PAGE * PAGE)


def zero_a_page(path: Path) -> None:
    overwrite(path, path.stat().st_size // PAGE // 2, bytes(PAGE))


def random_bytes(path: Path) -> None:
    chance = random.Random(7)
    pages = path.stat().st_size // PAGE
    for page in chance.sample(range(1, pages), 6):
        overwrite(path, page, chance.randbytes(PAGE))


def no_first_page(path: Path) -> None:
    overwrite(path, 0, bytes(PAGE))


def garbage(path: Path) -> None:
    path.write_bytes(b"<html>This is not the file you were looking for</html>" * 1000)


def overwrite(path: Path, page: int, content: bytes) -> None:
    with path.open("rb+") as file:
        file.seek(page * PAGE)
        file.write(content)


@pytest.mark.parametrize("damage", [truncate, zero_a_page, random_bytes, no_first_page, garbage])
async def test_a_damaged_file_is_put_together_anew(
    path: Path, damage: Callable[[Path], None], expect_log: ExpectedLogs
) -> None:
    expect_log("the history is damaged")
    expect_log("put together anew")
    damage(path)
    damaged = path.read_bytes()  # noqa: ASYNC240
    opened = await open_for_window(path)
    rescued = opened.rescued
    assert rescued is not None
    assert (rescued.kept / "history.sqlite3").read_bytes() == damaged, "the original is kept"
    assert rescued.backup is not None
    assert rescued.backup.label == "daily"
    there = await texts(opened.history)
    await opened.history.close()
    assert all_texts(40) <= there, "all that is in the backup"
    assert there <= all_texts(60) | {""}, "and nothing that never was"
    missing = all_texts(60) - there
    if damage in (truncate, zero_a_page, random_bytes):
        assert len(missing) <= rescued.lost_messages, "what is lost is counted"
        assert rescued.messages == len(there) == 80 + rescued.from_damaged
        assert len(missing) < 40 or damage is truncate, "what can be read is there"
    with closing(open_reader(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    again = await open_for_window(path)
    assert again.rescued is None
    await again.history.close()


async def test_one_zeroed_page_costs_its_own_rows_only(path: Path, expect_log: ExpectedLogs) -> None:
    expect_log("the history is damaged")
    expect_log("put together anew")
    shutil.rmtree(path.parent / "backups")
    zero_a_page(path)
    opened = await open_for_window(path)
    there = await texts(opened.history)
    assert opened.rescued is not None
    assert opened.rescued.backup is None
    assert len(there) >= 90, "without any backup"
    assert 120 - len(there) <= opened.rescued.lost_messages <= 30
    await opened.history.close()


async def test_a_damaged_backup_is_passed_over(path: Path, expect_log: ExpectedLogs) -> None:
    expect_log("the history is damaged")
    expect_log("put together anew")
    (good,) = backups.backups_in(path.parent / "backups")
    newer = good.path.with_name(good.path.name.replace("-daily", "-by-hand"))
    shutil.copy(good.path, newer)
    overwrite(newer, 5, b"x" * PAGE)
    no_first_page(path)
    opened = await open_for_window(path)
    assert opened.rescued is not None
    assert opened.rescued.backup == good
    assert await texts(opened.history) == all_texts(60), "the rest is read from the pages themselves"
    await opened.history.close()


async def _with_log(path: Path) -> Path:
    """A copy of the files as a crash leaves them: 63 turns, three of them only in the log."""
    history = await History.open(path)
    ids = [one.id for one in reversed(await listed(history))]
    for number in range(60, 63):
        await turn(history, ids[number % 3], number)
    crashed = path.parent / "crashed"
    crashed.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(path.with_name(path.name + suffix), crashed / (path.name + suffix))
    await history.close()
    shutil.copytree(path.parent / "backups", crashed / "backups")
    return crashed / path.name


async def test_a_history_whose_log_is_gone_is_as_it_was_before(path: Path) -> None:
    crashed = await _with_log(path)
    crashed.with_name("history.sqlite3-wal").unlink()
    opened = await open_for_window(crashed)
    assert await texts(opened.history) == all_texts(60)
    await opened.history.close()


async def test_a_large_history_that_was_not_closed_well_is_read_through_beside_the_work(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashed = await _with_log(path)
    opened = await open_for_window(crashed)
    assert opened.history.is_read_through
    await opened.history.close()
    monkeypatch.setattr(inspection, "_WAITED_FOR_BYTES", 0)
    crashed = await _with_log(crashed)
    random_bytes(crashed)
    opened = await open_for_window(crashed)
    assert not opened.history.is_read_through
    with pytest.raises(StorageUnavailable) as told:
        await opened.history.check()
    assert told.value.reason == "damaged"
    await opened.history.close()


async def test_a_log_of_another_history_is_not_taken_for_ours(
    path: Path, tmp_path: Path, expect_log: ExpectedLogs
) -> None:
    expect_log("the history is damaged")
    expect_log("put together anew")
    crashed = await _with_log(path)
    await fill(tmp_path / "other" / "history.sqlite3", 30, first=1000)
    other = await History.open(tmp_path / "other" / "history.sqlite3")
    await turn(other, None, 2000)
    shutil.copy(tmp_path / "other" / "history.sqlite3-wal", crashed.with_name("history.sqlite3-wal"))
    await other.close()
    opened = await open_for_window(crashed)
    assert opened.rescued is not None
    assert await texts(opened.history) == all_texts(60)
    await opened.history.close()


async def test_what_only_a_damaged_history_has_is_kept_with_its_log(path: Path, expect_log: ExpectedLogs) -> None:
    expect_log("the history is damaged")
    expect_log("put together anew")
    crashed = await _with_log(path)
    random_bytes(crashed)
    opened = await open_for_window(crashed)
    assert opened.rescued is not None
    assert {f"prompt {n} 天气" for n in range(60, 63)} <= await texts(opened.history)
    assert (opened.rescued.kept / "history.sqlite3-wal").exists()
    await opened.history.close()


async def test_a_repair_that_dies_before_its_end_is_ended_by_the_next_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random_bytes(path)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rescue.os, "replace", lambda *names: die() if names[1] == path else os.rename(*names))
        with pytest.raises(KeyboardInterrupt):
            await asyncio.to_thread(rescue.rescue, path)
    assert json.loads(path.with_name("history.sqlite3.rescue.json").read_text())
    opened = await open_for_window(path)
    assert opened.rescued is None, "it was all but done"
    assert all_texts(40) <= await texts(opened.history)
    await opened.history.close()


async def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA application_id = 1234")
        db.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(StorageUnavailable, match="another program"):
        await open_for_window(path)
    assert path.read_bytes() == before
    assert {one.name for one in tmp_path.iterdir()} <= {path.name, "home"}  # noqa: ASYNC240


async def test_a_newer_history_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 999")
    with pytest.raises(DatabaseTooNew):
        await open_for_window(path)


async def test_damage_found_at_work_is_put_right_at_the_next_start(
    path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectedLogs
) -> None:
    """A large file that was closed well is not read through at each start."""
    expect_log("the history is damaged")
    expect_log("put together anew")
    monkeypatch.setattr("qwen_desktop.core.storage.inspection._QUICK_BYTES", 0)
    zero_a_page(path)
    opened = await open_for_window(path)
    assert opened.rescued is None
    await opened.history.close()
    want_check(path)
    opened = await open_for_window(path)
    assert opened.rescued is not None
    await opened.history.close()


@pytest.mark.parametrize("seed", range(25))
async def test_whatever_is_damaged_nothing_is_made_up(path: Path, seed: int, expect_log: ExpectedLogs) -> None:
    """Pages overwritten by others, by zeros, by noise; the end cut off."""
    chance = random.Random(seed)
    pages = path.stat().st_size // PAGE  # noqa: ASYNC240
    whole = path.read_bytes()  # noqa: ASYNC240
    for page in chance.sample(range(pages), chance.randrange(1, pages)):
        other = chance.randrange(pages) * PAGE
        content = chance.choice([bytes(PAGE), chance.randbytes(PAGE), whole[other : other + PAGE]])
        overwrite(path, page, content)
    if chance.random() < 0.3:
        os.truncate(path, chance.randrange(path.stat().st_size))  # noqa: ASYNC240
    opened = await open_for_window(path)
    if opened.rescued is not None:
        expect_log("the history is damaged")
        expect_log("put together anew")
        there = await texts(opened.history)
        assert all_texts(40) <= there <= all_texts(60) | {""}
    await opened.history.close()
    with closing(open_reader(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


@pytest.mark.parametrize("damage", [zero_a_page, random_bytes, no_first_page])
async def test_what_was_deleted_or_erased_since_the_backup_does_not_come_back(
    path: Path, damage: Callable[[Path], None], expect_log: ExpectedLogs
) -> None:
    """Without the first page nothing leads to a row; the pages themselves tell of it."""
    expect_log("the history is damaged")
    expect_log("put together anew")
    history = await History.open(path)
    kept, deleted, erased = await listed(history)
    messages = (await history.conversation(kept.id)).messages
    await history.delete_message(messages[-4].id)  # and the three below it
    await history.bin.erase_before(datetime.now(UTC))
    await turn_deletion.delete_turn(history, messages[2].id)
    await history.delete(deleted.id)
    words = {one.text for one in (*(await history.conversation(erased.id)).messages, *messages[-4:])}
    await history.delete(erased.id)
    await history.bin.erase(erased.id)
    left = [one.text for one in (await history.conversation(kept.id)).messages]
    assert len(left) == len(messages) - 6
    await history.close()
    damage(path)
    opened = await open_for_window(path)
    assert opened.rescued is not None
    assert opened.rescued.backup is not None, "which knows nothing of it"
    shown = await listed(opened.history)
    assert [one.id for one in shown] == [kept.id]
    there = [one.text for one in (await opened.history.conversation(kept.id)).messages]
    assert there == left if damage is no_first_page else set(there) <= set(left)
    assert [one.id for one in await opened.history.bin.conversations()] == [deleted.id]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("qwen_desktop.core.storage.bin._SURELY_BROKEN_OFF", timedelta())
        await opened.history.bin.erase_before(datetime.now(UTC) - KEPT_FOR)
    await opened.history.close()
    with closing(sqlite3.connect(path)) as db:
        dump = "\n".join(db.iterdump())
    assert [one for one in words if one in dump] == []


# Backups and restoring


async def test_a_backup_is_made_beside_the_work_and_is_one_moment(path: Path) -> None:
    history = await History.open(path)
    (ids,) = {tuple(one.id for one in await listed(history))}
    steps = 0

    def write_meanwhile() -> bool:
        nonlocal steps
        steps += 1
        if steps < 10:
            asyncio.run_coroutine_threadsafe(turn(history, ids[0], 1000 + steps), loop).result(20)
        return False

    loop = asyncio.get_running_loop()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(backups, "_PACED_PAGES", 1)
        made = await asyncio.to_thread(
            backups.make, path, path.parent / "backups", backups.BY_HAND, is_given_up=write_meanwhile
        )
    assert made is not None
    assert steps >= 10, "it went on although others wrote"
    assert backups.counts_of(made.path).messages == 120, "of the moment at which it began"
    assert len(await texts(history)) == 120 + 18
    await history.close()


async def test_a_backup_rests_longer_after_a_turn(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = await History.open(path)
    (place, *_) = [one.id for one in await listed(history)]
    loop = asyncio.get_running_loop()
    rests: list[float] = []

    def write_meanwhile() -> bool:
        if len(rests) in (3, 6):
            asyncio.run_coroutine_threadsafe(turn(history, place, 1000 + len(rests)), loop).result(20)
        return False

    clock = SimpleNamespace(sleep=rests.append, monotonic=lambda: 0.0, time=time.time)
    monkeypatch.setattr(backups, "time", clock)
    monkeypatch.setattr(backups, "_PACED_PAGES", 1)
    await asyncio.to_thread(backups.make, path, path.parent / "backups", backups.BY_HAND, is_given_up=write_meanwhile)
    assert [step for step, rest in enumerate(rests) if rest == backups._REST_BESIDE_TURNS_S] == [3, 6]
    assert len(rests) > 8
    await history.close()


async def test_a_backup_that_is_given_up_leaves_nothing(path: Path) -> None:
    before = backups.backups_in(path.parent / "backups")
    assert backups.make(path, path.parent / "backups", backups.DAILY, is_given_up=lambda: True) is None
    assert backups.backups_in(path.parent / "backups") == before
    assert not list((path.parent / "backups").glob("*.part"))


async def test_the_last_seven_are_kept(path: Path) -> None:
    folder = path.parent / "backups"
    for _ in range(9):
        backups.make(path, folder, backups.DAILY)
    for _ in range(2):
        backups.make(path, folder, backups.BY_HAND)
    labels = [one.label for one in backups.backups_in(folder)]
    assert (labels.count("daily"), labels.count("by-hand")) == (7, 2)


async def test_a_daily_backup_is_due_after_a_day_with_changes(path: Path) -> None:
    folder = path.parent / "backups"
    (last,) = backups.backups_in(folder)
    assert not backups.is_due(path, folder, last.made_at + backups.INTERVAL / 2)
    assert backups.is_due(path, folder, last.made_at + backups.INTERVAL * 2)
    assert backups.is_due(path, folder, last.made_at - backups.INTERVAL * 2), "a copy of the future: a wrong clock"
    assert not backups.is_due(path, folder, last.made_at - backups.INTERVAL / 24), "the clock begins there every day"
    os.utime(path, (last.made_at.timestamp() - 5,) * 2)
    assert not backups.is_due(path, folder, last.made_at + backups.INTERVAL * 2), "nothing has changed"


async def test_a_chosen_backup_is_the_history_of_the_next_start_and_can_be_undone(path: Path) -> None:
    (old,) = backups.backups_in(path.parent / "backups")
    restoring.choose(path, old)
    assert restoring.chosen(path) == old
    opened = await open_for_window(path)
    assert opened.restored is not None
    assert opened.restored.counts.messages == 80
    assert await texts(opened.history) == all_texts(40)
    await opened.history.close()
    (newest, _) = backups.backups_in(path.parent / "backups")
    assert newest.label == backups.BEFORE_RESTORE
    restoring.choose(path, newest)
    opened = await open_for_window(path)
    assert await texts(opened.history) == all_texts(60)
    await opened.history.close()
    again = await open_for_window(path)
    assert again.restored is None
    await again.history.close()


async def test_a_damaged_backup_is_refused_and_the_history_stays(path: Path, expect_log: ExpectedLogs) -> None:
    expect_log("the history stays as it was")
    (old,) = backups.backups_in(path.parent / "backups")
    restoring.choose(path, old)
    overwrite(old.path, 5, b"x" * PAGE)
    opened = await open_for_window(path)
    assert opened.problem is not None
    assert opened.restored is None
    assert await texts(opened.history) == all_texts(60)
    await opened.history.close()
    with pytest.raises(StorageUnavailable):
        restoring.choose(path, old)


async def test_nothing_is_restored_while_another_process_writes_a_reply(path: Path, expect_log: ExpectedLogs) -> None:
    expect_log("the history stays as it was")
    (old,) = backups.backups_in(path.parent / "backups")
    history = await History.open(path)
    await history.begin_turn(None, "from elsewhere", model_id="m")
    restoring.choose(path, old)
    opened: Opened = await open_for_window(path)
    assert (opened.restored, getattr(opened.problem, "reason", None)) == (None, "locked")
    assert restoring.chosen(path) is None
    await opened.history.close()
    await history.close()


async def test_a_turn_deleted_since_the_backup_stays_out_of_its_chat(path: Path, expect_log: ExpectedLogs) -> None:
    expect_log("the history is damaged")
    expect_log("put together anew")
    history = await History.open(path)
    place = (await listed(history))[0].id
    before = (await history.conversation(place)).messages
    await turn_deletion.delete_turn(history, before[2].id)
    left = [one.text for one in (await history.conversation(place)).messages]
    assert left == [one.text for one in (*before[:2], *before[4:])]
    await history.close()
    zero_a_page(path)
    opened = await open_for_window(path)
    assert opened.rescued is not None
    assert opened.rescued.backup is not None
    assert [one.text for one in (await opened.history.conversation(place)).messages] == left
    await opened.history.close()


async def test_what_a_backup_holds_is_counted_without_what_was_deleted(path: Path) -> None:
    history = await History.open(path)
    first, second, third = await listed(history)
    await history.delete(first.id)
    deleted = await history.delete_message((await history.conversation(second.id)).messages[4].id)
    kept = await texts(history)
    await history.delete_message((await history.conversation(third.id)).messages[0].id)
    await history.delete(third.id)
    kept_now = await texts(history)
    await history.close()
    assert len(deleted.ids) > 2
    assert len(kept_now) < len(kept)
    assert backups.counts_of(path) == backups.Counts(1, len(kept_now))
