"""An input method's uncommitted text to text that stays, when the keyboard leaves the field it was typed into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

if TYPE_CHECKING:
    from PySide6.QtGui import QInputMethodEvent
    from PySide6.QtWidgets import QWidget


class Composition:
    """What an input method has in one field and has not committed.

    When another field of the window gets the keyboard, Qt takes the uncommitted text away without committing it (Qt
    6.11.3 with ibus 1.5.27 and fcitx5 5.0.21): first an empty event, then, before anything else happens, FocusOut.
    """

    def __init__(self, field: QWidget) -> None:
        self._field = field
        self._taken = ""
        """What an empty event has just taken away; forgotten when the event loop turns."""
        self.text = ""
        """What is not committed."""

    def follow(self, event: QInputMethodEvent) -> None:
        """For the field's `inputMethodEvent`, before Qt's own."""
        if self.text and not event.preeditString() and not event.commitString():
            self._taken = self.text
            QTimer.singleShot(0, self._field, self._forget)
        self.text = event.preeditString()

    def keep(self) -> None:
        """For the field's `focusOutEvent`: what was not committed goes into the field, and nowhere else."""
        left = self.text or self._taken
        self._forget()
        if left:
            from PySide6.QtGui import QGuiApplication, QInputMethodEvent
            from PySide6.QtWidgets import QApplication

            event = QInputMethodEvent()
            event.setCommitString(left)
            QApplication.sendEvent(self._field, event)
            QGuiApplication.inputMethod().reset()

    def _forget(self) -> None:
        self._taken = ""
