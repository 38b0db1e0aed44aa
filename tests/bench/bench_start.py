"""Start and memory of the app against a bare PySide6 window with a list and an editor: a table of ratios.

Each round starts both in fresh processes, one after the other; the app by its real entry.  CPU is the process's own,
all threads, from its first instruction to the first painted frame.  Memory is read five seconds after that frame, with
no chat open and the key in the environment; then after a small reply, after one of 4 MB, after leaving that chat, and
once the search index has read it, some seconds later.

PSS counts a page that n processes share as 1/n, so other Qt programs on the machine make both figures smaller and
their ratio larger; what the process alone has written (private) and all it has mapped (resident), which others do not
move, are printed beside it.  Both find their modules compiled, as every start but the first does.

`python -m tests.bench.bench_start [ROUNDS] [--short]`; offscreen unless QT_QPA_PLATFORM says otherwise; `--short`
leaves the replies out.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.server import Connection, Script, ThreadedFaultServer

ROOT = Path(__file__).resolve().parents[2]
SETTLE_S = 5.0
LONG_CHARACTERS = 4_000_000

REPORT = """
import sys, time
def report(what, **more):
    cpu_ms = time.process_time() * 1000
    modules = set(sys.modules)
    import json
    memory = {}
    with open("/proc/self/smaps_rollup") as file:
        for line in file:
            name, _, value = line.partition(":")
            if value.strip().endswith("kB"):
                memory[name] = int(value.split()[0]) / 1024
    print(json.dumps({
        "what": what, "cpu_ms": cpu_ms, "pss_mb": memory["Pss"], "rss_mb": memory["Rss"],
        "private_mb": memory["Private_Dirty"],
        "heavy": sorted(modules & set(HEAVY)), **more}), flush=True)
""".replace(
    "HEAVY",
    "'asyncio qasync ssl sqlite3 httpx anyio markdown_it pygments keyring jeepney dbus_fast logging.handlers'.split()",
)

BARE = (
    REPORT
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
    REPORT
    + """
from qwen_desktop import app, start
class Watched(app.Desktop):
    def show_first_frame(self):
        super().show_first_frame()
        report("painted")
    async def begin(self):
        import asyncio
        await super().begin()
        await asyncio.sleep(SETTLE_S)
        report("settled")
        if WITH_REPLIES:
            for what in ("small", "long"):
                ended = asyncio.Event()
                self.chat.turn_ended.connect(ended.set)
                self.controller.submit(what)
                await ended.wait()
                await asyncio.sleep(2)
                report(what, characters=len(self.transcript.last_text()))
            self.window.sidebar.new_chat_requested.emit()
            await asyncio.sleep(2)
            report("left")
            await asyncio.sleep(10)
            report("read")
        self.stop()
app.Desktop = Watched
sys.exit(start.run())
"""
)

SMALL = "# Tea\n\nTea came **from China**:\n\n1. Boil the water\n2. Pour it\n\n```python\nprint('ready')\n```\n"


SENTENCE = "The quick brown fox jumps over the lazy dog, again and again. "


def replies() -> Script:
    """In turn a small reply and one of LONG_CHARACTERS in paragraphs."""
    paragraph = SENTENCE * 16 + "\n\n"
    next_texts = itertools.cycle([[SMALL], [paragraph] * (LONG_CHARACTERS // len(paragraph))])

    async def reply(connection: Connection) -> None:
        await connection.head()
        await connection.chunks([connection.frames.text(text) for text in next(next_texts)])
        await connection.chunk(connection.frames.finish())
        await connection.end()

    return reply


Stages = dict[str, dict[str, object]]


def measure(
    source: str,
    compiled: str,
    *,
    base_url: str = "",
    with_replies: bool = False,
    home: Path | None = None,
    timeout_s: float = 300.0,
) -> Stages:
    """One fresh process, in a home of its own or in that one; what it reported, by stage."""
    with tempfile.TemporaryDirectory() as empty:
        environment = {
            **os.environ,
            "QWEN_DESKTOP_HOME": str(home or empty),
            "QWEN_DESKTOP_BASE_URL": base_url,
            "DASHSCOPE_API_KEY": "sk-bench-000000000000",
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": compiled,
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        source = source.replace("SETTLE_S", str(SETTLE_S)).replace("WITH_REPLIES", str(with_replies))
        done = subprocess.run(
            [sys.executable, "-c", source],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            timeout=timeout_s,
            check=True,
        )
    return {line["what"]: line for line in map(json.loads, done.stdout.splitlines())}


def median(runs: list[Stages], stage: str, figure: str) -> float:
    return statistics.median(float(str(run[stage][figure])) for run in runs)


def main(*arguments: str) -> None:
    with_replies = "--short" not in arguments
    rounds = int(next((argument for argument in arguments if argument.isdigit()), "5"))
    bare: list[Stages] = []
    ours: list[Stages] = []
    with tempfile.TemporaryDirectory() as compiled, ThreadedFaultServer(replies()) as server:
        for number in range(rounds + 1):
            pair = (
                measure(BARE, compiled),
                measure(OURS, compiled, base_url=server.base_url, with_replies=with_replies),
            )
            if number:  # the first round compiles what is to be compiled
                bare.append(pair[0])
                ours.append(pair[1])

    print(f"{rounds} rounds, medians{'':17}{'bare':>10}{'app':>10}{'ratio':>8}  target")
    rows = [
        ("CPU to first painted frame, ms", "painted", "cpu_ms", "≤ 1.6"),
        (f"CPU {SETTLE_S:g} s later, ms", "settled", "cpu_ms", ""),
    ]
    for stage, when, target in (("settled", f"{SETTLE_S:g} s later", "≤ 1.5"), ("small", "small reply", "≤ 2.0")):
        if stage in ours[0]:
            rows += [
                (f"PSS, {when}, MB", stage, "pss_mb", target),
                (f"private, {when}, MB", stage, "private_mb", ""),
                (f"resident, {when}, MB", stage, "rss_mb", ""),
            ]
    for title, stage, figure, target in rows:
        one = median(bare, stage if stage in bare[0] else "settled", figure)
        other = median(ours, stage, figure)
        print(f"{title:36}{one:10.1f}{other:10.1f}{other / one:8.2f}  {target}")
    if with_replies:
        small = median(ours, "small", "private_mb")
        characters = ours[-1]["long"]["characters"]
        print(f"a reply of {characters} characters adds {median(ours, 'long', 'private_mb') - small:+.1f} MB (≤ 60)")
        print(f"leaving that chat returns to {median(ours, 'left', 'private_mb') - small:+.1f} MB (≤ 15), both private")
        print(f"and to {median(ours, 'read', 'private_mb') - small:+.1f} MB once the search index has read it (≤ 15)")
    print("imported before the first frame:", ours[-1]["painted"]["heavy"])
    print("imported after that, no chat open:", ours[-1]["settled"]["heavy"])


if __name__ == "__main__":
    main(*sys.argv[1:])
