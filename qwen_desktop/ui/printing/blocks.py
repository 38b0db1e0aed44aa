"""Markdown to strips for print: paragraphs, headings, lists, quotes, code in colours, tables and formulas."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from markdown_it.token import Token
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from qwen_desktop.ui.printing.formulas import shape_of
from qwen_desktop.ui.printing.lines import (
    BOX,
    LINE,
    QUIET,
    TEXT,
    Paragraph,
    font_of,
    in_pieces,
    paragraphs,
    task_box,
)
from qwen_desktop.ui.printing.sheets import POINT, Frame, Strip, space
from qwen_desktop.ui.theme import LIGHT
from qwen_desktop.ui.transcript.highlight import colour_spans
from qwen_desktop.ui.transcript.inline import PLAIN, Run, runs_of, shown_code
from qwen_desktop.ui.transcript.markdown import parser
from qwen_desktop.ui.transcript.text_box import utf16_length

GAP = 7 * POINT
_HEADINGS = {1: 15.0, 2: 13.0, 3: 11.5}
_INDENT = 16 * POINT
_PAD = 8 * POINT
_CODE_PT = 8.5
_LONGEST_LINE = 8_000
_MOST_COLUMNS = 60


def markdown_strips(text: str, width: float) -> Iterator[Strip]:
    """A reply from the left edge."""
    yield from _Blocks(parser().parse(text)).all(0, width, (), is_tight=False)


class _Blocks:
    """Walks along the tokens."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def all(
        self, x: float, width: float, frames: tuple[Frame, ...], *, is_tight: bool, until: str = ""
    ) -> Iterator[Strip]:
        """The blocks up to the token that ends what they are in, with space between them."""
        before = ""
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.type == until:
                self._at += 1
                return
            if before:
                gap = 2 * POINT if is_tight else GAP * 1.5 if token.type == "heading_open" else GAP
                yield space(gap, frames, is_kept=before == "heading_open")
            before = token.type
            yield from self._block(token, x, width, frames)

    def _block(self, token: Token, x: float, width: float, frames: tuple[Frame, ...]) -> Iterator[Strip]:
        self._at += 1
        match token.type:
            case "paragraph_open":
                for runs in in_pieces(self._runs()):
                    yield from Paragraph(runs, font_of()).strips(x, width, frames)
            case "heading_open":
                size = _HEADINGS.get(int(token.tag[1:]), 10.5)
                heading = Paragraph(self._runs(), font_of(size, is_bold=True), leading=1.35)
                yield from heading.strips(x, width, frames, is_kept=True)
            case "bullet_list_open" | "ordered_list_open":
                yield from self._list(token, x, width, frames)
            case "blockquote_open":
                frame = Frame(x, width, bar=LINE)
                inside = self.all(x + 12 * POINT, width - 12 * POINT, (*frames, frame), is_tight=False,
                                  until="blockquote_close")  # fmt: skip
                yield from inside
            case "fence" | "code_block":
                language = (token.info or "").strip().split(" ")[0]
                yield from code_strips(token.content.removesuffix("\n"), language, x, width, frames)
            case "math_block":
                yield from _formula(token, x, width, frames)
            case "hr":
                yield _rule(x, width, frames)
            case "table_open":
                yield from self._table(x, width, frames)
            case _ if token.content:
                yield from Paragraph([(token.content, PLAIN)], font_of()).strips(x, width, frames)

    def _runs(self) -> list[Run]:
        """Of the paragraph or heading that was opened."""
        inline = self._tokens[self._at]
        self._at += 2
        return runs_of(inline)

    def _list(self, opened: Token, x: float, width: float, frames: tuple[Frame, ...]) -> Iterator[Strip]:
        number = int(opened.attrs.get("start", 1)) if opened.type.startswith("ordered") else None
        indent = _INDENT if number is None else _INDENT + 4 * POINT
        is_tight = self._is_tight(opened)
        end = opened.type.replace("_open", "_close")
        is_first = True
        while self._tokens[self._at].type != end:
            self._at += 1  # list_item_open
            if not is_first:
                yield space(2 * POINT if is_tight else GAP * 0.7, frames)
            is_first = False
            words = "" if number is None else f"{number}."
            number = None if number is None else number + 1
            words = task_box(self._tokens, self._at) or words
            inside = self.all(x + indent, max(width - indent, 60 * POINT), frames, is_tight=is_tight,
                              until="list_item_close")  # fmt: skip
            yield from _marked(inside, words, x, indent, frames)
        self._at += 1

    def _is_tight(self, opened: Token) -> bool:
        """Its paragraphs are hidden ones."""
        for token in self._tokens[self._at :]:
            if token.type == "paragraph_open" and token.level == opened.level + 2:
                return token.hidden
            if token.level <= opened.level:
                break
        return True

    def _table(self, x: float, width: float, frames: tuple[Frame, ...]) -> Iterator[Strip]:
        rows: list[list[tuple[list[Run], str]]] = []
        while (token := self._tokens[self._at]).type != "table_close":
            self._at += 1
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                rows[-1].append(([], str(token.attrs.get("style", "")).removeprefix("text-align:")))
            elif token.type == "inline":
                rows[-1][-1][0].extend(runs_of(token))
        self._at += 1
        yield from table_strips(rows, x, width, frames)


def _marked(strips: Iterator[Strip], words: str, x: float, indent: float, frames: tuple[Frame, ...]) -> Iterator[Strip]:
    """The strips of an item, with its mark before the first: a dot where there are no words."""
    mark = Paragraph([(words or " ", PLAIN)], font_of())
    ((height, baseline),) = mark.set(1e5)
    first = next(strips, None) or Strip(height, frames=frames)
    inner, lower = first.draw, first.baseline or baseline
    right = x + indent - 5 * POINT
    left = max(x, right - mark.line_width(0))

    def draw(painter: QPainter, y: float) -> None:
        if words:
            mark.draw_line(painter, 0, left, y + lower)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(QUIET))
            painter.drawEllipse(QPointF(right - 3 * POINT, y + lower - 3.4 * POINT), 1.5 * POINT, 1.5 * POINT)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        if inner is not None:
            inner(painter, y)

    first.draw = draw
    yield first
    yield from strips


def code_strips(code: str, language: str, x: float, width: float, frames: tuple[Frame, ...] = ()) -> Iterator[Strip]:
    """Code in a box, with its language above; long lines are wrapped."""
    box = (*frames, Frame(x, width, BOX, 4 * POINT))
    inner_x, inner = x + 10 * POINT, width - 20 * POINT
    yield Strip(_PAD, None, True, box)
    if language:
        label = Paragraph([(shown_code(language)[:60], PLAIN)], font_of(7.5), QUIET)
        yield from label.strips(inner_x, inner, box, is_kept=True)
        yield space(2 * POINT, box, is_kept=True)
    waiting: list[Strip] = []
    is_first = True
    for paragraph in _coloured_lines(code, language):
        for strip in paragraph.strips(inner_x, inner, box):
            strip.is_kept = False
            waiting.append(strip)
            if len(waiting) > 2:
                waiting[0].is_kept, is_first = is_first, False
                yield waiting.pop(0)
    for strip in waiting:
        strip.is_kept = True  # the end of the box does not stand alone
        yield strip
    yield Strip(_PAD, None, False, box)


def _coloured_lines(code: str, language: str) -> Iterator[Paragraph]:
    spans = iter([*colour_spans(code, language), (len(code) + 1, 0, "")])
    span = next(spans)
    offset = 0
    font = font_of(_CODE_PT, is_mono=True)
    for line in code.split("\n"):
        for begin in range(0, max(1, len(line)), _LONGEST_LINE):
            text = line[begin : begin + _LONGEST_LINE]
            at, end = offset + begin, offset + begin + len(text)
            paragraph = Paragraph([(shown_code(_expanded(text)) or " ", PLAIN)], font, leading=1.4)
            while span[0] < end:
                if span[0] + span[1] > at and span[2]:
                    first, last = max(span[0], at) - at, min(span[0] + span[1], end) - at
                    before, inside = _expanded(text[:first]), _expanded(text[first:last])
                    paragraph.colour(utf16_length(before), utf16_length(inside), getattr(LIGHT, span[2]))
                if span[0] + span[1] > end:
                    break
                span = next(spans)
            yield paragraph
        offset += len(line) + 1


def _expanded(text: str) -> str:
    return text.replace("\t", "    ")


def _formula(token: Token, x: float, width: float, frames: tuple[Frame, ...]) -> Iterator[Strip]:
    """In the middle of its line, as large as fits; its source where it cannot be drawn."""
    tex = token.content.strip()
    made = shape_of(tex, font_of(), is_display=True, colour=TEXT) if tex else None
    if made is None:
        for paragraph in paragraphs(f"$${tex}$$", font_of(9, is_mono=True), QUIET):
            yield from paragraph.strips(x, width, frames)
        return
    scale = min(1.0, width / made.width)
    height = (made.ascent + made.descent) * scale

    def draw(painter: QPainter, y: float) -> None:
        left = x + (width - made.width * scale) / 2
        made.draw(painter, left, y + 3 * POINT + made.ascent * scale, scale)

    yield Strip(height + 6 * POINT, draw, frames=frames)


def _rule(x: float, width: float, frames: tuple[Frame, ...]) -> Strip:
    def draw(painter: QPainter, y: float) -> None:
        painter.setPen(QPen(QColor(LINE), 0.75 * POINT))
        painter.drawLine(QPointF(x, y + 4 * POINT), QPointF(x + width, y + 4 * POINT))

    return Strip(8 * POINT, draw, frames=frames)


# Tables

_CELL_X, _CELL_Y = 6 * POINT, 3.5 * POINT
_HIGHEST_ROW = 400 * POINT
_SHIFTS = {"right": 1.0, "center": 0.5}
Cell = tuple[list[Run], str]
"""What is in it, and its side."""


def table_strips(
    rows: Sequence[Sequence[Cell]], x: float, width: float, frames: tuple[Frame, ...] = ()
) -> Iterator[Strip]:
    """The first row is the head, which is said again on each sheet."""
    count = min(_MOST_COLUMNS, max((len(row) for row in rows), default=0))
    if not count:
        return
    size = 9.0 if count <= 6 else 8.0 if count <= 10 else 6.5
    set_rows = [
        [(Paragraph(runs or [(" ", PLAIN)], font_of(size, is_bold=not number), leading=1.4), side)
         for runs, side in row[:count]]
        for number, row in enumerate(rows)
    ]  # fmt: skip
    widths = _column_widths(set_rows, count, width)
    head: list[Strip] = []
    for number, row in enumerate(set_rows):
        box = (*frames, Frame(x, sum(widths), BOX)) if not number else frames
        made = _row(row, widths, x, box, is_head=not number)
        if not number:
            head = made
            for strip in head:
                strip.is_kept = True
        elif made:
            made[0].head = head
        yield from made


def _column_widths(rows: list[list[tuple[Paragraph, str]]], count: int, width: float) -> list[float]:
    natural = [40.0 * POINT / count] * count
    for row in rows[:400]:
        for column, (paragraph, _) in enumerate(row):
            natural[column] = max(natural[column], paragraph.natural_width + 2 * _CELL_X)
    total = sum(natural)
    if total <= width:
        return natural
    # Narrow columns keep their width; the others share what is left, wide ones more.
    left, open_columns = width, sorted(range(count), key=natural.__getitem__)
    made = [0.0] * count
    while open_columns:
        narrowest = open_columns[0]
        if natural[narrowest] > left / len(open_columns):
            break
        made[narrowest] = natural[narrowest]
        left -= natural[narrowest]
        open_columns.pop(0)
    weights = {column: natural[column] ** 0.5 for column in open_columns}
    for column in open_columns:
        made[column] = left * weights[column] / sum(weights.values())
    return made


class _CellLine(NamedTuple):
    """A line of a cell: where it is in its row, and from the left."""

    top: float
    bottom: float
    baseline: float
    x: float
    paragraph: Paragraph
    number: int


def _row(
    row: list[tuple[Paragraph, str]], widths: list[float], x: float, frames: tuple[Frame, ...], *, is_head: bool
) -> list[Strip]:
    """A row as strips that cut no line of any cell; a row of usual height stays together."""
    lines: list[_CellLine] = []
    left = x
    for (paragraph, side), width in zip(row, widths, strict=False):
        y = _CELL_Y
        inner = max(width - 2 * _CELL_X, POINT)
        for number, (height, baseline) in enumerate(paragraph.set(inner)):
            shift = _SHIFTS.get(side, 0.0) * max(0.0, inner - paragraph.line_width(number))
            lines.append(_CellLine(y, y + height, y + baseline, left + _CELL_X + shift, paragraph, number))
            y += height
        left += width
    bottom = max((one.bottom for one in lines), default=0.0) + _CELL_Y
    tops = sorted({one.top for one in lines if one.top > _CELL_Y})
    cuts = [top for top in tops if not any(one.top < top < one.bottom for one in lines)]
    is_together = bottom < _HIGHEST_ROW
    strips = []
    for begin, end in pairwise([0.0, *cuts, bottom]):
        inside = [one for one in lines if begin <= one.top < end]
        is_last = end == bottom
        rule = (QPointF(x, end - begin), QPointF(x + sum(widths), end - begin)) if is_last else None
        draw = _cell_lines(inside, begin, rule, (1.0 if is_head else 0.5) * POINT)
        strips.append(Strip(end - begin, draw, is_together and not is_last, frames))
    return strips


def _cell_lines(
    lines: list[_CellLine], begin: float, rule: tuple[QPointF, QPointF] | None, width: float
) -> Callable[[QPainter, float], None]:
    def draw(painter: QPainter, y: float) -> None:
        for one in lines:
            one.paragraph.draw_line(painter, one.number, one.x, y + one.baseline - begin)
        if rule is not None:
            down = QPointF(0, y)
            painter.setPen(QPen(QColor(LINE), width))
            painter.drawLine(rule[0] + down, rule[1] + down)

    return draw


def picture_strip(image: QImage, x: float, width: float, height: float, *, is_exact: bool) -> Strip:
    """`is_exact`: no quality is traded for size."""

    def draw(painter: QPainter, y: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering, is_exact)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(QRectF(x, y, width, height), image)

    return Strip(height, draw)
