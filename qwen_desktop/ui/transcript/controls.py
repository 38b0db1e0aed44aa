"""The widgets in a painted message: buttons of code blocks, sideways scroll bars, the row of actions below."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QGuiApplication, QPainter
from PySide6.QtWidgets import QScrollBar, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.transcript.blocks import Piece
from qwen_desktop.ui.transcript.code_block import CodeBlock, CodePiece
from qwen_desktop.ui.transcript.flow import Flow
from qwen_desktop.ui.transcript.math_block import MathPiece
from qwen_desktop.ui.transcript.message_state import MessageState
from qwen_desktop.ui.transcript.save_code import CodeSaver
from qwen_desktop.ui.transcript.style import CODE_HEADER_PX, SCROLL_BAR_PX, Style
from qwen_desktop.ui.transcript.table_block import Table, TablePiece
from qwen_desktop.ui.transcript.table_button import TableButton
from qwen_desktop.ui.views.buttons import IconButton
from qwen_desktop.ui.views.controls import name_control, slim_scroll_bar_sheet

BUTTON_PX = 28
KEPT_PX = 1_000
"""Widgets of blocks no farther from the screen stay: what comes and goes with each step costs more than it is."""
ARROW_PX = 20
"""Width of the buttons to the versions before and after."""
_WITH_WIDGETS = (CodePiece, TablePiece, MathPiece)
Wide = CodeBlock | Table | MathPiece
"""What keeps how far something is scrolled sideways."""


class CopyButton(IconButton):
    """An icon button that shows a check mark from when it is pressed until it is left."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        super().__init__(theme, "copy", name, side_px=BUTTON_PX, parent=parent)
        self.clicked.connect(lambda: self.set_icon_name("check"))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.set_icon_name("copy")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.set_icon_name("copy")


@dataclass(slots=True)
class _CodeButtons:
    code: CodeBlock
    wrap: IconButton
    save: IconButton
    copy: CopyButton
    place: tuple[int, int] = (-1, -1)
    """Right edge and top they were moved to."""

    @property
    def buttons(self) -> tuple[IconButton, ...]:
        """From left to right."""
        return self.wrap, self.save, self.copy


class BlockControls:
    """Makes and places the widgets of the blocks on the screen, and removes those of the others."""

    def __init__(self, widget: QWidget, theme: Theme) -> None:
        self._of = weakref.ref(widget)
        self._theme = theme
        self._saver: CodeSaver | None = None
        self._tables: dict[int, TableButton] = {}
        self._buttons: dict[int, _CodeButtons] = {}
        self._bars: dict[int, tuple[Wide, QScrollBar]] = {}
        self._wide: list[tuple[QRect, Wide, int]] = []
        """On the screen: where something wide is, what it is, how far it can be scrolled."""
        self._to_make = 0
        """How many widgets may still be made."""
        self._is_wanting = False
        """One was to be made that could not."""

    @property
    def _widget(self) -> QWidget:
        widget = self._of()
        assert widget is not None, "it is the widget that has these"
        return widget

    @property
    def saver(self) -> CodeSaver:
        """What saves code; made when it is wanted."""
        if self._saver is None:
            self._saver = CodeSaver(self._widget)
        return self._saver

    @property
    def widgets(self) -> list[QWidget]:
        buttons = [button for row in self._buttons.values() for button in row.buttons]
        return sorted((*buttons, *self._tables.values()), key=lambda button: (button.y(), button.x()))

    def clear(self) -> None:
        for key in list(self._buttons):
            self._remove_buttons(key)
        for key in list(self._bars):
            self._remove_bar(key)
        for key in list(self._tables):
            _remove(self._tables.pop(key))

    def place(self, flows: list[tuple[Flow, int, int]], top: float, bottom: float, *, makes: int = 0) -> bool:
        """Widgets for what is between `top` and `bottom`; those there are stay until they are far from it.

        Only as many as `makes` are made, as each takes longer than the text it is for; whether more are wanted."""
        self._to_make, self._is_wanting = makes, False
        headers, bars, tables = set[int](), set[int](), dict[int, tuple[Flow, Table, QRect]]()
        self._wide.clear()
        for flow, x, y in flows:
            index = flow.piece_at(top - KEPT_PX - y)
            while index < len(flow.pieces) and y + flow.pieces[index].y < bottom + KEPT_PX:
                piece = flow.pieces[index]
                if not isinstance(piece, _WITH_WIDGETS):
                    index += 1
                    continue
                is_near = y + piece.y < bottom and y + piece.y + piece.height > top
                if not (is_near or self._has_widget(piece)):
                    pass
                elif isinstance(piece, CodePiece):
                    if piece.has_header:
                        headers.add(id(piece.block))
                        self._place_buttons(piece, x, y + piece.y, flow.width)
                    if piece.needs_scroll_bar(flow.width):
                        room = piece.width_px(flow.width)
                        farthest = int(piece.block.content_px(piece.style)) - room
                        bars |= self._place_wide(piece, piece.block, x, y, room, farthest)
                elif isinstance(piece, MathPiece) and piece.needs_scroll_bar(flow.width):
                    room = flow.width - piece.indent_px
                    bars |= self._place_wide(piece, piece, x, y, room, int(piece.content_px) - room + 1)
                elif isinstance(piece, TablePiece):
                    room = flow.width - piece.indent_px
                    beside = int(piece.table.content_px(room)) + BUTTON_PX
                    part = QRect(x + piece.indent_px, y + piece.y, min(room, beside), piece.height)
                    _, _, seen = tables.get(id(piece.table), (None, None, part))
                    tables[id(piece.table)] = flow, piece.table, seen.united(part)
                    if piece.needs_scroll_bar(flow.width):
                        farthest = int(piece.table.content_px(room)) - room
                        bars |= self._place_wide(piece, piece.table, x, y, room, farthest)
                index += 1
        for key in self._buttons.keys() - headers:
            self._remove_buttons(key)
        for key in self._bars.keys() - bars:
            self._remove_bar(key)
        for key in self._tables.keys() - tables.keys():
            _remove(self._tables.pop(key))
        for key, (flow, table, area) in tables.items():
            self._place_table_button(key, flow, table, area)
        if self._to_make < makes:  # now that they are where they belong
            self._widget.controls_changed()  # type: ignore[attr-defined]
        return self._is_wanting

    def _may_make(self) -> bool:
        self._is_wanting |= self._to_make == 0
        self._to_make = max(0, self._to_make - 1)
        return not self._is_wanting

    def _has_widget(self, piece: Piece) -> bool:
        """There is one of the thing that the piece is a part of."""
        if isinstance(piece, CodePiece):
            return id(piece.block) in self._buttons or id(piece.block) in self._bars
        if isinstance(piece, TablePiece):
            return id(piece.table) in self._tables
        return id(piece) in self._bars

    def pointed_at(self, point: QPoint | None) -> None:
        """Where the mouse is in the message; None: elsewhere."""
        for button in self._tables.values():
            button.set_pointed_at(point)

    def _place_table_button(self, key: int, flow: Flow, table: Table, area: QRect) -> None:
        button = self._tables.get(key)
        if button is None:
            if not self._may_make():
                return
            button = self._tables[key] = TableButton(
                self._theme, self._widget, BUTTON_PX,
                lambda: flow.table_tsv(table), lambda: flow.table_markdown(table),
            )  # fmt: skip
        button.place(area)
        if button.isHidden():
            button.show()

    def _place_buttons(self, piece: CodePiece, x: int, y: int, width: int) -> None:
        row = self._buttons.get(id(piece.block))
        if row is None:
            if not self._may_make():
                return
            row = self._make_buttons(piece.block)
        right = x + piece.indent_px + piece.width_px(width)
        button_y = y + (CODE_HEADER_PX - BUTTON_PX) // 2 + 1
        if row.place == (right, button_y):
            return
        row.place = right, button_y
        for place, button in enumerate(reversed(row.buttons)):
            edge = right - 9 - 4 * place - (place + 1) * BUTTON_PX
            button.move(edge, button_y)
            if button.isHidden():  # only now: else it would be painted where it is made, too
                button.show()

    def _make_buttons(self, code: CodeBlock) -> _CodeButtons:
        wrap = IconButton(self._theme, "wrap", tr("Wrap lines"), side_px=BUTTON_PX, parent=self._widget)
        wrap.setCheckable(True)
        wrap.setChecked(code.is_wrapped)
        wrap.setObjectName("wrap_code")
        wrap.toggled.connect(lambda is_on: self._widget.set_wrapped(code, is_on))  # type: ignore[attr-defined]
        copy = CopyButton(self._theme, tr("Copy code"), self._widget)
        copy.setObjectName("copy_code")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(code.code))
        save = IconButton(self._theme, "download", tr("Save as file"), side_px=BUTTON_PX, parent=self._widget)
        save.setObjectName("save_code")
        save.clicked.connect(lambda: self.saver.ask(code.code, code.language))
        row = self._buttons[id(code)] = _CodeButtons(code, wrap, save, copy)
        return row

    def _place_wide(
        self, piece: CodePiece | TablePiece | MathPiece, shared: Wide, x: int, y: int, room: int, farthest: int
    ) -> set[int]:
        left = x + piece.indent_px
        self._wide.append((QRect(left, y + piece.y, room, piece.height), shared, farthest))
        if not piece.is_end:
            return set()
        found = self._bars.get(id(shared))
        if found is None:
            if not self._may_make():
                return set()
            bar = QScrollBar(Qt.Orientation.Horizontal, self._widget)
            bar.setStyleSheet(slim_scroll_bar_sheet(self._theme))
            bar.setObjectName("scroll_sideways")
            bar.setAccessibleName(tr("Scroll sideways"))
            bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            bar.valueChanged.connect(lambda value: self._scroll_to(shared, value))
            found = self._bars[id(shared)] = (shared, bar)
        bar = found[1]
        bar.setPageStep(room)
        bar.setRange(0, max(0, farthest))
        bar.setValue(shared.scrolled_px)
        bar.setGeometry(left + 4, y + piece.y + piece.height - SCROLL_BAR_PX, room - 8, SCROLL_BAR_PX - 1)
        bar.show()
        return {id(shared)}

    def _scroll_to(self, shared: Wide, value: int) -> None:
        if shared.scrolled_px != value:
            shared.scrolled_px = value
            self._widget.update()

    def scroll_sideways(self, point: QPointF, delta_px: int) -> bool:
        """Scroll what is wide under `point`; whether there is such a thing."""
        for rect, shared, farthest in self._wide:
            if rect.contains(point.toPoint()):
                self._scroll_to(shared, max(0, min(farthest, shared.scrolled_px + delta_px)))
                if id(shared) in self._bars:
                    self._bars[id(shared)][1].setValue(shared.scrolled_px)
                return True
        return False

    def restyle(self, style: Style) -> None:
        for _, bar in self._bars.values():
            bar.setStyleSheet(slim_scroll_bar_sheet(self._theme))

    def _remove_buttons(self, key: int) -> None:
        for button in self._buttons.pop(key).buttons:
            _remove(button)

    def _remove_bar(self, key: int) -> None:
        _remove(self._bars.pop(key)[1])


def _remove(widget: QWidget) -> None:
    widget.hide()
    widget.deleteLater()


class Footer(QObject):
    """Actions below a message, and of a reply its model and time; hidden until somebody wants them.  That a reply was
    continued is said all the time.

    Signals: pressed(str action); 'more' asks for the menu below the button `more`.
    """

    pressed = Signal(str)

    def __init__(self, widget: QWidget, theme: Theme, style: Style, state: MessageState) -> None:
        super().__init__(widget)
        self._theme = theme
        self._style = style
        self._state = state
        self._row = QRect()
        self._words_x = self._version_x = 0
        self._is_shown = False
        copy = CopyButton(theme, tr("Copy prompt") if state.is_prompt else tr("Copy reply"), widget)
        name_control(copy, "copy_message")
        copy.clicked.connect(lambda: self.pressed.emit("copy"))
        copy.setEnabled(state.has_text)
        self.buttons: list[QWidget] = [copy]
        if state.is_prompt:
            self._add("edit", "pencil", tr("Edit"))
        else:
            self._add("regenerate", "refresh", tr("Regenerate"))
        self.more = self._add("more", "more", tr("More actions"), object_name="message_menu")
        self._arrows: list[IconButton] = []
        if state.version_words:
            before = self._add("previous_version", "chevron-left", tr("Previous version"))
            before.setEnabled(state.has_previous_version)
            after = self._add("next_version", "chevron-right", tr("Next version"))
            after.setEnabled(state.has_next_version)
            self._arrows = [before, after]
            for arrow in self._arrows:
                arrow.setFixedSize(ARROW_PX, BUTTON_PX)
                arrow.setAccessibleDescription(state.version_words)
        for button in self.buttons:
            button.hide()

    @property
    def _widget(self) -> QWidget:
        return cast("QWidget", self.parent())

    def _add(self, action: str, icon_name: str, name: str, *, object_name: str = "") -> IconButton:
        button = IconButton(self._theme, icon_name, name, side_px=BUTTON_PX, parent=self._widget)
        name_control(button, object_name or action)
        button.clicked.connect(lambda: self.pressed.emit(action))
        self.buttons.append(button)
        return button

    def restyle(self, style: Style) -> None:
        self._style = style

    def place_below(self, column: QRect, y: int) -> int:
        """Put the row of a reply at height `y`; its height in px."""
        self._row = QRect(column.left(), y, column.width(), BUTTON_PX)
        self._place(column.left() - 6)
        return BUTTON_PX

    def place_beside(self, box: QRect) -> None:
        """Put the row of a prompt to the left of its box."""
        width = self._width()
        x = max(0, box.left() - width - 4)
        self._row = QRect(x, box.bottom() - BUTTON_PX - 5, width, BUTTON_PX)
        self._place(x)

    def _version_px(self) -> int:
        return QFontMetrics(self._style.label).horizontalAdvance(self._state.version_words)

    def _width(self) -> int:
        width = (BUTTON_PX + 2) * (len(self.buttons) - len(self._arrows))
        return width + (2 * ARROW_PX + self._version_px() + 2 if self._arrows else 0)

    def _place(self, x: int) -> None:
        y = self._row.top()
        for button in self.buttons[: len(self.buttons) - len(self._arrows)]:
            button.move(x, y)
            x += BUTTON_PX + 2
        if self._arrows:
            before, after = self._arrows
            before.move(x, y)
            self._version_x = x + ARROW_PX
            x = self._version_x + self._version_px()
            after.move(x, y)
            x += ARROW_PX + 2
        self._words_x = x + 4

    def set_shown(self, is_shown: bool) -> None:
        if is_shown != self._is_shown:
            self._is_shown = is_shown
            for button in self.buttons:
                button.setVisible(is_shown)
            self._widget.update(self._row)

    def draw(self, painter: QPainter) -> None:
        painter.setFont(self._style.label)
        painter.setPen(self._style.colour("text_secondary"))
        place = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if not self._is_shown:
            painter.drawText(self._row, place, self._state.mark_words)
            return
        if self._arrows:
            room = QRect(self._version_x, self._row.top(), self._version_px() + 2, BUTTON_PX)
            painter.drawText(room, place, self._state.version_words)
        if self._state.is_prompt:
            return
        room = QRect(self._words_x, self._row.top(), max(0, self._row.right() + 1 - self._words_x), BUTTON_PX)
        words = QFontMetrics(self._style.label).elidedText(
            self._state.footer_words, Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, place, words)
