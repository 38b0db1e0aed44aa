"""Messages to rows of the column: what is known of each before anybody has looked at it, and a guess of its height."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import overload

from qwen_desktop.core.chat.message import Message, Role
from qwen_desktop.ui.transcript.message_state import MessageState
from qwen_desktop.ui.transcript.message_widget import BOX_SIDE_PX, WIDEST_PROMPT, MessageWidget
from qwen_desktop.ui.transcript.prompt_pictures import places

_PROMPT_PX = 34
_REPLY_PX = 52
_SAMPLE = 4_000
"""Characters that are looked at to guess how many lines a text has."""


class Row:
    """One message in the column."""

    __slots__ = (
        "_state", "index", "is_left_out", "is_plain", "measured_px", "message", "new_reasoning", "new_text", "widget",
    )  # fmt: skip

    def __init__(self, message: Message, index: int, *, is_plain: bool = False) -> None:
        self.message = message
        self.index = index
        self.measured_px = 0
        """Width of the column for which `height` was measured; 0 while it is a guess."""
        self.widget: MessageWidget | None = None
        self.new_text = ""
        self.new_reasoning = ""
        self.is_plain = is_plain
        """Shown as it was written, whoever wrote it."""
        self.is_left_out = message.is_left_out
        """Its turn does not go along with later requests."""
        self._state: MessageState | None = None

    @property
    def state(self) -> MessageState:
        if self._state is None:
            self._state = MessageState(self.message, is_plain=self.is_plain)
            self._state.is_left_out = self.is_left_out
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


def _pictures_px(message: Message, width: int) -> int:
    """What the pictures of a message take, exactly."""
    return places(message.attachments, int(width * WIDEST_PROMPT) - 2 * BOX_SIDE_PX)[1].height()


class Rows(Sequence[Row]):
    """The rows of a conversation.  Ten thousand messages open in an instant, so a row is made when it is asked for."""

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self.messages = list(messages)
        self.are_plain = False
        """Those made from now on are shown as they were written, whoever wrote them."""
        self._made: dict[int, Row] = {}
        self._index_of = {message.id: index for index, message in enumerate(self.messages)}

    def __len__(self) -> int:
        return len(self.messages)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self.messages)))]
        if index < 0:
            index += len(self.messages)
        row = self._made.get(index)
        if row is None:
            row = self._made[index] = Row(self.messages[index], index, is_plain=self.are_plain)
            if index and row.message.parent_id == (before := self.messages[index - 1]).id:
                row.is_left_out |= before.is_left_out and not row.is_prompt
        return row

    def append(self, message: Message) -> Row:
        """One more, below the others."""
        self._index_of[message.id] = len(self.messages)
        self.messages.append(message)
        return self[-1]

    def of(self, message_id: int) -> Row:
        """The row of a message.  Raises KeyError."""
        index = self._index_of[message_id]
        row = self._made.get(index)
        return self[index] if row is None else row

    def get(self, message_id: int) -> Row | None:
        """The row of a message; None where there is none."""
        index = self._index_of.get(message_id)
        return None if index is None else self[index]

    def text_of(self, message_id: int) -> str:
        """Exactly what was typed or received; no row is made for it.  Raises KeyError."""
        index = self._index_of[message_id]
        row = self._made.get(index)
        return self.messages[index].text if row is None else row.text

    def set_left_out(self, message_id: int, is_left_out: bool) -> list[Row]:
        """The turn of a prompt is left out, or goes along again; its rows that somebody has asked for."""
        index = self._index_of.get(message_id)
        if index is None:
            return []
        self.messages[index] = replace(self.messages[index], is_left_out=is_left_out)
        turn = [index]
        if index + 1 < len(self) and self.messages[index + 1].parent_id == message_id:
            turn.append(index + 1)
        rows = [row for at in turn if (row := self._made.get(at)) is not None]
        for row in rows:
            row.is_left_out = row.state.is_left_out = is_left_out
        return rows

    def made(self) -> list[Row]:
        """Those that somebody has asked for; of all others nothing is known but the message."""
        return list(self._made.values())

    def measured(self, begin: int, end: int, width: int) -> set[int]:
        """Which of some rows have their true height in a column of that width, or will have it in a moment."""
        return {index for index in range(begin, end) if (row := self._made.get(index)) is not None
                and (row.widget is not None or row.measured_px == width)}  # fmt: skip

    @property
    def ids(self) -> list[int]:
        """Of all messages, oldest first."""
        return list(self._index_of)


class Estimates:
    """Guesses heights, and learns from what was measured how wrong they are."""

    def __init__(self) -> None:
        self._ratio = {True: 1.0, False: 1.0}
        """Measured to guessed, for prompts and for replies."""

    def height(self, message: Message, width: int, line_px: int, letter_px: float) -> int:
        """About how high a message will be in a column of `width` px; about a microsecond."""
        is_prompt = message.role is Role.USER
        text_px = int(self._guess(message.text, is_prompt, width, line_px, letter_px) * self._ratio[is_prompt])
        return text_px + (_pictures_px(message, width) if message.attachments else 0)

    def rough_heights(self, messages: Sequence[Message], width: int, line_px: int, letter_px: float) -> list[int]:
        """Guesses for a whole conversation, by the lengths alone: a tenth of a microsecond each."""
        px = line_px * letter_px / max(1, width)
        other = {role: _PROMPT_PX if role is Role.USER else _REPLY_PX for role in Role}
        base = {role: line_px + px_of for role, px_of in other.items()}
        return [
            int(base[message.role] + len(message.text) * px)
            + (_pictures_px(message, width) if message.attachments else 0)
            for message in messages
        ]

    def learn(self, row: Row, measured_px: int, width: int, line_px: int, letter_px: float) -> None:
        """A row was measured for the first time."""
        guessed = self._guess(row.message.text, row.is_prompt, width, line_px, letter_px)
        measured_px -= _pictures_px(row.message, width)
        ratio = min(3.0, max(0.3, measured_px / guessed))
        self._ratio[row.is_prompt] += 0.05 * (ratio - self._ratio[row.is_prompt])

    def _guess(self, text: str, is_prompt: bool, width: int, line_px: int, letter_px: float) -> float:
        sample = text if len(text) <= _SAMPLE else text[:_SAMPLE]
        part = len(text) / max(1, len(sample))
        letters = len(sample) if sample.isascii() else len(sample.encode("utf-8", "replace")) * 2 // 3
        length, breaks = letters * part, sample.count("\n") * part
        columns = max(8.0, (width * 0.8 if is_prompt else width) / letter_px)
        lines = 1 + breaks * 0.8 + length / columns
        return (_PROMPT_PX if is_prompt else _REPLY_PX) + lines * line_px
