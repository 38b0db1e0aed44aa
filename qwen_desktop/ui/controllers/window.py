"""The window and the chat, joined: what the user does becomes orders, what happens becomes something to see.

Owns nothing that lasts: turns live in the ChatController, conversations in the history, looks in the views.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from qwen_desktop.core.chat.chat_list import ListedChat
from qwen_desktop.core.chat.conversation import joined, without
from qwen_desktop.core.chat.delta import Citations, ReasoningDelta, TextDelta, TextReplaced
from qwen_desktop.core.chat.message import MessageStatus, Role
from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.words import Remedy, describe, tr
from qwen_desktop.ui.controllers.chat import Sent, Thread
from qwen_desktop.ui.controllers.chat_guard import ChatGuard
from qwen_desktop.ui.controllers.message_actions import MessageActions
from qwen_desktop.ui.controllers.running_words import RunningWords
from qwen_desktop.ui.memory import MemoryReturn
from qwen_desktop.ui.notices import NoticeAction
from qwen_desktop.ui.usage_words import ended_words, usage_details

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.core.chat.chat_list import Listing
    from qwen_desktop.core.chat.conversation import Conversation
    from qwen_desktop.core.chat.delta import Delta
    from qwen_desktop.core.chat.message import Message
    from qwen_desktop.core.chat.sums import Sums
    from qwen_desktop.core.chat.turn import RetryScheduled, TurnEnded
    from qwen_desktop.core.chat.turns import StartedTurnLike
    from qwen_desktop.core.errors import QwenDesktopError, StorageError
    from qwen_desktop.core.storage.plain_chats import PlainChats
    from qwen_desktop.ui.controllers.chat import ChatController, Wish
    from qwen_desktop.ui.controllers.drafts import NewChatDraft
    from qwen_desktop.ui.controllers.find import FindController
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.next_request import NextRequest
    from qwen_desktop.ui.controllers.search import SearchController
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.transcript.view import TranscriptView
    from qwen_desktop.ui.views.main_window import MainWindow

SAVE_AGAIN = "save_again"
SLOW_START_MS = 400
"""A prompt that is not on disk by then is kept as a draft until it is: the key ring may be asking for its password."""
ZOOM_STEPS = {"zoom_in": 1, "zoom_out": -1, "zoom_reset": 0}


class WindowController(QObject):
    """Signals:
    key_wanted(): the user asked for the key dialog
    settings_wanted()
    billing_wanted(): the service's console is to be opened
    conversation_shown(): another conversation is shown than before, or a new chat
    content_changed(): what is shown is not running any more, or is to be asked another model, or has another system
      prompt: what goes along with the next request is to be counted anew
    """

    key_wanted = Signal()
    settings_wanted = Signal()
    billing_wanted = Signal()
    conversation_shown = Signal()
    content_changed = Signal()

    def __init__(
        self,
        window: MainWindow,
        make_transcript: Callable[[], TranscriptView],
        chat: ChatController,
        history: HistoryController,
        *,
        theme: Theme,
        draft: NewChatDraft,
        plain_chats: PlainChats,
        next_request: NextRequest,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._make_transcript = make_transcript
        self._made_transcript: TranscriptView | None = None
        self._finder: FindController | None = None
        self._search: SearchController | None = None
        self._chat = chat
        self._history = history
        self._new_draft = draft
        self._next = next_request
        self._thread = Thread()
        self._has_started = False
        self._above = draft.text, draft.attachments
        """The draft of the last time, while what is typed when the app is starting stands below it in the file."""
        self._first: Sent | None = None
        """What was sent first in the new chat that is shown, while that is not on disk."""
        self._once_begun: list[tuple[Thread, Callable[[int], object]]] = []
        """What was chosen in new chats while their first prompts were on their way to the disk."""
        self._messages: dict[int, Message] = {}
        self._sums: Sums | None = None
        """What the conversation that is shown took in all."""
        self._system_prompt = ""
        self.is_seen_elsewhere: Callable[[int], bool] = lambda _: False
        """Whether another face than the window shows that conversation now."""
        self._memory = MemoryReturn(self)
        self.guard = ChatGuard(plain_chats, self)
        self._running_words = RunningWords(self)
        self._running_words.due.connect(self._show_status)
        self._slow_start = QTimer(self, interval=SLOW_START_MS, singleShot=True)
        self._slow_start.timeout.connect(self._keep_unwritten)
        self._left_unwritten: dict[int, Sent] = {}
        """Sent in new chats that were left before it was on disk, by the thread's id; it is in the draft of new chats
        until it is."""
        self._kept_unwritten: set[int] = set()
        """Conversations in whose drafts is what was sent and was not on disk then."""
        self._connect()
        self._actions = MessageActions(self, window, chat, history, theme)

    def _connect(self) -> None:
        window, composer, sidebar, chat = self._window, self._window.composer, self._window.sidebar, self._chat
        composer.submitted.connect(self.submit)
        composer.stop_requested.connect(self._stop)
        composer.draft_changed.connect(self._keep_draft)
        composer.model_requested.connect(window.open_model_picker)
        self._next.model_chosen.connect(self._on_model_chosen)
        composer.queued_removed.connect(self._take_back_queued)
        sidebar.new_chat_requested.connect(self.new_chat)
        sidebar.conversation_selected.connect(self._select)
        sidebar.settings_requested.connect(self.settings_wanted)
        window.rename_requested.connect(self._history.rename)
        window.delete_requested.connect(self._delete)
        window.undo_requested.connect(self._history.undelete)
        window.shortcut_activated.connect(self._on_shortcut)
        window.notice_action.connect(self._on_notice_action)
        window.formatting_requested.connect(self._show_formatted)
        self.guard.plain_changed.connect(window.set_plain)
        chat.turn_started.connect(lambda conversation_id, _: self._history.changes.note(conversation_id))
        chat.turn_ended.connect(lambda conversation_id, *_: self._history.changes.note(conversation_id))
        chat.turn_started.connect(self._on_started)
        chat.delta_received.connect(self._on_delta)
        chat.status_changed.connect(self._on_status)
        chat.retry_scheduled.connect(self._on_retry)
        chat.turn_ended.connect(self._on_ended)
        chat.storage_troubled.connect(lambda _, error: self.tell_storage_trouble(error))
        chat.queue_changed.connect(self._on_queue)
        chat.queue_returned.connect(self._on_queue_returned)
        chat.starting.connect(lambda _: self._show_running())
        chat.not_started.connect(self._on_not_started)
        chat.edit_not_started.connect(lambda *_: self._show_running())
        self._history.in_sight = self._in_sight
        self._history.listed.connect(self._on_listed)
        self._history.chats_read.connect(sidebar.conversations.put_chats)
        sidebar.conversations.chats_wanted.connect(self._history.read_chats)
        self._history.opened.connect(self._on_opened)
        self._history.summed.connect(self._on_summed)
        self._history.missing.connect(lambda _: self._history.refresh())
        self._history.draft_grown.connect(self._on_draft_grown)
        self._history.draft_saved.connect(self._new_draft.let_go)
        self._history.deleted.connect(self._on_deleted)
        self._history.troubled.connect(self.tell_storage_trouble)

    # What is shown

    @property
    def transcript(self) -> TranscriptView:
        """The view of a conversation; made when there is one to show, with all that Markdown needs."""
        if self._made_transcript is None:
            made = self._made_transcript = self._make_transcript()
            made.tell_work = self.guard.work
            self._window.set_transcript(made)
            made.notice_action.connect(self._on_message_action)
            made.action_requested.connect(self._on_message_action)
        return self._made_transcript

    @property
    def has_transcript(self) -> bool:
        return self._made_transcript is not None

    def prepare_transcript(self) -> None:
        """Make the view before there is something to show in it."""
        assert self.transcript

    @property
    def conversation_id(self) -> int | None:
        """The conversation that is shown; None for a new chat."""
        return self._thread.conversation_id

    def show_start(self) -> None:
        """Whom to ask is settled: the conversation that was shown, or a new chat."""
        if self._thread.conversation_id is not None:
            self._has_started = True
            self._window.show_transcript()
        elif not self._has_started and self._chat.is_starting(self._thread):  # Enter was faster: its turn comes here
            self._has_started = True
            self._next.show_abilities()
        elif self._has_started:
            self.new_chat()
        else:  # the composer is not the draft yet: it holds what was typed while the app was starting
            self._has_started = True
            self._keep_new(self._window.composer.text(), self._window.composer.attachments)
            self._show_new_chat()

    def use_default_model(self) -> None:
        """The settings name another model: a chat that has not begun takes it.  To think and to search
        holds at once."""
        is_other = self._next.take_usual()
        if is_other and self._thread.conversation_id is None and not self._chat.is_running(None):
            self._next.show()

    def new_chat(self) -> None:
        """An empty page; what was typed into the last new chat and not sent is there again."""
        self._leave()
        self._show_new_chat()

    def _show_new_chat(self) -> None:
        self._thread, self._first, self._above = Thread(), None, ("", ())
        self._messages = {}
        self._sums, self._system_prompt = None, ""
        self.guard.leave()
        self._window.set_conversation(None, tr("New chat"))
        if self._made_transcript is not None:
            self._made_transcript.show_messages(())
        self._window.show_empty()
        self._next.show()
        self._show_home()
        self._window.composer.set_text(self._new_draft.text, self._new_draft.attachments)
        self._show_running()
        self._window.composer.focus()
        self.conversation_shown.emit()
        self.content_changed.emit()

    def open_conversation(self, conversation_id: int) -> None:
        """Show that conversation, as if it had been chosen in the sidebar."""
        self._select(conversation_id)

    def join_search(self, search: SearchController) -> None:
        """What it found is shown here."""
        self._search = search
        self._history.listed.connect(search.on_listed)
        search.chosen.connect(self._history.drop_opening)
        search.conversation_wanted.connect(self._select)
        search.opened.connect(self._open_found)
        search.shown.connect(self._show_found)
        search.ended.connect(self._forget_found)
        search.missing.connect(self._history.refresh)
        search.troubled.connect(self.tell_storage_trouble)

    def _open_found(self, conversation: Conversation) -> None:
        """A conversation on the branch of a message that was found in it."""
        if not self._is_shown(conversation.id):
            self._leave()
            self._on_opened(conversation)
        elif [message.id for message in conversation.messages] != list(self._messages):
            self.show_path(conversation.messages)
        running = self._chat.running(conversation.id)
        if running is not None and running.reply_id not in self._messages:
            self._take_back_queued()  # it was written for the branch of that reply

    def _forget_found(self) -> None:
        """The marks of the search go with it; those of the find bar stay."""
        if self._made_transcript is not None and (self._finder is None or self._window.find_bar.isHidden()):
            self._made_transcript.show_hits(None, None)

    def _show_found(self, message_id: int, places: list[tuple[int, int]]) -> None:
        from qwen_desktop.ui.controllers.search import mark

        mark(self.transcript, message_id, places)

    def add_to_composer(self, text: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """`text` above what stands there; it is kept like anything typed, and not sent."""
        self._put_into_composer(clean_text(text), attachments)
        self._window.composer.flush_draft()

    def _leave(self) -> None:
        """Before another conversation is shown: the draft belongs to this one."""
        self.drop_openings()
        self._slow_start.stop()
        self._keep_left()
        characters = sum(len(message.text) + len(message.reasoning) for message in self._messages.values())
        if self._memory.left(characters):
            self._history.let_go()

    def _keep_left(self) -> None:
        """What was typed and sent here is kept: another conversation is shown from now on."""
        self._window.composer.flush_draft()
        prompts, pictures = self._chat.unwritten(self._thread), self._chat.unwritten_attachments(self._thread)
        if self._thread.conversation_id is None and (prompts or pictures):
            self._left_unwritten[id(self._thread)] = Sent(self._thread, prompts, pictures)

    def _select(self, conversation_id: int) -> None:
        if conversation_id != self._thread.conversation_id:
            self._leave()
            self._history.open(conversation_id)
        else:
            self.drop_openings()
            self._window.composer.focus()

    def drop_openings(self) -> None:
        """Something was chosen: what is being read or made is not shown."""
        self._history.drop_opening()
        if self._search is not None:
            self._search.drop_opening()

    def _on_opened(self, conversation: Conversation) -> None:
        self._keep_left()  # also what was typed while it was read
        self._thread, self._first, self._above = Thread(conversation.id), None, ("", ())
        self._sums, self._system_prompt = None, conversation.system_prompt
        self._history.sum_up(conversation.id)
        self._window.set_conversation(conversation.id, conversation.summary.title)
        self._window.sidebar.conversations.set_unread(conversation.id, False)
        self._show_messages(conversation.messages)
        self._next.show(conversation.summary.model_id or "")
        self._show_home()
        self._window.composer.set_text(*self._draft_to_show(conversation))
        self._show_running()
        if not self._window.sidebar.list.is_walking:
            self._window.composer.focus()
        self.conversation_shown.emit()
        self.content_changed.emit()

    def _draft_to_show(self, conversation: Conversation) -> tuple[str, tuple[Attachment, ...]]:
        """What was typed there and not sent, with its pictures."""
        draft = self._history.draft_of(conversation.id)
        pictures = self._history.draft_attachments_of(conversation.id)
        draft = conversation.summary.draft if draft is None else draft
        pictures = conversation.summary.draft_attachments if pictures is None else pictures
        # What waits stands in the line above the composer.
        queued, waiting = self._chat.queued(conversation.id), self._chat.queued_attachments(conversation.id)
        unwritten = self._chat.unwritten(self._thread)
        on_their_way = (*self._chat.unwritten_attachments(self._thread), *waiting)
        for sent in (unwritten, queued):
            draft = without(sent, draft) if sent else draft
        return draft, tuple(one for one in pictures if one not in on_their_way)

    def _show_home(self) -> None:
        """Pictures put in from now on belong to the conversation that is shown."""
        if (pictures := self._window.composer.pictures) is not None:
            pictures.shelf.home = self._thread

    def take_late_picture(self, home: Thread, attachment: Attachment) -> None:
        """It was put into the composer of a conversation that has been left since; it belongs to its draft."""
        if home.conversation_id == self._thread.conversation_id:
            self._window.composer.put_above("", (attachment,))
            self._window.composer.flush_draft()
        elif home.conversation_id is None:
            self._new_draft.keep(self._new_draft.text, (*self._new_draft.attachments, attachment))
        else:
            self._history.add_to_draft(home.conversation_id, "", (attachment,))

    def _show_messages(self, messages: tuple[Message, ...]) -> None:
        """These are the path that is shown, from its end; a running reply among them goes on."""
        if (conversation_id := self._thread.conversation_id) is not None:
            messages = self._chat.with_live_reply(conversation_id, messages)
        transcript = self.transcript
        if conversation_id is not None:
            self.guard.enter(conversation_id)
        self._messages = {message.id: message for message in messages}
        self._thread.leaf_id = messages[-1].id if messages else None
        self._window.show_transcript()
        transcript.show_messages(messages, as_plain=self.guard.is_plain)
        for message in messages:
            self._show_notice(message)

    def show_path(self, messages: tuple[Message, ...]) -> None:
        """Another branch of the conversation that is shown; an empty one is a page to begin on."""
        self._show_messages(messages)
        if not messages:
            self._window.show_empty()
        self._show_running()
        self.content_changed.emit()

    def _show_formatted(self) -> None:
        """A chat that stalled or ended the app, once more as usual; what was read comes to the top."""
        transcript = self.transcript
        reading_id = None if transcript.is_following else transcript.reading_id
        self.guard.try_formatting()
        self._show_messages(self.messages)
        if reading_id is not None:
            from qwen_desktop.ui.controllers.reading_place import ReadingPlace  # late: it knows the widgets

            ReadingPlace(0).restore(transcript, reading_id)
        self._window.composer.focus()

    def close(self) -> None:
        """The app ends: no chat is to blame for it."""
        self._slow_start.stop()
        self._keep_unwritten()
        self.guard.close()

    @property
    def messages(self) -> tuple[Message, ...]:
        """The path that is shown."""
        return tuple(self._messages.values())

    @property
    def last_reply(self) -> Message | None:
        """The last reply of that path."""
        return self._last(Role.ASSISTANT)

    @property
    def sums(self) -> Sums | None:
        """What the conversation took in all, once that is known."""
        return self._sums

    @property
    def system_prompt(self) -> str:
        """Of the conversation that is shown, or of the one that begins with the next prompt."""
        return self._system_prompt

    def set_system_prompt(self, text: str, thread: Thread | None = None) -> None:
        """From the next request on.  `thread`: what was shown when it was asked for, if that may have been left."""
        place = self._thread if thread is None else thread
        is_shown = place is self._thread or place.conversation_id == self._thread.conversation_id is not None
        if is_shown and text == self._system_prompt:
            return
        self._in_its_place(place, lambda conversation_id: self._history.set_system_prompt(conversation_id, text))
        if is_shown:
            self._system_prompt = text
            self.content_changed.emit()

    def _in_its_place(self, thread: Thread, keep: Callable[[int], object]) -> None:
        """Keeps something with a conversation; with one that is on its way to the disk, once it is there."""
        if thread.conversation_id is not None:
            keep(thread.conversation_id)
        elif self._chat.is_starting(thread):
            self._once_begun.append((thread, keep))

    @property
    def shown_thread(self) -> Thread:
        """What prompts are sent to."""
        return self._thread

    def _in_sight(self) -> tuple[int, ...]:
        """The chats whose titles are shown."""
        shown_id = self._thread.conversation_id
        loaded = self._window.sidebar.conversations.loaded_ids
        return loaded if shown_id is None else (shown_id, *loaded)

    def _on_listed(self, listing: Listing) -> None:
        rows = self._window.sidebar.conversations
        rows.show_listing(listing)
        current = rows.chat(self._thread.conversation_id or 0)
        if current is not None:
            self._window.set_conversation(current.id, current.title)
        else:
            self._window.sidebar.set_current(self._thread.conversation_id)

    def _show_running(self) -> None:
        """Composer, queue line and status of the conversation that is shown."""
        conversation_id = self._thread.conversation_id
        is_running = self._chat.is_running(conversation_id)
        self._window.composer.set_running(is_running or self._chat.is_starting(self._thread))
        self._window.composer.set_queued(
            self._chat.queued(conversation_id), self._chat.queued_attachments(conversation_id)
        )
        if is_running:
            self._running_words.start()
        else:
            self._running_words.stop()
            self._running_words.retry = None
        self._show_status()

    # Turns

    def submit(self, prompt: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """What was written is sent, or waits while a reply is being written."""
        prompt = clean_text(prompt)
        if self._thread.conversation_id is None and not self._chat.is_starting(self._thread):
            self._first = Sent(self._thread, prompt, attachments)
            if self._new_draft.text or self._new_draft.attachments:
                # It is some keystrokes behind: it would not be known as sent, and stand in the next new chat again.
                composer = self._window.composer  # a starter does not empty it
                self._keep_new(joined(prompt, composer.draft), (*attachments, *composer.draft_attachments))
        self._chat.send(self._thread, prompt, self.wish(), attachments)
        self.watch_unwritten()

    def watch_unwritten(self) -> None:
        """Something was sent: what is not on disk soon is kept like a draft, and a draft of it that is on its way
        there may come after it."""
        if self._chat.unwritten(self._thread) or self._chat.unwritten_attachments(self._thread):
            self._slow_start.start()
            conversation_id = self._thread.conversation_id
            if conversation_id is not None and self._history.draft_of(conversation_id) is not None:
                self._kept_unwritten.add(conversation_id)

    def wish(self) -> Wish:
        """What the composer says about the next turn."""
        return self._next.wish(self._system_prompt)

    def _stop(self) -> None:
        self._chat.stop_thread(self._thread)

    def _retry_reply(self, reply_id: int) -> None:
        reply = self._messages.get(reply_id)
        if reply is not None and reply.parent_id is not None:
            self._chat.retry(self._thread, reply.parent_id, self.wish())

    def _continue_reply(self, reply: Message) -> None:
        self._chat.continue_reply(self._thread, reply, self._next.wish_to_continue(reply.model_id))

    def _last(self, role: Role) -> Message | None:
        return next((message for message in reversed(self._messages.values()) if message.role is role), None)

    def _is_shown(self, conversation_id: int) -> bool:
        return conversation_id == self._thread.conversation_id

    def _is_reply_shown(self, conversation_id: int, reply_id: int) -> bool:
        """Its conversation is shown, on the branch where it is."""
        return self._is_shown(conversation_id) and reply_id in self._messages

    def _on_started(self, conversation_id: int, started: StartedTurnLike) -> None:
        has_rest = self._clear_new_draft(conversation_id, started.prompt)
        for thread, keep in [one for one in self._once_begun if one[0].conversation_id == conversation_id]:
            self._once_begun.remove((thread, keep))
            keep(conversation_id)
        self._window.sidebar.conversations.put_newest(ListedChat.of(started.conversation))
        self._window.sidebar.conversations.set_running(conversation_id, True)
        self._history.refresh()
        was_kept = conversation_id in self._kept_unwritten
        self._kept_unwritten.discard(conversation_id)
        if not self._is_shown(conversation_id):
            if was_kept:
                self._history.take_from_draft(conversation_id, started.prompt.text, started.prompt.attachments)
            return
        self._slow_start.stop()
        composer, kept = self._window.composer, started.conversation
        is_other = composer.draft or composer.draft_attachments or kept.draft or kept.draft_attachments
        if was_kept or is_other or has_rest:
            self._keep_draft(self._window.composer.draft)  # what was typed since: the draft went with the prompt
        self.prepare_transcript()
        self.guard.enter(conversation_id)
        if started.reply.id in self._messages:  # it had ended, and goes on
            self._messages[started.reply.id] = started.reply
            self.transcript.resume_message(started.reply)
        elif [message.id for message in started.path[:-1]] != list(self._messages):  # a version beside another
            self._show_messages((*started.path, started.reply))
        else:
            for message in (started.prompt, started.reply):
                self._messages[message.id] = message
                self.transcript.add_message(message)
            self._thread.leaf_id = started.reply.id
        self._window.set_conversation(conversation_id, started.conversation.title)
        self._window.show_transcript()
        self._show_running()

    def _clear_new_draft(self, conversation_id: int, written: Message) -> bool:
        """The prompt is on disk: it is no draft any more.  Whether something was typed below it since: that is one of
        its chat, which is shown, and is to be kept there."""
        prompt, draft = written.text, self._new_draft
        if (first := self._first) is not None and first.thread.conversation_id == conversation_id:
            (above, pictures_above), self._first, self._above = self._above, None, ("", ())
            typed = without(above, draft.text) if above else draft.text
            taken = (*first.attachments, *pictures_above)
            rest = tuple(one for one in draft.attachments if one not in taken)
            typed = without(first.prompt, typed)
            draft.hand_over(conversation_id, typed, rest)
            draft.keep(above, pictures_above)
            return bool(typed or rest)
        all_left = self._left_unwritten.values()
        left = next((sent for sent in all_left if sent.thread.conversation_id == conversation_id), None)
        if left is None:
            return False
        del self._left_unwritten[id(left.thread)]
        waiting = tuple(one for one in left.attachments if one not in written.attachments)
        if left.prompt != prompt or waiting:  # sent after it: it waits for its turn, and is that chat's draft
            draft.hand_over(conversation_id, without(prompt, left.prompt), waiting)
            self._history.save_draft(conversation_id, without(prompt, left.prompt), waiting)
        rest = tuple(one for one in draft.attachments if one not in left.attachments)
        draft.keep(without(left.prompt, draft.text), rest)
        if self._thread.conversation_id is None:
            composer = self._window.composer
            rest = tuple(one for one in composer.attachments if one not in left.attachments)
            composer.set_text(without(left.prompt, composer.text()), rest)
        return False

    def _on_delta(self, conversation_id: int, reply_id: int, delta: Delta) -> None:
        if not self._is_reply_shown(conversation_id, reply_id):
            return
        match delta:
            case TextDelta(text):
                self.transcript.append_text(reply_id, text)
            case ReasoningDelta(text):
                self.transcript.append_reasoning(reply_id, text)
            case TextReplaced(text, reasoning):
                self.transcript.replace_text(reply_id, text, reasoning)
            case Citations(sources):
                self.transcript.set_sources(reply_id, sources)
            case _:
                pass

    def _on_status(self, conversation_id: int, reply_id: int, status: MessageStatus) -> None:
        if self._is_reply_shown(conversation_id, reply_id) and status.is_running:
            self._running_words.retry = None
            turn = self._chat.running(conversation_id)
            self.transcript.set_status(reply_id, status, turn.thinking_s if turn else None)
            self._show_status()

    def _on_retry(self, conversation_id: int, reply_id: int, retry: RetryScheduled) -> None:
        if self._is_shown(conversation_id):
            self._running_words.retry = retry
            self._show_status()

    def _on_ended(self, conversation_id: int, reply_id: int, ended: TurnEnded) -> None:
        self._window.sidebar.conversations.set_running(conversation_id, False)
        self._history.refresh()
        if not self._is_shown(conversation_id):
            if not self.is_seen_elsewhere(conversation_id):
                self._window.sidebar.conversations.set_unread(conversation_id, True)
            return
        if reply_id in self._messages:
            self._messages[reply_id] = ended.reply
            self.transcript.end_message(ended.reply)
            self._show_notice(ended.reply)
        self._show_running()
        self._next.show_abilities()  # the reply may have taught what the model can do
        self._history.sum_up(conversation_id)
        self.content_changed.emit()

    def show_title(self, conversation_id: int) -> None:
        """A model has given it another title, which has cost something."""
        self._history.refresh()
        if self._is_shown(conversation_id):
            self._history.sum_up(conversation_id)

    def _on_summed(self, conversation_id: int, sums: Sums) -> None:
        if self._is_shown(conversation_id):
            self._sums = sums
            self._show_status()

    def _show_notice(self, message: Message) -> None:
        if message.failure is not None or message.finish_reason == "length":
            from qwen_desktop.ui.controllers.notices import notice_for

            notice = notice_for(message, self.messages, system_prompt=self._system_prompt)
            self.transcript.show_notice(message.id, notice)

    def show_left_out(self, prompt_ids: tuple[int, ...], is_left_out: bool) -> None:
        """The turns of these prompts are left out of later requests now, or go along again."""
        shown = [message for id_ in prompt_ids if (message := self._messages.get(id_)) is not None]
        if not shown:
            return
        for message in shown:
            self._messages[message.id] = replace(message, is_left_out=is_left_out)
        self.transcript.set_left_out([message.id for message in shown], is_left_out)
        for message in self.messages:
            self._show_notice(message)
        self.content_changed.emit()

    def _on_not_started(
        self, thread: Thread, prompt: str, error: QwenDesktopError | None, attachments: tuple[Attachment, ...] = ()
    ) -> None:
        """Nothing was sent: the prompt is in the composer again, above what was typed since."""
        if thread.face:
            return  # it was asked elsewhere, and is still there
        self._once_begun = [one for one in self._once_begun if one[0] is not thread]
        self._left_unwritten.pop(id(thread), None)
        if thread.conversation_id is None and thread is not self._thread:  # a new chat that was left
            is_another_new_chat = self._thread.conversation_id is None
            kept = self._window.composer.draft if is_another_new_chat else self._new_draft.text
            new = "" if prompt in kept else prompt  # in it since it was left
            if is_another_new_chat:
                self._put_into_composer(new, attachments)
            else:
                pictures = tuple(dict.fromkeys((*attachments, *self._new_draft.attachments)))
                self._new_draft.keep(joined(new, kept), pictures)
        elif thread.conversation_id == self._thread.conversation_id:
            self._put_into_composer(prompt, attachments)
            self._window.composer.flush_draft()
            self._show_running()
        elif thread.conversation_id is not None:  # sent while another chat was being read
            self._history.add_to_draft(thread.conversation_id, prompt, attachments)
        if error is not None:
            self.tell(error)

    def tell(self, error: QwenDesktopError) -> None:
        """Nothing could be sent, in a sentence above the chat, with a button where one helps."""
        words = describe(error)
        has_remedy = words.remedy is not Remedy.NONE
        self._window.show_notice(
            words.sentence, [NoticeAction(str(words.remedy), words.remedy_label)] if has_remedy else []
        )

    # The queue and drafts

    def _keep_draft(self, text: str) -> None:
        conversation_id = self._thread.conversation_id
        unwritten, on_their_way = self._chat.unwritten(self._thread), self._chat.unwritten_attachments(self._thread)
        pictures = (*on_their_way, *self._window.composer.draft_attachments)
        if conversation_id is None:
            self._keep_new(joined(unwritten, text), pictures)
        else:
            if unwritten or on_their_way:
                self._kept_unwritten.add(conversation_id)
            queued = self._chat.queued(conversation_id)  # not sent yet: it is kept like a draft
            pictures = (*self._chat.queued_attachments(conversation_id), *pictures)
            self._history.save_draft(conversation_id, joined(unwritten, queued, text), tuple(dict.fromkeys(pictures)))

    def _keep_unwritten(self) -> None:
        """A prompt is on its way to the disk for long, or the app ends: it is kept like a draft."""
        if self._chat.unwritten(self._thread) or self._chat.unwritten_attachments(self._thread):
            self._keep_draft(self._window.composer.draft)

    def _keep_new(self, text: str, attachments: tuple[Attachment, ...]) -> None:
        """This is typed in a new chat; while the app is starting it goes below the draft of the last time."""
        above, pictures_above = self._above
        self._new_draft.keep(joined(above, text), tuple(dict.fromkeys((*pictures_above, *attachments))))

    def _on_draft_grown(self, conversation_id: int, prompt: str, attachments: tuple[Attachment, ...]) -> None:
        """Of a chat that was opened meanwhile: the composer has its draft now."""
        if self._is_shown(conversation_id):
            self._put_into_composer("" if prompt in self._window.composer.draft else prompt, attachments)
            self._window.composer.flush_draft()

    def _on_queue(self, conversation_id: int, queued: str) -> None:
        if self._is_shown(conversation_id):
            pictures = self._chat.queued_attachments(conversation_id)
            self._window.composer.set_queued(queued, pictures)
            if queued or pictures:
                self._keep_draft(self._window.composer.draft)

    def _on_queue_returned(self, conversation_id: int, prompt: str, attachments: tuple[Attachment, ...]) -> None:
        if not self._is_shown(conversation_id):
            self._history.add_to_draft(conversation_id, prompt, attachments)
            return
        self._put_into_composer(prompt, attachments)
        self._window.composer.flush_draft()

    def _take_back_queued(self) -> None:
        if (conversation_id := self._thread.conversation_id) is not None:
            pictures = self._chat.queued_attachments(conversation_id)
            self._on_queue_returned(conversation_id, self._chat.remove_queued(conversation_id), pictures)

    def _put_into_composer(self, prompt: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """Above what stands there already: nothing that was typed is lost."""
        if prompt or attachments:
            self._window.composer.put_above(prompt, attachments)
            self._window.composer.focus()

    # Other things the user does

    def _on_model_chosen(self, model_id: str) -> None:
        self.content_changed.emit()
        self._in_its_place(self._thread, lambda conversation_id: self._history.set_model(conversation_id, model_id))

    def _delete(self, conversation_id: int) -> None:
        self._chat.stop(conversation_id)
        self._history.delete(conversation_id)

    def _on_deleted(self, conversation_id: int) -> None:
        chat = self._window.sidebar.conversations.chat(conversation_id)
        self._window.show_undo(conversation_id, chat.title if chat else "")
        self.leave_deleted((conversation_id,))

    def leave_deleted(self, ids: Collection[int]) -> None:
        """What is shown may be among them; the chat that was chosen meanwhile comes in its place, or a new one."""
        is_opening = self._history.is_opening or (self._search is not None and self._search.is_opening)
        if self._thread.conversation_id in ids and not is_opening:
            self.new_chat()

    def _on_shortcut(self, action: str) -> None:
        reply = self._last(Role.ASSISTANT)
        last = next(reversed(self._messages.values()), None)
        if action == "regenerate" and last is not None and last.role is Role.USER:  # its reply was deleted
            self._chat.retry(self._thread, last.id, self.wish())
        elif action == "regenerate" and reply is not None:
            self._retry_reply(reply.id)
        elif action == "copy_last_reply" and reply is not None:
            self._copy(reply.id)
        elif action in ZOOM_STEPS:
            self.transcript.zoom_by(ZOOM_STEPS[action])
        elif action == "find" and self._window.page == "transcript":
            self._find()

    def _find(self) -> None:
        """Open the bar that finds in the conversation shown."""
        from qwen_desktop.ui.controllers.find import FindController

        if self._finder is None:
            self._finder = FindController(self._window.find_bar, self.transcript, self)
        self._finder.open()

    def _copy(self, message_id: int) -> None:
        """What the Copy button of the message does: its exact text, with a formatted copy beside it."""
        from qwen_desktop.ui.transcript.clipboard import copy_markdown, copy_plain

        copy = copy_plain if self.guard.is_plain else copy_markdown
        copy(self.transcript.text_of(message_id))

    def _on_message_action(self, message_id: int, action: str) -> None:
        """A button of a message or of the notice below it."""
        message = self._messages.get(message_id)
        if message is None or self._actions.do(message, action):
            return
        match action:
            case Remedy.RETRY | Remedy.CHECK_NETWORK | "regenerate":
                self._retry_reply(message_id)
            case Remedy.CONTINUE:
                self._continue_reply(message)
            case Remedy.SHORTEN:
                prompt = self._messages.get(message.parent_id or 0)
                if prompt is not None:
                    self._put_into_composer(prompt.text, prompt.attachments)
            case _:
                self._on_notice_action(action)

    def _on_notice_action(self, action: str) -> None:
        match action:
            case Remedy.SET_KEY:
                self.key_wanted.emit()
            case Remedy.CHANGE_MODEL:
                self._window.open_model_picker()
            case Remedy.OPEN_BILLING:
                self.billing_wanted.emit()
            case Remedy.OPEN_SETTINGS:
                self.settings_wanted.emit()
            case _ if action == SAVE_AGAIN:
                self._window.clear_notice()
                self._history.save_unsaved()
            case _:
                self._window.clear_notice()

    def tell_storage_trouble(self, error: StorageError) -> None:
        """The disk refused: what is on the screen is still in memory."""
        words = describe(error)
        self._window.show_notice(words.sentence, [NoticeAction(SAVE_AGAIN, tr("Save again"), is_primary=True)])

    # The status line

    def _show_status(self) -> None:
        turn = self._chat.running(self._thread.conversation_id)
        if turn is None:
            reply = self._last(Role.ASSISTANT)
            if reply is None:
                self._window.set_status("")
            else:
                self._window.set_status(ended_words(reply, self._sums), usage_details(reply, self._sums))
            return
        words = self._running_words.of(turn, with_silence=True)
        self._window.set_status(words)
        if turn.status is MessageStatus.THINKING and turn.reply_id in self._messages:
            self.transcript.set_status_words(turn.reply_id, words)
