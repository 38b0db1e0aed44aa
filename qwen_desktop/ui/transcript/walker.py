"""Keys to messages and headings: from one to the next, also beyond what has a widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from qwen_desktop.ui.transcript import accessible
from qwen_desktop.ui.transcript.navigation import next_heading, next_message

if TYPE_CHECKING:
    from qwen_desktop.ui.transcript.view import TranscriptView

TOP_MARGIN_PX = 24.0
"""Between the top of the screen and what was gone to."""
_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class Walker:
    """Goes through a view by Ctrl+Up and Ctrl+Down (messages), Alt+Up and Alt+Down (headings)."""

    def __init__(self, view: TranscriptView) -> None:
        self._view = view
        self._visited: tuple[int, int] | None = None
        """The heading that was gone to last: its message, and where it begins in it."""

    def go_by_key(self, event: QKeyEvent) -> bool:
        """Whether the key was meant for it."""
        step = _STEPS.get(Qt.Key(event.key()))
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if step is None:
            return False
        if modifiers == Qt.KeyboardModifier.ControlModifier:
            self.go_to_message(step)
        elif modifiers == Qt.KeyboardModifier.AltModifier:
            self.go_to_heading(step)
        else:
            return False
        return True

    def _held_row(self) -> int | None:
        """Index of the message that has the keyboard."""
        return next((widget.row for widget in self._view.widgets() if widget.holds_keyboard), None)

    def go_to_message(self, step: int) -> None:
        """The keyboard goes to the next message (1) or the one before (-1); first to the last one."""
        rows = self._view.rows
        held = self._held_row()
        target = next_message(range(len(rows)), held, step)
        if target is not None:
            self._visited = None
            self._focus(target.message_id)

    def go_to_heading(self, step: int) -> None:
        """The keyboard goes to the message with the next heading (1) or the one before (-1), the heading to the top."""
        rows = self._view.rows
        current, offset = self._held_row(), None
        if current is None:
            current, offset = self._reading_place()
        elif self._visited is not None and self._visited[0] == rows[current].message.id:
            offset = self._visited[1]

        def text_of(index: int) -> str:
            return "" if rows[index].is_prompt or rows[index].is_plain else rows[index].text

        target = next_heading(range(len(rows)), text_of, current, offset, step)
        if target is None or target.heading is None:
            return
        row = rows[target.message_id]
        self._focus(row.index, is_shown=True)
        self._visited = row.message.id, target.heading.offset
        widget = self._view.materialise(row.index)
        from qwen_desktop.ui.transcript.places import mark_of  # brings the parser

        piece, position = mark_of(widget.body, row.text, target.heading.offset)
        self._view.bring_to_top(row.index, ("body", piece, 0.0, position))
        accessible.go_to(widget, target.heading.offset)

    def _reading_place(self) -> tuple[int | None, int | None]:
        """The message at the top of the screen, and what of its text is there."""
        from qwen_desktop.ui.transcript.places import offset_of

        view = self._view
        widget = view.widget_at(view.viewport().rect().topLeft())
        if widget is None or widget.y() > 0:
            return (None, None) if widget is None else (widget.row, None)
        top = -widget.y() - widget.section("body")[2]
        return widget.row, offset_of(widget.body, view.rows[widget.row].text, widget.body.mark_at(0, top))

    def _focus(self, index: int, *, is_shown: bool = False) -> None:
        """Give a message the keyboard; unless `is_shown`, bring its top to the screen."""
        widget = self._view.materialise(index)
        port = self._view.viewport()
        is_seen = widget.y() >= 0 and widget.y() + TOP_MARGIN_PX < port.height()
        if not is_shown and not is_seen:
            self._view.bring_to_top(index, ("top", 0, 0.0, -1), 0.0)
        widget.setFocus(Qt.FocusReason.TabFocusReason)
