"""A message to its text exactly as it was received, in a window of its own beside the chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication, QKeySequence, QPainter
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QPlainTextEdit, QVBoxLayout

from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import colour_scroll_area, draw_box, fill, name_control
from qwen_desktop.ui.views.prompt_edit import PromptEdit

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPaintEvent
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.theme import Theme


class PlainTextDialog(QDialog):
    """Read, select, copy; nothing is interpreted.  Open it with `show()`; the chat goes on, and it goes when closed."""

    def __init__(self, theme: Theme, title: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        name_control(self, "plain_text_dialog", title)
        self.edit = ReadOnlyText()
        name_control(self.edit, "plain_text", title)
        self.edit.set_text(text)
        self.edit.moveCursor(self.edit.textCursor().MoveOperation.Start)
        copy = Button(theme, tr("Copy"), kind="primary")
        name_control(copy, "copy_plain_text")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text))
        close = Button(theme, tr("Close"))
        name_control(close, "close")
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.edit, 1)
        column.addLayout(row)
        self.edit.focus_changed.connect(self.update)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def sizeHint(self) -> QSize:
        return QSize(720, 520)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.colours
        fill(painter, event.rect(), colours.window)
        line = colours.accent if self.edit.hasFocus() else colours.control_line
        draw_box(painter, self.edit.geometry().adjusted(-8, -8, 8, 8), line=line)

    def _restyle(self) -> None:
        colour_scroll_area(self.edit, self._theme, "window")
        self.update()


class ReadOnlyText(PromptEdit):
    """The prompt's editor, for its slices and folds, with everything taken away that would change the text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        QPlainTextEdit.keyPressEvent(self, event)

    def _insert_slice(self) -> None:
        """The next slice, while the reader stays in place."""
        caret, top = self.textCursor(), self.verticalScrollBar().value()
        super()._insert_slice()
        self.setTextCursor(caret)
        self.verticalScrollBar().setValue(top)

    def cut(self) -> None:
        self.copy()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        copy = menu.addAction(tr("Copy"))
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setEnabled(self.textCursor().hasSelection())
        copy.triggered.connect(self.copy)
        everything = menu.addAction(tr("Select all"))
        everything.setShortcut(QKeySequence.StandardKey.SelectAll)
        everything.triggered.connect(self.selectAll)
        menu.popup(event.globalPos())
