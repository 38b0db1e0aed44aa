"""Messages to rows of the column: what is known of each before anybody has looked at it, and a guess of its height."""

from __future__ import annotations

from qwen_desktop.core.chat.message import Message, Role
from qwen_desktop.ui.transcript.message_state import MessageState
from qwen_desktop.ui.transcript.message_widget import MessageWidget

_PROMPT_PX = 34
_REPLY_PX = 52


class Row:
    """One message in the column.  Ten thousand are made when a conversation opens, so its state is made when needed."""

    __slots__ = (
        "_state", "height", "index", "is_plain", "measured_px", "message", "new_reasoning", "new_text", "widget",
    )  # fmt: skip

    def __init__(self, message: Message, index: int, height: int) -> None:
        self.message = message
        self.index = index
        self.height = height
        self.measured_px = 0
        """Width of the column for which `height` was measured; 0 while it is a guess."""
        self.widget: MessageWidget | None = None
        self.new_text = ""
        self.new_reasoning = ""
        self.is_plain = False
        """Shown as it was written, whoever wrote it."""
        self._state: MessageState | None = None

    @property
    def state(self) -> MessageState:
        if self._state is None:
            self._state = MessageState(self.message, is_plain=self.is_plain)
        return self._state

    @property
    def text(self) -> str:
        """Exactly what was typed or received."""
        return self.message.text if self._state is None else self._state.text

    @property
    def is_prompt(self) -> bool:
        return self.message.role is Role.USER

    @property
    def is_running(self) -> bool:
        """Of a state that was never asked for, its message says it."""
        return (self.message.status if self._state is None else self._state.status).is_running


class Estimates:
    """Guesses heights, and learns from what was measured how wrong they are."""

    def __init__(self) -> None:
        self._ratio = {True: 1.0, False: 1.0}
        """Measured to guessed, for prompts and for replies."""

    def height(self, message: Message, width: int, line_px: int, letter_px: float) -> int:
        """About how high a message will be in a column of `width` px; about a microsecond."""
        is_prompt = message.role is Role.USER
        return int(self._guess(message.text, is_prompt, width, line_px, letter_px) * self._ratio[is_prompt])

    def learn(self, row: Row, measured_px: int, width: int, line_px: int, letter_px: float) -> None:
        """A row was measured for the first time."""
        guessed = self._guess(row.message.text, row.is_prompt, width, line_px, letter_px)
        ratio = min(3.0, max(0.3, measured_px / guessed))
        self._ratio[row.is_prompt] += 0.05 * (ratio - self._ratio[row.is_prompt])

    def _guess(self, text: str, is_prompt: bool, width: int, line_px: int, letter_px: float) -> float:
        length = len(text) if text.isascii() else len(text.encode("utf-8", "replace")) * 2 // 3
        columns = max(8.0, (width * 0.8 if is_prompt else width) / letter_px)
        breaks = text.count("\n")
        lines = 1 + breaks * 0.8 + length / columns
        return (_PROMPT_PX if is_prompt else _REPLY_PX) + lines * line_px
