"""Find in 10 MB of text over 10,000 messages, in CPU time: a search with its count, ready and not, and getting ready.

Then the same by hand, in a real transcript with its bar: how long the GUI thread is held at once by opening it, typing
and going from hit to hit.  Run it with `python -m tests.bench.bench_find`; it takes about twenty seconds.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.ui.controllers.find import FindController
from qwen_desktop.ui.garbage import GarbageCollector
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.transcript.find import TextIndex
from qwen_desktop.ui.transcript.view import TranscriptView
from qwen_desktop.ui.views.find_bar import FindBar

MESSAGES = 10_000
MESSAGE_BYTES = 1_000
ROUNDS = 40
TARGET_MS = 50.0
SLICE_S = 0.004
STEPS = 20
"""From hit to hit, each way."""
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


class Watched(QApplication):
    """Knows the dearest single event, in ms of the GUI thread's CPU."""

    dearest_ms = 0.0
    _is_inside = False

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        if self._is_inside:
            return super().notify(receiver, event)
        self._is_inside = True
        began = time.thread_time()
        try:
            return super().notify(receiver, event)
        finally:
            self._is_inside = False
            self.dearest_ms = max(self.dearest_ms, (time.thread_time() - began) * 1000)


def by_hand(texts: list[str]) -> None:
    """Prints how long the GUI thread is held by each thing a person does."""
    application = Watched([])
    window, theme = QWidget(), Theme()
    view, bar = TranscriptView(theme), FindBar(theme)
    column = QVBoxLayout(window)
    column.addWidget(bar)
    column.addWidget(view)
    finding = FindController(bar, view)
    window.resize(1000, 800)
    window.show()
    now = datetime.now(UTC)
    view.show_messages(
        [
            Message(
                number,
                1,
                number - 1 or None,
                Role.USER if number % 2 else Role.ASSISTANT,
                text,
                MessageStatus.COMPLETE,
                now,
            )
            for number, text in enumerate(texts, 1)
        ]
    )
    garbage = GarbageCollector()
    garbage.begin()  # as in the app: never within an event, but when the loop is about to wait

    def held(what: str, deed: Callable[[], object], times: int = 1) -> None:
        application.dearest_ms = 0.0
        for _ in range(times):
            application.dearest_ms = max(application.dearest_ms, took_ms(deed))
            while finding.is_busy or view.is_busy:
                application.processEvents()
                application.dearest_ms = max(application.dearest_ms, took_ms(garbage.collect_due))
        if what:
            print(f"{what:26} {application.dearest_ms:7.1f} ms held at most (target 16)")

    print()
    held("", finding.open)
    held("", lambda: bar.field.setText("model"))  # what is imported once is there
    held("", finding.close)
    held("opening the bar", finding.open)
    for name, query in QUERIES.items():
        held(name, lambda query=query: bar.field.setText(query))
    bar.field.setText("model")
    held("to the next hits", bar.next_requested.emit, STEPS)
    held("to the ones before", bar.previous_requested.emit, STEPS)
    held("closing the bar", finding.close)
    garbage.end()
    window.close()


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
    by_hand(messages)


if __name__ == "__main__":
    main()
