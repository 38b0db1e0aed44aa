"""Colours that can be read, fonts of a readable size, a theme that follows and tells."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontDatabase, QFontInfo, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication, QWidget

from qwen_desktop.core.settings.settings import AppearanceSettings
from qwen_desktop.core.translations import set_language
from qwen_desktop.ui import icons
from qwen_desktop.ui.theme import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, Colours, Theme, contrast, palette_from
from qwen_desktop.ui.transcript.style import style_for
from qwen_desktop.ui.views.controls import Label

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
USED_PAIRS = [
    ("notice_text", "window"),  # what is wrong with a value, under its row
    ("accent_text", "field"), ("accent_text", "hover"),
    ("success", "field"), ("text", "code_header"), ("text_secondary", "code_background"),
    ("text", "accent_soft"), ("on_accent", "accent"),
    *[(f"syntax_{kind}", "window") for kind in ("keyword", "string", "function", "comment", "number")],
]  # fmt: skip
"""What is drawn beside the pairs of the design."""
CONTROL_PAIRS = [
    ("control_line", "window"),
    ("control_line", "sidebar"),
    ("control_line", "field"),
    ("accent", "window"),
    ("accent", "field"),
]
HIGH = [HIGH_LIGHT, HIGH_DARK]
ALL_COLOURS = [LIGHT, DARK, *HIGH]


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", ALL_COLOURS)
@pytest.mark.parametrize(("front", "ground"), [*TEXT_PAIRS, *USED_PAIRS])
def test_text_can_be_read(colours: Colours, front: str, ground: str) -> None:
    assert contrast(getattr(colours, front), getattr(colours, ground)) >= 4.5


@pytest.mark.parametrize("colours", ALL_COLOURS)
@pytest.mark.parametrize(("front", "ground"), CONTROL_PAIRS)
def test_controls_can_be_seen(colours: Colours, front: str, ground: str) -> None:
    assert contrast(getattr(colours, front), getattr(colours, ground)) >= 3


def washed(colours: Colours, role: str, ground: str) -> QColor:
    """What is seen behind text that is found, on that ground."""
    behind, below = style_for(colours).wash(role), QColor(getattr(colours, ground))
    share = behind.alphaF()
    parts = [(behind.redF(), below.redF()), (behind.greenF(), below.greenF()), (behind.blueF(), below.blueF())]
    return QColor.fromRgbF(*(over * share + under * (1 - share) for over, under in parts))


@pytest.mark.parametrize("role", ["hit", "current"])
@pytest.mark.parametrize("colours", ALL_COLOURS)
def test_what_is_found_can_be_read(qapp: QApplication, colours: Colours, role: str) -> None:
    usual = 7 if colours in HIGH else 4.5
    for front, ground, least in (
        ("text", "window", usual), ("text", "user_message", usual), ("text", "code_background", usual),
        ("text_secondary", "window", usual), ("accent_text", "window", 4.5),
    ):  # fmt: skip
        ratio = contrast(getattr(colours, front), washed(colours, role, ground).name())
        assert ratio >= least, (front, ground, ratio)


@pytest.mark.parametrize("colours", ALL_COLOURS)
def test_the_place_gone_to_is_of_another_hue_than_the_rest_of_what_is_found(
    qapp: QApplication, colours: Colours
) -> None:
    hit, current = (washed(colours, role, "window") for role in ("hit", "current"))
    apart = abs(hit.hue() - current.hue())
    assert min(apart, 360 - apart) > 120
    assert hit.hslSaturation() > 60
    assert current.hslSaturation() > 60


@pytest.mark.parametrize("colours", HIGH, ids=["light", "dark"])
def test_high_contrast_gives_all_text_7_to_1_and_all_lines_4_5_to_1(colours: Colours) -> None:
    """Text: WCAG 2.2 AAA, on every ground that anything is written on."""
    grounds = ("window", "sidebar", "selection", "user_message", "field", "code_background", "code_header", "hover")
    pairs = [(front, ground) for front in ("text", "text_secondary") for ground in (*grounds, "notice_background")]
    pairs += [(f"syntax_{kind}", ground) for kind in ("keyword", "string", "function", "comment", "number")
              for ground in ("code_background", "window")]  # fmt: skip
    pairs += [("accent_text", ground) for ground in ("window", "user_message", "accent_soft", "notice_background")]
    pairs += [*TEXT_PAIRS, *USED_PAIRS, ("notice_text", "notice_background"), ("on_accent", "accent")]
    weak = {pair: contrast(*(getattr(colours, name) for name in pair)) for pair in pairs}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 7} == {}
    lines = [*CONTROL_PAIRS, ("line", "window"), ("line", "code_background"), ("notice_line", "window")]
    weak = {pair: contrast(*(getattr(colours, name) for name in pair)) for pair in lines}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.skipif(not hasattr(QStyleHints, "accessibility"), reason="Qt tells the wish for contrast from 6.10 on")
def test_the_wish_of_the_system_for_contrast_is_followed_live(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtGui import QAccessibilityHints  # Qt 6.10

    wishes = [Qt.ContrastPreference.NoPreference]
    hints = qapp.styleHints().accessibility()
    monkeypatch.setattr(QAccessibilityHints, "contrastPreference", lambda self: wishes[-1])
    theme = Theme()
    try:
        theme.set_mode("dark")
        assert theme.colours == DARK
        wishes.append(Qt.ContrastPreference.HighContrast)
        hints.contrastPreferenceChanged.emit(wishes[-1])
        assert theme.colours == HIGH_DARK
        theme.set_mode("light")
        assert theme.colours == HIGH_LIGHT
        wishes.append(Qt.ContrastPreference.NoPreference)
        hints.contrastPreferenceChanged.emit(wishes[-1])
        assert theme.colours == LIGHT
    finally:
        theme.set_mode("system")
        qapp.setPalette(QPalette())


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


@pytest.fixture
def theme_again(qapp: QApplication) -> Iterator[None]:
    """Font, palette and text cursor of the application as they were."""
    font, flash_ms = qapp.font(), qapp.cursorFlashTime()
    yield
    qapp.setFont(font)
    qapp.setCursorFlashTime(flash_ms)
    Theme().set_mode("system")
    qapp.setPalette(QPalette())


@pytest.mark.usefixtures("theme_again")
def test_every_setting_of_the_appearance_is_taken_live_and_told_once(qapp: QApplication, qtbot: Any) -> None:
    theme = Theme()
    qapp.setCursorFlashTime(1000)
    usual = AppearanceSettings(theme="light", contrast="normal", reduced_motion="off")
    theme.install(qapp, usual)
    label = Label(theme, "text", points=11)
    qtbot.addWidget(label)
    heard: list[None] = []
    theme.changed.connect(lambda: heard.append(None))
    theme.use(usual)
    assert heard == []
    theme.use(replace(usual, contrast="high", theme="dark"))
    assert (len(heard), theme.colours) == (1, HIGH_DARK)
    theme.use(replace(usual, font_size_pt=20.0))
    assert (len(heard), theme.colours, qapp.font().pointSizeF()) == (2, LIGHT, 20.0)
    assert label.font().pointSizeF() == pytest.approx(20 * 11 / 10.5)
    family = next(name for name in QFontDatabase.families() if name != qapp.font().family())
    theme.use(replace(usual, font_family=family))
    assert (len(heard), qapp.font().family()) == (3, family)
    theme.use(replace(usual, font_family="No Such Font", line_width_px=900))
    assert (len(heard), theme.line_width_px) == (4, 900)
    assert qapp.font().family() != "No Such Font"
    theme.use(usual)
    assert (len(heard), theme.line_width_px, qapp.font().pointSizeF() >= 10.5) == (5, 760, True)


@pytest.mark.usefixtures("theme_again")
def test_a_label_nobody_sees_takes_the_colours_when_it_is_shown(qapp: QApplication, qtbot: Any) -> None:
    theme = Theme()
    theme.install(qapp, "light")
    label = Label(theme, "text")
    qtbot.addWidget(label)

    def colour() -> str:
        return label.palette().color(QPalette.ColorRole.WindowText).name().upper()

    theme.set_mode("dark")
    assert colour() == LIGHT.text
    label.show()
    assert colour() == DARK.text
    theme.set_mode("light")
    assert colour() == LIGHT.text


@pytest.mark.usefixtures("theme_again")
def test_a_new_font_is_every_widgets_when_it_is_told_of(qapp: QApplication, qtbot: Any) -> None:
    theme = Theme()
    theme.install(qapp, AppearanceSettings())
    widget = QWidget()
    qtbot.addWidget(widget)
    child = QWidget(widget)
    widget.show()
    qapp.processEvents()
    sizes: list[float] = []
    theme.changed.connect(lambda: sizes.append(child.font().pointSizeF()))
    theme.use(AppearanceSettings(font_size_pt=24.0))
    assert sizes == [24.0]


def test_with_reduced_motion_the_text_cursor_does_not_blink(qapp: QApplication) -> None:
    theme = Theme()
    qapp.setCursorFlashTime(900)
    theme.use(AppearanceSettings(reduced_motion="on"))
    assert (qapp.cursorFlashTime(), theme.is_motion_reduced) == (0, True)
    theme.use(AppearanceSettings(reduced_motion="off"))
    assert (qapp.cursorFlashTime(), theme.is_motion_reduced) == (900, False)
    theme.use(AppearanceSettings(reduced_motion="on"))
    theme.use(AppearanceSettings(reduced_motion="system"))
    assert (qapp.cursorFlashTime(), theme.is_motion_reduced) == (900, False)


def test_a_system_whose_text_cursor_stands_still_wants_reduced_motion(qapp: QApplication) -> None:
    before = qapp.cursorFlashTime()
    qapp.setCursorFlashTime(0)
    assert Theme().is_motion_reduced
    qapp.setCursorFlashTime(before)


def test_selection_of_text_is_neutral() -> None:
    palette = palette_from(DARK)
    assert palette.color(QPalette.ColorRole.Highlight).name().upper() == DARK.selection
    assert palette.color(QPalette.ColorRole.HighlightedText).name().upper() == DARK.text


def test_a_chinese_font_that_is_installed_does_not_draw_all_the_rest(theme: Theme) -> None:
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    assert QFontInfo(theme.interface_font()).family() == QFontInfo(system).family()


def test_a_chinese_interface_is_drawn_by_the_chinese_font_where_the_system_names_none(theme: Theme) -> None:
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    chinese = "Noto Sans CJK SC"
    if QFontInfo(system).family() == system.family() or not QFontDatabase.hasFamily(chinese):
        pytest.skip("the system names a font of its own, or has no Chinese one")
    set_language("zh_CN")
    try:
        assert QFontInfo(theme.interface_font()).family() == chinese
    finally:
        set_language("en")


def test_interface_font_is_never_smaller_than_10_5_points(theme: Theme) -> None:
    assert theme.interface_font().pointSizeF() >= 10.5


# Those of the tray have grids and layers of their own: tests/gui/test_tray_icons.py.
ICONS = sorted(path for path in icons.icons_folder().glob("*.svg") if not path.stem.startswith("tray-"))


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_icon_is_drawn_in_the_colour_asked_for(qapp: QApplication, path: object) -> None:
    name = getattr(path, "stem", "")
    root = ET.parse(icons.icons_folder() / f"{name}.svg").getroot()
    picture = icons.pixmap(name, "#FF0000", 24, 2.0).toImage()
    drawn = [picture.pixelColor(x, y) for x in range(48) for y in range(48)]
    solid = [colour for colour in drawn if colour.alpha() > 200]
    assert len(solid) > 20
    if name != "app" and not name.startswith("tray-"):  # these have colours of their own, at sizes of their own
        assert root.get("viewBox") == "0 0 24 24"
        assert root.get("stroke-width") == "1.75"
        assert all(colour.red() > 240 and colour.green() < 15 for colour in solid)


def test_icon_that_does_not_exist_is_an_error(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icons.pixmap("no-such-icon", "#000000")
