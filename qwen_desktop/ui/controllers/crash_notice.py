"""A crash of the last start to a quiet notice in this one, with a button that shows the report."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.credentials.worker import Worker
from qwen_desktop.core.words import tr
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.notices import NoticeAction

if TYPE_CHECKING:
    from pathlib import Path

    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.main_window import MainWindow

ACTION = "show_crash_report"


class CrashNotice(QObject):
    """`begin` once the window is up, only in the process that has the history's lock; `close` when the app ends.

    Signals: failed(BaseException): a bug.
    """

    failed = Signal(object)

    def __init__(self, window: MainWindow, theme: Theme, logs: Path, parent: QObject | None = None) -> None:
        """`logs`: the folder the reports are in."""
        super().__init__(parent)
        self._window = window
        self._theme = theme
        self._logs = logs
        self._report: Path | None = None
        self._worker = Worker("crash reports")
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        window.notice_action.connect(self._on_action)

    def begin(self) -> None:
        """Look on a thread whether the last start ended badly, and say so once."""
        self._tasks.start(self._look(), name="crash notice")

    async def close(self) -> None:
        await self._tasks.close()

    async def _look(self) -> None:
        from qwen_desktop.core import crash_reports

        self._report = await self._worker.call(lambda: crash_reports.take_unseen(self._logs))
        if self._report is not None:
            self._window.add_notice(
                tr("The app ended unexpectedly last time. Nothing you wrote was lost."),
                [NoticeAction(ACTION, tr("Show report"))],
            )

    def _on_action(self, name: str) -> None:
        if name == ACTION and self._report is not None:
            self._window.clear_notice()
            self._tasks.start(self._show(self._report), name="crash report")

    async def _show(self, report: Path) -> None:
        from qwen_desktop.core import crash_reports
        from qwen_desktop.ui.views.crash_report_dialog import CrashReportDialog

        try:
            text = await self._worker.call(lambda: crash_reports.read(report))
        except OSError:
            text = tr("The report is not there any more.")
        dialog = CrashReportDialog(self._theme, text, self._window)
        dialog.delete_requested.connect(self._delete)
        dialog.show()

    def _delete(self) -> None:
        report = self._report
        if report is not None:
            self._tasks.start(self._worker.call(lambda: _unlink(report)), name="delete crash report")


def _unlink(report: Path) -> None:
    with suppress(OSError):
        report.unlink()
