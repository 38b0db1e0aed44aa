"""A running turn to the words that say what it is doing: anew with each second, while somebody sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from qwen_desktop.core.words import describe, status_words

if TYPE_CHECKING:
    from qwen_desktop.core.chat.turn import RetryScheduled, Turn
    from qwen_desktop.core.errors import QwenDesktopError

SILENCE_WORTH_TELLING_S = 10.0
_SECOND_MS = 1000


class RunningWords(QObject):
    """Of one face.  Signals: due(): another second has passed; only between `start` and `stop`."""

    due = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.retry: RetryScheduled | None = None
        """The attempt that is waited for."""
        self._second = QTimer(self, interval=_SECOND_MS)
        self._second.timeout.connect(self.due)

    def start(self) -> None:
        self._second.start()

    def stop(self) -> None:
        self._second.stop()

    def of(self, turn: Turn, *, with_silence: bool) -> str:
        """`with_silence`: tell if nothing has arrived for long."""
        is_silent = with_silence and turn.silent_s >= SILENCE_WORTH_TELLING_S
        retry_in_s = None if self.retry is None else max(0.0, self.retry.wait_s - turn.status_s)
        words = status_words(
            turn.status,
            turn.status_s,
            silent_s=turn.silent_s if is_silent else None,
            retry_in_s=retry_in_s,
            is_continuing=turn.is_continuing,
        )
        return words if self.retry is None else retry_words(self.retry.error, words)


def retry_words(error: QwenDesktopError, waiting: str) -> str:
    """Why the next attempt is waited for; what the user could do about it is being done."""
    from qwen_desktop.ui.transcript.notice import first_sentence

    reason, _ = first_sentence(describe(error).sentence)
    return f"{reason.rstrip('.。')} · {waiting}"
