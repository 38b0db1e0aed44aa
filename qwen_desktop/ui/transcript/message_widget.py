"""One message as one painted widget: reasoning, text, actions and notice; only its buttons are widgets of their own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from qwen_desktop.core.chat.sources import addresses
from qwen_desktop.core.weakly import weakly
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.transcript.clipboard import as_read, copy_markdown, copy_plain
from qwen_desktop.ui.transcript.code_block import CodeBlock
from qwen_desktop.ui.transcript.controls import BUTTON_PX, BlockControls, Footer
from qwen_desktop.ui.transcript.flow import Flow, Mark, has_formulas
from qwen_desktop.ui.transcript.image_block import link_words
from qwen_desktop.ui.transcript.inline import image_in
from qwen_desktop.ui.transcript.left_out_line import LeftOutLine
from qwen_desktop.ui.transcript.message_menu import context_menu, more_menu
from qwen_desktop.ui.transcript.message_state import MessageState
from qwen_desktop.ui.transcript.notice import NoticeBox
from qwen_desktop.ui.transcript.prompt_pictures import PromptPictures, places
from qwen_desktop.ui.transcript.reasoning_header import RING_PX, ReasoningHeader
from qwen_desktop.ui.transcript.selection import Selection
from qwen_desktop.ui.transcript.source_list import SourceList, place_for
from qwen_desktop.ui.transcript.style import Style
from qwen_desktop.ui.views.controls import draw_box, draw_focus_ring, fill

if TYPE_CHECKING:
    from qwen_desktop.ui.pictures.thumbnails import Thumbnails
    from qwen_desktop.ui.transcript.found import FoundMarks

PROMPT_GAP_PX = 16
REPLY_GAP_PX = 16
OVERHANG = 0.25
"""Of a line's height: so far letters may reach above and below their line."""
NOTICE_GAP_PX = 12
SOURCES_GAP_PX = 14
BOX_SIDE_PX = 14
BOX_PADDING_PX = 9
BOX_RADIUS_PX = 12
PICTURES_GAP_PX = 8
WIDEST_PROMPT = 0.85
REASONING_INDENT_PX = 14
DOT_PX = 8
STEP_PX = 128
"""So far apart are the edges of the stretches that widgets of blocks are placed for."""

Anchor = tuple[str, int, float, int]
"""Section, index of the piece, px below, and below what: a position in the piece's text, or its top where that is -1.
A place that stays the same while widths and heights change."""


PiecesChange = Callable[[int, Callable[[Flow, int], bool] | None], None]
"""Of which message, and which pieces may be among them; None: all, as the text will be another."""


class MessageSignals(QObject):
    """What the messages of a transcript tell, all through one object: connecting each of them takes its time.

    link_activated(str url); picture_activated(int place, tuple of Attachment);
    notice_action(int message_id, str id); action_requested(int message_id, str name);
    height_changed(): call `arrange` again; text_painted(int message_id): new text is on the screen;
    colouring_wanted(MessageWidget, CodeBlock): call `colour_some` on it when idle; controls_wanted(MessageWidget): the
    same with `make_controls`; lexer_loaded(): call `recolour`; that comes from another thread.
    """

    link_activated = Signal(str)
    picture_activated = Signal(int, object)
    notice_action = Signal(int, str)
    action_requested = Signal(int, str)
    height_changed = Signal()
    text_painted = Signal(int)
    colouring_wanted = Signal(object, object)
    controls_wanted = Signal(object)
    lexer_loaded = Signal()

    def __init__(self, parent: QObject, pieces_change: PiecesChange) -> None:
        super().__init__(parent)
        self.pieces_change = pieces_change
        """Some pieces are about to become others.  No signal: each flush tells it."""


class MessageWidget(QWidget):
    """Paints one message at the width it is given by `arrange`; what happens to it is told through `told`."""

    def __init__(
        self,
        state: MessageState,
        theme: Theme,
        styles: tuple[Style, Style],
        parent: QWidget,
        selection: Selection,
        row: int,
        told: MessageSignals,
        *,
        has_actions: bool = True,
        thumbnails: Thumbnails | None = None,
    ) -> None:
        super().__init__(parent)
        self.told = told
        self.has_actions = has_actions
        self.state = state
        self.row = row
        """Which message it is, counted from the top."""
        self.selection = selection
        self._theme = theme
        self._given = styles
        self._style, self._muted = self._look(styles)
        self._column = QRect(0, 0, 0, 0)
        self._visible = (0.0, 0.0)
        self._unpainted_from: int | None = None
        self._dot_top: int | None = None
        """Where the dot behind the last word was painted."""
        self.shows_focus = False
        self.body = self._new_flow(self._style, is_markdown=state.is_markdown)
        self.reasoning: Flow | None = None
        self._body_y = self._reasoning_y = 0
        self._box = QRect()
        self._box_shift_px = 0
        """Of a prompt that runs from the right: what its box is narrower than its text may be."""
        self._header: ReasoningHeader | None = None
        self._sources: SourceList | None = None
        self._pictures: PromptPictures | None = None
        if state.message.attachments:
            activated = told.picture_activated.emit
            self._pictures = PromptPictures(self, theme, thumbnails, state.message.attachments, activated)
        self._notice: NoticeBox | None = None
        self._left_out: LeftOutLine | None = None
        self._footer: Footer | None = None
        self._footer_y = 0
        self._painted_selection: tuple[tuple[Mark, Mark] | None, tuple[Mark, Mark] | None] = (None, None)
        self._controls = BlockControls(self, theme)
        self._are_controls_due = False
        self._controls_for: tuple[list[tuple[Flow, int, int, int]], tuple[float, float]] | None = None
        """What they were placed for, if that was all of them."""
        self._found: FoundMarks | None = None
        self.paint_ms = 0.0
        self.setAutoFillBackground(True)
        self.setAttribute(Qt.WidgetAttribute.WA_StaticContents)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setObjectName("message")
        self.setAccessibleName(state.accessible_name)
        self._read_state()

    # Text in

    def feed(self, text: str, reasoning: str) -> None:
        """Take text that came; shown by the next `flush`."""
        if text:
            self.body.feed(text)
        if reasoning:
            self._reasoning_flow().feed(reasoning)

    def flush(self) -> bool:
        """Bring the pieces up to date.  Whether anything may be elsewhere by it: then the view has to call `arrange`,
        else only `show_changes`."""
        self.told.pieces_change(self.row, Flow.may_be_cut_anew)
        changed, is_in_place = self.body.update(), self.body.is_in_place
        if changed is not None:
            self._mark_changed(self._body_y + changed)
        if self.reasoning is not None:
            reasoning_changed = self.reasoning.update()
            if reasoning_changed is not None:
                self._mark_changed(self._reasoning_y + reasoning_changed)
            is_in_place &= self.reasoning.is_in_place
        return not is_in_place

    def read_some(self, budget_s: float) -> bool:
        """Go on reading a long text; whether there is more."""
        self.told.pieces_change(self.row, Flow.may_be_cut_anew)
        for flow, top in self._flows():
            if flow.is_reading:
                changed = flow.read_some(budget_s)
                if changed is not None:
                    self._mark_changed(top() + changed)
        return any(flow.is_reading for flow, _ in self._flows())

    def read_plain(self) -> None:
        """Read on to the end in what is shown as it was written: before that its end has no place."""
        while self.body.stream is None and self.body.is_reading:
            self.read_some(1.0)

    @property
    def is_reading(self) -> bool:
        return any(flow.is_reading for flow, _ in self._flows())

    def _read_state(self) -> None:
        """Show the whole text of the state from new on."""
        self.body = self._new_flow(self._style, is_markdown=self.state.is_markdown)
        self.reasoning = None
        self.take_sources()
        self.body.feed(self.state.text)
        if self.state.has_reasoning:
            self._reasoning_flow().feed(self.state.reasoning)
        if not self.state.is_running:
            self._finish_flows()
        self.flush()

    def reload(self) -> None:
        """The text was replaced by another."""
        self._controls.clear()
        self._found = None
        self.selection.drop_row(self.row)
        self.told.pieces_change(self.row, None)
        self._read_state()
        self._arrange_flows()
        self.update()

    def take_sources(self) -> None:
        """The state knows other sources: the numbers in what comes from now on lead to them."""
        self._drop_source_list()
        if self.state.is_markdown:
            self.body.sources = addresses(self.state.sources)

    def end(self, is_same: bool) -> None:
        """The state has ended; `is_same` says that its text is what was fed."""
        if is_same:
            self.take_sources()
            self._finish_flows()
            self.flush()
            self.body.link_sources()
        else:
            self.reload()
        self.setAccessibleName(self.state.accessible_name)
        self.update()

    def resume(self) -> None:
        """The state goes on after it had ended."""
        self.show_notice()
        self._drop_source_list()
        self.reload()
        self.refresh_footer()
        self.setAccessibleName(self.state.accessible_name)

    def _finish_flows(self) -> None:
        self.body.finish()
        if self.reasoning is not None:
            self.reasoning.finish()

    def _new_flow(self, style: Style, *, is_markdown: bool) -> Flow:
        return Flow(style, is_markdown=is_markdown, lexer_loaded=weakly(self._tell_lexer_loaded, None),
                    schedule_colouring=weakly(self._want_colours, None))  # fmt: skip

    def _tell_lexer_loaded(self) -> None:
        """From the thread that loaded a lexer.  Meanwhile the transcript may be gone."""
        with suppress(RuntimeError):
            self.told.lexer_loaded.emit()

    def _want_colours(self, code: CodeBlock) -> None:
        self.told.colouring_wanted.emit(self, code)

    def _reasoning_flow(self) -> Flow:
        if self.reasoning is None:
            self.reasoning = self._new_flow(self._muted, is_markdown=not self.state.is_plain)
            if self._column.width():
                self.reasoning.set_width(self._column.width() - REASONING_INDENT_PX)
        return self.reasoning

    def _flows(self) -> list[tuple[Flow, Callable[[], int]]]:
        flows: list[tuple[Flow, Callable[[], int]]] = [(self.body, lambda: self._body_y)]
        if self.reasoning is not None:
            flows.append((self.reasoning, lambda: self._reasoning_y))
        return flows

    def section(self, name: str) -> tuple[Flow | None, int, int]:
        """A part of the message that can be selected in, and where its top left corner is."""
        if name == "reasoning":
            return (
                (None if self.state.is_reasoning_folded else self.reasoning),
                self._text_x + REASONING_INDENT_PX,
                (self._reasoning_y),
            )
        return self.body, self._text_x, self._body_y

    # Geometry

    @property
    def _text_x(self) -> int:
        if not self.state.is_prompt:
            return self._column.left()
        return self._box.left() + BOX_SIDE_PX - self._box_shift_px

    def arrange(self, column: QRect, top: float, bottom: float) -> int:
        """Lay out what is between `top` and `bottom` (in this widget) in the column (its x and width); the height."""
        has_moved, self._visible = (top, bottom) != self._visible, (top, bottom)
        if (column.left(), column.width()) != (self._column.left(), self._column.width()):
            self._column = QRect(column.left(), 0, column.width(), 0)
            self.update()
        height = self._arrange_flows()
        for _ in range(6):
            moved = self._ensure(top, bottom)
            if moved is None:
                break
            height = self._arrange_flows()
            self.update(QRect(0, max(0, int(top), moved), self.width(), int(bottom - top) + 1))
        if has_moved:
            self.body.drop_far(top - self._body_y, bottom - self._body_y)
        self._are_controls_due = True
        if self.state.is_last or self.state.version_words or self.state.mark_words:
            self.refresh_footer()
        return height

    @property
    def laid_out(self) -> tuple[float, float]:
        """Between which heights it was laid out by the last `arrange`."""
        return self._visible

    def _ensure(self, top: float, bottom: float) -> int | None:
        """Lay out what is between two heights, and what is painted with it; from which y on anything is elsewhere, or
        None."""
        overhang_px = self._style.line_px * OVERHANG
        top, bottom = top - overhang_px, bottom + overhang_px
        moved = [(self._body_y, self.body.ensure(top - self._body_y, bottom - self._body_y))]
        if self.reasoning is not None and not self.state.is_reasoning_folded:
            y = self._reasoning_y
            moved.append((y, self.reasoning.ensure(top - y, bottom - y)))
        return min((y + inside for y, inside in moved if inside is not None), default=None)

    def _flows_shown(self) -> list[tuple[Flow, int, int]]:
        shown = [self.section(name) for name in ("body", "reasoning")]
        return [(flow, x, y) for flow, x, y in shown if flow is not None]

    def _arrange_flows(self) -> int:
        return self._arrange_prompt() if self.state.is_prompt else self._arrange_reply()

    def _arrange_prompt(self) -> int:
        column = self._column
        widest = int(column.width() * WIDEST_PROMPT) - 2 * BOX_SIDE_PX
        self.body.set_width(widest)
        self.body.ensure(0, min(self.body.height, 400))
        used = widest
        if len(self.body.pieces) == 1:
            used = min(widest, int(self.body.pieces[0].box.natural_width) + 2)  # type: ignore[attr-defined]
        elif not self.state.has_text:
            used = 0
        pictures_px, text_px = QSize(0, 0), self.body.height if self.state.has_text else 0
        if self._pictures is not None:
            pictures_px = places(self.state.message.attachments, widest)[1]
            used = max(used, pictures_px.width())
        is_mirrored = bool(text_px) and used < widest and self.body.pieces[0].box.is_right_to_left  # type: ignore[attr-defined]
        self._box_shift_px = widest - used if is_mirrored else 0
        width = used + 2 * BOX_SIDE_PX
        pictures_y = text_px + (PICTURES_GAP_PX if text_px and self._pictures is not None else 0)
        self._box = QRect(column.left() + column.width() - width, PROMPT_GAP_PX, width,
                          pictures_y + pictures_px.height() + 2 * BOX_PADDING_PX)  # fmt: skip
        self._body_y = PROMPT_GAP_PX + BOX_PADDING_PX
        if self._pictures is not None:
            left_top = QPoint(self._box.left() + BOX_SIDE_PX, self._body_y + pictures_y)
            if self._pictures.place(left_top, widest):
                self._order_tabs()
        bottom = self._box.bottom() + 1
        if self._footer is not None:
            self._footer.place_beside(self._box)
        if self.state.is_left_out:
            bottom = self._left_out_line().place(column, bottom)
        return self._arrange_notice(bottom)

    def _arrange_reply(self) -> int:
        column, y = self._column, REPLY_GAP_PX
        state = self.state
        self.body.set_width(column.width())
        if state.has_reasoning or state.is_thinking:
            header = self._reasoning_header()
            header.show_words(state.reasoning_words, is_live=state.is_thinking)
            header.setChecked(not state.is_reasoning_folded)
            size = header.sizeHint()
            room = min(size.width(), column.width() + RING_PX)
            header.setGeometry(column.left() - RING_PX, y - 2, room, size.height())
            header.show()
            y += size.height() + 2
            if self.reasoning is not None and not state.is_reasoning_folded:
                self.reasoning.set_width(column.width() - REASONING_INDENT_PX)
                self._reasoning_y = y + 4
                y = self._reasoning_y + self.reasoning.height + 12
        elif self._header is not None:
            self._header.hide()
        self._body_y = y
        y += self.body.height
        if not self.body.pieces and state.is_running and not state.is_thinking:
            y += self._style.line_px
        y = self._arrange_pictures(y)
        y = self._arrange_sources(y)
        y = self._arrange_notice(y)
        if not state.is_running and self.has_actions:
            self._footer_y = y + 8
            y += 8 + BUTTON_PX
            if self._footer is not None:
                self._footer.place_below(column, self._footer_y)
        return y

    def _arrange_pictures(self, y: int) -> int:
        """Of a reply: what a chat that was imported brought with it."""
        if self._pictures is None:
            return y
        widest = int(self._column.width() * WIDEST_PROMPT) - 2 * BOX_SIDE_PX
        y += PICTURES_GAP_PX if self.body.height else 0
        if self._pictures.place(QPoint(self._column.left(), y), widest):
            self._order_tabs()
        return y + places(self.state.message.attachments, widest)[1].height()

    def _arrange_sources(self, y: int) -> int:
        if not self.state.has_source_list:
            return y
        if self._sources is None:
            self._sources = SourceList(self._theme, self.state.sources, self._style, self)
            self._sources.followed.connect(self.told.link_activated)
            self._sources.rows_changed.connect(self._on_source_rows)
            self._order_tabs()
        height = self._sources.height_for(self._column.width())
        self._sources.setGeometry(place_for(self._column, y + SOURCES_GAP_PX, height))
        self._sources.show()
        return y + SOURCES_GAP_PX + height

    def _on_source_rows(self) -> None:
        self._order_tabs()
        self.told.height_changed.emit()

    def _drop_source_list(self) -> None:
        if self._sources is not None:
            self._sources.hide()
            self._sources.deleteLater()
            self._sources = None

    def _arrange_notice(self, y: int) -> int:
        column = self._column
        if self.state.notice is not None and self._notice is not None:
            height = self._notice.height_for(column.width())
            self._notice.setGeometry(column.left(), y + NOTICE_GAP_PX, column.width(), height)
            self._notice.show()
            y += height + NOTICE_GAP_PX
        return y

    def _reasoning_header(self) -> ReasoningHeader:
        if self._header is None:
            self._header = ReasoningHeader(self._muted, self)
            self._header.clicked.connect(self._toggle_reasoning)
            self._order_tabs()
        return self._header

    def _toggle_reasoning(self) -> None:
        self.state.is_folded = not self.state.is_reasoning_folded
        self.told.height_changed.emit()
        self.update()

    def _footer_row(self) -> Footer:
        if self._footer is None:
            self._footer = Footer(self, self._theme, self._style, self.state)
            self._footer.pressed.connect(self._on_footer)
            if self.state.is_prompt:
                self._footer.place_beside(self._box)
            else:
                self._footer.place_below(self._column, self._footer_y)
            self._order_tabs()
        return self._footer

    def _on_footer(self, action: str) -> None:
        if action == "more" and self._footer is not None:
            menu = more_menu(self)
            menu.popup(self._footer.more.mapToGlobal(QPoint(0, self._footer.more.height())))
        else:
            self.act(action)

    def act(self, action: str) -> None:
        """Do what belongs to the message alone, and tell what was asked for."""
        if action == "copy":
            self.copy_all()
        elif action == "copy_plain":
            self.copy_plain()
        self.told.action_requested.emit(self.state.id, action)

    def show_notice(self) -> None:
        """Show, replace or remove the notice below the text, as the state says."""
        if self._notice is not None:
            self._take_focus_from(self._notice)
            self._notice.hide()
            self._notice.deleteLater()
            self._notice = None
        if self.state.notice is not None:
            self._notice = NoticeBox(self._theme, self.state.notice, self._given[0], self)
            self._notice.action_triggered.connect(lambda name: self.told.notice_action.emit(self.state.id, name))
            self._notice.height_changed.connect(self.told.height_changed)
            self._order_tabs()
        self.update()

    def show_left_out(self) -> None:
        """Look like a turn that goes along with later requests or does not, as the state says."""
        self.restyle(self._given)
        if self._left_out is not None and not self.state.is_left_out:
            self._take_focus_from(self._left_out)
            self._left_out.hide()
            self._left_out.deleteLater()
            self._left_out = None
        self.setAccessibleName(self.state.accessible_name)

    def _take_focus_from(self, part: QWidget) -> None:
        """A part that goes leaves the keyboard here, not at whatever comes next."""
        focus = QGuiApplication.focusObject()
        if isinstance(focus, QWidget) and part.isAncestorOf(focus):
            self.setFocus(Qt.FocusReason.TabFocusReason)

    def _left_out_line(self) -> LeftOutLine:
        if self._left_out is None:
            self._left_out = LeftOutLine(self._theme, self._style, self)
            self._left_out.taken_back.connect(lambda: self.act("take_back"))
            self._order_tabs()
        return self._left_out

    def _look(self, styles: tuple[Style, Style]) -> tuple[Style, Style]:
        """A turn that is left out is written in the second colour."""
        return (styles[0].second, styles[1]) if self.state.is_left_out else styles

    @property
    def tab_stops(self) -> list[QWidget]:
        """What takes the keyboard, from top to bottom; the message itself first."""
        controls: list[QWidget] = [self]
        if self._pictures is not None:
            controls += self._pictures.buttons
        if self._header is not None:
            controls.append(self._header)
        controls += self._controls.widgets
        if self._sources is not None:
            controls += self._sources.controls
        if self._footer is not None:
            controls += self._footer.buttons
        if self._left_out is not None:
            controls.append(self._left_out.button)
        if self._notice is not None:
            controls += self._notice.controls
        return controls

    def _order_tabs(self) -> None:
        for first, second in pairwise(self.tab_stops):
            QWidget.setTabOrder(first, second)

    def controls_changed(self) -> None:
        self._order_tabs()

    def anchor_at(self, y: float) -> Anchor:
        """The place at height `y`."""
        for name in ("body", "reasoning"):
            flow, _, top = self.section(name)
            if flow is not None and flow.pieces and top <= y < top + flow.height:
                index = flow.piece_at(y - top)
                if y - top > flow.pieces[index].y + flow.pieces[index].height:
                    index += 1  # in the gap above it
                piece, inside = flow.pieces[index], y - top - flow.pieces[index].y
                if not piece.is_exact:
                    return name, index, inside, -1
                position = piece.position_at(0, max(0.0, inside))
                return name, index, inside - piece.caret(position)[1], position
        if y >= self._body_y + self.body.height:
            return "below", 0, y - self._body_y - self.body.height, -1
        return "top", 0, y, -1

    def y_of(self, anchor: Anchor) -> float:
        """The height at which a place is now."""
        name, index, below, position = anchor
        if name == "top":
            return below
        if name == "below":
            return self._body_y + self.body.height + below
        flow, _, top = self.section(name)
        if flow is None:
            return float(self._header.geometry().top()) if self._header is not None else 0.0
        if not flow.pieces:
            return float(top)
        index = min(index, len(flow.pieces) - 1)
        return top + flow.pieces[index].y + below + (flow.caret_y(index, position) if position >= 0 else 0)

    def offset_at(self, anchor: Anchor) -> int:
        """Where in its section's text a place is that has a piece."""
        from qwen_desktop.ui.transcript.places import offset_of  # brings the parser

        name, index, below, position = anchor
        flow = self.section(name)[0]
        if flow is None:
            return 0
        if position < 0:
            position = flow.exact_piece(index).position_at(0, max(0.0, below))
        return offset_of(flow, self._text_in(name), (index, position))

    def anchor_of(self, anchor: Anchor, offset: int) -> Anchor:
        """The place `anchor` once more, whose piece may be another now: its character is at `offset`."""
        from qwen_desktop.ui.transcript.places import mark_of

        flow = self.section(anchor[0])[0]
        if flow is None:
            return anchor
        if self._is_place(flow, anchor) and self.offset_at(anchor) == offset:
            return anchor  # in a table, places beside a cell have the offset of another one
        index, position = mark_of(flow, self._text_in(anchor[0]), offset)
        return anchor[0], index, anchor[2] if anchor[3] >= 0 else 0.0, position

    def _is_place(self, flow: Flow, anchor: Anchor) -> bool:
        _, index, _, position = anchor
        return index < len(flow.pieces) and 0 <= position <= flow.exact_piece(index).text_length

    def _text_in(self, section: str) -> str:
        return self.state.text if section == "body" else self.state.reasoning

    def line_around(self, section: str, piece: int, position: int) -> tuple[float, float]:
        """Top and bottom of the line a place is in."""
        flow, _, top = self.section(section)
        if flow is None or not flow.pieces:
            return float(self._body_y), float(self._body_y + self._style.line_px)
        index = min(piece, len(flow.pieces) - 1)
        y = top + flow.pieces[index].y + flow.caret_y(index, position)
        return y, y + self._style.line_px

    def mark_at(self, point: QPointF, section: str | None = None) -> tuple[str, Mark]:
        """The place in the text nearest to a point, in a section or in the one that is there."""
        if section is None:
            flow, _, y = self.section("reasoning")
            section = "reasoning" if flow is not None and point.y() < y + flow.height else "body"
        flow, x, y = self.section(section)
        return section, flow.mark_at(point.x() - x, point.y() - y) if flow is not None else (0, 0)

    def selection_changed(self) -> None:
        """Paint what is selected now and what was before."""
        if self._selected_now() != self._painted_selection:
            self.update()

    def _selected_now(self) -> tuple[tuple[Mark, Mark] | None, tuple[Mark, Mark] | None]:
        return self.selection.in_section(self.row, "body"), self.selection.in_section(self.row, "reasoning")

    def show_hits(self, hits: Sequence[tuple[int, int]], current: tuple[int, int] | None) -> None:
        """Mark what was found in the text, in offsets of it; nothing takes the marks away."""
        from qwen_desktop.ui.transcript.found import FoundMarks  # brings the parser

        if hits or self._found is not None:
            self._found = FoundMarks(self.body, self.state.text, hits, current) if hits else None
            self.update()

    # Painting

    def _mark_changed(self, y: int) -> None:
        if self._dot_top is not None:
            y = min(y, self._dot_top)
        self._unpainted_from = y if self._unpainted_from is None else min(self._unpainted_from, y)

    @property
    def has_changes(self) -> bool:
        """There is something for `show_changes`."""
        return self._are_controls_due or self._unpainted_from is not None

    def show_changes(self) -> None:
        """Ask for painting what changed since the last time, once the widget is in its place.

        Buttons move only then: what they leave behind must not be scrolled, nor what is around it."""
        if self._are_controls_due:
            self._are_controls_due = False
            flows = self._flows_shown()
            shapes = [(flow, flow.shape, x, y) for flow, x, y in flows], self._near
            if shapes != self._controls_for:
                is_wanting = self._controls.place(flows, *self._near)
                self._controls_for = None if is_wanting else shapes
                if is_wanting:
                    self.told.controls_wanted.emit(self)
        if self._unpainted_from is not None:
            top = max(0, self._unpainted_from)
            self.update(0, top, self.width(), self.height() - top)

    def make_controls(self) -> bool:
        """Make one of the widgets that blocks on the screen want; whether there is more to do."""
        self._controls_for = None
        return self._controls.place(self._flows_shown(), *self._near, makes=1)

    @property
    def _near(self) -> tuple[float, float]:
        """What is laid out, and a little more, so that not each line that is scrolled is another stretch."""
        top, bottom = self._visible
        return top // STEP_PX * STEP_PX, -(-bottom // STEP_PX) * STEP_PX

    def paintEvent(self, event: QPaintEvent) -> None:
        selected = self._painted_selection = self._selected_now()
        began = time.perf_counter()
        painter = QPainter(self)
        overhang_px = self._style.line_px * OVERHANG
        clip = QRectF(event.rect()).adjusted(0, -overhang_px, 0, overhang_px)
        if self.state.is_prompt:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            if self.state.is_left_out:
                draw_box(painter, self._box, fill=self._style.colours.window, line=self._style.colours.control_line,
                         radius_px=BOX_RADIUS_PX)  # fmt: skip
            else:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(self._style.colour("user_message"))
                painter.drawRoundedRect(self._box, BOX_RADIUS_PX, BOX_RADIUS_PX)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self.reasoning is not None and not self.state.is_reasoning_folded:
            reasoning, x, y = self.reasoning, self._text_x + REASONING_INDENT_PX, self._reasoning_y
            if reasoning.pieces:
                fill(painter, QRect(self._column.left(), y, 2, reasoning.height), self._style.colour("line"))
            reasoning.draw(painter, x, y, clip, selected[1])
        hits = self._found.of_piece if self._found is not None else None
        self.body.draw(painter, self._text_x, self._body_y, clip, selected[0], hits)
        if self.state.is_running:
            self._draw_waiting(painter)
        if self._footer is not None and not self.state.is_running:
            self._footer.draw(painter)
        if self.shows_focus and self.hasFocus():
            ring, radius = QRect(self._column.left() - 8, 6, self._column.width() + 16, self.height() - 8), 8
            if self.state.is_prompt:
                ring, radius = self._box, BOX_RADIUS_PX
            draw_focus_ring(painter, ring, self._style.colours.accent, radius)
        painter.end()
        self.paint_ms += (time.perf_counter() - began) * 1000
        if self._unpainted_from is not None and event.rect().bottom() >= self._unpainted_from:
            self._unpainted_from = None
            self.told.text_painted.emit(self.state.id)

    def _draw_waiting(self, painter: QPainter) -> None:
        """A dot behind the last word while the reply runs, and what it waits for while there is no word."""
        state = self.state
        words = state.waiting_words
        self._dot_top = None
        if state.is_thinking:
            return  # the ring above the reasoning says it
        end_x, end_y = self.body.end_of_text()
        x = self._text_x + end_x + (10 if self.body.pieces else DOT_PX / 2)
        self._dot_top = int(self._body_y + end_y - DOT_PX / 2)
        left = int(min(x, self.width() - DOT_PX) - DOT_PX / 2)
        dot = QRectF(left, self._dot_top + 1, DOT_PX, DOT_PX)
        self._style.stamps.draw_shape(painter, "waiting", dot, self._draw_dot)
        if words:
            painter.setFont(self._style.small)
            painter.setPen(self._style.colour("text_secondary"))
            room = QRect(int(x) + 14, self._body_y, self._column.width() - 20, self._style.line_px)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _draw_dot(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._style.colour("accent"))
        painter.drawEllipse(box)

    def _forget_found(self) -> None:
        """Positions in the pieces are others now."""
        if self._found is not None:
            self._found.forget()

    def restyle(self, styles: tuple[Style, Style]) -> None:
        """Take other colours or fonts."""
        self.told.pieces_change(self.row, has_formulas)
        self._forget_found()
        self._given = styles
        self._style, self._muted = self._look(styles)
        self.body.restyle(self._style)
        if self.reasoning is not None:
            self.reasoning.restyle(self._muted)
        if self._header is not None:
            self._header.restyle(self._muted)
        if self._sources is not None:
            self._sources.restyle(self._style)
        if self._footer is not None:
            self._footer.restyle(self._style)
        if self._notice is not None:
            self._notice.restyle(self._given[0])
        if self._left_out is not None:
            self._left_out.restyle(self._style)
        self._controls.restyle(self._style)
        self.update()

    def colour_some(self, code: CodeBlock) -> bool:
        """Go on colouring a code block; whether there is more to do."""
        is_more = code.colour_some()
        self._take_colours(code)
        return is_more

    def _take_colours(self, code: CodeBlock) -> None:
        for flow, top in self._flows():
            changed = flow.colours_arrived(code)
            if changed is not None:
                self.update(0, top() + changed[0], self.width(), changed[1] - changed[0] + 1)

    def recolour(self) -> None:
        """A lexer is there, perhaps one that this message waits for."""
        for flow, _ in self._flows():
            for code in flow.code_blocks():
                self._want_colours(code)

    def take_awaited(self) -> bool:
        """Formulas were drawn or pictures loaded, perhaps some of this message; whether it has to be arranged again."""
        self.told.pieces_change(self.row, has_formulas)
        changed = [top() + y for flow, top in self._flows() if (y := flow.awaited_arrived()) is not None]
        if changed:
            self._forget_found()
            self.update(0, min(changed), self.width(), self.height())
        return bool(changed)

    def set_wrapped(self, code: CodeBlock, is_wrapped: bool) -> None:
        """Wrap the lines of a code block, or scroll it sideways."""
        code.is_wrapped, code.scrolled_px = is_wrapped, 0
        for flow, _ in self._flows():
            flow.relayout_code(code)
        self.told.height_changed.emit()
        self.update()

    def rect_at(self, offset: int) -> QRect:
        """The block that holds a character of the text, in this widget."""
        y, height = self.body.span_at(offset)
        width = self._box.width() - 2 * BOX_SIDE_PX if self.state.is_prompt else self._column.width()
        return QRect(self._text_x, self._body_y + y, width, height)

    # Mouse and keyboard

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.selection.press(self, event)
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.selection.double_click(self, event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._controls.pointed_at(event.position().toPoint())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.selection.drag(self, event.position())
            return
        link = self._link_at(event.position())
        if link:
            shape = Qt.CursorShape.PointingHandCursor
        else:
            shape = Qt.CursorShape.IBeamCursor if self._is_over_text(event.position()) else (Qt.CursorShape.ArrowCursor)
        if self.cursor().shape() != shape:
            self.setCursor(shape)
        self._show_tool_tip(link_words(link) if link else self._tooltip_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        was_drag = self.selection.release()
        link = self._link_at(event.position())
        if link and not was_drag:
            self.told.link_activated.emit(link)

    def _is_over_text(self, point: QPointF) -> bool:
        return any(y <= point.y() < y + flow.height and x <= point.x() < x + flow.width
                   for flow, x, y in self._flows_shown())  # fmt: skip

    def _show_tool_tip(self, words: str) -> None:
        """As markup it cannot be: escaped, and cut where it gets absurd."""
        from html import escape  # brings half a megabyte of entities, which the parser needs too

        markup = f"<p style='white-space:pre'>{escape(words[:300])}</p>" if words else ""
        if markup != self.toolTip():
            self.setToolTip(markup)

    def _link_at(self, point: QPointF) -> str:
        for name in ("body", "reasoning"):
            flow, x, y = self.section(name)
            if flow is not None and y <= point.y() <= y + flow.height:
                return flow.link_at(point.x() - x, point.y() - y)
        return ""

    def _tooltip_at(self, point: QPointF) -> str:
        for flow, x, y in self._flows_shown():
            if y <= point.y() <= y + flow.height:
                return flow.tooltip_at(point.x() - x, point.y() - y)
        return ""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Sideways wheels scroll wide code and tables; all others are the view's."""
        delta = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 2
        sideways = (
            delta.x() if delta.x() else (delta.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        )
        if sideways and self._controls.scroll_sideways(event.position(), -sideways):
            event.accept()
        else:
            event.ignore()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.refresh_footer()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._controls.pointed_at(None)
        self.refresh_footer()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.shows_focus = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    @property
    def holds_keyboard(self) -> bool:
        """The keyboard is in it."""
        focus = QGuiApplication.focusObject()
        return isinstance(focus, QWidget) and (focus is self or self.isAncestorOf(focus))

    def refresh_footer(self, *, is_wanted: bool = False) -> None:
        """Show the actions while the message is pointed at, holds the keyboard, is the last or has other versions."""
        is_last_reply = self.state.is_last and not self.state.is_prompt
        is_shown = (
            self.has_actions
            and not self.state.is_running
            and (
                is_wanted or is_last_reply or bool(self.state.version_words) or self.underMouse() or self.holds_keyboard
            )
        )
        if is_shown or self._footer is not None or self.state.mark_words:
            self._footer_row().set_shown(is_shown)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()  # the view scrolls, selects and copies

    def copy_all(self) -> None:
        """The message exactly as it was written."""
        if self.state.is_plain:
            copy_plain(self.state.text)
        else:
            copy_markdown(self.state.text)

    def copy_plain(self) -> None:
        """What is selected as it is read, without Markdown; all of the message where nothing is."""
        if not self.selection.is_empty:
            self.selection.copy_plain()
        else:
            copy_plain(as_read(self.state.text, is_markdown=self.state.is_markdown))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        link = self._link_at(QPointF(event.pos())) if event.reason() == QContextMenuEvent.Reason.Mouse else ""
        position = (
            event.globalPos()
            if event.reason() == QContextMenuEvent.Reason.Mouse
            else self.mapToGlobal(QPoint(self._column.left(), self.visibleRegion().boundingRect().top() + 24))
        )
        context_menu(self, image_in(link) or link).popup(position)
