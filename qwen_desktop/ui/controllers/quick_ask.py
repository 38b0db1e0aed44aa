"""The quick ask and the chat, joined: what is typed there is a turn like any other, in the same history.

What a user can rely on.  Hiding never stops a reply.  Reopened, the window shows the last prompt and its reply; what is
typed next takes the prompt's place in the field and goes on with the same conversation.  Ctrl+N begins another one, and
so does text that comes from outside: prefilled, or handed over by `quick TEXT` or a link.  What was typed and not asked
stays in the field and in a file; what was only prefilled goes with the window and is never written down.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from qwen_desktop.core.chat.delta import ReasoningDelta, TextDelta, TextReplaced
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.chat.quick_actions import QuickAction, prompt_for
from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.words import Remedy, describe, tr
from qwen_desktop.desktop.focus import FocusReturn, focus_return, is_composited
from qwen_desktop.ui.controllers.chat import Thread, Wish
from qwen_desktop.ui.controllers.quick_prefill import Prefill
from qwen_desktop.ui.controllers.running_words import RunningWords
from qwen_desktop.ui.notices import NoticeAction

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from qwen_desktop.core.chat.attachment import Attachment
    from qwen_desktop.core.chat.delta import Delta
    from qwen_desktop.core.chat.message import Message
    from qwen_desktop.core.chat.turn import RetryScheduled, TurnEnded
    from qwen_desktop.core.chat.turns import StartedTurnLike
    from qwen_desktop.core.errors import QwenDesktopError
    from qwen_desktop.core.settings.settings import Settings
    from qwen_desktop.core.storage.conversations import DeletedMessages
    from qwen_desktop.core.storage.turn_deletion import DeletedTurn
    from qwen_desktop.ui.controllers.chat import ChatController
    from qwen_desktop.ui.controllers.drafts import NewChatDraft
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.pictures import Pictures
    from qwen_desktop.ui.models.model_list import ModelRow
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.transcript.view import TranscriptView
    from qwen_desktop.ui.views.model_picker import ModelPicker
    from qwen_desktop.ui.views.quick_ask import QuickAskWindow

FACE = "quick_ask"
DRAFT_DELAY_MS = 400
STILL_HERE_S = 0.4
"""The key that toggles takes the keyboard away for a moment; so long ago still counts as having it."""
_ENDED_BADLY = (MessageStatus.FAILED, MessageStatus.INTERRUPTED, MessageStatus.STOPPED)


class QuickAskController(QObject):
    """Owns the window, the draft file's contents and nothing else that lasts.

    Signals:
      window_wanted(int conversation_id): to be opened in the main window
      draft_for_window(str, tuple of Attachment): typed and not asked; to be put into the main window's new chat.  The
        field is emptied after
      remembered(dict): values of the table `[quick_ask]` the user has chosen, to be kept
      key_wanted(), settings_wanted(), billing_wanted(): a remedy's button; the window has hidden itself
      shown(), hidden()
      typed(): the user is writing
    """

    window_wanted = Signal(int)
    draft_for_window = Signal(str, object)
    remembered = Signal(object)
    key_wanted = Signal()
    settings_wanted = Signal()
    billing_wanted = Signal()
    shown = Signal()
    hidden = Signal()
    typed = Signal()

    def __init__(
        self,
        chat: ChatController,
        history: HistoryController,
        *,
        theme: Theme,
        make_transcript: Callable[[], TranscriptView],
        draft: NewChatDraft,
        pictures: Pictures | None = None,
        settings: Callable[[], Settings],
        models: Callable[[], Sequence[ModelRow]] = lambda: (),
        can_switch_thinking: Callable[[str], bool],
        fill_picker: Callable[[ModelPicker, str], None] | None = None,
        is_plain: Callable[[int], bool] = lambda _: False,
        focus: FocusReturn | None = None,
        parent: QObject | None = None,
    ) -> None:
        """`make_transcript` makes a view without actions; `fill_picker`: as of the window.
        `is_plain` tells chats that are shown as plain text."""
        super().__init__(parent)
        self._chat = chat
        self._history = history
        self._theme = theme
        self._make_transcript = make_transcript
        self._draft = draft
        self._shared_pictures = pictures
        self._settings = settings
        self._models = models
        self._fill_picker = fill_picker
        self._can_switch_thinking = can_switch_thinking
        self._is_plain = is_plain
        self._focus = focus or focus_return(QGuiApplication.platformName())
        self._is_translucent: bool | None = None
        self._prefill = Prefill(
            lambda: settings().quick_ask.prefill,
            lambda choice: self.remembered.emit({"prefill": choice}),
            lambda sentence, actions: self.window.say(sentence, actions),
        )
        self._made_window: QuickAskWindow | None = None
        self._thread = Thread(face=FACE)
        self._reply: Message | None = None
        self._prompt: Message | None = None
        self._path: tuple[Message, ...] = ()
        """What was there before the reply, its prompt last."""
        self._system_prompt = ""
        self._asked = ""
        """What stands in the field of the last prompt: that prompt, or the text it was made from."""
        self._sending: str | None = None
        """The same, while its turn is on its way to the disk."""
        self._left: list[Thread] = []
        """Chats that were left while that was so."""
        self._is_closed = False
        self._last: tuple[str, tuple[Attachment, ...]] = "", ()
        """What was typed and not asked when the window was closed for good."""
        self._prefilled = ""
        """What was put into the field unasked."""
        self._waits = False
        """The text in the field is asked as soon as the running reply is done."""
        self._model_id = ""
        """Chosen here by the user, for all chats that begin here; '' for the one in the settings."""
        self._usual_model = settings().chat.model
        self._left_at = 0.0
        self._is_setting = False
        self._draft_delay = QTimer(self, interval=DRAFT_DELAY_MS, singleShot=True)
        self._draft_delay.timeout.connect(self._keep_draft)
        self._running_words = RunningWords(self)
        self._running_words.due.connect(self._show_status)
        self._connections = [
            chat.turn_started.connect(self._on_started),
            chat.delta_received.connect(self._on_delta),
            chat.status_changed.connect(self._on_status),
            chat.retry_scheduled.connect(self._on_retry),
            chat.turn_ended.connect(self._on_ended),
            chat.starting.connect(self._on_starting),
            chat.not_started.connect(self._on_not_started),
            chat.edit_not_started.connect(self._on_edit_not_started),
            history.left_out_changed.connect(self._on_left_out),
            history.gone.connect(self._on_deleted),
            history.message_deleted.connect(self._on_message_deleted),
            history.turn_deleted.connect(self._on_message_deleted),
        ]

    # The window

    @property
    def window(self) -> QuickAskWindow:
        """Made when it is first wanted."""
        if self._made_window is None:
            from qwen_desktop.ui.views.quick_ask import QuickAskWindow

            if self._is_translucent is None:
                self._is_translucent = is_composited(QGuiApplication.platformName())
            made = self._made_window = QuickAskWindow(self._theme, is_translucent=self._is_translucent)
            made.set_models(self._models())
            made.fill_picker = self._fill_picker
            self.apply_settings()
            self._use_pictures(made)
            self._put(self._draft.text)
            self._connect(made)
            self._show_state()
        return self._made_window

    def _connect(self, window: QuickAskWindow) -> None:
        window.submitted.connect(self.ask)
        window.action_chosen.connect(self.act)
        window.stop_requested.connect(self.stop)
        window.hide_requested.connect(self.hide)
        window.new_requested.connect(self.start_anew)
        window.copy_requested.connect(self.copy)
        window.window_requested.connect(self.open_in_window)
        window.left.connect(self._on_left)
        window.text_edited.connect(self._on_edited)
        window.edit.typed.connect(self.typed)
        window.pin_toggled.connect(lambda is_pinned: self.remembered.emit({"hide_on_focus_loss": not is_pinned}))
        window.model_chosen.connect(self._choose_model)
        window.notice_action.connect(self._on_line_action)
        window.exposed.connect(self._take_keyboard)

    def _use_pictures(self, window: QuickAskWindow) -> None:
        """Pictures go along as in the composer; those of the draft are there again."""
        if self._shared_pictures is None:
            return
        pictures = self._shared_pictures.input_for(
            window.edit, window.attach_button, window.place_pictures, make_room=window.hide, come_back=window.open
        )
        window.use_pictures(pictures)
        pictures.set_model(self._current_model())
        pictures.shelf.put(self._draft.attachments)
        pictures.kept.connect(self._keep_draft)
        pictures.changed.connect(self._show_state)

    @property
    def _pictures(self) -> tuple[Attachment, ...]:
        """Put in and not asked."""
        return () if self.window.pictures is None else self.window.pictures.attachments

    def _put_pictures(self, attachments: tuple[Attachment, ...]) -> None:
        if self.window.pictures is not None:
            self.window.pictures.shelf.put(attachments)

    def _transcript(self) -> TranscriptView:
        window = self.window
        if window.transcript is None:
            made = self._make_transcript()
            window.set_transcript(made)
            made.notice_action.connect(self._on_message_action)
            made.action_requested.connect(self._on_message_action)
        assert window.transcript is not None
        return window.transcript

    def warm(self) -> None:
        """Make everything now, so that the next opening only shows it."""
        for step in self._warming():
            step()

    async def warm_up(self) -> None:
        """The same beside what the user does: imports in a thread, each step in a turn of the loop of its own."""
        from asyncio import sleep, to_thread

        self._is_translucent = await to_thread(_import_what_is_needed, QGuiApplication.platformName())
        for step in self._warming():
            if self._is_closed:
                return
            step()
            await sleep(0)

    def _warming(self) -> tuple[Callable[[], object], ...]:
        return (
            lambda: self.window,
            self._transcript,
            lambda: self.window.winId(),
            lambda: self.window.grab(),
            lambda: self._focus.before_show(int(self.window.winId())),
            self._focus.forget,
        )

    @property
    def is_visible(self) -> bool:
        return self._made_window is not None and self._made_window.isVisible()

    @property
    def conversation_id(self) -> int | None:
        """The conversation that goes on here; None before its first prompt."""
        return self._thread.conversation_id

    def is_shown(self, conversation_id: int) -> bool:
        """Whether the user sees that conversation here now."""
        return self.is_visible and conversation_id == self._thread.conversation_id

    def toggle(self, text: str = "") -> None:
        """What the hotkey does: hide a window that has the keyboard, else bring it here."""
        is_here = self.is_visible and (self.window.isActiveWindow() or time.monotonic() - self._left_at < STILL_HERE_S)
        if is_here and not text:
            self.hide()
        else:
            self.open(text)

    def open(self, text: str = "") -> None:
        """Show it, with `text` in the field; nothing is sent."""
        window = self.window
        was_visible = window.isVisible()
        if not window.isActiveWindow():
            self._focus.before_show(int(window.winId()), is_hidden=not was_visible)
        if text:
            self._take_from_outside(clean_text(text))
        window.open()
        if was_visible:
            self._take_keyboard()
        else:
            self._watch_status()
            if not text:
                QTimer.singleShot(0, self, self._fill_in)
            self.shown.emit()

    def _take_keyboard(self) -> None:
        if self.is_visible and not self.window.isActiveWindow():
            self._focus.take(int(self.window.winId()))

    def hide(self) -> None:
        """Hide it and give the keyboard back to the window that had it; a reply goes on."""
        if self.is_visible:
            self._prefill.end(self.window.line.sentence)
            self._focus.give_back()
            self._put_away()

    def _put_away(self) -> None:
        window = self.window
        self._focus.forget()
        if (size := window.pulled_size()) is not None:
            width_px, most_px = size
            window.set_size(width_px, most_px)
            self.remembered.emit({"width_px": width_px, "height_px": most_px})
        window.hide()
        window.say("")
        window.foot.set_copied(False)
        if self._prefilled and window.text() == self._prefilled:
            self._put(self._asked)
        self._prefilled = ""
        self._keep_draft()
        self._running_words.stop()
        self.hidden.emit()

    def _on_left(self) -> None:
        """The user works elsewhere: the keyboard is where he put it."""
        self._left_at = time.monotonic()
        self._focus.forget()  # whoever is next when this hides, it is not the window of long ago
        if self._settings().quick_ask.hide_on_focus_loss and self.is_visible:
            self._put_away()

    def apply_settings(self) -> None:
        """The settings are others now."""
        if self._made_window is None:
            return
        settings = self._settings()
        if settings.chat.model != self._usual_model:  # of another account, perhaps, which does not know that one
            self._usual_model, self._model_id = settings.chat.model, ""
        window = self.window
        window.set_pinned(not settings.quick_ask.hide_on_focus_loss)
        window.set_size(settings.quick_ask.width_px, settings.quick_ask.height_px)
        window.edit.enter_sends = settings.chat.enter_sends
        window.set_model(self._current_model())

    def close(self) -> None:
        """The app ends: what was typed is in the file, and of the turns nothing is heard any more but which prompts got
        to the disk: they are no drafts."""
        for connection in self._connections:
            self.disconnect(connection)  # type: ignore[call-overload]
        self._connections = []
        self._is_closed = True
        self._running_words.stop()
        if self._made_window is not None:
            if self.is_visible:
                self.hide()
            self._last = self._typed, self._pictures
            self._keep_draft()
            self.window.accept_close()
            self.window.deleteLater()
            self._made_window = None
            self._chat.turn_started.connect(self._on_started_at_the_end)

    def _on_started_at_the_end(self, conversation_id: int, _: StartedTurnLike) -> None:
        if conversation_id == self._thread.conversation_id:
            self._sending = None
        self._write_draft(*self._last)

    # What is in the field

    def _put(self, text: str, *, is_selected: bool = False) -> None:
        """Text that was not typed."""
        self._is_setting = True
        self.window.set_text(text, is_selected=is_selected)
        self._is_setting = False
        self.window.edit.is_replaceable = bool(text) and text == self._asked
        self._show_state()

    def _on_edited(self) -> None:
        if self._is_setting:
            return
        self._prefilled = ""
        if self._waits:
            self._waits = False
            self.window.say("")
        self._draft_delay.start()
        self._show_state()

    @property
    def _is_asked(self) -> bool:
        """The field holds what was asked last, unchanged.  Asked at each key: a large text is told by its size."""
        if not self._asked or self.window.edit.document().characterCount() > 3 * len(self._asked) + 2:
            return False
        return self.window.text() == self._asked

    @property
    def _typed(self) -> str:
        """What the user has written and not asked."""
        text = self.window.text()
        return "" if text in (self._asked, self._prefilled, self._sending) else text

    def _keep_draft(self) -> None:
        self._draft_delay.stop()
        self._write_draft(self._typed, self._pictures)

    def _write_draft(self, typed: str, put_in: tuple[Attachment, ...]) -> None:
        """These, below what is on its way to the disk."""
        self._left = [
            thread for thread in self._left if self._chat.unwritten(thread) or self._chat.unwritten_attachments(thread)
        ]
        sending = self._sending or ""
        unwritten = [self._chat.unwritten(thread) for thread in self._left]
        pictures = [one for thread in (*self._left, self._thread) for one in self._chat.unwritten_attachments(thread)]
        self._draft.keep(
            _joined(*unwritten, "" if sending in typed else sending, typed),
            tuple(dict.fromkeys((*pictures, *put_in))),
        )

    def _take_from_outside(self, text: str) -> None:
        """Another matter: a new chat, with what was typed below."""
        typed = self._typed
        self._forget_chat()
        self._put(_joined(text, typed))
        self._draft_delay.start()

    def _fill_in(self) -> None:
        """After the window is shown: what the user wants to find in it, or whether he wants it."""
        if self.is_visible and not self._typed:
            self._prefill_with(self._prefill.begin())

    def _prefill_with(self, text: str) -> None:
        if text:
            if self._reply is None or not self._chat.is_running(self.conversation_id):
                self._forget_chat()
            self._prefilled = text
            self._put(text, is_selected=True)

    # Asking

    def ask(self) -> None:
        """What is in the field is asked; a prompt that was asked and went wrong, once more."""
        window = self.window
        text = window.text()
        has_something = text.strip() or window.has_pictures
        if window.edit.is_composing or not has_something or self._sending is not None:
            return
        if self._is_asked and not window.has_pictures:
            if self._reply is not None and self._reply.status in _ENDED_BADLY:
                self._retry_reply()
            return
        self._send(text, text)

    def act(self, action: QuickAction) -> None:
        """Something is to be done with the text in the field."""
        text = self.window.text()
        if text.strip() and self._sending is None and not self.window.edit.is_composing:
            self._send(prompt_for(action, text.strip("\n")), text)

    def _send(self, prompt: str, source: str) -> None:
        if self.window.pictures is not None and not self.window.pictures.may_send():
            return
        if self._is_busy:
            self._waits = prompt == source
            words = (
                tr("It is asked as soon as this reply is done.")
                if self._waits
                else tr("A reply is being written. Stop it, or wait for it.")
            )
            self.window.say(words)
            return
        self.window.say("")
        self.window.show_trouble("")
        self._sending = source
        self._prefilled = ""
        pictures = self._pictures
        self._draft.keep(source, pictures)  # until it is in the history
        self._chat.send(self._thread, clean_text(prompt).strip("\n"), self._wish(), pictures)
        self._put_pictures(())
        self._show_state()

    def _wish(self) -> Wish:
        model_id = self._current_model()
        thinking = self._settings().chat.thinking if self._can_switch_thinking(model_id) else None
        return Wish(model_id, thinking)

    def stop(self) -> None:
        self._chat.stop_thread(self._thread)

    def start_anew(self) -> None:
        """Another chat; what was typed and not asked stays, a running reply goes on in the history."""
        typed = self._typed
        self._forget_chat()
        self._put(typed)

    def _forget_chat(self) -> None:
        if self._sending is not None:
            self._left.append(self._thread)
        self._thread = Thread(face=FACE)
        self._reply = self._prompt = self._running_words.retry = None
        self._asked, self._sending, self._waits = "", None, False
        self.window.say("")
        if self.window.transcript is not None:
            self.window.transcript.show_messages(())
        self.window.set_model(self._current_model())
        self._watch_status()
        self._show_state()

    def _on_left_out(self, prompt_ids: tuple[int, ...], is_left_out: bool) -> None:
        """Turns are left out of later requests now, or go along again; the notice may know another way out."""
        reply = self._reply
        self._path = tuple(replace(one, is_left_out=is_left_out) if one.id in prompt_ids else one for one in self._path)
        if reply is None or self._made_window is None or self._chat.is_running(self.conversation_id):
            return
        if reply.parent_id in prompt_ids:
            self._transcript().set_left_out([reply.id], is_left_out)
        if reply.failure is not None:
            from qwen_desktop.ui.controllers.notices import notice_for

            notice = notice_for(reply, (*self._path, reply), system_prompt=self._system_prompt)
            self._transcript().show_notice(reply.id, notice)

    def _leave_out(self, action: str) -> None:
        """The turn shown, or those the notice names, and then it is asked again."""
        from qwen_desktop.core.chat.exits import way_out
        from qwen_desktop.ui.controllers.leaving_out import LEAVE_OUT, LEAVE_OUT_AND_RETRY

        if self._reply is None or self._prompt is None:
            return
        if action != LEAVE_OUT_AND_RETRY:
            self._history.set_left_out((self._prompt.id,), action == LEAVE_OUT)
        elif way := way_out((*self._path, self._reply), self._reply, system_prompt=self._system_prompt):
            prompt_id = self._prompt.id
            self._history.set_left_out(tuple(turn.id for turn in way.turns), True, lambda: self._ask_again(prompt_id))

    def _ask_again(self, prompt_id: int) -> None:
        """If nothing else was asked since."""
        if self._prompt is not None and self._prompt.id == prompt_id:
            self._retry_reply()

    def _retry_reply(self) -> None:
        if self._prompt is not None and not self._chat.is_running(self.conversation_id):
            self._chat.retry(self._thread, self._prompt.id, self._wish())

    @property
    def _is_busy(self) -> bool:
        """A turn of this chat runs or is on its way to the disk, asked for here or in the main window."""
        return self._chat.is_running(self.conversation_id) or self._chat.is_starting(self._thread)

    def _on_starting(self, _: Thread) -> None:
        self._show_state()

    def _on_started(self, conversation_id: int, started: StartedTurnLike) -> None:
        if self._made_window is None:
            return
        if any(thread.conversation_id == conversation_id for thread in self._left):
            self._keep_draft()  # it was left, and is no draft any more
        if conversation_id != self._thread.conversation_id:
            return
        source, self._sending = self._sending, None
        is_same_prompt = self._prompt is not None and self._prompt.id == started.prompt.id
        typed = self._typed
        self._prompt, self._reply = started.prompt, started.reply
        self._thread.leaf_id = started.reply.id
        self._path = tuple(message for message in started.path if message.id != started.reply.id)
        self._system_prompt = started.conversation.system_prompt
        if source is not None:
            self._asked = source
            if len(started.path) == 1 and self._model_id not in ("", started.conversation.model_id):
                self._history.set_model(conversation_id, self._model_id)  # chosen while it was on its way
            self.window.edit.is_replaceable = self._is_asked
            self._keep_draft()
        elif not is_same_prompt:  # asked in the main window
            self._asked = started.prompt.text
            if not typed.strip():
                self._put(self._asked)
        transcript = self._transcript()
        transcript.show_messages((started.reply,), as_plain=self._is_plain(conversation_id))
        if started.prompt.is_left_out:
            transcript.set_left_out([started.reply.id], True)
        self._watch_status()
        self._show_state()

    def _on_delta(self, conversation_id: int, reply_id: int, delta: Delta) -> None:
        if self._reply is None or reply_id != self._reply.id:
            return
        transcript = self._transcript()
        match delta:
            case TextDelta(text):
                transcript.append_text(reply_id, text)
            case ReasoningDelta(text):
                transcript.append_reasoning(reply_id, text)
            case TextReplaced(text, reasoning):
                transcript.replace_text(reply_id, text, reasoning)
            case _:
                pass

    def _on_status(self, conversation_id: int, reply_id: int, status: MessageStatus) -> None:
        if self._reply is not None and reply_id == self._reply.id and status.is_running:
            self._running_words.retry = None
            turn = self._chat.running(conversation_id)
            self._transcript().set_status(reply_id, status, turn.thinking_s if turn else None)
            self._show_status()

    def _on_retry(self, conversation_id: int, reply_id: int, retry: RetryScheduled) -> None:
        if self._reply is not None and reply_id == self._reply.id:
            self._running_words.retry = retry
            self._show_status()

    def _on_ended(self, conversation_id: int, reply_id: int, ended: TurnEnded) -> None:
        if self._reply is None or reply_id != self._reply.id:
            return
        self._reply = ended.reply
        transcript = self._transcript()
        transcript.end_message(ended.reply)
        if ended.reply.failure is not None or ended.reply.finish_reason == "length":
            from qwen_desktop.ui.controllers.notices import notice_for

            path = (*self._path, ended.reply)
            transcript.show_notice(reply_id, notice_for(ended.reply, path, system_prompt=self._system_prompt))
        self._running_words.retry = None
        self._watch_status()
        waited, self._waits = self._waits, False
        if waited:
            self.window.say("")
        self._show_state()
        if waited and ended.reply.status is MessageStatus.COMPLETE:
            self.ask()

    def _on_not_started(
        self, thread: Thread, prompt: str, error: QwenDesktopError | None, attachments: tuple[Attachment, ...] = ()
    ) -> None:
        """Nothing was sent; it is in the field still or again, and in the draft."""
        if self._made_window is None:
            return
        self._wait_no_longer(thread)
        if thread.face != FACE:
            return
        if thread is self._thread:
            source, self._sending = self._sending, None
            if source is not None and source not in self.window.text():  # written over meanwhile
                self._put(_joined(source, self._typed))
        else:  # another chat was begun meanwhile
            self._put(_joined(prompt, self._typed))
        if self.window.pictures is not None:
            self.window.pictures.shelf.add(attachments)
        if error is not None:
            words = describe(error)
            has_remedy = words.remedy is not Remedy.NONE
            actions = [NoticeAction(str(words.remedy), words.remedy_label, True)] if has_remedy else []
            self.window.show_trouble(words.sentence, actions)
        self._keep_draft()
        self._show_state()

    def _on_edit_not_started(self, thread: Thread, *_: object) -> None:
        if self._made_window is not None:
            self._wait_no_longer(thread)

    def _wait_no_longer(self, thread: Thread) -> None:
        """A turn did not begin, whoever asked for it; another one may run there."""
        if self._waits and thread.conversation_id == self.conversation_id and not self._is_busy:
            self._waits = False
            self.window.say("")
        self._show_state()

    def _on_deleted(self, conversation_ids: Collection[int]) -> None:
        if self._thread.conversation_id in conversation_ids and self._made_window is not None:
            self.start_anew()

    def _on_message_deleted(self, deleted: DeletedMessages | DeletedTurn) -> None:
        """In the main window: what stands here is not asked again, for it is gone."""
        if any(one is not None and one.id in deleted.ids for one in (self._prompt, self._reply)):
            self.start_anew()

    # What is shown

    def _show_state(self) -> None:
        if self._made_window is None:
            return
        is_running = self._sending is not None or self._is_busy
        ended_badly = self._reply is not None and self._reply.status in _ENDED_BADLY
        self.window.set_state(
            is_running=is_running,
            has_reply=self._reply is not None,
            can_copy=self._reply is not None and (is_running or bool(self._reply.text)),
            can_send=self.window.can_send_pictures
            or (not self.window.edit.is_blank and (not self._is_asked or ended_badly)),
            is_demo=self._reply is not None and self._reply.is_demo,
        )

    def _watch_status(self) -> None:
        if self.is_visible and self._chat.is_running(self.conversation_id):
            self._running_words.start()
            self._show_status()
        else:
            self._running_words.stop()

    def _show_status(self) -> None:
        """What a running reply is doing, where its text will be."""
        turn = self._chat.running(self.conversation_id)
        if turn is None or self._reply is None or turn.reply_id != self._reply.id:
            return
        words = self._running_words.of(turn, with_silence=False)
        self._transcript().set_status_words(self._reply.id, words)

    # What the user does with it

    def copy(self) -> None:
        """What is selected in the reply, or all of it, exactly as it was received."""
        transcript = self.window.transcript
        if self._reply is None or transcript is None:
            return
        from qwen_desktop.ui.transcript.clipboard import copy_markdown

        if transcript.selected_text():
            transcript.selection.copy()
        elif text := transcript.text_of(self._reply.id):
            copy_markdown(text)
        else:
            return
        self.window.foot.set_copied(True)

    def open_in_window(self) -> None:
        """The conversation, or what was typed, goes to the main window; this one hides."""
        conversation_id, typed = self.conversation_id, self.window.text()
        is_preparing = self.window.pictures is not None and self.window.pictures.shelf.is_preparing
        if self._sending is not None or is_preparing:
            return  # in a moment it is a conversation, or a picture
        if conversation_id is not None:
            self._put_away()
            self.window_wanted.emit(conversation_id)
            return
        self._put_away()
        self.draft_for_window.emit(typed, self._pictures)
        self._put("")
        self._put_pictures(())
        self._keep_draft()

    def _on_message_action(self, message_id: int, action: str) -> None:
        """A row of the reply's menu, or a button of the notice below it."""
        if self._reply is None or message_id != self._reply.id:
            return
        match action:
            case Remedy.RETRY | Remedy.CHECK_NETWORK | "regenerate":
                self._retry_reply()
            case Remedy.CONTINUE:
                wish = self._wish()
                wish = replace(wish, model_id=self._reply.model_id or wish.model_id)
                self._chat.continue_reply(self._thread, self._reply, wish)
            case Remedy.SHORTEN:
                self.window.edit.setFocus()
            case "quote":
                quoted = "\n".join(f"> {line}" for line in self._transcript().selected_text().strip("\n").split("\n"))
                self._put(f"{quoted}\n\n{self._typed}")
                self._draft_delay.start()
            case "view_plain":
                from qwen_desktop.ui.views.plain_text_dialog import PlainTextDialog

                text = self._transcript().text_of(message_id)
                PlainTextDialog(self._theme, tr("Reply as plain text"), text, self.window).show()
            case "delete" | "previous_version" | "next_version":
                self.open_in_window()
            case "leave_out" | "take_back" | "leave_out_and_retry":
                self._leave_out(action)
            case _:
                self._on_line_action(action)

    def _on_line_action(self, action: str) -> None:
        """A button of what is said below the field, or a remedy."""
        if (text := self._prefill.answer(action)) is not None:
            self._prefill_with(text)
            self.window.edit.setFocus()
            return
        match action:
            case Remedy.SET_KEY:
                self._leave_for(self.key_wanted)
            case Remedy.OPEN_SETTINGS:
                self._leave_for(self.settings_wanted)
            case Remedy.OPEN_BILLING:
                self._leave_for(self.billing_wanted)
            case Remedy.CHANGE_MODEL:
                self.window.open_model_picker()
            case Remedy.RETRY | Remedy.CHECK_NETWORK:
                self.window.show_trouble("")
                self.ask()
            case _:
                self.window.show_trouble("")

    def _leave_for(self, wanted: object) -> None:
        """The main app has what is wanted; it is not to be covered."""
        self._put_away()
        wanted.emit()  # type: ignore[attr-defined]

    def _current_model(self) -> str:
        return self._model_id or self._settings().chat.model

    def _choose_model(self, model_id: str) -> None:
        self._model_id = model_id
        self.window.set_model(model_id)
        if self.conversation_id is not None:
            self._history.set_model(self.conversation_id, model_id)


def _import_what_is_needed(platform: str) -> bool:
    """On a worker thread; also whether windows may be see-through, which takes the longest of all the first time."""
    from importlib import import_module

    for name in ("qwen_desktop.ui.views.quick_ask", "qwen_desktop.ui.views.model_picker", "markdown_it"):
        import_module(name)
    import_module("qwen_desktop.ui.transcript.view")
    return is_composited(platform)


def _joined(*parts: str) -> str:
    """Those that are not blank, with an empty line between them."""
    return "\n\n".join(part for part in parts if part.strip())
