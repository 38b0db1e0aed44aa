"""The button at the corner of a table: copies it, for a spreadsheet or as Markdown.

It is seen when the mouse is over the table and when it has the keyboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFocusEvent, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import Theme
from qwen_desktop.ui.views.buttons import IconButton
from qwen_desktop.ui.views.controls import draw_box


class TableButton(IconButton):
    """`as_tsv` and `as_markdown` give the table when it is copied."""

    def __init__(
        self, theme: Theme, parent: QWidget, side_px: int, as_tsv: Callable[[], str], as_markdown: Callable[[], str]
    ) -> None:
        super().__init__(theme, "copy", tr("Copy table"), side_px=side_px, parent=parent)
        self._colours_of = theme
        self._area = QRect()
        self._is_over_table = False
        self._menu: QMenu | None = None
        self._ways = ((tr("Copy for a spreadsheet"), as_tsv), (tr("Copy as Markdown"), as_markdown))
        self.setObjectName("copy_table")
        self.clicked.connect(self._show_menu)

    @property
    def is_seen(self) -> bool:
        return self._is_over_table or self.underMouse() or self.hasFocus() or self._menu is not None

    def place(self, area: QRect) -> None:
        """Stand at the top right of `area`, where the table is seen."""
        self._area = area
        corner = area.topRight()
        if (self.x(), self.y()) != (corner.x() - self.width() + 1, corner.y()):
            self.move(corner.x() - self.width() + 1, corner.y())

    def set_pointed_at(self, point: QPoint | None) -> None:
        """The mouse is there, in the message; None: it is elsewhere."""
        is_over = point is not None and self._area.contains(point)
        if is_over != self._is_over_table:
            self._is_over_table = is_over
            self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.is_seen:
            return
        painter = QPainter(self)
        colours = self._colours_of.colours
        draw_box(painter, self.rect(), fill=colours.window, line=colours.line)
        painter.end()
        super().paintEvent(event)

    def _show_menu(self) -> None:
        menu = self._menu = QMenu(self)
        for words, text_of in self._ways:
            action = menu.addAction(words)
            action.triggered.connect(lambda _=False, text_of=text_of: QGuiApplication.clipboard().setText(text_of()))
        menu.aboutToHide.connect(self._menu_hidden)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _menu_hidden(self) -> None:
        self._menu = None
        self.update()
