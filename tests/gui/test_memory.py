"""Memory that was let go is given back to the system, once, after a long conversation was left."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from qwen_desktop.ui.memory import LONG_CHARACTERS, MemoryReturn, give_back


@pytest.fixture
def collector_off() -> Iterator[None]:
    """As while the window's loop runs: cycles die when they are collected by name."""
    gc.disable()
    yield
    gc.enable()


class Piece:
    def __init__(self) -> None:
        self.neighbour = self


def written_mb() -> float:
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Private_Dirty:"))


def test_pieces_that_refer_to_each_other_are_freed(collector_off: None) -> None:
    piece = weakref.ref(Piece())
    assert piece() is not None
    give_back()
    assert piece() is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_freed_pages_go_back_to_the_system() -> None:
    blocks = [b"x" * 60_000 for _ in range(1_000)]
    pin = b"y" * 60_000  # above them in the heap: without being told, the C library keeps what is below
    full_mb = written_mb()
    del blocks
    give_back()
    assert written_mb() < full_mb - 40
    assert pin


def test_only_a_long_conversation_is_worth_it(qapp: QApplication) -> None:
    memory = MemoryReturn()
    timer = memory.findChild(QTimer)
    assert timer is not None
    memory.left(LONG_CHARACTERS - 1)
    assert not timer.isActive()
    memory.left(LONG_CHARACTERS)
    assert timer.isActive()
    assert timer.isSingleShot()
    timer.stop()
