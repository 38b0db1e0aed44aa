"""A menu of rows with our icons, which grow with its letters; it goes when it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QProxyStyle, QStyle

from qwen_desktop.ui import icons
from qwen_desktop.ui.views.controls import grown_px

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QStyleOption, QWidget

    from qwen_desktop.ui.theme import Theme

ICON_PX = 16


class IconMenu(QMenu):
    """Open it with `popup()`."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.icon_px = grown_px(ICON_PX)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.icon_px != ICON_PX:
            style = _LargeIcons(self.icon_px)
            style.setParent(self)
            self.setStyle(style)

    def add(self, icon_name: str, words: str, order: Callable[[], object], *, keys: str = "") -> QAction:
        """`keys`: shown at the end of the row; in the menu itself they do nothing."""
        action = self.addAction(icons.icon(icon_name, self._theme.colours.text, self.icon_px), words)
        action.triggered.connect(lambda: order())
        if keys:
            action.setShortcut(keys)
        return action

    def add_menu(self, icon_name: str, words: str) -> QMenu:
        return self.addMenu(icons.icon(icon_name, self._theme.colours.text, self.icon_px), words)


class _LargeIcons(QProxyStyle):
    def __init__(self, icon_px: int) -> None:
        super().__init__()
        self._icon_px = icon_px

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        if metric is QStyle.PixelMetric.PM_SmallIconSize:
            return self._icon_px
        return super().pixelMetric(metric, option, widget)
