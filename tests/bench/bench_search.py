"""What a search costs at 1,000, 10,000 and 100,000 messages, and what the index costs that it asks.

Run it with `python -m tests.bench.bench_search [MESSAGES …]`; with 100,000 it takes some minutes, most of them for the
index.  The texts are a mix of Chinese and English, with code, 120 characters on average; half of the queries are typed
letter by letter, as in the window.  `thread` is the processor time of the thread that searches, `wall` what the caller
waits, `GUI` the time the thread of the loop spends on the answer.

On 2026-11-26, two busy cores, p95 of the thread (all ms): 21.8 at 1,000 messages, 19.7 at 10,000, 19.0 at 100,000, and
37.6 by the wall there: a search ends when it has 51 conversations, so that common words cost the
same in a long history as in a short one, and rare ones have few texts to look at.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from qwen_desktop.core.storage.conversations import History
from tests.search_corpus import Corpus

QUERIES = 224
SHOWN = 50


def p95(times_ms: list[float]) -> float:
    return sorted(times_ms)[int(len(times_ms) * 0.95)]


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
    return pages * 4096 / 1e6


def typed(corpus: Corpus) -> list[str]:
    """Whole queries, and every second one letter by letter."""
    found = []
    for number, asked in enumerate(corpus.queries(QUERIES)):
        found += [asked.text[:end] for end in range(1, len(asked.text))] if number % 2 else []
        found.append(asked.text)
    return found


async def bench(folder: Path, messages: int) -> None:
    corpus = Corpus(messages)
    corpus.write(folder / "history.sqlite3")
    texts = typed(corpus)
    del corpus
    history = await History.open(folder / "history.sqlite3")
    index = history.search._made_index()
    assert index is not None

    async def thread_s() -> float:
        assert index is not None
        return await index._lane.read(lambda db: time.thread_time())

    before_mb = resident_mb()
    began, began_s = time.perf_counter(), await thread_s()
    await history.search.catch_up()
    built_s, built_thread_s = time.perf_counter() - began, await thread_s() - began_s
    await history.close()
    history = await History.open(folder / "history.sqlite3")
    index = history.search._made_index()
    began = time.perf_counter()
    await history.search.find("first", SHOWN)
    first_ms = (time.perf_counter() - began) * 1000
    wall, thread, gui = [], [], []
    for text in texts:
        began, began_s, began_loop = time.perf_counter(), await thread_s(), time.thread_time()
        await history.search.find(text, SHOWN)
        gui.append((time.thread_time() - began_loop) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
        thread.append((await thread_s() - began_s) * 1000)
    history_mb, index_mb = ((folder / f"{name}.sqlite3").stat().st_size / 1e6 for name in ("history", "search"))
    print(
        f"| {messages:,} | {len(texts)} | {statistics.median(thread):.1f} | {p95(thread):.1f} | {max(thread):.1f}"
        f" | {statistics.median(wall):.1f} | {p95(wall):.1f} | {p95(gui):.2f} | {first_ms:.0f} | {built_thread_s:.1f}"
        f" | {built_s:.1f} | {history_mb:.1f} | {index_mb:.1f} | {resident_mb() - before_mb:.0f} |",
        flush=True,
    )
    await history.close()


def main() -> None:
    print(
        "| messages | queries | thread median ms | thread p95 ms | thread worst ms | wall median ms | wall p95 ms"
        " | GUI p95 ms | first search ms | index thread s | index wall s | history MB | index MB | memory MB |"
    )
    print("|" + "---|" * 14)
    for messages in [int(text) for text in sys.argv[1:]] or [1_000, 10_000, 100_000]:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(bench(Path(folder), messages))


if __name__ == "__main__":
    main()
