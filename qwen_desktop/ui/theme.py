"""Palette, spacing and fonts: one place decides how everything looks, and tells when it changes."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal


@dataclass(frozen=True, slots=True)
class Colours:
    """Named colours as `#RRGGBB`; the names are what they are for."""

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
    syntax_keyword: str
    syntax_string: str
    syntax_function: str
    syntax_comment: str
    syntax_number: str
    on_accent: str


LIGHT = Colours(
    window="#FFFFFF", sidebar="#F6F6F8", line="#E4E4EA", text="#1C1C21", text_secondary="#62626C", control_line="#8C8C96",
    selection="#E9E9EE", accent="#615CED", accent_soft="#EEEDFD", accent_text="#443FCB", user_message="#F1F1F5",
    code_background="#F7F7FA", code_header="#EFEFF3", hover="#ECECF1", field="#FFFFFF", notice_background="#FFF6E5",
    notice_line="#F0D9A8", notice_text="#7A5300", success="#1A7446", syntax_keyword="#8839C5", syntax_string="#2A7A3B",
    syntax_function="#1F5FBF", syntax_comment="#6A6A74", syntax_number="#B4540A", on_accent="#FFFFFF",
)  # fmt: skip
DARK = Colours(
    window="#1B1B1F", sidebar="#151518", line="#2C2C33", text="#ECECF1", text_secondary="#A6A6B2", control_line="#70707C",
    selection="#2A2A31", accent="#8B87FF", accent_soft="#2A2950", accent_text="#B3B0FF", user_message="#29292F",
    code_background="#141417", code_header="#1F1F24", hover="#26262C", field="#212126", notice_background="#2E2617",
    notice_line="#57461F", notice_text="#F0CD82", success="#5CC98F", syntax_keyword="#C792EA", syntax_string="#8FCB7A",
    syntax_function="#82AAFF", syntax_comment="#8E8E99", syntax_number="#F2A871", on_accent="#17171B",
)  # fmt: skip


class Theme(QObject):
    """Which colours are in force.

    Signals: changed(): colours or fonts are others now; repaint and restyle.
    """

    changed = Signal()

    def __init__(self, colours: Colours = LIGHT, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colours = colours

    @property
    def colours(self) -> Colours:
        return self._colours

    @property
    def is_dark(self) -> bool:
        return self._colours is DARK

    def set_colours(self, colours: Colours) -> None:
        if colours is not self._colours:
            self._colours = colours
            self.changed.emit()
