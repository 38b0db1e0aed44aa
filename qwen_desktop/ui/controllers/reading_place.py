"""Where the reader was to where the reader is: a message keeps its height on the screen when others take their places.

Only what a transcript shows in public is used: its scroll bar and the widgets of the messages on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from qwen_desktop.ui.transcript.message_widget import MessageWidget

if TYPE_CHECKING:
    from qwen_desktop.ui.transcript.view import TranscriptView

_MOST_STEPS = 40
"""A message is found by halving; heights are estimates until looked at, so it may take a few steps more."""
_NEAR_TOP_PX = 24


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
        order = {one: place for place, one in enumerate(view.message_ids)}
        if message_id not in order:
            return
        bar = view.verticalScrollBar()
        low, high = bar.minimum(), bar.maximum()
        for _ in range(_MOST_STEPS):
            widget = view.widget_of(message_id)
            if widget is not None and widget.y() < view.viewport().height() and widget.geometry().bottom() > 0:
                self._settle(view, widget)
                break
            seen = _message_on(view)
            if seen is None:
                break
            if order[seen] > order[message_id]:
                high = bar.value()
            else:
                low = bar.value()
            middle = (low + high) // 2
            if middle == bar.value():
                break
            bar.setValue(middle)
        self._focus(view.widget_of(message_id))

    def _settle(self, view: TranscriptView, widget: MessageWidget) -> None:
        bar = view.verticalScrollBar()
        wanted = self.y
        if wanted is None:
            if widget.y() >= 0 or widget.geometry().bottom() < view.viewport().height():
                return
            wanted = _NEAR_TOP_PX
        for _ in range(3):  # what comes onto the screen takes its real height
            if widget.y() == wanted:
                break
            bar.setValue(bar.value() + widget.y() - wanted)

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


def _message_on(view: TranscriptView) -> int | None:
    """The message in the middle of the screen."""
    port = view.viewport()
    for y in (port.height() // 2, port.height() // 4, 3 * port.height() // 4, 8):
        found: QWidget | None = port.childAt(QPoint(port.width() // 2, y))
        while found is not None and not isinstance(found, MessageWidget):
            found = found.parentWidget() if found is not port else None
        if found is not None:
            return found.state.id
    return None
