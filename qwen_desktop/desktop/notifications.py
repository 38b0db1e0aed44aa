"""A reply nobody saw to a notification of the desktop: click opens its chat, a button copies it.

On Linux by `org.freedesktop.Notifications` (https://specifications.freedesktop.org/notification-spec/latest/, read
2026-11-26); elsewhere, or without such a service, by whatever can show a line of text, the tray icon as a rule.  What a
model wrote is hostile: one plain line, escaped where the service reads markup.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.words import tr
from qwen_desktop.desktop.session_bus import SessionBus, SessionBusUnavailable
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.icons import icons_folder

if TYPE_CHECKING:
    from dbus_fast import Message

SERVICE = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
TITLE_CHARACTERS = 80
BODY_CHARACTERS = 200
CLOSE_TIMEOUT_S = 1.0

_OWNER_RULE = (
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',"
    f"arg0='{SERVICE}'"
)

_NO_MARKUP = str.maketrans("<>", "‹›")
"""For services that do not say that they read markup: some do all the same (dunst 1.9 without a configuration file), so
that what would be a tag must not be one, and an escaped one would be shown escaped by the others."""


class Notifications(QObject):
    """At most one notification for each chat, the latest.  Needs the running loop; connects at the first of them.

    Signals:
      opened(int conversation_id): its notification was clicked
      copy_requested(int conversation_id): its Copy button was pressed
      failed(BaseException): a bug, as of TaskOwner
    """

    opened = Signal(int)
    copy_requested = Signal(int)
    failed = Signal(object)

    def __init__(
        self,
        show_message: Callable[[str, str], object] | None = None,
        *,
        has_service: bool = sys.platform == "linux",
        parent: QObject | None = None,
    ) -> None:
        """`show_message(title, text)`: what to do where there is no service; clicks come back by `message_clicked`."""
        super().__init__(parent)
        self._show_message = show_message
        self._has_service = has_service
        self._bus = SessionBus()
        self._bus.listen(f"type='signal',sender='{SERVICE}',interface='{SERVICE}'", self._on_message)
        self._bus.listen(_OWNER_RULE, None)
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._one_at_a_time = asyncio.Lock()
        self._wanted: set[int] = set()
        self._shown: dict[int, int] = {}
        """Conversation to the number the service gave."""
        self._server = ""
        """Unique bus name of the service that gave these numbers."""
        self._capabilities: frozenset[str] | None = None
        self._in_message: int | None = None

    def reply_done(self, conversation_id: int, title: str, text: str) -> None:
        """A reply ended well; `text` is it, of any length."""
        self._start(conversation_id, title, text, has_reply=True)

    def reply_failed(self, conversation_id: int, title: str, sentence: str) -> None:
        """A reply could not be had; `sentence` says why."""
        self._start(conversation_id, title, sentence, has_reply=False)

    def withdraw(self, conversation_id: int) -> None:
        """The chat is being read: its notification, also one still on the way, goes."""
        if conversation_id in self._wanted:
            self._wanted.discard(conversation_id)
            self._tasks.start(self._take_back(conversation_id), name="withdraw notification")

    def message_clicked(self) -> None:
        """What `show_message` showed last was clicked."""
        if self._in_message is not None:
            conversation_id, self._in_message = self._in_message, None
            self._wanted.discard(conversation_id)
            self.opened.emit(conversation_id)

    async def close(self) -> None:
        """Takes every notification back, since a click would find nobody, and disconnects; a second at the most."""
        await self._tasks.close()
        if self._shown:
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    for conversation_id in list(self._shown):
                        await self._take_back(conversation_id)
            except TimeoutError:
                logging.getLogger(__name__).info("the notification service does not answer")
        await self._bus.close()

    def _start(self, conversation_id: int, title: str, text: str, *, has_reply: bool) -> None:
        title = plain_line(title, TITLE_CHARACTERS) or tr("Untitled chat")
        body = plain_line(text, BODY_CHARACTERS)
        self._wanted.add(conversation_id)
        if self._has_service:
            self._tasks.start(self._notify(conversation_id, title, body, has_reply), name="notify")
        else:
            self._show_plainly(conversation_id, title, body)

    async def _notify(self, conversation_id: int, title: str, body: str, has_reply: bool) -> None:
        async with self._one_at_a_time:
            if conversation_id not in self._wanted:
                return
            try:
                answer = await self._ask_service(conversation_id, title, body, has_reply)
            except SessionBusUnavailable as error:
                logging.getLogger(__name__).info("no notification service: %s", error)
                self._show_plainly(conversation_id, title, body)
                return
            self._server = answer.sender or ""
            self._shown[conversation_id] = answer.body[0]

    async def _ask_service(self, conversation_id: int, title: str, body: str, has_reply: bool) -> Message:
        if self._capabilities is None:
            answer = await self._bus.call(SERVICE, PATH, SERVICE, "GetCapabilities")
            self._capabilities = frozenset(answer.body[0])
        from dbus_fast import Variant

        actions = ["default", tr("Open")]
        if has_reply:
            actions += ["copy", tr("Copy reply")]
        hints = {
            "desktop-entry": Variant("s", "qwen-desktop"),
            "category": Variant("s", "im.received" if has_reply else "im.error"),
            "urgency": Variant("y", 1),
        }
        arguments: list[Any] = [
            "Qwen Desktop",
            self._shown.get(conversation_id, 0),
            (icons_folder() / "app.svg").resolve().as_uri(),
            title,
            _escaped(body) if "body-markup" in self._capabilities else body.translate(_NO_MARKUP),
            actions if "actions" in self._capabilities else [],
            hints,
            -1,
        ]
        return await self._bus.call(SERVICE, PATH, SERVICE, "Notify", "susssasa{sv}i", arguments)

    async def _take_back(self, conversation_id: int) -> None:
        async with self._one_at_a_time:
            number = self._shown.pop(conversation_id, None)
            if number is None:
                return
            try:  # by the name of its own, so that no service is started for it
                await self._bus.call(self._server, PATH, SERVICE, "CloseNotification", "u", [number])
            except SessionBusUnavailable as error:  # closed already, or the service is gone: either is what was wanted
                logging.getLogger(__name__).debug("not taken back: %s", error)

    def _show_plainly(self, conversation_id: int, title: str, body: str) -> None:
        if self._show_message is not None:
            self._in_message = conversation_id
            self._show_message(title, body)

    def _on_message(self, message: Message) -> None:
        """A signal that came together with the answer to Notify is looked at after the answer, which has the number."""
        if message.interface == SERVICE:
            asyncio.get_running_loop().call_soon(self._on_signal, message)
        elif message.member == "NameOwnerChanged" and message.body and message.body[0] == SERVICE:
            asyncio.get_running_loop().call_soon(self._on_owner_changed)

    def _on_signal(self, message: Message) -> None:
        """ActionInvoked, NotificationClosed or ActivationToken of the service that showed ours, and of no other."""
        if not self._server or message.sender != self._server:
            return
        conversation_id = self._conversation_of(message.body[0] if message.body else None)
        if conversation_id is None:
            return
        if message.member == "NotificationClosed":
            self._shown.pop(conversation_id, None)
            self._wanted.discard(conversation_id)
        elif message.member == "ActivationToken" and message.signature == "us":
            # Wayland lets a window come to the front only with it; Qt takes it from here.
            os.environ["XDG_ACTIVATION_TOKEN"] = message.body[1]
        elif message.member == "ActionInvoked" and message.signature == "us":
            if message.body[1] == "default":
                self.opened.emit(conversation_id)
            elif message.body[1] == "copy":
                self.copy_requested.emit(conversation_id)

    def _on_owner_changed(self) -> None:
        self._capabilities = None
        self._shown.clear()
        self._server = ""

    def _conversation_of(self, number: object) -> int | None:
        return next((found for found, shown in self._shown.items() if shown == number), None)


def _escaped(text: str) -> str:
    from html import escape  # with a table of all entities, which takes half a megabyte

    return escape(text, quote=False)
