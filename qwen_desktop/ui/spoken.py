"""Words to the screen reader, after what it is saying, in the way it hears.

Source: https://doc.qt.io/qt-6/qaccessibleannouncementevent.html (read 2026-11-26).  One that ignores announcements
speaks what becomes the description of the control that has the keyboard.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QApplication, QWidget

_are_heard = True


def set_heard(are_heard: bool) -> None:
    """Whether the screen reader takes announcements, from now on."""
    global _are_heard
    _are_heard = are_heard


def announce(widget: QWidget, words: str) -> None:
    """Say `words` about `widget`, if somebody listens; nothing for ''."""
    if not words or not QAccessible.isActive():
        return
    if not _are_heard:
        _describe(words)
        return
    event = QAccessibleAnnouncementEvent(widget, words)
    event.setPoliteness(QAccessible.AnnouncementPoliteness.Polite)
    QAccessible.updateAccessibility(event)


class _Described(QObject):
    """A control that has the keyboard, whose description are the last words; its own again when the keyboard leaves:
    a change before that would be spoken too."""

    def __init__(self, control: QWidget, application: QApplication) -> None:
        super().__init__(control)
        self._control = control
        self._usual = control.accessibleDescription()
        self._words = ""
        application.focusChanged.connect(self._on_focus_changed)

    def say(self, words: str) -> None:
        self._words = words if words != self._words else words + " "  # the same again would be no change
        self._control.setAccessibleDescription(self._words)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not self._control:
            if self._control.accessibleDescription() == self._words:
                self._control.setAccessibleDescription(self._usual)
            self.setParent(None)
            self.deleteLater()


def _describe(words: str) -> None:
    application = QApplication.instance()
    control = QApplication.focusWidget()
    if control is not None and isinstance(application, QApplication):
        described = control.findChild(_Described, options=Qt.FindChildOption.FindDirectChildrenOnly)
        (described or _Described(control, application)).say(words)
