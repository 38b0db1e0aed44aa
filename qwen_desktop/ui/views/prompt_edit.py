"""Keys and pastes to the text of a prompt, exactly as typed, in an editor that stays quick with a megabyte in it.

Two things make a large paste slow in Qt's editor, and both are met here.  Its text goes in by slices, one per turn of
the event loop.  A line of tens of thousands of characters would be laid out anew at every key, so it is folded into
blocks of FOLD_CHARACTERS; a fold carries a mark in its block format and never becomes a line break of the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeySequence,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QMenu, QPlainTextEdit

from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.composition import Composition

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import (
        QContextMenuEvent,
        QDropEvent,
        QFocusEvent,
        QInputMethodEvent,
        QKeyEvent,
        QMouseEvent,
        QTextBlock,
        QTextBlockFormat,
    )
    from PySide6.QtWidgets import QWidget

FOLD_CHARACTERS = 1_000
LONG_LINE_CHARACTERS = 4_000
"""Lines up to here stay whole."""
SLICE_CHARACTERS = 40_000
SLICE_LINES = 2_000
_FOLD = 0x100001
"""QTextFormat.Property.UserProperty + 1"""


class PromptEdit(QPlainTextEdit):
    """The editor named "Message".

    Signals:
      send_requested(): Enter, or Ctrl+Enter
      edit_last_requested(): Up in the empty editor
      text_edited(): the text is another now
      typed(): the same, when the user did it and something is there
      focus_changed()
    """

    send_requested = Signal()
    edit_last_requested = Signal()
    text_edited = Signal()
    typed = Signal()
    focus_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.enter_sends = True
        self._hint = ""
        self._composition = Composition(self)
        self._has_folds = False
        self._is_given = False
        """What is put in is not of the user."""
        self._waiting = ""
        self._take_pictures: Callable[[QMimeData, bool], bool] | None = None
        self._is_dropping = False
        self._paste_at = QTextCursor()
        self._next_slice = QTimer(self, interval=0, singleShot=True)
        self._next_slice.timeout.connect(self._insert_slice)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setAcceptDrops(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.document().contentsChange.connect(self._on_contents_change)

    # The text

    def text(self) -> str:
        """Exactly what was typed and pasted, with "\\n" between lines."""
        self._finish_paste()
        if not self._has_folds:
            return self.document().toRawText().replace("\u2029", "\n")
        parts: list[str] = []
        block = self.document().begin()
        while block.isValid():
            if parts and not _is_fold(block):
                parts.append("\n")
            parts.append(block.text())
            block = block.next()
        return "".join(parts)

    def set_text(self, text: str) -> None:
        """Replace the text and put the caret at its end; cannot be undone."""
        self._stop_paste()
        self._is_given = True
        self.clear()
        self._has_folds = False
        self._insert(text)
        self._is_given = bool(self._waiting)

    def toPlainText(self) -> str:
        return self.text()

    def setPlainText(self, text: str) -> None:
        self.set_text(text)
        self._finish_paste()

    def insertPlainText(self, text: str) -> None:
        self._insert(text)

    @property
    def is_blank(self) -> bool:
        """Nothing but white space; looks no further than the first thing that is none."""
        if self._waiting.strip():
            return False
        block = self.document().begin()
        while block.isValid():
            if not block.text().isspace() and block.length() > 1:
                return False
            block = block.next()
        return True

    @property
    def is_composing(self) -> bool:
        """An input method has uncommitted text in the editor."""
        return bool(self._composition.text)

    def visible_lines(self, limit: int) -> int:
        """How many lines the text takes at the present width, counted up to `limit`, at least 1."""
        count = 0
        block = self.document().begin()
        while block.isValid() and count < limit:
            self.blockBoundingRect(block)  # lays it out
            count += max(1, block.layout().lineCount())
            block = block.next()
        return max(1, min(count, limit))

    def set_hint(self, hint: str) -> None:
        """What stands in the empty editor."""
        self._hint = hint
        self.setAccessibleDescription(hint)
        self.setPlaceholderText(hint)

    # What the user does

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._finish_paste()
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.is_composing:
                return
            is_plain = modifiers == Qt.KeyboardModifier.NoModifier
            wants_break = modifiers == Qt.KeyboardModifier.ShiftModifier
            if modifiers == Qt.KeyboardModifier.ControlModifier or (is_plain if self.enter_sends else wants_break):
                self.send_requested.emit()
            else:
                self._break_line()
            return
        if event.key() == Qt.Key.Key_Up and modifiers == Qt.KeyboardModifier.NoModifier and self._is_empty():
            self.edit_last_requested.emit()
            return
        if self._has_folds and self._edit_across_folds(event):
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # A press on selected text would start a drag, and a drag runs an event loop of its own.
        if event.button() == Qt.MouseButton.LeftButton and self.textCursor().hasSelection():
            at = self.cursorForPosition(event.position().toPoint())
            if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.setTextCursor(at)
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        has_selection = self.textCursor().hasSelection()
        for words, keys, order, is_possible in (
            (tr("Undo"), QKeySequence.StandardKey.Undo, self.undo, self.document().isUndoAvailable()),
            (tr("Redo"), QKeySequence.StandardKey.Redo, self.redo, self.document().isRedoAvailable()),
            (tr("Cut"), QKeySequence.StandardKey.Cut, self.cut, has_selection),
            (tr("Copy"), QKeySequence.StandardKey.Copy, self.copy, has_selection),
            (tr("Paste"), QKeySequence.StandardKey.Paste, self.paste, self.canPaste()),
            (tr("Select all"), QKeySequence.StandardKey.SelectAll, self.selectAll, not self.document().isEmpty()),
        ):
            action = menu.addAction(words)
            action.setShortcut(keys)
            action.setEnabled(is_possible)
            action.triggered.connect(order)
        menu.popup(event.globalPos())

    def cut(self) -> None:
        self.copy()
        self._remove_selection()

    def event(self, event: QEvent) -> bool:
        # While an input method composes, keys are its own: no shortcut of the window may take them.
        if event.type() == QEvent.Type.ShortcutOverride and self.is_composing:
            event.accept()
            return True
        return super().event(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._finish_paste()
        if self._has_folds and event.commitString():
            self._remove_selection()
        self._composition.follow(event)
        self.setPlaceholderText("" if self.is_composing else self._hint)
        super().inputMethodEvent(event)

    def set_picture_taker(self, take: Callable[[QMimeData, bool], bool]) -> None:
        """`take(what, is_drop)` is asked first of what is pasted or dropped; False: it is a text."""
        self._take_pictures = take

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or (self._take_pictures is not None and source.hasImage())

    def dropEvent(self, event: QDropEvent) -> None:
        self._is_dropping = True
        super().dropEvent(event)
        self._is_dropping = False

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Pictures to whoever takes them; else plain text only, whatever else the clipboard holds."""
        if self._take_pictures is not None and self._take_pictures(source, self._is_dropping):
            return
        if source.hasText():
            self.insert_text_of(source)

    def insert_text_of(self, source: QMimeData) -> None:
        self._finish_paste()
        self._insert(source.text())

    def createMimeDataFromSelection(self) -> QMimeData:
        self._finish_paste()
        cursor = self.textCursor()
        selected = QMimeData()
        selected.setText(self._text_between(cursor.selectionStart(), cursor.selectionEnd()))
        return selected

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._composition.keep()
        super().focusOutEvent(event)
        self.focus_changed.emit()

    # Slices and folds

    def _is_empty(self) -> bool:
        return self.document().isEmpty() and not self._waiting

    def _break_line(self) -> None:
        self._remove_selection()
        self.textCursor().insertBlock(_block_format(is_fold=False))
        self.ensureCursorVisible()

    def _insert(self, text: str) -> None:
        """Put text where the caret is, in place of the selection; the rest of a long one follows in slices."""
        if not text:
            return
        cursor = self.textCursor()
        cursor.beginEditBlock()
        _remove(cursor)
        now, self._waiting = _cut(text.replace("\r\n", "\n").replace("\r", "\n"))
        self._insert_folded(cursor, now)
        cursor.endEditBlock()
        self.setTextCursor(cursor)
        if self._waiting:
            self._paste_at = cursor
            self._next_slice.start()
        self.ensureCursorVisible()

    def _insert_slice(self) -> None:
        now, self._waiting = _cut(self._waiting)
        cursor = self._paste_at
        cursor.joinPreviousEditBlock()
        self._insert_folded(cursor, now)
        cursor.endEditBlock()
        if self._waiting:
            self._next_slice.start()
        else:
            self._is_given = False
            self.setTextCursor(cursor)
            self.ensureCursorVisible()

    def _edit_across_folds(self, event: QKeyEvent) -> bool:
        """Do what the key says where Qt would lose track of which blocks are folds; False if it would not."""
        cursor = self.textCursor()
        if event.matches(QKeySequence.StandardKey.Cut):
            self.cut()
            return True
        move = QTextCursor.MoveOperation
        erasing = {Qt.Key.Key_Backspace: (move.Left, move.PreviousWord), Qt.Key.Key_Delete: (move.Right, move.NextWord)}
        if event.key() not in erasing:
            if event.text().isprintable() and event.text():
                self._remove_selection()
            return False
        if not cursor.hasSelection():
            letter, word = erasing[Qt.Key(event.key())]
            by_word = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            start = cursor.block()
            cursor.movePosition(word if by_word else letter, QTextCursor.MoveMode.KeepAnchor)
            later = start if letter == move.Left else cursor.block()
            if not by_word and cursor.block() != start and _is_fold(later):
                cursor.movePosition(letter, QTextCursor.MoveMode.KeepAnchor)
        _remove(cursor)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()
        return True

    def _remove_selection(self) -> None:
        cursor = self.textCursor()
        _remove(cursor)
        self.setTextCursor(cursor)

    def _finish_paste(self) -> None:
        """Bring in what still waits, before anything else touches the text."""
        while self._waiting:
            self._insert_slice()
        self._next_slice.stop()

    def _stop_paste(self) -> None:
        self._waiting = ""
        self._next_slice.stop()

    def _insert_folded(self, cursor: QTextCursor, text: str) -> None:
        room = LONG_LINE_CHARACTERS - cursor.block().length()
        if not _is_fold(cursor.block()) and room > 0 and _longest_line(text) <= room:
            cursor.insertText(text)
            return
        fold = _block_format(is_fold=True)
        for number, line in enumerate(text.split("\n")):
            if number:
                cursor.insertBlock(_block_format(is_fold=False))
            at = 0
            while at < len(line):
                room = FOLD_CHARACTERS - cursor.block().length() + 1
                if room <= 0:
                    self._has_folds = True
                    cursor.insertBlock(fold)
                    room = FOLD_CHARACTERS
                cursor.insertText(line[at : at + room])
                at += room

    def _text_between(self, start: int, end: int) -> str:
        parts: list[str] = []
        block = self.document().findBlock(start)
        while block.isValid() and block.position() <= end:
            if parts and not _is_fold(block):
                parts.append("\n")
            first = max(0, start - block.position())
            cursor = QTextCursor(block)
            cursor.setPosition(block.position() + first)
            cursor.setPosition(min(end, block.position() + block.length() - 1), QTextCursor.MoveMode.KeepAnchor)
            parts.append(cursor.selectedText())
            block = block.next()
        return "".join(parts)

    def _on_contents_change(self, position: int, removed: int, added: int) -> None:
        if removed or added:
            self.text_edited.emit()
            # Not `is_blank`, which looks at every line of a text of empty ones, with each slice of it.
            if not self._is_given and not self.document().isEmpty():
                self.typed.emit()


def _remove(cursor: QTextCursor) -> None:
    """Remove the selection.  Qt drops a block that becomes empty and keeps the next one's mark; ours is to be kept."""
    if not cursor.hasSelection():
        return
    first = QTextCursor(cursor.document())
    first.setPosition(cursor.selectionStart())
    kept = first.blockFormat()
    cursor.beginEditBlock()
    cursor.removeSelectedText()
    if cursor.blockFormat() != kept:
        cursor.setBlockFormat(kept)
    cursor.endEditBlock()


def _block_format(*, is_fold: bool) -> QTextBlockFormat:
    from PySide6.QtGui import QTextBlockFormat  # late: no frame of an empty window needs it

    made = QTextBlockFormat()
    if is_fold:
        made.setProperty(_FOLD, True)
    return made


def _is_fold(block: QTextBlock) -> bool:
    return block.blockFormat().hasProperty(_FOLD)


def _cut(text: str) -> tuple[str, str]:
    """A slice of bounded characters and lines, and the rest."""
    part = text[:SLICE_CHARACTERS]
    lines = part.split("\n", SLICE_LINES)
    if len(lines) > SLICE_LINES:
        part = part[: len(part) - len(lines[-1])]
    return part, text[len(part) :]


def _longest_line(text: str) -> int:
    return max(map(len, text.split("\n")))
