"""A GUI thread that does not come back, one that does, and the peace afterwards; limits of fractions of a second."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from qwen_desktop.ui.transcript.watchdog import Watchdog

LIMIT_S = 0.4


class Heard:
    """What a watchdog told, and on which thread."""

    def __init__(self) -> None:
        self.stalls: list[threading.Thread] = []
        self.rests = 0

    def stalled(self) -> None:
        self.stalls.append(threading.current_thread())

    def rested(self) -> None:
        self.rests += 1


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def dog(qapp: Any, heard: Heard) -> Iterator[Watchdog]:
    made = Watchdog(heard.stalled, limit_s=LIMIT_S)
    made.rested.connect(heard.rested)
    yield made
    made.close()
    assert "watchdog" not in [thread.name for thread in threading.enumerate()]


def block_until(condition: Callable[[], object], patience_s: float = 20.0) -> None:
    """What a stalled view does: it computes and does not come back to the loop."""
    ends_at = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < ends_at, "nobody noticed"


def test_a_view_that_does_not_come_back_is_told_while_it_is_away(dog: Watchdog, heard: Heard) -> None:
    dog.work()
    block_until(lambda: heard.stalls)
    assert heard.stalls[0] is not threading.main_thread()


def test_one_stall_is_told_once_and_the_next_one_again(qtbot: Any, dog: Watchdog, heard: Heard) -> None:
    dog.work()
    block_until(lambda: heard.stalls)
    ends_at = time.monotonic() + 2 * LIMIT_S
    block_until(lambda: time.monotonic() > ends_at)
    assert len(heard.stalls) == 1
    qtbot.waitUntil(lambda: not dog.is_watching)
    dog.work()
    block_until(lambda: len(heard.stalls) == 2)


def unbroken_line(letters: int) -> tuple[Any, Any]:
    from PySide6.QtGui import QFont, QTextLayout

    layout = QTextLayout("ab\u0301\u0302 " * letters, QFont("DejaVu Sans", 11))
    layout.beginLayout()
    return layout, layout.createLine()


def test_a_stall_that_keeps_the_interpreter_to_itself_is_told_afterwards(qtbot: Any, qapp: Any, heard: Heard) -> None:
    """Qt lays out a paragraph in one call, and no other thread of Python runs meanwhile."""
    dog = Watchdog(heard.stalled, limit_s=0.1)
    took_s, letters = 0.0, 100_000
    while took_s < 0.3:
        letters *= 2
        layout, line = unbroken_line(letters)
        began_s = time.thread_time()
        line.setLineWidth(700)
        took_s = time.thread_time() - began_s
    layout, line = unbroken_line(letters)
    dog.work()
    line.setLineWidth(700)
    assert layout
    qtbot.waitUntil(lambda: not dog.is_watching)
    dog.close()
    assert heard.stalls


def test_a_view_that_works_on_and_comes_back_each_time_is_no_stall(qtbot: Any, dog: Watchdog, heard: Heard) -> None:
    ends_at = time.monotonic() + 3 * LIMIT_S

    def is_over() -> bool:
        dog.work()
        return time.monotonic() > ends_at

    qtbot.waitUntil(is_over)
    assert dog.is_watching
    assert dog.questions > 4
    assert not heard.stalls
    assert not heard.rests
    qtbot.waitUntil(lambda: heard.rests == 1)
    assert not dog.is_watching


def test_rest_takes_time_enough_for_a_frame(qtbot: Any, dog: Watchdog, heard: Heard) -> None:
    """However the questions fall, some time passes between the last work and rest."""
    for part in range(8):
        rests, ends_at = heard.rests, time.monotonic() + LIMIT_S / 8 * (1 + part / 8)
        while time.monotonic() < ends_at:
            dog.work()
            qtbot.wait(1)
        worked_at = time.monotonic()
        qtbot.waitUntil(lambda rests=rests: heard.rests > rests)
        assert time.monotonic() - worked_at > 0.9 * LIMIT_S / 8


def test_at_rest_nobody_asks_anything(qtbot: Any, dog: Watchdog, heard: Heard) -> None:
    dog.work()
    qtbot.waitUntil(lambda: heard.rests == 1)
    asked = dog.questions
    assert asked >= 2
    # Only time can show that nothing happens: as long as eight questions would take.
    ends_at = time.monotonic() + LIMIT_S
    qtbot.waitUntil(lambda: time.monotonic() > ends_at)
    assert dog.questions == asked
    assert not heard.stalls
    dog.work()
    qtbot.waitUntil(lambda: heard.rests == 2)


def test_a_closed_watchdog_watches_nothing(dog: Watchdog, heard: Heard) -> None:
    dog.work()
    dog.close()
    dog.work()
    assert not dog.is_watching


_STOPPED = """
import os, sys, time
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QCoreApplication
from qwen_desktop.ui.transcript.watchdog import Watchdog
app = QCoreApplication([])
stalls = []
dog = Watchdog(lambda: stalls.append(1), limit_s=1.0)
dog.work()
print("working", flush=True)
while not select_ready(): app.processEvents(); dog.work()
dog.rested.connect(app.quit)
app.exec()
dog.close()
print(len(stalls), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_a_process_that_was_stopped_and_goes_on_has_not_stalled() -> None:
    code = "import select\nselect_ready = lambda: select.select([sys.stdin], [], [], 0)[0]\n" + _STOPPED
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    with process:
        assert process.stdout.readline() == "working\n"
        os.kill(process.pid, signal.SIGSTOP)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        time.sleep(1.5)  # the condition is that time passes
        os.kill(process.pid, signal.SIGCONT)
        process.stdin.write("go on\n")
        process.stdin.flush()
        assert process.stdout.read() == "0\n"
    assert process.returncode == 0
