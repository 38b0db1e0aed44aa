"""One turn deleted out of the middle of a chat, by the message menus; the turns after it stay.  It can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from qwen_desktop.core.words import tr

if TYPE_CHECKING:
    from qwen_desktop.core.chat.conversation import Conversation
    from qwen_desktop.core.chat.message import Message
    from qwen_desktop.core.storage.turn_deletion import DeletedTurn
    from qwen_desktop.ui.controllers.chat import ChatController
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.views.main_window import MainWindow

DELETE_TURN = "delete_turn"


class TurnDeletion(QObject):
    """`do` says whether it knew the action."""

    def __init__(
        self, shown: WindowController, window: MainWindow, chat: ChatController, history: HistoryController
    ) -> None:
        super().__init__(shown)
        self._shown = shown
        self._window = window
        self._chat = chat
        self._history = history
        history.turn_deleted.connect(self._on_deleted)
        history.turn_restored.connect(self._on_restored)

    def do(self, message: Message, action: str) -> bool:
        prompt_id = message.prompt_id
        if action != DELETE_TURN or prompt_id is None:
            return False
        conversation_id = self._shown.conversation_id
        running = self._chat.running(conversation_id)
        if self._chat.is_starting(self._shown.shown_thread):
            return True  # in a moment it is known what hangs below
        if running is not None and self._is_of(running.reply_id, prompt_id):
            self._chat.stop(conversation_id)
        self._history.delete_turn(prompt_id)
        return True

    def _is_of(self, reply_id: int, prompt_id: int) -> bool:
        return any(one.id == reply_id and one.parent_id == prompt_id for one in self._shown.messages)

    def _on_deleted(self, deleted: DeletedTurn) -> None:
        running = self._chat.running(deleted.conversation.id)
        if running is not None and running.reply_id in deleted.ids:
            self._chat.stop(deleted.conversation.id)
        if self._window.composer.edited_id in deleted.ids:
            self._window.composer.make_edit_new()
        self._window.offer_undo(tr("Turn deleted"), lambda: self._undelete(deleted))
        self._show(deleted.conversation, deleted.moved[0].message_id if deleted.moved else None)

    def _undelete(self, deleted: DeletedTurn) -> None:
        self._history.undelete_turn(deleted)

    def _on_restored(self, conversation: Conversation, prompt_id: int, is_wanted: bool) -> None:
        if conversation.id == self._shown.conversation_id:
            self._show(conversation, prompt_id)
        elif is_wanted:
            self._history.open(conversation.id)

    def _show(self, conversation: Conversation, message_id: int | None) -> None:
        """With that message where it can be read."""
        if conversation.id != self._shown.conversation_id:
            return
        self._shown.show_path(conversation.messages)
        if message_id is not None and any(one.id == message_id for one in conversation.messages):
            from qwen_desktop.ui.controllers.reading_place import ReadingPlace  # late: it knows the widgets

            ReadingPlace().restore(self._shown.transcript, message_id)
