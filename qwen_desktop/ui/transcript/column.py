"""Rows to their places on the screen: which have a widget, where the reader is, what is made ready in advance.

Truth is the anchor: a place in a message, and where on the screen it stands.  Heights of what nobody has looked at are
guesses, so neither the scroll bar nor a distance from the top says where the reader is.  When he scrolls, the anchor
moves on the screen, what comes into view is measured, and the anchor stays where it was put, whatever the guesses were.
Memory is that of the window: rows far from the screen have no widget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from qwen_desktop.core.chat.message import Message
from qwen_desktop.ui.theme import COLUMN_PX
from qwen_desktop.ui.transcript import accessible
from qwen_desktop.ui.transcript.flow import MOST_LINES, Flow, has_formulas
from qwen_desktop.ui.transcript.heights import HeightIndex
from qwen_desktop.ui.transcript.message_widget import Anchor, MessageWidget
from qwen_desktop.ui.transcript.rows import Estimates, Row, Rows
from qwen_desktop.ui.transcript.style import MARGIN_PX, Style

TOP_PX = 4
BOTTOM_PX = 18
END_PX = 4
"""So near to the end the view follows it."""
AHEAD_STEP_PX = 160
"""Made ready at a time above and below the screen, up to a page either way."""
MOST_WIDGETS = 40
"""More are kept only where that many are near the screen."""
NEAR_ROWS = 8
"""Rows beyond the page either way that keep their widgets when there are too many."""
GUESSES_PER_SLICE = 150


class Column:
    """The rows of one conversation in a scroll area.  `make_widget` gives a row its widget."""

    def __init__(self, area: QAbstractScrollArea, make_widget: Callable[[Row], MessageWidget], style: Style) -> None:
        self.rows = Rows()
        self.with_widget: dict[int, Row] = {}
        """By index, the rows that have a widget."""
        self.is_following = True
        self.top = 0
        """What is at the top of the screen, in the coordinates of the column."""
        self._tail_px = -1
        """Where on the screen the last message ended when it was last placed."""
        self.is_settling = False
        self._area = area
        self._viewport = area.viewport()
        self._make_widget = make_widget
        self._style = style
        self._heights = HeightIndex()
        self._estimates = Estimates()
        self._anchor: tuple[int, Anchor] | None = None
        """Of a reader: a message and a place in it."""
        self._anchor_px = 0.0
        """Where on the screen that place is."""
        self._has_moved = False
        """The reader is somewhere else now, and the place is to be taken anew when that is shown."""
        self._anchor_offset: int | None = None
        """Where that place is in the text, since its piece may have become another."""
        self._is_anchor_stale = False
        self._ahead_px = 0
        """How far above and below the screen what there is has been made ready."""
        self._ahead_of = 0
        """The top of the screen when that was begun."""
        self._ready = range(0)
        """Rows that were laid out in quiet moments, each from its top to its end; none of them is without widget."""
        self._is_ready_stale = False
        """Something other than the reader's place changed since, perhaps in those."""
        self.widest_px = COLUMN_PX
        """The column gets no wider; tell `width_changed` afterwards."""
        self._guessed_to = 0
        """Guesses of the rows before it are for the present width."""

    # Rows

    def show(self, messages: Iterable[Message]) -> None:
        """Other rows instead of all there are."""
        self._anchor = None
        dropped, self.with_widget = self.with_widget, {}
        self.rows = Rows(messages)
        self._heights = HeightIndex(self._estimates.rough_heights(self.rows.messages, *self._measures()))
        self._guessed_to = 0
        self.make_ready_anew()
        self.top = 0
        for row in dropped.values():  # last: with one that has the keyboard the focus moves on, and the view with it
            self._drop_widget(row)

    def add(self, message: Message) -> Row:
        """One more row below the others."""
        row = self.rows.append(message)
        self._heights.append(self._estimates.height(message, *self._measures()))
        if self._guessed_to == row.index:
            self._guessed_to += 1
        return row

    def _measures(self) -> tuple[int, int, float]:
        return self.column_rect().width(), self._style.line_px, self._style.body_advance_px

    def restyle(self, style: Style, *, keep_heights: bool) -> None:
        """Other fonts or colours; with other fonts every height is a guess again."""
        self._style = style
        self.make_ready_anew()
        if not keep_heights:
            for row in self.rows.made():
                row.measured_px = 0
            self.width_changed()

    def width_changed(self) -> None:
        """The guesses are for another width."""
        self._guessed_to = 0
        self.make_ready_anew()

    def make_ready_anew(self) -> None:
        """What was made ready beyond the screen may be something else now."""
        self._ahead_px, self._ready = 0, range(0)

    def guess_some(self) -> bool:
        """Guess heights for the present width, in small portions; whether there is more to do."""
        width, line_px, letter_px = self._measures()
        end = min(len(self.rows), self._guessed_to + GUESSES_PER_SLICE)
        measured = self.rows.measured(self._guessed_to, end, width)
        for index in range(self._guessed_to, end):
            if index not in measured:
                message = self.rows.messages[index]
                self._heights.set(index, self._estimates.height(message, width, line_px, letter_px))
        self._guessed_to = end
        return end < len(self.rows)

    # Places

    def column_rect(self) -> QRect:
        """Left edge and width of the column of text."""
        room = self._area.width()
        width = min(self.widest_px, max(120, room - 2 * MARGIN_PX))
        return QRect((room - width) // 2 - self._area.frameWidth(), 0, width, 0)

    @property
    def total(self) -> int:
        return TOP_PX + self._heights.total + BOTTOM_PX

    @property
    def page_px(self) -> int:
        return self._viewport.height()

    @property
    def end(self) -> int:
        """The top of the screen when its end is shown."""
        return max(0, self.total - self.page_px)

    def y(self, index: int) -> int:
        return TOP_PX + self._heights.prefix(index)

    def row_at(self, y: float) -> int:
        """Index of the row at a height of the column."""
        return self._heights.find(y - TOP_PX)

    def between(self, top: float, bottom: float) -> Iterator[tuple[int, int]]:
        """Index and y of each row that touches a stretch; heights may be set meanwhile."""
        index = self.row_at(top)
        y = self.y(index)
        while index < len(self.rows) and y < bottom:
            yield index, y
            y += self._heights[index]
            index += 1

    # The reader

    def scroll_by(self, delta_px: int) -> None:
        """The reader moves; `settle` shows it.  A jump of more than two pages goes by the guesses."""
        is_far = abs(delta_px) > 2 * self.page_px
        if is_far or self._anchor is None or self._has_moved:
            self.take_anchor(self.top + delta_px if is_far else None)
        self._anchor_px -= 0 if is_far else delta_px
        self._has_moved = True

    def keep_anchor(self) -> None:
        """What is shown is settled: go on with the reader's place, or take another if he has moved.

        It is not taken each time: a line begins with another word at each width, and he would drift."""
        if self._anchor is None or self._has_moved or self._anchor[0] >= len(self.rows):
            self.take_anchor()
        elif abs(self._unbounded_top() - self.top) > 1:
            self._anchor_px += self._unbounded_top() - self.top  # there is no more above or below to be shown

    def measure_ahead(self, delta_px: int) -> None:
        """Lay out what a step of the reader would show, so that the scroll bar is as long as what is there."""
        delta_px = max(-self.page_px, min(self.page_px, delta_px))
        if self.is_following or self._anchor is None:
            return
        for _ in range(12):
            top = self._wanted_top()
            if self._measure(top + min(0, delta_px), top + self.page_px + max(0, delta_px)):
                break

    def take_anchor(self, top: float | None = None) -> None:
        """Remember what is at the top of the screen (or at `top`), so that it stays there."""
        self._has_moved = self._is_anchor_stale = False
        self._anchor_offset = None
        if not self.rows:
            self._anchor = None
            return
        top = self.top if top is None else min(max(0.0, top), self.end)
        index = self.row_at(top)
        row = self.rows[index]
        inside = top - self.y(index)
        place: Anchor = ("top", 0, float(inside), -1)
        if row.widget is not None:
            place = row.widget.anchor_at(min(inside + self._style.line_px // 2, self._heights[row.index] - 1))
            inside = row.widget.y_of(place)
            if place[0] == "below" and index + 1 < len(self.rows):  # only what is below the text is seen of it
                index, place = index + 1, ("top", 0, float(inside - self._heights[row.index]), -1)
                inside = place[2]
        self._anchor, self._anchor_px = (index, place), self.y(index) + inside - top

    def anchor_to(self, index: int, place: Anchor, screen_px: float) -> None:
        """Put a place of a message at a height of the screen; `settle` shows it."""
        self.is_following = False
        self._anchor, self._anchor_px = (index, place), screen_px
        self._has_moved, self._is_anchor_stale, self._anchor_offset = True, False, None

    def release_anchor(self) -> None:
        self._anchor = None

    def pieces_change(self, index: int, are_among: Callable[[Flow, int], bool] | None) -> None:
        """Some pieces of a message are about to become others; None: all, as its text will be another."""
        if self._anchor is None or self._anchor[0] != index or self.is_following:
            return
        widget, place = self.rows[index].widget, self._anchor[1]
        if are_among is None:
            self._has_moved = True
        elif widget is not None and place[0] in ("body", "reasoning"):
            flow = widget.section(place[0])[0]
            if flow is not None and flow.pieces and (self._is_anchor_stale or are_among(flow, place[1])):
                if self._anchor_offset is None:
                    self._anchor_offset = widget.offset_at(place)
                self._is_anchor_stale = True

    @property
    def settled_top(self) -> int:
        """Where the top of the screen is, by the heights known now."""
        return self._wanted_top()

    def _wanted_top(self) -> int:
        if self.is_following or self._anchor is None or self._anchor[0] >= len(self.rows):
            return self.end
        return max(0, min(self.end, round(self._unbounded_top())))

    def _unbounded_top(self) -> float:
        assert self._anchor is not None
        index, place = self._anchor
        widget = self.rows[index].widget
        if widget is not None and self._is_anchor_stale and self._anchor_offset is not None:
            place = widget.anchor_of(place, self._anchor_offset)
            self._anchor, self._is_anchor_stale = (index, place), False
        inside = widget.y_of(place) if widget is not None else place[2]
        return self.y(index) + inside - self._anchor_px

    # What is on the screen

    def settle(self, *, is_scroll: bool = False) -> int:
        """Measure what is on the screen until nothing moves any more; where its top is then.

        `is_scroll`: nothing but the reader's place changed, so what was made ready is ready."""
        self._is_ready_stale |= not is_scroll
        ready = range(0) if self._is_ready_stale else self._ready
        if self._anchor is not None and self._anchor[0] < len(self.rows):
            # what the reader stays at has to be measured, wherever it is
            self._widget_of(self.rows[self._anchor[0]])
        for _ in range(12):
            top = self._wanted_top()
            if self._measure(top, top + self.page_px, ready) and not self._arrange_anchor(top):
                break
        top = self._wanted_top()
        if self.is_following and top > self._ahead_of:  # what is above now was on the screen, below is nothing
            self._ahead_of = top
        elif (moved_px := abs(top - self._ahead_of)) > AHEAD_STEP_PX:
            self._ahead_px, self._ahead_of = max(0, self._ahead_px - moved_px), top
        return top

    @property
    def wants_prefetch(self) -> bool:
        """There is something to be made ready, or to be let go."""
        return self._ahead_px < self.page_px or self._guessed_to < len(self.rows)

    def _arrange_anchor(self, top: int) -> bool:
        """Lay out the message the reader stays at if its height so far says it is elsewhere; whether it has another."""
        if self.is_following or self._anchor is None or self._anchor[0] >= len(self.rows):
            return False
        row = self.rows[self._anchor[0]]
        y = self.y(row.index)
        is_touched = y < top + self.page_px and y + self._heights[row.index] > top
        return not is_touched and self._arrange(row, top - y, top + self.page_px - y)

    def _measure(self, top: float, bottom: float, ready: range = range(0)) -> bool:
        """Lay out what touches a stretch of the column, but for the rows that are `ready`; whether every height stayed
        what it was."""
        is_stable = True
        for index, y in self.between(top, bottom):
            row = self.rows[index]
            if index not in ready:
                is_stable &= not self._arrange(row, top - y, bottom - y)
        return is_stable

    def _arrange(self, row: Row, top: float, bottom: float) -> bool:
        """Lay out a part of one message; whether its height changed."""
        widget = self._widget_of(row)
        column = self.column_rect()
        height = widget.arrange(column, top, bottom)
        if not row.measured_px and not row.is_running:
            self._estimates.learn(row, height, *self._measures())
        row.measured_px = column.width()
        if height == self._heights[row.index]:
            return False
        self._heights.set(row.index, height)
        return True

    def _widget_of(self, row: Row) -> MessageWidget:
        if row.widget is None:
            self._ahead_px = 0
            row.widget = self._make_widget(row)
            self.with_widget[row.index] = row
            self._put_in_tab_order(row.index, row.widget)
            row.widget.setGeometry(0, self.y(row.index) - self.top, self._viewport.width(), self._heights[row.index])
            row.widget.show()
        return row.widget

    def materialise(self, index: int) -> MessageWidget:
        """The widget of a message, made if it has none."""
        return self._widget_of(self.rows[index])

    def arranged(self, index: int) -> MessageWidget:
        """The widget of a message at the present width; as much of it is laid out as was."""
        widget = self._widget_of(self.rows[index])
        widget.arrange(self.column_rect(), *widget.laid_out)
        return widget

    def _put_in_tab_order(self, index: int, widget: MessageWidget) -> None:
        """The keyboard goes through the messages from top to bottom."""
        above = max((other for other in self.with_widget if other < index), default=None)
        before = None if above is None else self.with_widget[above].widget
        for first, second in pairwise((self._area if before is None else before.tab_stops[-1], *widget.tab_stops)):
            QWidget.setTabOrder(first, second)

    def place_widgets(self, top: int) -> None:
        """Put `top` at the top of the screen; what was painted is moved, not painted again."""
        viewport, self.top = self._viewport, top
        width = viewport.width()
        lowest = self.with_widget.get(len(self.rows) - 1 if self.is_following else self.row_at(top + self.page_px))
        if lowest is not None and lowest.widget is not None:  # most often all others go with it
            viewport.scroll(0, self.y(lowest.index) - top - lowest.widget.y())
        following, y = -1, 0
        for index in sorted(self.with_widget):
            if index != following:
                y = self.y(index) - top
            height = self._heights[index]
            widget = self.with_widget[index].widget
            if widget is not None:
                _place(widget, y, width, height)
            following, y = index + 1, y + height
        tail_px, self._tail_px = self._tail_px, self.total - BOTTOM_PX - top
        if tail_px != self._tail_px < viewport.height():
            viewport.update(0, max(0, self._tail_px), width, viewport.height())

    # Quiet moments

    def prefetch_some(self) -> bool:
        """Make a little more ready above and below the screen; whether there is more to do."""
        if self._guessed_to < len(self.rows):
            self.guess_some()
            return True
        if self._is_ready_stale:
            self._ready, self._is_ready_stale = range(0), False
        ahead_px = min(self.page_px, self._ahead_px + AHEAD_STEP_PX)
        top = self._wanted_top()
        begin, end = top - ahead_px, min(top + self.page_px + ahead_px, self.y(len(self.rows)))
        is_stable = self._measure(begin, end, self._ready)
        self._ahead_px = ahead_px  # widgets that were made on the way do not begin it anew
        self._note_ready(begin, end)
        if not is_stable:
            self.settle(is_scroll=True)  # another part of a message may be on the screen now
        if self._ahead_px < self.page_px:
            return True
        self._drop_far_widgets()
        return False

    def _note_ready(self, begin: float, end: float) -> None:
        """What touches a stretch was laid out; rows farther than what is kept laid out are not ready any more."""
        measured = self._rows_within(begin, end)
        before = self._ready
        is_beside = before.start <= measured.stop and measured.start <= before.stop
        if is_beside and measured and before:
            measured = range(min(before.start, measured.start), max(before.stop, measured.stop))
        top, farthest_px = self._wanted_top(), self.page_px + AHEAD_STEP_PX
        kept = self._rows_within(top - farthest_px, top + self.page_px + farthest_px)
        self._ready = range(max(measured.start, kept.start), min(measured.stop, kept.stop))

    def _rows_within(self, begin: float, end: float) -> range:
        """The rows of which nothing is outside of a stretch."""
        if not self.rows:
            return range(0)
        first, last = self.row_at(begin), self.row_at(end)
        return range(first + (self.y(first) < begin), last + (self.y(last) + self._heights[last] <= end))

    def _drop_far_widgets(self) -> None:
        if len(self.with_widget) <= MOST_WIDGETS:
            return
        first = self.row_at(self.top - self.page_px) - NEAR_ROWS
        last = self.row_at(self.top + 2 * self.page_px) + NEAR_ROWS
        for index, row in list(self.with_widget.items()):
            is_held = row.widget is not None and (row.is_running or row.widget.holds_keyboard)
            if not first <= index <= last and not is_held:
                self._drop_widget(row)
                del self.with_widget[index]

    def drop_surplus(self) -> None:
        """While somebody scrolls on and on no moment is quiet: keep the number of widgets bounded all the same."""
        if len(self.with_widget) > 2 * MOST_WIDGETS:
            self._ready = range(0)  # some of them may go
            self._drop_far_widgets()

    def _drop_widget(self, row: Row) -> None:
        if row.widget is not None:
            row.widget.told.pieces_change(row.index, _may_be_read_in_slices)
        widget, row.widget = row.widget, None
        if widget is not None:
            accessible.forget(widget)
            widget.hide()  # a deleted widget would go on painting until the loop gets round to it
            widget.setParent(None)
            widget.deleteLater()


def _place(widget: MessageWidget, y: int, width: int, height: int) -> None:
    before_y, before_width = widget.y(), widget.width()
    if y != before_y or width != before_width or height != widget.height():
        widget.setGeometry(0, y, width, height)
        if width != before_width or y != before_y:
            widget.update()  # it takes pixels along, even such as came into sight and are not painted yet
    if widget.has_changes:
        widget.show_changes()


def _may_be_read_in_slices(flow: Flow, index: int) -> bool:
    """Whether a piece may not be there at once when its text is shown again."""
    return has_formulas(flow, index) or flow.read_length > 2 * MOST_LINES
