"""The doctor's page and its controller: findings to read, to hear and to copy, looked for off the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.words import set_language
from qwen_desktop.doctor import Finding, Verdict
from qwen_desktop.ui.controllers.doctor import DoctorController
from qwen_desktop.ui.theme import DARK, LIGHT, Theme
from qwen_desktop.ui.views.doctor_page import DoctorPage
from tests.conftest import RunScenario, eventually

LEFT = Qt.MouseButton.LeftButton
LONG = "/very/long/path/without/any/space" * 12
FOUND = [
    Finding("Tray", "none", Verdict.NOTE, "Install the extension."),
    Finding("Python", "3.11.7"),
    Finding("Clock", f"wrong {LONG}", Verdict.PROBLEM, "Set it."),
]


@pytest.fixture
def page(theme: Theme, shown: Callable[..., Any]) -> DoctorPage:
    made = DoctorPage(theme)
    made.resize(600, 420)
    return shown(made)  # type: ignore[no-any-return]


def test_it_asks_for_a_run_when_it_is_first_seen_and_by_its_button(theme: Theme, qtbot: Any) -> None:
    made = DoctorPage(theme)
    qtbot.addWidget(made)
    asked: list[bool] = []
    made.run_requested.connect(lambda: asked.append(True))
    assert not asked
    made.show()
    made.hide()
    made.show()
    assert len(asked) == 1
    made.show_running()
    assert not made.run_button.isEnabled()
    QTest.mouseClick(made.run_button, LEFT)
    assert len(asked) == 1
    made.show_findings(FOUND)
    QTest.mouseClick(made.run_button, LEFT)
    assert len(asked) == 2


def test_problems_come_first_and_every_row_says_all_of_it(page: DoctorPage) -> None:
    page.show_findings(FOUND)
    assert page.summary == "Problems found: 1"
    assert [page.list.finding(row).subject for row in range(3)] == ["Clock", "Tray", "Python"]
    interface = QAccessible.queryAccessibleInterface(page.list)
    assert interface.childCount() == 3
    assert interface.text(QAccessible.Text.Name) == "Findings"
    row = interface.child(1)
    assert row.text(QAccessible.Text.Name) == "Note. Tray. none. Install the extension."
    heights = [page.list.visualItemRect(page.list.item(row)).height() for row in range(3)]
    assert heights[0] > heights[1] > heights[2]
    page.show_findings(FOUND[1:2])
    assert page.summary == "No problems found."


def test_rows_grow_when_the_page_gets_narrow(page: DoctorPage, qtbot: Any) -> None:
    page.show_findings(FOUND)
    before = page.list.visualItemRect(page.list.item(0)).height()
    page.resize(420, 420)
    qtbot.waitUntil(lambda: page.list.visualItemRect(page.list.item(0)).height() > before)
    assert page.list.horizontalScrollBar().maximum() == 0


def test_the_report_is_copied_by_keyboard_without_the_home_folder(
    page: DoctorPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert not page.copy_button.isEnabled()
    page.show_findings([Finding("Data folder", "/home/somebody/.local/share", Verdict.FINE)])
    page.run_button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(page.run_button, Qt.Key.Key_Tab)
    assert page.copy_button.hasFocus()
    QTest.keyClick(page.copy_button, Qt.Key.Key_Return)
    assert QApplication.clipboard().text() == page.report == "  Data folder: ~/.local/share\n\nNo problems found."
    assert page.summary == "The report was copied."
    QTest.keyClick(page.copy_button, Qt.Key.Key_Tab)
    assert page.list.hasFocus()
    QTest.keyClick(page.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "Data folder: ~/.local/share"


def test_it_looks_different_by_theme_and_speaks_chinese(qtbot: Any) -> None:
    try:
        set_language("zh_CN")
        pictures = []
        for colours in (LIGHT, DARK):
            made = DoctorPage(Theme(colours))
            qtbot.addWidget(made)
            made.resize(500, 300)
            made.show()
            made.show_findings(FOUND)
            pictures.append(made.list.viewport().grab().toImage())
            assert made.copy_button.text() == "复制报告"
            assert made.summary == "发现 1 个问题"
        assert pictures[0] != pictures[1]
    finally:
        set_language("en")


def test_checks_run_on_a_thread_one_run_at_a_time(page: DoctorPage, run: RunScenario) -> None:
    threads: list[threading.Thread] = []
    go = threading.Event()

    def look() -> list[Finding]:
        threads.append(threading.current_thread())
        go.wait(10)
        return FOUND

    async def scenario() -> None:
        controller = DoctorController(page, examine=look)
        controller.run()
        controller.run()
        assert page.summary == "Looking at this installation…"
        await eventually(lambda: threads)
        go.set()
        await eventually(lambda: page.list.count() == 3)
        page.run_button.click()
        await eventually(lambda: len(threads) == 2 and page.run_button.isEnabled())
        assert threading.main_thread() not in threads
        await controller.close()

    run(scenario())


def test_a_page_that_goes_and_an_app_that_ends_do_not_wait(theme: Theme, run: RunScenario) -> None:
    go = threading.Event()
    begun = threading.Event()

    def look() -> list[Finding]:
        begun.set()
        go.wait(10)
        return FOUND

    async def scenario() -> None:
        failed: list[object] = []
        made = DoctorPage(theme)
        controller = DoctorController(made, examine=look)
        controller.failed.connect(failed.append)
        controller.run()
        await eventually(begun.is_set)
        made.deleteLater()
        await eventually(lambda: controller._page is None)
        await controller.close()
        go.set()
        assert not failed

    run(scenario())


def test_the_real_checks_of_this_machine(page: DoctorPage, run: RunScenario) -> None:
    async def scenario() -> None:
        controller = DoctorController(page)
        controller.run()
        await eventually(lambda: page.list.count() > 10)
        assert "Qwen Desktop" in page.report
        await controller.close()

    run(scenario())
