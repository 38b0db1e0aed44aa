"""The settings in the real window: what is refused is said at once, and no longer than it is true."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from qwen_desktop.ui.views.buttons import Button
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
            dialog.control("accounts")
            await eventually(dialog.isActiveWindow)
            accounts = desktop.setup.accounts
            dialog.page("models").accounts.add_button.click()
            await eventually(lambda: accounts.dialog is not None and accounts.dialog.isActiveWindow())
            form = accounts.dialog
            assert form is not None
            form.kind_choice.choose("compatible")
            form.kind_changed.emit("compatible")
            form.model_field.setText("m")
            form.address_field.setFocus()
            before = desktop.engine.settings
            for typed, said in (("http://a b", "not valid"), ("http://example.com", "is not encrypted")):
                await xdotool("key", "ctrl+a")
                await xdotool("type", "--delay", "5", typed)
                await xdotool("key", "Return")
                await eventually(lambda said=said: form.outcome.isVisible() and said in form.outcome.words)
                assert desktop.engine.settings == before
            await xdotool("key", "ctrl+a")
            await xdotool("type", "--delay", "5", "127.0.0.1:9")
            await xdotool("key", "Return")
            await eventually(lambda: "anyway" in [b.objectName()[8:] for b in form.outcome.findChildren(Button)])
            form.action_triggered.emit("anyway")
            await eventually(lambda: desktop.engine.settings.server.base_url == "http://127.0.0.1:9/v1")
            assert desktop.engine.settings.server.account in desktop.engine.settings.accounts
            dialog.close()

    run(scenario(), timeout_s=30)
