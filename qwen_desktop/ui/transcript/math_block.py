"""A formula on lines of its own to a picture in the middle of the column; its source until then, or when it fails.

One that is too wide is made smaller down to `SMALLEST`, then it is scrolled sideways."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from qwen_desktop.ui.transcript.blocks import Piece, Place, estimated_lines
from qwen_desktop.ui.transcript.inline import PLAIN, shown
from qwen_desktop.ui.transcript.inline_math import not_drawn, sharp
from qwen_desktop.ui.transcript.math_service import Failure, Formula, Picture, math_service, size_beside
from qwen_desktop.ui.transcript.style import SCROLL_BAR_PX, Style
from qwen_desktop.ui.transcript.text_box import Selection, TextBox, Wash
from qwen_desktop.ui.views.controls import fill

SMALLEST = 0.75


class MathPiece(Piece):
    """A formula between `$$` or `\\[` and `\\]`; it is drawn once it is closed."""

    kind = "math"
    is_end = True
    __slots__ = (
        "_box",
        "_picture",
        "_reason",
        "_scale",
        "_width",
        "is_closed",
        "scrolled_px",
        "source",
        "tex",
        "waits",
    )

    def __init__(self, style: Style, place: Place, tex: str, opener: str, is_closed: bool) -> None:
        super().__init__(style, place)
        self.tex = tex.strip()
        self.is_closed = is_closed
        closer = "$$" if opener == "$$" else "\\]"
        self.source = f"{opener}\n{self.tex}\n{closer}" if is_closed else f"{opener}\n{self.tex}"
        self.scrolled_px = 0
        self.waits = False
        self._box: TextBox | None = None
        """Its source, while that is shown."""
        self._picture: Picture | None = None
        self._reason = ""
        self._scale = 1.0
        self._width = 0

    def _formula(self) -> Formula:
        return Formula(self.tex, True, size_beside(self.style.body), self.style.text_colour.name())

    def _room_px(self, width: int) -> int:
        return max(40, width - self.indent_px)

    def estimate(self, width: int) -> int:
        if self.height:
            return self.height
        columns = max(1.0, self._room_px(width) / self.style.mono_advance_px)
        return self.style.line_px * estimated_lines(self.source, columns)

    def lay_out(self, width: int) -> None:
        found = None
        if self.is_closed and self.tex:
            found = self._picture or math_service().find(self._formula(), self.style.body)
        self.waits = self.is_closed and bool(self.tex) and found is None
        self._reason = not_drawn(found) if isinstance(found, Failure) else ""
        self._width = width
        room = self._room_px(width)
        if isinstance(found, Picture):
            self._picture, self._box = found, None
            self._scale = max(SMALLEST, min(1.0, room / found.width))
            self.height = ceil(found.height * self._scale) + (SCROLL_BAR_PX if self.needs_scroll_bar(width) else 0)
            self.text_length = 1
        else:
            if self._box is None:
                self._box = TextBox([(shown(self.source), PLAIN)], self.style, font=self.style.mono)
            self.height = self._box.lay_out(room)
            self.text_length = self._box.length
        self.is_exact = True

    @property
    def content_px(self) -> float:
        """Width of the picture as it is shown."""
        return self._picture.width * self._scale if self._picture is not None else 0.0

    def needs_scroll_bar(self, width: int) -> bool:
        return self.content_px > self._room_px(width) + 1

    def outline(self, width: int) -> object:
        return width, self.height, self.content_px

    def drop(self) -> None:
        super().drop()
        self._box = self._picture = None

    def retake_awaited(self) -> bool:
        if not self.waits:
            return False
        self.drop()
        return True

    def restyle(self, style: Style) -> None:
        super().restyle(style)
        self.height = 0

    def _left(self) -> float:
        """Of the picture within the piece: in the middle, or scrolled."""
        spare = self._room_px(self._width) - self.content_px
        return self.indent_px + (spare / 2 if spare >= 0 else -self.scrolled_px)

    def draw(self, painter: QPainter, x: int, y: int, width: int, clip: QRectF, washes: Sequence[Wash]) -> None:
        self.draw_containers(painter, x, y)
        if self._picture is None:
            if self._box is not None:
                self._box.draw(painter, x + self.indent_px, y, clip, washes)
            return
        self._picture, self.waits = sharp(self._formula(), self._picture, painter, self.style.body)
        painter.save()
        room = QRectF(x + self.indent_px, y, self._room_px(width), self.height)
        painter.setClipRect(room, Qt.ClipOperation.IntersectClip)
        left = x + self._left()
        for wash in washes:
            picture = QRectF(left, y, self.content_px, self._picture.height * self._scale)
            fill(painter, picture, self.style.wash(wash[2]))
        self._picture.draw(painter, left, y + self._picture.ascent * self._scale, self._scale)
        painter.restore()

    def position_at(self, x: float, y: float) -> int:
        if self._box is not None:
            return self._box.position_at(x - self.indent_px, y)
        return 0 if x < self._left() + self.content_px / 2 else 1

    def word_at(self, position: int) -> Selection:
        return self._box.word_at(position) if self._box is not None else (0, 1)

    def tooltip_at(self, x: float, y: float) -> str:
        return self._reason

    def plain(self, begin: int, end: int) -> str:
        if self._box is not None:
            return self._box.plain(begin, end)
        return self.source if begin < 1 <= end else ""

    def end_of_text(self) -> tuple[float, float]:
        if self._box is not None:
            x, y = self._box.end_of_text()
            return x + self.indent_px, y
        return min(self._left() + self.content_px, self._width), self.height / 2
