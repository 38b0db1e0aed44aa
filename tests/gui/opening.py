"""The real app in a process of its own, which opens the first chat and then does as it is told.

`python -m tests.gui.opening HOME WAY`: 'rest' says so when the view has come to rest, and waits to be killed; 'abort'
dies in the first layout of the chat; 'freeze' never comes back from it; 'stall' opens the second chat as well, comes
back from its layout once the stall was noticed, and closes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from qwen_desktop.app import Desktop
from qwen_desktop.ui import aio
from qwen_desktop.ui.transcript import watchdog
from tests.conftest import eventually
from tests.end2end.desk import opened

watchdog.LIMIT_S = 0.4
HOME = Path(sys.argv[1])


def is_marked(conversation_id: int) -> bool:
    return conversation_id in json.loads((HOME / "data" / "plain-chats.json").read_bytes())["plain"]


async def show(desktop: Desktop, conversation_id: int) -> None:
    desktop.window.sidebar.conversation_selected.emit(conversation_id)
    await eventually(lambda: desktop.controller.conversation_id == conversation_id)
    await eventually(lambda: not desktop.controller.guard.is_watching)


def hurt(way: str) -> None:
    """What the first layout of a chat does instead."""
    from qwen_desktop.ui.transcript.column import Column

    lay_out = Column.settle

    def settle(self: Column, *, is_scroll: bool = False) -> int:
        if self.rows:
            if way == "abort":
                os.abort()
            print("frozen", flush=True)
            ends_at = time.monotonic() + 60
            while (way == "freeze" or not is_marked(2)) and time.monotonic() < ends_at:
                pass
            Column.settle = lay_out  # type: ignore[method-assign]
        return lay_out(self, is_scroll=is_scroll)

    Column.settle = settle  # type: ignore[method-assign]


async def main(way: str) -> int:
    async with opened(HOME, "http://127.0.0.1:9") as desktop:
        if way == "stall":
            await show(desktop, 1)
        if way != "rest":
            hurt(way)
        await show(desktop, 2 if way == "stall" else 1)
        print("at rest", flush=True)
        if way == "rest":
            await asyncio.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(aio.run(QApplication([]), lambda: main(sys.argv[2]), on_stop=lambda: None))
