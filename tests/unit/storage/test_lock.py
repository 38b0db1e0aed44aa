"""One window per history."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qwen_desktop.core.errors import StorageUnavailable
from qwen_desktop.core.storage.lock import HistoryLock

ROOT = Path(__file__).parents[3]
HOLDER = """
import sys
from pathlib import Path
from qwen_desktop.core.storage.lock import HistoryLock
lock = HistoryLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
input()
"""


def test_only_one_window_has_the_lock(tmp_path: Path) -> None:
    first, second = HistoryLock(tmp_path / "data" / "history.lock"), HistoryLock(tmp_path / "data" / "history.lock")
    assert first.acquire()
    assert first.acquire(), "asking again for one's own lock is no conflict"
    assert not second.acquire()
    assert (first.is_held, second.is_held) == (True, False)
    assert second.path.read_text().strip().isdigit() or sys.platform == "win32"
    first.release()
    first.release()
    assert second.acquire()
    second.release()


def test_the_lock_ends_with_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "history.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        lock = HistoryLock(path)
        assert not lock.acquire()
        holder.kill()
        holder.wait()
        assert lock.acquire()
        lock.release()


def test_a_program_started_meanwhile_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = HistoryLock(tmp_path / "history.lock")
    assert lock.acquire()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False) as child:
        lock.release()
        second = HistoryLock(lock.path)
        is_free = second.acquire()
        second.release()
        child.communicate(b"\n")
    assert is_free


def test_a_folder_that_cannot_be_used_is_an_error_with_a_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lock = HistoryLock(tmp_path / "file" / "history.lock")
    with pytest.raises(StorageUnavailable) as raised:
        lock.acquire()
    assert raised.value.path == str(lock.path)
    assert not lock.is_held
