"""Palette, spacing and fonts: one place decides how everything looks, and tells when it changes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontDatabase, QFontInfo, QGuiApplication, QPalette

from qwen_desktop.core.translations import current_language

if TYPE_CHECKING:
    from PySide6.QtGui import QAccessibilityHints, QFont
    from PySide6.QtWidgets import QApplication

    from qwen_desktop.core.settings.settings import AppearanceSettings


class Colours(NamedTuple):
    """Named colours as `#RRGGBB`; the names are what they are for.

    A tuple, since making a dataclass of 27 fields costs every start 1.6 ms.
    """

    window: str
    sidebar: str
    line: str
    text: str
    text_secondary: str
    control_line: str
    selection: str
    accent: str
    accent_soft: str
    accent_text: str
    user_message: str
    code_background: str
    code_header: str
    hover: str
    field: str
    notice_background: str
    notice_line: str
    notice_text: str
    success: str
    found: str
    found_current: str
    syntax_keyword: str
    syntax_string: str
    syntax_function: str
    syntax_comment: str
    syntax_number: str
    on_accent: str

    @property
    def is_high_contrast(self) -> bool:
        return self in (HIGH_LIGHT, HIGH_DARK)


LIGHT = Colours(
    window="#FFFFFF", sidebar="#F6F6F8", line="#E4E4EA", text="#1C1C21", text_secondary="#62626C",
    control_line="#8C8C96", selection="#E9E9EE", accent="#615CED", accent_soft="#EEEDFD", accent_text="#443FCB",
    user_message="#F1F1F5", code_background="#F7F7FA", code_header="#EFEFF3", hover="#ECECF1", field="#FFFFFF",
    notice_background="#FFF6E5", notice_line="#F0D9A8", notice_text="#7A5300", success="#1A7446",
    found="#F0D9A8", found_current="#CFCBFF",
    syntax_keyword="#8839C5", syntax_string="#2A7A3B", syntax_function="#1F5FBF",
    syntax_comment="#6A6A74", syntax_number="#B4540A", on_accent="#FFFFFF",
)  # fmt: skip
DARK = Colours(
    window="#1B1B1F", sidebar="#151518", line="#2C2C33", text="#ECECF1", text_secondary="#A6A6B2",
    control_line="#70707C", selection="#2A2A31", accent="#8B87FF", accent_soft="#2A2950", accent_text="#B3B0FF",
    user_message="#29292F", code_background="#141417", code_header="#1F1F24", hover="#26262C", field="#212126",
    notice_background="#2E2617", notice_line="#57461F", notice_text="#F0CD82", success="#5CC98F",
    found="#57461F", found_current="#4038C0",
    syntax_keyword="#C792EA", syntax_string="#8FCB7A", syntax_function="#82AAFF",
    syntax_comment="#8E8E99", syntax_number="#F2A871", on_accent="#17171B",
)  # fmt: skip
HIGH_LIGHT = Colours(
    window="#FFFFFF", sidebar="#FFFFFF", line="#5C5C66", text="#000000", text_secondary="#26262C",
    control_line="#000000", selection="#DCDCE6", accent="#3D38B8", accent_soft="#E6E6FF", accent_text="#1F1A8C",
    user_message="#E6E6EC", code_background="#FFFFFF", code_header="#E6E6EC", hover="#E6E6EC", field="#FFFFFF",
    notice_background="#FFF6E0", notice_line="#5C3D00", notice_text="#5C3D00", success="#094A26",
    found="#FFD866", found_current="#9B93FF",
    syntax_keyword="#5A1A94", syntax_string="#14591F", syntax_function="#0B3F80",
    syntax_comment="#26262C", syntax_number="#6B2E00", on_accent="#FFFFFF",
)  # fmt: skip
HIGH_DARK = Colours(
    window="#000000", sidebar="#000000", line="#A0A0AA", text="#FFFFFF", text_secondary="#E4E4EA",
    control_line="#FFFFFF", selection="#3C3C46", accent="#B8B4FF", accent_soft="#24234A", accent_text="#C9C6FF",
    user_message="#2A2A32", code_background="#000000", code_header="#2A2A32", hover="#2A2A32", field="#000000",
    notice_background="#241C0A", notice_line="#FFE29A", notice_text="#FFE29A", success="#8FE8B4",
    found="#7A5C00", found_current="#483EDA",
    syntax_keyword="#DDB3FF", syntax_string="#B6E8A4", syntax_function="#A9C8FF",
    syntax_comment="#E4E4EA", syntax_number="#FFC58F", on_accent="#000000",
)  # fmt: skip


SPACE_PX = 4
"""The grid: every distance in the window is a multiple of it."""
COLUMN_PX = 760
"""Widest the transcript, the composer and the pages around them get, unless the settings say otherwise."""
RADIUS_PX = 8
"""Corners of fields and buttons; boxes around several things use 12."""
TEXT_PT = 11.0
"""Size of what is read and written: messages and the composer."""
INTERFACE_PT = 10.5
"""Size of everything around it."""
SMALL_PT = 9.5
"""Size of status lines, headings of groups and hints."""

_CHINESE_FAMILIES = {
    "linux": ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei"),
    "darwin": ("PingFang SC",),
    "win32": ("Microsoft YaHei UI", "Microsoft YaHei"),
}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two `#RRGGBB` colours, 1 to 21.

    Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio (read 2026-11-23)
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


class Theme(QObject):
    """Which colours, fonts and measures are in force; follows the system unless told otherwise.

    Signals: changed(): something of it is another now; repaint and restyle.
    """

    changed = Signal()

    def __init__(self, colours: Colours = LIGHT, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colours = colours
        self._mode = ""
        self._contrast = "system"
        self._font = ("", 0.0)
        self._line_width_px = COLUMN_PX
        self._reduced_motion = "system"
        self._flash_ms: int | None = None
        """Of the text cursor, as the system has it; None until that was changed."""

    @property
    def colours(self) -> Colours:
        return self._colours

    @property
    def is_dark(self) -> bool:
        return _luminance(self._colours.window) < 0.5

    @property
    def mode(self) -> str:
        """'system', 'light' or 'dark'; '' until `set_mode` was called."""
        return self._mode

    def set_colours(self, colours: Colours) -> None:
        if colours != self._colours:
            self._colours = colours
            self.changed.emit()

    @property
    def line_width_px(self) -> int:
        """Widest the column of text and the composer get."""
        return self._line_width_px

    @property
    def is_motion_reduced(self) -> bool:
        """Nothing is to move by itself."""
        if self._reduced_motion == "system":
            # Qt does not tell of that wish (6.11); desktops stop the text cursor's blinking for the same people.
            flash_ms = QGuiApplication.styleHints().cursorFlashTime() if self._flash_ms is None else self._flash_ms
            return bool(flash_ms == 0)
        return self._reduced_motion == "on"

    def install(self, app: QApplication, appearance: AppearanceSettings | str) -> None:
        """Dress the application: style, font, colours.  Call once, before the first widget is made.

        `appearance`: the settings, or the mode alone ('system', 'light', 'dark')."""
        if sys.platform in ("win32", "darwin"):  # elsewhere it is the default, and asking for it costs 4 ms
            app.setStyle("fusion")
        if isinstance(appearance, str):
            app.setFont(self.interface_font())
            self.set_mode(appearance)
            return
        self._font = (appearance.font_family, appearance.font_size_pt)
        app.setFont(self.interface_font())
        self.use(appearance)

    def use(self, appearance: AppearanceSettings) -> None:
        """Take what the settings say, at once; `changed` is told once if anything looks different."""
        before = (self._colours, self._font, self._line_width_px, self.is_motion_reduced)
        font = (appearance.font_family, appearance.font_size_pt)
        self._contrast = appearance.contrast
        self._line_width_px = appearance.line_width_px
        self._reduced_motion = appearance.reduced_motion
        self.blockSignals(True)
        try:
            self.set_mode(appearance.theme)
        finally:
            self.blockSignals(False)
        if font != self._font:
            self._font = font
            from PySide6.QtWidgets import QApplication

            QApplication.setFont(self.interface_font())
            # Widgets hear of it by a posted event; who measures in `changed` needs the new font by then.
            QCoreApplication.sendPostedEvents(None, QEvent.Type.ApplicationFontChange.value)
        self._let_cursor_blink()
        if before != (self._colours, self._font, self._line_width_px, self.is_motion_reduced):
            self.changed.emit()

    def _let_cursor_blink(self) -> None:
        """The text cursor is the one thing in our windows that moves by itself."""
        from PySide6.QtWidgets import QApplication

        if self._flash_ms is None:
            if not self.is_motion_reduced:
                return
            self._flash_ms = QApplication.cursorFlashTime()
        QApplication.setCursorFlashTime(0 if self.is_motion_reduced else self._flash_ms)

    def set_mode(self, mode: str) -> None:
        """Take 'light', 'dark', or whatever the system says now and later; needs the QGuiApplication."""
        hints = QGuiApplication.styleHints()
        if not self._mode:
            hints.colorSchemeChanged.connect(self._apply)
            accessibility = _accessibility_hints()
            if accessibility is not None:
                accessibility.contrastPreferenceChanged.connect(self._apply)
        if mode != self._mode:
            self._mode = mode
            scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(mode, Qt.ColorScheme.Unknown)
            hints.setColorScheme(scheme)
        self._apply()

    def interface_font(self) -> QFont:
        """The chosen font, else the system's and never smaller than INTERFACE_PT, with Chinese glyphs drawn for
        Chinese readers."""
        family, size_pt = self._font
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
        chinese = [name for name in _CHINESE_FAMILIES.get(sys.platform, ()) if QFontDatabase.hasFamily(name)]
        chosen = [family] if family and QFontDatabase.hasFamily(family) else []
        # By its real name: in a list an alias like "Sans Serif" is passed over, and the Chinese font drew everything,
        # which costs 3.5 MB more and a tenth of the start.  Where the interface is Chinese it is needed anyway, and its
        # own Latin letters stand better beside the Chinese ones than those of whatever an alias means.
        system = QFontInfo(font).family()
        is_alias = system != font.family()
        if is_alias and current_language().startswith("zh"):
            font.setFamilies([*chosen, *chinese, system])
        else:
            font.setFamilies([*chosen, system, *chinese])
        font.setPointSizeF(size_pt or max(font.pointSizeF(), INTERFACE_PT))
        return font

    def _apply(self) -> None:
        """Colours for the mode, then the palette every stock widget draws with."""
        is_dark = self._mode == "dark"
        if self._mode == "system":
            is_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        is_high = self._contrast == "high" or (self._contrast == "system" and _wants_high_contrast())
        light, dark = (HIGH_LIGHT, HIGH_DARK) if is_high else (LIGHT, DARK)
        colours = dark if is_dark else light
        QGuiApplication.setPalette(palette_from(colours))
        self.set_colours(colours)


def palette_from(colours: Colours) -> QPalette:
    """The palette that makes menus, tool tips, check boxes and text selections of the style look like ours."""
    palette = QPalette()
    role = QPalette.ColorRole
    for target, value in (
        (role.Window, colours.window),
        (role.WindowText, colours.text),
        (role.Base, colours.field),
        (role.AlternateBase, colours.sidebar),
        (role.Text, colours.text),
        (role.PlaceholderText, colours.text_secondary),
        (role.Button, colours.field),
        (role.ButtonText, colours.text),
        (role.BrightText, colours.on_accent),
        (role.Highlight, colours.selection),
        (role.HighlightedText, colours.text),
        (role.Accent, colours.accent),
        (role.Link, colours.accent_text),
        (role.LinkVisited, colours.accent_text),
        (role.ToolTipBase, colours.field),
        (role.ToolTipText, colours.text),
        (role.Light, colours.field),
        (role.Midlight, colours.hover),
        (role.Mid, colours.line),
        (role.Dark, colours.control_line),
    ):
        palette.setColor(target, QColor(value))
    for target in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(colours.control_line))
    return palette


def _luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, 0 to 1."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _accessibility_hints() -> QAccessibilityHints | None:
    """What the system says about contrast; Qt tells it from 6.10 on."""
    of_style = getattr(QGuiApplication.styleHints(), "accessibility", None)
    return of_style() if of_style is not None else None


def _wants_high_contrast() -> bool:
    """Whether the system asks for high contrast."""
    hints = _accessibility_hints()
    return hints is not None and bool(hints.contrastPreference() == Qt.ContrastPreference.HighContrast)
