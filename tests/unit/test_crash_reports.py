"""A crash leaves a report that the next start finds once; a kill does not; and no report holds words of a chat."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qwen_desktop.core import crash_reports
from qwen_desktop.core.crash_reports import all_reports, places, read, take_unseen
from qwen_desktop.core.crash_watch import CrashWatch
from qwen_desktop.core.errors import ConnectionFailed
from tests.yardstick import slower

ROOT = Path(__file__).resolve().parents[2]
CHAT = "my secret love letter"
BEGIN = """
import os, signal, sys, threading
from pathlib import Path
from qwen_desktop.core.crash_watch import CrashWatch
def the_place_it_crashed():
    {what}
with CrashWatch(Path(sys.argv[1])) as watch:
    the_place_it_crashed()
"""


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """The folder of logs, alone in its folder."""
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def child(folder: Path, what: str) -> int:
    """The exit code of a process that does `what` under a watch."""
    command = [sys.executable, "-c", BEGIN.format(what=what), str(folder)]
    return subprocess.run(command, cwd=ROOT, timeout=20, check=False, stderr=subprocess.DEVNULL).returncode


def report_of(folder: Path, what: str) -> str:
    child(folder, what)
    report = take_unseen(folder)
    assert report is not None
    return read(report)


def test_a_process_that_ends_as_it_should_leaves_nothing(logs: Path) -> None:
    assert child(logs, "pass") == 0
    assert child(logs, "sys.exit(3)") == 3
    assert take_unseen(logs) is None
    assert not list(logs.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
@pytest.mark.parametrize(
    ("what", "number"), [("os.abort()", signal.SIGABRT), ("os.kill(os.getpid(), signal.SIGSEGV)", signal.SIGSEGV)]
)
def test_a_native_crash_is_told_once_with_its_place(logs: Path, what: str, number: int) -> None:
    assert child(logs, what) == -number
    report = take_unseen(logs)
    assert report is not None
    text = read(report)
    assert "what: the app, or a library it uses, crashed" in text
    assert "Fatal Python error: " in text
    assert "in the_place_it_crashed" in text
    assert take_unseen(logs) is None
    assert all_reports(logs) == [report]
    if os.name == "posix":
        assert report.stat().st_mode & 0o077 == 0


def test_an_exception_that_ends_the_app_is_told_without_its_words(logs: Path) -> None:
    text = report_of(logs, f"raise ValueError('{CHAT}') from KeyError('{CHAT}')")
    assert "what: an error inside the app ended it" in text
    assert "builtins.ValueError\n" in text
    assert "after\nbuiltins.KeyError" in text
    assert "in the_place_it_crashed" in text
    assert CHAT not in text
    assert str(ROOT) not in text


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("pass", None),
        ("watch.note_stall()", "the window did not answer"),
        ("watch.note_stall(), watch.note_answer()", None),
        ("watch.note_stall(), watch.note_answer(), watch.note_stall()", "the window did not answer"),
        ("watch.note_error(ValueError(1))", "some time after an error inside it"),
    ],
)
def test_a_kill_alone_is_no_crash(logs: Path, before: str, told: str | None) -> None:
    assert child(logs, f"{before}; os.kill(os.getpid(), signal.SIGKILL)") == -signal.SIGKILL
    report = take_unseen(logs)
    if told is None:
        assert report is None
    else:
        assert report is not None
        assert told in read(report)
    assert [file for file in logs.iterdir() if file != report] == []


def test_a_process_that_still_runs_is_left_alone(logs: Path) -> None:
    code = BEGIN.format(what="watch.note_stall(); print('here', flush=True); input()")
    with subprocess.Popen(
        [sys.executable, "-c", code, str(logs)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "here\n"
        assert take_unseen(logs) is None
        assert (logs / f"running-{running.pid}.txt").exists()
        running.communicate("\n")
    assert not list(logs.iterdir())


def test_another_process_with_the_same_number_is_another(logs: Path) -> None:
    left = logs / f"running-{os.getppid()}.txt"
    left.write_text("another boot:1\n2026-11-26T10:00:00Z\n== ended by\nbuiltins.ValueError\n")
    assert take_unseen(logs) is not None
    assert not left.exists()


def test_what_is_not_of_our_shape_is_not_passed_on(logs: Path) -> None:
    left = logs / "running-999999999.txt"
    home = os.path.expanduser("~")
    left.write_text(
        f"x\n2026-11-26T10:00:00Z {CHAT}\nFatal Python error: Aborted\n\n{CHAT}\n"
        "Current thread 0x00007f (most recent call first):\n"
        f'  File "{home}/chats/qwen_desktop/app.py", line 7 in main\n  File "/opt/{CHAT}", line 1 in {CHAT}\n'
        '  File "/x/lib/python3.11/asyncio/runners.py", line 118 in run\n  ...\n'
    )
    report = take_unseen(logs)
    assert report is not None
    text = read(report)
    assert "qwen_desktop/app.py:7 in main" in text
    assert "asyncio/runners.py:118 in run" in text
    assert CHAT not in text
    assert home not in text


def test_reports_are_bounded_in_number_and_size(logs: Path) -> None:
    for number in range(8):
        left = logs / f"running-{999_999_000 + number}.txt"
        left.write_text("x\ny\n== ended by\n" + "  /a/qwen_desktop/some/module.py:1 in function\n" * 50_000)
        os.utime(left, (1_790_000_000 + number, 1_790_000_000 + number))
    newest = take_unseen(logs)
    reports = all_reports(logs)
    assert newest == reports[0]
    assert newest is not None
    assert newest.name.endswith("-999999007.seen.txt")
    assert len(reports) == crash_reports.MOST_REPORTS
    assert all(report.stat().st_size <= crash_reports.MOST_BYTES for report in reports)


def test_places_are_bounded_and_name_our_own_reasons() -> None:
    def deeper(level: int) -> None:
        if level:
            deeper(level - 1)
        raise ConnectionFailed(CHAT, reason="dns")

    try:
        deeper(300)
    except ConnectionFailed as error:
        text = places(error)
    assert text.startswith("qwen_desktop.core.errors.ConnectionFailed (dns)\n")
    assert len(text.splitlines()) == 61
    assert CHAT not in text
    assert places(ConnectionFailed(reason=CHAT)) == "qwen_desktop.core.errors.ConnectionFailed"
    group = ExceptionGroup(CHAT, [ValueError(CHAT)])
    assert places(group).splitlines()[1] == "  with builtins.ValueError"


def test_a_folder_that_cannot_be_written_is_borne(logs: Path) -> None:
    (logs / "file").touch()
    with CrashWatch(logs / "file" / "logs", catch_native=False) as watch:
        watch.note_error(ValueError())
        watch.note_stall()
        watch.note_answer()
    assert take_unseen(logs / "file" / "logs") is None


def test_a_loop_of_errors_does_not_fill_the_disk(logs: Path) -> None:
    with CrashWatch(logs, catch_native=False) as watch:
        for _ in range(1000):
            watch.note_error(ValueError())
            watch.note_stall()
        assert watch.path.stat().st_size < 100_000


def test_beginning_costs_next_to_nothing(logs: Path) -> None:
    began_at = time.process_time()
    for _ in range(20):
        with CrashWatch(logs, catch_native=False):
            pass
    assert (time.process_time() - began_at) / 20 < 0.005 * slower()


def test_what_cannot_be_read_hides_no_report(logs: Path) -> None:
    logs.mkdir(exist_ok=True)
    (logs / "running-77.txt").mkdir()
    (logs / "running-99999999999999999999.txt").write_text("1\nx\n")
    (logs / "running-999990.txt").write_text("1\n2026-11-26T10:00:00Z\nFatal Python error: Segmentation fault\n")
    report = take_unseen(logs)
    assert report is not None
    assert "Segmentation fault" in read(report)
