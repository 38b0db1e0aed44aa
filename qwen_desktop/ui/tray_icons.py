"""State and kind of panel to the icon in the tray: layers of `tray-16.svg`, `tray-22.svg` and `tray-24.svg`, composed.

Each file is one grid of whole pixels with the same layers, so that edges fall between pixels at 16, 22, 24 and their
multiples.  On a panel known to be light or dark the icon is one colour, as its neighbours are, with a rim in the colour
of the other kind: it is not seen where the guess was right, and keeps the icon readable where it was wrong.  Elsewhere
it brings the violet ground of the app's own mark.
"""

from __future__ import annotations

import enum
import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from qwen_desktop.ui.icons import icons_folder
from qwen_desktop.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SIZES_PX = (16, 20, 22, 24, 28, 32, 40, 44, 48, 64)
"""In device pixels: what panels ask for at 100, 125, 150, 175 and 200 %."""

_GRIDS = {22: 22, 44: 22, 24: 24, 48: 24}
_ERROR = "#D9480F"
"""Orange: 3:1 and more on white, on black and on what the panels of the large desktops have."""


class TrayState(enum.StrEnum):
    """What the icon tells at a glance; by shape too, not by colour alone."""

    IDLE = "idle"
    STREAMING = "streaming"
    """A reply is being written: a dot."""
    ERROR = "error"
    """Something waits for the person: a triangle."""


class Panel(enum.StrEnum):
    """What the icon stands on."""

    LIGHT = "light"
    DARK = "dark"
    ANY = "any"
    """Not known, or changing."""
    MASK = "mask"
    """macOS colours it: only the shape counts."""


def tray_icon(state: TrayState, panel: Panel) -> QIcon:
    """Sharp at every size in SIZES_PX.  GUI thread only."""
    made = QIcon()
    for size_px in SIZES_PX:
        made.addPixmap(tray_pixmap(state, panel, size_px))
    made.setIsMask(panel is Panel.MASK)
    return made


@functools.lru_cache(maxsize=len(SIZES_PX) * 6)
def tray_pixmap(state: TrayState, panel: Panel, size_px: int) -> QPixmap:
    """`size_px` device pixels square; shared, so do not paint on it."""
    grid = _GRIDS.get(size_px, 16)
    badge = {TrayState.STREAMING: "dot", TrayState.ERROR: "mark"}.get(state)
    drawn = QPixmap(size_px, size_px)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    for layer, colour in _layers(panel):
        _layer(grid, layer, colour).render(painter)
    if badge is not None:
        _draw_badge(painter, badge, panel, grid)
    painter.end()
    return drawn


def _layers(panel: Panel) -> tuple[tuple[str, str], ...]:
    """Layer and colour, from the bottom up."""
    match panel:
        case Panel.LIGHT:
            return ("halo", LIGHT.window), ("bubble", LIGHT.text)
        case Panel.DARK:
            return ("halo", DARK.window), ("bubble", LIGHT.window)
        case Panel.ANY:
            return ("ground", LIGHT.accent), ("ground-bubble", LIGHT.window)
        case Panel.MASK:
            return (("bubble", "#000000"),)


def _draw_badge(painter: QPainter, badge: str, panel: Panel, grid: int) -> None:
    """Dot or triangle with room around it: cut out of the bubble, white on the ground."""
    is_mask = panel is Panel.MASK
    if panel is not Panel.ANY:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    _layer(grid, f"{badge}-gap", LIGHT.window).render(painter)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
    if badge == "dot":
        accent = DARK.accent if panel is Panel.DARK else LIGHT.accent
        _layer(grid, "dot", "#000000" if is_mask else accent).render(painter)
        return
    _layer(grid, "mark", "#000000" if is_mask else _ERROR).render(painter)
    if is_mask:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
    _layer(grid, "mark-sign", LIGHT.window).render(painter)


@functools.cache
def _layer(grid: int, layer: str, colour: str) -> QSvgRenderer:
    """One element of the drawing, by its id, on the whole square; an unknown one raises StopIteration."""
    from xml.etree import ElementTree

    drawing = _drawing(grid)
    alone = ElementTree.Element(drawing.tag, drawing.attrib)
    alone.append(next(part for part in drawing if part.get("id") == layer))
    svg = ElementTree.tostring(alone).replace(b"currentColor", colour.encode("ascii"))
    return QSvgRenderer(QByteArray(svg))


@functools.cache
def _drawing(grid: int) -> Element:
    from xml.etree import ElementTree

    return ElementTree.parse(icons_folder() / f"tray-{grid}.svg").getroot()
