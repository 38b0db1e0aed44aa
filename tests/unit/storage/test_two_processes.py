"""`ask` beside the window: two processes, one history."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from qwen_desktop.core import data_folder
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.storage import backups, compacting, inspection, migrations, rescue, restoring
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import beside, open_reader, open_writer
from qwen_desktop.core.storage.lock import free_place
from tests.listing import listed

WRITER = Path(__file__).with_name("writer_process.py")
TURNS = 40


async def start(*arguments: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, WRITER, *map(str, arguments), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )


def test_a_history_that_another_process_makes_just_now_is_not_taken_for_a_strange_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.sqlite3"
    open_writer(path).close()  # it has begun: the file is there, and nothing is in it
    assert path.stat().st_size

    def open_late(path: Path) -> sqlite3.Connection:
        with closing(open_writer(path)) as other:
            migrations.upgrade(other, path)
        return open_reader(path)

    monkeypatch.setattr(inspection, "open_reader", open_late)
    assert inspection.inspect(path, migrations.SCHEMA_VERSION)


async def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    # Both find no file, and both make it.
    children = [await start("turns", path, name, TURNS) for name in ("first", "second")]
    history = await History.open(path)
    for child in children:
        assert child.stdout is not None
        assert await asyncio.wait_for(child.stdout.readline(), 20.0)
    for number in range(TURNS):
        started = await history.begin_turn(None, f"window {number}", model_id="m")
        journal = history.journal(started.reply)
        await journal.append([("text", "a")])
        assert await history.recover() == []
        await journal.finish(replace(started.reply, text="ab", status=MessageStatus.COMPLETE))
    for child in children:
        await asyncio.wait_for(child.communicate(), 30.0)
        assert child.returncode == 0
    summaries = await listed(history)
    assert sorted(summary.title for summary in summaries) == sorted(
        f"{name} {number}" for name in ("window", "first", "second") for number in range(TURNS)
    )
    for summary in summaries:
        _, reply = (await history.conversation(summary.id)).messages
        assert reply.status is MessageStatus.COMPLETE
        assert len(reply.text.split()) == (1 if summary.title.startswith("window") else 5)
    await history.check()
    await history.close()
    assert [name for name in os.listdir(tmp_path) if name.startswith("history")] == ["history.sqlite3"]


async def test_a_living_process_keeps_its_turn_and_a_dead_one_loses_it(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    child = await start("hold", path)
    try:
        assert child.stdout is not None
        reply_id = int(await asyncio.wait_for(child.stdout.readline(), 20.0))
        history = await History.open(path)
        assert await history.recover() == []
        (running,) = await history.siblings(reply_id)
        assert (running.status, running.text) == (MessageStatus.QUEUED, "Once upon")
    finally:
        child.kill()
        await child.communicate()
    (recovered,) = await history.recover()
    assert (recovered.id, recovered.status, recovered.text) == (reply_id, MessageStatus.INTERRUPTED, "Once upon")
    assert recovered.ended_at is not None
    assert recovered.ended_at >= recovered.created_at
    assert await history.siblings(reply_id) == [recovered]
    assert await history.recover() == []
    await history.close()


async def test_two_that_recover_at_once_do_it_once(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    crashed = await History.open(path)
    for number in range(20):
        started = await crashed.begin_turn(None, f"prompt {number}", model_id="m")
        await crashed.journal(started.reply).append([("text", "half")])
    await crashed.close()
    first, second = await History.open(path), await History.open(path)
    both = await asyncio.gather(first.recover(), second.recover())
    recovered = [message for messages in both for message in messages]
    assert sorted(message.id for message in recovered) == [2 * number + 2 for number in range(20)]
    assert all(message.text == "half" for message in recovered)
    await first.close()
    await second.close()


async def test_what_another_process_changed_is_in_the_next_turn(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    window, other = await History.open(path), await History.open(path)
    first = await window.begin_turn(None, "first", model_id="m")
    await window.journal(first.reply).finish(replace(first.reply, text="1", status=MessageStatus.COMPLETE))
    place = first.conversation.id
    for is_left_out in (True, False):
        begun = await window.begin_turn(place, "next", model_id="m")
        await other.set_left_out(first.prompt.id, is_left_out)
        assert (await window.path_to(place, begun.prompt.id))[0].is_left_out is is_left_out
        await other.set_left_out(first.prompt.id, not is_left_out)
        assert (await window.begin_turn(place, "more", model_id="m")).path[0].is_left_out is not is_left_out
    await window.close()
    await other.close()


async def test_nothing_takes_the_place_of_a_history_that_another_process_writes_to(tmp_path: Path) -> None:
    """It may have no reply under way at that moment, like an import or a chat without a window."""
    paths = AppPaths(tmp_path / "data", tmp_path / "config")
    child = await start("hold", paths.history)
    assert child.stdout is not None
    assert await asyncio.wait_for(child.stdout.readline(), 20.0)
    made = await asyncio.to_thread(backups.make, paths.history, paths.backups, backups.BY_HAND)
    assert made is not None
    restoring.choose(paths.history, made)
    compacting.want(paths.history)
    before = paths.history.stat().st_ino
    try:
        for work in (
            lambda: restoring.apply(paths.history),
            lambda: compacting.apply(paths.history),
            lambda: rescue.rescue(paths.history),
            lambda: data_folder.move(paths, tmp_path / "new"),
        ):
            with pytest.raises(StorageUnavailable) as refused:
                await asyncio.to_thread(work)
            assert refused.value.reason == "locked"
    finally:
        child.kill()
        await child.communicate()
    assert paths.history.stat().st_ino == before
    assert not (tmp_path / "new").exists()
    assert [path for path in paths.data.iterdir() if path.is_dir()] == [paths.backups]
    compacting.want(paths.history)
    assert await asyncio.to_thread(compacting.apply, paths.history) is not None


@pytest.mark.parametrize("work", [restoring, compacting])
async def test_nothing_takes_the_place_of_a_history_whose_log_somebody_still_needs(
    tmp_path: Path, work: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export reads an earlier moment, so the log cannot be folded in; it went first all the same, and a kill before
    the new file was there lost what was in it."""
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    made = await asyncio.to_thread(backups.make, path, tmp_path / "backups", backups.BY_HAND)
    assert made is not None
    with closing(open_reader(path)) as export:
        export.execute("BEGIN")
        export.execute("SELECT count(*) FROM message").fetchone()
        await history.begin_turn(None, "only in the log", model_id="m")
        await history.close()
        if work is restoring:
            restoring.choose(path, made)
        else:
            compacting.want(path)
        monkeypatch.setattr(work, "open_writer", partial(open_writer, timeout_s=0.01))
        before = path.stat().st_ino
        with pytest.raises(StorageUnavailable) as refused:
            await asyncio.to_thread(work.apply, path)
        assert refused.value.reason == "locked"
        assert path.stat().st_ino == before
        assert beside(path, "-wal").stat().st_size > 0
    history = await History.open(path)
    assert [one.title for one in await listed(history)] == ["only in the log"]
    await history.close()


async def test_nobody_begins_to_write_while_a_file_is_put_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    await (await History.open(path)).close()
    with free_place(path), pytest.raises(StorageUnavailable) as refused:
        await History.open(path)
    assert refused.value.reason == "locked"
    await (await History.open(path)).close()
