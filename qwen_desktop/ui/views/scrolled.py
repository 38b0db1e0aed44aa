"""The inside of a dialog to as much of it as there is room for: scrolled by slim bars, with no frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea

from qwen_desktop.ui.views.controls import slim_scroll_bar_sheet

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.theme import Theme


class Scrolled(QScrollArea):
    """`inside` is as wide as the area.  The keyboard goes to what is in it, never to the area itself."""

    def __init__(self, theme: Theme, inside: QWidget, *, sideways: bool = False) -> None:
        """`sideways`: also scrolled so, where `inside` has to be wider."""
        super().__init__()
        self._theme = theme
        self._inside = inside
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        if not sideways:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)
        theme.changed.connect(self._restyle)
        self._restyle()

    def minimumSizeHint(self) -> QSize:
        """As wide as `inside` has to be, unless it is scrolled sideways."""
        hint = super().minimumSizeHint()
        if self.horizontalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff:
            return hint
        bar_px = self.verticalScrollBar().sizeHint().width()
        return hint.expandedTo(QSize(self._inside.minimumSizeHint().width() + bar_px, 0))

    @property
    def missing_px(self) -> int:
        """How much higher it would have to be to show all of it at once, as it is laid out now; 0: it does."""
        inside = self._inside
        wanted = inside.heightForWidth(self.width()) if inside.hasHeightForWidth() else inside.sizeHint().height()
        return max(0, wanted - self.height())

    def _restyle(self) -> None:
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.setStyleSheet(slim_scroll_bar_sheet(self._theme))
