"""The switch that lets the app start with the session shows what the desktop has, and changes it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qwen_desktop.app import Desktop
from qwen_desktop.ui.views.fields import Switch
from qwen_desktop.ui.views.settings_dialog import SettingsDialog
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="entries of Linux desktops")


def switch_of(desktop: Desktop) -> Switch:
    dialog = desktop.window.findChild(SettingsDialog)
    assert dialog is not None
    found = dialog.findChild(Switch, "autostart")
    assert found is not None
    return found


@pytest.fixture
def entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "autostart" / "qwen-desktop.desktop"


def test_switching_writes_and_removes_the_entry(run: RunScenario, tmp_path: Path, entry: Path) -> None:
    async def scenario() -> None:
        async with opened(tmp_path / "home", "http://127.0.0.1:9") as desktop:
            desktop.setup.open_settings()
            await eventually(lambda: switch_of(desktop).isVisible())
            assert not switch_of(desktop).isChecked()
            QTest.mouseClick(switch_of(desktop), Qt.MouseButton.LeftButton)
            await eventually(lambda: entry.exists() and "--hidden" in entry.read_text())
            await eventually(lambda: switch_of(desktop).isChecked())
            QTest.mouseClick(switch_of(desktop), Qt.MouseButton.LeftButton)
            await eventually(lambda: not entry.exists())
            await eventually(lambda: not switch_of(desktop).isChecked())

    run(scenario(), timeout_s=30)


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc").exists(), reason="needs a place that refuses")
def test_what_the_disk_refuses_is_said_and_the_switch_goes_back(
    run: RunScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/proc/1/no-folder")

    async def scenario() -> None:
        async with opened(tmp_path / "home", "http://127.0.0.1:9") as desktop:
            desktop.setup.open_settings()
            await eventually(lambda: switch_of(desktop).isVisible())
            QTest.mouseClick(switch_of(desktop), Qt.MouseButton.LeftButton)
            await eventually(lambda: not desktop.window.notice_bar.isHidden())
            await eventually(lambda: not switch_of(desktop).isChecked())

    run(scenario(), timeout_s=30)
