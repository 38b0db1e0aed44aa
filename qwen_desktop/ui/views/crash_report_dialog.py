"""A crash report to a window in which it can be read, copied and deleted.  It is sent nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout

from qwen_desktop.core.words import tr
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, colour_scroll_area, draw_focus_ring, fill, name_control
from qwen_desktop.ui.views.plain_text_dialog import ReadOnlyText

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.ui.theme import Theme


class CrashReportDialog(QDialog):
    """Open it with `show()`; it goes when closed.

    Signals: delete_requested(): "Delete report" was pressed; the dialog closes itself.
    """

    delete_requested = Signal()

    def __init__(self, theme: Theme, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._report = report
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Crash report"))
        name_control(self, "crash_report_dialog", tr("Crash report"))
        words = Label(
            theme,
            tr(
                "This report was not sent to anybody. It tells where in the app it happened, and holds no text of your "
                "chats, no key and no folder of yours. You may copy it into a bug report, or delete it."
            ),
        )
        words.setWordWrap(True)
        self.edit = ReadOnlyText()
        name_control(self.edit, "crash_report", tr("Crash report"))
        self.edit.set_text(report)
        self.edit.document().setDocumentMargin(12)
        self.edit.moveCursor(self.edit.textCursor().MoveOperation.Start)
        self.copy_button = Button(theme, tr("Copy report"), kind="primary")
        name_control(self.copy_button, "copy_crash_report")
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._report))
        self.delete_button = Button(theme, tr("Delete report"))
        name_control(self.delete_button, "delete_crash_report")
        self.delete_button.clicked.connect(self._delete)
        close = Button(theme, tr("Close"))
        name_control(close, "close")
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.delete_button)
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addWidget(words)
        column.addWidget(self.edit, 1)
        column.addLayout(row)
        self.setMinimumSize(480, 320)
        self.edit.focus_changed.connect(self.update)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def sizeHint(self) -> QSize:
        return QSize(720, 520)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill(painter, event.rect(), self._theme.colours.window)
        if self.edit.hasFocus():
            draw_focus_ring(painter, self.edit.geometry().adjusted(-4, -4, 4, 4), self._theme.colours.accent)

    def _delete(self) -> None:
        self.delete_requested.emit()
        self.close()

    def _restyle(self) -> None:
        colour_scroll_area(self.edit, self._theme, "code_background")
        self.update()
