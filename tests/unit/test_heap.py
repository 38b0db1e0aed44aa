"""What is large and was freed goes back to the system, whichever thread had it."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import threading
from pathlib import Path
from qwen_desktop.core import heap
def written_mb():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Private_Dirty:"))
def work():
    for _ in range(3):
        large = [b"x" * 4_000_000 for _ in range(3)]
        pins.append(b"y" * 5_000)
        del large
pins = []
if {is_apart}:
    heap.keep_large_blocks_apart()
before_mb = written_mb()
for _ in range(4):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
print(written_mb() - before_mb)
"""


def left_mb(*, is_apart: bool) -> float:
    program = PROGRAM.replace("{is_apart}", str(is_apart))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_large_blocks_leave_nothing_behind() -> None:
    assert left_mb(is_apart=True) < 3
