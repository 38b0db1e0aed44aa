"""What the history costs: a prompt's commit, a journal's append early and late in a long reply, a long list, a start.

Run it with `python -m tests.bench.bench_storage [FOLDER]`; it takes some minutes, most of them for work on a history of
1 GB.  Times depend on the disk the folder lies on; the ratios should not.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.exchange.exporting import Format, Tools, Wish, export_many
from qwen_desktop.core.long_work import long_work
from qwen_desktop.core.storage import backups
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import open_reader
from qwen_desktop.core.storage.exchange import Direct
from tests.listing import listed, searched

REPLY_CHARACTERS = 4_000_000
PIECES_PER_APPEND = 100
PIECE = "东" * 4 + "word " * 4


async def timed_ms(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1000


def spread(times_ms: list[float]) -> str:
    times_ms = sorted(times_ms)
    return f"median {statistics.median(times_ms):.2f} ms, p95 {times_ms[int(len(times_ms) * 0.95)]:.2f} ms"


async def bench_turns(folder: Path) -> None:
    history = await History.open(folder / "turns.sqlite3")
    begins, finishes = [], []
    conversation_id = None
    for number in range(200):
        began = time.perf_counter()
        started = await history.begin_turn(conversation_id, f"prompt {number}", model_id="m")
        begins.append((time.perf_counter() - began) * 1000)
        conversation_id = started.conversation.id
        reply = replace(started.reply, text="x" * 2000, status=MessageStatus.COMPLETE)
        finishes.append(
            await timed_ms(lambda started=started, reply=reply: history.journal(started.reply).finish(reply))
        )
    print(f"begin_turn, 200 turns in one conversation: {spread(begins)}")
    print(f"finish: {spread(finishes)}")
    print(f"begin_turn, last 20 to first 20: {statistics.median(begins[-20:]) / statistics.median(begins[:20]):.2f}")
    await history.close()


async def bench_journal(folder: Path) -> None:
    history = await History.open(folder / "journal.sqlite3")
    started = await history.begin_turn(None, "a long one", model_id="m")
    journal = history.journal(started.reply)
    pieces = [("text", PIECE)] * PIECES_PER_APPEND
    costs, appended = [], 0
    while appended < REPLY_CHARACTERS:
        costs.append(await timed_ms(lambda: journal.append(pieces)))
        appended += PIECES_PER_APPEND * len(PIECE)
    tenth = len(costs) // 10
    first, last = statistics.median(costs[:tenth]), statistics.median(costs[-tenth:])
    print(f"append of {PIECES_PER_APPEND * len(PIECE)} characters, {len(costs)} times: {spread(costs)}")
    print(f"append, last tenth to first tenth: {last / first:.2f}")
    text = PIECE * (PIECES_PER_APPEND * len(costs))
    read_ms = await timed_ms(lambda: history.conversation(started.conversation.id))
    print(f"reading the running reply of {len(text)} characters: {read_ms:.1f} ms")
    finish_ms = await timed_ms(lambda: journal.finish(replace(started.reply, text=text, status=MessageStatus.COMPLETE)))
    print(f"finish of it: {finish_ms:.1f} ms")
    await history.close()


def fill(path: Path, conversations: int, messages_each: int, *, text_repeats: int = 20) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with closing(sqlite3.connect(path)) as db:
        db.executemany(
            "INSERT INTO conversation (id, title, title_origin, system_prompt, draft, is_pinned, created_at,"
            " updated_at, current_message_id) VALUES (?1, ?2, 'app', '', '', 0, ?3, ?3, NULL)",
            (
                (
                    number,
                    f"Conversation {number} 天气",
                    (start + timedelta(minutes=number)).isoformat(timespec="microseconds"),
                )
                for number in range(1, conversations + 1)
            ),
        )
        db.executemany(
            "INSERT INTO message (id, conversation_id, parent_id, sibling_index, role, text, reasoning, status,"
            " created_at, is_demo) VALUES (?, ?, ?, 0, ?, ?, '', 'complete', '2026-01-01T00:00:00.000000+00:00', 0)",
            (
                (
                    (number - 1) * messages_each + index + 1,
                    number,
                    (number - 1) * messages_each + index if index else None,
                    ("user", "assistant")[index % 2],
                    f"Message {index}: " + "some words of a reply, 一些中文。" * text_repeats,
                )
                for number in range(1, conversations + 1)
                for index in range(messages_each)
            ),
        )
        db.execute("UPDATE conversation SET current_message_id = id * ?", (messages_each,))
        db.commit()


async def bench_long_history(folder: Path) -> None:
    async def opened(path: Path) -> None:
        await (await History.open(path)).close()

    empty = folder / "empty.sqlite3"
    await opened(empty)
    empty_ms = statistics.median([await timed_ms(lambda: opened(empty)) for _ in range(9)])
    path = folder / "long.sqlite3"
    await opened(path)
    await asyncio.to_thread(fill, path, 10_000, 10)
    await opened(path)
    long_ms = statistics.median([await timed_ms(lambda: opened(path)) for _ in range(9)])
    print(
        f"open and close, empty: {empty_ms:.1f} ms; with 100,000 messages: {long_ms:.1f} ms ({long_ms / empty_ms:.2f})"
    )
    history = await History.open(path)
    order = [await timed_ms(history.listing) for _ in range(20)]
    everything = [await timed_ms(lambda: listed(history)) for _ in range(10)]
    print(f"list of 10,000 conversations: its order {spread(order)}; all titles too {spread(everything)}")
    found = [await timed_ms(lambda: searched(history, "nowhere")) for _ in range(5)]
    print(f"search through 100,000 messages that finds nothing: {spread(found)}")
    whole = await timed_ms(history.check)
    print(f"check of {path.stat().st_size / 1e6:.0f} MB: {whole:.0f} ms")
    search = asyncio.create_task(searched(history, "nowhere either"))
    await asyncio.sleep(0.02)
    begins = [
        await timed_ms(lambda number=number: history.begin_turn(number, "beside a search", model_id="m"))
        for number in range(1, 20)
    ]
    print(f"begin_turn while a search runs: {spread(begins)}")
    search.cancel()
    await asyncio.gather(search, return_exceptions=True)
    await history.close()


async def bench_long_conversation(folder: Path) -> None:
    begun = {}
    for messages in (10, 10_000):
        path = folder / f"one-{messages}.sqlite3"
        await (await History.open(path)).close()
        await asyncio.to_thread(fill, path, 1, messages)
        history = await History.open(path)
        read = [await timed_ms(lambda: history.conversation(1)) for _ in range(5)]  # noqa: B023
        begun[messages] = [await _whole_turn(history) for _ in range(40)]
        print(f"conversation of {messages:,} messages: read {spread(read)}; begin_turn in it {spread(begun[messages])}")
        await history.close()
    ratio = statistics.median(begun[10_000]) / statistics.median(begun[10])
    print(f"begin_turn, conversation of 10,000 messages to one of 10: {ratio:.2f}")


async def _whole_turn(history: History) -> float:
    """How long it took to begin; it is ended, too."""
    began = time.perf_counter()
    started = await history.begin_turn(1, "next", model_id="m")
    took_ms = (time.perf_counter() - began) * 1000
    await history.journal(started.reply).finish(replace(started.reply, text="x", status=MessageStatus.COMPLETE))
    return took_ms


async def bench_beside(folder: Path) -> None:
    """A turn's commit alone, and beside each kind of long work on a history of about 1 GB, in turns."""
    path = folder / "data" / "history.sqlite3"
    await (await History.open(path)).close()
    await asyncio.to_thread(fill, path, 10_000, 10, text_repeats=260)
    history = await History.open(path)
    place = (await history.create_conversation(title="", model_id="m")).id
    works: dict[str, Callable[[], Awaitable[object]]] = {
        "backup": lambda: asyncio.to_thread(_copy, path, folder / "backups"),
        "export in the window": lambda: asyncio.to_thread(_export, path, folder / "out"),
        "`export --all`": lambda: _export_command(folder, folder / "out"),
        "search index": history.search.catch_up,
        "reading through": history.check,
        "erasing": lambda: _erase(history),
    }
    alone: list[float] = []
    beside: dict[str, list[float]] = {name: [] for name in works}
    took: dict[str, list[float]] = {name: [] for name in works}
    ratios: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            just_before = [await _begun_ms(history, place) for _ in range(60)]
            began = time.perf_counter()
            task = asyncio.ensure_future(work())
            await asyncio.sleep(0.1)
            meanwhile: list[float] = []
            while not task.done() and len(meanwhile) < MOST_TURNS:
                meanwhile.append(await _begun_ms(history, place))
            ratios[name].append(statistics.median(meanwhile) / statistics.median(just_before))
            alone += just_before
            beside[name] += meanwhile
            if task.done():
                task.result()
                took[name].append(time.perf_counter() - began)
            elif name not in CANNOT_BE_CANCELLED:
                task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    print(f"begin_turn, history of {path.stat().st_size / 1e6:.0f} MB")
    print("| beside | turns | median ms | p95 ms | longest ms | median to just before | the work s |")
    print("|" + "---|" * 7)
    for name, times in {"nothing": alone, **beside}.items():
        ratio, works_s = statistics.median(ratios.get(name, [1.0])), took.get(name)
        print(
            f"| {name} | {len(times)} | {statistics.median(times):.1f} | {sorted(times)[int(len(times) * 0.95)]:.1f}"
            f" | {max(times):.1f} | {ratio:.2f} | {f'{statistics.median(works_s):.0f}' if works_s else ''} |"
        )
    await history.close()


ROUNDS = 5
MOST_TURNS = 150
CANNOT_BE_CANCELLED = ("backup", "export in the window", "`export --all`")


async def _begun_ms(history: History, place: int) -> float:
    began = time.perf_counter()
    started = await history.begin_turn(place, "beside", model_id="m")
    took_ms = (time.perf_counter() - began) * 1000
    await history.journal(started.reply).finish(replace(started.reply, text="x", status=MessageStatus.COMPLETE))
    await asyncio.sleep(0.02)
    return took_ms


def _copy(path: Path, folder: Path) -> None:
    made = backups.make(path, folder, backups.BY_HAND)
    assert made is not None
    made.path.unlink()


def _export(path: Path, folder: Path) -> None:
    with long_work(), closing(open_reader(path)) as db:  # as the window does
        tools = Tools(Direct(db, path), path.parent / "attachments", lambda text: text)
        done = export_many(tools, Wish(Format.JSON), folder)
    shutil.rmtree(done.path)


async def _export_command(home: Path, folder: Path) -> None:
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "qwen_desktop", "export", "--all", folder, env={**os.environ, "QWEN_DESKTOP_HOME": home}
    )
    assert await command.wait() == 0
    await asyncio.to_thread(shutil.rmtree, folder)


async def _erase(history: History) -> None:
    for summary in (await listed(history))[-200:]:
        await history.delete(summary.id)
    await history.bin.erase_before(datetime.now(UTC))


async def main(folder: Path) -> None:
    for bench in (bench_turns, bench_journal, bench_long_history, bench_long_conversation, bench_beside):
        await bench(folder)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as temporary:
        asyncio.run(main(Path(temporary)))
