"""Colours that can be read, fonts of a readable size, a theme that follows and tells."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from qwen_desktop.ui import icons
from qwen_desktop.ui.theme import DARK, LIGHT, Colours, Theme, contrast, palette_from, with_high_contrast

TEXT_PAIRS = [
    *[("text", ground) for ground in ("window", "sidebar", "selection", "user_message", "field", "code_background")],
    *[("text", ground) for ground in ("hover", "notice_background")],
    *[("text_secondary", ground) for ground in ("window", "sidebar", "selection", "user_message", "field")],
    *[("text_secondary", ground) for ground in ("code_header", "hover", "notice_background")],
    ("accent_text", "accent_soft"),
    ("accent_text", "window"),
    ("on_accent", "accent"),
    ("notice_text", "notice_background"),
    ("success", "window"),
    ("success", "hover"),
    *[(f"syntax_{kind}", "code_background") for kind in ("keyword", "string", "function", "comment", "number")],
]
CONTROL_PAIRS = [
    ("control_line", "window"),
    ("control_line", "sidebar"),
    ("control_line", "field"),
    ("accent", "window"),
    ("accent", "field"),
]
ALL_COLOURS = [LIGHT, DARK, with_high_contrast(LIGHT), with_high_contrast(DARK)]


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", ALL_COLOURS)
@pytest.mark.parametrize(("front", "ground"), TEXT_PAIRS)
def test_text_can_be_read(colours: Colours, front: str, ground: str) -> None:
    assert contrast(getattr(colours, front), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", ALL_COLOURS)
@pytest.mark.parametrize(("front", "ground"), CONTROL_PAIRS)
def test_controls_can_be_seen(colours: Colours, front: str, ground: str) -> None:
    assert contrast(getattr(colours, front), getattr(colours, ground)) >= 3


def test_high_contrast_raises_every_grey_to_that_of_text() -> None:
    strong = with_high_contrast(LIGHT)
    assert contrast(strong.text_secondary, strong.window) >= 7
    assert contrast(strong.control_line, strong.window) >= 7


def test_theme_switches_live_and_tells_once(qapp: QApplication) -> None:
    theme = Theme()
    heard: list[str] = []
    theme.changed.connect(lambda: heard.append(theme.colours.window))
    try:
        theme.set_mode("dark")
        assert theme.is_dark
        assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.window
        theme.set_mode("dark")
        theme.set_mode("light")
        assert heard == [DARK.window, LIGHT.window]
        assert qapp.palette().color(QPalette.ColorRole.Base).name().upper() == LIGHT.field
    finally:
        theme.set_mode("system")
        qapp.setPalette(QPalette())


def test_selection_of_text_is_neutral() -> None:
    palette = palette_from(DARK)
    assert palette.color(QPalette.ColorRole.Highlight).name().upper() == DARK.selection
    assert palette.color(QPalette.ColorRole.HighlightedText).name().upper() == DARK.text


def test_interface_font_is_never_smaller_than_10_5_points(theme: Theme) -> None:
    assert theme.interface_font().pointSizeF() >= 10.5


@pytest.mark.parametrize("path", sorted(icons.icons_folder().glob("*.svg")), ids=lambda path: path.stem)
def test_icon_is_drawn_in_the_colour_asked_for(qapp: QApplication, path: object) -> None:
    name = getattr(path, "stem", "")
    root = ET.parse(icons.icons_folder() / f"{name}.svg").getroot()
    picture = icons.pixmap(name, "#FF0000", 24, 2.0).toImage()
    drawn = [picture.pixelColor(x, y) for x in range(48) for y in range(48)]
    solid = [colour for colour in drawn if colour.alpha() > 200]
    assert len(solid) > 20
    if name != "app":
        assert root.get("viewBox") == "0 0 24 24"
        assert root.get("stroke-width") == "1.75"
        assert all(colour.red() > 240 and colour.green() < 15 for colour in solid)


def test_icon_that_does_not_exist_is_an_error(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icons.pixmap("no-such-icon", "#000000")
