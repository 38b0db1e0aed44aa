"""Settings changed in the running app: in force at once, on disk, and nothing that was read or typed moves."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.storage.conversations import History
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.ui.controllers.doctor import DoctorController
from qwen_desktop.ui.theme import HIGH_DARK, Theme
from qwen_desktop.ui.views.doctor_page import DoctorPage
from qwen_desktop.ui.views.settings_dialog import SettingsDialog
from qwen_desktop.ui.views.shortcut_list import ShortcutList
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def looks_again(qapp: QApplication) -> Iterator[None]:
    """Font, palette and text cursor of the application as they were."""
    font, flash_ms = qapp.font(), qapp.cursorFlashTime()
    yield
    qapp.setFont(font)
    qapp.setCursorFlashTime(flash_ms)
    Theme().set_mode("system")
    qapp.setPalette(QPalette())


async def long_chat(home: Path) -> None:
    """Forty turns, to be read from the middle."""
    history = await History.open(home / "data" / "history.sqlite3")
    conversation_id: int | None = None
    for number in range(40):
        text = f"Paragraph {number}. " + "Some words that fill a line and then another. " * 12
        turn = await history.begin_turn(conversation_id, f"Prompt {number}", model_id="m")
        reply = replace(turn.reply, text=text, status=MessageStatus.COMPLETE, finish_reason="stop")
        await history.journal(turn.reply).finish(reply)
        conversation_id = turn.reply.conversation_id
    await history.close()


def dialog_of(desktop: Desktop) -> SettingsDialog:
    desktop.setup.open_settings()
    found = desktop.window.findChild(SettingsDialog)
    assert found is not None
    return found


def written(desktop: Desktop) -> dict[str, dict[str, object]]:
    path = desktop.engine.paths.settings
    return tomllib.loads(path.read_text()) if path.exists() else {}


def test_looks_change_live_and_neither_the_reader_nor_the_prompt_moves(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await long_chat(home)
        async with opened(home, "http://127.0.0.1:9") as desktop:
            desktop.window.resize(1200, 700)
            desktop.conversations.open(1)
            await eventually(lambda: desktop.window.page == "transcript")
            view = desktop.transcript
            await eventually(lambda: view.verticalScrollBar().maximum() > 1000)
            view.scroll_by(-view.verticalScrollBar().maximum() // 2)
            await eventually(lambda: not view.is_busy)
            reading = view.reading_id
            desktop.window.composer.set_text("half a prompt")
            before = view._column.column_rect().width()
            set_value = desktop.setup.settings.set_value
            for key, value in (
                ("appearance.theme", "dark"),
                ("appearance.contrast", "high"),
                ("appearance.line_width_px", 520),
                ("appearance.font_size_pt", 16.0),
                ("appearance.text_zoom", 1.5),
                ("appearance.reduced_motion", "on"),
                ("appearance.font_size_pt", 0.0),
                ("appearance.text_zoom", 1.0),
                ("appearance.line_width_px", 760),
            ):
                set_value(key, value)
                await eventually(lambda: not view.is_busy)
                assert view.reading_id == reading, (key, value)
                assert desktop.window.composer.text() == "half a prompt"
                if (key, value) == ("appearance.line_width_px", 520):
                    assert view._column.column_rect().width() == 520
                    assert desktop.window.composer.width() <= 520
                if (key, value) == ("appearance.text_zoom", 1.5):
                    assert view.zoom == 1.5
            assert desktop.theme.colours == HIGH_DARK
            assert view._column.column_rect().width() == before == 760
            assert desktop.theme.is_motion_reduced
            await desktop.setup.settings.close()
            assert written(desktop)["appearance"]["contrast"] == "high"

    run(scenario(), timeout_s=30)


def test_in_a_very_large_font_nothing_is_out_of_reach(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            window, screen = desktop.window, desktop.window.screen().availableSize()
            window.resize(900, 600)
            desktop.setup.settings.set_value("appearance.font_size_pt", 32.0)
            assert window.top_bar.height() > window.top_bar.title_label.fontMetrics().height()
            window.show_shortcuts(window)
            shown = window.findChild(ShortcutList)
            assert (shown.width() <= screen.width(), shown.height() <= screen.height()) == (True, True)
            bar = shown.area.verticalScrollBar()
            await eventually(lambda: bar.maximum() > 0)
            QTest.keyClick(shown, Qt.Key.Key_End)
            assert bar.value() == bar.maximum()
            QTest.keyClick(shown, Qt.Key.Key_Up)
            assert bar.value() < bar.maximum()
            shown.close()
            dialog = dialog_of(desktop)
            dialog.resize(860, 600)
            dialog.control("desktop.hotkey")
            area = dialog._area
            await eventually(lambda: area.horizontalScrollBar().maximum() > 0)
            assert (
                area.viewport().width() + area.horizontalScrollBar().maximum()
                >= area.widget().minimumSizeHint().width()
            )

    run(scenario(), timeout_s=20)


def test_thinking_and_the_model_of_new_chats_change_live(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            composer, set_value = desktop.window.composer, desktop.setup.settings.set_value
            assert (composer.thinking_button.isChecked(), desktop.controller.wish().thinking) == (True, True)
            set_value("chat.thinking", False)
            assert (composer.thinking_button.isChecked(), desktop.controller.wish().thinking) == (False, False)
            composer.thinking_button.click()
            set_value("chat.enter_sends", False)  # another setting leaves the button alone
            assert composer.thinking_button.isChecked()
            set_value("chat.model", "my-own-model")
            assert composer.model_id == "my-own-model"

    run(scenario())


def test_what_cannot_be_used_is_explained_and_not_stored(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            dialog = dialog_of(desktop)
            before = desktop.engine.settings
            for key, value, said in (
                ("chat.model", "", "Enter the id of a model"),
                ("network.max_retries", 99, "cannot be used"),
                ("shortcuts.new_chat", "Ctrl+K", "“Search chats”"),
                ("shortcuts.new_chat", "Ctrl+Alt+Q", "quick ask"),
                ("shortcuts.new_chat", "Ctrl+C", "editing text"),
                ("desktop.hotkey", "Ctrl+K", "“Search chats”"),
            ):
                dialog.control(key)
                desktop.setup.settings.set_value(key, value)
                row = dialog.row(key)
                assert row is not None
                assert said in row.note.text()
                assert desktop.engine.settings == before
            desktop.setup.settings.set_value("shortcuts.new_chat", "Ctrl+Alt+N")
            row = dialog.row("shortcuts.new_chat")
            assert row is not None
            assert row.note.isHidden()
            dialog.close()

    run(scenario())


def test_keys_change_live_in_window_and_transcript_and_go_back(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        await long_chat(home)
        async with opened(home, "http://127.0.0.1:9") as desktop:
            window = desktop.window
            await eventually(lambda: (window.activateWindow(), window.isActiveWindow())[1])
            desktop.conversations.open(1)
            await eventually(lambda: window.page == "transcript")
            settings = desktop.setup.settings
            settings.set_value("shortcuts.find", "Ctrl+J")
            settings.set_value("shortcuts.previous_message", "Ctrl+Alt+P")
            QTest.keyClick(window.composer.edit, Qt.Key.Key_J, CTRL)
            await eventually(lambda: window.find_bar.isVisible())
            window.find_bar.close_bar()
            desktop.transcript.setFocus()
            QTest.keyClick(desktop.transcript, Qt.Key.Key_P, CTRL | Qt.KeyboardModifier.AltModifier)
            await eventually(lambda: any(widget.holds_keyboard for widget in desktop.transcript.widgets()))
            dialog = dialog_of(desktop)
            dialog.control("shortcuts.find")
            QTest.mouseClick(dialog.page("shortcuts")._reset_all, Qt.MouseButton.LeftButton)
            assert desktop.engine.settings.shortcuts.find == "Ctrl+F"
            dialog.close()
            await settings.close()
            assert written(desktop).get("shortcuts", {}).get("find", "Ctrl+F") == "Ctrl+F"

    run(scenario(), timeout_s=20)


def test_keys_given_twice_in_the_file_are_told_of_and_one_keeps_them(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        (home / "config").mkdir()
        (home / "config" / "settings.toml").write_text('[shortcuts]\nfind = "Ctrl+N"  # oops\n')
        async with opened(home, "http://127.0.0.1:9") as desktop:
            assert "“Find in chat”" in desktop.window.notice_bar.sentence
            assert desktop.setup.shortcuts.find == ""
            assert desktop.engine.settings.shortcuts.find == "Ctrl+N"

    run(scenario())


def test_everything_wrong_in_the_file_is_told_at_the_start(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        (home / "config").mkdir()
        (home / "config" / "settings.toml").write_text(
            '[appearance]\ntheme = 5\n[network]\nmax_retries = "three"\n[desktop]\ntray_hint = "due"\n'
            '[shortcuts]\nfind = "Ctrl+N"\nregenerate = "A"\n'
        )
        async with opened(home, "http://127.0.0.1:9") as desktop:
            told = desktop.window.notice_bar.sentence
            for words in ("network.max_retries, ", "appearance.theme", "“Find in chat”", "the keys A,", "tray"):
                assert words in told
            assert desktop.setup.shortcuts.regenerate == ""

    run(scenario())


def test_opening_the_doctor_again_and_again_leaves_nothing_behind(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            for _ in range(4):
                dialog = dialog_of(desktop)
                dialog.show_page("doctor")
                page = dialog.findChild(DoctorPage)
                assert page is not None
                await eventually(lambda page=page: page.run_button.isEnabled() and page.report, timeout_s=15)
                dialog.close()
                await eventually(lambda: desktop.window.findChild(SettingsDialog) is None)
            assert len(desktop.findChildren(DoctorController)) == 1

    run(scenario(), timeout_s=60)


def test_the_file_may_be_edited_while_the_app_runs(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            desktop.setup.settings.set_value("chat.thinking", False)
            await desktop.setup.settings.close()
            with desktop.engine.paths.settings.open("a") as file:
                file.write('[appearance]\ntheme = "dark"\n[network]\nproxy = "http://me:pw@host:1"\n')
            desktop.setup.settings.set_value("chat.enter_sends", False)
            await desktop.setup.settings.close()
            now = written(desktop)
            assert now["chat"] == {"thinking": False, "enter_sends": False}
            assert (now["appearance"], now["network"]) == ({"theme": "dark"}, {"proxy": "http://me:pw@host:1"})

    run(scenario())


def test_the_connection_is_tested_from_the_dialog(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer() as server, opened(home, server.base_url) as desktop:
            dialog = dialog_of(desktop)
            button = dialog.control("connection_test")
            test = dialog.page("network").test
            button.click()
            assert button.text() == "Cancel"
            await eventually(lambda: test.words.text().startswith("All good"), timeout_s=10)
            button.click()
            button.click()
            assert (button.text(), test.words.text()) == ("Test", "")
            button.click()
            dialog.close()  # ends it

    run(scenario(), timeout_s=20)


def test_a_failing_connection_names_its_step_and_its_remedy(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with opened(home, "http://127.0.0.1:9") as desktop:
            dialog = dialog_of(desktop)
            dialog.control("connection_test").click()
            test = dialog.page("network").test
            await eventually(lambda: test.words.text() == "Connection failed", timeout_s=10)
            row = dialog.row("connection_test")
            assert row is not None
            assert "127.0.0.1:9 refuses the connection" in row.note.text()
            dialog.close()

    run(scenario(), timeout_s=20)
