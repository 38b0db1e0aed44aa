"""The tray icon's menu, its words and its rules, without a tray: offscreen there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from qwen_desktop.core.words import set_language
from qwen_desktop.desktop.attention import Attention
from qwen_desktop.desktop.no_tray import GNOME_EXTENSION, no_tray_hint
from qwen_desktop.desktop.tray_watch import TrayHost, TrayWatch
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.tray import TrayIcon
from qwen_desktop.ui.tray_icons import TrayState
from qwen_desktop.ui.tray_menu import TITLE_PX, TrayMenu
from tests.conftest import RunScenario
from tests.gui.conftest import active_timers


@pytest.fixture
def menu(qapp: QApplication) -> Iterator[TrayMenu]:
    menu = TrayMenu()
    yield menu
    menu.close()
    menu.deleteLater()


def titles(menu: TrayMenu) -> list[str]:
    return [action.text() for action in menu.chats]


def test_titles_are_shown_as_they_are_written(menu: TrayMenu) -> None:
    menu.set_recent([(1, "R&D_notes"), (2, "<img src='http://x/'>\n<b>\x00\tx"), (3, " "), (4, "fourth")])
    assert titles(menu) == ["R&&D_notes", "<img src='http://x/'> <b> x", "Untitled chat"]
    menu.set_panel_reads_underscores(True)
    assert titles(menu)[0] == "R&&D__notes"
    menu.set_recent([])
    assert titles(menu) == []
    assert not menu._before_chats.isVisible()


@pytest.mark.parametrize("title", ["word " * 1000, "长" * 10_000, "W" * 60, "&" * 5000])
def test_long_title_is_cut_where_it_still_can_be_read(menu: TrayMenu, title: str) -> None:
    menu.set_recent([(1, title)])
    (text,) = (text.replace("&&", "&") for text in titles(menu))
    assert text.endswith("…")
    assert 10 < len(text) <= 60
    assert QFontMetrics(menu.font()).horizontalAdvance(text) <= TITLE_PX


def test_entries_ask_for_what_they_say(menu: TrayMenu) -> None:
    heard: list[object] = []
    for name in ("quick_ask", "new_chat", "window", "settings", "quit"):
        getattr(menu, f"{name}_requested").connect(lambda name=name: heard.append(name))
    menu.conversation_requested.connect(heard.append)
    menu.set_recent([(70, "a"), (50, "b")])
    for action in menu.actions():
        action.trigger()
    assert heard == ["quick_ask", "new_chat", "window", 70, 50, "settings", "quit"]
    assert all(action.objectName() for action in menu.actions() if not action.isSeparator())


def test_hotkey_is_shown_and_is_no_shortcut_of_the_window(menu: TrayMenu, qtbot: QtBot) -> None:
    """Pressed, it would be done twice: by the hotkey and by the menu."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    qtbot.waitActive(window)
    heard: list[str] = []
    menu.quick_ask_requested.connect(lambda: heard.append("quick ask"))
    menu.set_shortcut_hint("Ctrl+Alt+Q")
    assert menu.quick_ask.shortcut().toString() == "Ctrl+Alt+Q"
    assert menu.quick_ask.isShortcutVisibleInContextMenu()
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(window, Qt.Key.Key_Q, modifiers)
    assert heard == []
    menu.set_shortcut_hint("")
    assert menu.quick_ask.shortcut().isEmpty()


def test_menu_speaks_the_language_of_now(menu: TrayMenu) -> None:
    menu.set_recent([(1, "")])
    set_language("zh_CN")
    try:
        menu.retranslate()
        texts = [action.text() for action in menu.actions() if not action.isSeparator()]
        assert texts == ["快速提问", "新对话", "显示窗口", "未命名对话", "设置", "退出 Qwen Desktop"]
    finally:
        set_language("en")


no_tray_offscreen = pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)
"""Qt looks for the trays of X11, and says that it is not on X11."""


class ShownBySomebody(TrayWatch):
    """A desktop whose tray the test brings and takes away."""

    async def begin(self) -> None:
        pass

    def become(self, host: TrayHost) -> None:
        self.host = host
        self.changed.emit()


@no_tray_offscreen
def test_icon_is_there_while_it_is_wanted_and_can_be_shown(run: RunScenario, qapp: QApplication) -> None:
    async def scenario() -> None:
        watch = ShownBySomebody()
        tray = TrayIcon(Theme(), watch)
        changes: list[bool] = []
        tray.availability_changed.connect(changes.append)
        tray.show()
        assert (tray.is_available, tray.is_shown, changes) == (False, False, [])
        assert not tray.show_message("a", "b")
        watch.become(TrayHost.STATUS_NOTIFIER)
        assert (tray.is_available, tray.is_shown, changes) == (True, True, [True])
        watch.become(TrayHost.XEMBED)
        assert (tray.is_shown, changes) == (True, [True])
        tray.set_state("error")
        assert tray.findChildren(QSystemTrayIcon)[-1].toolTip() == "Qwen Desktop: something went wrong"
        with pytest.raises(ValueError, match="busy"):
            tray.set_state("busy")
        tray.hide()
        assert (tray.is_available, tray.is_shown) == (True, False)
        watch.become(TrayHost.NONE)
        tray.show()
        assert (tray.is_shown, changes) == (False, [True, False])
        assert not active_timers()
        await tray.close()
        watch.become(TrayHost.XEMBED)
        assert (tray.is_shown, changes) == (False, [True, False])

    run(scenario())


@no_tray_offscreen
def test_left_and_middle_click_ask_for_quick_ask_and_window(run: RunScenario, qapp: QApplication) -> None:
    async def scenario() -> None:
        watch = ShownBySomebody()
        tray = TrayIcon(Theme(), watch)
        heard: list[str] = []
        tray.quick_ask_requested.connect(lambda: heard.append("quick ask"))
        tray.window_requested.connect(lambda: heard.append("window"))
        tray.show()
        watch.become(TrayHost.STATUS_NOTIFIER)
        (icon,) = tray.findChildren(QSystemTrayIcon)
        for reason in QSystemTrayIcon.ActivationReason:
            icon.activated.emit(reason)
        assert heard == ["quick ask", "window"]
        await tray.close()

    run(scenario())


@pytest.mark.parametrize(
    ("desktops", "names_it"),
    [("GNOME", True), ("ubuntu:GNOME", True), ("KDE", False), ("", False), ("gnomeish", False)],
)
def test_desktop_without_a_tray_is_told_of_once_and_with_a_remedy(desktops: str, names_it: bool) -> None:
    assert (GNOME_EXTENSION in no_tray_hint(desktops)) == names_it


def test_every_state_has_its_words() -> None:
    from qwen_desktop.ui.tray import state_words

    assert len({state_words(state) for state in TrayState}) == len(TrayState)


def test_unread_chats_are_counted_once_each(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    badges: list[int] = []
    alerts: list[QWidget] = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(QApplication, "setBadgeNumber", lambda _, number: badges.append(number))
    monkeypatch.setattr(QApplication, "alert", staticmethod(lambda window: alerts.append(window)))
    window = QWidget()
    attention = Attention(window)
    attention.reply_done(1)
    attention.reply_done(1)
    attention.reply_done(2)
    assert (badges, alerts, attention.count) == ([1, 1, 2], [], 2)  # a hidden window is not called
    attention.seen(1)
    attention.seen(1)
    attention.seen(99)
    attention.close()
    attention.close()
    assert (badges, attention.count) == ([1, 1, 2, 1, 0], 0)
    window.deleteLater()
