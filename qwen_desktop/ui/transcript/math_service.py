"""Formulas to pictures in a worker thread: asked for by what lays out text, announced when they are there.

The thread lives while there is something to draw.  Pictures are kept up to `CACHE_BYTES`, failures with their
reason."""

from __future__ import annotations

import atexit
import threading
import time
from collections import OrderedDict, deque
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QGuiApplication, QImage, QPainter

from qwen_desktop.core.long_work import long_work
from qwen_desktop.ui.transcript.math_rules import LONGEST_FORMULA

CACHE_BYTES = 64 << 20
MOST_KEPT = 4_000
LARGEST_PIXELS = 4_000_000
"""Of one picture: 16 MB."""
MOST_WAITING = 500
ANNOUNCED_EACH_S = 0.03
X_HEIGHT_EM = 0.473
"""Height of an x in the font of formulas (STIX Two Math), in parts of its size."""


class Formula(NamedTuple):
    """What is to be drawn."""

    tex: str
    is_display: bool
    size_px: float
    colour: str


class Picture(NamedTuple):
    """A formula as it is drawn; measures in px of the screen at 100 %, `ascent` and `descent` from the baseline."""

    image: QImage
    width: float
    ascent: float
    descent: float
    ratio: float
    """Dots of the image in one px."""

    @property
    def height(self) -> float:
        return self.ascent + self.descent

    def draw(self, painter: QPainter, x: float, baseline: float, scale: float = 1.0) -> None:
        """Paint it with its left end at `x`, on whole dots of the screen so that it stays sharp."""
        dots = painter.device().devicePixelRatioF()
        shift = painter.transform()
        left = round((x + shift.dx()) * dots) / dots - shift.dx()
        top = round((baseline - self.ascent * scale + shift.dy()) * dots) / dots - shift.dy()
        size = QRectF(0, 0, self.image.width(), self.image.height())
        target = QRectF(left, top, size.width() / self.ratio * scale, size.height() / self.ratio * scale)
        if scale != 1.0 or self.ratio != dots:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        painter.drawImage(target, self.image, size)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)


class Failure(NamedTuple):
    """A formula that cannot be drawn, and why."""

    reason: str


class MathService(QObject):
    """To be used from the GUI thread.  Signals: drawn(): results are there that were not; ask again."""

    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.ratio = 1.0
        """Dots in one px of the screen that formulas are drawn for; set by what paints them."""
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            self.ratio = app.devicePixelRatio()
        self._known: OrderedDict[tuple[Formula, float], Picture | Failure] = OrderedDict()
        self._bytes = 0
        self._wanted: deque[tuple[Formula, float, QFont]] = deque()
        self._waiting: set[tuple[Formula, float]] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._latest: threading.Thread | None = None
        """The last thread, perhaps about to end."""
        self._is_closed = False

    def find(self, formula: Formula, font: QFont) -> Picture | Failure | None:
        """The picture, why there is none, or None: then it will be drawn, and `drawn` emitted.

        `font` is the font of the text around, for characters that the font of formulas lacks."""
        if len(formula.tex) > LONGEST_FORMULA:
            return Failure("too long")
        key = formula, self.ratio
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            elif key not in self._waiting and not self._is_closed:
                self._want(key, QFont(font))
        return found

    def _want(self, key: tuple[Formula, float], font: QFont) -> None:
        self._waiting.add(key)
        self._wanted.append((*key, font))
        if len(self._wanted) > MOST_WAITING:  # far behind: what is asked for last is what is looked at
            oldest = self._wanted.popleft()
            self._waiting.discard((oldest[0], oldest[1]))
        if self._thread is None:
            self._thread = self._latest = threading.Thread(target=self._draw_all, name="formulas", daemon=True)
            self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Nothing is being drawn."""
        with self._lock:
            return self._thread is None

    def close(self) -> None:
        """Draw no more; waits a moment for the formula at hand."""
        with self._lock:
            self._is_closed = True
            self._wanted.clear()
            self._waiting.clear()
            thread = self._latest
        if thread is not None:
            thread.join(3.0)

    # In the worker

    def _draw_all(self) -> None:
        with long_work():
            self._draw_wanted()

    def _draw_wanted(self) -> None:
        announced, is_untold = time.monotonic(), False
        while True:
            with self._lock:
                if not self._wanted and (self._is_closed or not is_untold):
                    self._thread = None  # not before the last ones were told of: who waits for that has all
                    return
                wanted = self._wanted.popleft() if self._wanted else None
            if wanted is not None:
                formula, ratio, font = wanted
                result = _draw(formula, ratio, font)
                with self._lock:
                    self._keep((formula, ratio), result)
                is_untold = True
                if self._is_closed or time.monotonic() - announced <= ANNOUNCED_EACH_S:
                    continue
            announced, is_untold = time.monotonic(), False
            self.drawn.emit()

    def _keep(self, key: tuple[Formula, float], result: Picture | Failure) -> None:
        self._waiting.discard(key)
        self._known[key] = result
        self._bytes += _size(result)
        while self._bytes > CACHE_BYTES or len(self._known) > MOST_KEPT:
            _, oldest = self._known.popitem(last=False)
            self._bytes -= _size(oldest)


def _size(result: Picture | Failure) -> int:
    return result.image.sizeInBytes() if isinstance(result, Picture) else 0


def _draw(formula: Formula, ratio: float, font: QFont) -> Picture | Failure:
    from PySide6.QtSvg import QSvgRenderer

    from qwen_desktop.ui.transcript.math_drawing import CannotDraw, draw_formula

    try:
        drawing = draw_formula(formula.tex, is_display=formula.is_display, size_px=formula.size_px,
                               colour=formula.colour, font=font)  # fmt: skip
    except CannotDraw as failure:
        return Failure(str(failure))
    # The baseline lies on a whole dot, the edges too.
    above, below = -(-drawing.ascent * ratio // 1), -(-drawing.descent * ratio // 1)
    wide, high = int(-(-drawing.width * ratio // 1)), int(above + below)
    if wide * high > LARGEST_PIXELS or max(wide, high) > 30_000:
        return Failure("too large")
    renderer = QSvgRenderer(QByteArray(drawing.svg))
    image = QImage(max(1, wide), max(1, high), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    top = above - drawing.ascent * ratio
    height = (drawing.ascent + drawing.descent) * ratio
    renderer.render(painter, QRectF(0, top, drawing.width * ratio, height))
    painter.end()
    return Picture(image, wide / ratio, above / ratio, below / ratio, ratio)


def size_beside(font: QFont) -> float:
    """The size in px at which a formula's letters are as high as those of the text in `font`."""
    metrics = QFontMetricsF(font)
    em = font.pixelSize() if font.pixelSize() > 0 else font.pointSizeF() * metrics.fontDpi() / 72
    return float(round(max(0.95, min(1.25, metrics.xHeight() / X_HEIGHT_EM / em)) * em, 1))


@cache
def math_service() -> MathService:
    """The one of this process, made at its first formula."""
    service = MathService()
    atexit.register(service.close)
    return service
