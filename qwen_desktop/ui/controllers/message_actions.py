"""What is done with one message: its buttons and menus to turns, versions, deletions, and words in the composer.

The window's controller keeps what is shown; this knows what each action means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.chat.message import Role
from qwen_desktop.core.errors import MessageGone
from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.words import tr
from qwen_desktop.ui.controllers.leaving_out import LeavingOut
from qwen_desktop.ui.controllers.turn_deletion import TurnDeletion

if TYPE_CHECKING:
    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.core.chat.conversation import Conversation, ConversationSummary
    from qwen_desktop.core.chat.message import Message
    from qwen_desktop.core.chat.turns import StartedTurnLike
    from qwen_desktop.core.errors import QwenDesktopError
    from qwen_desktop.core.storage.conversations import DeletedMessages
    from qwen_desktop.ui.controllers.chat import ChatController, Thread
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.reading_place import ReadingPlace
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.main_window import MainWindow

STEPS = {"previous_version": -1, "next_version": 1}


class MessageActions(QObject):
    """Does what `TranscriptView.action_requested` asks for; `do` says whether it knew the action."""

    def __init__(
        self,
        shown: WindowController,
        window: MainWindow,
        chat: ChatController,
        history: HistoryController,
        theme: Theme,
    ) -> None:
        super().__init__(shown)
        self._shown = shown
        self._window = window
        self._chat = chat
        self._history = history
        self._theme = theme
        self._place: ReadingPlace | None = None
        """Where the reader was when a version was asked for."""
        self._leaving_out = LeavingOut(shown, window, chat, history)
        self._turn_deletion = TurnDeletion(shown, window, chat, history)
        self._leaf_id: int | None = None
        """Where the path ended when a message was deleted."""
        window.composer.edit_submitted.connect(self._send_edit)
        window.composer.edit_last_requested.connect(self._edit_last)
        window.message_undo_requested.connect(self._undelete)
        chat.edit_not_started.connect(self._on_edit_not_started)
        chat.turn_started.connect(self._on_started)
        history.path_chosen.connect(self._on_path_chosen)
        history.message_restored.connect(self._on_restored)
        history.message_deleted.connect(self._on_deleted)
        history.request_written.connect(self._copy_request)
        history.branched.connect(shown.open_conversation)
        history.branched_aside.connect(self._tell_branched)

    def do(self, message: Message, action: str) -> bool:
        match action:
            case "edit":
                self._edit(message)
            case "previous_version" | "next_version":
                self._choose_version(message, action)
            case "delete":
                self._delete(message)
            case "branch_off":
                self._shown.drop_openings()
                self._history.branch_off(message.id)
            case "quote":
                self._quote()
            case "view_plain":
                self._view_plain(message)
            case "copy_as_curl" | "copy_as_python":
                self._history.write_request(message.id, action.removeprefix("copy_as_"))
            case "copy" | "copy_plain":
                pass  # the message has done it
            case _:
                return self._leaving_out.do(message, action) or self._turn_deletion.do(message, action)
        return True

    # Editing

    def _edit(self, message: Message) -> None:
        if message.role is Role.USER:
            self._window.composer.begin_editing(message.id, message.text, message.attachments)

    def _edit_last(self) -> None:
        prompt = next((one for one in reversed(self._shown.messages) if one.role is Role.USER), None)
        if prompt is not None:
            self._edit(prompt)

    def _send_edit(self, prompt_id: int, text: str, attachments: tuple[Attachment, ...]) -> None:
        self._chat.edit(self._shown.shown_thread, prompt_id, clean_text(text), self._shown.wish(), attachments)
        self._shown.watch_unwritten()

    def _on_edit_not_started(
        self,
        thread: Thread,
        prompt_id: int,
        text: str,
        error: QwenDesktopError | None,
        attachments: tuple[Attachment, ...],
    ) -> None:
        """Nothing was sent: the edited words are in the composer again, as a new prompt if the earlier one is gone."""
        is_gone = isinstance(error, MessageGone)
        if thread is self._shown.shown_thread or thread.conversation_id == self._shown.shown_thread.conversation_id:
            earlier = next((one for one in self._shown.messages if one.id == prompt_id and not is_gone), None)
            self._window.composer.begin_editing(
                prompt_id,
                text,
                attachments,
                original=earlier.text if earlier else "",
                original_attachments=earlier.attachments if earlier else (),
            )
            if is_gone:
                self._window.composer.make_edit_new()
            self._window.composer.flush_draft()
        elif thread.conversation_id is not None:
            self._history.add_to_draft(thread.conversation_id, text, attachments)
        if error is not None:
            self._shown.tell(error)

    def _on_started(self, conversation_id: int, started: StartedTurnLike) -> None:
        """The edited prompt is on disk as a message: the draft is what was set aside for it."""
        if conversation_id == self._shown.shown_thread.conversation_id and started.prompt.sibling_count > 1:
            self._window.composer.flush_draft()

    # Versions

    def _choose_version(self, message: Message, action: str) -> None:
        focus = QApplication.focusWidget()
        has_focus = focus is not None and focus.objectName() == action
        self._place = self._place_of(message.id, focused=action if has_focus else "")
        self._history.choose_version(message.id, STEPS[action])

    def _on_path_chosen(self, conversation: Conversation, message_id: int) -> None:
        place, self._place = self._place, None
        if conversation.id == self._shown.shown_thread.conversation_id:
            self._show_path(conversation, message_id, place)

    def _show_path(self, conversation: Conversation, message_id: int, place: ReadingPlace | None = None) -> None:
        self._take_back_queued(conversation.id)
        self._shown.show_path(conversation.messages)
        (place or self._place_of(None)).restore(self._shown.transcript, message_id)

    def _place_of(self, message_id: int | None, focused: str = "") -> ReadingPlace:
        """Where a message is on the screen; without one, anywhere on it."""
        from qwen_desktop.ui.controllers.reading_place import ReadingPlace  # late: it knows the transcript's widgets

        if message_id is None:
            return ReadingPlace()
        return ReadingPlace.of(self._shown.transcript, message_id, focused=focused)

    def _take_back_queued(self, conversation_id: int) -> None:
        """What waits was written for the branch that was shown; it is not to be sent on another."""
        pictures = self._chat.queued_attachments(conversation_id)
        if self._chat.queued(conversation_id) or pictures:
            self._window.composer.put_above(self._chat.remove_queued(conversation_id), pictures)
            self._window.composer.flush_draft()

    # Deleting

    def _delete(self, message: Message) -> None:
        if self._chat.is_starting(self._shown.shown_thread):
            return  # in a moment it is known what hangs below the message
        conversation_id = self._shown.shown_thread.conversation_id
        ids = [one.id for one in self._shown.messages]
        running = self._chat.running(conversation_id)
        if running is not None and running.reply_id in ids[ids.index(message.id) :]:
            self._chat.stop(conversation_id)
        self._leaf_id = ids[-1]
        self._history.delete_message(message.id)

    def _on_deleted(self, deleted: DeletedMessages, message_id: int) -> None:
        conversation = deleted.conversation
        running = self._chat.running(conversation.id)
        if running is not None and running.reply_id in deleted.ids:
            self._chat.stop(conversation.id)
        if self._window.composer.edited_id in deleted.ids:
            self._window.composer.make_edit_new()
        self._window.show_message_undo(message_id)
        if conversation.id != self._shown.shown_thread.conversation_id:
            return
        gone = next((one for one in self._shown.messages if one.id == message_id), None)
        stays = gone.parent_id if gone is not None else None
        place = self._place_of(stays) if stays is not None else None
        self._shown.show_path(conversation.messages)
        if place is not None and stays is not None:
            place.restore(self._shown.transcript, stays)

    def _undelete(self, message_id: int) -> None:
        self._history.undelete_message(message_id, self._leaf_id)

    def _on_restored(self, conversation: Conversation, message_id: int, is_wanted: bool) -> None:
        if conversation.id == self._shown.shown_thread.conversation_id:
            self._show_path(conversation, message_id)
        elif is_wanted:
            self._history.open(conversation.id)

    # A chat of its own

    def _tell_branched(self, made: ConversationSummary) -> None:
        """The user has gone on to something else, which stays on the screen."""
        self._window.add_notice(tr("The new chat is in the list: “{title}”", title=made.title or tr("New chat")))

    # Words

    def _quote(self) -> None:
        selected = self._shown.transcript.selected_text()
        if selected:
            self._window.composer.quote(selected)

    def _copy_request(self, command: str) -> None:
        if command:
            from qwen_desktop.ui.transcript.clipboard import copy_plain

            copy_plain(command)
            return
        self._window.show_notice(
            tr(
                "What was sent for this reply is not known exactly, so nothing was copied."
                " That is so for older replies, for requests that never left, and for those with large attachments."
            )
        )

    def _view_plain(self, message: Message) -> None:
        from qwen_desktop.ui.views.plain_text_dialog import PlainTextDialog

        title = tr("Prompt as plain text") if message.role is Role.USER else tr("Reply as plain text")
        dialog = PlainTextDialog(self._theme, title, self._shown.transcript.text_of(message.id), self._window)
        dialog.show()
