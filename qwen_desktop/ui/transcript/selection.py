"""Mouse and keyboard to selected text, across blocks and messages, also over messages that have no widget.

What is selected has two ends, each a place: a message, a piece of it, a position in that piece.  All between is meant,
whether anybody has looked at it or not.  Reasoning is selected within one message only, and never together with text.

While the pieces of a message become others (a long text is read, a formula is drawn, its widget goes), its places are
kept as offsets in its text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from qwen_desktop.ui.transcript.clipboard import as_read, copy_markdown, copy_plain
from qwen_desktop.ui.transcript.flow import Flow, Mark

if TYPE_CHECKING:
    from qwen_desktop.ui.transcript.message_widget import MessageWidget
    from qwen_desktop.ui.transcript.rows import Row, Rows

END: Mark = (1 << 30, 0)
"""Behind the last character of a message, however long it is."""
AUTOSCROLL_MS = 30
BETWEEN_MESSAGES = "\n\n"


class Place(NamedTuple):
    """A place in the text of a conversation; places compare as they are read."""

    row: int
    mark: Mark


class Host(Protocol):
    """The view whose text is selected."""

    @property
    def rows(self) -> Rows: ...
    def viewport(self) -> QWidget: ...
    def widgets(self) -> list[MessageWidget]: ...
    def widget_at(self, point: QPoint) -> MessageWidget | None: ...
    def materialise(self, index: int) -> MessageWidget: ...
    def reveal_place(self, index: int, section: str, piece: int, position: int) -> None: ...
    def scroll_by(self, delta_px: int) -> None: ...


class Selection:
    """What is selected in the transcript."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._section = "body"
        self._anchor: tuple[Place, Place] | None = None
        """What was pressed on: a place, or a word or piece that stays selected while dragging."""
        self._focus: Place | None = None
        """The end that moves."""
        self._begin: Place | None = None
        self._end: Place | None = None
        self._offsets: dict[Place, tuple[int, int]] = {}
        """Of places whose pieces may be others now: where they are in the text, as a beginning and as an end."""
        self._stale: set[int] = set()
        """Rows in which such places are to be found again."""
        self._was_dragged = False
        self._by = "place"
        self._double_clicked_at = 0.0
        self._wanted_x: float | None = None
        """Where a caret that goes up and down wants to be."""
        self._pointer: tuple[MessageWidget, QPointF] | None = None
        self._autoscroll: QTimer | None = None

    # What it says

    @property
    def is_empty(self) -> bool:
        return self._begin is None or self._begin == self._end

    def in_section(self, row: int, section: str) -> tuple[Mark, Mark] | None:
        """First and last place selected in a part of a message, for painting."""
        if self._begin is None or self._end is None or self._begin == self._end or section != self._section:
            return None
        if not self._begin.row <= row <= self._end.row:
            return None
        self._find_again(row)
        return (self._begin.mark if row == self._begin.row else (0, 0)), (
            self._end.mark if row == self._end.row else END
        )

    def markdown(self) -> str:
        """The selected text as the model wrote it, byte for byte where whole messages are selected."""
        return BETWEEN_MESSAGES.join(self._parts(is_plain=False))

    def plain(self) -> str:
        """The selected text as it is read, without Markdown."""
        return BETWEEN_MESSAGES.join(self._parts(is_plain=True))

    def _parts(self, *, is_plain: bool) -> Sequence[str]:
        if self._begin is None or self._end is None:
            return ()
        rows = self._host.rows[self._begin.row : self._end.row + 1]
        return [part for row in rows if (part := self._part(row, is_plain=is_plain))]

    def _part(self, row: Row, *, is_plain: bool) -> str:
        found = self.in_section(row.index, self._section)
        if found is None:
            return ""
        begin, end = found
        if found != ((0, 0), END):
            self._host.materialise(row.index)  # what was selected in it is found again
            begin, end = self.in_section(row.index, self._section) or found
        text = self._text(row)
        if begin == (0, 0) and end == END:
            return as_read(text, is_markdown=not (row.is_prompt or row.is_plain)) if is_plain else text
        flow = self._host.materialise(row.index).section(self._section)[0]
        if flow is None:
            return ""
        last = flow.end_mark()
        if begin == (0, 0) and end >= last and not is_plain:
            return text
        if is_plain and flow.stream is not None:
            return flow.plain(begin, min(end, last))
        from qwen_desktop.ui.transcript.places import markdown_between  # brings the parser

        return markdown_between(flow, text, begin, min(end, last))

    # Places whose pieces become others

    def pieces_change(self, row: int, are_among: Callable[[Flow, int], bool]) -> None:
        """Some pieces of a message are about to become others; `are_among` says which may be."""
        if self._begin is None or row not in (self._begin.row, self._end.row if self._end else -1):
            return
        widget = self._host.rows[row].widget
        flow = widget.section(self._section)[0] if widget is not None else None
        if flow is None or not flow.pieces or row in self._stale:
            return
        from qwen_desktop.ui.transcript.places import offset_of  # brings the parser

        text = self._text(self._host.rows[row])
        for place in self._places():
            index = min(place.mark[0], len(flow.pieces) - 1)
            if place.row == row and place.mark not in ((0, 0), END) and are_among(flow, index):
                if place not in self._offsets:
                    offset = offset_of(flow, text, place.mark)
                    self._offsets[place] = offset, max(offset, _end_offset(flow, text, place.mark))
                self._stale.add(row)

    def _places(self) -> list[Place]:
        found = [*(self._anchor or ()), self._focus, self._begin, self._end]
        return [place for place in found if place is not None]

    def _text(self, row: Row) -> str:
        return row.state.reasoning if self._section == "reasoning" else row.text

    def _find_again(self, row: int) -> None:
        """Where the places in a message are now."""
        widget = self._host.rows[row].widget if row in self._stale else None
        if widget is None:
            return
        self._stale.discard(row)
        flow = widget.section(self._section)[0]
        if flow is None:
            return
        from qwen_desktop.ui.transcript.places import end_mark_of, mark_of

        text, offsets = self._text(self._host.rows[row]), self._offsets
        self._offsets = {place: known for place, known in offsets.items() if place.row != row}

        def again(place: Place, *, is_end: bool) -> Place:
            known = offsets.get(place)
            if known is None or place.row != row:
                return place
            now = Place(row, end_mark_of(flow, text, known[1]) if is_end else mark_of(flow, text, known[0]))
            self._offsets[now] = known
            return now

        if self._begin is not None and self._end is not None:
            is_empty = self._begin == self._end
            self._begin, self._end = again(self._begin, is_end=False), again(self._end, is_end=not is_empty)
            self._end = max(self._begin, self._end)
        if self._anchor is not None:
            first, last = self._anchor
            self._anchor = again(first, is_end=False), again(last, is_end=first != last)
        if self._focus is not None:
            self._focus = again(self._focus, is_end=False)

    # What changes it

    def clear(self) -> None:
        if self._begin is not None:
            self._begin = self._end = self._anchor = self._focus = None
            self._forget_offsets()
            self._repaint()

    def _forget_offsets(self) -> None:
        self._offsets.clear()
        self._stale.clear()

    def drop_row(self, row: int) -> None:
        """A message got another text: what was selected in it is not there any more."""
        if self._begin is not None and self._end is not None and self._begin.row <= row <= self._end.row:
            self.clear()

    def select_all(self) -> None:
        """All messages; of a message's open reasoning nothing."""
        if self._host.rows:
            self._select(Place(0, (0, 0)), Place(len(self._host.rows) - 1, END))

    def select_message(self, row: int) -> None:
        """All of one message."""
        self.select_in(row, (0, 0), END)

    def select_in(self, row: int, begin: Mark, end: Mark) -> None:
        """A part of one message's text."""
        self._select(Place(row, begin), Place(row, end))

    def _select(self, first: Place, last: Place) -> None:
        self._section = "body"
        self._forget_offsets()
        self._anchor, self._focus, self._begin, self._end = (first, first), last, first, last
        self._repaint()

    def _find_all_again(self) -> None:
        """Before places are compared: none may be of pieces that are not there any more."""
        for row in list(self._stale):
            self._host.materialise(row)
            self._find_again(row)

    def _extend(self, widget: MessageWidget, place: Place) -> None:
        """Select from what was pressed on to a place."""
        self._find_all_again()
        assert self._anchor is not None
        flow = widget.section(self._section)[0]
        begin = end = place
        if flow is not None and flow.pieces and self._by != "place":
            first, last = flow.word_at(place.mark) if self._by == "word" else flow.whole_piece(place.mark)
            begin, end = Place(place.row, first), Place(place.row, last)
        before = self._begin, self._end
        self._focus = place
        self._begin, self._end = min(self._anchor[0], begin), max(self._anchor[1], end)
        if (self._begin, self._end) != before:
            self._was_dragged = True
            self._repaint()

    def _repaint(self) -> None:
        for widget in self._host.widgets():
            widget.selection_changed()

    # The mouse

    def press(self, widget: MessageWidget, event: QMouseEvent) -> None:
        """A place with the first click; a whole piece with the third; up to there with Shift."""
        self._was_dragged, self._wanted_x = False, None
        section, mark = widget.mark_at(event.position())
        place = Place(widget.row, mark)
        is_third = (
            time.monotonic() - self._double_clicked_at < QGuiApplication.styleHints().mouseDoubleClickInterval() / 1e3
        )
        self._double_clicked_at = 0.0
        flow = widget.section(section)[0]
        is_joined = section == self._section and (section == "body" or self._is_in(widget.row))
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._anchor is not None and is_joined:
            self._by = "place"
            self._extend(widget, place)
        elif is_third and flow is not None and flow.pieces:
            self._take(widget.row, section, flow.whole_piece(mark), "piece")
        else:
            self._take(widget.row, section, (mark, mark), "place")

    def _is_in(self, row: int) -> bool:
        return self._anchor is not None and self._anchor[0].row == row

    def _take(self, row: int, section: str, marks: tuple[Mark, Mark], by: str) -> None:
        self._section, self._by = section, by
        self._forget_offsets()
        self._anchor = Place(row, marks[0]), Place(row, marks[1])
        self._begin, self._end = self._anchor
        self._focus = self._anchor[1]
        self._was_dragged = by != "place"
        self._repaint()

    def double_click(self, widget: MessageWidget, point: QPointF) -> None:
        """A word."""
        section, mark = widget.mark_at(point)
        flow = widget.section(section)[0]
        if flow is not None and flow.pieces:
            self._take(widget.row, section, flow.word_at(mark), "word")
            self._double_clicked_at = time.monotonic()

    def drag(self, widget: MessageWidget, point: QPointF) -> None:
        """Up to a point, which may lie over another message or outside the view: then the view scrolls."""
        if self._anchor is None:
            return
        self._pointer = widget, QPointF(widget.mapToGlobal(point))
        self._follow_pointer()
        y = self._host.viewport().mapFromGlobal(self._pointer[1].toPoint()).y()
        if not 0 <= y < self._host.viewport().height():
            self._start_autoscroll()
        elif self._autoscroll is not None:
            self._autoscroll.stop()

    def _follow_pointer(self) -> None:
        if self._pointer is None or self._anchor is None:
            return
        at = self._host.viewport().mapFromGlobal(self._pointer[1].toPoint())
        target = self._host.widget_at(at)
        if self._section == "reasoning":
            target = self._host.materialise(self._anchor[0].row)
        if target is not None:
            _, mark = target.mark_at(QPointF(target.mapFrom(self._host.viewport(), at)), self._section)
            self._extend(target, Place(target.row, mark))

    def _start_autoscroll(self) -> None:
        if self._autoscroll is None:
            self._autoscroll = QTimer(self._host.viewport(), interval=AUTOSCROLL_MS)
            self._autoscroll.timeout.connect(self._scroll_to_pointer)
        if not self._autoscroll.isActive():
            self._autoscroll.start()

    def _scroll_to_pointer(self) -> None:
        if self._pointer is None or not QGuiApplication.mouseButtons() & Qt.MouseButton.LeftButton:
            self._stop_autoscroll()
            return
        y = self._host.viewport().mapFromGlobal(self._pointer[1].toPoint()).y()
        beyond = y if y < 0 else y - self._host.viewport().height() + 1
        self._host.scroll_by(max(-120, min(120, beyond // 2 + (1 if beyond > 0 else -1))))
        self._follow_pointer()

    def _stop_autoscroll(self) -> None:
        if self._autoscroll is not None:
            self._autoscroll.stop()
        self._pointer = None

    def release(self) -> bool:
        """Whether the press selected something, so that it was no click."""
        self._stop_autoscroll()
        if not self.is_empty and QGuiApplication.clipboard().supportsSelection() and self._was_dragged:
            QGuiApplication.clipboard().setText(self.markdown(), QClipboard.Mode.Selection)
        return self._was_dragged

    # The keyboard

    def move_by_key(self, event: QKeyEvent) -> bool:
        """Shift with an arrow, Home or End moves the end of the selection; whether the key was meant for it."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        by_word = modifiers == Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        steps = {
            Qt.Key.Key_Left: "back",
            Qt.Key.Key_Right: "on",
            Qt.Key.Key_Up: "up",
            Qt.Key.Key_Down: "down",
            Qt.Key.Key_Home: "first" if by_word else "home",
            Qt.Key.Key_End: "last" if by_word else "end",
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or not (by_word or modifiers == Qt.KeyboardModifier.ShiftModifier):
            return False
        self._start_if_empty()
        if self._focus is not None:
            self._by = "place"
            self._find_all_again()
            place = self._moved(self._focus, step, by_word=by_word)
            widget = self._host.materialise(place.row)
            if place.mark != END:
                self._host.reveal_place(place.row, self._section, *place.mark)
            self._extend(widget, place)
        return True

    def _start_if_empty(self) -> None:
        """Where nobody has clicked, the keyboard selects from the message that has it."""
        if self._anchor is None:
            held = next((widget for widget in self._host.widgets() if widget.holds_keyboard), None)
            held = held or self._host.widget_at(QPoint(0, 0))
            if held is not None:
                self._take(held.row, "body", ((0, 0), (0, 0)), "place")

    def _moved(self, place: Place, step: str, *, by_word: bool) -> Place:
        widget = self._host.materialise(place.row)
        flow = widget.section(self._section)[0]
        last_row = place.row if self._section == "reasoning" else len(self._host.rows) - 1
        if flow is None:
            return place
        mark = min(place.mark, flow.end_mark())
        if step in ("first", "last"):
            first_row = place.row if self._section == "reasoning" else 0
            return Place(first_row, (0, 0)) if step == "first" else Place(last_row, END)
        if step not in ("up", "down"):
            self._wanted_x = None
        found = flow.moved(mark, step, self._wanted_x, by_word=by_word)
        if found is not None:
            moved, self._wanted_x = found
            return Place(place.row, moved)
        if step in ("up", "back") and place.row > 0 and self._section == "body":
            above = self._host.materialise(place.row - 1).section("body")[0]
            return Place(place.row - 1, above.end_mark() if above is not None else (0, 0))
        if step in ("down", "on") and place.row < last_row:
            return Place(place.row + 1, (0, 0))
        return place

    # The clipboard

    def copy(self) -> None:
        """The exact Markdown, with what an office document takes beside it; nothing where nothing is selected."""
        if not self.is_empty:
            (copy_plain if self._host.rows.are_plain else copy_markdown)(self.markdown())

    def copy_plain(self) -> None:
        """What is read, without Markdown."""
        if not self.is_empty:
            copy_plain(self.plain())


def _end_offset(flow: Flow, text: str, mark: Mark) -> int:
    """Behind the character before a mark, in the text."""
    from qwen_desktop.ui.transcript.places import offset_of

    index, position = mark
    if position <= 0:
        return offset_of(flow, text, mark)
    step = flow.exact_piece(index).step(position, is_back=True, by_word=False)
    return offset_of(flow, text, (index, step)) + 1
