"""The doctor and its page, joined: the checks run on a thread of their own, what they find is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.credentials.worker import Worker
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    from collections.abc import Callable

    from qwen_desktop.doctor.finding import Finding
    from qwen_desktop.ui.views.doctor_page import DoctorPage


class DoctorController(QObject):
    """Lives as long as its page, or longer.  `close` when the app ends; it does not wait for a check that hangs.

    Signals: failed(BaseException): a bug.
    """

    failed = Signal(object)

    def __init__(
        self, page: DoctorPage, parent: QObject | None = None, *, examine: Callable[[], list[Finding]] | None = None
    ) -> None:
        """`examine` blocks for some seconds at most; None: the doctor's checks."""
        super().__init__(parent)
        self._page: DoctorPage | None = page
        self._examine = examine or _examine
        self._worker = Worker("doctor")
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._is_running = False
        page.run_requested.connect(self.run)
        page.destroyed.connect(self._forget_page)

    def run(self) -> None:
        """Look again, unless it is being looked."""
        if self._is_running or self._page is None:
            return
        self._is_running = True
        self._page.show_running()
        self._tasks.start(self._run(), name="doctor")

    @property
    def is_over(self) -> bool:
        """Its page is gone and nothing runs: nobody needs it any more."""
        return self._page is None and not self._is_running

    async def close(self) -> None:
        await self._tasks.close()

    async def _run(self) -> None:
        try:
            found = await self._worker.call(self._examine)
        finally:
            self._is_running = False
            if self._page is not None:
                self._page.run_button.setEnabled(True)
        if self._page is not None:
            self._page.show_findings(found)

    def _forget_page(self) -> None:
        self._page = None


def _examine() -> list[Finding]:
    from qwen_desktop.doctor import Machine, examine

    return examine(Machine(is_in_app=True))
