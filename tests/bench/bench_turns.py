"""Two thousand turns in one process: the memory and the time of a turn, early and late.

    python -m tests.bench.bench_turns [TURNS]      offscreen unless QT_QPA_PLATFORM says otherwise; about four minutes

The real app with its real entry sends prompts to a loopback server, twenty in each chat; each reply has a heading, a
list, a table, code and a formula.  Memory is what the process alone has written, read once the search index has read
them too; the target is to stay within 5 MB of what it was after the first 200 turns.
"""

from __future__ import annotations

import sys
import tempfile

from tests.bench.bench_start import REPORT, measure
from tests.faults.server import Connection, Script, ThreadedFaultServer

TURNS = 2_000
STEP = 200
TARGET_MB = 5.0

OURS = (
    REPORT
    + """
from qwen_desktop import app, start
class Watched(app.Desktop):
    async def begin(self):
        import asyncio
        await super().begin()
        ended = asyncio.Event()
        self.chat.turn_ended.connect(ended.set)
        for number in range(1, TURNS + 1):
            ended.clear()
            self.controller.submit(f"Question {number}, about tea")
            await ended.wait()
            while self.transcript.is_busy or self.transcript.scheduler.is_waiting:
                await asyncio.sleep(0.005)
            if number % 20 == 0:
                self.window.sidebar.new_chat_requested.emit()
                await asyncio.sleep(0.05)
            if number % STEP == 0:
                await asyncio.sleep(8)  # the search index has read them
                report(str(number))
        self.stop()
app.Desktop = Watched
sys.exit(start.run())
"""
)

REPLY = (
    "# Tea {number}\n\nTea came **from China**, in `{number}`:\n\n1. Boil the water\n2. Pour it\n\n"
    "| leaf | minutes |\n|---|---|\n| green | 2 |\n| black | 4 |\n\n"
    "```python\nprint('ready in', {number})\n```\n\nIt cools as $T = T_0 e^{{-k t}}$ says.\n"
)


def replies() -> Script:
    """Each with another number in it."""
    count = iter(range(1, 1_000_000))

    async def reply(connection: Connection) -> None:
        await connection.head()
        text = REPLY.format(number=next(count))
        await connection.chunks([connection.frames.text(text[at : at + 40]) for at in range(0, len(text), 40)])
        await connection.chunk(connection.frames.finish())
        await connection.end()

    return reply


def main(*arguments: str) -> None:
    turns = next((int(argument) for argument in arguments if argument.isdigit()), TURNS)
    source = OURS.replace("TURNS", str(turns)).replace("STEP", str(STEP))
    with tempfile.TemporaryDirectory() as compiled, ThreadedFaultServer(replies()) as server:
        found = measure(source, compiled, base_url=server.base_url, timeout_s=turns)
    rows = [(int(what), float(str(row["private_mb"])), float(str(row["cpu_ms"]))) for what, row in found.items()]
    first_mb, before_ms = rows[0][1], 0.0
    print(f"{'turns':>6} {'private MB':>11} {'against the first':>18} {'CPU ms a turn':>14}")
    for number, private_mb, cpu_ms in rows:
        print(f"{number:6} {private_mb:11.1f} {private_mb - first_mb:+18.1f} {(cpu_ms - before_ms) / STEP:14.1f}")
        before_ms = cpu_ms
    farthest_mb = max((abs(row[1] - first_mb) for row in rows), default=0.0)
    print(f"farthest from the first: {farthest_mb:.1f} MB (target {TARGET_MB:g})")


if __name__ == "__main__":
    main(*sys.argv[1:])
