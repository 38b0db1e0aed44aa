"""A picture that stands alone to a box that names it and its host; nothing is fetched for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from qwen_desktop.core.web_address import host_of
from qwen_desktop.core.words import tr
from qwen_desktop.ui import icons
from qwen_desktop.ui.transcript.blocks import Leaf, Place, TextPiece, text_piece
from qwen_desktop.ui.transcript.inline import Run, image_in
from qwen_desktop.ui.transcript.style import Style
from qwen_desktop.ui.transcript.text_box import Selection, Wash

PADDING_PX = 10
ICON_PX = 20
TEXT_X = 46
RADIUS_PX = 10


class ImagePiece(TextPiece):
    """Its text is what the picture shows in words; below it stands where the picture would come from."""

    kind = "image"
    __slots__ = ("_link",)

    def __init__(self, style: Style, place: Place, runs: Sequence[Run], level: int = 0) -> None:
        super().__init__(style, place, runs, level)
        self._link = runs[0][1].url

    def estimate(self, width: int) -> int:
        return super().estimate(width - TEXT_X) + self._extra_px

    @property
    def _extra_px(self) -> int:
        return 2 * PADDING_PX + self.style.small_line_px

    def lay_out(self, width: int) -> None:
        self._width = width
        text_px = self.box.lay_out(max(40, width - self.indent_px - TEXT_X - PADDING_PX))
        self.height = text_px + self._extra_px
        self.is_exact = True

    @property
    def _text_x(self) -> int:
        return self.indent_px + TEXT_X

    def draw(self, painter: QPainter, x: int, y: int, width: int, clip: QRectF, washes: Sequence[Wash]) -> None:
        self.draw_containers(painter, x, y)
        if self.place.marker:
            self._draw_marker(painter, x, y + PADDING_PX, clip)
        style, line_px = self.style, self.style.small_line_px
        frame = QRectF(x + self.indent_px, y, width - self.indent_px, self.height).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(style.colour("line"), 1))
        painter.setBrush(style.colour("code_background"))
        painter.drawRoundedRect(frame, RADIUS_PX, RADIUS_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ratio = painter.device().devicePixelRatioF()
        icon = icons.pixmap("image", style.colours.text_secondary, ICON_PX, ratio)
        painter.drawPixmap(int(frame.left()) + 13, y + (self.height - ICON_PX) // 2, icon)
        self.box.draw(painter, x + self._text_x, y + PADDING_PX, clip, washes)
        painter.setFont(style.small)
        painter.setPen(style.colour("text_secondary"))
        room = QRectF(x + self._text_x, y + self.height - PADDING_PX - line_px, frame.right() - x - self._text_x - 8,
                      line_px)  # fmt: skip
        words = QFontMetricsF(style.small).elidedText(
            image_words(self._link), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def position_at(self, x: float, y: float) -> int:
        return super().position_at(x, y - PADDING_PX)

    def link_at(self, x: float, y: float) -> str:
        is_inside = self.indent_px <= x < self._width and 0 <= y < self.height
        return self._link if is_inside else ""

    def caret(self, position: int) -> tuple[float, float]:
        x, y = super().caret(position)
        return x, y + PADDING_PX

    def word_at(self, position: int) -> Selection:
        return self.box.word_at(position)

    def end_of_text(self) -> QPointF:
        return super().end_of_text() + QPointF(0, PADDING_PX)


def paragraph_piece(leaf: Leaf, style: Style, sources: Mapping[int, str]) -> TextPiece:
    """A paragraph to its piece: a box if it is nothing but one picture."""
    piece = text_piece(leaf, style, sources)
    children = leaf.token.children or []
    if len(children) == 1 and children[0].type == "image" and piece.runs and not leaf.level:
        return ImagePiece(style, leaf.place, piece.runs)
    return piece


def image_words(link: str) -> str:
    """What is said of a picture that is not shown: its host is named before anything can be fetched from it."""
    url = image_in(link)
    return tr("Image from {host}, not loaded", host=host_of(url)) if url else tr("Image that cannot be shown")


def link_words(link: str) -> str:
    """What is said where the mouse rests on a link: where it leads."""
    url = image_in(link)
    return f"{image_words(link)}\n{url}" if url else link
