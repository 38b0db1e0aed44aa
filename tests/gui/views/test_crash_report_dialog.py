"""The quiet notice of a crash, and the report behind its button: read, copied, deleted, never sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from qwen_desktop.core.crash_reports import all_reports
from qwen_desktop.core.words import set_language
from qwen_desktop.ui.controllers.crash_notice import CrashNotice
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.crash_report_dialog import CrashReportDialog
from qwen_desktop.ui.views.main_window import MainWindow
from tests.conftest import RunScenario, eventually

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder in which a dead process left a crash."""
    folder = tmp_path / "logs"
    folder.mkdir()
    left = 'x\n2026-11-26T10:00:00Z\nFatal Python error: Aborted\n  File "/a/qwen_desktop/app.py", line 7 in main\n'
    (folder / "running-999999999.txt").write_text(left)
    return folder


def dialogs(window: MainWindow) -> list[CrashReportDialog]:
    return [found for found in window.findChildren(CrashReportDialog) if found.isVisible()]


def button(window: MainWindow) -> QAbstractButton:
    found = window.findChild(QAbstractButton, "notice_show_crash_report")
    assert found is not None
    return found


def test_a_crash_is_told_once_and_its_report_can_be_deleted(
    window: MainWindow, theme: Theme, logs: Path, run: RunScenario
) -> None:
    async def scenario() -> None:
        notice = CrashNotice(window, theme, logs)
        notice.begin()
        await eventually(lambda: window.notice_bar.isVisible())
        assert window.notice_bar.sentence == "The app ended unexpectedly last time. Nothing you wrote was lost."
        QTest.mouseClick(button(window), LEFT)
        await eventually(lambda: dialogs(window))
        assert not window.notice_bar.isVisible()
        (dialog,) = dialogs(window)
        assert "qwen_desktop/app.py:7 in main" in dialog.edit.toPlainText()
        QTest.mouseClick(dialog.copy_button, LEFT)
        assert QApplication.clipboard().text() == dialog.edit.toPlainText()
        assert all_reports(logs)
        QTest.mouseClick(dialog.delete_button, LEFT)
        await eventually(lambda: not all_reports(logs))
        await eventually(lambda: not dialogs(window))
        await notice.close()

        again = CrashNotice(window, theme, logs)
        again.begin()
        await eventually(lambda: not again._tasks._tasks)
        assert not window.notice_bar.isVisible()
        await again.close()

    run(scenario())


def test_a_report_that_is_gone_is_told(window: MainWindow, theme: Theme, logs: Path, run: RunScenario) -> None:
    async def scenario() -> None:
        notice = CrashNotice(window, theme, logs)
        notice.begin()
        await eventually(lambda: window.notice_bar.isVisible())
        for report in all_reports(logs):
            report.unlink()
        button(window).click()
        await eventually(lambda: dialogs(window))
        assert dialogs(window)[0].edit.toPlainText() == "The report is not there any more."
        QTest.keyClick(dialogs(window)[0], Qt.Key.Key_Escape)
        await eventually(lambda: not dialogs(window))
        await notice.close()

    run(scenario())


def test_without_a_crash_nothing_is_said(window: MainWindow, theme: Theme, tmp_path: Path, run: RunScenario) -> None:
    async def scenario() -> None:
        notice = CrashNotice(window, theme, tmp_path / "not there")
        notice.begin()
        await eventually(lambda: not notice._tasks._tasks)
        assert not window.notice_bar.isVisible()
        await notice.close()

    run(scenario())


def test_the_dialog_is_named_and_speaks_chinese(theme: Theme, shown: Callable[..., Any]) -> None:
    try:
        set_language("zh_CN")
        dialog = shown(CrashReportDialog(theme, "text"))
        assert dialog.windowTitle() == "崩溃报告"
        for control in (dialog.edit, dialog.copy_button, dialog.delete_button):
            assert control.accessibleName()
            assert control.objectName()
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert dialog.delete_button.text() == "删除报告"
    finally:
        set_language("en")
