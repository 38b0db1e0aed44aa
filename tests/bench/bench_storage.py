"""What the history costs: a prompt's commit, a journal's append early and late in a long reply, a long list, a start.

`python -m tests.bench.bench_storage [PART …] [--folder FOLDER]`: `turns`, `journal`, `list`, `chat`, `beside` (turns
beside long work on a history of 1 GB, two minutes or so) and `import` (the loop beside an import, two minutes).
Times depend on the disk the folder lies on and on what else the machine does; the ratios should not.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gc
import json
import multiprocessing
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.exchange.exporting import Cancelled, Format, Tools, Wish, export_many
from qwen_desktop.core.exchange.importing import ImportTools, import_files, preview
from qwen_desktop.core.long_work import give_way, long_work
from qwen_desktop.core.storage import backups
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.core.storage.database import open_reader
from qwen_desktop.core.storage.exchange import Direct
from tests.listing import listed, searched

T = TypeVar("T")

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
    works: dict[str, Callable[[threading.Event], Awaitable[object]]] = {
        "backup": lambda stop: asyncio.to_thread(_copy, path, folder / "backups", stop),
        "export in the window": lambda stop: asyncio.to_thread(_export, history, path, folder / "out", stop),
        "`export --all`": lambda stop: _export_command(folder, folder / "out", stop),
        "search index": lambda stop: _unless(stop, history.search.catch_up()),
        "reading through": lambda stop: _unless(stop, history.check()),
        "erasing": lambda stop: _unless(stop, _erase(history)),
    }
    alone: list[float] = []
    beside: dict[str, list[float]] = {name: [] for name in works}
    ratios: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            just_before = [await _begun_ms(history, place) for _ in range(TURNS_BEFORE)]
            stop = threading.Event()
            task = asyncio.ensure_future(work(stop))
            await asyncio.sleep(0.1)
            meanwhile: list[float] = []
            while not task.done() and len(meanwhile) < MOST_TURNS:
                meanwhile.append(await _begun_ms(history, place))
            stop.set()
            await task
            alone += just_before
            if meanwhile:
                ratios[name].append(statistics.median(meanwhile) / statistics.median(just_before))
                beside[name] += meanwhile
    print(f"begin_turn, history of {path.stat().st_size / 1e6:.0f} MB")
    print("| beside | turns | median ms | p95 ms | longest ms | median to just before |")
    print("|" + "---|" * 6)
    for name, times in {"nothing": alone, **beside}.items():
        if times:
            print(
                f"| {name} | {len(times)} | {statistics.median(times):.1f} | {percentile(times, 0.95):.1f}"
                f" | {max(times):.1f} | {statistics.median(ratios.get(name, [1.0])):.2f} |"
            )
    await history.close()


ROUNDS = 3
TURNS_BEFORE = 50
MOST_TURNS = 100


def percentile(times: list[float], part: float) -> float:
    return sorted(times)[int(len(times) * part)]


async def _unless(stop: threading.Event, work: Coroutine[Any, Any, object]) -> None:
    """Until it is done, or to be given up."""
    task = asyncio.create_task(work)
    while not task.done() and not stop.is_set():
        await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _begun_ms(history: History, place: int) -> float:
    began = time.perf_counter()
    started = await history.begin_turn(place, "beside", model_id="m")
    took_ms = (time.perf_counter() - began) * 1000
    await history.journal(started.reply).finish(replace(started.reply, text="x", status=MessageStatus.COMPLETE))
    await asyncio.sleep(0.02)
    return took_ms


def _copy(path: Path, folder: Path, stop: threading.Event) -> None:
    made = backups.make(path, folder, backups.BY_HAND, is_given_up=stop.is_set)
    if made is not None:
        made.path.unlink()


def _export(history: History, path: Path, folder: Path, stop: threading.Event) -> None:
    """As the window does."""

    def check() -> None:
        if stop.is_set():
            raise Cancelled
        give_way(lambda: history.is_at_work)

    with long_work(), closing(open_reader(path)) as db, suppress(Cancelled):
        tools = Tools(Direct(db, path), path.parent / "attachments", lambda text: text, check=check)
        export_many(tools, Wish(Format.JSON), folder)
    shutil.rmtree(folder, ignore_errors=True)


async def _export_command(home: Path, folder: Path, stop: threading.Event) -> None:
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "qwen_desktop", "export", "--all", folder, env={**os.environ, "QWEN_DESKTOP_HOME": home}
    )
    await _unless(stop, command.wait())
    if command.returncode is None:
        command.kill()
        await command.wait()
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _erase(history: History) -> None:
    for summary in (await listed(history))[-200:]:
        await history.delete(summary.id)
    await history.bin.erase_before(datetime.now(UTC))


async def bench_import(folder: Path) -> None:
    """How long the loop waits for the interpreter beside an import, and beside a thread that does nothing but count.

    Of each wait no more counts than this process computed meanwhile: another one may have had the processor."""
    history = await History.open(folder / "imported" / "history.sqlite3")
    loop, path = asyncio.get_running_loop(), folder / "chats.json"
    assert history.path is not None

    def write(job: Callable[[sqlite3.Connection], T]) -> T:
        return asyncio.run_coroutine_threadsafe(history.write_beside(job), loop).result()

    def take(database: Path) -> None:
        with long_work(), closing(open_reader(database)) as db:
            tools = ImportTools(Direct(db, database), write, folder / "attachments")
            preview(tools, [path])
            assert import_files(tools, [path]).new

    def count() -> None:
        until = time.monotonic() + 10
        with long_work():
            while time.monotonic() < until:
                sum(range(50))

    works: dict[str, Callable[[], object]] = {
        "a thread that counts": count,
        "one chat of 100,000 messages": partial(chats_to_import, path, 1, 100_000, 4),
        "2,000 chats, 200 MB": partial(chats_to_import, path, 2_000, 50, 120),
        "a picture of 40 MB": partial(picture_to_import, path),
    }
    print("| beside | turns of the loop | p99 ms | longest ms | over 16 ms | the work s |")
    print("|" + "---|" * 6)
    gc.disable()  # as in the window, which looks for garbage when nothing of this runs
    for name, work in works.items():
        if work is not count:
            process = multiprocessing.get_context("spawn").Process(target=work)  # leaves its memory there
            process.start()
            await asyncio.to_thread(process.join)
        began, last = time.perf_counter(), (time.perf_counter(), time.process_time())
        waits = []
        task = asyncio.create_task(asyncio.to_thread(*((count,) if work is count else (take, history.path))))
        while not task.done():
            await asyncio.sleep(0.001)
            now = time.perf_counter(), time.process_time()
            waits.append(min(now[0] - last[0], now[1] - last[1]) * 1000)
            last = now
        await task
        print(
            f"| {name} | {len(waits)} | {percentile(waits, 0.99):.1f} | {max(waits):.1f}"
            f" | {sum(one > 16 for one in waits)} | {last[0] - began:.0f} |"
        )
    gc.enable()
    await history.close()


def chats_to_import(path: Path, chats: int, messages: int, text_repeats: int) -> None:
    moment = "2026-01-01T00:00:00+00:00"
    ours = [
        {
            "title": f"Chat {chat}",
            "created_at": moment,
            "updated_at": moment,
            "current": messages,
            "messages": [
                {
                    "id": number,
                    "parent": number - 1 or None,
                    "role": ("assistant", "user")[number % 2],
                    "status": "complete",
                    "created_at": moment,
                    "text": f"{chat} {number} " + "some words 一些中文。" * text_repeats,
                }
                for number in range(1, messages + 1)
            ],
        }
        for chat in range(chats)
    ]
    path.write_text(json.dumps({"format": "qwen-desktop", "version": 1, "conversations": ours}, ensure_ascii=False))


def picture_to_import(path: Path) -> None:
    from PIL import Image

    side, packed = 3_200, BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).save(packed, "PNG", compress_level=0)
    url = "data:image/png;base64," + base64.b64encode(packed.getvalue()).decode()
    content = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": url}}]
    path.write_text(json.dumps([{"messages": [{"role": "user", "content": content}]}]))


PARTS = {
    "turns": bench_turns,
    "journal": bench_journal,
    "list": bench_long_history,
    "chat": bench_long_conversation,
    "beside": bench_beside,
    "import": bench_import,
}


async def main(folder: Path, parts: Sequence[str]) -> None:
    for part in parts or PARTS:
        await PARTS[part](folder)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m tests.bench.bench_storage")
    arguments.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    arguments.add_argument("--folder", help="on the disk to be measured")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        asyncio.run(main(Path(temporary), options.parts))
