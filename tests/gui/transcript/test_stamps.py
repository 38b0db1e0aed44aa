"""Frames, tints and marks that are put together from pictures look as if they were drawn where they stand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter

from qwen_desktop.ui.theme import LIGHT
from qwen_desktop.ui.transcript import stamps
from qwen_desktop.ui.transcript.inline import PLAIN
from qwen_desktop.ui.transcript.stamps import Frame, Stamps
from qwen_desktop.ui.transcript.style import Style
from qwen_desktop.ui.transcript.text_box import TextBox

FILL, HEAD, LINE = QColor("#eef"), QColor("#cdc"), QColor("#446")
BOX = QRect(7, 9, 90, 70)
FRAMES = {
    "plain": Frame(8, FILL, LINE),
    "without a line": Frame(8, FILL, FILL),
    "with a head": Frame(8, FILL, LINE, head_px=24, head=HEAD),
    "goes on below": Frame(8, FILL, LINE, head_px=24, head=HEAD, is_open_below=True),
    "goes on above": Frame(8, FILL, LINE, is_open_above=True),
    "goes on both ways": Frame(8, FILL, LINE, is_open_above=True, is_open_below=True),
}


def painted(scale: float, *draws: Callable[[QPainter], None]) -> QImage:
    image = QImage(int(110 * scale), int(90 * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    for draw in draws:
        draw(painter)
    painter.end()
    return image


def farthest(one: QImage, other: QImage) -> int:
    """The largest difference of any channel of any pixel."""
    assert one.size() == other.size()
    pairs = zip(bytes(one.constBits()), bytes(other.constBits()), strict=True)
    return max(abs(a - b) for a, b in pairs)


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("scale", [1.0, 1.25, 2.0])
def test_frame_looks_as_drawn_in_one(qapp: object, name: str, scale: float) -> None:
    frame = FRAMES[name]
    put_together = painted(scale, lambda painter: Stamps().draw_frame(painter, BOX, BOX, frame))
    assert farthest(put_together, painted(scale, lambda painter: stamps._draw_whole(painter, BOX, frame))) <= 3


@pytest.mark.parametrize("name", FRAMES)
def test_frame_that_is_painted_in_strips_is_the_same(qapp: object, name: str) -> None:
    made = Stamps()

    def strip(top: int, bottom: int) -> Callable[[QPainter], None]:
        def draw(painter: QPainter) -> None:
            clip = QRect(0, top, 110, bottom - top)
            painter.setClipRect(clip)
            made.draw_frame(painter, BOX, clip, FRAMES[name])

        return draw

    strips = [strip(top, bottom) for top, bottom in pairwise(range(0, 91, 5))]
    whole = painted(1.0, lambda painter: made.draw_frame(painter, BOX, BOX, FRAMES[name]))
    assert farthest(painted(1.0, *strips), whole) == 0


@pytest.mark.parametrize("width", [8, 10, 60, 300])
@pytest.mark.parametrize("scale", [1.0, 1.25, 2.0])
def test_tint_looks_as_drawn_in_one(qapp: object, width: int, scale: float) -> None:
    box = QRect(5, 5, width, 19)
    put_together = painted(scale, lambda painter: Stamps().draw_tint(painter, box, 4, FILL, LINE))
    inner = QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5)
    in_one = painted(scale, lambda painter: stamps._draw_rounded(painter, inner, 4, FILL, LINE))
    assert farthest(put_together, in_one) <= 3


def test_shape_is_drawn_once_for_each_scale_and_place_within_a_pixel(qapp: object) -> None:
    made, drawn = Stamps(), list[QRectF]()

    def dot(painter: QPainter, box: QRectF) -> None:
        drawn.append(box)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(LINE)
        painter.drawEllipse(box)

    def directly(box: QRectF) -> Callable[[QPainter], None]:
        def draw(painter: QPainter) -> None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            dot(painter, box)

        return draw

    places = [QRectF(20.25, 30.5, 5, 5), QRectF(40.25, 50.5, 5, 5), QRectF(60.75, 10.5, 5, 5)]
    for scale in (1.0, 2.0):
        drawn.clear()
        copied = painted(scale, *(lambda painter, box=box: made.draw_shape(painter, "dot", box, dot) for box in places))
        assert len(drawn) == 2
        assert farthest(copied, painted(scale, *map(directly, places))) <= 3


@pytest.mark.parametrize("text_pt", range(7, 20))
def test_box_around_code_stands_alike_at_every_height(qapp: object, text_pt: int) -> None:
    font = QFont()
    font.setPointSize(text_pt)
    box = TextBox([("a ", PLAIN), ("code", PLAIN._replace(code=True)), (" b", PLAIN)], Style(LIGHT, font))
    box.lay_out(100)
    images = [
        painted(1.0, lambda painter, y=y: box.draw(painter, 3.0, y, QRectF(0, 0, 110, 90))).copy(0, y, 110, 60)
        for y in (10, 11)
    ]
    assert farthest(*images) == 0
