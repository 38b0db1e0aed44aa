"""An input method's uncommitted text to text that stays, when the keyboard leaves the field it was typed into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def keep_composition(field: QWidget, preedit: str) -> None:
    """Put `preedit` into `field` as it stands; the input method begins anew.

    Qt drops it when another field of the same window gets the keyboard, and an input method that commits it then would
    commit it there (Qt 6.11.3, ibus 1.5.27, fcitx5 5.0.21).
    """
    if preedit:
        event = QInputMethodEvent()
        event.setCommitString(preedit)
        QApplication.sendEvent(field, event)
        QGuiApplication.inputMethod().reset()
