"""What is in files, before and after it is imported: how much, which chats, and why some cannot be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QVBoxLayout

from qwen_desktop.core.exchange.words import found_words
from qwen_desktop.core.plain_line import plain_line
from qwen_desktop.core.words import tr
from qwen_desktop.ui.tool_tips import plain_tip
from qwen_desktop.ui.views.controls import draw_focus_ring, name_control, slim_scroll_bar_sheet
from qwen_desktop.ui.views.fields import CheckBox
from qwen_desktop.ui.views.work_dialog import WorkDialog

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from qwen_desktop.core.exchange.importing import Candidate, Summary
    from qwen_desktop.ui.theme import Theme


class ImportDialog(WorkDialog):
    """A preview first; `with_copies` is what was chosen in it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "import_dialog", tr("Import chats"), tr("Import"), parent)
        self.list = CandidateList(theme)
        name_control(self.list, "import_list", tr("Chats in the files"))
        self.copies_box = CheckBox(theme, tr("Import chats that are already there once more, as copies"))
        name_control(self.copies_box, "import_copies")
        self._summary: Summary | None = None
        column = QVBoxLayout(self.choices)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.list, 1)
        column.addWidget(self.copies_box)
        self.column.setStretchFactor(self.choices, 10)
        self.copies_box.toggled.connect(lambda _: self._allow())
        self.show_working(tr("Reading…"))

    @property
    def with_copies(self) -> bool:
        return self.copies_box.isChecked()

    def show_preview(self, summary: Summary) -> None:
        """What an import would do."""
        self._summary = summary
        self._fill(summary)
        self.copies_box.setVisible(bool(summary.there))
        self.show_choices("\n".join([*summary.problems, found_words(summary)] if summary.seen else summary.problems))
        self._allow()
        (self.begin_button if self.begin_button.isEnabled() else self.close_button).setFocus()

    def show_result(self, sentence: str, summary: Summary | None = None) -> None:
        """What it did; chats that could not be taken stay to be read."""
        self.show_done(sentence)
        rows = [] if summary is None else _problems(summary)
        self.list.set_rows(rows)
        self.choices.setVisible(bool(rows))
        self.copies_box.hide()

    def _fill(self, summary: Summary) -> None:
        ordered = sorted(summary.candidates, key=lambda one: (not one.problem, one.is_there))
        rows = [row_words(one) for one in ordered]
        bad = sum(bool(one.problem) for one in ordered)
        self.list.set_rows([*rows[:bad], *summary.picture_problems, *rows[bad:]])
        self.list.setVisible(bool(rows))

    def _allow(self) -> None:
        summary = self._summary
        self.begin_button.setEnabled(
            summary is not None and bool(summary.new or (summary.there and self.copies_box.isChecked()))
        )


class CandidateList(QListView):
    """One line for each chat."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows = _Rows(self)
        self.setModel(self._rows)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setSpacing(4)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(96)
        theme.changed.connect(self._restyle)
        self._restyle()

    def set_rows(self, rows: list[str]) -> None:
        self._rows.setStringList(rows)

    def rows(self) -> list[str]:
        return self._rows.stringList()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            draw_focus_ring(QPainter(self.viewport()), self.viewport().rect(), self._theme.colours.accent)

    def _restyle(self) -> None:
        colours = self._theme.colours
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(colours.code_background))
        palette.setColor(QPalette.ColorRole.Text, QColor(colours.text))
        palette.setColor(QPalette.ColorRole.Highlight, QColor(colours.selection))
        palette.setColor(QPalette.ColorRole.HighlightedText, QColor(colours.text))
        self.setPalette(palette)
        self.verticalScrollBar().setStyleSheet(slim_scroll_bar_sheet(self._theme))


class _Rows(QStringListModel):
    """What does not fit is told by the tool tip."""

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip(str(super().data(index, Qt.ItemDataRole.DisplayRole)))
        return super().data(index, role)


def _problems(summary: Summary) -> list[str]:
    return [*(row_words(one) for one in summary.candidates if one.problem), *summary.picture_problems]


def row_words(one: Candidate) -> str:
    """A chat of the preview on one line."""
    title = plain_line(one.title, 120) or tr("Untitled chat")
    if one.problem:
        return tr("{title} · cannot be imported: {reason}", title=title, reason=one.problem)
    parts = [title, tr("1 message") if one.messages == 1 else tr("{count} messages", count=f"{one.messages:,}")]
    if one.created_at is not None:
        parts.append(f"{one.created_at:%Y-%m-%d}")
    if one.is_there:
        parts.append(tr("already there"))
    return " · ".join(parts)
