"""Growing replies to announcements: one polite sentence at a time for the screen reader, or how it ended.

Only a screen reader that listens is told, and only of the window that has the keyboard; what was missed meanwhile is
not told later.
"""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.words import tr
from qwen_desktop.ui.spoken import announce
from qwen_desktop.ui.transcript.announcer import Announcer
from qwen_desktop.ui.transcript.message_state import MessageState
from qwen_desktop.ui.transcript.message_widget import MessageWidget
from qwen_desktop.ui.transcript.notice import first_sentence

SLICE = 4_000
"""Characters looked at in one go, some 8 ms; more at once waits for the loop."""

_mode = "sentence"
_speakers: dict[int, Speaker] = {}


class Speaker(QObject):
    """Tells of one reply while it is written.  Lives as long as its widget, and ends with its reply."""

    def __init__(self, widget: MessageWidget, position: int) -> None:
        super().__init__(widget)
        self._widget = widget
        self._announcer = Announcer()
        self._taken = position
        """Characters of the text that came here, looked at or waiting."""
        self._waiting: deque[str] = deque()
        self._is_ending = False
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._go_on)

    def take(self, position: int, text: str) -> None:
        """`text` was added at `position`."""
        if position < self._taken:  # it began anew
            self._announcer = Announcer()
            self._waiting.clear()
        self._taken = position + len(text)
        self._waiting.extend(text[at : at + SLICE] for at in range(0, len(text), SLICE))
        if not self._timer.isActive():
            self._go_on()

    def end(self) -> None:
        """The reply has ended.  What happened is said when the loop comes round: the notice is there then."""
        self._is_ending = True
        self._timer.start()

    def close(self) -> None:
        """Say nothing more."""
        self._waiting.clear()
        self._timer.stop()
        _speakers.pop(id(self._widget), None)
        self.deleteLater()

    def _go_on(self) -> None:
        if self._waiting:
            self._say(self._announcer.feed(self._waiting.popleft()))
        if self._waiting:
            self._timer.start()
        elif self._is_ending:
            self._say(self._announcer.finish())
            is_good = self._widget.state.status is MessageStatus.COMPLETE
            if (_mode == "end" or (_mode == "sentence" and not is_good)) and may_announce(self._widget):
                announce(self._widget, end_words(self._widget.state))
            self.close()

    def _say(self, sentences: list[str]) -> None:
        if sentences and _mode == "sentence" and may_announce(self._widget):
            for sentence in sentences:
                announce(self._widget, sentence)


def set_mode(mode: str) -> None:
    """'sentence', 'end' or 'off', from now on."""
    global _mode
    _mode = mode


def text_inserted(widget: MessageWidget, position: int, text: str) -> None:
    """A message has grown; who listens hears of it."""
    state = widget.state
    if not state.is_running or state.is_prompt:
        return
    speaker = _speakers.get(id(widget))
    if speaker is None:
        speaker = _speakers[id(widget)] = Speaker(widget, position)
    speaker.take(position, text)


def reply_ended(widget: MessageWidget) -> None:
    """A reply has its final state; who listens hears how it ended, also where there was no text."""
    speaker = _speakers.get(id(widget))
    if speaker is None and QAccessible.isActive():
        speaker = _speakers[id(widget)] = Speaker(widget, 0)
    if speaker is not None:
        speaker.end()


def left_out_changed(widget: MessageWidget) -> None:
    """A turn is left out of later messages now, or goes along again."""
    if _mode != "off" and may_announce(widget):
        is_left_out = widget.state.is_left_out
        words = tr("Left out: not sent with later messages") if is_left_out else (
            tr("The turn is sent again with later messages")
        )  # fmt: skip
        announce(widget, words)


def forget(widget: MessageWidget) -> None:
    """The widget goes."""
    speaker = _speakers.get(id(widget))
    if speaker is not None:
        speaker.close()


def may_announce(widget: MessageWidget) -> bool:
    """Whether somebody listens to the window it is in."""
    return QAccessible.isActive() and widget.isVisible() and widget.window().isActiveWindow()


def end_words(state: MessageState) -> str:
    """How a reply ended, and why if something went wrong."""
    if state.status is MessageStatus.STOPPED:
        return tr("Reply stopped")
    if state.status not in (MessageStatus.FAILED, MessageStatus.INTERRUPTED):
        return tr("Reply finished")
    reason = first_sentence(state.notice.sentence)[0] if state.notice is not None else ""
    if state.status is MessageStatus.INTERRUPTED:
        return tr("Reply interrupted: {reason}", reason=reason) if reason else tr("Reply interrupted")
    return tr("Reply failed: {reason}", reason=reason) if reason else tr("Reply failed")
