"""A conversation of 10,000 messages: opening it, paging through all of it, resizing, and the memory that takes.

    python -m tests.bench.bench_open [MESSAGES] [--rich]      offscreen, or on $DISPLAY with QT_QPA_PLATFORM=xcb

Messages have some 300 characters and every twentieth a block of code, as chats have on the average; with `--rich`,
replies of some 500 characters are full of code, tables, lists and formulas.

Yardsticks of the same run: for opening, a text browser for each of the last 200 messages, as a simple client does it;
all of it would take minutes.  For a page that was made ready, one text browser of the last 600 messages with the same
font and lines as wide and as high, which is laid out: nothing is left but painting, by Qt.  Where the target of 3 ms
was set that took 2.1 ms, so ours should take at most 1.4 times as much.

CPU is that of the GUI thread; targets in milliseconds are for the machine they were set on (see `machine.py`), and in
brackets stands what figures of here are there."""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from datetime import UTC, datetime

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QFont, QTextBlockFormat, QTextCursor
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QScrollArea, QTextBrowser, QVBoxLayout, QWidget

from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.ui.garbage import GarbageCollector
from qwen_desktop.ui.memory import give_back
from qwen_desktop.ui.theme import COLUMN_PX, Theme
from qwen_desktop.ui.transcript.style import style_for
from qwen_desktop.ui.transcript.view import TranscriptView
from tests.bench.bench_streaming import SIZE, long_reply
from tests.bench.machine import Machine

YARDSTICK_MESSAGES = 200
PAGED_MESSAGES = 600
"""In the text browser whose pages are turned."""
PAGE_PX = 760
PAGES = 60
STEPS = 40
"""Of the resize, 10 px each."""


SENTENCE = (
    "the stream of events is read as it arrives and each piece goes to the view at once while the rest of the reply is "
    "still being written so nobody waits for it 模型的回复以流的形式到达 每一段都会立即显示在窗口中 不需要等待 "
)
CODE = "```python\nfor delta in stream:\n    view.append(delta.text)\n    count += 1\nprint(count)\n```"


def usual_conversation(count: int, seed: int = 5) -> list[Message]:
    """Some 300 characters on the average: paragraphs with some emphasis and code, every twentieth with a block."""
    chance = random.Random(seed)
    moment = datetime.now(UTC)
    messages = []
    for number in range(1, count + 1):
        is_prompt = bool(number % 2)
        paragraphs = []
        for _ in range(1 if is_prompt else chance.randrange(1, 5)):
            words = chance.choices(SENTENCE.split(), k=chance.randrange(15, 45))
            if not is_prompt:
                words[chance.randrange(len(words))] = "**important**"
                words[chance.randrange(len(words))] = "`value`"
            paragraphs.append(" ".join(words) + ".")
        if not is_prompt and chance.random() < 0.1:
            paragraphs.append(CODE)
        role = Role.USER if is_prompt else Role.ASSISTANT
        text = "\n\n".join(paragraphs)
        messages.append(Message(number, 1, number - 1 or None, role, text, MessageStatus.COMPLETE, moment))
    return messages


def rich_conversation(count: int, seed: int = 5) -> list[Message]:
    """Short prompts and replies of some 500 characters with all kinds of blocks."""
    chance = random.Random(seed)
    source = long_reply(60_000).split("\n\n")
    moment = datetime.now(UTC)
    messages = []
    for number in range(1, count + 1):
        if number % 2:
            role, text = Role.USER, source[chance.randrange(len(source))][:80].replace("\n", " ")
        else:
            at = chance.randrange(len(source) - 3)
            role, text = Role.ASSISTANT, "\n\n".join(source[at : at + chance.randrange(1, 4)])
        messages.append(Message(number, 1, number - 1 or None, role, text, MessageStatus.COMPLETE, moment))
    return messages


def rss_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_ms(begin: float) -> float:
    return (time.thread_time() - begin) * 1000


def idle(view: TranscriptView) -> None:
    """Everything done that was to be done in quiet moments."""
    end = time.monotonic() + 5
    while view.is_busy and time.monotonic() < end:
        QApplication.processEvents()


def page_cost(area: QAbstractScrollArea, px: int) -> tuple[float, float]:
    """CPU ms of one page turn: reading and layout alone, and with painting all of it."""
    bar = area.verticalScrollBar()
    begin = time.thread_time()
    bar.setValue(bar.value() + px)
    laid_out_ms = cpu_ms(begin)
    area.repaint()
    return laid_out_ms, cpu_ms(begin)


def clear_up(garbage: GarbageCollector) -> None:
    """What the loop would do after each turn; there is none."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    garbage.collect_due()


def cold_pages(view: TranscriptView, garbage: GarbageCollector, pages: int, px: int) -> list[tuple[float, float]]:
    """Pages turned one after the other, faster than any can be made ready."""
    costs = []
    for _ in range(pages):
        costs.append(page_cost(view, px))
        clear_up(garbage)
    return costs


def ready_pages(
    view: TranscriptView, browser: QTextBrowser, garbage: GarbageCollector
) -> tuple[list[tuple[float, float]], list[float]]:
    """Pages up of both, in turns, each made ready before."""
    ours, others = [], []
    for _ in range(PAGES):
        idle(view)
        ours.append(page_cost(view, -PAGE_PX))
        clear_up(garbage)
        QApplication.processEvents()
        others.append(page_cost(browser, -PAGE_PX)[1])
        QApplication.processEvents()
    return ours, others


def browser_of(messages: list[Message]) -> QTextBrowser:
    """All of them in one document, at its end, laid out; lines and font like ours."""
    style = style_for(Theme().colours, QFont(QApplication.font()))
    browser = QTextBrowser()
    document = browser.document()
    browser.setFont(style.body)
    browser.setMarkdown("\n\n".join(message.text for message in messages))
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    lines = QTextBlockFormat()
    lines.setLineHeight(style.line_px, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    cursor.mergeBlockFormat(lines)
    document.setDocumentMargin((SIZE[0] - COLUMN_PX) / 2)
    browser.resize(*SIZE)
    browser.show()
    bar = browser.verticalScrollBar()
    while bar.value() < bar.maximum():  # it is laid out bit by bit
        QApplication.processEvents()
        document.size()
        bar.setValue(bar.maximum())
    return browser


def yardstick(messages: list[Message]) -> float:
    """CPU ms until the first frame of a column of text browsers."""
    begin = time.thread_time()
    area, column = QScrollArea(), QWidget()
    area.setWidgetResizable(True)
    area.resize(*SIZE)
    layout = QVBoxLayout(column)
    for message in messages:
        browser = QTextBrowser()
        browser.setMarkdown(message.text)
        browser.document().setTextWidth(SIZE[0] - 60)
        browser.setFixedHeight(int(browser.document().size().height()) + 8)
        layout.addWidget(browser)
    area.setWidget(column)
    area.show()
    QApplication.processEvents()
    spent = cpu_ms(begin)
    area.close()
    return spent


def show(row: str, figure: float, unit: str, target: str, machine: Machine | None = None) -> None:
    there = f"({machine.there(figure):.1f})" if machine is not None else ""
    print(f"{row:<58} {figure:9.1f} {there:>8} {unit:<3} {target}", flush=True)


def percentile(costs: list[float], share: float) -> float:
    return sorted(costs)[min(len(costs) - 1, int(len(costs) * share))]


def show_pages(name: str, costs: list[tuple[float, float]], target: str, machine: Machine) -> None:
    laid_out, whole = [one for one, _ in costs], [one for _, one in costs]
    show(f"{name}: median", statistics.median(whole), "ms", target, machine)
    show(f"{name}: 95 of 100", percentile(whole, 0.95), "ms", "", machine)
    show("  of it reading and layout: median", statistics.median(laid_out), "ms", "", machine)


def main() -> None:
    is_rich = "--rich" in sys.argv
    count = next((int(argument) for argument in sys.argv[1:] if argument.isdigit()), 10_000)
    application = QApplication([])
    garbage = GarbageCollector()
    garbage.begin()  # as the app does: never within a page turn, but when the loop is about to wait
    print(f"{application.platformName()}, {count} messages, {SIZE[0]}x{SIZE[1]}")
    messages = (rich_conversation if is_rich else usual_conversation)(count)
    print(f"{statistics.mean(len(message.text) for message in messages):.0f} characters a message")
    view = TranscriptView(Theme())
    view.resize(*SIZE)
    view.show()
    view.show_messages(messages[:4])
    idle(view)
    QApplication.processEvents()
    machine = Machine(long_reply(60_000))
    before_mb = rss_mb()

    begin = time.thread_time()
    view.show_messages(messages)
    view.repaint()
    open_ms = cpu_ms(begin)
    show("open: CPU to the first frame", open_ms, "ms", "<= 50", machine)
    show("  memory", rss_mb() - before_mb, "MB", "")
    simple = yardstick(messages[-YARDSTICK_MESSAGES:])
    show(f"  text browsers, only {YARDSTICK_MESSAGES} messages", simple, "ms", "")

    idle(view)
    cold = cold_pages(view, garbage, PAGES, -PAGE_PX)
    machine.again()
    show_pages("page up, cold", cold, "<= 10", machine)

    bar = view.verticalScrollBar()
    bar.setValue(0)
    idle(view)
    late = 0
    for _ in range(300):
        begin = time.thread_time()
        bar.setValue(bar.value() + 60)
        view.repaint()
        late += cpu_ms(begin) > 16.7
        QApplication.processEvents()
        garbage.collect_due()
    show("wheel, 300 notches: frames over 16.7 ms", late, "", "0")

    pages = cold_pages(view, garbage, max(1, bar.maximum() // PAGE_PX), PAGE_PX)
    show(
        f"all {len(pages)} pages, down, cold: median",
        statistics.median(all_ms for _, all_ms in pages),
        "ms",
        "<= 10",
        machine,
    )
    show("  memory after it, against before opening", rss_mb() - before_mb, "MB", "")
    give_back()
    show("  the same with the free pages of the heap given back", rss_mb() - before_mb, "MB", "<= 25")

    costs = []
    for step in range(STEPS):
        begin = time.thread_time()
        view.resize(SIZE[0] - 10 * step, SIZE[1])
        view.repaint()
        costs.append(cpu_ms(begin))
    show("resize by 10 px: median", statistics.median(costs), "ms", "", machine)

    view.resize(*SIZE)
    bar.setValue(bar.maximum())
    browser = browser_of(messages[-PAGED_MESSAGES:])
    machine.again()
    ready, others = ready_pages(view, browser, garbage)
    machine.again()
    show_pages("page up, prefetched", ready, "<= 3", machine)
    show("  a page of one text browser, laid out before: median", statistics.median(others), "ms", "", machine)
    of_each = [whole / other for (_, whole), other in zip(ready, others, strict=True)]
    show("  prefetched against that, in turns: median", statistics.median(of_each), "x", "<= 1.4")
    browser.close()
    print(machine.again().words)
    view.close()
    garbage.end()


if __name__ == "__main__":
    main()
