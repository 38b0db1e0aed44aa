"""A process that writes to a history until somebody kills it: `python writer_process.py JOB PATH …`.

Imports the storage and asyncio, nothing else, so that it starts fast.
"""

from __future__ import annotations

import asyncio
import random
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.storage.conversations import History

FLUSH_S = 0.25


async def stream(path: Path, port: int) -> None:
    """One prompt, and its reply as a loopback server sends it: lines of `t` or `r` and a piece of text."""
    history = await History.open(path)
    started = await history.begin_turn(None, "the prompt", model_id="m")
    journal = history.journal(started.reply)
    reader, _ = await asyncio.open_connection("127.0.0.1", port)
    pieces: list[tuple[str, str]] = []
    everything = {"text": "", "reasoning": ""}
    loop = asyncio.get_running_loop()
    flushed_at = loop.time()
    line: bytes | None = None
    while line != b"":
        try:
            async with asyncio.timeout(max(0.0, FLUSH_S - (loop.time() - flushed_at)) if pieces else None):
                line = await reader.readline()
        except TimeoutError:
            await journal.append(pieces)
            pieces = []
            continue
        if line:
            if not pieces:
                flushed_at = loop.time()
            kind = {b"t": "text", b"r": "reasoning"}[line[:1]]
            content = line[1:-1].decode()
            pieces.append((kind, content))
            everything[kind] += content
    await journal.finish(replace(started.reply, status=MessageStatus.COMPLETE, **everything))
    print("finished", flush=True)
    await asyncio.Event().wait()


async def turns(path: Path, name: str, count: int) -> None:
    """Turn after turn as fast as it goes, each step reported once it is said to be committed."""
    history = await History.open(path)
    for number in range(count):
        started = await history.begin_turn(None, f"{name} {number}", model_id="m")
        print("begun", started.reply.id, flush=True)
        journal = history.journal(started.reply)
        await journal.set_status(MessageStatus.WRITING)
        for step in range(5):
            await journal.append([("text", f"{number}.{step} ")])
            print("appended", started.reply.id, f"{number}.{step}", flush=True)
        text = "".join(f"{number}.{step} " for step in range(5))
        await journal.finish(replace(started.reply, text=text, status=MessageStatus.COMPLETE))
        print("finished", started.reply.id, flush=True)
    await history.close()


async def busy(path: Path, seed: int) -> None:
    """Three conversations that stream, are edited, deleted, left out and searched, all at once, until it is killed.

    Each step is reported as soon as it is said to be committed."""
    history = await History.open(path)
    chance = random.Random(seed)

    def say(*words: object) -> None:
        print(*words, flush=True)

    async def chat(name: str) -> None:
        conversation_id: int | None = None
        prompts: list[int] = []
        for number in range(100_000):
            prompt = f"{name} {number} 天气"
            if prompts and chance.random() < 0.2:
                started = await history.begin_edit(prompts[-1], f"{prompt} edited", model_id="m")
            else:
                started = await history.begin_turn(conversation_id, prompt, model_id="m")
            conversation_id = started.conversation.id
            prompts.append(started.prompt.id)
            say("begun", started.reply.id, started.prompt.id)
            journal = history.journal(started.reply)
            words = []
            for step in range(chance.randrange(1, 6)):
                words.append(f"{number}.{step}")
                await journal.append([("text", f"{words[-1]} ")])
                say("appended", started.reply.id, words[-1])
                await asyncio.sleep(0.002)
            await journal.finish(replace(started.reply, text=" ".join(words), status=MessageStatus.COMPLETE))
            say("finished", started.reply.id, len(words))
            if chance.random() < 0.2:
                await history.set_left_out(started.prompt.id, True)
                say("left_out", started.prompt.id)
            if chance.random() < 0.15:
                await history.delete_message(started.prompt.id)
                say("deleted", started.prompt.id)
                prompts.clear()
            if chance.random() < 0.1:
                await history.rename(conversation_id, f"{name} is at {number}")
                say("renamed", conversation_id, number)

    async def look() -> None:
        while True:
            await history.search.find(chance.choice(["天气", "1.2", "nowhere", "edited"]))
            await asyncio.sleep(0.005)

    await asyncio.gather(*(chat(name) for name in ("one", "two", "three")), look())


async def hold(path: Path) -> None:
    """A turn that goes on and on."""
    history = await History.open(path)
    started = await history.begin_turn(None, "a long story", model_id="m")
    await history.journal(started.reply).append([("text", "Once upon")])
    print(started.reply.id, flush=True)
    await asyncio.Event().wait()


async def searched(path: Path) -> None:
    """Turns, names and deletions while the search index reads them and is asked."""
    history = await History.open(path)
    reading = asyncio.create_task(history.search.catch_up())
    place: int | None = None
    for number in range(10_000):
        started = await history.begin_turn(place, f"number {number}", model_id="m")
        place = started.conversation.id
        text = f"reply number {number} 北京天气 " * 20
        await history.journal(started.reply).finish(replace(started.reply, text=text, status=MessageStatus.COMPLETE))
        await history.rename(place, f"title number {number}")
        await history.search.find("bjtq number", 20)
        if number % 3 == 2:
            await history.delete_message(started.prompt.id)
        if reading.done():
            reading = asyncio.create_task(history.search.catch_up())
        print(number, flush=True)


async def branches(path: Path, message_id: int) -> None:
    """The same long path copied again and again."""
    history = await History.open(path)
    while True:
        print((await history.branch_off(message_id)).id, flush=True)


if __name__ == "__main__":
    job, path, *rest = sys.argv[1:]
    if job == "stream":
        asyncio.run(stream(Path(path), int(rest[0])))
    elif job == "busy":
        asyncio.run(busy(Path(path), int(rest[0])))
    elif job == "turns":
        asyncio.run(turns(Path(path), rest[0], int(rest[1])))
    elif job == "branches":
        asyncio.run(branches(Path(path), int(rest[0])))
    elif job == "searched":
        asyncio.run(searched(Path(path)))
    else:
        asyncio.run(hold(Path(path)))
