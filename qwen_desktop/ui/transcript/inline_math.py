"""A formula in running text: what is shown of it, how much room it takes in its line, where it is painted."""

from __future__ import annotations

from PySide6.QtGui import QFont, QPainter

from qwen_desktop.core.words import tr
from qwen_desktop.ui.transcript.inline import Look
from qwen_desktop.ui.transcript.math_service import Failure, Formula, Picture, math_service, size_beside
from qwen_desktop.ui.transcript.style import Style

SIDE_EM = 0.06
"""Air on both sides of a formula."""


class InlineMath:
    """One formula of a paragraph, at a position of its text."""

    def __init__(self, look: Look, source: str, position: int, style: Style, font: QFont) -> None:
        self.source = source
        self.position = position
        self._font = font
        colour = style.colour("accent_text") if look.url else style.text_colour
        self._size_px = size_beside(font)
        self._formula = Formula(look.tex, look.is_display, self._size_px, colour.name())
        found = math_service().find(self._formula, font)
        self.picture: Picture | None = found if isinstance(found, Picture) else None
        self.reason = not_drawn(found) if isinstance(found, Failure) else ""
        """Why it cannot be drawn."""
        self.waits = found is None
        self._scale = 1.0

    @property
    def end(self) -> int:
        """Behind its last character, while it is shown as its source."""
        return self.position + len(self.source.encode("utf-16-le", "replace")) // 2

    def fit(self, width: float) -> None:
        """Take no more than `width` px."""
        if self.picture is not None:
            room = max(1.0, width - 2 * self._side_px)
            self._scale = min(1.0, room / self.picture.width)

    @property
    def _side_px(self) -> float:
        return self._size_px * SIDE_EM

    @property
    def room_px(self) -> float:
        return (self.picture.width * self._scale + 2 * self._side_px) if self.picture is not None else 0.0

    @property
    def ascent(self) -> float:
        return self.picture.ascent * self._scale if self.picture is not None else 0.0

    @property
    def descent(self) -> float:
        return self.picture.descent * self._scale if self.picture is not None else 0.0

    def draw(self, painter: QPainter, x: float, baseline: float) -> None:
        """Paint it into its room, which begins at `x`."""
        if self.picture is not None:
            self.picture, self.waits = sharp(self._formula, self.picture, painter, self._font)
            self.picture.draw(painter, x + self._side_px, baseline, self._scale)


def sharp(formula: Formula, picture: Picture, painter: QPainter, font: QFont) -> tuple[Picture, bool]:
    """The picture for the screen that is painted on, or the one at hand while it is made; whether it is."""
    ratio = painter.device().devicePixelRatioF()
    if picture.ratio == ratio:
        return picture, False
    math_service().ratio = ratio
    found = math_service().find(formula, font)
    return (found, False) if isinstance(found, Picture) else (picture, found is None)


def not_drawn(failure: Failure) -> str:
    """What is said of a formula that is shown as its source."""
    return tr("This formula cannot be drawn: {reason}", reason=failure.reason)
