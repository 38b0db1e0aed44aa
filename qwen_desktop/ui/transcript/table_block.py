"""A table to painted rows: columns as wide as they need, wrapped in a narrow window, scrolled when that is not enough.

`Table` is the whole table: the widths of its columns, found from its first rows; `TablePiece` paints some rows."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate, takewhile, zip_longest
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QTextOption

from qwen_desktop.ui.transcript.blocks import Piece, Place
from qwen_desktop.ui.transcript.inline import Look, Run, plain_of, runs_of, with_sources
from qwen_desktop.ui.transcript.style import CELL_GAP_PX, SCROLL_BAR_PX, Style
from qwen_desktop.ui.transcript.text_box import ENDLESS_PX, Selection, TextBox, Wash, is_right_to_left
from qwen_desktop.ui.views.controls import fill

if TYPE_CHECKING:
    from markdown_it.token import Token

ROW_PADDING_PX = 3
NARROWEST_COLUMN_PX = 64
ROOMY_COLUMN_PX = 160
"""A column is not wrapped below this before the table scrolls sideways."""
_ALIGNMENTS = {
    "text-align:left": Qt.AlignmentFlag.AlignLeft,
    "text-align:right": Qt.AlignmentFlag.AlignRight,
    "text-align:center": Qt.AlignmentFlag.AlignHCenter,
}

Row = list[list[Run]]


class Table:
    """What the pieces of one table share."""

    def __init__(self) -> None:
        self.natural_px: list[float] = []
        """Never changed, but replaced."""
        self._shared: tuple[list[float], int, list[float]] = ([], 0, [])
        """What was found for some widths and some room."""
        self.alignments: list[Qt.AlignmentFlag | None] = []
        """None: as the writing of the table runs."""
        self.is_mirrored = False
        """Its header is written from right to left: the first column stands at the right."""
        self.start_px = 0
        """Where scrolling starts: one that runs from right to left starts at its right end."""
        self._moved_px = 0
        """From there, by hand."""
        self.sources: Mapping[int, str] = {}
        """What numbers in its cells lead to."""

    def widths(self, room_px: int) -> list[float]:
        """Of each column, without the gap behind it: natural ones if they fit, else the wide ones give way.  Not to be
        changed."""
        natural = self.natural_px
        if self._shared[0] is not natural or self._shared[1] != room_px:
            self._shared = natural, room_px, _shared(natural, room_px)
        return self._shared[2]

    @property
    def scrolled_px(self) -> int:
        """How much of it is hidden at its left."""
        return max(0, self.start_px + self._moved_px)

    @scrolled_px.setter
    def scrolled_px(self, px: int) -> None:
        self._moved_px = px - self.start_px

    def fit(self, room_px: int) -> None:
        """It is shown in a column that wide now."""
        is_at_right = self.is_mirrored and self.is_wider_than(room_px)
        self.start_px = int(self.content_px(room_px)) - room_px if is_at_right else 0

    def is_wider_than(self, room_px: int) -> bool:
        return self.content_px(room_px) - CELL_GAP_PX > room_px + 1

    def content_px(self, room_px: int) -> float:
        """With the gap behind the last column: at the right, or at the left of one that runs from right to left."""
        return sum(self.widths(room_px)) + CELL_GAP_PX * len(self.natural_px)


def _shared(natural: list[float], room_px: int) -> list[float]:
    """Widths of columns that would like to be as wide as `natural`."""
    gaps = CELL_GAP_PX * max(0, len(natural) - 1)
    room = room_px - gaps
    if sum(natural) <= room or not natural:
        return list(natural)
    limit = max(room / len(natural), ROOMY_COLUMN_PX)
    for _ in range(8):  # share what narrow columns leave among the wide ones
        wide = [px for px in natural if px > limit]
        left = room - sum(px for px in natural if px <= limit)
        if not wide or left / len(wide) <= limit + 0.5:
            break
        limit = left / len(wide)
    return [max(NARROWEST_COLUMN_PX if px > NARROWEST_COLUMN_PX else px, min(px, limit)) for px in natural]


class TablePiece(Piece):
    """Some rows of a table; the first piece has the header."""

    kind = "table"
    __slots__ = (
        "_boxes",
        "_has_header",
        "_is_guessed",
        "_laid_for",
        "_row_px",
        "_tops",
        "_unchanged_rows",
        "_width",
        "_widths",
        "is_end",
        "rows",
        "table",
    )

    def __init__(self, style: Style, place: Place, table: Table, tokens: Sequence[Token]) -> None:
        self._laid_for: list[float] | None = None
        super().__init__(style, place)
        self.table = table
        self.is_end = True
        self.rows: list[Row] = []
        self._has_header = False
        self._row_px: list[list[float]] = []
        """Natural widths of the cells that were measured."""
        self._is_guessed = False
        """Some were measured with the source of a formula in them."""
        self._boxes: list[list[TextBox]] = []
        self._unchanged_rows = 0
        """So many are laid out as they were before the last `take`."""
        self._tops: list[int] = [0]
        self._width = 0
        self._widths: list[float] = []
        self.take(tokens)

    def take(self, tokens: Sequence[Token]) -> bool:
        """Take the rows as they are now; whether any of them changed.  Those that did not stay laid out."""
        rows, self._has_header = _rows(tokens, self.table)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self.rows, rows, strict=False)))
        if same == len(rows) == len(self.rows):
            return False
        self.rows = rows
        del self._boxes[same:], self._row_px[same:]
        self._unchanged_rows = len(self._boxes)
        self._measure()
        self.is_exact = False
        return True

    def link_sources(self, sources: Mapping[int, str]) -> bool:
        self.table.sources = sources
        rows = [[with_sources(cell, sources) for cell in row] for row in self.rows]
        if rows == self.rows:
            return False
        self.rows = rows
        self._boxes.clear()
        self.is_exact = False
        return True

    @property
    def is_exact(self) -> bool:
        """It is laid out, and the columns are as wide as they were then."""
        return self._laid_for is self.table.natural_px

    @is_exact.setter
    def is_exact(self, is_exact: bool) -> None:
        self._laid_for = self.table.natural_px if is_exact else None

    @property
    def gap_px(self) -> int:
        return self.place.gap_px if self._has_header else 0

    def _measure(self) -> None:
        """Widen the columns for these rows.  Rows far down do not: what is on screen would move."""
        table = self.table
        if not self._has_header and table.natural_px:
            return
        for number in range(len(self._row_px), len(self.rows)):
            boxes = [self._box(runs, number, column) for column, runs in enumerate(self.rows[number])]
            for box in boxes:
                box.lay_out(ENDLESS_PX)
                self._is_guessed |= box.waits
            if self.is_exact and len(self._boxes) == number:
                self._boxes.append(boxes)  # it is on the screen, and will be laid out at once
            self._row_px.append([box.natural_width + 1 for box in boxes])
        natural_px = [max(column) for column in zip_longest(*self._row_px, fillvalue=0.0)]
        if natural_px != table.natural_px:
            table.natural_px = natural_px

    def _box(self, runs: list[Run], row: int, column: int) -> TextBox:
        if row == 0 and self._has_header:
            runs = [(text, look._replace(bold=True)) for text, look in runs] or [("", Look(bold=True))]
        box = TextBox(runs, self.style.second if row == 0 and self._has_header else self.style,
                      option=self._option(column))  # fmt: skip
        return box

    def _option(self, column: int) -> QTextOption:
        usual = Qt.AlignmentFlag.AlignRight if self.table.is_mirrored else Qt.AlignmentFlag.AlignLeft
        chosen = self.table.alignments[column] if column < len(self.table.alignments) else None
        return self.style.wrapped_to(usual if chosen is None else chosen)

    def estimate(self, width: int) -> int:
        line_px = self.style.line_px + 2 * ROW_PADDING_PX + 1
        widths = self.table.widths(width - self.indent_px)
        rows = 0
        for row in self.rows:
            rows += max((-(-int(len(plain_of(cell)) * self.style.body_advance_px) // max(1, int(px)))
                         for cell, px in zip(row, widths, strict=False)), default=1) or 1  # fmt: skip
        return rows * line_px

    def needs_scroll_bar(self, width: int) -> bool:
        return self.table.is_wider_than(width - self.indent_px)

    def outline(self, width: int) -> object:
        return width, self.height, self.is_end, self.table.content_px(width - self.indent_px)

    def lay_out(self, width: int) -> None:
        if self._is_guessed:
            self._is_guessed = False
            self._row_px.clear()
            self._measure()
        widths = self.table.widths(width - self.indent_px)
        for number in range(len(self._boxes), len(self.rows)):
            self._boxes.append([self._box(runs, number, column) for column, runs in enumerate(self.rows[number])])
        self.table.fit(width - self.indent_px)
        self._width, self._widths = width, widths
        self._tops = [0]
        for boxes in self._boxes:
            height = max((box.lay_out(px) for box, px in zip(boxes, widths, strict=False)), default=self.style.line_px)
            self._tops.append(self._tops[-1] + height + 2 * ROW_PADDING_PX + 1)
        self.text_length = sum(box.length + 1 for boxes in self._boxes for box in boxes)
        self.height = self._tops[-1] + (SCROLL_BAR_PX if self.is_end and self.needs_scroll_bar(width) else 0)
        self.is_exact = True

    def lay_out_again(self) -> int:
        """After `take`: how many px from the top look as they did before."""
        widths = self._widths
        self.lay_out(self._width)
        return self._tops[self._unchanged_rows] if widths == self._widths else 0

    @property
    def columns_px(self) -> Sequence[float]:  # type: ignore[override]
        return self._widths

    @property
    def layouts(self) -> int:  # type: ignore[override]
        return sum(map(len, self._boxes))

    def drop(self) -> None:
        super().drop()
        self._boxes = []

    def restyle(self, style: Style) -> None:
        is_as_wide = style.measures_like(self.style)
        super().restyle(style)
        if not is_as_wide:
            self._row_px.clear()
            if self._has_header:
                self._measure()

    def draw(self, painter: QPainter, x: int, y: int, width: int, clip: QRectF, washes: Sequence[Wash]) -> None:
        self.draw_containers(painter, x, y)
        room = width - self.indent_px
        painter.save()
        painter.setClipRect(QRectF(x + self.indent_px, y, room, self.height), Qt.ClipOperation.IntersectClip)
        line_px = int(min(self.table.content_px(room), max(room, self.table.content_px(room) - CELL_GAP_PX)))
        left = x + self._left_px
        if self.table.is_mirrored:
            left -= line_px - self._painted_px
        row = max(0, bisect.bisect_right(self._tops, clip.top() - y) - 1)
        offset = sum(box.length + 1 for boxes in self._boxes[:row] for box in boxes)
        while row < len(self._boxes) and y + self._tops[row] < clip.bottom():
            for column, box in enumerate(self._boxes[row][: len(self._widths)]):
                cell_x = x + self._cell_x(column)
                own = [(max(0, begin - offset), min(box.length, end - offset), role) for begin, end, role in washes
                       if begin < offset + box.length + 1 and end > offset]  # fmt: skip
                box.draw(painter, cell_x, y + self._tops[row] + ROW_PADDING_PX, clip, own)
                offset += box.length + 1
            fill(painter, QRect(int(left), y + self._tops[row + 1] - 1, line_px, 1), self.style.colour("line"))
            row += 1
        painter.restore()

    @property
    def _painted_px(self) -> float:
        """From the outer edge of the first column to that of the last one."""
        return sum(self._widths) + CELL_GAP_PX * max(0, len(self._widths) - 1)

    @property
    def _left_px(self) -> float:
        """Where its left edge is, in the column of the reply."""
        spare = self._width - self.indent_px - self._painted_px if self.table.is_mirrored else 0.0
        return self.indent_px - self.table.scrolled_px + (CELL_GAP_PX if spare < -1 else max(0.0, spare))

    def _cell_at(self, x: float, y: float) -> tuple[int, int]:
        row = max(0, min(bisect.bisect_right(self._tops, y) - 1, len(self._boxes) - 1))
        x -= self._left_px
        if self.table.is_mirrored:
            x = self._painted_px - x
        edges = list(accumulate(px + CELL_GAP_PX for px in self._widths))
        return row, min(bisect.bisect_right(edges, x), max(0, len(self._boxes[row]) - 1))

    def _cell_x(self, column: int) -> float:
        before = sum(self._widths[:column]) + CELL_GAP_PX * column
        if self.table.is_mirrored and column < len(self._widths):
            before = self._painted_px - before - self._widths[column]
        return self._left_px + before

    def position_at(self, x: float, y: float) -> int:
        if not self._boxes or y < 0:
            return 0
        if y >= self._tops[-1]:
            return self.text_length
        row, column = self._cell_at(x, y)
        before = sum(box.length + 1 for boxes in self._boxes[:row] for box in boxes)
        before += sum(box.length + 1 for box in self._boxes[row][:column])
        if not self._boxes[row]:
            return before
        inside = self._boxes[row][column].position_at(x - self._cell_x(column), y - self._tops[row] - ROW_PADDING_PX)
        return before + inside

    def caret(self, position: int) -> tuple[float, float]:
        offset = 0
        for row, boxes in enumerate(self._boxes):
            for column, box in enumerate(boxes):
                if position <= offset + box.length:
                    x, y = box.caret(position - offset)
                    return x + self._cell_x(column), y + self._tops[row] + ROW_PADDING_PX
                offset += box.length + 1
        return float(self.indent_px), float(self._tops[max(0, len(self._tops) - 2)])

    def word_at(self, position: int) -> Selection:
        offset = 0
        for boxes in self._boxes:
            for box in boxes:
                if position <= offset + box.length:
                    begin, end = box.word_at(position - offset)
                    return begin + offset, end + offset
                offset += box.length + 1
        return position, position

    def link_at(self, x: float, y: float) -> str:
        if not self._boxes:
            return ""
        row, column = self._cell_at(x, y)
        if not self._boxes[row]:
            return ""
        box = self._boxes[row][column]
        return box.link_at(x - self._cell_x(column), y - self._tops[row] - ROW_PADDING_PX)

    def tooltip_at(self, x: float, y: float) -> str:
        if not self._boxes or not self._boxes[(cell := self._cell_at(x, y))[0]]:
            return ""
        row, column = cell
        return self._boxes[row][column].tooltip_at(x - self._cell_x(column), y - self._tops[row] - ROW_PADDING_PX)

    def retake_awaited(self) -> bool:
        waiting = [number for number, boxes in enumerate(self._boxes) if any(box.waits for box in boxes)]
        if waiting:
            del self._boxes[waiting[0] :], self._row_px[waiting[0] :]
            self._measure()
            self.is_exact = False
        return bool(waiting)

    def plain(self, begin: int, end: int) -> str:
        """Cells parted by tabs, rows by line ends."""
        parts, offset = [], 0
        for boxes in self._boxes:
            for column, box in enumerate(boxes):
                if begin < offset + box.length + 1 and end > offset:
                    parts.append(box.plain(max(0, begin - offset), min(box.length, end - offset)))
                    if end > offset + box.length:
                        parts.append("\n" if column == len(boxes) - 1 else "\t")
                offset += box.length + 1
        return "".join(parts)

    def end_of_text(self) -> tuple[float, float]:
        if not self._boxes or not self._boxes[-1]:
            return super().end_of_text()
        row = self._boxes[-1]
        column = max((c for c, box in enumerate(row) if box.length), default=0)
        x, y = row[column].end_of_text()
        return x + self._cell_x(column), y + self._tops[-2] + ROW_PADDING_PX


def _rows(tokens: Sequence[Token], table: Table) -> tuple[list[Row], bool]:
    rows: list[Row] = []
    alignments: list[Qt.AlignmentFlag | None] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open") and rows:
            rows[-1].append([])
            if token.type == "th_open":
                style = str(token.attrs.get("style", ""))
                alignments.append(_ALIGNMENTS.get(style))
        elif token.type == "inline" and rows and rows[-1]:
            rows[-1][-1] = with_sources(runs_of(token), table.sources)
    if alignments:
        table.alignments = alignments
        table.is_mirrored = is_right_to_left(" ".join(plain_of(cell) for cell in rows[0]))
    return rows, bool(alignments)
