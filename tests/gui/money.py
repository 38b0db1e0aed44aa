"""The controllers of tokens, money and parameters joined to an open app, as `app.py` joins them."""

from __future__ import annotations

from qwen_desktop.app import Desktop
from qwen_desktop.ui.controllers.context_meter import ContextMeter
from qwen_desktop.ui.controllers.parameters import ParametersController
from qwen_desktop.ui.controllers.usage import UsageController


class Money:
    """Made once the app has begun."""

    def __init__(self, desktop: Desktop) -> None:
        window, shown, settings = desktop.window, desktop.controller, desktop.setup.settings
        self.meter = ContextMeter(
            window, shown, desktop.chat, abilities=lambda model_id: desktop.engine.abilities(model_id), parent=desktop
        )
        self.usage = UsageController(
            window, shown, desktop.conversations, settings, self.meter, theme=desktop.theme, parent=desktop
        )
        self.parameters = ParametersController(
            desktop.engine, window, shown, settings, theme=desktop.theme, parent=desktop
        )

    async def close(self) -> None:
        await self.meter.close()
