"""Turns to leave out of later requests, or to take back in: by the message menus and by the notice of a failed turn.

Each change can be undone.  A request leaves only by a button that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from qwen_desktop.core.words import tr

if TYPE_CHECKING:
    from collections.abc import Collection

    from qwen_desktop.core.chat.message import Message
    from qwen_desktop.ui.controllers.chat import ChatController
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.views.main_window import MainWindow

LEAVE_OUT = "leave_out"
TAKE_BACK = "take_back"
LEAVE_OUT_AND_RETRY = "leave_out_and_retry"


class LeavingOut(QObject):
    """`do` says whether it knew the action."""

    def __init__(
        self, shown: WindowController, window: MainWindow, chat: ChatController, history: HistoryController
    ) -> None:
        super().__init__(shown)
        self._shown = shown
        self._window = window
        self._chat = chat
        self._history = history
        self._asked_again: set[int] = set()
        """Conversations in which a prompt is asked again once something is left out; not those deleted meanwhile."""
        history.left_out_changed.connect(shown.show_left_out)
        history.gone.connect(self._forget)

    def do(self, message: Message, action: str) -> bool:
        prompt_id = message.prompt_id
        match action:
            case _ if prompt_id is None:
                return False
            case _ if action in (LEAVE_OUT, TAKE_BACK):
                self._set((prompt_id,), action == LEAVE_OUT)
            case _ if action == LEAVE_OUT_AND_RETRY:
                self._leave_out_and_retry(message, prompt_id)
            case _:
                return False
        return True

    def _set(self, prompt_ids: tuple[int, ...], is_left_out: bool) -> None:
        self._history.set_left_out(prompt_ids, is_left_out, lambda: self._offer_undo(prompt_ids, is_left_out))

    def _offer_undo(self, prompt_ids: tuple[int, ...], is_left_out: bool) -> None:
        if not is_left_out:
            words = tr("The turn is sent again with later messages")
        elif len(prompt_ids) == 1:
            words = tr("1 turn left out")
        else:
            words = tr("{count} turns left out", count=len(prompt_ids))
        self._window.offer_undo(words, lambda: self._history.set_left_out(prompt_ids, not is_left_out))

    def _leave_out_and_retry(self, reply: Message, prompt_id: int) -> None:
        """What the button named: the notice was made from the same messages by the same rule."""
        from qwen_desktop.core.chat.exits import way_out

        way = way_out(self._shown.messages, reply, system_prompt=self._shown.system_prompt)
        if way is None or self._chat.is_running(self._shown.conversation_id):
            return
        thread, wish, place = self._shown.shown_thread, self._shown.wish(), self._shown.conversation_id
        assert place is not None
        self._asked_again.add(place)
        ids = tuple(turn.id for turn in way.turns)

        def then() -> None:
            self._offer_undo(ids, True)
            self._window.composer.focus()  # the button pressed is gone: a space typed next is not for Undo
            if place in self._asked_again:
                self._asked_again.discard(place)
                self._chat.retry(thread, prompt_id, wish)

        self._history.set_left_out(ids, True, then)

    def _forget(self, ids: Collection[int]) -> None:
        self._asked_again.difference_update(ids)
