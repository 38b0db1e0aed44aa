"""The data folder and its page, joined: sizes are counted aside; what changes all of it is left to the app's end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog

from qwen_desktop.core import data_folder
from qwen_desktop.core.credentials.worker import Worker
from qwen_desktop.core.errors import StorageError
from qwen_desktop.core.storage import compacting
from qwen_desktop.core.words import describe, tr
from qwen_desktop.ui.aio import TaskOwner

if TYPE_CHECKING:
    from qwen_desktop.core.paths import AppPaths
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.storage_page import StoragePage


class StorageController(QObject):
    """`close` when the app ends.

    Signals: restart_wanted(): the app is to end and start again; move_wanted(Path): the same, and the data folder is to
    be moved there between; erase_wanted(): the app is to end, and everything is to be deleted then;
    failed(BaseException): a bug.
    """

    restart_wanted = Signal()
    move_wanted = Signal(object)
    erase_wanted = Signal()
    failed = Signal(object)

    def __init__(self, paths: AppPaths, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._paths = paths
        self._theme = theme
        self._worker = Worker("storage")
        self._tasks = TaskOwner(self)
        self._tasks.failed.connect(self.failed)
        self._page: StoragePage | None = None

    async def close(self) -> None:
        await self._tasks.close()

    def begin(self) -> str:
        """What is to be told of a move that the last end of the app did or could not do; '' for nothing."""
        return data_folder.take_problem(self._paths)

    def make_page(self) -> StoragePage:
        """For the settings; a new one for every dialog."""
        from qwen_desktop.ui.views.storage_page import StoragePage

        paths = self._paths
        page = self._page = StoragePage(self._theme, can_move=not paths.is_portable)
        page.wanted.connect(lambda: self._tasks.start(self._count(), name="count sizes"))
        page.compact_requested.connect(lambda: self._tasks.start(self._compact(), name="compact"))
        page.move_requested.connect(self._choose)
        page.erase_requested.connect(self.erase_wanted)
        page.destroyed.connect(lambda: self._forget(page))
        return page

    def _forget(self, page: StoragePage) -> None:
        if self._page is page:
            self._page = None

    async def _count(self) -> None:
        sizes = await self._worker.call(lambda: data_folder.sizes(self._paths))
        if self._page is not None:
            self._page.show_sizes(sizes)

    async def _compact(self) -> None:
        try:
            await self._worker.call(lambda: compacting.want(self._paths.history))
        except StorageError as error:
            self._tell(describe(error).sentence)
            return
        self.restart_wanted.emit()

    def _choose(self) -> None:
        page = self._page
        if page is None:
            return
        dialog = QFileDialog(page, tr("Where the data folder is to be"), str(self._paths.data.parent.parent))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.move_to)
        dialog.open()

    def move_to(self, chosen: str) -> None:
        """A folder of ours inside the chosen one, so that nothing of the user's lies beside it."""
        target = Path(chosen) / "qwen-desktop"
        self._tasks.start(self._check_move(target), name="check the new place")

    async def _check_move(self, target: Path) -> None:
        try:
            await self._worker.call(lambda: data_folder.check_target(self._paths, target))
        except StorageError as error:
            self._tell(refusal_words(error, target))
            return
        self._tell("")
        self.move_wanted.emit(target)

    def _tell(self, sentence: str) -> None:
        if self._page is not None:
            self._page.show_problem(sentence)


def refusal_words(error: StorageError, target: Path) -> str:
    """Why the data folder cannot be there, and what to do."""
    match error.reason:
        case "not_empty":
            return tr("{folder} is not empty. Choose another place, or empty it.", folder=target)
        case "inside":
            return tr("One folder would be inside the other. Choose another place.")
        case "full":
            return tr("There is too little room at {folder}. Choose another place, or free some.", folder=target)
    return describe(error).sentence
