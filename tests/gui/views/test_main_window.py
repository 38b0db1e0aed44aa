"""The window as a whole: its pages, keys, bars, and what it does with little room."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QPlainTextEdit, QWidget

import qwen_desktop.ui
from qwen_desktop.core.chat.conversation import ConversationSummary
from qwen_desktop.core.settings.settings import AppearanceSettings, ShortcutSettings
from qwen_desktop.ui.models.model_list import ModelRow
from qwen_desktop.ui.notices import NoticeAction
from qwen_desktop.ui.settings_table import pages
from qwen_desktop.ui.shortcuts import shortcuts
from qwen_desktop.ui.theme import DARK, LIGHT, Theme
from qwen_desktop.ui.transcript.view import TranscriptView
from qwen_desktop.ui.views.main_window import MainWindow
from qwen_desktop.ui.views.sidebar_handle import HANDLE_PX
from tests.gui.transcript.conftest import Paintings, prompt, reply
from tests.listing import list_chats

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
NOW = datetime.now(UTC)


def ctrl(window: MainWindow, key: Qt.Key, extra: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, key, CTRL | extra)


def button(window: QWidget, name: str) -> QWidget:
    found = window.findChild(QWidget, name)
    assert isinstance(found, QWidget), name
    return found


def test_window_has_its_fixed_names(window: MainWindow) -> None:
    assert window.windowTitle() == "Qwen Desktop"
    assert window.accessibleName() == "Qwen Desktop"
    names = {
        "message": "Message",
        "send": "Send",
        "stop": "Stop",
        "new_chat": "New chat",
        "search_chats": "Search chats",
        "chats": "Chats",
        "model": "Model",
        "thinking": "Thinking",
        "settings": "Settings",
    }
    assert {name: button(window, name).accessibleName() for name in names} == names


def test_every_widget_that_takes_the_keyboard_has_a_name(window: MainWindow, theme: Theme) -> None:
    from qwen_desktop.core.settings.settings import Settings
    from qwen_desktop.ui.views.api_key_dialog import ApiKeyDialog
    from qwen_desktop.ui.views.settings_dialog import SettingsDialog
    from qwen_desktop.ui.views.shortcut_list import ShortcutList

    window.welcome.set_regions([("a", "A")])
    window.empty_state.set_key_words("here")
    window.picker.set_models([ModelRow("m")])
    settings = SettingsDialog(theme, window)
    settings.show_settings(Settings())
    for name in pages():
        settings.page(name)
    dialogs = [settings, ApiKeyDialog(theme, window), ShortcutList(theme, ShortcutSettings(), window)]
    roots: list[QWidget] = [window, *dialogs]
    nameless = [
        f"{type(widget).__name__} {widget.objectName()}"
        for root in roots
        for widget in root.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not widget.accessibleName()
    ]
    assert nameless == []


def test_tab_walks_from_the_sidebar_through_the_transcript_to_send(window: MainWindow) -> None:
    transcript = QPlainTextEdit()
    transcript.setObjectName("transcript")
    transcript.setTabChangesFocus(True)
    window.set_transcript(transcript)
    window.set_conversation(1, "title")
    window.composer.set_model("m")
    window.composer.set_thinking(True, True)
    window.composer.set_text("x")
    window.set_demo(True)
    window.sidebar.hide_button.setFocus()
    walked = []
    for _ in range(14):
        walked.append(QApplication.focusWidget().objectName())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    order = ["new_chat", "search_chats", "chats", "key_state", "settings", "chat_menu"]
    order += ["leave_demo", "transcript", "message", "model", "thinking", "send"]
    assert [name for name in walked if name in order] == order


def test_a_new_window_is_no_larger_than_the_screen(theme: Theme, shown: Callable[[QWidget], Any]) -> None:
    window = shown(MainWindow(theme))
    room = window.screen().availableSize()
    assert window.width() < room.width()
    assert window.height() < room.height()


def test_the_composer_has_the_keyboard_at_first(window: MainWindow) -> None:
    assert QApplication.focusWidget() is window.composer.edit


def test_pages_take_each_others_place(window: MainWindow) -> None:
    transcript = QWidget()
    window.set_transcript(transcript)
    assert transcript.isVisible()
    window.show_empty()
    assert window.empty_state.isVisible()
    assert not transcript.isVisible()
    window.show_welcome()
    assert window.welcome.isVisible()
    assert not window.composer.isVisible()
    assert not window.sidebar.isVisible()
    assert QApplication.focusWidget() is window.welcome.key_field
    window.show_transcript()
    assert transcript.isVisible()
    assert window.sidebar.isVisible()
    assert not window.welcome.isVisible()
    assert QApplication.focusWidget() is window.composer.edit


def test_pages_are_made_when_they_are_needed(window: MainWindow) -> None:
    names = ("welcome", "empty_state", "model_picker")
    assert [window.findChild(QWidget, name) for name in names] == [None, None, None]


def test_a_starter_is_sent_and_an_open_one_only_fills_the_composer(window: MainWindow, qtbot: Any) -> None:
    window.show_empty()
    with qtbot.waitSignal(window.empty_state.starter_chosen, timeout=1000) as told:
        QTest.mouseClick(button(window, "starter_3"), LEFT)
    assert told.args == ["Plan three days in Beijing"]
    with qtbot.assertNotEmitted(window.empty_state.starter_chosen):
        QTest.mouseClick(button(window, "starter_4"), LEFT)
    assert window.composer.text() == "Improve the tone of this email: "
    assert window.composer.edit.hasFocus()


def test_close_asks_and_waits(window: MainWindow, qtbot: Any) -> None:
    with qtbot.waitSignal(window.close_requested, timeout=1000):
        window.close()
    assert window.isVisible()
    window.accept_close()
    assert not window.isVisible()


def test_sidebar_hides_by_key_and_button_and_tells_it(window: MainWindow) -> None:
    told: list[tuple[bool, int]] = []
    window.sidebar_changed.connect(lambda visible, width: told.append((visible, width)))
    ctrl(window, Qt.Key.Key_Backslash)
    assert not window.sidebar.isVisible()
    assert window.top_bar.sidebar_button.isVisible()
    QTest.mouseClick(window.top_bar.sidebar_button, LEFT)
    assert window.sidebar.isVisible()
    assert told == [(False, 260), (True, 260)]


def test_sidebar_can_be_pulled_wider_within_bounds(window: MainWindow) -> None:
    told: list[int] = []
    window.sidebar_changed.connect(lambda visible, width: told.append(width))
    for x, width in ((320, 320), (5_000, 420), (-50, 200)):
        window._handle.moved.emit(x)
        window._handle.released.emit()
        assert window.sidebar.width() == width
    assert told == [320, 420, 200]


def test_a_sidebar_nobody_has_pulled_grows_with_the_letters(window: MainWindow, theme: Theme, qapp: Any) -> None:
    font, told = qapp.font(), []
    window.sidebar_changed.connect(lambda visible, width: told.append(width))
    window.resize(1280, 800)
    try:
        for points, wide, width in ((14, 1280, 347), (32, 1280, 420), (32, 770, 350), (32, 759, 420), (32, 400, 320)):
            theme.use(AppearanceSettings(font_size_pt=points))
            window.resize(wide, 800)
            if window._is_narrow and not window.sidebar.isVisible():
                window.toggle_sidebar()
            assert window.sidebar.width() == width, (points, wide)
        window.resize(1280, 800)
        window.toggle_sidebar()
        window.toggle_sidebar()
        assert told == [260, 260]  # what is kept for the next start
        window._handle.moved.emit(300)
        theme.use(AppearanceSettings(font_size_pt=14))
        assert window.sidebar.width() == 300
    finally:
        qapp.setFont(font)


@pytest.mark.parametrize("wide", [480, 600, 759])
def test_in_a_narrow_window_the_sidebar_lies_over_the_page(window: MainWindow, wide: int) -> None:
    window.resize(wide, 600)
    assert not window.sidebar.isVisible()
    assert window._main.geometry().left() == 0
    window.toggle_sidebar()
    assert window.sidebar.isVisible()
    assert window._main.width() == wide
    QTest.mouseClick(window._scrim, LEFT, pos=window._scrim.rect().center() + window._scrim.rect().topRight() / 3)
    assert not window.sidebar.isVisible()
    window.toggle_sidebar()
    window.sidebar.conversation_selected.emit(1)
    assert not window.sidebar.isVisible()
    window.resize(1000, 600)
    assert window.sidebar.isVisible()


@pytest.mark.parametrize("wide", [400, 480, 900, 2000])
def test_the_composer_is_a_centred_column_of_at_most_760(window: MainWindow, wide: int) -> None:
    window.resize(wide, 600)
    QApplication.processEvents()
    left = window.composer.mapTo(window._main, window.composer.rect().topLeft()).x()
    right = window._main.width() - left - window.composer.width()
    assert abs(left - right) <= 1
    assert window.composer.width() <= 760
    assert left >= 20
    assert window.composer.width() >= min(760, window._main.width() - 42)


def test_escape_stops_a_running_reply_wherever_the_keyboard_is(window: MainWindow, qtbot: Any) -> None:
    window.composer.set_running(True)
    for place in (window.composer.edit, window.sidebar.list, window.sidebar.search_field):
        place.setFocus()
        with qtbot.waitSignal(window.composer.stop_requested, timeout=1000):
            QTest.keyClick(place, Qt.Key.Key_Escape)


def test_escape_without_a_running_reply_stops_nothing_and_closes_the_search(window: MainWindow, qtbot: Any) -> None:
    ctrl(window, Qt.Key.Key_K)
    assert window.sidebar.search_field.hasFocus()
    QTest.keyClicks(window.sidebar.search_field, "abc")
    with qtbot.assertNotEmitted(window.composer.stop_requested):
        QTest.keyClick(window.sidebar.search_field, Qt.Key.Key_Escape)
    assert window.sidebar.search_field.text() == ""


def test_keys_of_the_table_do_what_it_says(window: MainWindow, qtbot: Any) -> None:
    with qtbot.waitSignal(window.sidebar.new_chat_requested, timeout=1000):
        ctrl(window, Qt.Key.Key_N)
    with qtbot.waitSignal(window.shortcut_activated, timeout=1000) as told:
        ctrl(window, Qt.Key.Key_R)
    assert told.args == ["regenerate"]
    with qtbot.waitSignal(window.shortcut_activated, timeout=1000) as told:
        ctrl(window, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert told.args == ["copy_last_reply"]
    with qtbot.waitSignal(window.sidebar.settings_requested, timeout=1000):
        ctrl(window, Qt.Key.Key_Comma)
    window.sidebar.list.setFocus()
    ctrl(window, Qt.Key.Key_L)
    assert window.composer.edit.hasFocus()


def test_f1_lists_every_shortcut(window: MainWindow) -> None:
    QTest.keyClick(window.composer.edit, Qt.Key.Key_F1)
    dialog = window.findChild(QDialog, "shortcut_list")
    from qwen_desktop.ui.views.controls import Label

    words = [label.text() for label in dialog.findChildren(Label)]
    assert [s.help_text for s in shortcuts() if s.help_text not in words] == []
    dialog.close()


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac shows signs")
@pytest.mark.parametrize(("enter_sends", "keys"), [(True, "Enter, Ctrl+Enter"), (False, "Shift+Enter, Ctrl+Enter")])
def test_f1_names_the_keys_that_send_as_it_is_set(window: MainWindow, enter_sends: bool, keys: str) -> None:
    window.composer.set_enter_sends(enter_sends)
    QTest.keyClick(window.composer.edit, Qt.Key.Key_F1)
    dialog = window.findChild(QDialog, "shortcut_list")
    from qwen_desktop.ui.views.controls import Label

    words = [label.text() for label in dialog.findChildren(Label)]
    assert words[words.index("Send, or queue while a reply is written") + 1] == keys
    dialog.close()


def test_no_two_actions_share_keys() -> None:
    keys = [key for shortcut in shortcuts() for key in shortcut.all_keys(ShortcutSettings())]
    assert len(keys) == len(set(keys))


def test_other_keys_work_at_once_and_are_told_everywhere(window: MainWindow, qtbot: Any) -> None:
    window.set_shortcuts(ShortcutSettings(new_chat="Ctrl+Shift+N", find="", zoom_in="Ctrl+Alt+Z"))
    with qtbot.assertNotEmitted(window.sidebar.new_chat_requested):
        ctrl(window, Qt.Key.Key_N)
    with qtbot.waitSignal(window.sidebar.new_chat_requested, timeout=1000):
        ctrl(window, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    with qtbot.assertNotEmitted(window.shortcut_activated):
        ctrl(window, Qt.Key.Key_F)
        ctrl(window, Qt.Key.Key_Equal)  # a second key of an action whose keys were changed
    assert window.sidebar.new_chat_button._hint == "Ctrl+Shift+N"
    QTest.keyClick(window.composer.edit, Qt.Key.Key_F1)
    dialog = window.findChild(QDialog, "shortcut_list")
    from qwen_desktop.ui.views.controls import Label

    words = [label.text() for label in dialog.findChildren(Label)]
    assert words[words.index("New chat") + 1] == "Ctrl+Shift+N"
    assert words[words.index("Find in chat") + 1] == "none"
    dialog.close()


def test_the_first_start_takes_no_chat_keys(window: MainWindow, qtbot: Any) -> None:
    window.show_welcome()
    with qtbot.assertNotEmitted(window.sidebar.new_chat_requested):
        ctrl(window, Qt.Key.Key_N)


def test_title_is_renamed_in_the_bar(window: MainWindow, qtbot: Any) -> None:
    window.set_conversation(7, "old")
    window.top_bar.rename()
    assert window.top_bar.title_field.text() == "old"
    window.top_bar.title_field.setText(" new  name ")
    with qtbot.waitSignal(window.rename_requested, timeout=1000) as told:
        QTest.keyClick(window.top_bar.title_field, Qt.Key.Key_Return)
    assert told.args == [7, "new name"]


def test_escape_leaves_the_title_and_the_reply_alone(window: MainWindow, qtbot: Any) -> None:
    window.set_conversation(7, "old")
    window.composer.set_running(True)
    window.top_bar.rename()
    window.top_bar.title_field.setText("other")
    with qtbot.assertNotEmitted(window.rename_requested), qtbot.assertNotEmitted(window.composer.stop_requested):
        QTest.keyClick(window.top_bar.title_field, Qt.Key.Key_Escape)
    assert window.top_bar.title_label.text() == "old"


def test_chat_menu_deletes_and_is_absent_without_a_chat(window: MainWindow, qtbot: Any) -> None:
    assert not window.top_bar.menu_button.isVisible()
    window.set_conversation(7, "old")
    QTest.mouseClick(window.top_bar.menu_button, LEFT)
    menu = window.top_bar.findChild(QMenu)
    with qtbot.waitSignal(window.delete_requested, timeout=1000) as told:
        menu.actions()[-1].trigger()
    assert told.args == [7]
    with qtbot.waitSignal(window.sidebar.list.tags_requested, timeout=1000) as asked:
        next(action for action in menu.actions() if action.text() == "Tags…").trigger()
    assert asked.args == [(7,)]
    menu.close()


def test_undo_bar_offers_the_latest_deletion_and_lets_the_earlier_go(window: MainWindow, qtbot: Any) -> None:
    gone: list[int] = []
    window.undo_dismissed.connect(gone.append)
    window.show_undo(1, "one")
    window.show_undo(2, "two")
    assert gone == [1]
    assert window.undo_bar.accessibleName() == "Chat deleted: two"
    with qtbot.waitSignal(window.undo_requested, timeout=1000) as told:
        QTest.mouseClick(button(window, "undo"), LEFT)
    assert told.args == [2]
    assert not window.undo_bar.isVisible()
    window.show_undo(3, "three")
    QTest.mouseClick(button(window, "dismiss_undo"), LEFT)
    assert gone == [1, 3]


def test_notice_has_its_buttons_and_goes_when_dismissed(window: MainWindow, qtbot: Any) -> None:
    window.show_notice("first", [NoticeAction("old", "Old")])
    window.show_notice("The disk is full. <b>Free</b> some space.", [NoticeAction("retry", "Try again", True)])
    assert window.notice_bar.sentence == "The disk is full. <b>Free</b> some space."
    with qtbot.waitSignal(window.notice_action, timeout=1000) as told:
        QTest.mouseClick(button(window, "notice_retry"), LEFT)
    assert told.args == ["retry"]
    with qtbot.waitSignal(window.notice_dismissed, timeout=1000):
        QTest.mouseClick(button(window, "dismiss_notice"), LEFT)
    assert not window.notice_bar.isVisible()


def test_demo_strip_says_so_and_leads_back(window: MainWindow, qtbot: Any) -> None:
    assert not window.demo_strip.isVisible()
    window.set_demo(True)
    assert window.demo_strip.accessibleName() == "Demo, not Qwen"
    with qtbot.waitSignal(window.leave_demo_requested, timeout=1000):
        QTest.mouseClick(button(window, "leave_demo"), LEFT)


def test_colours_follow_the_theme_live(window: MainWindow, theme: Theme) -> None:
    def corner() -> str:
        return window.grab().toImage().pixelColor(4, window.height() // 2).name().upper()

    assert corner() == DARK.sidebar
    theme.set_colours(LIGHT)
    assert corner() == LIGHT.sidebar


def test_the_whole_window_paints_at_every_size(window: MainWindow) -> None:
    at = ConversationSummary(1, "title " * 100, None, NOW, NOW)
    list_chats(window.sidebar.conversations, [at])
    window.set_conversation(1, at.title)
    window.set_demo(True)
    window.show_notice("sentence " * 30, [NoticeAction("a", "Do it")])
    window.show_undo(1, at.title)
    window.composer.set_queued("next")
    window.composer.set_model("m" * 200)
    window.set_status("Writing · 4 s")
    for width, height in ((400, 320), (480, 600), (900, 600), (1280, 820), (2560, 1440)):
        window.resize(width, height)
        QApplication.processEvents()
        assert window.size().width() == width
        assert not window.grab().toImage().isNull()
        right = window.composer.stop_button if window.composer.is_running else window.composer.send_button
        assert right.mapTo(window, right.rect().bottomRight()).x() < width


def test_views_run_no_event_loop_of_their_own_and_start_no_drag() -> None:
    """`exec` of a dialog, a menu or a drag would re-enter the loop under a running stream."""
    calls = [
        f"{path.name}:{node.lineno}"
        for path in Path(qwen_desktop.ui.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("exec", "exec_", "getText", "question", "warning_box")
    ]
    assert calls == []


def test_views_know_neither_storage_nor_network_nor_controllers() -> None:
    forbidden = ("asyncio", "httpx", "sqlite3", "keyring", "qasync")
    parts = ("core.storage", "core.providers", "core.credentials", "controllers")
    found = []
    for path in (Path(qwen_desktop.ui.__file__).parent / "views").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [f"{path.name}: {n}" for n in names if n.split(".")[0] in forbidden or any(p in n for p in parts)]
    assert found == []


def test_no_timer_runs_while_nothing_happens(window: MainWindow, shown: Callable[..., Any]) -> None:
    from tests.gui.conftest import active_timers

    list_chats(window.sidebar.conversations, [ConversationSummary(1, "x", None, NOW, NOW)])
    window.sidebar.conversations.set_running(1, True)
    window.composer.set_running(True)
    QApplication.processEvents()
    assert active_timers() == []


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_a_button_with_the_keyboard_is_pressed_by_space_and_enter(window: MainWindow, qtbot: Any, key: Qt.Key) -> None:
    window.sidebar.new_chat_button.setFocus()
    pressed: list[bool] = []
    window.sidebar.new_chat_requested.connect(lambda: pressed.append(True))
    QTest.keyClick(window.sidebar.new_chat_button, key)
    assert pressed == [True]


def test_what_scrolls_in_the_window_is_moved_not_painted_anew(window: MainWindow, theme: Theme, qtbot: Any) -> None:
    """Qt paints all of what scrolls where anything lies over it: an invisible edge to pull at is enough."""
    view = TranscriptView(theme)
    window.set_transcript(view)
    window.show_transcript()
    text = "Some words of a reply.\n\n" * 12
    view.show_messages([prompt(n, "words") if n % 2 else reply(n, text) for n in range(1, 30)])
    qtbot.waitUntil(lambda: not view.is_busy)
    view.scroll_by(-800)
    for step in (-20, -20, 20, 20, -20, -20):
        qtbot.waitUntil(lambda: not view.is_busy)
        QApplication.processEvents()
        paintings = [Paintings(widget) for widget in view.widgets()]
        view.scroll_by(step)
        QApplication.processEvents()
        painted_px = sum(part.height() for painted in paintings for part in painted.parts)
        assert 0 < painted_px < view.viewport().height() / 3


def test_the_edge_of_the_sidebar_is_pulled_by_any_pixel_of_its_handle(window: MainWindow) -> None:
    handle, width = window._handle, window.sidebar.width()
    for x in (0, HANDLE_PX - 1):
        place = QPoint(x, 300)
        QTest.mousePress(handle, LEFT, pos=place)
        QTest.mouseMove(handle, place + QPoint(30, 0))
        QTest.mouseRelease(handle, LEFT, pos=place)
        width += 30
        assert window.sidebar.width() == width
