"""Painted messages to what a screen reader reads: role, name and text of each, growing as the reply grows.

Source: https://doc.qt.io/qt-6/qaccessibletextinterface.html (read 2026-11-23).  Qt holds no reference to the Python
objects it asks, so they are kept here as long as their widgets live.  `interface_cast` must give a null VoidPtr where
there is nothing: None becomes a wild pointer and ends the process as soon as the accessibility bus asks."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAccessibleTextInsertEvent, QAccessibleTextInterface
from PySide6.QtWidgets import QAccessibleWidget
from shiboken6 import VoidPtr

from qwen_desktop.ui.transcript.message_widget import MessageWidget

_NOTHING = VoidPtr(0)
_kept: dict[int, MessageAccessible] = {}
_is_installed = False


class MessageText(QAccessibleTextInterface):
    """The exact text of a message, as Qt counts it: in UTF-16 units."""

    def __init__(self, widget: MessageWidget) -> None:
        super().__init__()
        self._widget = widget

    def text(self, start: int, end: int) -> str:
        text = self._widget.state.text
        if text.isascii():
            return text[max(0, start) : end if end >= 0 else None]
        units = text.encode("utf-16-le", "surrogatepass")
        return units[2 * max(0, start) : 2 * end if end >= 0 else None].decode("utf-16-le", "replace")

    def characterCount(self) -> int:
        text = self._widget.state.text
        return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2

    def cursorPosition(self) -> int:
        return 0

    def setCursorPosition(self, position: int) -> None:
        pass

    def selectionCount(self) -> int:
        return 0

    def selection(self, index: int) -> Any:
        return 0, 0

    def addSelection(self, start: int, end: int) -> None:
        pass

    def removeSelection(self, index: int) -> None:
        pass

    def setSelection(self, index: int, start: int, end: int) -> None:
        pass

    def attributes(self, offset: int) -> Any:
        return "", 0, self.characterCount()

    def characterRect(self, offset: int) -> QRect:
        return QRect()

    def offsetAtPoint(self, point: QPoint) -> int:
        return -1

    def scrollToSubstring(self, start: int, end: int) -> None:
        pass


class MessageAccessible(QAccessibleWidget):
    """A message as a paragraph with a name; its buttons are its children."""

    def __init__(self, widget: MessageWidget) -> None:
        super().__init__(widget, QAccessible.Role.Paragraph)
        self._widget = widget
        self._text = MessageText(widget)

    def interface_cast(self, kind: QAccessible.InterfaceType) -> Any:
        if kind == QAccessible.InterfaceType.TextInterface:
            return self._text
        found = super().interface_cast(kind)
        return _NOTHING if found is None else found

    def text(self, kind: QAccessible.Text) -> str:
        if kind == QAccessible.Text.Name:
            return self._widget.accessibleName()
        return super().text(kind) or ""


def make_readable() -> None:
    """Teach Qt to ask for our interfaces; calling it again does nothing."""
    global _is_installed
    if not _is_installed:
        _is_installed = True
        QAccessible.installFactory(_interface_for)


def forget(widget: MessageWidget) -> None:
    """Drop what was kept for a widget that goes."""
    _kept.pop(id(widget), None)


def text_inserted(widget: MessageWidget, position: int, text: str) -> None:
    """Tell screen readers that a message has grown."""
    if QAccessible.isActive() and text:
        QAccessible.updateAccessibility(QAccessibleTextInsertEvent(widget, position, text))


def _interface_for(_class_name: str, thing: QObject) -> QAccessibleInterface | None:
    if not isinstance(thing, MessageWidget):
        return None
    made = MessageAccessible(thing)
    _kept[id(thing)] = made
    return made
