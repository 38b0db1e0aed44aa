"""What can be done from the tray to a menu, which panels show themselves or read over D-Bus."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence
from PySide6.QtWidgets import QMenu

from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.words import tr

RECENT_CHATS = 3
TITLE_CHARACTERS = 60
TITLE_PX = 280
"""Widest a title gets; a panel that draws the menu itself is sent what fits here."""


class TrayMenu(QMenu):
    """Quick ask, new chat, window, the last chats, settings, quit.

    Signals: quick_ask_requested(), new_chat_requested(), window_requested(), conversation_requested(int id),
      settings_requested(), quit_requested(): an entry was chosen
    """

    quick_ask_requested = Signal()
    new_chat_requested = Signal()
    window_requested = Signal()
    conversation_requested = Signal(int)
    settings_requested = Signal()
    quit_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tray_menu")
        self.setToolTipsVisible(False)
        self._recent: tuple[tuple[int, str], ...] = ()
        self._doubles_underscores = False
        self.quick_ask = self._add("tray_quick_ask", self.quick_ask_requested)
        self.new_chat = self._add("tray_new_chat", self.new_chat_requested)
        self.window_entry = self._add("tray_window", self.window_requested)
        self._before_chats = self.addSeparator()
        self.chats: list[QAction] = []
        self._after_chats = self.addSeparator()
        self.settings = self._add("tray_settings", self.settings_requested)
        self.quit = self._add("tray_quit", self.quit_requested)
        self.retranslate()

    def _add(self, name: str, signal: object) -> QAction:
        action = self.addAction("")
        action.setObjectName(name)
        action.triggered.connect(lambda: signal.emit())  # type: ignore[attr-defined]
        return action

    def retranslate(self) -> None:
        """All texts in the language of now."""
        self.setAccessibleName("Qwen Desktop")
        for action, text in (
            (self.quick_ask, tr("Quick ask")),
            (self.new_chat, tr("New chat")),
            (self.window_entry, tr("Show window")),
            (self.settings, tr("Settings")),
            (self.quit, tr("Quit Qwen Desktop")),
        ):
            action.setText(text)
        self._show_recent()

    def set_shortcut_hint(self, keys: str) -> None:
        """Keys beside "Quick ask", in Qt's portable notation; empty for none.  Pressing them does nothing here."""
        self.quick_ask.setShortcut(QKeySequence.fromString(keys, QKeySequence.SequenceFormat.PortableText))
        self.quick_ask.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.quick_ask.setShortcutVisibleInContextMenu(True)

    def set_recent(self, chats: Sequence[tuple[int, str]]) -> None:
        """Id and title of the last chats, newest first; the first RECENT_CHATS are shown."""
        wanted = tuple(chats[:RECENT_CHATS])
        if wanted != self._recent:
            self._recent = wanted
            self._show_recent()

    def set_panel_reads_underscores(self, doubles: bool) -> None:
        """WORKAROUND for Qt 6.11, which sends titles to panels without doubling `_`; there it marks a letter, and is
        not shown.  May go when Qt escapes it (qdbusmenutypes.cpp, convertMnemonic)."""
        if doubles != self._doubles_underscores:
            self._doubles_underscores = doubles
            self._show_recent()

    def _show_recent(self) -> None:
        for action in self.chats:
            self.removeAction(action)
            action.deleteLater()
        self.chats = []
        for conversation_id, title in self._recent:
            action = QAction(self._title(title), self)
            action.setObjectName(f"tray_chat_{conversation_id}")
            action.triggered.connect(lambda _checked=False, id=conversation_id: self.conversation_requested.emit(id))
            self.insertAction(self._after_chats, action)
            self.chats.append(action)
        self._before_chats.setVisible(bool(self.chats))

    def _title(self, title: str) -> str:
        """A title is the user's or the model's text: shown as written, whatever menus make of some characters."""
        line = plain_line(title, TITLE_CHARACTERS) or tr("Untitled chat")
        line = QFontMetrics(self.font()).elidedText(line, Qt.TextElideMode.ElideRight, TITLE_PX)
        line = line.replace("_", "__") if self._doubles_underscores else line
        return line.replace("&", "&&")
