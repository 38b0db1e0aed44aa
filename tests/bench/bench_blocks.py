"""The longest the window does not answer: one turn of the GUI thread's loop at a time, while a user does the usual.

    python -m tests.bench.bench_blocks [PROCESSES]    offscreen, or on $DISPLAY with QT_QPA_PLATFORM=xcb

The whole app.  A turn of the loop is all that happens between two moments at which it may wait: no key is looked at
meanwhile.  What is opened for the first time is so in a fresh process, which finds our modules compiled.  Figures are
CPU of the GUI thread.  Target: no turn, and no frame while the wheel turns, over 16 ms on the machine the targets are
from (see `machine.py`): in brackets what figures of here are there."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QAbstractEventDispatcher, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from qwen_desktop.app import Desktop
from qwen_desktop.core.paths import AppPaths
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.ui import aio
from qwen_desktop.ui.theme import DARK, LIGHT
from tests.bench.machine import Machine
from tests.conftest import eventually
from tests.end2end.desk import opened
from tests.listing import listed

SIZE = (1440, 900)
MESSAGES = 10_000
STORED_TURNS = 30
REST_S = 0.15
"""So long nothing happens, and what was done is over."""
FRAME_S = 1 / 60
NOTCHES = 600


class Turns:
    """CPU ms of each turn of the loop of this thread."""

    def __init__(self) -> None:
        self.all_ms: list[float] = []
        self._began_at = time.thread_time()
        dispatcher = QAbstractEventDispatcher.instance()
        assert dispatcher is not None
        dispatcher.aboutToBlock.connect(self._note)

    def _note(self) -> None:
        now = time.thread_time()
        self.all_ms.append((now - self._began_at) * 1000)
        self._began_at = time.thread_time()

    async def during(self, act: Callable[[], object], is_done: Callable[[], object] = lambda: True) -> list[float]:
        """Those from `act` on until that is done, part of which may be done on threads, and the app is at rest."""
        await self.rest()
        begin = len(self.all_ms)
        asyncio.get_running_loop().call_soon(act)
        await eventually(is_done)
        await self.rest()
        return self.all_ms[begin:]

    async def rest(self) -> None:
        """Wait until nothing but this has taken time for a while."""
        quiet_since = time.monotonic()
        seen = len(self.all_ms)
        while time.monotonic() < quiet_since + REST_S:
            await asyncio.sleep(0.03)
            if sum(self.all_ms[seen:]) > 1.0:
                quiet_since = time.monotonic()
            seen = len(self.all_ms)


def wheel(desktop: Desktop, is_up: bool) -> None:
    """One notch, as the window system tells it."""
    viewport = desktop.transcript.viewport()
    place = QPointF(viewport.width() / 2, viewport.height() / 2)
    turn = QPoint(0, 120 if is_up else -120)
    event = QWheelEvent(place, viewport.mapToGlobal(place), QPoint(), turn, Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(viewport, event)


async def scrolled(desktop: Desktop, turns: Turns) -> list[float]:
    """60 notches of the wheel a second: up, where nothing was looked at before, and then some way back.  The turns that
    were between them."""
    begin = len(turns.all_ms)
    due = time.perf_counter()
    for notch in range(NOTCHES):
        wheel(desktop, is_up=notch < NOTCHES * 2 // 3)
        due = max(due + FRAME_S, time.perf_counter())
        while time.perf_counter() < due:
            await asyncio.sleep(due - time.perf_counter())
    return turns.all_ms[begin:]


async def fill(path: Path) -> None:
    """One stored chat, opened as a user opens it."""
    from tests.bench.bench_open import rich_conversation

    history = await History.open(path)
    conversation_id: int | None = None
    messages = rich_conversation(2 * STORED_TURNS)
    for prompt, reply in zip(messages[::2], messages[1::2], strict=True):
        started = await history.begin_turn(conversation_id, prompt.text, model_id="m")
        conversation_id = started.conversation.id
        await history.journal(started.reply).finish(replace(started.reply, text=reply.text, status=reply.status))
    await history.close()


async def measure(home: Path) -> int:
    """In a process of its own: prints the figures of each row as JSON."""
    turns, figures = Turns(), dict[str, list[float]]()
    async with opened(home, "http://127.0.0.1:9") as desktop:
        window, settings = desktop.window, desktop.setup.settings
        window.resize(*SIZE)
        for time_of in ("first", "second"):
            figures[f"settings, {time_of} opening"] = await turns.during(
                desktop.controller.settings_wanted.emit, lambda: settings.dialog is not None
            )
            await turns.during(lambda: settings.dialog and settings.dialog.close())
        for time_of in ("first", "second"):
            figures[f"model picker, {time_of} opening"] = await turns.during(window.open_model_picker)
            await turns.during(window.picker.close_panel)
        summary = (await listed(desktop.history))[0]
        choose = window.sidebar.conversation_selected.emit
        figures["first chat that is opened"] = await turns.during(
            lambda: choose(summary.id), lambda: window.page == "transcript"
        )
        from tests.bench.bench_open import rich_conversation  # late: it brings the transcript

        transcript, messages = desktop.transcript, rich_conversation(MESSAGES)
        figures["chat of 10,000 messages"] = await turns.during(lambda: transcript.show_messages(messages))
        changes = []
        for colours in (DARK, LIGHT, DARK, LIGHT):
            changes.append(await turns.during(lambda colours=colours: desktop.theme.set_colours(colours)))
        figures["theme change, longest of four"] = max(changes, key=max)
        figures["wheel"] = await scrolled(desktop, turns)
    print(json.dumps(figures))
    return 0


def child(compiled: str) -> dict[str, list[float]]:
    environment = os.environ | {"PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as home:
        asyncio.run(fill(AppPaths.find({"QWEN_DESKTOP_HOME": home}).history))
        command = [sys.executable, "-m", "tests.bench.bench_blocks", "--measure", home]
        out = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(out.splitlines()[-1]))


def main() -> None:
    from tests.bench.bench_open import percentile
    from tests.bench.bench_streaming import long_reply

    app, machine = QApplication([]), Machine(long_reply(60_000))
    rounds = next((int(argument) for argument in sys.argv[1:] if argument.isdigit()), 5)
    with tempfile.TemporaryDirectory() as compiled:
        child(compiled)  # compiles the modules
        all_rounds = []
        for _ in range(rounds):
            all_rounds.append(child(compiled))
            machine.again()
    print(f"{os.environ['QT_QPA_PLATFORM']}, {rounds} processes, window {SIZE[0]}x{SIZE[1]}")
    print("the longest turn of the loop: median and highest of all processes, and all turns together, CPU ms")
    for name in all_rounds[0]:
        rows = [one[name] for one in all_rounds]
        longest = [max(row) for row in rows]
        everything = statistics.median(map(sum, rows))
        if name != "wheel":
            figures = (statistics.median(longest), max(longest), everything)
            print(f"{name:<34}" + "".join(f" {ms:7.1f} {f'({machine.there(ms):.1f})':>8}" for ms in figures))
            continue
        whole = [turn for row in rows for turn in row if turn > 0.5]
        late, late_there = (
            sum(turn > FRAME_S * 1000 for turn in turns) for turns in (whole, map(machine.there, whole))
        )
        p99_ms, longest_ms = percentile(whole, 0.99), max(whole)
        print(f"wheel, {NOTCHES * rounds} notches at 60 Hz: a turn p99 {p99_ms:.1f} ({machine.there(p99_ms):.1f}) ms, "
              f"longest {longest_ms:.1f} ({machine.there(longest_ms):.1f}) ms, over a frame {late} ({late_there}) of "
              f"{len(whole)}; {everything / NOTCHES:.1f} ms a notch in all")  # fmt: skip
    print(machine.words)
    app.quit()


if __name__ == "__main__":
    if "--measure" in sys.argv:
        sys.exit(aio.run(QApplication([]), lambda: measure(Path(sys.argv[-1])), on_stop=lambda: None))
    main()
