"""Mouse and keyboard to selected text within one message.

A place is (section, piece, position in the piece).  Selection across messages will put the message in front and live
in the view; what is here stays the part of one message."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication

from qwen_desktop.ui.transcript.flow import Mark

if TYPE_CHECKING:
    from qwen_desktop.ui.transcript.message_widget import MessageWidget


class TextSelection:
    """What is selected in one section of a message."""

    def __init__(self, widget: MessageWidget) -> None:
        self._widget = widget
        self._section = "body"
        self._anchor: tuple[Mark, Mark] = ((0, 0), (0, 0))
        """What was pressed on: a place, or a word or piece that stays selected while dragging."""
        self._begin: Mark = (0, 0)
        self._end: Mark = (0, 0)
        self._is_everything = False
        self._was_dragged = False
        self._by_word = False
        self._double_clicked_at = 0.0

    @property
    def is_empty(self) -> bool:
        return self._begin == self._end and not self._is_everything

    def clear(self) -> None:
        self._begin = self._end = (0, 0)
        self._is_everything = False

    def in_section(self, section: str) -> tuple[Mark, Mark] | None:
        """First and last place selected in `section`, for painting."""
        if section != self._section or self.is_empty:
            return None
        flow, _, _ = self._widget.section(section)
        if self._is_everything and flow is not None:
            return (0, 0), (max(0, len(flow.pieces) - 1), 1 << 30)
        return self._begin, self._end

    def text(self) -> str:
        """The selected text: the exact source if all of it is selected, else as it is read."""
        flow, _, _ = self._widget.section(self._section)
        if flow is None or self.is_empty:
            return ""
        if self._is_everything or (self._begin == (0, 0) and self._end == flow.end_mark()):
            state = self._widget.state
            return state.text if self._section == "body" else state.reasoning
        return flow.plain(self._begin, self._end)

    def select_all(self) -> None:
        self._section, self._is_everything = "body", True
        self._widget.update()

    def press(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """A place with the first click; a whole piece with the third."""
        self._was_dragged = self._by_word = self._is_everything = False
        section, mark = self._mark_at(point)
        is_third = (
            time.monotonic() - self._double_clicked_at < QGuiApplication.styleHints().mouseDoubleClickInterval() / 1e3
        )
        self._double_clicked_at = 0.0
        flow, _, _ = self._widget.section(section)
        if modifiers & Qt.KeyboardModifier.ShiftModifier and section == self._section:
            self._extend(mark)
        elif is_third and flow is not None and flow.pieces:
            self._section, self._anchor = section, flow.whole_piece(mark)
            self._begin, self._end = self._anchor
            self._was_dragged = True
        else:
            self._section, self._anchor = section, (mark, mark)
            self._begin = self._end = mark
        self._widget.update()

    def double_click(self, point: QPointF) -> None:
        section, mark = self._mark_at(point)
        flow, _, _ = self._widget.section(section)
        if flow is None or not flow.pieces:
            return
        self._section, self._anchor = section, flow.word_at(mark)
        self._begin, self._end = self._anchor
        self._was_dragged = self._by_word = True
        self._double_clicked_at = time.monotonic()
        self._widget.update()

    def drag(self, point: QPointF) -> None:
        _, mark = self._mark_at(point, self._section)
        before = self._begin, self._end
        self._extend(mark)
        if (self._begin, self._end) != before:
            self._was_dragged = True
            self._widget.update()

    def release(self) -> bool:
        """Whether the press selected something, so that it was no click."""
        if not self.is_empty and QGuiApplication.clipboard().supportsSelection() and self._was_dragged:
            QGuiApplication.clipboard().setText(self.text(), QGuiApplication.clipboard().Mode.Selection)
        return self._was_dragged

    def is_over_text(self, point: QPointF) -> bool:
        for name in ("body", "reasoning"):
            flow, x, y = self._widget.section(name)
            if flow is not None and y <= point.y() < y + flow.height and x <= point.x() < x + flow.width:
                return True
        return False

    def _extend(self, mark: Mark) -> None:
        self._is_everything = False
        first, last = self._anchor
        if self._by_word:
            flow, _, _ = self._widget.section(self._section)
            begin, end = flow.word_at(mark) if flow is not None and flow.pieces else (mark, mark)
        else:
            begin = end = mark
        self._begin, self._end = min(first, begin), max(last, end)

    def _mark_at(self, point: QPointF, section: str | None = None) -> tuple[str, Mark]:
        if section is None:
            flow, _, y = self._widget.section("reasoning")
            section = "reasoning" if flow is not None and point.y() < y + flow.height else "body"
        flow, x, y = self._widget.section(section)
        return section, flow.mark_at(point.x() - x, point.y() - y) if flow is not None else (0, 0)
