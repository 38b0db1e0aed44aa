"""Messages to a scrolled column on the screen: what is shown, when new text is painted, and what the reader does.

The view follows the end, or it is read: then nothing moves under the reader.  Where things are is the business of
`column.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from weakref import ref

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFont,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
    QWindow,
)
from PySide6.QtWidgets import QAbstractScrollArea, QAbstractSlider, QApplication, QWidget

from qwen_desktop.core.chat.message import Message, MessageStatus, Source
from qwen_desktop.core.settings.settings import ShortcutSettings
from qwen_desktop.core.weakly import weakly
from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.transcript import accessible
from qwen_desktop.ui.transcript.code_block import CodeBlock
from qwen_desktop.ui.transcript.column import END_PX, Column
from qwen_desktop.ui.transcript.flow import Flow
from qwen_desktop.ui.transcript.flush import SLICE_S, FlushScheduler, IdleWork
from qwen_desktop.ui.transcript.focus_ring import FocusRing
from qwen_desktop.ui.transcript.math_service import math_service
from qwen_desktop.ui.transcript.message_widget import Anchor, MessageSignals, MessageWidget
from qwen_desktop.ui.transcript.notice import Notice
from qwen_desktop.ui.transcript.remote_pictures import remote_pictures
from qwen_desktop.ui.transcript.rows import Row, Rows
from qwen_desktop.ui.transcript.selection import Selection
from qwen_desktop.ui.transcript.style import Style, style_for
from qwen_desktop.ui.transcript.walker import TOP_MARGIN_PX, Walker
from qwen_desktop.ui.views.buttons import IconButton
from qwen_desktop.ui.views.controls import name_control, slim_scroll_bar_sheet

if TYPE_CHECKING:
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails

JUMP_PX = 12
"""Between "Jump to latest" and the lower edge."""
PAINTED_MS = 100
"""After which a window that got another size has been painted."""
ZOOMS = (0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Sizes of the text, against the usual one."""


class TranscriptView(QAbstractScrollArea):
    """The transcript of one conversation.

    Signals: link_activated(str url): a link was clicked, nothing was opened; notice_action(int message_id, str id): a
    button of a notice; action_requested(int message_id, str name): what a button or a menu of the
    message names, as `controllers/message_actions.py` knows it; 'copy' and 'copy_plain' are done already;
    painted(int message_id): new text of it is on the screen; following_changed(bool): whether the end
    is followed; zoom_changed(float): the text is that much larger than usual; text_changed(int message_id): it
    has grown or was replaced; messages_changed(): others are shown, or another one; content_height_changed(int px): all
    messages together are that high; picture_activated(int place, tuple of Attachment): a picture of a message
    is to be shown large.
    """

    link_activated = Signal(str)
    notice_action = Signal(int, str)
    action_requested = Signal(int, str)
    painted = Signal(int)
    following_changed = Signal(bool)
    zoom_changed = Signal(float)
    text_changed = Signal(int)
    messages_changed = Signal()
    content_height_changed = Signal(int)
    picture_activated = Signal(int, object)

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        has_actions: bool = True,
        thumbnails: Thumbnails | None = None,
    ) -> None:
        """`has_actions`: each message has its row of buttons below it; without it there is no room for one.
        `thumbnails` None: an icon stands for each picture of a message."""
        super().__init__(parent)
        self.setViewport(QWidget())  # asked for one it did not make, Python makes types for all kinds of widgets first
        accessible.make_readable()
        self._theme = theme
        self._has_actions = has_actions
        self._thumbnails = thumbnails
        self._content_px = 0
        self._zoom = 1.0
        self._styled_for = self._looks()
        self._styles = self._make_styles()
        self._column = Column(self, self._make_widget, self._styles[0])
        self._column.widest_px = theme.line_width_px
        self._changed: set[int] = set()
        self._is_moved = False
        """Something other than text changed since the view was settled."""
        self._grown: dict[int, Row] = {}
        """By id, the messages whose text has grown since the last flush."""
        self._is_tabbing = False
        self._hits_of: Callable[[int], list[tuple[int, int]]] | None = None
        self._current_hit: tuple[int, int, int] | None = None
        self._walker = Walker(self)
        self.selection = Selection(self)
        self._told = self._listen()
        self.scheduler = FlushScheduler(self._flush, self)
        self.tell_work: Callable[[], None] = _nothing
        """Called before anything of the messages is read, laid out or coloured."""
        self._idle = IdleWork(self, tell_work=lambda: self.tell_work())
        self._watched_window: QWindow | None = None
        self.setObjectName("transcript")
        self.setAccessibleName(tr("Transcript"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there, with nothing to be seen of it while all fits: messages would be painted again when it comes.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        FocusRing(self, theme)
        self.viewport().setAutoFillBackground(True)
        self._colour_background()
        bar = self.verticalScrollBar()
        self._dress_scroll_bar()
        bar.valueChanged.connect(self._on_scrolled)
        bar.actionTriggered.connect(self._on_scroll_action)
        self._jump = IconButton(
            theme, "arrow-down", tr("Jump to latest"), kind="outlined", side_px=36, parent=self.viewport()
        )
        name_control(self._jump, "jump_to_latest")
        self._jump.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the End key does the same; hiding it would move the focus
        self._jump.clicked.connect(self.follow)
        self._jump.hide()
        self._resized = QTimer(self, singleShot=True, interval=PAINTED_MS)
        self._resized.timeout.connect(self._keep_jump_on_top)
        theme.changed.connect(self._restyle)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    def _listen(self) -> MessageSignals:
        told = MessageSignals(self, weakly(self._on_pieces_change, None))
        told.link_activated.connect(self.link_activated)
        told.notice_action.connect(self.notice_action)
        told.picture_activated.connect(self.picture_activated)
        told.action_requested.connect(self.action_requested)
        told.text_painted.connect(self.painted)
        told.height_changed.connect(self._settle)
        told.colouring_wanted.connect(self._colour)
        told.controls_wanted.connect(self._make_controls)
        told.lexer_loaded.connect(self._recolour, Qt.ConnectionType.QueuedConnection)
        math_service().drawn.connect(self._take_awaited, Qt.ConnectionType.QueuedConnection)
        remote_pictures().changed.connect(self._take_awaited, Qt.ConnectionType.QueuedConnection)
        remote_pictures().read.connect(self.viewport().update)
        return told

    # What is shown

    def show_messages(self, messages: Sequence[Message], *, as_plain: bool = False) -> None:
        """Show a whole conversation instead of what was shown, from its end.

        `as_plain`: its messages, and those that are added to it, as they were written."""
        self.tell_work()
        self._idle.clear()
        self.selection.clear()
        self._column.show(messages)
        self._column.rows.are_plain = as_plain
        self._changed.clear()
        self._grown.clear()
        self._mark_last()
        self._set_following(True)
        self._settle()
        self.viewport().update()
        self.messages_changed.emit()

    def add_message(self, message: Message) -> None:
        """Show one more message below the others."""
        row = self._column.add(message)
        if row.is_running and accessible.is_heard():
            self._column.materialise(row.index)  # what is written far from the screen is told all the same
        self._mark_last()
        self._settle()
        self.messages_changed.emit()

    def append_text(self, message_id: int, text: str) -> None:
        """The next piece of a reply's text."""
        row = self._grown.get(message_id)
        if row is None:
            row = self._grown[message_id] = self._column.rows.of(message_id)
            self._want_flush(row)
        row.state.append(text)
        row.new_text += text

    def append_reasoning(self, message_id: int, text: str) -> None:
        """The next piece of a reply's reasoning."""
        row = self._column.rows.of(message_id)
        row.state.append_reasoning(text)
        row.new_reasoning += text
        self._want_flush(row)

    def replace_text(self, message_id: int, text: str, reasoning: str) -> None:
        """All text and reasoning so far are to be these."""
        self.tell_work()
        row = self._column.rows.of(message_id)
        self._column.make_ready_anew()
        row.state.replace(text, reasoning)
        row.new_text = row.new_reasoning = ""
        if row.widget is not None:
            row.widget.reload()
            self._read_on(row)
        self._settle()
        self.text_changed.emit(message_id)

    def set_sources(self, message_id: int, sources: tuple[Source, ...]) -> None:
        """The web pages a running reply is built on: numbers in the text that comes lead to them."""
        row = self._column.rows.of(message_id)
        row.state.sources = sources
        if row.widget is not None:
            row.widget.take_sources()

    def resume_message(self, message: Message) -> None:
        """A reply that had ended goes on: its notice is gone, and what comes is appended."""
        self.tell_work()
        row = self._column.rows.of(message.id)
        self._column.make_ready_anew()
        row.state.resume(message)
        row.new_text = row.new_reasoning = ""
        if row.widget is not None:
            row.widget.resume()
            self._read_on(row)
        self._settle()

    def set_status(self, message_id: int, status: MessageStatus, seconds: float | None) -> None:
        """How far a reply is.  `seconds` is how long it has thought, when it begins to write."""
        row = self._column.rows.of(message_id)
        if status is MessageStatus.WRITING and row.state.status is MessageStatus.THINKING and seconds:
            row.state.set_thinking_s(seconds)
        row.state.status = status
        self._update_row(row)

    def set_status_words(self, message_id: int, words: str) -> None:
        """What a running reply is doing, in the user's words: "Thinking · 7 s"."""
        row = self._column.rows.of(message_id)
        if row.state.status_words != words:
            row.state.status_words = words
            self._update_row(row)

    def end_message(self, message: Message) -> None:
        """The final state.  Its text should be what was streamed; where it is not, it replaces that."""
        self.tell_work()
        row = self._column.rows.of(message.id)
        if row.widget is not None:
            row.widget.feed(row.new_text, row.new_reasoning)
        self._announce_growth(row)
        row.new_text = row.new_reasoning = ""
        self._keep_open_for_reader(row)
        self._column.make_ready_anew()
        is_same = row.state.end(message)
        if row.widget is not None:
            row.widget.end(is_same)
            accessible.reply_ended(row.widget)
            self._read_on(row)
        self._update_row(row)
        if not is_same:
            self.text_changed.emit(message.id)

    def show_notice(self, message_id: int, notice: Notice | None) -> None:
        """Show a notice below a message, or remove it."""
        row = self._column.rows.of(message_id)
        row.state.notice = notice
        if row.widget is not None:
            row.widget.show_notice()
        self._update_row(row)

    def set_left_out(self, message_ids: Sequence[int], is_left_out: bool) -> None:
        """The turns of these prompts, or these replies, are left out of later requests now, or go along again."""
        for message_id in message_ids:
            widgets = []
            for row in self._column.rows.set_left_out(message_id, is_left_out):
                self._column.make_ready_anew()
                if row.widget is not None:
                    row.widget.show_left_out()
                    self._update_row(row)
                    widgets.append(row.widget)
            if widgets:
                accessible.left_out_changed(widgets[0])

    def text_of(self, message_id: int) -> str:
        """The text of a message, exactly as it was received."""
        return self._column.rows.text_of(message_id)

    def last_text(self) -> str:
        """The text of the last message; empty if there is none."""
        return self._column.rows[-1].text if self._column.rows else ""

    @property
    def message_ids(self) -> list[int]:
        """Of all messages shown, oldest first."""
        return self._column.rows.ids

    @property
    def content_height(self) -> int:
        """Of all messages together, in px, with the space and the frame above and below them."""
        return self._content_px

    @property
    def is_following(self) -> bool:
        return self._column.is_following

    def widget_of(self, message_id: int) -> MessageWidget | None:
        """The widget that paints a message; None while it is far from the screen."""
        return self._column.rows.of(message_id).widget

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

    def _mark_last(self) -> None:
        rows = self._column.rows
        for row in rows[-3:]:
            row.state.is_last = row is rows[-1]
            if row.widget is not None:
                row.widget.refresh_footer()

    def _want_flush(self, row: Row) -> None:
        self._changed.add(row.state.id)
        self.scheduler.request()

    def _update_row(self, row: Row) -> None:
        """Something other than the text changed: arrange with the next flush."""
        if row.widget is not None:
            row.widget.update()
        self._is_moved = True
        self._want_flush(row)

    def _flush(self) -> None:
        self.tell_work()
        paint_ms, flushed = 0.0, list[MessageWidget]()
        is_moved = self._is_moved or not self._column.is_following
        grown, self._grown = self._grown, {}  # first: after a bug in here what comes next is flushed all the same
        for message_id in self._changed:
            row = self._column.rows.get(message_id)
            if row is None:
                continue
            if row.widget is None:
                is_moved = True
            else:
                if row.new_text and len(row.new_text) == row.state.length:
                    self._keep_open_for_reader(row)
                row.widget.feed(row.new_text, row.new_reasoning)
                is_moved |= row.widget.flush()
                flushed.append(row.widget)
                self._read_on(row)
                paint_ms, row.widget.paint_ms = paint_ms + row.widget.paint_ms, 0.0
            self._announce_growth(row)
            row.new_text = row.new_reasoning = ""
        self._changed.clear()
        for message_id in grown:
            self.text_changed.emit(message_id)
        if is_moved:
            self._settle()
        else:
            for widget in flushed:
                widget.show_changes()
        if paint_ms:
            self.scheduler.add_cost(paint_ms)

    def _announce_growth(self, row: Row) -> None:
        if row.widget is not None and row.new_text:
            accessible.text_inserted(row.widget, row.state.length - len(row.new_text), row.new_text)

    def _keep_open_for_reader(self, row: Row) -> None:
        """Reasoning folds when the text begins, but not while somebody is reading it."""
        if not self._column.is_following and row.state.is_folded is None and row.widget is not None:
            flow, _, y = row.widget.section("reasoning")
            top = self._column.top - self._column.y(row.index)
            if (
                row.widget.reasoning is not None
                and y < top + self.viewport().height()
                and (flow is None or y + flow.height > top)
            ):
                row.state.is_folded = False

    def _read_on(self, row: Row) -> None:
        """Read a long text in slices."""
        if row.widget is not None and row.widget.is_reading:
            self._idle.add(("read", row), lambda: self._read_some(row))

    def _read_some(self, row: Row) -> bool:
        if row.widget is None:
            return False
        is_more = row.widget.read_some(SLICE_S / 2)
        if not is_more:
            self._column.make_ready_anew()
        self._settle()
        return is_more

    # What waits for a quiet moment keeps no widget: while somebody scrolls on and on, none comes.

    def _colour(self, widget: MessageWidget, code: CodeBlock) -> None:
        row, held = self._column.rows[widget.row], ref(code)
        self._idle.add(("colour", held), lambda: self._colour_some(row, held()))

    def _colour_some(self, row: Row, code: CodeBlock | None) -> bool:
        return code is not None and row.widget is not None and row.widget.colour_some(code)

    def _make_controls(self, widget: MessageWidget) -> None:
        row = self._column.rows[widget.row]
        self._idle.add(("controls", row), lambda: self._make_some_controls(row))

    def _make_some_controls(self, row: Row) -> bool:
        return row.widget is not None and row.widget.isVisible() and row.widget.make_controls()

    def _recolour(self) -> None:
        for widget in self.widgets():
            widget.recolour()

    def _take_awaited(self) -> None:
        changed = [widget for widget in self.widgets() if widget.take_awaited()]
        if changed:
            self._column.make_ready_anew()
            self._settle()

    # Widgets

    def _make_widget(self, row: Row) -> MessageWidget:
        widget = MessageWidget(
            row.state,
            self._theme,
            self._styles,
            self.viewport(),
            self.selection,
            row.index,
            self._told,
            has_actions=self._has_actions,
            thumbnails=self._thumbnails,
        )
        row.widget = widget
        row.new_text = row.new_reasoning = ""
        if row.state.notice is not None:
            widget.show_notice()
        if self._hits_of is not None:
            self._mark_hits(widget)
        self._read_on(row)
        return widget

    def _on_pieces_change(self, index: int, are_among: Callable[[Flow, int], bool] | None) -> None:
        self._column.pieces_change(index, are_among)
        if are_among is not None:
            self.selection.pieces_change(index, are_among)

    # What is on the screen

    def _settle(self, *, is_scroll: bool = False) -> None:
        """Lay out what is on the screen, keep the reader's place, and tell the scroll bar.

        `is_scroll`: nothing but that place changed."""
        column = self._column
        if column.is_settling:
            return
        self.tell_work()
        is_scroll = is_scroll and not self._is_moved  # what waits for the flush may change what was made ready
        column.is_settling, self._is_moved = True, False
        try:
            self._show_at(column.settle(is_scroll=is_scroll))
            column.drop_surplus()
        finally:
            column.is_settling = False
        if self.isVisible() and column.wants_prefetch:
            self._idle.add("prefetch", self._prefetch_some)

    def _prefetch_some(self) -> bool:
        column = self._column
        column.is_settling = True
        try:
            is_more = column.prefetch_some()
            self._show_at(column.settled_top)
        finally:
            column.is_settling = False
        return is_more

    def _show_at(self, top: int) -> None:
        """Put `top` at the top of the screen, and tell the scroll bar."""
        column, bar = self._column, self.verticalScrollBar()
        column.place_widgets(top)
        end = column.end
        bar.setPageStep(column.page_px)
        bar.setRange(0, end)
        bar.setValue(top)
        if column.total + 2 * self.frameWidth() != self._content_px:
            self._content_px = column.total + 2 * self.frameWidth()
            self.content_height_changed.emit(self._content_px)
        if not column.is_following:
            column.keep_anchor()
        is_jump_wanted = not column.is_following and end - top > END_PX
        if is_jump_wanted or not self._jump.isHidden():
            self._jump.setVisible(is_jump_wanted)
            self._place_jump()

    def _place_jump(self) -> None:
        """It is in what is scrolled and put back each time: what lies over that from beside it keeps Qt from moving
        pixels, and is painted over now and then."""
        place = QPoint((self.width() - self._jump.width()) // 2, self.height() - self._jump.height() - JUMP_PX)
        self._jump.move(place - self.viewport().pos())
        self._jump.raise_()

    def _keep_jump_on_top(self) -> None:
        """Qt notes of a widget that is moved that nothing lies over it, and where all of the window is to be painted
        anyway it forgets the note only when that widget is painted the next time: let that be now."""
        for widget in self.widgets():
            widget.update(0, 0, 1, 1)
        self._jump.update()

    # The reader

    def _set_following(self, is_following: bool) -> None:
        column = self._column
        if is_following:
            column.release_anchor()
        if is_following != column.is_following:
            column.is_following = is_following
            if not is_following:
                column.take_anchor()
            self.following_changed.emit(is_following)

    def _on_scrolled(self, value: int) -> None:
        column = self._column
        if column.is_settling:
            return
        delta = value - column.top
        if delta >= 0 and value >= self.verticalScrollBar().maximum() - END_PX:
            self._set_following(True)
        else:
            self._set_following(False)
            column.scroll_by(delta)
        self._settle(is_scroll=True)

    def scroll_by(self, delta_px: int) -> None:
        """Move what is read; downwards as far as the end, which is followed from then on."""
        if delta_px < 0:
            self._leave_end()
        self._measure_ahead(delta_px)
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + delta_px)

    def _measure_ahead(self, delta_px: int) -> None:
        """Of what was never measured there may be more than was guessed: else the step would be cut short, or would end
        in following the end."""
        column = self._column
        if 0 <= column.top + delta_px < column.end - END_PX:
            return
        column.is_settling = True
        try:
            column.measure_ahead(delta_px)
            self._show_at(column.settled_top)
        finally:
            column.is_settling = False

    def _on_scroll_action(self, action: int) -> None:
        up = QAbstractSlider.SliderAction
        if action in (up.SliderSingleStepSub.value, up.SliderPageStepSub.value, up.SliderToMinimum.value):
            self._leave_end()

    def _leave_end(self) -> None:
        """Any wish to go up means reading, however small the step."""
        if self._column.is_following and self.verticalScrollBar().maximum() > 0:
            self._set_following(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if event.angleDelta().y():
                self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
            return
        if event.angleDelta().y() > 0 or event.pixelDelta().y() > 0:
            self._leave_end()
        notches = -event.angleDelta().y() / 120
        lines = QApplication.wheelScrollLines()
        self._measure_ahead(-event.pixelDelta().y() or round(notches * lines * self.verticalScrollBar().singleStep()))
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = max(1, self.viewport().height() - 2 * self._styles[0].line_px)
        if event.matches(QKeySequence.StandardKey.Copy):
            self.selection.copy()
            return
        if event.matches(QKeySequence.StandardKey.SelectAll):
            self.selection.select_all()
            return
        if self.selection.move_by_key(event):
            return
        match event.key():
            case Qt.Key.Key_Up:
                self.scroll_by(-2 * self._styles[0].line_px)
            case Qt.Key.Key_Down:
                self.scroll_by(2 * self._styles[0].line_px)
            case Qt.Key.Key_PageUp:
                self.scroll_by(-page)
            case Qt.Key.Key_PageDown | Qt.Key.Key_Space:
                self.scroll_by(page)
            case Qt.Key.Key_Home:
                self._leave_end()
                self._column.anchor_to(0, ("top", 0, 0.0, -1), 0.0)
                self._settle()
            case Qt.Key.Key_End:
                self.follow()
            case _:
                super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Beside the messages: nothing is selected any more."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.selection.clear()
        super().mousePressEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Nothing: `_show_at` moves what is shown."""

    # For the selection

    @property
    def rows(self) -> Rows:
        """All messages, oldest first."""
        return self._column.rows

    def widget_at(self, point: QPoint) -> MessageWidget | None:
        """The widget of the message nearest to a point of the viewport."""
        if not self._column.rows:
            return None
        y = min(max(0, point.y()), self.viewport().height() - 1)
        return self._column.materialise(self._column.row_at(self._column.top + y))

    def materialise(self, index: int) -> MessageWidget:
        """The widget of a message, made if it has none."""
        return self._column.materialise(index)

    def widgets(self) -> list[MessageWidget]:
        """Those there are."""
        return [row.widget for row in self._column.with_widget.values() if row.widget is not None]

    def reveal_place(self, index: int, section: str, piece: int, position: int) -> None:
        """Bring a place of a message into view, unless it is there."""
        column = self._column
        widget = column.arranged(index)
        top, bottom = widget.line_around(section, piece, position)
        y = column.y(index) - column.top
        if y + top >= 8 and y + bottom <= self.viewport().height() - 8:
            return
        place = widget.anchor_at(top)
        self._set_following(False)
        screen_px = 8.0 if y + top < 8 and y + top > -column.page_px else column.page_px * 0.3
        if 0 < y + bottom - column.page_px < column.page_px:
            screen_px = column.page_px - 8.0 - (bottom - top)
        column.anchor_to(index, place, screen_px)
        self._settle()

    def bring_to_top(self, index: int, place: Anchor, below_px: float = TOP_MARGIN_PX) -> None:
        """Put a place of a message so far below the top of the screen, as far as that can be scrolled to."""
        self._set_following(False)
        self._column.anchor_to(index, place, below_px)
        self._settle()

    # For finding

    @property
    def reading_id(self) -> int | None:
        """The first message that can be seen."""
        if not self._column.rows:
            return None
        return self._column.rows[self._column.row_at(self._column.top)].message.id

    def selected_text(self) -> str:
        """What is selected, as Markdown."""
        return self.selection.markdown()

    def show_hits(
        self,
        hits_by_message: Callable[[int], list[tuple[int, int]]] | None,
        current: tuple[int, int, int] | None,
    ) -> None:
        """Mark what was found, given as offsets in a message's text; the current hit (message, begin, end) more so."""
        self._hits_of, self._current_hit = hits_by_message, current
        for widget in self.widgets():
            self._mark_hits(widget)

    def _mark_hits(self, widget: MessageWidget) -> None:
        message_id = widget.state.id
        hits = self._hits_of(message_id) if self._hits_of is not None else []
        current = self._current_hit
        widget.show_hits(hits, current[1:] if current is not None and current[0] == message_id else None)

    def reveal(self, message_id: int, source_begin: int, source_end: int) -> None:
        """Scroll to a part of a message's text, unless it is on the screen."""
        from qwen_desktop.ui.transcript.places import mark_of  # brings the parser

        row = self._column.rows.of(message_id)
        widget = self._column.materialise(row.index)
        if widget.is_reading:
            widget.read_plain()
            self._column.make_ready_anew()
        self._column.arranged(row.index)
        self.reveal_place(row.index, "body", *mark_of(widget.body, row.text, source_begin))

    # Size of the text

    @property
    def zoom(self) -> float:
        """How much larger than usual the text is."""
        return self._zoom

    def set_zoom(self, zoom: float) -> None:
        """Make the text larger or smaller; what is read stays where it is."""
        zoom = min(max(zoom, ZOOMS[0]), ZOOMS[-1])
        if zoom != self._zoom:
            self._zoom = zoom
            self._restyle()
            self.zoom_changed.emit(zoom)

    def zoom_by(self, steps: int) -> None:
        """The next larger or smaller size; 0 is the usual one."""
        nearest = min(range(len(ZOOMS)), key=lambda index: abs(ZOOMS[index] - self._zoom))
        self.set_zoom(1.0 if not steps else ZOOMS[min(max(0, nearest + steps), len(ZOOMS) - 1)])

    def set_shortcuts(self, settings: ShortcutSettings) -> None:
        """The keys that go from message to message and from heading to heading."""
        self._walker.set_shortcuts(settings)

    # Qt tells

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._column.width_changed()
        self._settle()
        self._place_jump()
        self._resized.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if (window := self.window().windowHandle()) is not self._watched_window:
            self._watched_window = window
            window.windowStateChanged.connect(self._pause_while_unseen)
        self._pause_while_unseen()
        self._settle()
        self._resized.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._pause_while_unseen()
        self._resized.stop()

    def _pause_while_unseen(self) -> None:
        is_unseen = not self.isVisible() or _is_minimized(self.window().windowHandle())
        self.scheduler.set_paused(is_unseen)
        self._idle.set_paused(is_unseen)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._restyle()

    def _looks(self) -> tuple[object, ...]:
        """What the styles and the column are made of."""
        theme = self._theme
        return theme.colours, QApplication.font().toString(), self._zoom, theme.line_width_px, theme.is_motion_reduced

    def _make_styles(self) -> tuple[Style, Style]:
        font = QFont(QApplication.font())
        font.setPointSizeF(max(font.pointSizeF(), 1.0) * self._zoom)
        return style_for(self._theme.colours, font), style_for(self._theme.colours, font, is_muted=True)

    def _colour_background(self) -> None:
        """Qt fills it, under the messages too."""
        palette = self.viewport().palette()
        palette.setColor(QPalette.ColorRole.Window, self._styles[0].colour("window"))
        self.viewport().setPalette(palette)

    def _dress_scroll_bar(self) -> None:
        bar = self.verticalScrollBar()
        bar.setSingleStep(self._styles[0].line_px)
        bar.setStyleSheet(slim_scroll_bar_sheet(self._theme, background=self._theme.colours.window))

    def _restyle(self) -> None:
        """Other colours or fonts: what is on the screen is made again, the rest when it is looked at.

        A new font is heard of twice, by its event and by the theme; the second time there is nothing to do."""
        if (looks := self._looks()) == self._styled_for:
            return
        self._styled_for = looks
        self.tell_work()
        before, self._styles = self._styles[0], self._make_styles()
        self._colour_background()
        self._dress_scroll_bar()
        if self._theme.line_width_px != self._column.widest_px:
            self._column.widest_px = self._theme.line_width_px
            self._column.width_changed()
        self._column.restyle(self._styles[0], keep_heights=before.measures_like(self._styles[0]))
        for widget in self.widgets():
            widget.restyle(self._styles)
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
            self.scroll_by(top - 24)
        elif top > self.viewport().height() - 24:
            self.scroll_by(min(top - 24, bottom - self.viewport().height() + 24))


def _is_minimized(window: QWindow) -> bool:
    """Of the window manager's doing its widget does not know yet when the window tells of it."""
    return bool(window.windowStates() & Qt.WindowState.WindowMinimized)


def _nothing() -> None:
    """Nobody wants to know."""
