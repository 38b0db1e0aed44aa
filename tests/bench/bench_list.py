"""Start and list of the app with no chats, with 1,000 and with 50,000 (both 100,000 messages): a table of costs.

Each round starts the app by its real entry in fresh processes, one after the other, on histories that were closed well,
with their search index read and a backup of the day made.  CPU is the process's own, all threads, from its first
instruction.  A block is the time of the GUI thread between two waits of its event loop; the longest one is told.

`python -m tests.bench.bench_list [ROUNDS]`; offscreen unless QT_QPA_PLATFORM says otherwise.  Making the histories
takes some minutes and 600 MB.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from qwen_desktop.core.storage import backups
from qwen_desktop.core.storage.conversations import History
from tests.bench.bench_start import REPORT, Stages, measure, median
from tests.bench.bench_storage import fill

HISTORIES = {"no chats": (0, 0), "1,000 chats": (1_000, 100), "50,000 chats": (50_000, 2)}
"""Name to chats, and messages in each."""

OURS = (
    REPORT
    + """
import time
from PySide6.QtCore import QAbstractEventDispatcher
from qwen_desktop import app, start
class Blocks:
    def __init__(self):
        QAbstractEventDispatcher.instance().aboutToBlock.connect(self.end)
        self.began, self.longest = time.thread_time(), 0.0
    def end(self):
        now = time.thread_time()
        self.began, self.longest = now, max(self.longest, now - self.began)
    def take_ms(self):
        longest, self.longest = self.longest * 1000, 0.0
        return longest
class Watched(app.Desktop):
    def show_first_frame(self):
        super().show_first_frame()
        report("painted")
    async def begin(self):
        import asyncio
        blocks = Blocks()
        await super().begin()
        listed = asyncio.Event()
        self.conversations.listed.connect(lambda _: listed.set())
        await listed.wait()
        await asyncio.sleep(0.1)
        report("listed", block_ms=blocks.take_ms())
        await asyncio.sleep(SETTLE_S)
        report("settled", block_ms=blocks.take_ms())
        await asyncio.sleep(SETTLE_S + 10)
        report("rested", block_ms=blocks.take_ms())
        await self.use_list(blocks)
        self.stop()
    async def use_list(self, blocks):
        import asyncio
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest
        view, bar = self.window.sidebar.list, self.window.sidebar.list.verticalScrollBar()
        blocks.take_ms()
        for step in range(100):
            bar.setValue(bar.maximum() * step // 100)
            await asyncio.sleep(0.03)
        report("scrolled", block_ms=blocks.take_ms())
        first = next(iter(view.conversations.shown_ids), None)
        self.controller.open_conversation(first or 0)
        while self.controller.conversation_id != first:
            await asyncio.sleep(0.05)
        view.setFocus()
        blocks.take_ms()
        QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        await asyncio.sleep(0.3)
        report("all marked", block_ms=blocks.take_ms(), marked=len(view.marked))
        blocks.take_ms()
        if first is not None:
            self.conversations.rename(first, str(time.time()))
        self.conversations.refresh()
        await asyncio.sleep(0.5)
        report("changed", block_ms=blocks.take_ms())
app.Desktop = Watched
sys.exit(start.run())
"""
)


def make_history(home: Path, chats: int, messages: int) -> None:
    """Closed well, its index read, a backup made."""
    path = home / "data" / "history.sqlite3"

    async def open_and_close() -> None:
        history = await History.open(path)
        await history.search.catch_up()
        await history.close()

    asyncio.run(open_and_close())
    fill(path, chats, messages, text_repeats=15)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "UPDATE conversation SET is_pinned = id % 997 = 0, tags = CASE WHEN id % 5 = 0 THEN ?1 END,"
            " folder = CASE WHEN id % 10 = 0 THEN 'folder ' || id % 20 END,"
            " updated_at = strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now', ((id - ?2) * 45) || ' minutes')",
            ('["work", "旅行"]', chats),
        )
        db.execute("UPDATE message SET ended_at = created_at")
    asyncio.run(open_and_close())
    backups.make(path, home / "data" / "backups", backups.DAILY)


def main(*arguments: str) -> None:
    rounds = int(next((argument for argument in arguments if argument.isdigit()), "5"))
    runs: dict[str, list[Stages]] = {name: [] for name in HISTORIES}
    with tempfile.TemporaryDirectory() as folder:
        homes = {name: Path(folder) / str(number) for number, name in enumerate(HISTORIES)}
        for name, (chats, messages) in HISTORIES.items():
            make_history(homes[name], chats, messages)
        for number in range(rounds + 1):
            for name in HISTORIES:
                run = measure(OURS, str(Path(folder) / "compiled"), home=homes[name])
                if number:  # the first round compiles what is to be compiled
                    runs[name].append(run)
    names = list(HISTORIES)
    print(f"{rounds} rounds, medians{'':17}" + "".join(f"{name:>14}" for name in names) + "  target")
    rows = [
        ("CPU to first painted frame, ms", "painted", "cpu_ms", "± 10 %"),
        ("CPU until the list is shown, ms", "listed", "cpu_ms", "± 10 %"),
        ("longest block until then, ms", "listed", "block_ms", ""),
        ("CPU 5 s later, ms", "settled", "cpu_ms", "± 10 %"),
        ("longest block until then, ms", "settled", "block_ms", "≤ 16"),
        ("CPU 20 s later, ms", "rested", "cpu_ms", ""),
        ("longest block until then, ms", "rested", "block_ms", "≤ 16"),
        ("private memory 20 s later, MB", "rested", "private_mb", ""),
        ("longest block scrolling, ms", "scrolled", "block_ms", "≤ 16"),
        ("longest block of Ctrl+A, ms", "all marked", "block_ms", "≤ 16"),
        ("one chat changed, all marked, ms", "changed", "block_ms", "≤ 16"),
    ]
    for title, stage, figure, target in rows:
        print(f"{title:36}" + "".join(f"{median(runs[name], stage, figure):14.1f}" for name in names) + f"  {target}")
    spread = {name: [round(float(str(run["listed"]["cpu_ms"]))) for run in runs[name]] for name in names}
    print("CPU until the list is shown, each round:", spread)
    print("marked by Ctrl+A:", {name: runs[name][-1]["all marked"]["marked"] for name in names})


if __name__ == "__main__":
    main(*sys.argv[1:])
