"""Export and import in the window: dialogs to work on a thread of its own, and what became of it to a sentence.

The thread reads on a connection of its own and writes through the history's writer, one conversation at a time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QDir, QObject, QStandardPaths, QUrl, Signal
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from qwen_desktop.core.credentials.worker import Worker
from qwen_desktop.core.errors import QwenDesktopError
from qwen_desktop.core.long_work import give_way, long_work
from qwen_desktop.core.words import tr
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Coroutine

    from qwen_desktop.core.exchange.exporting import Exported, Reader, Wish
    from qwen_desktop.core.exchange.importing import Summary
    from qwen_desktop.core.storage.conversations import History
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.settings import SettingsController
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.export_dialog import ExportDialog
    from qwen_desktop.ui.views.import_dialog import ImportDialog
    from qwen_desktop.ui.views.main_window import MainWindow
    from qwen_desktop.ui.views.work_dialog import WorkDialog

T = TypeVar("T")
U = TypeVar("U")

TOLD_EACH_S = 0.1
FILES = "*.json *.jsonl *.ndjson *.zip"


class _Work:
    """One run of the thread: how it is given up, how it tells its progress, and what it gives way to."""

    def __init__(self, told: Callable[[int, int], None], history: History) -> None:
        self._history = history
        self._loop = asyncio.get_running_loop()
        self._told = told
        self._told_at = 0.0
        self._is_given_up = threading.Event()
        self.on_give_up: Callable[[], None] = lambda: None

    def give_up(self) -> None:
        self._is_given_up.set()
        self.on_give_up()

    def check(self) -> None:
        """On the thread."""
        from qwen_desktop.core.exchange.exporting import Cancelled

        if self._is_given_up.is_set():
            raise Cancelled
        give_way(lambda: self._history.is_at_work)

    def tell(self, done: int, total: int = 0) -> None:
        """On the thread; of many, a few are heard."""
        now = time.monotonic()
        if now - self._told_at >= TOLD_EACH_S and not self._is_given_up.is_set():
            self._told_at = now
            self._loop.call_soon_threadsafe(self._told, done, total)

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """On the thread: what the loop does meanwhile."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class ExchangeController(QObject):
    """Signals: failed(BaseException): a bug."""

    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        history: History,
        conversations: HistoryController,
        settings: SettingsController,
        *,
        attachments: Path,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._history = history
        self._conversations = conversations
        self._attachments = attachments
        self._theme = theme
        self._worker = Worker("exchange")
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._running: set[asyncio.Task[Any]] = set()
        self._work: _Work | None = None
        self._dialog: WorkDialog | None = None
        self._written: Path | None = None
        self._is_closing = False
        window.export_requested.connect(self.export_one)
        settings.export_requested.connect(self.export_all)
        settings.import_requested.connect(self.choose_files)

    # Export

    def export_one(self, conversation_id: int) -> None:
        """Ask how one chat is to be exported."""
        self._open_export(conversation_id)

    def export_all(self) -> None:
        self._open_export(None)

    def export_some(self, ids: tuple[int, ...]) -> None:
        """Those that are marked in the list."""
        self._open_export(None, ids)

    def _open_export(self, conversation_id: int | None, ids: tuple[int, ...] | None = None) -> None:
        if self._has_dialog():
            return
        from qwen_desktop.ui.views.export_dialog import ExportDialog

        dialog = ExportDialog(self._theme, is_all=conversation_id is None, count=len(ids or ()), parent=self._parent())
        dialog.begin_requested.connect(lambda: self._choose_place(dialog, conversation_id, ids))
        dialog.folder_requested.connect(self._open_folder)
        self._show(dialog)

    def _choose_place(
        self, dialog: ExportDialog, conversation_id: int | None, ids: tuple[int, ...] | None = None
    ) -> None:
        from qwen_desktop.core.exchange.exporting import suggested_name

        wish = dialog.wish
        chooser = QFileDialog(dialog, dialog.windowTitle(), _usual_folder())
        chooser.setObjectName("export_place")
        if conversation_id is None:
            chooser.setFileMode(QFileDialog.FileMode.Directory)
            chooser.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            chat = self._window.sidebar.conversations.chat(conversation_id)
            title = "" if chat is None else chat.title
            chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)  # it asks before a file is replaced
            chooser.setFileMode(QFileDialog.FileMode.AnyFile)
            chooser.setDefaultSuffix(str(wish.format))
            chooser.selectFile(suggested_name(title, wish.format))
        chooser.fileSelected.connect(
            lambda path: self._begin(self._export(dialog, wish, conversation_id, Path(path), ids), "export")
        )
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    async def _export(
        self,
        dialog: ExportDialog,
        wish: Wish,
        conversation_id: int | None,
        path: Path,
        ids: tuple[int, ...] | None = None,
    ) -> None:
        from qwen_desktop.core.exchange.exporting import Tools, export_many, export_one
        from qwen_desktop.core.exchange.printing import PagePrinter
        from qwen_desktop.core.exchange.words import exported_words

        def told(done: int, total: int) -> None:
            if self._dialog is dialog and dialog.is_working:
                words = tr("{done} of {total} chats", done=f"{done:,}", total=f"{total:,}") if total > 1 else working
                dialog.show_working(words, done, total)

        working = tr("Exporting…")
        work = _Work(told, self._history)
        printer = PagePrinter(_plain_body, work.check)
        work.on_give_up = printer.kill

        def export(read: Reader) -> Exported:
            tools = Tools(read, self._attachments, printer.body_of, printer.print_pieces, work.tell, work.check)
            with closing(printer):
                if conversation_id is not None:
                    return export_one(tools, wish, conversation_id, path, may_replace=True)
                return export_many(tools, wish, _new_subfolder(path), ids)

        dialog.show_working(working)
        done = await self._run(dialog, work, export)
        if done is not None and self._dialog is dialog:
            self._written = done.path
            dialog.show_done(exported_words(done), has_folder=True)

    # Import

    def choose_files(self) -> None:
        """Ask which files are to be imported."""
        if self._has_dialog():
            return
        chooser = QFileDialog(self._parent(), tr("Import chats"), _usual_folder())
        chooser.setObjectName("import_files")
        chooser.setFileMode(QFileDialog.FileMode.ExistingFiles)
        chooser.setNameFilters([f"{tr('Chats')} ({FILES})", f"{tr('All files')} (*)"])
        chooser.filesSelected.connect(lambda paths: self.import_files([Path(path) for path in paths]))
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    def import_files(self, paths: list[Path]) -> None:
        """Show what is in them."""
        if self._has_dialog() or not paths:
            return
        from qwen_desktop.ui.views.import_dialog import ImportDialog

        dialog = ImportDialog(self._theme, self._parent())
        dialog.begin_requested.connect(lambda: self._begin(self._import(dialog, paths), "import"))
        self._show(dialog)
        self._begin(self._preview(dialog, paths), "preview")

    async def _preview(self, dialog: ImportDialog, paths: list[Path]) -> None:
        from qwen_desktop.core.exchange.importing import preview

        summary = await self._go_through(dialog, tr("Reading…"), paths, preview)
        if summary is not None and self._dialog is dialog:
            dialog.show_preview(summary)

    async def _import(self, dialog: ImportDialog, paths: list[Path]) -> None:
        from functools import partial

        from qwen_desktop.core.exchange.importing import import_files
        from qwen_desktop.core.exchange.words import imported_words

        work = partial(import_files, with_copies=dialog.with_copies)
        try:
            summary = await self._go_through(dialog, tr("Importing…"), paths, work)
        finally:
            if not self._is_closing:
                self._conversations.refresh()
        if summary is not None and self._dialog is dialog:
            dialog.show_result("\n".join([imported_words(summary), *summary.problems]), summary)

    async def _go_through(
        self, dialog: ImportDialog, words: str, paths: list[Path], go: Callable[..., Summary]
    ) -> Summary | None:
        from qwen_desktop.core.exchange.importing import ImportTools

        def told(done: int, _: int) -> None:
            if self._dialog is dialog and dialog.is_working:
                dialog.show_working(f"{words} {done:,}")

        work = _Work(told, self._history)

        def write(job: Callable[[sqlite3.Connection], T]) -> T:
            return work.wait_for(self._history.write_beside(job))

        def run(read: Reader) -> Summary:
            return go(ImportTools(read, write, self._attachments, work.tell, work.check), paths)

        dialog.show_working(words)
        return await self._run(dialog, work, run)

    # The thread

    async def _run(self, dialog: WorkDialog, work: _Work, run: Callable[[Reader], T]) -> T | None:
        """What `run` gives; None where it failed, which the dialog tells then, or was given up."""
        from qwen_desktop.core.exchange.exporting import Cancelled
        from qwen_desktop.core.exchange.problems import sentence_of

        self._work = work
        dialog.cancelled.connect(work.give_up)
        try:
            return await self._worker.call(lambda: self._with_reader(work, run))
        except Cancelled:
            return None
        except QwenDesktopError as error:
            if self._dialog is dialog:
                dialog.show_done(sentence_of(error))
            return None
        except LookupError:
            if self._dialog is dialog:
                dialog.show_done(tr("This chat is not there any more."))
            return None
        finally:
            self._work = None

    def _with_reader(self, work: _Work, run: Callable[[Reader], T]) -> T:
        """On the thread.  A history in memory belongs to one connection, and is read on that one."""
        with long_work():
            return self._on_reader(work, run)

    def _on_reader(self, work: _Work, run: Callable[[Reader], T]) -> T:
        from qwen_desktop.core.storage.database import open_reader
        from qwen_desktop.core.storage.exchange import Direct, translated

        if (path := self._history.path) is None:

            def read(job: Callable[[sqlite3.Connection], U]) -> U:
                return work.wait_for(self._history.read_beside(job))

            return run(read)
        import sqlite3

        try:
            with closing(open_reader(path)) as db:
                return run(Direct(db, path))
        except sqlite3.Error as error:
            raise translated(error, path) from error

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = self._tasks.start(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    # The dialog

    def _has_dialog(self) -> bool:
        """One at a time; it is brought to the front."""
        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()
        return self._dialog is not None

    def _show(self, dialog: WorkDialog) -> None:
        self._dialog = dialog
        dialog.finished.connect(lambda: self._forget(dialog))
        dialog.destroyed.connect(lambda: self._forget(dialog))  # with the settings it belongs to
        dialog.show()

    def _forget(self, dialog: WorkDialog | None = None) -> None:
        if dialog is None or dialog is self._dialog:
            self._dialog = None
            if self._work is not None:
                self._work.give_up()

    def _parent(self) -> QWidget:
        """The settings, where they are open: a dialog behind another could not be reached."""
        modal: QWidget | None = QApplication.activeModalWidget()
        if isinstance(modal, QFileDialog):  # about to close
            modal = modal.parentWidget()
        return modal or self._window

    def _open_folder(self) -> None:
        from PySide6.QtGui import QDesktopServices

        if self._written is not None:
            folder = self._written if self._written.is_dir() else self._written.parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    async def close(self) -> None:
        """Gives up what runs, and waits until it has tidied up."""
        self._is_closing = True
        if self._dialog is not None:
            self._dialog.close()
        if self._work is not None:
            self._work.give_up()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._tasks.close()


def _plain_body(markdown: str) -> str:
    from qwen_desktop.ui.transcript.copied_forms import html_body_of

    return html_body_of(markdown)


def _usual_folder() -> str:
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return folder if QDir(folder).exists() else QDir.homePath()


def _new_subfolder(folder: Path) -> Path:
    """On the thread: a folder of today that is not there yet, so that an export stands by itself."""
    from qwen_desktop.core.exchange.file_names import folded, free_name
    from qwen_desktop.core.exchange.output import new_folder

    new_folder(folder)
    taken = {folded(one.name) for one in folder.iterdir()}
    return folder / free_name(f"Qwen Desktop {date.today():%Y-%m-%d}", "", taken)
