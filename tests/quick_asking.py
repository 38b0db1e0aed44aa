"""The quick ask beside a real app, as the app joins them: for tests and for the benchmark."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qwen_desktop.core.providers import catalogue
from qwen_desktop.ui.controllers.drafts import NewChatDraft
from qwen_desktop.ui.controllers.quick_ask import QuickAskController
from qwen_desktop.ui.transcript.view import TranscriptView

if TYPE_CHECKING:
    from qwen_desktop.app import Desktop
    from qwen_desktop.desktop.focus import FocusReturn


def quick_ask_of(desktop: Desktop, *, focus: FocusReturn | None = None) -> QuickAskController:
    """A quick ask with the turns, history and settings of the app.  Close it before the app."""
    engine = desktop.engine
    made = QuickAskController(
        desktop.chat,
        desktop.conversations,
        theme=desktop.theme,
        make_transcript=lambda: TranscriptView(desktop.theme, has_actions=False),
        draft=NewChatDraft(engine.paths.data / "quick-ask.draft"),
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
