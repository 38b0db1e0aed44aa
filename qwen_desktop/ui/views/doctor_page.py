"""What the doctor found, as a page: a line that sums it up, the findings, and buttons that copy and look again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from qwen_desktop.core.words import tr
from qwen_desktop.doctor.report import as_text, cleaned, problems
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button
from qwen_desktop.ui.views.controls import Label, Line, name_control
from qwen_desktop.ui.views.finding_list import FindingList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QShowEvent

    from qwen_desktop.doctor.finding import Finding
    from qwen_desktop.ui.theme import Theme


class DoctorPage(QWidget):
    """Shows findings; looks at nothing itself.

    Signals: run_requested(): "Run again" was pressed, or the page is seen for the first time.
    """

    run_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._findings: list[Finding] = []
        self._was_run = False
        name_control(self, "doctor_page", tr("Doctor"))
        self._summary = Label(theme, "", points=11)
        self._summary.setObjectName("doctor_summary")
        self._hint = Label(
            theme,
            tr("Nothing is sent. The report holds no key, no password and no chat."),
            colour="text_secondary",
            points=SMALL_PT,
        )
        for label in (self._summary, self._hint):
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            label.setWordWrap(True)  # afterwards: a new policy would forget that the height follows the width
        self.copy_button = Button(theme, tr("Copy report"), icon_name="copy")
        name_control(self.copy_button, "copy_report")
        self.copy_button.clicked.connect(self._copy)
        self.run_button = Button(theme, tr("Run again"), icon_name="refresh")
        name_control(self.run_button, "run_again")
        self.run_button.clicked.connect(self.run_requested)
        self.list = FindingList(theme)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._summary)
        words.addWidget(self._hint)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addLayout(words, 1)
        row.addWidget(self.run_button)
        row.addWidget(self.copy_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(row)
        column.addWidget(Line(theme))
        column.addWidget(self.list, 1)
        self.setTabOrder(self.run_button, self.copy_button)
        self.setTabOrder(self.copy_button, self.list)
        self.copy_button.setEnabled(False)

    @property
    def summary(self) -> str:
        """The line at the top."""
        return self._summary.text()

    @property
    def report(self) -> str:
        """What "Copy report" copies; '' before the first run."""
        return as_text(self._findings) if self._findings else ""

    def show_running(self) -> None:
        """The checks run; what was found before stays to be read."""
        self._was_run = True
        self._sum_up(tr("Looking at this installation…"))
        self.run_button.setEnabled(False)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """The checks are done."""
        self._findings = cleaned(findings)
        self.list.show_findings(self._findings)
        count = problems(self._findings)
        self._sum_up(tr("Problems found: {count}", count=count) if count else tr("No problems found."))
        self.run_button.setEnabled(True)
        self.copy_button.setEnabled(bool(self._findings))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._was_run and not event.spontaneous():
            self._was_run = True
            self.run_requested.emit()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)
        self._sum_up(tr("The report was copied."))

    def _sum_up(self, words: str) -> None:
        self._summary.setText(words)
        self._summary.setAccessibleName(words)
