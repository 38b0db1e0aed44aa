"""Copies of the history, made when they are due and shown on their page; and what became of a damaged history, told."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from qwen_desktop.core.credentials.worker import Worker
from qwen_desktop.core.errors import StorageError
from qwen_desktop.core.storage import backups, restoring
from qwen_desktop.core.storage.opening import want_check
from qwen_desktop.core.words import describe, one_after_another, tr
from qwen_desktop.ui.aio import TaskOwner
from qwen_desktop.ui.notices import NoticeAction

if TYPE_CHECKING:
    from pathlib import Path

    from qwen_desktop.core.storage.backups import Counts
    from qwen_desktop.core.storage.conversations import History
    from qwen_desktop.core.storage.opening import Opened
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.backups_page import BackupsPage
    from qwen_desktop.ui.views.main_window import MainWindow

OPEN_DAMAGED = "open_damaged"
_LOOK_AGAIN_S = 3600.0


class BackupsController(QObject):
    """`begin` once the history is open; `close` before it is closed.

    Signals: restart_wanted(): the app is to end and start again; at_rest(): about once an hour at most, when nothing
    else is to be done: for what can wait; failed(BaseException): a bug.
    """

    at_rest = Signal()
    restart_wanted = Signal()
    failed = Signal(object)

    def __init__(
        self, window: MainWindow, theme: Theme, history: Path, folder: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._theme = theme
        self._history = history
        self._folder = folder
        self._worker = Worker("backups")
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._page: BackupsPage | None = None
        self._opened: History | None = None
        self._times_told = 0
        self._damaged: Path | None = None
        self._is_closing = False
        self._is_copying = False
        self._looked_at: float | None = None
        window.notice_action.connect(self._on_notice)

    def begin(self, opened: Opened) -> None:
        """Tell what had to be done for the history."""
        self._opened = opened.history
        self._tell(opened)
        if not opened.history.is_read_through:
            self._tasks.start(self._check(opened.history), name="read the history through")

    async def _check(self, history: History) -> None:
        """The rest of a large history that was not closed well."""
        try:
            await history.check()
        except StorageError as error:
            if not self._is_closing:
                self._window.add_notice(self._repaired_later(error))

    def _repaired_later(self, error: StorageError) -> str:
        """What is said of it; damage is repaired by the next start."""
        if error.reason != "damaged":
            return describe(error).sentence
        want_check(self._history)
        return tr("The history is damaged. It will be repaired when the app is started again.")

    async def close(self) -> None:
        self._is_closing = True
        await self._tasks.close()

    # When it is due

    def look(self, *_: object) -> None:
        """A reply has ended, so there is something new, and a moment of rest: make the daily copy if there is none."""
        self._tell_if_put_back()
        now_s = time.monotonic()  # which nobody sets: a clock that was ahead for a moment must not put this off
        if self._is_copying or (self._looked_at is not None and now_s - self._looked_at < _LOOK_AGAIN_S):
            return
        self._looked_at = now_s
        self._tasks.start(self._copy_if_due(datetime.now(UTC)), name="daily backup")
        self.at_rest.emit()

    def _tell_if_put_back(self) -> None:
        times = 0 if self._opened is None else self._opened.times_put_back
        if times > self._times_told:
            self._times_told = times
            told = tr(
                "The history was deleted while the app was open, and was written again to {path}. What else was "
                "deleted with it, such as pictures and backups, is gone.",
                path=self._history,
            )
            self._window.add_notice(told)

    async def _copy_if_due(self, now: datetime) -> None:
        def is_wanted() -> bool:
            counts = _counts(self._history) if backups.is_due(self._history, self._folder, now) else None
            return counts is not None and counts.messages > 0

        if await self._worker.call(is_wanted):
            await self._copy(backups.DAILY)

    async def _copy(self, label: str) -> None:
        if self._is_copying:
            return
        self._is_copying = True
        if self._page is not None:
            self._page.show_busy(True)
        words = ""
        try:
            await self._worker.call(
                lambda: backups.make(self._history, self._folder, label, is_given_up=lambda: self._is_closing)
            )
        except StorageError as error:
            words = self._repaired_later(error)
            self._window.add_notice(words)
        finally:
            self._is_copying = False
            if self._page is not None:
                self._page.show_busy(False)
        await self._show(words)

    # The page

    def make_page(self) -> BackupsPage:
        """For the settings; a new one for every dialog."""
        from qwen_desktop.ui.views.backups_page import BackupsPage

        page = self._page = BackupsPage(self._theme)
        page.wanted.connect(lambda: self._tasks.start(self._show(), name="list backups"))
        page.backup_requested.connect(lambda: self._tasks.start(self._copy(backups.BY_HAND), name="backup"))
        page.restore_requested.connect(self._restore)
        page.take_back_requested.connect(lambda: self._tasks.start(self._take_back(), name="take back"))
        page.folder_requested.connect(lambda: _open(self._folder))
        page.destroyed.connect(lambda: self._forget(page))
        return page

    def _forget(self, page: BackupsPage) -> None:
        if self._page is page:
            self._page = None

    async def _show(self, words: str = "") -> None:
        if self._page is None:
            return
        found, counts, now, chosen = await self._worker.call(self._read)
        if self._page is not None:
            self._page.show_backups(found, counts, now, chosen)
            if words:
                self._page.say(words)

    def _read(
        self,
    ) -> tuple[tuple[backups.Backup, ...], dict[Path, Counts | None], Counts | None, backups.Backup | None]:
        found = backups.backups_in(self._folder)
        counts = {one.path: _counts(one.path) for one in found}
        return found, counts, _counts(self._history), restoring.chosen(self._history)

    def _restore(self, path: Path, is_now: bool) -> None:
        self._tasks.start(self._choose(path, is_now), name="choose backup")

    async def _choose(self, path: Path, is_now: bool) -> None:
        def choose() -> None:
            one = next((one for one in backups.backups_in(self._folder) if one.path == path), None)
            if one is not None:
                restoring.choose(self._history, one)

        try:
            await self._worker.call(choose)
        except StorageError as error:
            await self._show(describe(error).sentence)
            return
        if is_now:
            self.restart_wanted.emit()
        else:
            await self._show()

    async def _take_back(self) -> None:
        await self._worker.call(lambda: restoring.take_back(self._history))
        await self._show()

    # What was done at the start

    def _tell(self, opened: Opened) -> None:
        if opened.problem is not None:
            words = one_after_another(tr("The history is as it was before."), describe(opened.problem).sentence)
            self._window.add_notice(words)
        if opened.compacted is not None:
            from qwen_desktop.ui.views.backups_page import size_words

            sizes = opened.compacted
            smaller = tr(
                "The history was made smaller: {after} instead of {before}.",
                after=size_words(sizes.after),
                before=size_words(sizes.before),
            )
            self._window.add_notice(smaller)
        if opened.restored is not None:
            from qwen_desktop.ui.views.backups_page import counts_words, time_words

            restored = opened.restored
            self._window.add_notice(
                tr(
                    "The backup of {time} was restored: {counts}.",
                    time=time_words(restored.backup),
                    counts=counts_words(restored.counts),
                )
            )
        rescued = opened.rescued
        if rescued is None:
            return
        from qwen_desktop.ui.views.backups_page import time_words

        self._damaged = rescued.kept
        told = [tr("The history was damaged and was put together anew.")]
        if rescued.backup is not None:
            told.append(tr("It is built on the backup of {time}.", time=time_words(rescued.backup)))
        told.append(tr("There are {count} messages.", count=f"{rescued.messages:,}"))
        if rescued.lost_messages:
            told.append(tr("At most {count} could not be read.", count=f"{rescued.lost_messages:,}"))
        else:
            told.append(tr("As far as can be told, none is missing."))
        told.append(tr("The damaged files are kept."))
        self._window.add_notice(one_after_another(*told), [NoticeAction(OPEN_DAMAGED, tr("Open folder"))])

    def _on_notice(self, name: str) -> None:
        if name == OPEN_DAMAGED and self._damaged is not None:
            _open(self._damaged)


def _counts(path: Path) -> Counts | None:
    try:
        return backups.counts_of(path)
    except StorageError:
        return None


def _open(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
