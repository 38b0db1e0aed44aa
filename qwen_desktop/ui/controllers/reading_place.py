"""Where the reader was to where the reader is: a message keeps its height on the screen when its neighbours change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from qwen_desktop.ui.transcript.walker import TOP_MARGIN_PX

if TYPE_CHECKING:
    from qwen_desktop.ui.transcript.message_widget import MessageWidget
    from qwen_desktop.ui.transcript.view import TranscriptView


@dataclass(frozen=True, slots=True)
class ReadingPlace:
    """A message's distance from the top of the screen, and which of its buttons has the keyboard."""

    y: int | None = None
    """None: anywhere on the screen will do."""
    focused: str = ""

    @classmethod
    def of(cls, view: TranscriptView, message_id: int, *, focused: str = "") -> ReadingPlace:
        widget = view.widget_of(message_id)
        return cls(widget.y() if widget is not None else None, focused)

    def restore(self, view: TranscriptView, message_id: int) -> None:
        """Bring a message of the view to this place, as far as it can be scrolled."""
        row = view.rows.get(message_id)
        if row is None:
            return
        if not self._is_there(view, row.widget):
            view.bring_to_top(row.index, ("top", 0, 0.0, -1), TOP_MARGIN_PX if self.y is None else self.y)
            bar = view.verticalScrollBar()
            if bar.value() == bar.maximum():
                view.follow()
        self._focus(row.widget)

    def _is_there(self, view: TranscriptView, widget: MessageWidget | None) -> bool:
        if widget is None:
            return False
        top, bottom, height = widget.y(), widget.geometry().bottom(), view.viewport().height()
        if self.y is not None:
            return top == self.y
        return 0 <= top < height or 0 < bottom < height

    def _focus(self, widget: MessageWidget | None) -> None:
        """The same button of the other version, or the one back if there is no further one."""
        if widget is None or not self.focused:
            return
        for name in (self.focused, "previous_version", "next_version"):
            button = widget.findChild(QWidget, name)
            if button is not None and button.isEnabled():
                widget.refresh_footer(is_wanted=True)
                button.setFocus(Qt.FocusReason.TabFocusReason)
                return
