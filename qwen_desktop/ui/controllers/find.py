"""The find bar and the transcript, joined: what is typed is searched, what is found is counted, marked and gone to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QObject, QTimer

from qwen_desktop.ui.transcript.find import Hit, Hits, TextIndex

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from qwen_desktop.ui.views.find_bar import FindBar

HitsOf = Callable[[int], list[tuple[int, int]]]
"""A message's id to where its hits begin and end in its exact text."""

FRAME_MS = 16
GROWTH_MS = 250
"""While a reply arrives its hits are counted so often."""
SLICE_S = 0.004
LONGEST_SELECTION = 200
"""Characters of a selection that may have been made to be looked for."""


@runtime_checkable
class FindableTranscript(Protocol):
    """What the transcript offers to find.  Offsets are Python's, in the message's exact text.

    Signals: text_changed(int message_id): it has grown or was replaced; messages_changed(): others, or another order.
    """

    @property
    def text_changed(self) -> SignalInstance: ...

    @property
    def messages_changed(self) -> SignalInstance: ...

    @property
    def message_ids(self) -> list[int]: ...

    @property
    def reading_id(self) -> int | None:
        """The first message that can be seen."""

    def text_of(self, message_id: int) -> str: ...

    def selected_text(self) -> str: ...

    def show_hits(self, hits_by_message: HitsOf | None, current: tuple[int, int, int] | None) -> None:
        """Mark the hits in what is painted, the current one more strongly; None takes the marks away."""

    def reveal(self, message_id: int, source_begin: int, source_end: int) -> None:
        """Scroll to a place."""


class FindController(QObject):
    """Find in one transcript.  Nothing is held, and no timer runs, while the bar is closed."""

    def __init__(self, bar: FindBar, transcript: FindableTranscript, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self._transcript = transcript
        self._index = TextIndex()
        self._hits: Hits | None = None
        self._current: Hit | None = None
        self._steps = 0
        """Asked for while the hits were being counted."""
        self._is_open = False
        self._goes_there = False
        """The hit found next is to be scrolled to; not if it was found again because the text has changed."""
        self._grown: set[int] = set()
        self._frame = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._frame.timeout.connect(self._search)
        self._slice = QTimer(self, singleShot=True, interval=0)
        self._slice.timeout.connect(self._work)
        self._growth = QTimer(self, singleShot=True, interval=GROWTH_MS)
        self._growth.timeout.connect(self._take_growth)
        bar.query_changed.connect(self._on_query)
        bar.next_requested.connect(lambda: self._step(1))
        bar.previous_requested.connect(lambda: self._step(-1))
        bar.closed.connect(self._on_closed)
        transcript.text_changed.connect(self._on_text_changed)
        transcript.messages_changed.connect(self._on_messages_changed)

    @property
    def current(self) -> Hit | None:
        """The hit that is gone to."""
        return self._current

    @property
    def is_busy(self) -> bool:
        """Something is still to be searched or read."""
        return self._frame.isActive() or self._slice.isActive() or self._growth.isActive()

    def open(self) -> None:
        """Show the bar, or go back to it; what is selected is looked for."""
        selected = self._transcript.selected_text().strip()
        if "\n" in selected or len(selected) > LONGEST_SELECTION:
            selected = ""
        if not self._is_open:
            self._is_open = True
            self._index.arrange(self._transcript.message_ids, self._transcript.text_of)
        self._bar.open(selected)
        if self._hits is None:
            if self._bar.query:
                self._on_query()
            self._slice.start()  # until something is typed, get ready for it

    def close(self) -> None:
        self._bar.close_bar()

    def _on_closed(self) -> None:
        self._is_open = False
        for timer in (self._frame, self._slice, self._growth):
            timer.stop()
        self._index.clear()
        self._grown.clear()
        self._hits = self._current = None
        self._steps = 0
        self._transcript.show_hits(None, None)

    # Searching

    def _on_query(self) -> None:
        self._goes_there = True
        if self._is_open and not self._frame.isActive():
            self._frame.start()

    def _search(self) -> None:
        """Begin to look for what stands in the bar."""
        query = self._bar.query
        self._slice.stop()
        if not query:
            self._hits = self._current = None
            self._transcript.show_hits(None, None)
            return
        self._take_grown_texts()
        self._hits = self._index.begin_search(query)
        self._work()

    def _work(self) -> None:
        """A slice of counting, or of getting ready while nothing is looked for."""
        if self._hits is None:
            if not self._index.prepare(SLICE_S):
                self._slice.start()
        elif self._hits.count_some(SLICE_S):
            self._on_counted()
        else:
            self._slice.start()

    def _on_counted(self) -> None:
        assert self._hits is not None
        goes_there, self._goes_there = self._goes_there or self._steps != 0, False
        steps, self._steps = self._steps, 0
        if not self._hits.total:
            if goes_there and self._current is not None:
                self._current = self._current._replace(end=self._current.begin)  # from here on if less is looked for
            self._show(None)
            return
        self._go(self._number() + steps, goes_there)

    def _number(self) -> int:
        """Of the current hit, or of the first one from where the reader is."""
        assert self._hits is not None
        known = self._transcript.message_ids
        if self._current is not None and self._current.message_id in known:
            return self._hits.first_from(self._current.message_id, self._current.begin)
        reading = self._transcript.reading_id
        return self._hits.first_from(reading, 0) if reading in known and reading is not None else 0

    def _step(self, steps: int) -> None:
        if self._frame.isActive() or self._hits is None or not self._hits.is_counted:
            self._steps += steps
        elif self._hits.total:
            self._go(self._number() + steps, goes_there=True)

    def _go(self, number: int, goes_there: bool) -> None:
        assert self._hits is not None
        number %= self._hits.total
        self._current = self._hits.hit(number)
        self._show(number)
        if goes_there:
            self._transcript.reveal(*self._current)

    def _show(self, number: int | None) -> None:
        hits, current = self._hits, self._current
        assert hits is not None
        self._bar.show_count(0 if number is None else number + 1, hits.total)
        if number is None or current is None:
            self._transcript.show_hits(None, None)
            return

        def hits_of(message_id: int) -> list[tuple[int, int]]:
            return hits.in_message(message_id, current.begin if message_id == current.message_id else 0)

        self._transcript.show_hits(hits_of, current)

    # While the conversation changes

    def _on_text_changed(self, message_id: int) -> None:
        if self._is_open:
            self._grown.add(message_id)
            if not self._growth.isActive():
                self._growth.start()

    def _take_grown_texts(self) -> bool:
        """Whether all that has changed is that messages became longer, and the count of the others holds."""
        known = set(self._index.message_ids) & set(self._transcript.message_ids)
        has_only_grown = True
        for message_id in self._grown & known:
            has_only_grown &= self._index.grow_to(message_id, self._transcript.text_of(message_id))
        return has_only_grown

    def _take_growth(self) -> None:
        has_only_grown = self._take_grown_texts()
        grown, self._grown = self._grown, set()
        if self._frame.isActive():
            return  # all is searched anew
        if self._hits is None:
            self._slice.start()
        elif not has_only_grown or not self._hits.is_counted:
            self._search()
        else:
            for message_id in grown.intersection(self._index.message_ids):
                self._hits.recount(message_id)
            self._on_counted()

    def _on_messages_changed(self) -> None:
        if self._is_open:
            self._index.arrange(self._transcript.message_ids, self._transcript.text_of)
            if not self._frame.isActive():
                self._frame.start()
