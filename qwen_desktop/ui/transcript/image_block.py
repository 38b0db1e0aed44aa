"""A picture that stands alone to a box that names it and its host, and to the picture itself once it was asked for.

Nothing is fetched here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter, QPainterPath, QPen, QTransform

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.core.web_address import host_of
from qwen_desktop.core.words import tr
from qwen_desktop.ui import icons
from qwen_desktop.ui.transcript.blocks import Leaf, Place, TextPiece, text_piece
from qwen_desktop.ui.transcript.inline import ALONE, Run, image_in
from qwen_desktop.ui.transcript.remote_pictures import Loading, NotLoaded, remote_pictures
from qwen_desktop.ui.transcript.style import Style
from qwen_desktop.ui.transcript.text_box import Selection, Wash

PADDING_PX = 10
ICON_PX = 20
TEXT_X = 46
RADIUS_PX = 10
HIGHEST_PX = 480
"""Of a picture at 100 %: it is seen whole in the smallest window."""
CAPTION_GAP_PX = 6


class ImagePiece(TextPiece):
    """Its text is what the picture shows in words.  Until the picture is there, a box around it says where it would
    come from; then it stands below the picture."""

    kind = "image"
    __slots__ = ("_link", "_shown")

    def __init__(self, style: Style, place: Place, runs: Sequence[Run], level: int = 0) -> None:
        super().__init__(style, place, runs, level)
        self._link = runs[0][1].url
        self._shown = self._known()

    def _known(self) -> Loading | NotLoaded | Attachment | None:
        url = image_in(self._link)
        return remote_pictures().find(url) if url else None

    def retake_awaited(self) -> bool:
        known = self._known()
        is_other = known != self._shown
        if is_other:
            self.drop()
        return super().retake_awaited() or is_other

    def drop(self) -> None:
        super().drop()
        self._shown = self._known()

    def estimate(self, width: int) -> int:
        if isinstance(self._shown, Attachment):
            return super().estimate(width) + self._picture_size(width).height() + CAPTION_GAP_PX
        return super().estimate(width - TEXT_X) + self._frame_px

    @property
    def _frame_px(self) -> int:
        """What the box is higher than its text."""
        return 2 * PADDING_PX + self.style.small_line_px

    @property
    def _above_px(self) -> int:
        """From the top of the piece to its text."""
        if isinstance(self._shown, Attachment):
            return self._picture_size(self._width).height() + CAPTION_GAP_PX
        return PADDING_PX

    def _picture_size(self, width: int) -> QSize:
        """In px: as it is, but no wider than the column and no higher than is seen at once."""
        assert isinstance(self._shown, Attachment)
        size = QSize(self._shown.width, self._shown.height)
        room = QSize(max(40, width - self.indent_px), HIGHEST_PX)
        if size.width() > room.width() or size.height() > room.height():
            size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
        return size.expandedTo(QSize(1, 1))

    def lay_out(self, width: int) -> None:
        self._width = width
        if isinstance(self._shown, Attachment):
            self.height = self.box.lay_out(max(40, width - self.indent_px)) + self._above_px
        else:
            self.height = self.box.lay_out(max(40, width - self.indent_px - TEXT_X - PADDING_PX)) + self._frame_px
        self.is_exact = True

    @property
    def _text_x(self) -> int:
        return self.indent_px + (0 if isinstance(self._shown, Attachment) else TEXT_X)

    def draw(self, painter: QPainter, x: int, y: int, width: int, clip: QRectF, washes: Sequence[Wash]) -> None:
        self.draw_containers(painter, x, y)
        if self.place.marker:
            self._draw_marker(painter, x, y + PADDING_PX, clip)
        if isinstance(self._shown, Attachment):
            self._draw_picture(painter, x + self.indent_px, y, self._shown)
        else:
            self._draw_box(painter, x, y, width)
        self.box.draw(painter, x + self._text_x, y + self._above_px, clip, washes)

    def _draw_picture(self, painter: QPainter, x: int, y: int, shown: Attachment) -> None:
        size = self._picture_size(self._width)
        image = remote_pictures().image(shown, size, painter.device().devicePixelRatioF())
        outline, box = QPainterPath(), QRectF(x, y, size.width(), size.height())
        outline.addRoundedRect(box, RADIUS_PX, RADIUS_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if image is None:
            painter.fillPath(outline, self.style.colour("code_background"))
        else:  # as a brush, since the edge of a clip is not smoothed
            brush, scale = QBrush(image), QTransform.fromTranslate(x, y)
            brush.setTransform(scale.scale(box.width() / image.width(), box.height() / image.height()))
            painter.fillPath(outline, brush)
        painter.setPen(QPen(self.style.colour("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _draw_box(self, painter: QPainter, x: int, y: int, width: int) -> None:
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
        painter.setFont(style.small)
        painter.setPen(style.colour("text_secondary"))
        room = QRectF(x + self._text_x, y + self.height - PADDING_PX - line_px, frame.right() - x - self._text_x - 8,
                      line_px)  # fmt: skip
        words = QFontMetricsF(style.small).elidedText(
            image_words(self._link), Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def position_at(self, x: float, y: float) -> int:
        return super().position_at(x, y - self._above_px)

    def link_at(self, x: float, y: float) -> str:
        is_inside = self.indent_px <= x < self._width and 0 <= y < self.height
        return ALONE + image_in(self._link) if is_inside and image_in(self._link) else ""

    def caret(self, position: int) -> tuple[float, float]:
        x, y = super().caret(position)
        return x, y + self._above_px

    def word_at(self, position: int) -> Selection:
        return self.box.word_at(position)

    def end_of_text(self) -> tuple[float, float]:
        x, y = super().end_of_text()
        return x, y + self._above_px


def paragraph_piece(leaf: Leaf, style: Style, sources: Mapping[int, str]) -> TextPiece:
    """A paragraph to its piece: a box if it is nothing but one picture."""
    piece = text_piece(leaf, style, sources)
    children = leaf.token.children or []
    if len(children) == 1 and children[0].type == "image" and piece.runs and not leaf.level:
        return ImagePiece(style, leaf.place, piece.runs)
    return piece


def image_words(link: str) -> str:
    """What is said of a picture: where it would come from, before anything is fetched, and how far it has come."""
    url = image_in(link)
    if not url:
        return tr("Image that cannot be shown")
    host = host_of(url)
    match remote_pictures().find(url):
        case None:
            return tr("Image from {host}, not loaded", host=host)
        case Loading():
            return tr("Loading the image from {host}…", host=host)
        case NotLoaded(why):
            return tr("Image from {host}, not loaded: {why}", host=host, why=why)
    return tr("Image from {host}", host=host)


def link_words(link: str) -> str:
    """What is said where the mouse rests on a link: where it leads."""
    url = image_in(link)
    return f"{image_words(link)}\n{url}" if url else link
