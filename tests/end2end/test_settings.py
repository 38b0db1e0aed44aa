"""The settings in the real window: what is refused is said at once, and no longer than it is true."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from qwen_desktop.ui.views.settings_dialog import SettingsDialog
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import focused, opened, xdotool

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")


def test_a_server_address_is_refused_with_its_reason_until_a_good_one_is_given(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home) as desktop:
            await focused(desktop)
            desktop.setup.open_settings()
            dialog = desktop.window.findChild(SettingsDialog)
            assert dialog is not None
            field, error = dialog.control("server.base_url"), dialog.findChild(QLabel, "base_url_error")
            assert error is not None
            await eventually(dialog.isActiveWindow)
            field.setFocus()
            before = desktop.engine.settings.server.base_url
            for typed, said in (("nonsense", "not valid"), ("http://example.com", "not be encrypted")):
                await xdotool("key", "ctrl+a")
                await xdotool("type", "--delay", "5", typed)
                await xdotool("key", "Return")
                await eventually(lambda said=said: error.isVisible() and said in error.text())
                assert desktop.engine.settings.server.base_url == before
            await xdotool("key", "ctrl+a")
            await xdotool("type", "--delay", "5", "http://127.0.0.1:9")
            await xdotool("key", "Return")
            await eventually(lambda: desktop.engine.settings.server.base_url == "http://127.0.0.1:9")
            assert not error.isVisible()
            dialog.close()

    run(scenario(), timeout_s=30)
