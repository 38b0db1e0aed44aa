"""The icon in the tray: what the app does now, and the way to it from everywhere.

An icon exists exactly while it is wanted and `TrayWatch` knows somebody who shows it.  It is made anew when the kind of
tray changes, since Qt decides once per icon how to reach one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon

from qwen_desktop.core.words import tr
from qwen_desktop.desktop.no_tray import is_gnome
from qwen_desktop.desktop.tray_watch import TrayHost, TrayWatch
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.tray_icons import Panel, TrayState, tray_icon
from qwen_desktop.ui.tray_menu import TrayMenu


class TrayIcon(QObject):
    """Hidden until `show`.  Needs the running loop.

    Signals:
      quick_ask_requested(): clicked, or chosen in the menu
      window_requested(): clicked with the middle button, or chosen in the menu
      new_chat_requested(), conversation_requested(int id), settings_requested(), quit_requested(): from the menu
      availability_changed(bool): a tray came or went; also sent for the first one found
      message_clicked(): a message of `show_message` was clicked
      failed(BaseException): a bug, as of TaskOwner
    """

    quick_ask_requested = Signal()
    new_chat_requested = Signal()
    window_requested = Signal()
    conversation_requested = Signal(int)
    settings_requested = Signal()
    quit_requested = Signal()
    availability_changed = Signal(bool)
    message_clicked = Signal()
    failed = Signal(object)

    def __init__(self, theme: Theme, watch: TrayWatch | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._watch = watch or TrayWatch(self)
        self._was_available = self.is_available
        self._is_wanted = False
        self._is_watching = False
        self._state = TrayState.IDLE
        self._icon: QSystemTrayIcon | None = None
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self.menu = TrayMenu()
        for name in ("quick_ask", "new_chat", "window", "conversation", "settings", "quit"):
            getattr(self.menu, f"{name}_requested").connect(getattr(self, f"{name}_requested"))
        self._watch.changed.connect(self._on_host)
        theme.changed.connect(self._show_state)

    @property
    def is_available(self) -> bool:
        """Whether something would show the icon now; False until the first look is done."""
        return self._watch.host is not TrayHost.NONE

    @property
    def is_shown(self) -> bool:
        return self._icon is not None

    def show(self) -> None:
        """From now on the icon is there whenever a tray is."""
        self._is_wanted = True
        if not self._is_watching:
            self._is_watching = True
            self._tasks.start(self._watch.begin(), name="tray watch")
        self._place()

    def hide(self) -> None:
        """Take the icon away; trays are still watched, so that `is_available` stays true to them."""
        self._is_wanted = False
        self._place()

    async def close(self) -> None:
        """Take the icon away for good and watch no longer."""
        self._watch.changed.disconnect(self._on_host)
        self._theme.changed.disconnect(self._show_state)
        self.hide()
        self._watch.close()
        await self._tasks.close()
        self.menu.deleteLater()

    def set_state(self, state: str) -> None:
        """'idle', 'streaming' or 'error'; another word raises ValueError."""
        wanted = TrayState(state)
        if wanted is not self._state:
            self._state = wanted
            self._show_state()

    def set_recent(self, chats: Sequence[tuple[int, str]]) -> None:
        """Id and title of the last chats, newest first; three are shown."""
        self.menu.set_recent(chats)

    def set_shortcut_hint(self, keys: str) -> None:
        """The hotkey beside "Quick ask", in Qt's portable notation; empty for none."""
        self.menu.set_shortcut_hint(keys)

    def retranslate(self) -> None:
        """Texts in the language of now."""
        self.menu.retranslate()
        self._show_state()

    def show_message(self, title: str, text: str) -> bool:
        """A notification by the icon; False where there is none.  For where no notification service is."""
        if self._icon is None:
            return False
        self._icon.showMessage(title, text, tray_icon(TrayState.IDLE, Panel.ANY))
        return True

    def _on_host(self) -> None:
        self._drop()
        self._place()
        if self.is_available != self._was_available:
            self._was_available = self.is_available
            self.availability_changed.emit(self.is_available)

    def _place(self) -> None:
        if not (self._is_wanted and self.is_available):
            self._drop()
        elif self._icon is None:
            self.menu.set_panel_reads_underscores(self._watch.host is TrayHost.STATUS_NOTIFIER)
            self._icon = QSystemTrayIcon(self)
            self._icon.setObjectName("tray_icon")
            self._icon.setContextMenu(self.menu)
            self._icon.activated.connect(self._on_activated)
            self._icon.messageClicked.connect(self.message_clicked)
            self._show_state()
            self._icon.show()

    def _drop(self) -> None:
        if self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
            self._icon = None

    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason == QSystemTrayIcon.ActivationReason.Trigger and sys.platform != "darwin":  # there it opens the menu
            self.quick_ask_requested.emit()
        elif reason == QSystemTrayIcon.ActivationReason.MiddleClick:
            self.window_requested.emit()

    def _show_state(self) -> None:
        if self._icon is None:
            return
        self._icon.setIcon(tray_icon(self._state, self._panel()))
        self._icon.setToolTip(state_words(self._state))

    def _panel(self) -> Panel:
        is_system = self._theme.mode == "system"
        scheme = QGuiApplication.styleHints().colorScheme() if is_system else Qt.ColorScheme.Unknown
        return panel_for(self._watch.host, scheme, os.environ.get("XDG_CURRENT_DESKTOP", ""))


def panel_for(host: TrayHost, scheme: Qt.ColorScheme, desktops: str, platform: str = sys.platform) -> Panel:
    """What the icon stands on, as far as it can be told.

    `scheme`: the system's, Unknown where the app's theme hides it.  `desktops`: as in XDG_CURRENT_DESKTOP.
    """
    if platform == "darwin":
        return Panel.MASK
    if host is not TrayHost.STATUS_NOTIFIER:
        return Panel.ANY  # panels of X11 have any colour; the task bar of Windows has a switch of its own
    if is_gnome(desktops):
        return Panel.DARK  # its bar is black whatever the windows are
    return {Qt.ColorScheme.Light: Panel.LIGHT, Qt.ColorScheme.Dark: Panel.DARK}.get(scheme, Panel.ANY)


def state_words(state: TrayState) -> str:
    """The tool tip."""
    match state:
        case TrayState.IDLE:
            return "Qwen Desktop"
        case TrayState.STREAMING:
            return tr("Qwen Desktop: a reply is being written")
        case TrayState.ERROR:
            return tr("Qwen Desktop: something went wrong")
