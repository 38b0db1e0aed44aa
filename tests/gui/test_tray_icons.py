"""Each icon can be read on every panel, tells its state by shape, and falls on whole pixels where panels are small."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from qwen_desktop.desktop.tray_watch import TrayHost
from qwen_desktop.ui.theme import contrast
from qwen_desktop.ui.tray import panel_for
from qwen_desktop.ui.tray_icons import SIZES_PX, Panel, TrayState, tray_icon, tray_pixmap

LIGHT_PANELS = ("#FFFFFF", "#EFF0F1", "#DEDDDA")
DARK_PANELS = ("#000000", "#1B1B1F", "#31363B")


def on_ground(state: TrayState, panel: Panel, size_px: int, ground: str) -> QImage:
    image = QImage(size_px, size_px, QImage.Format.Format_RGB32)
    image.fill(QColor(ground))
    painter = QPainter(image)
    painter.drawPixmap(0, 0, tray_pixmap(state, panel, size_px))
    painter.end()
    return image


def colours(image: QImage) -> list[str]:
    return [image.pixelColor(x, y).name() for y in range(image.height()) for x in range(image.width())]


@pytest.mark.parametrize("panel", [Panel.LIGHT, Panel.DARK, Panel.ANY])
@pytest.mark.parametrize("state", list(TrayState))
def test_icon_is_seen_on_light_and_dark_panels(qapp: QApplication, state: TrayState, panel: Panel) -> None:
    """Also where the kind of panel was guessed wrong; what stands out at 3:1 is more than a sprinkle."""
    for size_px, ground in itertools.product((16, 22, 24, 32, 48), LIGHT_PANELS + DARK_PANELS):
        drawn = colours(on_ground(state, panel, size_px, ground))
        seen = sum(contrast(colour, ground) >= 3.0 for colour in drawn)
        assert seen >= 0.11 * size_px * size_px, f"{state} for {panel} at {size_px} px on {ground}"


@pytest.mark.parametrize("panel", [Panel.LIGHT, Panel.DARK, Panel.ANY])
@pytest.mark.parametrize(("state", "colour"), [(TrayState.STREAMING, "accent"), (TrayState.ERROR, "#d9480f")])
def test_mark_stands_out_from_what_is_around_it(
    qapp: QApplication, state: TrayState, colour: str, panel: Panel
) -> None:
    mark = colour if colour.startswith("#") else "#8b87ff" if panel is Panel.DARK else "#615ced"
    around = ("#ffffff",) if panel is Panel.ANY else LIGHT_PANELS[:2] if panel is Panel.LIGHT else DARK_PANELS[:2]
    for ground in around:
        assert contrast(mark, ground) >= 3.0
    for size_px in (16, 22, 24, 32):
        assert colours(on_ground(state, panel, size_px, around[0])).count(mark) >= 0.04 * size_px * size_px


def test_states_differ_in_shape_alone(qapp: QApplication) -> None:
    for size_px in (16, 22, 24):
        shapes = []
        for state in TrayState:
            image = tray_pixmap(state, Panel.MASK, size_px).toImage()
            shapes.append([image.pixelColor(x, y).alpha() > 127 for y in range(size_px) for x in range(size_px)])
            assert {image.pixelColor(x, y).lightness() for y in range(size_px) for x in range(size_px)} == {0}
        for one, other in itertools.combinations(shapes, 2):
            assert sum(a != b for a, b in zip(one, other, strict=True)) >= 0.05 * size_px * size_px


@pytest.mark.parametrize("size_px", [16, 22, 24, 32, 44, 48, 64])
def test_edges_fall_between_pixels(qapp: QApplication, size_px: int) -> None:
    """The straight edges of the ground: pixels are on or off along them, none is half of either."""
    image = tray_pixmap(TrayState.IDLE, Panel.ANY, size_px).toImage()
    middle = size_px // 2
    for line in ([(x, middle) for x in range(size_px)], [(middle, y) for y in range(size_px)]):
        assert {image.pixelColor(*point).alpha() for point in line} <= {0, 255}


def test_icon_has_every_size_and_is_a_mask_for_macos_alone(qapp: QApplication) -> None:
    for panel in Panel:
        icon = tray_icon(TrayState.IDLE, panel)
        assert [size.width() for size in icon.availableSizes()] == list(SIZES_PX)
        assert icon.isMask() == (panel is Panel.MASK)


@pytest.mark.parametrize(
    ("platform", "host", "scheme", "desktops", "panel"),
    [
        ("linux", TrayHost.STATUS_NOTIFIER, Qt.ColorScheme.Light, "KDE", Panel.LIGHT),
        ("linux", TrayHost.STATUS_NOTIFIER, Qt.ColorScheme.Dark, "KDE", Panel.DARK),
        ("linux", TrayHost.STATUS_NOTIFIER, Qt.ColorScheme.Unknown, "KDE", Panel.ANY),
        ("linux", TrayHost.STATUS_NOTIFIER, Qt.ColorScheme.Light, "ubuntu:GNOME", Panel.DARK),
        ("linux", TrayHost.XEMBED, Qt.ColorScheme.Dark, "XFCE", Panel.ANY),
        ("win32", TrayHost.SYSTEM, Qt.ColorScheme.Light, "", Panel.ANY),
        ("darwin", TrayHost.SYSTEM, Qt.ColorScheme.Light, "", Panel.MASK),
    ],
)
def test_panel_is_told_from_the_desktop(
    platform: str, host: TrayHost, scheme: Qt.ColorScheme, desktops: str, panel: Panel
) -> None:
    assert panel_for(host, scheme, desktops, platform) is panel
