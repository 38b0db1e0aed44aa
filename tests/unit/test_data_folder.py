"""The data folder as a whole: its sizes, moved with every byte compared, made smaller, emptied for good."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from qwen_desktop.core import data_folder
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.storage import backups, compacting
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.lock import HistoryLock
from qwen_desktop.core.storage.opening import open_for_window
from tests.listing import listed


@pytest.fixture
async def paths(tmp_path: Path) -> AppPaths:
    """A folder with something of everything, and a file that is not ours."""
    paths = AppPaths(tmp_path / "data", tmp_path / "config")
    history = await History.open(paths.history)
    for number in range(40):
        started = await history.begin_turn(None, f"prompt {number} " * 300, model_id="m")
        reply = replace(started.reply, text="reply " * 500, status=MessageStatus.COMPLETE)
        await history.journal(started.reply).finish(reply)
    await history.close()
    assert backups.make(paths.history, paths.backups, backups.DAILY) is not None
    for name in (
        "attachments/ab/abcd.png",
        "logs/app.log",
        "models.json",
        "new-chat.draft",
        "new-chat-pictures.new",
        ".sweeps.json.x1.new",
        "theirs/notes.txt",
    ):
        path = paths.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"in {name}")
    paths.config.mkdir()
    paths.settings.write_text("# settings\n")
    return paths


def ours(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "theirs" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_sizes_add_up(paths: AppPaths) -> None:
    found = data_folder.sizes(paths)
    assert found.history >= paths.history.stat().st_size
    assert found.backups > 0
    assert found.attachments == len("in attachments/ab/abcd.png")
    assert found.everything > found.history + found.backups + found.attachments


def test_it_is_moved_with_every_byte_and_the_old_one_stays(paths: AppPaths, tmp_path: Path) -> None:
    before = ours(paths.data)
    told: list[tuple[int, int]] = []
    target = tmp_path / "other disk" / "Qwen 数据"
    moved = data_folder.move(paths, target, lambda done, everything: told.append((done, everything)))
    assert moved.data == target
    assert ours(target) == before
    assert ours(paths.data) == before
    assert not (target / "theirs").exists()
    assert told[-1][0] == told[-1][1] > 0
    assert paths.data_place.read_text(encoding="utf-8") == f"{target}\n"
    assert os.name != "posix" or (target / "history.sqlite3").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the places of Linux")
def test_the_next_start_finds_the_moved_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "CONFIG"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    usual = AppPaths.find({})
    (usual.data).mkdir(parents=True)
    (usual.data / "models.json").write_text("{}")
    target = tmp_path / "elsewhere"
    data_folder.move(usual, target)
    found = AppPaths.find({})
    assert (found.data, found.config, found.is_data_missing) == (target, usual.config, False)
    target.rename(tmp_path / "unplugged")
    found = AppPaths.find({})
    assert (found.data, found.is_data_missing) == (target, True), "a new history must not be begun instead"
    assert AppPaths.find({"QWEN_DESKTOP_HOME": str(tmp_path)}).data == tmp_path / "data"


@pytest.mark.parametrize("reason", ["not_empty", "inside", "inside_out"])
def test_a_place_that_will_not_do_is_refused_and_nothing_changes(paths: AppPaths, tmp_path: Path, reason: str) -> None:
    target = {"not_empty": tmp_path / "full", "inside": paths.data / "sub", "inside_out": tmp_path}[reason]
    target.mkdir(exist_ok=True)
    if reason == "not_empty":
        (target / "x").touch()
    before = ours(paths.data)
    with pytest.raises(StorageUnavailable) as caught:
        data_folder.move(paths, target)
    assert caught.value.reason == reason.partition("_out")[0]
    assert ours(paths.data) == before
    assert not paths.data_place.exists()


def test_a_copy_that_differs_is_not_used(paths: AppPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_folder, "_digest", lambda path: b"something else")
    with pytest.raises(StorageUnavailable, match="differs"):
        data_folder.move(paths, tmp_path / "new")
    assert not paths.data_place.exists()
    assert not list(tmp_path.glob("new*"))


def test_everything_of_ours_goes_and_nothing_else(paths: AppPaths) -> None:
    assert data_folder.erase(paths) == []
    assert [path.name for path in paths.data.rglob("*") if path.is_file()] == ["notes.txt"]
    assert list(paths.config.iterdir()) == []


@pytest.mark.parametrize("name", ["new-chat ideas.txt", "quick-ask", ".letter.new", "models.json.mine"])
def test_what_is_named_much_like_ours_is_left_alone(paths: AppPaths, tmp_path: Path, name: str) -> None:
    (paths.data / name).write_text("theirs")
    data_folder.move(paths, tmp_path / "new")
    assert not (tmp_path / "new" / name).exists()
    assert data_folder.erase(paths) == []
    assert (paths.data / name).read_text() == "theirs"


def test_a_deletion_that_was_broken_off_can_be_seen_and_done_again(
    paths: AppPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever finds an empty list of chats believes that their copies are gone too."""
    unlink, deleted = Path.unlink, []

    def dies_at_the_history(path: Path, *, missing_ok: bool = False) -> None:
        if path == paths.history:
            raise KeyboardInterrupt
        deleted.append(path)
        unlink(path, missing_ok=missing_ok)

    paths.history.with_name("history.sqlite3-wal").write_bytes(b"")
    monkeypatch.setattr(Path, "unlink", dies_at_the_history)
    with pytest.raises(KeyboardInterrupt):
        data_folder.erase(paths)
    left = {path.name for path in paths.data.rglob("*") if path.is_file()}
    assert left == {"history.sqlite3", "notes.txt"}


def test_what_an_uninstaller_calls_leaves_nothing(paths: AppPaths) -> None:
    shutil.rmtree(paths.data / "theirs")
    (paths.data / "closed-folders.json").write_text('{"closed": ["work"]}')
    lock = HistoryLock(paths.history_lock)
    assert lock.acquire()
    command = [sys.executable, "-m", "qwen_desktop", "erase-everything"]
    environment = {**os.environ, "QWEN_DESKTOP_HOME": str(paths.data.parent), "QWEN_DESKTOP_LANG": "en"}
    environment.pop("DBUS_SESSION_BUS_ADDRESS", None)
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "is open" in refused.stderr
    assert paths.history.exists()
    lock.release()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not paths.data.exists()
    assert not paths.config.exists()


async def test_the_history_is_made_smaller_by_the_start_that_was_asked_for_it(paths: AppPaths) -> None:
    history = await History.open(paths.history)
    for summary in (await listed(history))[:35]:
        await history.delete(summary.id)
        await history.bin.erase(summary.id)
    await history.close()
    before = paths.history.stat().st_size
    opened = await open_for_window(paths.history)
    assert opened.compacted is None, "nobody has asked"
    await opened.history.close()
    compacting.want(paths.history)
    for made in ("compacted", "restored", "rescued"):  # by one that was killed
        paths.history.with_name(f"history.sqlite3.{made}").write_bytes(b"words")
    opened = await open_for_window(paths.history)
    assert opened.compacted is not None
    assert not [path.name for path in paths.data.glob("history.sqlite3.*")]
    assert opened.compacted.before == before
    assert opened.compacted.after < before / 2
    assert len(await listed(opened.history)) == 5
    await opened.history.close()
    with closing(sqlite3.connect(paths.history)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    opened = await open_for_window(paths.history)
    assert opened.compacted is None, "once"
    await opened.history.close()
