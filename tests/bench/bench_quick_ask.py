"""The quick ask, warm: from the hotkey to the caret in its field, and what many openings leave behind.

Each cycle presses the hotkey while a window of another program has the keyboard, waits until the quick ask is painted
with the keyboard in its field, presses Esc and waits until the other window has the keyboard again.  Keys are pressed
through the X server's test extension, as xdotool does, without the start of a program.  RSS and Qt objects are read
after each tenth.

`python -m tests.bench.bench_quick_ask [CYCLES]`, on a private X server with a window manager; half a minute.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from qwen_desktop.ui.controllers.quick_ask import QuickAskController
from tests.conftest import eventually
from tests.desktop_session import DesktopSession

CYCLES = 100
TARGET_MS = 80.0


@dataclass
class Outcome:
    """What some cycles came to."""

    caret_ms: list[float] = field(default_factory=list)
    """From the press of the last key to the caret, one for each cycle."""
    focus_returned: int = 0
    rss_mb: list[float] = field(default_factory=list)
    objects: list[int] = field(default_factory=list)

    @property
    def p50_ms(self) -> float:
        return statistics.median(self.caret_ms)

    @property
    def p95_ms(self) -> float:
        return statistics.quantiles(self.caret_ms, n=20)[-1]


def has_caret(quick: QuickAskController) -> bool:
    """It is painted, has the keyboard, and the keyboard is in its field."""
    return quick.is_visible and quick.window.is_on_screen and quick.window.edit.hasFocus()


class Keyboard:
    """Keys pressed through the X server, by their names."""

    def __init__(self) -> None:
        from Xlib import XK, display

        self._display = display.Display()
        self._code = lambda name: self._display.keysym_to_keycode(XK.string_to_keysym(name))

    async def press(self, *names: str) -> None:
        """All of them down, in this order, and up again."""
        from Xlib import X
        from Xlib.ext import xtest

        codes = [self._code(name) for name in names]
        for code in codes:
            xtest.fake_input(self._display, X.KeyPress, code)
        for code in reversed(codes):
            xtest.fake_input(self._display, X.KeyRelease, code)
        self._display.flush()

    def is_in(self, window_id: int) -> bool:
        """Whether the server sends keys to that window, or one inside it."""
        focus = self._display.get_input_focus().focus
        while hasattr(focus, "query_tree"):
            if focus.id == window_id:
                return True
            focus = focus.query_tree().parent
        return False

    def close(self) -> None:
        self._display.close()


async def cycle(
    quick: QuickAskController,
    keyboard: Keyboard,
    has_other: Callable[[], Awaitable[bool]],
    outcome: Outcome,
) -> None:
    """Open and hide once; `has_other` says whether the other window has the keyboard."""
    await eventually(has_other)
    began = time.perf_counter()
    await keyboard.press("Control_L", "Alt_L", "q")
    # Qt takes the keyboard for its own a little before the server gives it: only then would a letter arrive.
    await eventually(lambda: has_caret(quick) and keyboard.is_in(int(quick.window.winId())), poll_s=0.001)
    outcome.caret_ms.append((time.perf_counter() - began) * 1000)
    await keyboard.press("Escape")
    await eventually(lambda: not quick.is_visible)
    try:
        await eventually(has_other, 2.0)
        outcome.focus_returned += 1
    except AssertionError:
        pass


def measure(quick: QuickAskController, outcome: Outcome) -> None:
    """Note memory and objects as they are now."""
    gc.collect()
    with open("/proc/self/status") as file:
        kilobytes = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    outcome.rss_mb.append(kilobytes / 1024)
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    outcome.objects.append(len(quick.window.findChildren(QObject)) + len(application.allWidgets()))


async def scenario(cycles: int, home: Path) -> Outcome:
    from qwen_desktop.demo.server import DemoServer
    from qwen_desktop.desktop.hotkey.status import HotkeyState
    from tests.end2end.desk import opened
    from tests.quick_asking import active_window, another_window

    outcome = Outcome()
    keyboard = Keyboard()
    async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop, another_window() as other:
        desktop.setup.settings.remember_quick_ask({"prefill": "off"})
        desktop.presence.begin()
        await eventually(lambda: desktop.presence.hotkey_status.state is HotkeyState.WORKS)
        quick = desktop.presence.quick
        quick.warm()
        quick.window.set_text("a prompt and its reply")
        quick.ask()
        await eventually(lambda: quick.conversation_id is not None)
        await eventually(lambda: not desktop.chat.is_running(quick.conversation_id), 30)

        async def has_other() -> bool:
            return keyboard.is_in(other) and await active_window() == other

        for number in range(cycles):
            await cycle(quick, keyboard, has_other, outcome)
            if number % max(1, cycles // 10) == max(1, cycles // 10) - 1:
                measure(quick, outcome)
    keyboard.close()
    return outcome


def main() -> None:
    from qasync import QEventLoop

    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else CYCLES
    with DesktopSession() as session, tempfile.TemporaryDirectory() as home:
        os.environ.update(session.environment)
        application = QApplication([])
        application.setQuitOnLastWindowClosed(False)
        with asyncio.Runner(loop_factory=lambda: QEventLoop(application)) as runner:
            outcome = runner.run(scenario(cycles, Path(home)))
        print(f"{cycles} openings of the quick ask, from the hotkey to the caret")
        print(f"  p50      {outcome.p50_ms:6.1f} ms")
        print(f"  p95      {outcome.p95_ms:6.1f} ms   target {TARGET_MS:.0f} ms")
        print(f"  longest  {max(outcome.caret_ms):6.1f} ms")
        print(f"  keyboard given back {outcome.focus_returned} times")
        print("  RSS      " + ", ".join(f"{rss:.1f}" for rss in outcome.rss_mb) + " MB, each tenth")
        print(f"  objects  {outcome.objects[0]:6d},    then {outcome.objects[-1]}")
        application.shutdown()


if __name__ == "__main__":
    main()
