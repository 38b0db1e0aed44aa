"""The quick ask beside a real app, as the app joins them: for tests and for the benchmark."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qwen_desktop.core.providers import catalogue
from qwen_desktop.ui.controllers.drafts import NewChatDraft
from qwen_desktop.ui.controllers.quick_ask import QuickAskController
from qwen_desktop.ui.transcript.view import TranscriptView

if TYPE_CHECKING:
    from qwen_desktop.app import Desktop
    from qwen_desktop.desktop.focus import FocusReturn


OTHER = """
import sys
from PySide6.QtWidgets import QApplication, QLineEdit
app = QApplication(sys.argv)
field = QLineEdit()
field.setWindowTitle("another window")
field.resize(300, 40)
field.show()
print(int(field.winId()), flush=True)
app.exec()
"""


def quick_ask_of(desktop: Desktop, *, focus: FocusReturn | None = None) -> QuickAskController:
    """A quick ask with the turns, history and settings of the app, in place of its own.  Close it before the app."""
    engine = desktop.engine
    desktop.presence.quick.close()
    made = QuickAskController(
        desktop.chat,
        desktop.conversations,
        theme=desktop.theme,
        make_transcript=lambda: TranscriptView(desktop.theme, has_actions=False),
        draft=NewChatDraft(engine.paths.data / "quick-ask.draft"),
        pictures=desktop.pictures,
        settings=lambda: engine.settings,
        models=lambda: desktop.window.composer.models,
        can_switch_thinking=lambda model_id: catalogue.abilities(model_id).can_switch_thinking,
        focus=focus,
        parent=desktop,
    )
    made.remembered.connect(lambda values: change(desktop, made, **values))
    return made


def change(desktop: Desktop, quick: QuickAskController, **values: Any) -> None:
    """Other settings of the quick ask, in force at once."""
    settings = desktop.engine.settings
    desktop.engine.change(replace(settings, quick_ask=replace(settings.quick_ask, **values)))
    quick.apply_settings()


@asynccontextmanager
async def another_window() -> AsyncIterator[int]:
    """A window of a program of its own, with the keyboard in it; its id."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", OTHER, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        window_id = int(await process.stdout.readline())
        await run_xdotool("search", "--sync", "--onlyvisible", "--name", "another window")
        await run_xdotool("windowactivate", "--sync", str(window_id))
        yield window_id
    finally:
        process.terminate()
        await process.wait()


async def active_window() -> int:
    """Id of the window that has the keyboard, as the window manager says; 0 for none."""
    return int(await run_xdotool("getactivewindow") or 0)


async def run_xdotool(*arguments: str) -> str:
    """What the tool printed, once it is through."""
    process = await asyncio.create_subprocess_exec(
        "xdotool", *arguments, stdout=asyncio.subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    said, _ = await process.communicate()
    return said.decode()
