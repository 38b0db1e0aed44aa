"""Painted messages to what a screen reader reads: the transcript, and role, name and text of each message in it.

Source: https://doc.qt.io/qt-6/qaccessibletextinterface.html (read 2026-11-23).  Qt holds no reference to the Python
objects it asks, so they are kept here as long as their widgets live.  `interface_cast` must give a null VoidPtr where
there is nothing: None becomes a wild pointer and ends the process as soon as the accessibility bus asks."""

from __future__ import annotations

from typing import Any, cast

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import (
    QAccessible,
    QAccessibleInterface,
    QAccessibleTextCursorEvent,
    QAccessibleTextInsertEvent,
    QAccessibleTextInterface,
)
from PySide6.QtWidgets import QAbstractScrollArea, QAccessibleWidget, QWidget
from shiboken6 import VoidPtr

from qwen_desktop.core.words import tr
from qwen_desktop.ui.pictures.words import all_words
from qwen_desktop.ui.transcript import announcing
from qwen_desktop.ui.transcript.contents import contents_words
from qwen_desktop.ui.transcript.message_widget import MessageWidget
from qwen_desktop.ui.transcript.utf16 import Utf16Text

_NOTHING = VoidPtr(0)
_kept: dict[int, MessageAccessible] = {}
_kept_transcripts: dict[int, TranscriptAccessible] = {}
_is_installed = False


class MessageText(QAccessibleTextInterface):
    """The exact text of a message, as Qt counts it: in UTF-16 units.

    The caret is the screen reader's own, for reading by word and line.  A screen reader can select, but is told of no
    selection: PySide6 (6.11) has no `selection` and no `attributes` to override, and with a count of one Qt would say
    that it ends at whatever number stands in memory.  Words, lines and sentences are found by Qt itself in the whole
    text, which cannot be overridden either: 2 to 8 ms for a reply of 100,000 characters, 25 to 60 for ten times that.
    """

    def __init__(self, widget: MessageWidget) -> None:
        super().__init__()
        self._widget = widget
        self.units = Utf16Text(widget.state)
        self._caret = 0

    def text(self, start: int, end: int) -> str:
        return self.units.slice(start, end)

    def characterCount(self) -> int:
        return len(self.units)

    def cursorPosition(self) -> int:
        return min(self._caret, len(self.units))

    def setCursorPosition(self, position: int) -> None:
        position = max(0, min(position, len(self.units)))
        if position != self._caret:
            self._caret = position
            QAccessible.updateAccessibility(QAccessibleTextCursorEvent(self._widget, position))

    def selectionCount(self) -> int:
        return 0

    def addSelection(self, start: int, end: int) -> None:
        self.setSelection(0, start, end)

    def removeSelection(self, index: int) -> None:
        self._widget.selection.clear()
        self._widget.update()

    def setSelection(self, index: int, start: int, end: int) -> None:
        """Select a part of the text; marks that are not painted belong to what they are around."""
        selection, widget = self._widget.selection, self._widget
        if start <= 0 and end >= len(self.units):
            selection.select_message(widget.row)
        elif index == 0 and start < end:
            from qwen_desktop.ui.transcript.places import stretches_of  # brings the parser

            begin, stop = self.units.character_of(max(0, start)), self.units.character_of(min(end, len(self.units)))
            found = stretches_of(widget.body, widget.state.text, begin, stop)
            if found:
                selection.select_in(widget.row, found[0][:2], (found[-1][0], found[-1][2]))

    def characterRect(self, offset: int) -> QRect:
        """Of the block that holds it: where it is, without laying out anything."""
        rect = self._widget.rect_at(self.units.character_of(offset))
        return QRect(self._widget.mapToGlobal(rect.topLeft()), rect.size())

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
        self.units = self._text.units
        self._described: tuple[int, int] | None = None
        self._description = ""

    def read_from(self, offset: int) -> None:
        """Move the caret to a character of the text."""
        self._text.setCursorPosition(self.units.unit_of(offset))

    def interface_cast(self, kind: QAccessible.InterfaceType) -> Any:
        if kind == QAccessible.InterfaceType.TextInterface:
            return self._text
        found = super().interface_cast(kind)
        return _NOTHING if found is None else found

    def parent(self) -> QAccessibleInterface:
        transcript = _transcript_around(self._widget)
        return super().parent() if transcript is None else _interface_of(transcript)

    def text(self, kind: QAccessible.Text) -> str:
        if kind == QAccessible.Text.Name:
            return self._widget.state.accessible_name
        if kind == QAccessible.Text.Description:
            return self._widget.accessibleDescription() or self._contents()
        return super().text(kind) or ""

    def _contents(self) -> str:
        """What a reply holds, once it is whole: counting again for each chunk would cost more and more.  Of a prompt,
        its pictures."""
        state = self._widget.state
        if state.is_prompt:
            return all_words(state.message.attachments)
        if not state.is_markdown or state.is_running:
            return ""
        revision = state.generation, len(state.text)
        if revision != self._described:
            sources = tr("sources: {count}", count=f"{len(state.sources):,}") if state.sources else ""
            words = " · ".join(part for part in (contents_words(state.text), sources) if part)
            self._described, self._description = revision, words
        return self._description


class TranscriptAccessible(QAccessibleWidget):
    """The transcript as a document whose children are the messages that have a widget, from top to bottom."""

    def __init__(self, view: QAbstractScrollArea) -> None:
        super().__init__(view, QAccessible.Role.Document)
        self._view = view

    def interface_cast(self, kind: QAccessible.InterfaceType) -> Any:
        found = super().interface_cast(kind)
        return _NOTHING if found is None else found

    def _messages(self) -> list[MessageWidget]:
        """The widgets near the screen; never as many as the conversation has messages."""
        inside = [thing for thing in self._view.viewport().children() if isinstance(thing, MessageWidget)]
        return sorted(inside, key=lambda widget: (widget.y(), widget.state.id))

    def childCount(self) -> int:
        return len(self._messages())

    def child(self, index: int) -> QAccessibleInterface:
        messages = self._messages()
        return _interface_of(messages[index] if 0 <= index < len(messages) else None)

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        thing = child.object()
        return next((index for index, widget in enumerate(self._messages()) if widget is thing), -1)

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        point = self._view.viewport().mapFromGlobal(QPoint(x, y))
        return _interface_of(next((widget for widget in self._messages() if widget.geometry().contains(point)), None))

    def text(self, kind: QAccessible.Text) -> str:
        if kind == QAccessible.Text.Description:
            return tr("Messages: {count}", count=len(getattr(self._view, "message_ids", ())))
        return super().text(kind) or ""


def make_readable() -> None:
    """Teach Qt to ask for our interfaces; calling it again does nothing."""
    global _is_installed
    if not _is_installed:
        _is_installed = True
        QAccessible.installFactory(_interface_for)


def is_heard() -> bool:
    """A screen reader, or something like it, listens."""
    return QAccessible.isActive()


def forget(widget: MessageWidget) -> None:
    """Drop what was kept for a widget that goes."""
    announcing.forget(widget)
    _kept.pop(id(widget), None)


def go_to(widget: MessageWidget, offset: int) -> None:
    """Put a screen reader's caret at a character of a message's text, so that it reads on from there."""
    if is_heard():
        QAccessible.queryAccessibleInterface(widget)
        _kept[id(widget)].read_from(offset)


def text_inserted(widget: MessageWidget, position: int, text: str) -> None:
    """Tell screen readers that a message has grown: what was added, and the sentences that it finished."""
    if is_heard() and text:
        QAccessible.queryAccessibleInterface(widget)  # there is one from here on
        unit = _kept[id(widget)].units.unit_of(position)
        QAccessible.updateAccessibility(QAccessibleTextInsertEvent(widget, unit, text))
        announcing.text_inserted(widget, position, text)


def reply_ended(widget: MessageWidget) -> None:
    """Tell screen readers how it ended."""
    announcing.reply_ended(widget)


def left_out_changed(widget: MessageWidget) -> None:
    """Tell screen readers that a turn is left out of later messages now, or goes along again."""
    announcing.left_out_changed(widget)


def _interface_of(widget: QWidget | None) -> QAccessibleInterface:
    """None means no interface to Qt, which its type hints do not know."""
    found: Any = None if widget is None else QAccessible.queryAccessibleInterface(widget)
    return cast("QAccessibleInterface", found)


def _transcript_around(widget: MessageWidget) -> QAbstractScrollArea | None:
    viewport = widget.parentWidget()
    view = None if viewport is None else viewport.parentWidget()
    return view if isinstance(view, QAbstractScrollArea) and view.objectName() == "transcript" else None


def _interface_for(_class_name: str, thing: QObject) -> QAccessibleInterface | None:
    if isinstance(thing, MessageWidget):
        made = MessageAccessible(thing)
        _kept[id(thing)] = made
        return made
    if isinstance(thing, QAbstractScrollArea) and thing.objectName() == "transcript":
        transcript = TranscriptAccessible(thing)
        _kept_transcripts[id(thing)] = transcript
        key = id(thing)
        thing.destroyed.connect(lambda: _kept_transcripts.pop(key, None))
        return transcript
    return None
