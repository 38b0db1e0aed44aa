"""How the app is there when its window is not: tray, quick ask, hotkey, notifications, and what closing means.

Joins these faces with the chat; none of them knows another.  What a desktop does not have (a tray, keys for programs)
is left out, and the window never hides to where nobody finds it.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.errors import StorageError
from qwen_desktop.desktop.hotkey.status import HotkeyState
from qwen_desktop.desktop.request import Action, Request
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.controllers.unseen import UnseenReplies

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.core.chat.chat_list import Listing
    from qwen_desktop.core.settings.settings import Settings
    from qwen_desktop.core.storage.conversations import History
    from qwen_desktop.desktop.attention import Attention
    from qwen_desktop.desktop.hotkey.hotkey import Hotkey
    from qwen_desktop.desktop.hotkey.status import HotkeyStatus
    from qwen_desktop.desktop.notifications import Notifications
    from qwen_desktop.ui.controllers.chat import ChatController
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.quick_ask import QuickAskController
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.tray import TrayIcon
    from qwen_desktop.ui.views.main_window import MainWindow

RECENT = 3
TOLD_CHARACTERS = 400
"""A notification shows half of it; what is hostile costs the parser some 50 us for each character."""
TRAY_ANSWER_S = 1.0
"""A desktop that has not told of a tray by then has none, or one that comes later."""


@dataclass(frozen=True, slots=True)
class Faces:
    """What the app shows beside its window."""

    quick: QuickAskController
    tray: TrayIcon
    hotkey: Hotkey
    notifications: Notifications
    attention: Attention


class PresenceController(QObject):
    """Signals:
    quit_wanted(): the app is to end
    settings_wanted(), key_wanted(), billing_wanted(): asked for outside the window, which is shown by then
    hotkey_changed(HotkeyStatus)
    quick_remembered(dict): values of the table `[quick_ask]` that were chosen there
    closed_without_tray(): the window was closed where there is no tray, so the app ends with it
    failed(BaseException): a bug
    """

    quit_wanted = Signal()
    settings_wanted = Signal()
    key_wanted = Signal()
    billing_wanted = Signal()
    hotkey_changed = Signal(object)
    quick_remembered = Signal(object)
    closed_without_tray = Signal()
    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        controller: WindowController,
        chat: ChatController,
        history: HistoryController,
        stored: History,
        faces: Faces,
        *,
        settings: Callable[[], Settings],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._controller = controller
        self._stored = stored
        self._faces = faces
        self._settings = settings
        self._is_closed = False
        self._hotkey_keys: str | None = None
        self._is_hidden_start = False
        self._is_warm = False
        self._has_begun = False
        """Keys that are wished for from now on were chosen by the user this moment."""
        self._tasks = TaskOwner(self)
        self.unseen = UnseenReplies(chat, self.is_seen, self)
        self._connect(history)

    def _connect(self, history: HistoryController) -> None:
        faces, unseen = self._faces, self.unseen
        faces.tray.quick_ask_requested.connect(lambda: faces.quick.toggle())
        faces.tray.new_chat_requested.connect(self._new_chat)
        faces.tray.window_requested.connect(self.show_window)
        faces.tray.conversation_requested.connect(self.show_conversation)
        faces.tray.settings_requested.connect(lambda: self._in_window(self.settings_wanted))
        faces.tray.quit_requested.connect(self.quit_wanted)
        faces.tray.availability_changed.connect(self._on_tray)
        faces.tray.message_clicked.connect(faces.notifications.message_clicked)
        faces.quick.window_wanted.connect(self.show_conversation)
        faces.quick.draft_for_window.connect(self._take_draft)
        faces.quick.settings_wanted.connect(lambda: self._in_window(self.settings_wanted))
        faces.quick.key_wanted.connect(lambda: self._in_window(self.key_wanted))
        faces.quick.billing_wanted.connect(lambda: self._in_window(self.billing_wanted))
        faces.quick.remembered.connect(self.quick_remembered)
        faces.quick.shown.connect(unseen.look)
        faces.quick.shown.connect(self._warm_quick_ask)
        faces.hotkey.pressed.connect(lambda: faces.quick.toggle())
        faces.hotkey.status_changed.connect(self._on_hotkey)
        faces.notifications.opened.connect(self.show_conversation)
        faces.notifications.copy_requested.connect(self._copy_reply)
        unseen.done.connect(self._tell_done)
        unseen.went_wrong.connect(self._tell_failed)
        unseen.seen.connect(faces.notifications.withdraw)
        unseen.seen.connect(faces.attention.seen)
        unseen.changed.connect(lambda: faces.tray.set_state(unseen.state))
        history.listed.connect(self._on_listed)
        history.gone.connect(unseen.forget)
        self._controller.conversation_shown.connect(unseen.look)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.connect(unseen.look)
        for owner in (self._tasks, faces.tray, faces.notifications):
            owner.failed.connect(self.failed)

    def begin(self) -> None:
        """The app is up: the tray and the hotkey appear."""
        self.apply_settings()
        self._has_begun = True

    def apply_settings(self) -> None:
        """The settings are others now."""
        desktop = self._settings().desktop
        if desktop.tray:
            self._faces.tray.show()
        else:
            was_there = self._faces.tray.is_shown
            self._faces.tray.hide()
            if was_there and not self._window.isVisible():  # the icon was the way to it
                self._window.showMinimized()
        if desktop.hotkey != self._hotkey_keys:
            self._take_hotkey(may_ask=self._has_begun)
        self._faces.quick.apply_settings()

    def take_hotkey_again(self) -> None:
        """The keys were chosen once more, by the user."""
        self._take_hotkey(may_ask=True)

    def _take_hotkey(self, *, may_ask: bool) -> None:
        """`may_ask`: the user has chosen the keys this moment, so the desktop may ask him."""
        keys = self._hotkey_keys = self._settings().desktop.hotkey
        self._tasks.start(self._faces.hotkey.set_keys(keys, may_ask=may_ask), name="hotkey")

    def _on_hotkey(self, status: HotkeyStatus) -> None:
        self._faces.tray.set_shortcut_hint(status.keys if status.state is HotkeyState.WORKS else "")
        self.hotkey_changed.emit(status)

    @property
    def quick(self) -> QuickAskController:
        return self._faces.quick

    @property
    def hotkey_status(self) -> HotkeyStatus:
        return self._faces.hotkey.status

    # Showing

    def do(self, request: Request) -> None:
        """What a start of the app, this one or a later one, wishes."""
        if request.activation_token:
            os.putenv("XDG_ACTIVATION_TOKEN", request.activation_token)  # Qt's Wayland plugin takes it from there
        match request.action:
            case Action.WINDOW:
                self.show_window()
            case Action.HIDDEN:
                self._tasks.start(self._stay_hidden(), name="stay hidden")
            case Action.QUICK:
                self._tasks.start(self._stay_hidden(), name="stay hidden")
                self._faces.quick.toggle(request.text)
            case Action.ASK:
                self._tasks.start(self._stay_hidden(), name="stay hidden")
                self._faces.quick.open(request.text)
            case Action.QUIT:
                self.quit_wanted.emit()

    def show_window(self) -> None:
        """In front of the others, as it was: maximised, where it stood."""
        window = self._window
        self._is_hidden_start = False
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()

    def show_conversation(self, conversation_id: int) -> None:
        """In the window, in front."""
        self.show_window()
        self._controller.open_conversation(conversation_id)

    def _new_chat(self) -> None:
        self.show_window()
        self._controller.new_chat()

    def _take_draft(self, text: str, attachments: tuple[Attachment, ...]) -> None:
        self._new_chat()
        self._controller.add_to_composer(text, attachments)

    def _in_window(self, signal: object) -> None:
        self.show_window()
        signal.emit()  # type: ignore[attr-defined]

    def _warm_quick_ask(self) -> None:
        """From now on it is what is likely to be opened next: everything in it is made beforehand, once.

        Not with the start: it brings all that showing a reply needs, which a window without a chat does without."""
        if not self._is_warm:
            self._is_warm = True
            self._tasks.start(self._faces.quick.warm_up(), name="warm quick ask")

    async def _stay_hidden(self) -> None:
        """A window that was never shown stays so where there is a tray; elsewhere it waits in the list of windows."""
        if self._window.isVisible():
            return
        self._warm_quick_ask()
        await self._tray_is_looked_for()
        if not self._has_tray and not self._window.isVisible():
            self._is_hidden_start = True
            self._window.showMinimized()

    async def _tray_is_looked_for(self) -> None:
        """Until a tray is there, or has had the time to say so."""
        tray = self._faces.tray
        if tray.is_available:
            return
        came = asyncio.Event()
        tray.availability_changed.connect(came.set)
        try:
            async with asyncio.timeout(TRAY_ANSWER_S):
                await came.wait()
        except TimeoutError:
            pass
        finally:
            tray.availability_changed.disconnect(came.set)

    def _on_tray(self, is_available: bool) -> None:
        if self._has_tray and self._is_hidden_start:  # it came after us, at log-in
            self._is_hidden_start = False
            if self._window.isMinimized():
                self._window.hide()
        elif not is_available and not self._window.isVisible():
            self._window.showMinimized()

    @property
    def _has_tray(self) -> bool:
        return self._settings().desktop.tray and self._faces.tray.is_available

    def is_seen(self, conversation_id: int) -> bool:
        """Whether the user has that conversation before the eyes now."""
        if self._faces.quick.is_shown(conversation_id):
            return True
        return self._controller.conversation_id == conversation_id and self._window.isActiveWindow()

    # Ending

    def close_window(self) -> None:
        """The window is closed: the app stays in the tray if it is to and there is one, else it ends."""
        if self._settings().desktop.close_to_tray and self._has_tray:
            self._window.composer.flush_draft()
            self._window.hide()
            self._warm_quick_ask()
            return
        if self._settings().desktop.close_to_tray:
            self.closed_without_tray.emit()
        self.quit_wanted.emit()

    async def withdraw(self) -> None:
        """The app ends: no face is to be seen any more but the window, and none brings it or the quick ask back."""
        self._is_closed = True
        faces = self._faces
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.disconnect(self.unseen.look)
        self.unseen.close()
        faces.quick.hide()
        await self._tasks.close()
        await faces.hotkey.close()
        await faces.notifications.close()
        await faces.tray.close()
        faces.attention.close()

    def close(self) -> None:
        """Ends the quick ask, too, which keeps what comes back to it until then."""
        self._faces.quick.close()

    # Telling

    def _tell_done(self, conversation_id: int, title: str, text: str) -> None:
        self._faces.attention.reply_done(conversation_id)
        if self._settings().desktop.notify:
            from qwen_desktop.ui.transcript.copied_forms import plain_text_of  # brings the parser

            self._faces.notifications.reply_done(conversation_id, title, plain_text_of(text[:TOLD_CHARACTERS]))

    def _tell_failed(self, conversation_id: int, title: str, sentence: str) -> None:
        self._faces.attention.reply_done(conversation_id)
        if self._settings().desktop.notify:
            self._faces.notifications.reply_failed(conversation_id, title, sentence)

    def _on_listed(self, listing: Listing) -> None:
        if not self._is_closed:
            newest = sorted(listing.chats, key=lambda chat: chat.updated_at, reverse=True)[:RECENT]
            self._faces.tray.set_recent([(chat.id, chat.title) for chat in newest])

    def _copy_reply(self, conversation_id: int) -> None:
        self._tasks.start(self._copy_last_reply(conversation_id), name="copy reply")

    async def _copy_last_reply(self, conversation_id: int) -> None:
        """The exact text of the conversation's last reply, onto the clipboard."""
        try:
            conversation = await self._stored.conversation(conversation_id)
        except (LookupError, StorageError):
            return
        replies = [message.text for message in conversation.messages if message.role is Role.ASSISTANT]
        if replies:
            from qwen_desktop.ui.transcript.clipboard import copy_markdown

            copy_markdown(replies[-1])
