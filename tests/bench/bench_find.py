"""Find in 10 MB of text over 10,000 messages, in CPU time: a search with its count, ready and not, and getting ready.

Run it with `python -m tests.bench.bench_find`; it takes about ten seconds.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from qwen_desktop.ui.transcript.find import TextIndex

MESSAGES = 10_000
MESSAGE_BYTES = 1_000
ROUNDS = 40
TARGET_MS = 50.0
SLICE_S = 0.004
WORDS = (
    "the", "reply", "of", "a", "model", "**bold words**", "and", "`code`", "in", "context", "window", "snake_case",
    "世界你好", "在前景中", "模型的回复，", "streaming", "tokens", "per", "second.\n", "_this_", "benchmark",
)  # fmt: skip
QUERIES = {
    "1 letter, a million hits": "e",
    "2 Chinese characters": "世界",
    "5 letters": "model",
    "12 letters": "bold words a",
    "with marks": "**bold",
    "a word that is absent": "zeppelin",
}


def conversation() -> list[str]:
    chosen = random.Random(7)
    messages = []
    for _ in range(MESSAGES):
        words, size = [], 0
        while size < MESSAGE_BYTES:
            words.append(chosen.choice(WORDS))
            size += len(words[-1].encode()) + 1
        messages.append(" ".join(words))
    return messages


def index_of(messages: list[str]) -> TextIndex:
    index = TextIndex()
    for message_id, text in enumerate(messages):
        index.set_text(message_id, text)
    return index


def took_ms(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return (time.thread_time() - began) * 1000


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def until_done(work: Callable[[float], bool]) -> list[float]:
    """How long each slice took."""
    slices = []
    is_done = False
    while not is_done:
        began = time.thread_time()
        is_done = work(SLICE_S)
        slices.append((time.thread_time() - began) * 1000)
    return slices


def main() -> None:
    messages = conversation()
    size = sum(len(text.encode()) for text in messages)
    print(f"{len(messages):,} messages, {size / 1e6:.1f} MB, {sum(map(len, messages)) / 1e6:.1f} million characters")
    index = index_of(messages)
    slices = until_done(index.prepare)
    print(f"getting ready: {sum(slices):.0f} ms in {len(slices)} slices, longest {max(slices):.1f} ms")
    heads = ("p50 ms", "p95 ms", "target", "slice", "hit ms", "cold ms")
    print()
    print(f"{'query':26} {'hits':>9}" + "".join(f" {head:>7}" for head in heads))
    for name, query in QUERIES.items():
        index.search(query)
        times = [took_ms(lambda query=query: index.search(query)) for _ in range(ROUNDS)]
        longest = max(until_done(index.begin_search(query).count_some))
        hits = index.search(query)
        to_hit = took_ms(lambda hits=hits: hits.total and hits.in_message(hits.hit(hits.total // 2).message_id))
        cold = took_ms(lambda query=query: index_of(messages).search(query))
        print(
            f"{name:26} {hits.total:9,} {statistics.median(times):7.1f} {p95(times):7.1f} {TARGET_MS:7.0f}"
            f" {longest:7.1f} {to_hit:7.2f} {cold:7.0f}"
        )


if __name__ == "__main__":
    main()
