"""Icon names to pixels: our own SVG set, drawn in any colour at any size, each once.

The files are 24 px squares of strokes in `currentColor` (those of the tray: `tray_icons.py`).  QtSvg is imported at the
first icon, not at start-up.
"""

from __future__ import annotations

import functools
import math
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QPainter, QPixmap

from qwen_desktop.core import paths

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon


def icon(name: str, colour: str, size_px: int = 16) -> QIcon:
    """The icon for menus and stock widgets, sharp at 100, 200 and 300 %; an unknown name raises FileNotFoundError."""
    from PySide6.QtGui import QIcon

    made = QIcon()
    for scale in (1.0, 2.0, 3.0):
        made.addPixmap(pixmap(name, colour, size_px, scale))
    return made


@functools.lru_cache(maxsize=512)
def pixmap(name: str, colour: str, size_px: int = 16, scale: float = 1.0) -> QPixmap:
    """`size_px` logical pixels square at a device pixel ratio of `scale`; shared, so do not paint on it.

    GUI thread only, after QGuiApplication.
    """
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(QByteArray(_svg(name).replace(b"currentColor", colour.encode("ascii"))))
    drawn = QPixmap(math.ceil(size_px * scale), math.ceil(size_px * scale))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    renderer.render(painter)
    painter.end()
    drawn.setDevicePixelRatio(scale)
    return drawn


def app_icon() -> QIcon:
    """The mark of the app, for the window, the task bar and the tray."""
    from PySide6.QtGui import QIcon

    made = QIcon()
    for size_px in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(pixmap("app", "#615CED", size_px))
    return made


@functools.cache
def icons_folder() -> Path:
    """Where the SVG files are."""
    return paths.resources() / "icons"


@functools.cache
def _svg(name: str) -> bytes:
    return (icons_folder() / f"{name}.svg").read_bytes()
