"""What is left on disk by a process that dies while it shows a chat, and what the next one makes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qwen_desktop.core.storage.plain_chats import FILE_BYTES, MOST_CHATS, PlainChats

ROOT = Path(__file__).resolve().parents[3]
_DIES = """
import os, signal, sys
from pathlib import Path
from qwen_desktop.core.storage.plain_chats import PlainChats
record = PlainChats(Path(sys.argv[1]))
{what}
os.kill(os.getpid(), signal.{signal})
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "plain-chats.json"


def die(path: Path, what: str, by: str = "SIGKILL") -> None:
    """A process of its own does `what` with the record and is killed."""
    code = _DIES.format(what=what, signal=by)
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.returncode == -getattr(signal, by), done.stderr


def marked(path: Path, *ids: int) -> list[int]:
    record = PlainChats(path)
    return [one for one in ids if record.is_plain(one)]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
@pytest.mark.parametrize("by", ["SIGKILL", "SIGSEGV", "SIGABRT"])
def test_a_chat_that_was_worked_on_when_the_process_died_is_plain(path: Path, by: str) -> None:
    die(path, "record.begin_work(5)", by)
    assert marked(path, 4, 5, 6) == [5]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_a_chat_that_had_come_to_rest_is_not(path: Path) -> None:
    die(path, "record.begin_work(5); record.end_work()")
    assert marked(path, 5) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_the_mark_stays_through_other_crashes_and_clean_ends_until_it_is_taken_away(path: Path) -> None:
    die(path, "record.begin_work(5)")
    die(path, "record.begin_work(6)")
    die(path, "record.begin_work(7); record.end_work(); record.mark(8)")
    record = PlainChats(path)
    record.begin_work(9)
    record.close()
    assert marked(path, 5, 6, 7, 8, 9) == [5, 6, 8]
    record = PlainChats(path)
    record.unmark(6)
    record.close()
    assert marked(path, 5, 6, 8) == [5, 8]


def test_every_state_is_on_disk_when_the_call_returns_and_one_page_long(path: Path) -> None:
    record = PlainChats(path)
    for change, busy, plain in [
        (lambda: record.begin_work(12), 12, []),
        (lambda: record.mark(12), 12, [12]),
        (lambda: record.begin_work(3), 3, [12]),
        (lambda: record.end_work(), None, [12]),
        (lambda: record.unmark(12), None, []),
    ]:
        change()
        content = path.read_bytes()
        assert len(content) == FILE_BYTES
        assert json.loads(content) == {"version": 1, "busy": busy, "plain": plain}
    record.close()
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_repeated_is_not_written_again(path: Path) -> None:
    record = PlainChats(path)
    record.begin_work(1)
    path.write_bytes(b"untouched")
    record.begin_work(1)
    assert path.read_bytes() == b"untouched"
    record.end_work()
    assert path.read_bytes().startswith(b"{")
    record.close()


def test_the_newest_marks_fit_however_many_there_are(path: Path) -> None:
    record = PlainChats(path)
    first = (1 << 63) - 1 - 2 * MOST_CHATS
    for one in range(first, first + 2 * MOST_CHATS):
        record.mark(one)
    record.begin_work(first)
    assert path.stat().st_size == FILE_BYTES
    assert len(json.loads(path.read_bytes())["plain"]) == MOST_CHATS
    again = PlainChats(path)
    assert again.is_plain(first), "it was worked on"
    assert not again.is_plain(first + 1)
    assert again.is_plain(first + 2 * MOST_CHATS - 1)
    record.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * FILE_BYTES,
        b"[" * 100_000,
        b"[]",
        b'{"busy": "5", "plain": 5}',
        b'{"busy": true, "plain": [null, true, -5, 5.0, "5", [5]]}',
        b'{"busy": 5, "plain": [5',
        b"\xff\xfe",
    ],
)
def test_a_file_that_is_not_understood_marks_nothing_and_is_written_anew(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    record = PlainChats(path)
    assert not any(record.is_plain(one) for one in (1, 5))
    record.mark(5)
    record.close()
    assert marked(path, 5) == [5]


def test_without_a_disk_it_is_remembered_while_the_app_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    for record in (PlainChats(None), PlainChats(tmp_path / "file" / "plain-chats.json")):
        record.begin_work(5)
        record.mark(5)
        assert record.is_plain(5)
        record.close()
