"""Start and memory of the app against a bare PySide6 window with a list and an editor: a table of ratios.

Each round starts both in fresh processes, one after the other.  CPU is the process's own, all threads, from its first
instruction to the first painted frame.  PSS is read five seconds after that frame, with no chat open and the key in the
environment.  `python -m tests.bench.bench_start [ROUNDS]`; offscreen unless QT_QPA_PLATFORM says otherwise.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTLE_S = 5.0

_REPORT = """
import json, sys, time
def report(what, **more):
    pss = None
    if what == "settled":
        with open("/proc/self/smaps_rollup") as file:
            pss = next(int(line.split()[1]) / 1024 for line in file if line.startswith("Pss:"))
    print(json.dumps({"what": what, "cpu_ms": time.process_time() * 1000, "pss_mb": pss, **more}), flush=True)
"""

BARE = (
    _REPORT
    + """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QHBoxLayout, QListWidget, QPlainTextEdit, QWidget
class Window(QWidget):
    is_painted = False
    def paintEvent(self, event):
        super().paintEvent(event)
        if not self.is_painted:
            self.is_painted = True
            QTimer.singleShot(0, lambda: report("painted"))
            QTimer.singleShot(int(SETTLE_S * 1000), self.settle)
    def settle(self):
        report("settled")
        QApplication.exit()
app = QApplication([])
window = Window()
row = QHBoxLayout(window)
chats = QListWidget()
chats.addItems([f"chat {number}" for number in range(20)])
row.addWidget(chats)
row.addWidget(QPlainTextEdit())
window.resize(1280, 820)
window.show()
app.exec()
"""
)

OURS = (
    _REPORT
    + """
import asyncio
from PySide6.QtWidgets import QApplication
from qwen_desktop.app import build
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.ui import aio
app = QApplication([])
app.setQuitOnLastWindowClosed(False)
async def main():
    desktop = build(AppPaths.find())
    await desktop.show()
    heavy = ("httpx", "pygments", "markdown_it", "keyring", "sqlite3")
    report("painted", imported=[name for name in heavy if name in sys.modules])
    await desktop.begin()
    await asyncio.sleep(SETTLE_S)
    heavy = ("httpx", "pygments", "markdown_it", "keyring", "dbus_fast", "jeepney")
    report("settled", imported=[name for name in heavy if name in sys.modules])
    await desktop.close()
    return 0
sys.exit(aio.run(app, main, on_stop=lambda: None))
"""
)


def measure(source: str) -> dict[str, dict[str, object]]:
    """One fresh process; what it reported, by stage."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "QWEN_DESKTOP_HOME": home,
            "DASHSCOPE_API_KEY": "sk-bench-000000000000",
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(
            [sys.executable, "-c", source.replace("SETTLE_S", str(SETTLE_S))],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    return {line["what"]: line for line in map(json.loads, done.stdout.splitlines())}


def main(rounds: int = 5) -> None:
    measure(OURS)  # compiles what is to be compiled
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(measure(BARE))
        ours.append(measure(OURS))

    def median(runs: list[dict[str, dict[str, object]]], stage: str, figure: str) -> float:
        return statistics.median(float(str(run[stage][figure])) for run in runs)

    print(f"{'':34}{'bare':>10}{'app':>10}{'ratio':>8}")
    for title, stage, figure in (
        ("CPU to first painted frame, ms", "painted", "cpu_ms"),
        (f"CPU {SETTLE_S:g} s later, ms", "settled", "cpu_ms"),
        (f"PSS {SETTLE_S:g} s later, MB", "settled", "pss_mb"),
    ):
        one, other = median(bare, stage, figure), median(ours, stage, figure)
        print(f"{title:34}{one:10.1f}{other:10.1f}{other / one:8.2f}")
    print("imported before the first frame:", ours[-1]["painted"]["imported"])
    print("imported after that, no chat open:", ours[-1]["settled"]["imported"])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
