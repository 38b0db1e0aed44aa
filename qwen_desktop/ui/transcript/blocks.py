"""One block of the stream to pieces that can be painted: a list item may be a text, then code, then a nested list.

A piece knows its height before it is laid out (an estimate) and exactly after; what is far from the screen is neither
laid out nor kept laid out.  New kinds are new subclasses of `Piece`."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from qwen_desktop.ui.transcript.inline import PLAIN, Run, plain_of, runs_of, same_length, shown, with_sources
from qwen_desktop.ui.transcript.style import GAP_PX, INDENT_PX, NUMBERED_INDENT_PX, QUOTE_PX, Style
from qwen_desktop.ui.transcript.text_box import Selection, TextBox, Wash
from qwen_desktop.ui.views.controls import fill

if TYPE_CHECKING:
    from markdown_it.token import Token

EDGE_PX = 2
"""So little above its line does usual text paint, by the edges of its letters."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece stands among its containers."""

    indent_px: int = 0
    quote_bars_px: tuple[int, ...] = ()
    joined_bars: int = 0
    """How many of the bars go on from the piece above, through the gap."""
    marker: str = ""
    """Bullet, number or box before the first piece of a list item."""
    gap_px: int = GAP_PX
    """Space above it."""


class Piece:
    """Something that is painted in one go, as wide as the column; heights in px."""

    kind = "piece"
    layouts = 1
    """How many it has while it is laid out."""
    columns_px: Sequence[float] = ()
    """Widths it is laid out with, if it has columns."""
    __slots__ = ("height", "is_exact", "outlined", "place", "style", "text_length", "y")

    def __init__(self, style: Style, place: Place) -> None:
        self.style = style
        self.place = place
        self.y = -1
        """Top within its flow, the gap above it not included; -1 until it is placed."""
        self.height = 0
        self.is_exact = False
        """It is laid out at the present width."""
        self.text_length = 0
        self.outlined: object = None
        """Its `outline` when its flow asked last."""

    @property
    def gap_px(self) -> int:
        return self.place.gap_px

    @property
    def indent_px(self) -> int:
        """Of its left edge, or of the right one where the text runs from there."""
        style = self.style
        return self.place.indent_px if style.scale == 1.0 else style.scaled(self.place.indent_px)

    def estimate(self, width: int) -> int:
        """About how high it will be in a column of `width` px, at next to no cost."""
        return self.style.line_px

    def lay_out(self, width: int) -> None:
        """Set `height`, exactly."""
        self.height = self.estimate(width)
        self.is_exact = True

    def outline(self, width: int) -> object:
        """What the widgets over it depend on, besides where it stands; None: it has none."""
        return None

    def drop(self) -> None:
        """Forget what can be made again; the height stays."""
        self.is_exact = False

    def restyle(self, style: Style) -> None:
        """Take other colours or fonts."""
        self.drop()
        self.style = style

    def draw(self, painter: QPainter, x: int, y: int, width: int, clip: QRectF, washes: Sequence[Wash]) -> None:
        """Paint at (x, y), with colour behind parts of the text; only what is laid out is ever painted."""

    def position_at(self, x: float, y: float) -> int:
        return 0

    def word_at(self, position: int) -> Selection:
        return 0, self.text_length

    def link_at(self, x: float, y: float) -> str:
        return ""

    def tooltip_at(self, x: float, y: float) -> str:
        """What is said when the mouse rests there; plain text."""
        return ""

    def link_sources(self, sources: Mapping[int, str]) -> bool:
        """Let the numbers in it lead to their sources from now on; whether that changed anything."""
        return False

    def retake_awaited(self) -> bool:
        """Formulas were drawn or pictures loaded: forget the layout if it waits for any; whether it did."""
        return False

    def plain(self, begin: int, end: int) -> str:
        return ""

    def position_behind(self, character: int) -> int:
        """The position behind so many characters of `plain`: `plain(0, position)` is that long."""
        if character <= 0:
            return 0
        at = bisect.bisect_left(range(self.text_length), character, key=lambda at: len(self.plain(0, at)))
        is_half = at < self.text_length and self.plain(0, at).endswith("\ufffd")
        return at + 1 if is_half and not self.plain(0, at + 1).endswith("\ufffd") else at

    def caret(self, position: int) -> tuple[float, float]:
        """Left and top of the character at a position; what is laid out only."""
        return float(self.indent_px), 0.0

    def step(self, position: int, *, is_back: bool, by_word: bool) -> int:
        """The next position a caret can be at; the same one at the end of the piece."""
        return max(0, position - 1) if is_back else min(self.text_length, position + 1)

    @property
    def caret_line_px(self) -> int:
        """From the top of a line to that of the next."""
        return self.style.line_px

    def end_of_text(self) -> tuple[float, float]:
        """Just behind the last character, at the middle of its line."""
        return self.indent_px, self.height / 2

    @property
    def overhang_px(self) -> int:
        """How far above its lines they may paint: marks over letters, letters of fonts that are larger."""
        return self.style.line_px

    def draw_containers(self, painter: QPainter, x: int, y: int, mirror_px: int | None = None) -> None:
        """The bars of the quotes it stands in; at the right of a column of `mirror_px`."""
        for number, bar_px in enumerate(self.place.quote_bars_px):
            above_px = self.gap_px if number < self.place.joined_bars else 0
            bar_px = self.style.scaled(bar_px)
            left = x + (bar_px if mirror_px is None else mirror_px - bar_px - 2)
            fill(painter, QRect(left, y - above_px, 2, self.height + above_px), self.style.colour("line"))


class TextPiece(Piece):
    """A paragraph, a heading, an item's text, or text that is shown as it was written."""

    kind = "text"
    __slots__ = ("_box", "_marker", "_runs", "_width", "level")

    def __init__(self, style: Style, place: Place, runs: Sequence[Run], level: int = 0) -> None:
        super().__init__(style, place)
        self._runs = runs
        self.level = level
        self._box: TextBox | None = None
        self._marker: TextBox | None = None
        self._width = 0

    @property
    def runs(self) -> Sequence[Run]:
        """What it says, and how that looks."""
        return self._runs

    @property
    def characters(self) -> str:
        """What it says, for an estimate."""
        return plain_of(list(self.runs))

    def estimate(self, width: int) -> int:
        line_px = self.style.heading_line_px(self.level) if self.level else self.style.line_px
        columns = max(1.0, (width - self.indent_px) / self.style.body_advance_px)
        return line_px * estimated_lines(self.characters, columns)

    def lay_out(self, width: int) -> None:
        box = self.box
        self._width = width
        self.height = box.lay_out(max(40, width - self.indent_px))
        self.is_exact = True

    @property
    def _text_x(self) -> int:
        """Text that runs from the right has its indent, its marker and the bars of quotes there."""
        return 0 if self.box.is_right_to_left else self.indent_px

    @property
    def box(self) -> TextBox:
        if self._box is None:
            self._box = TextBox(self.runs, self.style, level=self.level)
            self.text_length = self._box.length
        return self._box

    def drop(self) -> None:
        super().drop()
        self._box = self._marker = None

    def replaced_by(self, new: TextPiece) -> int:
        """`new` comes in its place: lay it out if this was; how many px from the top look the same then."""
        if not self.is_exact:
            return 0
        same, runs, box = same_length(self.runs, new.runs), new.runs, self.box
        line, start = box.line_at(same)
        if box.grow(runs, same):
            new._box, self._box, new.text_length = box, None, box.length
        new.lay_out(self._width)
        return new.box.same_px(line, start) if new.box.is_right_to_left == box.is_right_to_left else 0

    def draw(self, painter: QPainter, x: int, y: int, width: int, clip: QRectF, washes: Sequence[Wash]) -> None:
        self.draw_containers(painter, x, y, self._width if self.box.is_right_to_left else None)
        if self.place.marker:
            self._draw_marker(painter, x, y, clip)
        self.box.draw(painter, x + self._text_x, y, clip, washes)

    def _draw_marker(self, painter: QPainter, x: int, y: int, clip: QRectF) -> None:
        """In the indent, at a distance from the edge of the text that grows with it."""
        y += self.box.first_lift_px
        marker, scale, is_mirrored = self.place.marker, self.style.scale, self.box.is_right_to_left
        middle = y + self.style.line_px / 2
        edge = x + (self._width - self.indent_px if is_mirrored else self.indent_px)
        if marker in "•◦▪":
            side = (5.0 if marker == "▪" else 4.4) * scale
            dot = QRectF(edge + (13 if is_mirrored else -13) * scale - side / 2, middle - side / 2, side, side)
            self._draw_stamp(painter, marker, dot, self._draw_bullet)
        elif marker in "☐☑":
            side = 13 * scale
            left = edge + 9 * scale if is_mirrored else edge - 9 * scale - side
            self._draw_stamp(painter, marker, QRectF(left, middle - side / 2, side, side), self._draw_check)
        else:
            if self._marker is None:
                text = f".{marker[:-1]}" if is_mirrored else marker
                self._marker = TextBox([(text, PLAIN)], self.style)
                self._marker.lay_out(1e6)
            left = edge + 6 * scale if is_mirrored else edge - 6 * scale - self._marker.natural_width
            self._marker.draw(painter, left, y, clip)

    def _draw_stamp(
        self, painter: QPainter, marker: str, box: QRectF, draw: Callable[[QPainter, QRectF], None]
    ) -> None:
        key = marker, self.style.scale, self.style.is_muted
        self.style.stamps.draw_shape(painter, key, box, draw)

    def _draw_bullet(self, painter: QPainter, box: QRectF) -> None:
        marker, colour = self.place.marker, self.style.text_colour
        painter.setPen(QPen(colour, self.style.scale))
        painter.setBrush(colour if marker != "◦" else Qt.BrushStyle.NoBrush)
        painter.drawRect(box) if marker == "▪" else painter.drawEllipse(box)

    def _draw_check(self, painter: QPainter, box: QRectF) -> None:
        scale = self.style.scale
        painter.setPen(QPen(self.style.colour("control_line"), 1.2 * scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3 * scale, 3 * scale)
        if self.place.marker == "☑":
            painter.setPen(QPen(self.style.text_colour, 1.6 * scale))
            points = ((3.2, 6.8), (5.6, 9.2), (9.8, 3.8))
            painter.drawPolyline([box.topLeft() + QPointF(dx, dy) * scale for dx, dy in points])

    def position_at(self, x: float, y: float) -> int:
        return self.box.position_at(x - self._text_x, y)

    def word_at(self, position: int) -> Selection:
        return self.box.word_at(position)

    def link_at(self, x: float, y: float) -> str:
        return self.box.link_at(x - self._text_x, y)

    def tooltip_at(self, x: float, y: float) -> str:
        return self.box.tooltip_at(x - self._text_x, y)

    def link_sources(self, sources: Mapping[int, str]) -> bool:
        linked = with_sources(list(self._runs), sources)
        if linked == self._runs:
            return False
        self._runs = linked
        self.drop()
        return True

    def retake_awaited(self) -> bool:
        is_waiting = self._box is not None and self._box.waits
        if is_waiting:
            self.drop()
        return is_waiting

    def plain(self, begin: int, end: int) -> str:
        return self.box.plain(begin, end)

    def position_behind(self, character: int) -> int:
        position = self.box.position_behind(character)
        return super().position_behind(character) if position is None else position

    def caret(self, position: int) -> tuple[float, float]:
        x, y = self.box.caret(position)
        return x + self._text_x, y

    def step(self, position: int, *, is_back: bool, by_word: bool) -> int:
        return self.box.step(position, is_back=is_back, by_word=by_word)

    @property
    def caret_line_px(self) -> int:
        return self.style.heading_line_px(self.level) if self.level else self.style.line_px

    def end_of_text(self) -> tuple[float, float]:
        x, y = self.box.end_of_text()
        return x + self._text_x, y

    @property
    def overhang_px(self) -> int:
        return super().overhang_px if self._box is None or self._box.may_overhang else EDGE_PX


class PlainPiece(TextPiece):
    """Text that is shown as it was written.  Of a long one thousands are made and few looked at, so making it is all
    but free."""

    __slots__ = ("source",)

    def __init__(self, style: Style, place: Place, source: str) -> None:
        super().__init__(style, place, ())
        self.source = source

    @property
    def runs(self) -> Sequence[Run]:
        return [(shown(self.source), PLAIN)]

    @property
    def characters(self) -> str:
        return self.source


class RulePiece(Piece):
    """A thin line across the column."""

    kind = "rule"
    __slots__ = ()

    def estimate(self, width: int) -> int:
        return 9

    def draw(self, painter: QPainter, x: int, y: int, width: int, clip: QRectF, washes: Sequence[Wash]) -> None:
        self.draw_containers(painter, x, y)
        left = x + self.indent_px
        fill(painter, QRect(left, y + 4, width - self.indent_px, 1), self.style.colour("line"))


_WITHOUT_WIDTH = re.compile("[\u0300-\u036f\u200b]+")
"""Accents, and what stands for those that are too many to be drawn."""


_MOST_LINES_LOOKED_AT = 12
"""Of more lines the mean length is good enough for an estimate; a million of them would take a second."""


def estimated_lines(text: str, columns: float) -> int:
    """Lines of `text` at so many average letters a line; a Chinese character is about two letters wide."""
    wide = 0
    if not text.isascii():
        text = _WITHOUT_WIDTH.sub("", text)
        wide = (len(text.encode("utf-8", "replace")) - len(text)) // 2  # CJK has three bytes
    if "\n" not in text:
        return max(1, -int(-(len(text) + wide) // columns))
    ratio = 1 + wide / max(1, len(text))
    if (lines := text.count("\n") + 1) > _MOST_LINES_LOOKED_AT:
        return lines * max(1, -int(-len(text) * ratio / lines // columns))
    return sum(max(1, -int(-len(line) * ratio // columns)) for line in text.split("\n"))


def plain_pieces(text: str, style: Style, place: Place, longest: int = 2_000) -> Iterator[PlainPiece]:
    """Text as it was written, in pieces small enough to be laid out within a frame.

    A line end between two pieces is in neither."""
    begin, size = 0, len(text)
    while begin < size:
        cut = size
        if size - begin > longest:
            end = begin + longest
            cut = max(text.rfind("\n", begin, end), text.rfind(" ", begin + longest // 2, end)) + 1 or end
            cut += text[cut - 1] != "\n" and text.startswith("\n", cut)
        stop = cut - (cut < size and text.startswith("\n", cut - 1))
        yield PlainPiece(style, place if not begin else Place(place.indent_px, gap_px=0), text[begin:stop])
        begin = cut


@dataclass(frozen=True, slots=True)
class Leaf:
    """What of a block is not a container: where it stands and its token (for a table all of its tokens)."""

    token: Token
    place: Place
    tokens: Sequence[Token] = ()
    is_done: bool | None = None
    """Of a task: whether it has been done."""
    level: int = 0
    """Of a heading: 1 to 6."""


_PLACES: dict[Place, Place] = {}
"""Each place once: there are few different ones and many pieces."""
_BULLETS = ("•", "◦", "▪")


def leaves_of(tokens: Sequence[Token], number: int | None, is_continued: bool, is_loose: bool) -> Iterator[Leaf]:
    """Walk a block.  `number` is that of its first item; `is_continued`: its list began in an earlier block."""
    walk = _Walk(number, is_loose)
    index = 0
    if is_continued and tokens and tokens[0].type == "list_item_open":
        walk.open_list(number is not None, None, is_first_block=False)
    while index < len(tokens):
        token = tokens[index]
        if token.type == "table_open":
            end = next((k for k in range(index, len(tokens)) if tokens[k].type == "table_close"), len(tokens) - 1)
            yield walk.leaf(token, tokens[index : end + 1])
            index = end
        elif token.type == "tr_open":
            yield walk.leaf(token, tokens[index:])
            return
        elif token.type in ("inline", "fence", "code_block", "math_block", "hr"):
            yield walk.leaf(token)
        else:
            walk.step(token)
        index += 1


class _Walk:
    """The containers open at one point of a block."""

    def __init__(self, number: int | None, is_loose: bool) -> None:
        self._first_number = number
        self._is_loose = is_loose
        self._containers: list[str] = []
        self._numbers: list[int | None] = []
        self._marker = ""
        self._gap: int | None = None
        self._heading = 0
        self._joined_bars = 0

    def open_list(self, is_numbered: bool, start: int | None, *, is_first_block: bool = True) -> None:
        self._containers.append("numbers" if is_numbered else "bullets")
        first = self._first_number if len(self._numbers) == 0 and self._first_number is not None else start
        self._numbers.append((first if first is not None else 1) if is_numbered else None)
        if len(self._numbers) > 1 or not is_first_block:
            self._gap = self._tight_gap

    @property
    def _tight_gap(self) -> int:
        return 8 if self._is_loose else 4

    def step(self, token: Token) -> None:
        kind = token.type
        if kind in ("bullet_list_open", "ordered_list_open"):
            start = token.attrs.get("start")
            self.open_list(kind == "ordered_list_open", int(start) if start is not None else None)
        elif kind in ("bullet_list_close", "ordered_list_close"):
            if self._numbers:
                self._numbers.pop()
                self._containers.pop()
        elif kind == "list_item_open":
            self._open_item()
        elif kind == "list_item_close":
            self._marker = ""
            self._gap = self._tight_gap
        elif kind == "heading_open":
            self._heading = int(token.tag[1:])
        elif kind == "heading_close":
            self._heading = 0
        elif kind == "blockquote_open":
            self._containers.append("quote")
        elif kind == "blockquote_close":
            self._containers.pop()
            self._joined_bars = min(self._joined_bars, self._containers.count("quote"))

    def _open_item(self) -> None:
        number = self._numbers[-1]
        if number is None:
            self._marker = _BULLETS[min(self._numbers.count(None), len(_BULLETS)) - 1]
        else:
            self._marker = f"{number}."
            self._numbers[-1] = number + 1

    def leaf(self, token: Token, tokens: Sequence[Token] = ()) -> Leaf:
        indent, bars = 0, []
        for container in self._containers:
            if container == "quote":
                bars.append(indent)
                indent += QUOTE_PX
            else:
                indent += INDENT_PX if container == "bullets" else NUMBERED_INDENT_PX
        gap = GAP_PX if self._gap is None else self._gap
        marker, is_done = self._marker, None
        if marker and token.type == "inline" and token.content[:4].lower() in ("[ ] ", "[x] "):
            is_done = token.content[1] != " "
            marker = "☑" if is_done else "☐"
        self._marker = ""
        self._gap = self._tight_gap if self._numbers and not self._is_loose else GAP_PX
        if token.type in ("fence", "code_block", "table_open", "math_block"):
            gap = max(gap, 8)
        if self._heading:
            gap = max(gap, 20 if self._heading <= 2 else 16)
        place = Place(indent, tuple(bars), self._joined_bars, marker, gap)
        self._joined_bars = len(bars)
        place = _PLACES.setdefault(place, place)
        return Leaf(token, place, tokens, is_done, self._heading)


def text_piece(leaf: Leaf, style: Style, sources: Mapping[int, str]) -> TextPiece:
    """The piece of a paragraph or heading; `sources`: what the numbers in it lead to."""
    runs = with_sources(runs_of(leaf.token), sources)
    if leaf.is_done is not None and runs:
        runs[0] = (runs[0][0][4:], runs[0][1])
    return TextPiece(style, leaf.place, runs, leaf.level)
