"""Is the process that runs a turn still there: also when its number was given to another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from qwen_desktop.core import process_start
from qwen_desktop.core.process_start import process_started
from qwen_desktop.core.storage.owner import Owner


def test_an_owner_lives_while_its_history_is_open() -> None:
    owner = Owner.current()
    assert owner.process_id == os.getpid()
    assert not owner.is_alive()
    owner.opened()
    assert owner.is_alive()
    owner.closed()
    assert not owner.is_alive()
    assert Owner.current() != owner


def test_another_process_lives_until_it_is_killed_even_if_nobody_collected_it() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        owner = Owner("other", child.pid, process_started(child.pid) or "")
        assert owner.process_started
        assert owner.is_alive()
        child.send_signal(signal.SIGTERM)
        if sys.platform == "linux":
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is dead now, and still in the table
            assert not owner.is_alive()
        child.wait()
        assert not owner.is_alive()


def test_a_process_id_that_was_used_again_is_another_process() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert not Owner("other", child.pid, "an earlier start").is_alive()
        mine = Owner.current()
        mine.opened()
        assert not replace(mine, process_started="an earlier start").is_alive()
        mine.closed()
        child.communicate(b"\n")


def test_in_doubt_a_process_is_alive() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert Owner("other", child.pid, "").is_alive()
        child.communicate(b"\n")


@pytest.mark.parametrize("process_id", [0, -1, 2**22 + 1, 2**70])
def test_numbers_that_are_no_process_are_dead(process_id: int) -> None:
    assert not Owner("other", process_id, "x").is_alive()


@pytest.mark.skipif(sys.platform == "win32", reason="ps is of POSIX")
@pytest.mark.parametrize("started", [process_start._started_ps, process_start._exists_posix])
def test_the_ways_of_other_platforms_agree(started: object) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        first = started(child.pid)  # type: ignore[operator]
        assert first is not None
        assert first == started(child.pid)  # type: ignore[operator]
        child.communicate(b"\n")
    assert started(child.pid) is None  # type: ignore[operator]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_may_have_any_name() -> None:
    program = "import ctypes; ctypes.CDLL(None).prctl(15, b') Z 1 ('); print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert (process_started(child.pid) or "").split(":")[-1].isdigit()
        child.communicate(b"\n")
