"""A chat that stalled or ended the app to the same chat as plain text, with a button that tries again.

What the view is working on is on disk before it begins, and taken off when it has come to rest.  A chat that was shown
at rest when the process died is not to blame; one that was being opened, scrolled or written is.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from qwen_desktop.ui.transcript.watchdog import LIMIT_S, Watchdog

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.core.storage.plain_chats import PlainChats


class ChatGuard(QObject):
    """Told which chat is shown and when the view works; says whether to show it as plain text.

    Signals: plain_changed(bool): the chat is, or is not, shown as plain text because of what happened.
    """

    plain_changed = Signal(bool)

    def __init__(self, record: PlainChats, parent: QObject | None = None, *, limit_s: float = LIMIT_S) -> None:
        super().__init__(parent)
        self._record = record
        self._conversation_id: int | None = None
        self._is_plain = False
        self._is_trial = False
        """A chat that is marked is shown with formatting, to see whether that goes well now."""
        self._has_stalled = False
        self._is_stall_told = False
        """Since the view last came to rest."""
        self._tell_stall: Callable[[], None] = _nothing
        self._tell_answer: Callable[[], None] = _nothing
        self._watchdog = Watchdog(self._on_stall, self, limit_s=limit_s)
        self._watchdog.rested.connect(self._on_rest)

    @property
    def is_watching(self) -> bool:
        """The view has not come to rest yet."""
        return self._watchdog.is_watching

    @property
    def is_plain(self) -> bool:
        """The chat is to be shown as plain text.  Does not change while it is shown, unless the user wants it."""
        return self._is_plain

    def tell(self, on_stall: Callable[[], None], on_answer: Callable[[], None]) -> None:
        """Whom to call when the window does not answer (on the watchdog's thread), and when it answers again."""
        self._tell_stall, self._tell_answer = on_stall, on_answer

    def enter(self, conversation_id: int) -> None:
        """This chat is shown from now on, and laid out next; it is on disk when this returns."""
        if conversation_id != self._conversation_id:
            self._conversation_id = conversation_id
            self._is_trial = self._has_stalled = False
            self._set_plain(self._record.is_plain(conversation_id))
        self._record.begin_work(conversation_id)
        self._watchdog.work()

    def leave(self) -> None:
        """No stored chat is shown any more."""
        self._conversation_id = None
        self._record.end_work()
        self._set_plain(False)

    def work(self) -> None:
        """The view begins to lay out, read or colour something of the chat."""
        if self._conversation_id is not None:
            if not self._watchdog.is_watching:
                self._record.begin_work(self._conversation_id)
            self._watchdog.work()

    def try_formatting(self) -> None:
        """The chat is shown with formatting next.  Its mark goes when the view has come to rest without a stall."""
        self._is_trial, self._has_stalled = True, False
        self._set_plain(False)

    def close(self) -> None:
        """The app ends as it should."""
        self._conversation_id = None
        self._watchdog.close()
        self._record.close()

    def _set_plain(self, is_plain: bool) -> None:
        if is_plain != self._is_plain:
            self._is_plain = is_plain
            self.plain_changed.emit(is_plain)

    def _on_rest(self) -> None:
        if self._is_trial and not self._has_stalled and self._conversation_id is not None:
            self._is_trial = False
            self._record.unmark(self._conversation_id)
        self._record.end_work()
        if self._is_stall_told:
            self._is_stall_told = False
            self._tell_answer()

    def _on_stall(self) -> None:
        """On the watchdog's thread: the user may end the app before the GUI thread comes back."""
        self._has_stalled = self._is_stall_told = True
        if (conversation_id := self._conversation_id) is not None:
            self._record.mark(conversation_id)
            logging.getLogger(__name__).info("showing chat %d stalls the window", conversation_id)
        self._tell_stall()


def _nothing() -> None:
    """Nobody wants to know."""
