"""Messages to a scrolled column on the screen: which are shown, where the reader is, and when new text is painted.

The view follows the end, or it is read: then nothing moves under the reader.  Truth is the anchor, a place in a
message, and never the scroll bar, since heights of what nobody has looked at are estimates.  Messages far from the
screen have no widget.  (Next to come here: an index of heights for thousands of messages, selection across messages.)
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QAbstractSlider, QApplication, QFrame, QWidget
from shiboken6 import isValid

from qwen_desktop.core.chat.message import Message, MessageStatus
from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.transcript import accessible
from qwen_desktop.ui.transcript.code_block import CodeBlock
from qwen_desktop.ui.transcript.flush import SLICE_S, FlushScheduler, IdleWork
from qwen_desktop.ui.transcript.message_state import MessageState
from qwen_desktop.ui.transcript.message_widget import Anchor, MessageWidget
from qwen_desktop.ui.transcript.notice import Notice
from qwen_desktop.ui.transcript.style import COLUMN_PX, MARGIN_PX, Style, style_for
from qwen_desktop.ui.views.buttons import IconButton
from qwen_desktop.ui.views.controls import name_control, slim_scroll_bar_sheet

END_PX = 4
"""So near to the end the view follows it."""
TOP_PX = 6
BOTTOM_PX = 20
AHEAD_PX = 240
"""Made ready above and below the screen, so that scrolling finds it there."""
MOST_WIDGETS = 48


@dataclass(slots=True, eq=False)
class _Row:
    """One message in the column."""

    state: MessageState
    widget: MessageWidget | None = None
    y: int = 0
    height: int = 0
    new_text: str = ""
    new_reasoning: str = ""


class TranscriptView(QAbstractScrollArea):
    """The transcript of one conversation.

    Signals: link_activated(str url): a link was clicked, nothing was opened; notice_action(int message_id, str id): a
    button of a notice; action_requested(int message_id, str name): 'copy' (already done), 'regenerate';
    painted(int message_id): new text of it is on the screen; following_changed(bool), near_end_changed(bool): whether
    the end is followed.
    """

    link_activated = Signal(str)
    notice_action = Signal(int, str)
    action_requested = Signal(int, str)
    painted = Signal(int)
    following_changed = Signal(bool)
    near_end_changed = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        accessible.make_readable()
        self._theme = theme
        self._styles = self._make_styles()
        self._rows: list[_Row] = []
        self._by_id: dict[int, _Row] = {}
        self._changed: set[int] = set()
        self._is_following = True
        self._anchor: tuple[int, Anchor] | None = None
        """Of a reader: the message and the place in it at the top of the screen."""
        self._top = 0
        """What is at the top of the screen, in the coordinates of the column."""
        self._total = 0
        self._stale_from = 0
        """Rows from this one on may have to be placed anew."""
        self._with_widget: dict[int, _Row] = {}
        """By index, the rows that have a widget."""
        self._is_settling = False
        self._is_tabbing = False
        self.scheduler = FlushScheduler(self._flush, self)
        self._idle = IdleWork(self)
        self._watched_window: QWidget | None = None
        self.setObjectName("transcript")
        self.setAccessibleName(tr("Transcript"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        bar = self.verticalScrollBar()
        bar.setSingleStep(self._styles[0].line_px)
        bar.setStyleSheet(slim_scroll_bar_sheet(theme))
        bar.valueChanged.connect(self._on_scrolled)
        bar.actionTriggered.connect(self._on_scroll_action)
        self._jump = IconButton(theme, "arrow-down", tr("Jump to latest"), kind="outlined", side_px=36, parent=self)
        name_control(self._jump, "jump_to_latest")
        self._jump.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the End key does the same; hiding it would move the focus
        self._jump.clicked.connect(self.follow)
        self._jump.hide()
        theme.changed.connect(self._restyle)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    # What is shown

    def show_messages(self, messages: Sequence[Message]) -> None:
        """Show a whole conversation instead of what was shown, from its end."""
        self._idle.clear()
        for row in self._with_widget.values():
            self._remove_widget(row)
        self._with_widget.clear()
        self._rows = [self._new_row(message) for message in messages]
        self._by_id = {row.state.id: row for row in self._rows}
        self._stale_from = 0
        self._changed.clear()
        self._mark_last()
        self._top = 0
        self._set_following(True)
        self._settle()
        self.viewport().update()

    def add_message(self, message: Message) -> None:
        """Show one more message below the others."""
        row = self._new_row(message)
        self._stale_from = min(self._stale_from, len(self._rows))
        self._rows.append(row)
        self._by_id[message.id] = row
        self._mark_last()
        self._settle()

    def append_text(self, message_id: int, text: str) -> None:
        """The next piece of a reply's text."""
        row = self._by_id[message_id]
        had_text = row.state.has_text
        row.state.append(text)
        row.new_text += text
        self._want_flush(row, is_arranged=not had_text)

    def append_reasoning(self, message_id: int, text: str) -> None:
        """The next piece of a reply's reasoning."""
        row = self._by_id[message_id]
        row.state.append_reasoning(text)
        row.new_reasoning += text
        self._want_flush(row)

    def replace_text(self, message_id: int, text: str, reasoning: str) -> None:
        """All text and reasoning so far are to be these."""
        row = self._by_id[message_id]
        row.state.replace(text, reasoning)
        row.new_text = row.new_reasoning = ""
        if row.widget is not None:
            row.widget.reload()
            self._read_on(row)
        self._settle()

    def set_status(self, message_id: int, status: MessageStatus, seconds: float | None) -> None:
        """How far a reply is.  `seconds` is how long it has thought, when it begins to write."""
        row = self._by_id[message_id]
        if status is MessageStatus.WRITING and row.state.status is MessageStatus.THINKING and seconds:
            row.state.set_thinking_s(seconds)
        row.state.status = status
        self._update_row(row)

    def set_status_words(self, message_id: int, words: str) -> None:
        """What a running reply is doing, in the user's words: "Thinking · 7 s"."""
        row = self._by_id[message_id]
        if row.state.status_words != words:
            row.state.status_words = words
            self._update_row(row)

    def end_message(self, message: Message) -> None:
        """The final state.  Its text should be what was streamed; where it is not, it replaces that."""
        row = self._by_id[message.id]
        if row.widget is not None:
            row.widget.feed(row.new_text, row.new_reasoning)
        self._announce_growth(row)
        row.new_text = row.new_reasoning = ""
        self._keep_open_for_reader(row)
        is_same = row.state.end(message)
        if row.widget is not None:
            row.widget.end(is_same)
            self._read_on(row)
        self._update_row(row)

    def show_notice(self, message_id: int, notice: Notice | None) -> None:
        """Show a notice below a message, or remove it."""
        row = self._by_id[message_id]
        row.state.notice = notice
        if row.widget is not None:
            row.widget.show_notice()
        self._update_row(row)

    def text_of(self, message_id: int) -> str:
        """The text of a message, exactly as it was received."""
        return self._by_id[message_id].state.text

    def last_text(self) -> str:
        """The text of the last message; empty if there is none."""
        return self._rows[-1].state.text if self._rows else ""

    @property
    def message_ids(self) -> list[int]:
        """Of all messages shown, oldest first."""
        return [row.state.id for row in self._rows]

    @property
    def is_following(self) -> bool:
        return self._is_following

    def widget_of(self, message_id: int) -> MessageWidget | None:
        """The widget that paints a message; None while it is far from the screen."""
        return self._by_id[message_id].widget

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._set_following(True)
        self._settle()

    def flush(self) -> None:
        """Bring everything that has arrived to the pieces now, without waiting for the next frame."""
        self.scheduler.flush_now()

    @property
    def is_busy(self) -> bool:
        """There is still something to read, to colour or to flush."""
        return self._idle.is_busy or bool(self._changed)

    # Text to pieces

    def _new_row(self, message: Message) -> _Row:
        state = MessageState(message)
        return _Row(state, height=state.estimated_height(self._styles[0].line_px))

    def _mark_last(self) -> None:
        for index in range(max(0, len(self._rows) - 3), len(self._rows)):
            row = self._rows[index]
            row.state.is_last = index == len(self._rows) - 1
            if row.widget is not None:
                row.widget.refresh_footer()

    def _want_flush(self, row: _Row, *, is_arranged: bool = False) -> None:
        self._changed.add(row.state.id)
        self.scheduler.request()

    def _update_row(self, row: _Row) -> None:
        """Something other than the text changed: arrange with the next flush."""
        if row.widget is not None:
            row.widget.update()
        self._changed.add(row.state.id)
        self.scheduler.request()

    def _flush(self) -> None:
        paint_ms = 0.0
        for message_id in self._changed:
            row = self._by_id.get(message_id)
            if row is None:
                continue
            if row.widget is not None:
                if row.new_text and len(row.new_text) == len(row.state.text):
                    self._keep_open_for_reader(row)
                row.widget.feed(row.new_text, row.new_reasoning)
                row.widget.flush()
                self._read_on(row)
                paint_ms, row.widget.paint_ms = paint_ms + row.widget.paint_ms, 0.0
            self._announce_growth(row)
            row.new_text = row.new_reasoning = ""
        self._changed.clear()
        self._settle()
        if paint_ms:
            self.scheduler.add_cost(paint_ms)

    def _announce_growth(self, row: _Row) -> None:
        if row.widget is not None and row.new_text:
            accessible.text_inserted(row.widget, len(row.state.text) - len(row.new_text), row.new_text)

    def _keep_open_for_reader(self, row: _Row) -> None:
        """Reasoning folds when the text begins, but not while somebody is reading it."""
        if not self._is_following and row.state.is_folded is None and row.widget is not None:
            flow, _, y = row.widget.section("reasoning")
            top = self._top - row.y
            if (
                row.widget.reasoning is not None
                and y < top + self.viewport().height()
                and (flow is None or y + flow.height > top)
            ):
                row.state.is_folded = False

    def _read_on(self, row: _Row) -> None:
        """Read a long text in slices."""
        if row.widget is not None and row.widget.is_reading:
            self._idle.add(("read", row), lambda: self._read_some(row))

    def _read_some(self, row: _Row) -> bool:
        if row.widget is None:
            return False
        is_more = row.widget.read_some(SLICE_S / 2)
        self._settle()
        return is_more

    def _colour(self, widget: MessageWidget, code: CodeBlock) -> None:
        self._idle.add(("colour", code), lambda: isValid(widget) and widget.colour_some(code))

    # Widgets

    def _make_widget(self, row: _Row) -> MessageWidget:
        widget = row.widget = MessageWidget(row.state, self._theme, self._styles, self.viewport())
        message_id = row.state.id
        row.new_text = row.new_reasoning = ""
        widget.link_activated.connect(self.link_activated)
        widget.notice_action.connect(lambda name: self.notice_action.emit(message_id, name))
        widget.action_requested.connect(lambda name: self.action_requested.emit(message_id, name))
        widget.text_painted.connect(lambda: self.painted.emit(message_id))
        widget.height_changed.connect(self._settle)
        widget.colouring_wanted.connect(lambda code: self._colour(widget, code))
        if row.state.notice is not None:
            widget.show_notice()
        self._read_on(row)
        widget.setGeometry(0, row.y - self._top, self.viewport().width(), row.height)
        widget.show()
        return widget

    def _put_in_tab_order(self, index: int, widget: MessageWidget) -> None:
        """The keyboard goes through the messages from top to bottom."""
        above = max((other for other in self._with_widget if other < index), default=None)
        before = None if above is None else self._with_widget[above].widget
        for first, second in pairwise((self if before is None else before.tab_stops[-1], *widget.tab_stops)):
            QWidget.setTabOrder(first, second)

    def _remove_widget(self, row: _Row) -> None:
        widget, row.widget = row.widget, None
        if widget is not None:
            accessible.forget(widget)
            widget.hide()  # a deleted widget would go on painting until the loop gets round to it
            widget.setParent(None)
            widget.deleteLater()

    def _remove_far_widgets(self, first: int, last: int) -> None:
        if len(self._with_widget) <= MOST_WIDGETS:
            return
        for index, row in list(self._with_widget.items()):
            if not first - 8 <= index <= last + 8 and not row.state.is_running:
                self._remove_widget(row)
                del self._with_widget[index]

    # Geometry

    def _column(self) -> QRect:
        width = min(COLUMN_PX, max(120, self.width() - 2 * MARGIN_PX))
        return QRect((self.width() - width) // 2, 0, width, 0)

    def _row_at(self, y: float) -> int:
        return max(0, bisect.bisect_right(self._rows, y, key=lambda row: row.y) - 1)

    def _place_rows(self) -> None:
        """Set the positions of the rows below those whose height changed."""
        first = min(self._stale_from, len(self._rows))
        y = self._rows[first - 1].y + self._rows[first - 1].height if first else TOP_PX
        for index in range(first, len(self._rows)):
            row = self._rows[index]
            row.y = y
            y += row.height
        self._stale_from = len(self._rows)
        self._total = y + BOTTOM_PX

    def _wanted_top(self) -> int:
        end = max(0, self._total - self.viewport().height())
        if self._is_following or self._anchor is None:
            return end
        index, place = self._anchor
        if index >= len(self._rows):
            return end
        row = self._rows[index]
        inside = row.widget.y_of(place) if row.widget is not None else place[2]
        return max(0, min(end, round(row.y + inside)))

    def _take_anchor(self) -> None:
        """Remember what is at the top of the screen."""
        if not self._rows:
            self._anchor = None
            return
        index = self._row_at(self._top)
        row = self._rows[index]
        y = self._top - row.y
        self._anchor = index, row.widget.anchor_at(y) if row.widget is not None else ("top", 0, float(y))

    def _settle(self) -> None:
        """Lay out what is on the screen, keep the reader's place, and tell the scroll bar."""
        if self._is_settling:
            return
        self._is_settling = True
        try:
            first = last = 0
            for _ in range(12):
                self._place_rows()
                top = self._wanted_top()
                bottom = top + self.viewport().height()
                first = self._row_at(top - AHEAD_PX)
                last = first - 1
                is_stable = True
                for index in range(first, len(self._rows)):
                    if self._rows[index].y >= bottom + AHEAD_PX:
                        break
                    last = index
                    is_stable &= not self._arrange(index, top, bottom)
                if is_stable:
                    break
            self._show_at(self._wanted_top())
            self._remove_far_widgets(first, last)
        finally:
            self._is_settling = False

    def _arrange(self, index: int, top: int, bottom: int) -> bool:
        """Lay out one message; whether its height changed."""
        row = self._rows[index]
        widget = row.widget or self._make_widget(row)
        if index not in self._with_widget:
            self._with_widget[index] = row
            self._put_in_tab_order(index, widget)
        height = widget.arrange(self._column(), top - AHEAD_PX - row.y, bottom + AHEAD_PX - row.y)
        if height == row.height:
            return False
        row.height = height
        self._stale_from = min(self._stale_from, index)
        return True

    def _show_at(self, top: int) -> None:
        """Put `top` at the top of the screen and everything in its place; the rest is moved, not painted again."""
        viewport, bar = self.viewport(), self.verticalScrollBar()
        if top != self._top:
            viewport.scroll(0, self._top - top)
            self._top = top
        width = viewport.width()
        for row in self._with_widget.values():
            if row.widget is not None:
                before = row.widget.size()
                row.widget.setGeometry(0, row.y - top, width, row.height)
                if before.width() != width:
                    row.widget.update()
                row.widget.paint_changes()
        end = max(0, self._total - viewport.height())
        self._is_settling = True
        bar.setPageStep(viewport.height())
        bar.setRange(0, end)
        bar.setValue(top)
        if not self._is_following:
            self._take_anchor()
        self._jump.setVisible(not self._is_following and end - top > END_PX)
        self._place_jump()
        tail = self._total - BOTTOM_PX - top
        if tail < viewport.height():
            viewport.update(0, max(0, tail), width, viewport.height())

    def _place_jump(self) -> None:
        self._jump.move((self.width() - self._jump.width()) // 2, self.height() - self._jump.height() - 12)
        self._jump.raise_()

    # The reader

    def _set_following(self, is_following: bool) -> None:
        if is_following:
            self._anchor = None
        if is_following != self._is_following:
            self._is_following = is_following
            if not is_following:
                self._take_anchor()
            self.following_changed.emit(is_following)
            self.near_end_changed.emit(is_following)

    def _on_scrolled(self, value: int) -> None:
        if self._is_settling:
            return
        is_up = value < self._top
        is_at_end = value >= self.verticalScrollBar().maximum() - END_PX
        if is_at_end and not is_up:
            self._set_following(True)
            self._settle()
            return
        self._is_settling = True
        self._show_at_reader(value)
        self._is_settling = False
        self._settle()

    def _show_at_reader(self, value: int) -> None:
        self.viewport().scroll(0, self._top - value)
        self._top = value
        was_following, self._is_following = self._is_following, False
        self._take_anchor()
        if was_following:
            self.following_changed.emit(False)
            self.near_end_changed.emit(False)

    def _on_scroll_action(self, action: int) -> None:
        up = QAbstractSlider.SliderAction
        if action in (up.SliderSingleStepSub.value, up.SliderPageStepSub.value, up.SliderToMinimum.value):
            self._leave_end()

    def _leave_end(self) -> None:
        """Any wish to go up means reading, however small the step."""
        if self._is_following and self.verticalScrollBar().maximum() > 0:
            self._set_following(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y() > 0 or event.pixelDelta().y() > 0:
            self._leave_end()
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        page = max(1, self.viewport().height() - 2 * self._styles[0].line_px)
        match event.key():
            case Qt.Key.Key_Up:
                self._leave_end()
                bar.setValue(bar.value() - 2 * self._styles[0].line_px)
            case Qt.Key.Key_Down:
                bar.setValue(bar.value() + 2 * self._styles[0].line_px)
            case Qt.Key.Key_PageUp:
                self._leave_end()
                bar.setValue(bar.value() - page)
            case Qt.Key.Key_PageDown | Qt.Key.Key_Space:
                bar.setValue(bar.value() + page)
            case Qt.Key.Key_Home:
                self._leave_end()
                bar.setValue(0)
            case Qt.Key.Key_End:
                self.follow()
            case _:
                super().keyPressEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Nothing: `_show_at` moves what is shown."""

    # Qt tells

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()
        self._place_jump()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self.viewport()).fillRect(event.rect(), self._styles[0].colour("window"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._watched_window is not self.window():
            if self._watched_window is not None:
                self._watched_window.removeEventFilter(self)
            self._watched_window = self.window()
            self._watched_window.installEventFilter(self)
        self._pause_while_unseen()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pause_while_unseen()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.WindowStateChange and watched is self._watched_window:
            self._pause_while_unseen()
        return super().eventFilter(watched, event)

    def _pause_while_unseen(self) -> None:
        self.scheduler.set_paused(not self.isVisible() or self.window().isMinimized())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._restyle()

    def _make_styles(self) -> tuple[Style, Style]:
        return style_for(self._theme.colours), style_for(self._theme.colours, is_muted=True)

    def _restyle(self) -> None:
        """Other colours or fonts: what is on the screen is made again, the rest when it is looked at."""
        self._styles = self._make_styles()
        self.verticalScrollBar().setStyleSheet(slim_scroll_bar_sheet(self._theme))
        for row in self._with_widget.values():
            if row.widget is not None:
                row.widget.restyle(self._styles)
        self._settle()
        self.viewport().update()

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        for widget in {
            id(w): w for w in (self._message_around(old), self._message_around(new)) if w is not None
        }.values():
            widget.refresh_footer()
        is_by_keyboard = self._is_tabbing or (isinstance(new, MessageWidget) and new.shows_focus)
        if new is not None and is_by_keyboard and self.viewport().isAncestorOf(new):
            self._bring_into_view(new)

    def focusNextPrevChild(self, forward: bool) -> bool:
        self._is_tabbing = True
        try:
            return super().focusNextPrevChild(forward)
        finally:
            self._is_tabbing = False

    def _message_around(self, widget: QWidget | None) -> MessageWidget | None:
        while widget is not None and widget is not self:
            if isinstance(widget, MessageWidget):
                return widget
            widget = widget.parentWidget()
        return None

    def _bring_into_view(self, widget: QWidget) -> None:
        """Scroll to what the keyboard went to, unless some of it is on the screen."""
        top = widget.mapTo(self.viewport(), widget.rect().topLeft()).y()
        bottom = top + widget.height()
        if bottom < 24:
            self._leave_end()
            self.verticalScrollBar().setValue(self._top + top - 24)
        elif top > self.viewport().height() - 24:
            self.verticalScrollBar().setValue(self._top + min(top - 24, bottom - self.viewport().height() + 24))
