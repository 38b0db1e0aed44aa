"""Replies nobody saw end: told by the desktop, counted on the app's icon, forgotten once they are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.words import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from qwen_desktop.core.chat.turn import TurnEnded
    from qwen_desktop.core.chat.turns import StartedTurnLike
    from qwen_desktop.ui.controllers.chat import ChatController


class UnseenReplies(QObject):
    """Watches the turns of all conversations.

    Signals:
      done(int conversation_id, str title, str text): a reply ended well and nobody saw it
      went_wrong(int conversation_id, str title, str sentence): the same for one that failed or was cut
      seen(int conversation_id): it has been looked at since
      changed(): `count` or `state` is another
    """

    done = Signal(int, str, str)
    went_wrong = Signal(int, str, str)
    seen = Signal(int)
    changed = Signal()

    def __init__(self, chat: ChatController, is_seen: Callable[[int], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chat = chat
        self._is_seen = is_seen
        self._titles: dict[int, str] = {}
        self._unseen: dict[int, bool] = {}
        """Conversation to whether its last reply went wrong."""
        self._state = "idle"
        chat.turn_started.connect(self._on_started)
        chat.turn_ended.connect(self._on_ended)

    @property
    def count(self) -> int:
        """Conversations with a reply nobody has seen."""
        return len(self._unseen)

    @property
    def state(self) -> str:
        """'streaming' while a reply is being written, else 'error' while one that went wrong is unseen, else 'idle'."""
        if self._chat.running_ids:
            return "streaming"
        return "error" if any(self._unseen.values()) else "idle"

    def look(self) -> None:
        """What is on the screen is another than before: what can be seen of it now has been seen."""
        for conversation_id in [known for known in self._unseen if self._is_seen(known)]:
            del self._unseen[conversation_id]
            self.seen.emit(conversation_id)
        self.changed.emit()

    def forget(self, conversation_ids: Collection[int]) -> None:
        """These conversations were deleted."""
        for one in self._unseen.keys() & conversation_ids:
            del self._unseen[one]
            self.seen.emit(one)
            self.changed.emit()

    def close(self) -> None:
        """The app ends: what its turns come to now is told by nobody."""
        self._chat.turn_started.disconnect(self._on_started)
        self._chat.turn_ended.disconnect(self._on_ended)

    def _on_started(self, conversation_id: int, started: StartedTurnLike) -> None:
        self._titles[conversation_id] = started.conversation.title
        if self._unseen.pop(conversation_id, None) is not None:
            self.seen.emit(conversation_id)
        self.changed.emit()

    def _on_ended(self, conversation_id: int, reply_id: int, ended: TurnEnded) -> None:
        title = self._titles.pop(conversation_id, "")
        reply = ended.reply
        if reply.status is not MessageStatus.STOPPED and not self._is_seen(conversation_id):
            self._unseen[conversation_id] = reply.status is not MessageStatus.COMPLETE
            if reply.status is MessageStatus.COMPLETE:
                self.done.emit(conversation_id, title, reply.text)
            else:
                sentence = describe(reply.failure).sentence if reply.failure is not None else ""
                self.went_wrong.emit(conversation_id, title, sentence)
        self.changed.emit()
