"""Long work on a disk that fills up, with a clock that was wrong, under names that are no text: the history stays."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qwen_desktop.core import data_folder
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.storage import backups, compacting, rescue, restoring
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import unavailable
from qwen_desktop.core.storage.opening import open_for_window
from tests.conftest import ExpectedLogs
from tests.listing import listed, searched


async def fill(path: Path, turns: int) -> None:
    history = await History.open(path)
    place = None
    for number in range(turns):
        started = await history.begin_turn(place, f"prompt {number}", model_id="m")
        place = started.conversation.id
        reply = replace(started.reply, text=f"reply {number} " * 500, status=MessageStatus.COMPLETE)
        await history.journal(started.reply).finish(reply)
    await history.close()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def restore(path: Path) -> None:
    (one,) = backups.backups_in(path.parent / "backups")
    restoring.choose(path, one)
    restoring.apply(path)


def compact(path: Path) -> None:
    compacting.want(path)
    compacting.apply(path)


def back_up(path: Path) -> None:
    backups.make(path, path.parent / "backups", backups.BY_HAND)


@pytest.mark.parametrize("work", [back_up, compact, restore, rescue.rescue])
async def test_a_disk_that_fills_up_leaves_the_history_and_no_halves(
    small_disk: Path, tmp_path: Path, work: Callable[[Path], object]
) -> None:
    await fill(tmp_path / "made" / "history.sqlite3", 50)
    if work is restore:
        back_up(tmp_path / "made" / "history.sqlite3")
    shutil.copytree(tmp_path / "made", small_disk / "data")
    path = small_disk / "data" / "history.sqlite3"
    before, content = names(path.parent), path.read_bytes()
    free = shutil.disk_usage(small_disk).free
    (small_disk / "filler").write_bytes(bytes(free - len(content) // 2))
    with pytest.raises(StorageUnavailable) as refused:
        await asyncio.to_thread(work, path)
    assert refused.value.reason == "full"
    (small_disk / "filler").unlink()
    assert path.read_bytes() == content
    assert names(path.parent) - before <= {"backups", "history.sqlite3-wal", "history.sqlite3-shm"}
    if work is not restore and (path.parent / "backups").exists():
        assert all(name.endswith(".sqlite3") for name in names(path.parent / "backups"))
    await (await History.open(path)).close()


async def test_copies_of_a_clock_that_was_ahead_do_not_push_new_ones_out(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    await fill(path, 2)
    folder = tmp_path / "backups"
    ahead = datetime.now(UTC) + timedelta(days=900)
    for number in range(backups.KEPT):
        made = backups.make(path, folder, backups.DAILY)
        assert made is not None
        stamp = (ahead + timedelta(days=number)).strftime("%Y%m%dT%H%M%S.%f")
        made.path.rename(folder / f"history-{stamp}Z-daily.sqlite3")
    await fill(path, 3)
    made = backups.make(path, folder, backups.DAILY)
    assert made is not None, "it is not deleted at once"
    assert backups.backups_in(folder)[0] == made, "it is the newest, as for a repair"
    assert len(backups.backups_in(folder)) == backups.KEPT


async def test_a_disk_without_shared_memory_is_used_without_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectedLogs
) -> None:
    """A history that comes from another disk, two processes, a turn while a backup is made."""
    expect_log("does not support write-ahead logging")
    path = tmp_path / "history.sqlite3"
    await (await History.open(path)).close()
    history = await History.open(path)
    place = (await history.begin_turn(None, "on another disk", model_id="m")).conversation.id
    (tmp_path / "here").mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(path.with_name(path.name + suffix), tmp_path / "here" / (path.name + suffix))
    await history.close()
    path = tmp_path / "here" / path.name
    monkeypatch.setattr("qwen_desktop.core.storage.database.shares_memory", lambda folder: False)
    loop = asyncio.get_running_loop()
    window, other = (await open_for_window(path)).history, await History.open(path)
    steps = 0

    def turn() -> bool:
        nonlocal steps
        steps += 1
        if steps == 3:
            asyncio.run_coroutine_threadsafe(other.begin_turn(place, "beside", model_id="m"), loop).result(4)
        return False

    monkeypatch.setattr(backups, "_PACED_PAGES", 1)
    made = await asyncio.to_thread(backups.make, path, path.parent / "backups", backups.BY_HAND, is_given_up=turn)
    assert made is not None
    assert steps > 3
    await window.begin_turn(place, "after it", model_id="m")
    texts = [one.text for one in (await other.conversation(place)).messages if one.text]
    assert texts == ["on another disk", "beside", "after it"]
    assert not {"history.sqlite3-wal", "history.sqlite3-shm"} & names(path.parent)
    await window.close()
    await other.close()


async def test_a_folder_whose_name_is_no_text(tmp_path: Path, expect_log: ExpectedLogs) -> None:
    data = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 \xff"))
    path = data / "history.sqlite3"
    await fill(path, 30)
    history = await History.open(path)
    assert await searched(history, "prompt")
    await history.close()
    back_up(path)
    compacting.want(path)
    (one,) = backups.backups_in(data / "backups")
    opened = await open_for_window(path)
    assert (opened.compacted is not None, opened.problem) == (True, None)
    await opened.history.close()
    restoring.choose(path, one)
    opened = await open_for_window(path)
    assert opened.restored is not None
    await opened.history.close()
    with path.open("rb+") as file:
        file.seek(4096)
        file.write(bytes(4096))
    expect_log("the history is damaged")
    expect_log("put together anew")
    opened = await open_for_window(path)
    assert opened.rescued is not None
    await opened.history.close()
    paths = AppPaths(data, tmp_path / "config")
    target = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xfe moved"))
    assert data_folder.move(paths, target).history.exists()
    assert paths.data_place.read_bytes() == os.fsencode(target) + b"\n"


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.EDQUOT, "full"), (errno.EROFS, "read_only"), (errno.EIO, ""), (None, "")]
)
def test_a_used_up_quota_is_told_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None, reason: str
) -> None:
    """SQLite says no more than that writing failed, and the disk has room."""
    write = os.write

    def refused(descriptor: int, data: bytes) -> int:
        if number is not None:
            raise OSError(number, os.strerror(number))
        return write(descriptor, data)

    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    error.sqlite_errorname = "SQLITE_IOERR_WRITE"
    monkeypatch.setattr(os, "write", refused)
    told = unavailable(error, tmp_path / "history.sqlite3")
    assert told is not None
    assert told.reason == reason
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(not hasattr(os, "O_PATH"), reason="only Linux tells without harm that an open file was deleted")
@pytest.mark.parametrize("what", ["folder", "file"])
@pytest.mark.parametrize("is_last", [False, True])
async def test_a_history_that_is_deleted_while_it_is_open_is_written_again(
    tmp_path: Path, what: str, is_last: bool, expect_log: ExpectedLogs
) -> None:
    """Whatever was said to be on the disk before and after it is there; `is_last`: nothing is written after it."""
    expect_log("was deleted while it was open")
    path = tmp_path / "data" / "history.sqlite3"
    history = await History.open(path)
    first = await history.begin_turn(None, "before", model_id="m")
    journal = history.journal(first.reply)
    await journal.append([("text", "half of ")])
    assert await searched(history, "before")
    if what == "folder":
        shutil.rmtree(path.parent)
    else:
        path.unlink()
    if not is_last:
        await journal.append([("text", "the reply")])
        await history.begin_turn(None, "after", model_id="m")
        assert [one.title for one in await listed(history)] == ["after", "before"]
        assert await searched(history, "after")
        assert history.times_put_back == 1
        await journal.finish(replace(first.reply, text="half of the reply", status=MessageStatus.COMPLETE))
    await history.close()
    assert names(path.parent) <= {"history.sqlite3", "search.sqlite3", "history.sqlite3-shm"}
    history = await History.open(path)
    await history.recover()
    shown = await history.conversation(first.conversation.id)
    assert shown.messages[1].text == ("half of " if is_last else "half of the reply")
    assert [one.title for one in await listed(history)] == (["before"] if is_last else ["after", "before"])
    await history.close()


@pytest.mark.skipif(not hasattr(os, "O_PATH"), reason="only Linux tells without harm that an open file was deleted")
async def test_another_file_in_the_place_of_an_open_history_is_left_alone(
    tmp_path: Path, expect_log: ExpectedLogs
) -> None:
    expect_log(r"could not be saved \(replaced\)")
    expect_log("a write whose caller was cancelled failed")
    path = tmp_path / "data" / "history.sqlite3"
    await fill(tmp_path / "theirs.sqlite3", 1)
    history = await History.open(path)
    started = await history.begin_turn(None, "ours", model_id="m")
    (tmp_path / "theirs.sqlite3").replace(path)
    theirs = path.read_bytes()
    for _ in range(2):
        with pytest.raises(StorageUnavailable) as refused:
            await history.begin_turn(started.conversation.id, "to nowhere", model_id="m")
        assert refused.value.reason == "replaced"
    await history.close()
    assert path.read_bytes() == theirs
    (backup,) = backups.backups_in(path.parent / "backups")
    assert backups.counts_of(backup.path) == backups.Counts(1, 2)


async def test_a_history_that_is_moved_while_it_is_open_is_where_it_was_moved_to(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "data" / "history.sqlite3")
    await history.begin_turn(None, "before", model_id="m")
    (tmp_path / "data").rename(tmp_path / "moved")
    await history.begin_turn(None, "after", model_id="m")
    await history.close()
    assert not (tmp_path / "data").exists()
    history = await History.open(tmp_path / "moved" / "history.sqlite3")
    assert [one.title for one in await listed(history)] == ["after", "before"]
    await history.close()


async def test_what_is_in_the_way_of_backups_and_a_backup_that_is_gone_are_told(
    tmp_path: Path, expect_log: ExpectedLogs
) -> None:
    """Neither is the disk's fault, as the user was told."""
    path, folder = tmp_path / "history.sqlite3", tmp_path / "backups"
    await fill(path, 1)
    for put in (folder.touch, lambda: folder.symlink_to(tmp_path / "nowhere")):
        put()
        with pytest.raises(StorageUnavailable) as refused:
            backups.make(path, folder, backups.DAILY)
        assert refused.value.reason == "in_the_way"
        folder.unlink()
    with pytest.raises(StorageUnavailable) as refused:
        backups.make(path, tmp_path / ("长" * 90), backups.DAILY)
    assert refused.value.reason == "long_name"
    made = backups.make(path, folder, backups.DAILY)
    assert made is not None
    restoring.choose(path, made)
    made.path.unlink()
    expect_log("the history stays as it was: StorageUnavailable backup_missing")
    opened = await open_for_window(path)
    assert opened.problem is not None
    assert opened.problem.reason == "backup_missing"
    assert len(await listed(opened.history)) == 1
    await opened.history.close()


@pytest.mark.parametrize(
    "ask",
    [
        lambda history: history.listing(),
        lambda history: history.conversation(1),
        lambda history: history.save_draft(1, "typed"),
        lambda history: searched(history, "prompt"),
    ],
    ids=["list", "read", "write", "search"],
)
async def test_a_closed_history_says_so(tmp_path: Path, ask: Callable[[History], Awaitable[object]]) -> None:
    path = tmp_path / "history.sqlite3"
    await fill(path, 1)
    history = await History.open(path)
    assert len(await searched(history, "prompt")) == 1
    await history.close()
    with pytest.raises(StorageUnavailable, match="closed"):
        await ask(history)
