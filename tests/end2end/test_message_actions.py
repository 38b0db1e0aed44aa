"""Versions and deletions in the real window: edited, asked again, turned over, deleted and undone; nothing is lost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu, QPlainTextEdit, QWidget

from qwen_desktop.app import Desktop
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.ui.transcript.message_widget import MessageWidget
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import focused, opened, xdotool
from tests.end2end.test_main_job import ended, rows
from tests.faults.server import ThreadedFaultServer

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")

LEFT = Qt.MouseButton.LeftButton
TREE = "SELECT id, parent_id, role, status, deleted_at IS NOT NULL FROM message ORDER BY id"


def widget(desktop: Desktop, message_id: int) -> MessageWidget:
    found = desktop.transcript.widget_of(message_id)
    assert found is not None
    return found


def press(desktop: Desktop, message_id: int, name: str) -> None:
    """Click a button below a message."""
    shown = widget(desktop, message_id)
    shown.refresh_footer(is_wanted=True)
    button = shown.findChild(QAbstractButton, name)
    assert button is not None
    assert button.isVisible()
    assert button.isEnabled()
    QTest.mouseClick(button, LEFT)


def choose(desktop: Desktop, message_id: int, words: str) -> None:
    """Choose from the menu behind ⋯."""
    press(desktop, message_id, "message_menu")
    menu = widget(desktop, message_id).findChild(QMenu)
    assert menu is not None
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.close()


def versions(desktop: Desktop) -> list[tuple[int, str]]:
    """Every message that is shown, and which version of how many it is."""
    return [(one, widget(desktop, one).state.version_words) for one in desktop.transcript.message_ids]


def test_ask_edit_turn_over_ask_again_delete_undo(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            window, composer = desktop.window, desktop.window.composer
            await focused(desktop)
            await xdotool("type", "--delay", "5", "hello")
            await xdotool("key", "Return")
            await ended(desktop, home, 2)
            desktop.controller.submit("and more")
            await ended(desktop, home, 4)
            before = rows(home)

            # the last reply is copied by a key as its button copies it: exact text, and a formatted copy beside it
            await xdotool("key", "ctrl+shift+c")
            clipboard = QApplication.clipboard()
            await eventually(lambda: clipboard.text() == desktop.transcript.text_of(4))
            assert clipboard.mimeData().hasHtml()

            # edit and resend, with something typed before
            await xdotool("type", "--delay", "5", "typed before")
            await eventually(lambda: composer.text() == "typed before")
            press(desktop, 1, "edit")
            assert composer.text() == "hello"
            assert composer.editing_line.isVisible()
            await xdotool("type", "--delay", "5", " again")
            await eventually(lambda: composer.text() == "hello again")
            await xdotool("key", "Return")
            await eventually(lambda: len(rows(home)) == 6)
            assert not composer.editing_line.isVisible()
            assert composer.text() == "typed before"
            await ended(desktop, home, 6)
            assert rows(home)[:4] == before
            assert rows(home)[4][:2] == ("user", "hello again")
            await eventually(lambda: rows(home, "SELECT draft FROM conversation") == [("typed before",)])
            assert versions(desktop) == [(5, "2/2"), (6, "")]

            # back and forth, the last step by keyboard
            press(desktop, 5, "previous_version")
            await eventually(lambda: desktop.transcript.message_ids == [1, 2, 3, 4])
            assert versions(desktop)[0] == (1, "1/2")
            assert rows(home, "SELECT current_message_id FROM conversation") == [(4,)]
            arrow = widget(desktop, 1).findChild(QWidget, "next_version")
            arrow.setFocus(Qt.FocusReason.TabFocusReason)
            QTest.keyClick(arrow, Qt.Key.Key_Return)
            await eventually(lambda: desktop.transcript.message_ids == [5, 6])
            assert QApplication.focusWidget() is widget(desktop, 5).findChild(QWidget, "previous_version")

            # another reply, and back to the first
            press(desktop, 6, "regenerate")
            await ended(desktop, home, 7)
            assert versions(desktop) == [(5, "2/2"), (7, "2/2")]
            press(desktop, 7, "previous_version")
            await eventually(lambda: versions(desktop) == [(5, "2/2"), (6, "1/2")])

            # delete what is shown: the other version takes its place; undo shows it again
            choose(desktop, 6, "Delete from here on")
            await eventually(lambda: versions(desktop) == [(5, "2/2"), (7, "")])
            assert window.undo_bar.accessibleName() == "Message deleted"
            QTest.mouseClick(window.undo_bar.findChild(QAbstractButton, "undo"), LEFT)
            await eventually(lambda: versions(desktop) == [(5, "2/2"), (6, "1/2")])

            # delete the whole branch, and leave it so
            choose(desktop, 5, "Delete from here on")
            await eventually(lambda: versions(desktop) == [(1, ""), (2, ""), (3, ""), (4, "")])
            assert rows(home, TREE) == [
                (1, None, "user", "complete", 0),
                (2, 1, "assistant", "complete", 0),
                (3, 2, "user", "complete", 0),
                (4, 3, "assistant", "complete", 0),
                (5, None, "user", "complete", 1),
                (6, 5, "assistant", "complete", 1),
                (7, 5, "assistant", "complete", 1),
            ]
            assert rows(home)[:4] == before
            # the words of a prompt that is deleted while it is edited are not lost
            press(desktop, 3, "edit")
            await xdotool("type", "--delay", "5", "!")
            await eventually(lambda: composer.text() == "and more!")
            choose(desktop, 3, "Delete from here on")
            await eventually(lambda: desktop.transcript.message_ids == [1, 2])
            assert composer.text() == "and more!\n\ntyped before"
            assert not composer.is_editing
            QTest.mouseClick(window.undo_bar.findChild(QAbstractButton, "undo"), LEFT)
            await eventually(lambda: desktop.transcript.message_ids == [1, 2, 3, 4])

            # a last reply that is deleted can be asked for again
            choose(desktop, 4, "Delete from here on")
            await eventually(lambda: desktop.transcript.message_ids == [1, 2, 3])
            window.shortcut_activated.emit("regenerate")
            await ended(desktop, home, 8)
            assert versions(desktop)[-1] == (8, "")

    run(scenario(), timeout_s=60)


def test_deleting_a_running_reply_stops_it_and_undo_shows_what_had_arrived(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        with ThreadedFaultServer("stall-midstream", "native") as server:
            async with opened(home, server.base_url) as desktop:
                desktop.controller.submit("hello")
                await eventually(lambda: desktop.transcript.last_text() != "" and len(versions(desktop)) == 2)
                desktop.transcript.action_requested.emit(1, "delete")
                await eventually(lambda: server.closed_at is not None)
                await ended(desktop, home, 2)
                await eventually(lambda: desktop.window.page == "empty")
                assert [row[3:] for row in rows(home, TREE)] == [("complete", 1), ("stopped", 1)]
                desktop.window.message_undo_requested.emit(1)
                await eventually(lambda: desktop.window.page == "transcript")
                assert desktop.transcript.last_text() == rows(home)[1][1] != ""

    run(scenario(), timeout_s=30)


def test_another_branch_can_be_read_while_a_reply_runs(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server:
            async with opened(home, server.base_url) as desktop:
                desktop.controller.submit("hello")
                await ended(desktop, home, 2)
        with ThreadedFaultServer("stall-midstream", "native") as server:
            async with opened(home, server.base_url) as desktop:
                await eventually(lambda: desktop.window.sidebar.conversations.rowCount() > 0)
                desktop.window.sidebar.conversation_selected.emit(1)
                await eventually(lambda: desktop.controller.conversation_id == 1)
                desktop.transcript.action_requested.emit(2, "regenerate")
                await eventually(lambda: desktop.transcript.message_ids == [1, 3])
                desktop.controller.submit("waits")
                desktop.transcript.action_requested.emit(3, "previous_version")
                await eventually(lambda: desktop.transcript.message_ids == [1, 2])
                assert desktop.window.composer.text() == "waits", "what waited is not sent on another branch"
                assert desktop.window.composer.is_running
                # its text arrives all the same
                await eventually(lambda: rows(home, "SELECT count(*) FROM journal") != [(0,)])
                desktop.window.composer.stop_requested.emit()
                await ended(desktop, home, 3)
                assert desktop.transcript.message_ids == [1, 2]
                desktop.transcript.action_requested.emit(2, "next_version")
                await eventually(lambda: desktop.transcript.message_ids == [1, 3])
                assert desktop.transcript.last_text() == rows(home)[2][1] != ""

    run(scenario(), timeout_s=30)


def test_a_reply_is_quoted_and_seen_as_plain_text(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0) as server, opened(home, server.base_url) as desktop:
            desktop.controller.submit("hello")
            await ended(desktop, home, 2)
            desktop.transcript.selection.select_message(1)
            choose(desktop, 2, "Quote selection")
            text = str(rows(home)[1][1])
            quoted = desktop.window.composer.text()
            assert [line.removeprefix(">").removeprefix(" ") for line in quoted.split("\n")] == [
                *text.strip("\n").split("\n"), "", "",
            ]  # fmt: skip
            choose(desktop, 2, "View as plain text")
            dialog = desktop.window.findChild(QWidget, "plain_text_dialog")
            assert dialog.isVisible()
            assert not dialog.isModal()
            assert dialog.findChild(QPlainTextEdit, "plain_text").toPlainText() == text
            dialog.close()

    run(scenario(), timeout_s=30)
