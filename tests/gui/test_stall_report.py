"""A window that does not answer is noted for a crash report while it lasts, and taken back when it answers."""

from __future__ import annotations

import time
from pathlib import Path

from qwen_desktop.core.crash_reports import kind_of
from qwen_desktop.core.crash_watch import CrashWatch
from qwen_desktop.core.storage.plain_chats import PlainChats
from qwen_desktop.ui.controllers.chat_guard import ChatGuard
from tests.conftest import RunScenario, eventually


def test_a_stall_is_noted_and_taken_back(run: RunScenario, tmp_path: Path) -> None:
    async def scenario() -> None:
        with CrashWatch(tmp_path / "logs", catch_native=False) as watch:
            guard = ChatGuard(PlainChats(None), limit_s=0.2)
            guard.tell(watch.note_stall, watch.note_answer)

            def left() -> str:
                return watch.path.read_text()

            guard.enter(1)
            assert kind_of(left()) is None
            until = time.monotonic() + 20
            while "test_stall_report.py" not in left() and time.monotonic() < until:
                pass  # the window does not answer
            assert "== stalled" in left()
            assert kind_of(left()) == "the window did not answer, and the app was ended from outside"
            await eventually(lambda: kind_of(left()) is None)
            guard.close()

    run(scenario())
