"""The history's file: who may open it, what a failing disk does to it, and what is never touched."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.errors import DatabaseTooNew, StorageUnavailable
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import uri
from qwen_desktop.core.storage.migrations import SCHEMA_VERSION
from tests.conftest import ExpectedLogs, eventually
from tests.listing import listed, searched
from tests.unit.storage.conftest import make_read_only

ROOT = Path(__file__).parents[3]


async def make(path: Path, *prompts: str) -> None:
    history = await History.open(path)
    for prompt in prompts:
        started = await history.begin_turn(None, prompt, model_id="m")
        reply = replace(started.reply, text=f"{prompt}!", status=MessageStatus.COMPLETE)
        await history.journal(started.reply).finish(reply)
    await history.close()


def everything_in(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("name", ["history.sqlite3", "a b%20?#&=历史😀.sqlite3", "-x'\";.sqlite3"])
async def test_any_folder_and_file_name_will_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / "new folder?mode=ro#" / "deeper" / name
    await make(path, "hello")
    history = await History.open(path)
    assert len(await listed(history)) == 1
    await history.close()
    assert [file.name for file in path.parent.iterdir()] == [name], "closing folds the log into the one file"


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
async def test_the_history_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        history = await History.open(tmp_path / "data" / "history.sqlite3")
        await history.begin_turn(None, "hello", model_id="m")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
        assert modes == {"history.sqlite3": 0o600, "history.sqlite3-wal": 0o600, "history.sqlite3-shm": 0o600}
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        await history.close()
        (tmp_path / "data" / "history.sqlite3").chmod(0o644)
        history = await History.open(tmp_path / "data" / "history.sqlite3")
        assert stat.S_IMODE((tmp_path / "data" / "history.sqlite3").stat().st_mode) == 0o600
        await history.close()
    finally:
        os.umask(before)


async def test_an_empty_file_is_a_new_history(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    path.touch()
    await make(path, "hello")


async def test_a_newer_database_is_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    await make(path, "hello")
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = everything_in(tmp_path)
    assert list(before) == ["history.sqlite3"]
    with pytest.raises(DatabaseTooNew) as raised:
        await History.open(path)
    assert raised.value.path == str(path)
    assert everything_in(tmp_path) == before


async def test_a_newer_database_whose_version_is_still_in_the_log_is_left_untouched(tmp_path: Path) -> None:
    path, copy = tmp_path / "history.sqlite3", tmp_path / "copy"
    await make(path, "hello")
    copy.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        for name in ("history.sqlite3", "history.sqlite3-wal"):  # as a crash would leave it
            shutil.copy(tmp_path / name, copy / name)
    assert int.from_bytes((copy / "history.sqlite3").read_bytes()[60:64], "big") == SCHEMA_VERSION
    before = everything_in(copy)
    with pytest.raises(DatabaseTooNew):
        await History.open(copy / "history.sqlite3")
    after = everything_in(copy)
    after.pop("history.sqlite3-shm", None)  # SQLite's index of the log, no data
    assert after == before


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 5000)


def zeroed_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(4096))


def random_bytes(path: Path) -> None:
    path.write_bytes(os.urandom(50_000))


def short_header(path: Path) -> None:
    os.truncate(path, 50)


def another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA application_id = 7")
        db.execute("CREATE TABLE stranger (x)")


def a_program_without_a_name(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE message (x)")


@pytest.mark.parametrize(
    "damage", [truncated, zeroed_page, random_bytes, short_header, another_program, a_program_without_a_name]
)
async def test_a_damaged_file_is_refused_and_kept_as_it_is(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "history.sqlite3"
    await make(path, *(f"prompt {number} " + "x" * 2000 for number in range(20)))
    damage(path)  # type: ignore[operator]
    before = everything_in(tmp_path)
    with pytest.raises(StorageUnavailable) as raised:
        await History.open(path)
    assert raised.value.reason == "damaged"
    assert everything_in(tmp_path)["history.sqlite3"] == before["history.sqlite3"]


async def test_an_emptied_file_beside_its_log_is_not_made_new(tmp_path: Path) -> None:
    path, copy = tmp_path / "history.sqlite3", tmp_path / "copy"
    await make(path, "hello")
    copy.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE conversation SET title = 'in the log'")
        db.commit()
        shutil.copy(tmp_path / "history.sqlite3-wal", copy / "history.sqlite3-wal")
    (copy / "history.sqlite3").touch()
    before = everything_in(copy)
    with pytest.raises(StorageUnavailable, match="beside its log") as raised:
        await History.open(copy / "history.sqlite3")
    assert raised.value.reason == "damaged"
    assert everything_in(copy) == before


async def test_damage_behind_the_quick_look_is_found_by_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.sqlite3"
    await make(path, *("x" * 2000 for _ in range(20)))
    zeroed_page(path)
    monkeypatch.setattr("qwen_desktop.core.storage.inspection._QUICK_BYTES", 1000)
    with pytest.raises(StorageUnavailable) as raised:
        history = await History.open(path)
        try:
            await history.check()
        finally:
            await history.close()
    assert raised.value.reason == "damaged"


async def test_a_folder_or_a_file_in_the_way_is_an_error_with_a_path(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for path in (tmp_path / "folder", tmp_path / "file" / "history.sqlite3"):
        with pytest.raises(StorageUnavailable) as raised:
            await History.open(path)
        assert (raised.value.path, raised.value.reason) == (str(path), "in_the_way")


async def test_a_locked_history_is_said_to_be_locked_and_journal_text_waits(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    await history._writer.write(lambda db: db.execute("PRAGMA busy_timeout = 20"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for text in ("a", "b"):
            with pytest.raises(StorageUnavailable) as raised:
                await journal.append([("text", text)])
            assert raised.value.reason == "locked"
        with pytest.raises(StorageUnavailable):
            await history.begin_turn(None, "not sent", model_id="m")
        assert len(await listed(history)) == 1, "reading goes on"
        other.execute("ROLLBACK")
    await journal.append([("text", "c")])
    assert (await history.conversation(started.conversation.id)).messages[-1].text == "abc"
    await history.close()


async def test_a_reply_that_could_not_be_saved_is_saved_when_closing(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    started = await history.begin_turn(None, "hello", model_id="m")
    await history._writer.write(lambda db: db.execute("PRAGMA busy_timeout = 20"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await history.journal(started.reply).finish(
                replace(started.reply, text="all of it", status=MessageStatus.STOPPED)
            )
        assert history.unsaved_count == 1
        other.execute("ROLLBACK")
    await history.close()
    history = await History.open(path)
    assert await history.recover() == []
    assert (await history.conversation(started.conversation.id)).messages[-1].text == "all of it"
    await history.close()


@pytest.mark.parametrize("by", ["the next prompt", "typing"])
async def test_a_reply_that_could_not_be_saved_is_saved_with_what_is_written_next(tmp_path: Path, by: str) -> None:
    """Before that it was in memory until somebody asked, and the next request held half of it."""
    history = await History.open(tmp_path / "history.sqlite3")
    started = await history.begin_turn(None, "hello", model_id="m")
    await history._writer.write(lambda db: db.execute("PRAGMA busy_timeout = 20"))
    with closing(sqlite3.connect(tmp_path / "history.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await history.journal(started.reply).finish(
                replace(started.reply, text="all of it", status=MessageStatus.COMPLETE)
            )
        with pytest.raises(StorageUnavailable):
            await history.save_draft(started.conversation.id, "more")
        other.execute("ROLLBACK")
    if by == "typing":
        await history.save_draft(started.conversation.id, "more")
    else:
        begun = await history.begin_turn(started.conversation.id, "more", model_id="m")
        assert [one.text for one in begun.path] == ["hello", "all of it", "more"]
    assert history.unsaved_count == 0
    await history.close()


async def test_closing_with_a_disk_that_refuses_says_so_and_leaves_the_turn_to_recovery(
    tmp_path: Path, expect_log: ExpectedLogs
) -> None:
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    await journal.append([("text", "all")])
    await history._writer.write(lambda db: db.execute("PRAGMA busy_timeout = 20"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await journal.finish(replace(started.reply, text="all of it", status=MessageStatus.STOPPED))
        expect_log("1 replies could not be saved")
        await history.close()
        other.execute("ROLLBACK")
    history = await History.open(path)
    (recovered,) = await history.recover()
    assert (recovered.text, recovered.status) == ("all", MessageStatus.INTERRUPTED)
    await history.close()


async def test_a_cancelled_search_ends_at_once(tmp_path: Path) -> None:
    history = await History.open(tmp_path / "history.sqlite3")
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(db: sqlite3.Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        # Some ten seconds of work, if nobody ends it.
        db.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 60000000) SELECT max(i) FROM n"
        )

    task = asyncio.create_task(history._searcher.read(slow))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    since = loop.time()
    assert await searched(history, "nothing") == []
    assert loop.time() - since < 1.0, "the next search waited for the cancelled one"
    # And closing does not wait for a search that still runs.
    begun.clear()
    task = asyncio.create_task(history._searcher.read(slow))
    await begun.wait()
    since = loop.time()
    await history.close()
    assert loop.time() - since < 1.0, "closing waited for a search"
    with pytest.raises(StorageUnavailable, match="closed"):
        await task


async def test_a_long_log_is_folded_beside_the_work(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    history = await History.open(path)
    place = (await history.create_conversation(title="", model_id="m")).id
    for _ in range(40):
        started = await history.begin_turn(place, "more", model_id="m")
        reply = replace(started.reply, text="x" * 200_000, status=MessageStatus.COMPLETE)
        await history.journal(started.reply).finish(reply)
    await eventually(lambda: path.stat().st_size > 4_000_000)
    assert path.with_name("history.sqlite3-wal").stat().st_size < 24_000_000
    await history.write_beside(lambda db: db.execute("PRAGMA wal_autocheckpoint = 0").fetchall())
    left = tmp_path / "left"
    left.mkdir()
    started = await history.begin_turn(place, "y" * 6_000_000, model_id="m")
    for suffix in ("", "-wal"):  # as a process leaves them that is killed
        shutil.copy(path.with_name(path.name + suffix), left / (path.name + suffix))
    await history.close()
    before = (left / path.name).stat().st_size
    again = await History.open(left / path.name)
    await eventually(lambda: (left / path.name).stat().st_size > before + 5_000_000)
    assert len((await again.conversation(place)).messages) == 82
    await again.close()


async def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    path = small_disk / "history.sqlite3"
    history = await History.open(path)
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    await journal.append([("text", "begin ")])
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
    with pytest.raises(StorageUnavailable) as raised:
        await journal.append([("text", "x" * 100_000)])
    assert raised.value.reason == "full"
    with pytest.raises(StorageUnavailable) as raised:
        await history.begin_turn(None, "y" * 100_000, model_id="m")
    assert raised.value.reason == "full"
    reply = replace(started.reply, text="begin " + "x" * 100_000 + " end", status=MessageStatus.COMPLETE)
    with pytest.raises(StorageUnavailable) as raised:
        await journal.finish(reply)
    assert raised.value.reason == "full"
    assert (await history.conversation(started.conversation.id)).messages[-1].text == "begin "
    filler.unlink()
    await journal.append([("text", " end")])
    assert (await history.conversation(started.conversation.id)).messages[-1].text == reply.text
    await history.save_unsaved()
    assert history.unsaved_count == 0
    assert (await history.conversation(started.conversation.id)).messages[-1].status is MessageStatus.COMPLETE
    await history.close()


async def test_a_new_history_on_a_full_disk_is_refused_as_full(small_disk: Path) -> None:
    with (small_disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
    with pytest.raises(StorageUnavailable) as raised:
        await History.open(small_disk / "history.sqlite3")
    assert raised.value.reason == "full"


@pytest.mark.parametrize("exists", [True, False])
async def test_a_read_only_folder_is_refused_as_read_only(small_disk: Path, exists: bool) -> None:
    path = small_disk / "data" / "history.sqlite3"
    if exists:
        await make(path, "hello")
    make_read_only(small_disk)
    with pytest.raises(StorageUnavailable) as raised:
        await History.open(path)
    assert raised.value.reason == "read_only"


@pytest.fixture
def ordinary_user() -> Iterator[Path]:
    """A folder of an ordinary user, whom this process becomes: root may write everywhere."""
    if os.name != "posix":
        pytest.skip("modes are of POSIX")
    folder = Path(tempfile.mkdtemp())
    user = os.geteuid() or 65534
    os.chown(folder, user, -1)
    root = os.geteuid()
    os.seteuid(user)
    yield folder
    os.seteuid(root)
    folder.chmod(0o700)
    shutil.rmtree(folder)


async def test_a_folder_without_permission_is_refused_as_read_only(ordinary_user: Path) -> None:
    os.chmod(ordinary_user, 0o500)
    with pytest.raises(StorageUnavailable) as raised:
        await History.open(ordinary_user / "data" / "history.sqlite3")
    assert raised.value.reason == "read_only"


@pytest.mark.parametrize("mode", [0o400, 0o000])
async def test_a_file_without_permission_is_refused_as_read_only(ordinary_user: Path, mode: int) -> None:
    path = ordinary_user / "history.sqlite3"
    await make(path, "hello")
    os.chmod(path, mode)
    with pytest.raises(StorageUnavailable) as raised:
        await History.open(path)
    assert raised.value.reason == "read_only"
    assert stat.S_IMODE(path.stat().st_mode) == mode


LIMITED = """
import asyncio, resource, sys
from dataclasses import replace
from pathlib import Path
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.storage.conversations import History

async def main():
    history = await History.open(Path(sys.argv[1]))
    started = await history.begin_turn(None, "hello", model_id="m")
    journal = history.journal(started.reply)
    await journal.append([("text", "begin ")])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    try:
        await journal.append([("text", "x" * 500_000)])
    except StorageUnavailable as error:
        print("refused", error.reason or "io")
    print((await history.conversation(1)).messages[-1].text)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await journal.append([("text", " end")])
    print(len((await history.conversation(1)).messages[-1].text))
    await journal.finish(replace(started.reply, text="done", status=MessageStatus.COMPLETE))
    await history.close()

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits are of POSIX")
def test_a_file_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "history.sqlite3")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout.split("\n"), done.stderr) == (["refused io", "begin ", str(6 + 500_000 + 4), ""], "")


def test_a_windows_share_and_a_drive_become_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sep", "\\")
    for absolute, expected in (
        ("C:\\Users\\李\\h.sqlite3", "file:/C:/Users/%E6%9D%8E/h.sqlite3?mode=rw"),
        ("\\\\server\\share\\h.sqlite3", "file:////server/share/h.sqlite3?mode=rw"),
    ):
        monkeypatch.setattr(os.path, "abspath", lambda path, absolute=absolute: absolute)
        assert uri(Path("h"), "rw") == expected


LEFT = """
import asyncio, ctypes, sys
from dataclasses import replace
from pathlib import Path
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.storage.conversations import History

def written_mb():
    ctypes.CDLL(None).malloc_trim(0)
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Private_Dirty:"))

async def main():
    ctypes.CDLL(None).mallopt(-3, 1_000_000)  # M_MMAP_THRESHOLD: what is large is gone once it is freed
    history = await History.open(Path(sys.argv[1]))
    started = await history.begin_turn(None, "much", model_id="m")
    before_mb = written_mb()
    text = "words " * 5_000_000
    await history.journal(started.reply).finish(replace(started.reply, text=text, status=MessageStatus.COMPLETE))
    assert (await history.conversation(started.reply.conversation_id)).messages[-1].text == text
    del text
    history.let_go()
    await history.rename(started.reply.conversation_id, "behind it")
    await history.listing()
    print(written_mb() - before_mb)
    await history.close()

asyncio.run(main())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc, and the C library is glibc")
def test_a_long_reply_that_was_left_stays_in_no_connection(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LEFT, str(tmp_path / "history.sqlite3")]  # here a failed assertion keeps the text
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert float(done.stdout) < 15
