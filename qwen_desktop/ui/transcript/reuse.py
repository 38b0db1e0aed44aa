"""The pieces of a block before and after it grew: what is the same stays the same object, laid out and coloured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qwen_desktop.ui.transcript.blocks import Piece, Place, TextPiece
from qwen_desktop.ui.transcript.code_block import LINES_PER_PIECE, CodePiece
from qwen_desktop.ui.transcript.math_block import MathPiece
from qwen_desktop.ui.transcript.table_block import TablePiece

if TYPE_CHECKING:
    from markdown_it.token import Token


class Reuse:
    """Hands out the former pieces of a block in their order, as long as the new ones agree with them."""

    def __init__(self, before: Sequence[Piece]) -> None:
        self._before = before
        self._at = 0
        self.unchanged: int | None = None
        """How many leading pieces are what they were; None while all are."""
        self.unchanged_px = 0
        """How much of the piece after those looks as it did, from its top."""

    def text(self, new: TextPiece) -> TextPiece:
        """The former piece if it says and looks the same, else the new one."""
        old = self._peek()
        if (
            isinstance(old, TextPiece)
            and type(old) is type(new)
            and old.place == new.place
            and old.level == new.level
            and old.style is new.style
            and old.runs == new.runs
        ):
            self._at += 1
            return old
        if isinstance(old, TextPiece) and (old.place, old.level, old.style) == (new.place, new.level, new.style):
            self.unchanged_px = old.replaced_by(new)
        self._stop()
        return new

    def code(self, place: Place, language: str, content: str) -> list[CodePiece]:
        """The former pieces of a code block, brought up to date; empty if there are none that fit."""
        first = self._peek()
        if not isinstance(first, CodePiece) or first.place != place or first.block.language != language:
            self._stop()
            return []
        block, begin = first.block, self._at
        pieces: list[CodePiece] = []
        while isinstance(old := self._peek(), CodePiece) and old.block is block:
            pieces.append(old)
            self._at += 1
        changed = block.grow(content)
        if changed < len(block.lines) or len(pieces) != -(-len(block.lines) // LINES_PER_PIECE):
            changed_piece = min(changed // LINES_PER_PIECE, len(pieces) - 1)
            for piece in pieces[changed_piece:]:
                piece.lines_changed(changed)
            self._at = begin + changed_piece
            self._stop()
        return pieces[: -(-len(block.lines) // LINES_PER_PIECE)]

    def table(self, place: Place, tokens: Sequence[Token]) -> TablePiece | None:
        """The former piece of a table, brought up to date."""
        old = self._peek()
        if not isinstance(old, TablePiece) or old.place != place:
            self._stop()
            return None
        was_laid_out = old.is_exact
        if old.take(tokens):
            if was_laid_out:
                self.unchanged_px = old.lay_out_again()
            self._stop()
        else:
            self._at += 1
        return old

    def math(self, new: MathPiece) -> MathPiece:
        """The former piece if it is the same formula, else the new one."""
        old = self._peek()
        if isinstance(old, MathPiece) and (old.place, old.source, old.style) == (new.place, new.source, new.style):
            self._at += 1
            return old
        self._stop()
        return new

    def other(self, new: Piece) -> Piece:
        """A piece that cannot change."""
        old = self._peek()
        if type(old) is type(new) and old is not None and old.place == new.place:
            self._at += 1
            return old
        self._stop()
        return new

    def _peek(self) -> Piece | None:
        return self._before[self._at] if self.unchanged is None and self._at < len(self._before) else None

    def _stop(self) -> None:
        if self.unchanged is None:
            self.unchanged = self._at
