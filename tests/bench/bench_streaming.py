"""Streaming a long reply, every chunk painted: our transcript against a QTextBrowser that sets all text per chunk.

    python -m tests.bench.bench_streaming            offscreen, or on $DISPLAY with QT_QPA_PLATFORM=xcb

Ours is run through all chunks.  The other one would take minutes: it is sampled at twelve lengths and integrated; for
the figure at 500 chunks a second, where it counts most whether the machine is faster or slower a minute later, at six
lengths before and after each of some rounds of ours.

CPU is that of the GUI thread.  Targets: at most 1/20 of the other's, the last tenth at most 1.15 times the first, no
flush over 5 ms on the machine the targets are from (see `machine.py`): in brackets what figures of here are there."""

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import time
from datetime import UTC, datetime
from itertools import pairwise

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QTextBrowser, QVBoxLayout, QWidget

from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.ui.garbage import GarbageCollector
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.transcript.view import TranscriptView
from tests.bench.machine import Machine

SIZE = (1000, 800)
WARM = 3
"""Flushes of a block that never ends before its longest one is looked for: a lexer is loaded by the first."""
ENGLISH = """a reader wants the words as they come and wants the page to stay where it is so the layout of what has been
written must never be done again only the paragraph that still grows is measured while all above it rests""".split()  # noqa: SIM905
CHINESE = "文字随到随显而页面不动已经写完的段落不再排版只有还在增长的最后一段需要重新测量这样长回答也不会卡顿"
PYTHON = '''class Shelf{n}:
    """Keeps jars in order of their labels."""

    CAPACITY = {n}

    def __init__(self, jars: list[str]) -> None:
        self._jars = sorted(jars)  # by label

    def find(self, label: str) -> int | None:
        for index, jar in enumerate(self._jars):
            if jar == label and index < self.CAPACITY:
                return index
        return None
'''
JAVASCRIPT = """export function total{n}(rows) {{
  let sum = 0; // in cents
  for (const row of rows) {{
    if (row.kind === "paid") sum += Math.round(row.price * 100);
  }}
  return `total: ${{sum / 100}}`;
}}
"""


def long_reply(characters: int, seed: int = 11) -> str:
    """Sections of prose, Chinese, lists, quotes, tables and code; the same for the same seed."""
    chance = random.Random(seed)

    def sentence(count: int) -> str:
        words = [chance.choice(ENGLISH) for _ in range(count)]
        words[chance.randrange(count)] = chance.choice(
            ["**bold**", "*slanted*", "`code_span`", "[link](https://qwen.ai)"]
        )
        return " ".join(words).capitalize() + "."

    def chinese(count: int) -> str:
        text = "".join(chance.choice(CHINESE) for _ in range(count))
        return f"{text[: count // 2]}，**{text[count // 2 :]}**。"

    parts: list[str] = []
    number = 0
    while sum(map(len, parts)) < characters:
        number += 1
        code, language = (PYTHON, "python") if number % 2 else (JAVASCRIPT, "javascript")
        rows = "".join(f"| `k{row}` | {chance.random():.4f} | {sentence(4)} |\n" for row in range(6))
        parts += [
            f"## Part {number}\n\n",
            " ".join(sentence(14) for _ in range(4)) + "\n\n",
            chinese(60) + chinese(50) + "\n\n",
            "".join(f"- {sentence(10)}\n  - {sentence(6)}\n" for _ in range(4)) + "\n",
            "".join(f"{item}. {sentence(9)}\n" for item in range(1, 5)) + "\n",
            "| name | value | note |\n|:--|--:|:-:|\n" + rows + "\n",
            f"> {sentence(14)}\n> {chinese(24)}\n\n",
            f"```{language}\n{code.format(n=number)}```\n\n",
        ]
    return "".join(parts)[:characters]


class Ours:
    """The transcript."""

    name = "TranscriptView"

    def __init__(self) -> None:
        self.view = TranscriptView(Theme())
        self.view.resize(*SIZE)
        self.view.show()

    def start(self, text: str) -> None:
        message = Message(1, 1, None, Role.ASSISTANT, text, MessageStatus.WRITING, datetime.now(UTC))
        self.view.show_messages([message])
        while self.view.is_busy:
            QApplication.processEvents()

    def add(self, chunk: str) -> None:
        self.flush(chunk)
        QApplication.processEvents()

    def flush(self, chunk: str) -> None:
        """From the chunk to its pixels; what is made ready in quiet moments has turns of its own."""
        self.view.append_text(1, chunk)
        self.view.flush()
        QCoreApplication.sendPostedEvents()


class Timed:
    """Adds chunks one by one; CPU ms of each flush, of the quiet work after it, and of garbage."""

    def __init__(self, client: Ours, garbage: GarbageCollector) -> None:
        self._client = client
        self._garbage = garbage
        self.flushes: list[float] = []
        self.quiet: list[float] = []
        self.pauses: list[float] = []

    def add(self, chunk: str) -> None:
        moments = [time.thread_time()]
        for step in (lambda: self._client.flush(chunk), QApplication.processEvents, self._garbage.collect_due):
            step()
            moments.append(time.thread_time())
        for costs, (begin, end) in zip((self.flushes, self.quiet, self.pauses), pairwise(moments), strict=True):
            costs.append((end - begin) * 1000)


class SetAll:
    """What is usually done: one text browser per message, all Markdown set anew for each chunk."""

    name = "QTextBrowser.setMarkdown(all)"

    def __init__(self) -> None:
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.column = QWidget()
        self.browser = QTextBrowser()
        self.browser.setFrameShape(QFrame.Shape.NoFrame)
        for set_policy in (self.browser.setVerticalScrollBarPolicy, self.browser.setHorizontalScrollBarPolicy):
            set_policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # they would come and go, with a layout each time
        QVBoxLayout(self.column).addWidget(self.browser)
        self.area.setWidget(self.column)
        bar = self.area.verticalScrollBar()
        bar.rangeChanged.connect(lambda low, high: bar.setValue(high))
        self.area.resize(*SIZE)
        self.area.show()
        self.text = ""

    def start(self, text: str) -> None:
        self.text = text
        self._show()
        QApplication.processEvents()

    def add(self, chunk: str) -> None:
        self.text += chunk
        self._show()
        QApplication.processEvents()

    def _show(self) -> None:
        self.browser.setMarkdown(self.text)
        self.browser.setFixedHeight(int(self.browser.document().size().height()) + 4)


def sampled(client: Ours | SetAll, chunks: list[str], samples: int, per_sample: int) -> list[float]:
    """CPU milliseconds per chunk at `samples` lengths spread over the reply."""
    costs = []
    for sample in range(samples):
        at = int(len(chunks) * (sample + 0.5) / samples)
        client.start("".join(chunks[:at]))
        taken = []
        for chunk in chunks[at : at + per_sample]:
            began = time.thread_time()
            client.add(chunk)
            taken.append((time.thread_time() - began) * 1000)
        costs.append(statistics.mean(taken))
    return costs


def run(characters: int, chunk_count: int, garbage: GarbageCollector, *, is_quick: bool) -> dict[str, float]:
    text = long_reply(characters)
    size = max(1, characters // chunk_count)
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    ours = Ours()
    ours.start(text[:3000])  # fonts, lexers and the parser are there
    ours.start("")
    timed = Timed(ours, garbage)
    for chunk in chunks:
        timed.add(chunk)
    ours.view.close()
    costs = [flush + quiet for flush, quiet in zip(timed.flushes, timed.quiet, strict=True)]
    other = SetAll()
    other_costs = sampled(other, chunks, samples=6 if is_quick else 12, per_sample=4 if is_quick else 10)
    other.area.close()
    tenth = len(costs) // 10
    total = sum(costs) / 1000
    other_total = statistics.mean(other_costs) * len(chunks) / 1000
    ordered = sorted(timed.flushes)
    return {
        "chunks": len(chunks),
        "ours_s": total,
        "other_s": other_total,
        "share": total / other_total,
        "first_tenth_ms": statistics.mean(costs[:tenth]),
        "last_tenth_ms": statistics.mean(costs[-tenth:]),
        "growth": statistics.mean(costs[-tenth:]) / statistics.mean(costs[:tenth]),
        "median_ms": statistics.median(ordered),
        "p99_ms": ordered[int(len(ordered) * 0.99)],
        "longest_ms": ordered[-1],
        "quiet_ms": max(timed.quiet),
    }


def paced(characters: int, chunk_count: int, per_s: int, *, is_shown: bool = True) -> tuple[float, float]:
    """CPU ms per chunk when so many arrive in a second and frames are painted as the view likes; median ms from a chunk
    that comes after a pause to its pixels.  Not `is_shown`: of the loop and its timer alone."""
    text = long_reply(characters)
    size = max(1, characters // chunk_count)
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    ours = Ours()
    ours.start("")
    view, app, loop = ours.view, QApplication.instance(), QEventLoop()
    assert app is not None
    left = iter(chunks)

    def next_chunk() -> None:
        chunk = next(left, None)
        if chunk is None:
            loop.quit()
        elif is_shown:
            view.append_text(1, chunk)

    timer = QTimer(interval=1000 // per_s, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(next_chunk)
    cpu = time.thread_time()
    timer.start()
    loop.exec()  # sleeps in between, as the app does
    timer.stop()
    while view.is_busy or view.scheduler.is_waiting:
        app.processEvents()
    spent_ms = (time.thread_time() - cpu) * 1000
    seen: list[float] = []
    view.painted.connect(lambda _: seen.append(time.perf_counter()))
    waits: list[float] = []
    for _ in range(40 if is_shown else 0):
        pause = time.perf_counter() + 0.05
        while time.perf_counter() < pause:
            app.processEvents()
        seen.clear()
        came = time.perf_counter()
        view.append_text(1, "word ")
        while not seen and time.perf_counter() < came + 1:
            app.processEvents()
        waits.append((seen[0] - came) * 1000 if seen else 1000.0)
    view.close()
    return spent_ms / len(chunks), statistics.median(waits or [0.0])


def show_paced(rounds: int, count: int = 2_000) -> None:
    """Rounds of ours at 500 chunks a second, each between two of the other one, of the same text."""
    text = long_reply(60_000)
    chunks = [text[at : at + 3] for at in range(0, len(text), 3)]
    paced(600, 200, 500)
    other = SetAll()
    beside = [statistics.mean(sampled(other, chunks, samples=6, per_sample=2))]
    loops: list[float] = []
    all_of_it: list[float] = []
    waits: list[float] = []
    for _ in range(rounds):
        loops.append(paced(count, count // 3, 500, is_shown=False)[0])
        per_chunk_ms, wait_ms = paced(3 * count, count, 500)
        all_of_it.append(per_chunk_ms)
        waits.append(wait_ms)
        beside.append(statistics.mean(sampled(other, chunks, samples=6, per_sample=2)))
    other.area.close()
    times = [
        (before + after) / 2 / (whole - loop)
        for (before, after), whole, loop in zip(pairwise(beside), all_of_it, loops, strict=True)
    ]
    print(
        f"at 500 chunks/s: {statistics.median(all_of_it):.3f} ms a chunk, {statistics.median(loops):.3f} of it for the "
        f"loop alone; without that 1/{statistics.median(times):.0f} (target 1/120) of the other's mean, in {rounds} "
        f"rounds 1/{min(times):.0f} to 1/{max(times):.0f}"
    )
    print(f"from a chunk after a pause to its pixels: median {statistics.median(waits):.1f} ms (target a frame + 4 ms)")


def endless(kind: str, characters: int, garbage: GarbageCollector) -> tuple[float, ...]:
    """One block that does not end: median and 99th percentile in ms over its last tenth, the longest flush of all, and
    between flushes the longest turn of quiet work and the longest time that was taken for garbage."""
    chance = random.Random(3)
    unit = {
        "fence": lambda n: f"    value_{n} = compute({n}, 'text', other={n * 7})  # note\n",
        "list": lambda n: f"- item {n} with **bold** and `code` and some more words to read\n",
        "numbers": lambda n: f"{n}. item with *slanted* words and a [link](https://qwen.ai)\n",
        "table": lambda n: f"| {n} | `cell` | some words in a cell | {n * 3} |\n",
        "paragraph": lambda n: f"words {n} and **more** words, ",
        "quote": lambda n: f"> line {n} of a quote that goes on\n",
    }[kind]
    head = {"fence": "```python\n", "table": "| a | b | c | d |\n|---|---|---|---|\n"}.get(kind, "")
    text = head + "".join(unit(n) for n in range(1, characters // 20))
    text = text[:characters]
    ours = Ours()
    ours.start("")
    timed, at = Timed(ours, garbage), 0
    while at < len(text):
        size = chance.choice([20, 40, 60])
        timed.add(text[at : at + size])
        at += size
    ours.view.close()
    late = sorted(timed.flushes[-len(timed.flushes) // 10 :])
    longest = max(timed.flushes[WARM:])
    return statistics.median(late), late[int(len(late) * 0.99)], longest, max(timed.quiet[WARM:]), max(timed.pauses)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="a tenth of the chunks")
    arguments.add_argument("--endless", action="store_true", help="also one block of 60,000 characters of each kind")
    options = arguments.parse_args()
    app = QApplication([])
    garbage = GarbageCollector()
    garbage.begin()  # as the app does: never within a flush, but when the loop is about to wait
    machine = Machine(long_reply(60_000))
    figures = run(60_000, 2_000 if options.quick else 20_000, garbage, is_quick=options.quick)
    print(f"platform {app.platformName()}, {figures['chunks']:.0f} chunks, every one painted, CPU of the GUI thread")
    print(f"| {'':34} | total s | share | first tenth ms | last tenth ms | last/first |")
    print(f"| {SetAll.name:34} | {figures['other_s']:7.1f} | 1     |                |               |            |")
    print(
        f"| {Ours.name:34} | {figures['ours_s']:7.1f} | 1/{1 / figures['share']:<3.0f} "
        f"| {figures['first_tenth_ms']:14.3f} | {figures['last_tenth_ms']:13.3f} | {figures['growth']:10.2f} |"
    )
    machine.again()
    both = {name: f"{figures[name]:.2f} ({machine.there(figures[name]):.2f}) ms" for name in
            ("median_ms", "p99_ms", "longest_ms", "quiet_ms")}  # fmt: skip
    print(
        f"one chunk to its pixels: median {both['median_ms']}, p99 {both['p99_ms']}, longest {both['longest_ms']}; "
        f"longest turn of quiet work {both['quiet_ms']}"
    )
    show_paced(rounds=4 if options.quick else 10)
    if options.endless:
        print(
            "\none block of 60,000 characters: median and p99 of its last tenth, longest of all, ms per flush; then the"
        )
        print("longest turn of quiet work and the longest time for garbage, both between flushes")
        for kind in ("fence", "list", "numbers", "table", "paragraph", "quote"):
            gc.collect()  # what the one before it left is none of this one's
            costs = endless(kind, 60_000, garbage)
            machine.again()
            print(f"| {kind:10} | " + " | ".join(f"{ms:6.2f} ({machine.there(ms):5.2f})" for ms in costs) + " |")
    garbage.end()
    print(machine.words)


if __name__ == "__main__":
    main()
