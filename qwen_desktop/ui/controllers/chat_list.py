"""What is done to chats from the list, one or many at once: pins, folders, tags, deleting, each with one undo."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from qwen_desktop.core.storage import closed_folders, many
from qwen_desktop.core.words import tr
from qwen_desktop.ui.controllers.history_tasks import HistoryTasks
from qwen_desktop.ui.spoken import announce

if TYPE_CHECKING:
    from pathlib import Path

    from qwen_desktop.core.chat.chat_list import Listing
    from qwen_desktop.core.storage.conversations import History
    from qwen_desktop.ui.controllers.chat import ChatController
    from qwen_desktop.ui.controllers.history import HistoryController
    from qwen_desktop.ui.controllers.window import WindowController
    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.main_window import MainWindow

Ids = tuple[int, ...]


class ChatListController(QObject):
    """`closed_path` None keeps which folders are closed in memory only.

    Signals:
      export_requested(tuple[int, ...]): these chats are to be exported
      troubled(StorageError): the disk refused
      failed(BaseException): a bug
    """

    export_requested = Signal(object)
    troubled = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        shown: WindowController,
        chat: ChatController,
        conversations: HistoryController,
        history: History,
        closed_path: Path | None,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._shown = shown
        self._chat = chat
        self._conversations = conversations
        self._history = history
        self._closed_path = closed_path
        self._theme = theme
        self._closed: set[str] = set(closed_folders.read(closed_path))
        self._writing = asyncio.Lock()
        self._new_folder = ""
        """Its name is to be typed once it is listed."""
        self._tasks = HistoryTasks(self)
        self._tasks.troubled.connect(conversations.refresh)
        self._tasks.troubled.connect(self.troubled)
        self._tasks.failed.connect(self.failed)
        self._list = window.sidebar.list
        model = self._list.conversations
        model.close_folders(self._closed)
        model.folder_toggled.connect(self._on_toggled)
        model.folder_rename_requested.connect(self.rename_folder)
        self._list.pin_requested.connect(self.pin)
        self._list.move_requested.connect(self.move)
        self._list.new_folder_requested.connect(self.move_to_new)
        self._list.tags_requested.connect(self.edit_tags)
        self._list.delete_many_requested.connect(self.delete)
        self._list.export_many_requested.connect(self.export_requested)
        conversations.listed.connect(self._on_listed)

    # Pins

    def pin(self, ids: Ids, is_pinned: bool) -> None:
        if is_pinned:
            words = tr("Chat pinned") if len(ids) == 1 else tr("Chats pinned: {count}", count=len(ids))
        else:
            words = tr("Chat unpinned") if len(ids) == 1 else tr("Chats unpinned: {count}", count=len(ids))
        self._tasks.start(self._change(many.Column.PINNED, many.pin(self._history, ids, is_pinned), words), name="pin")

    # Folders

    def move(self, ids: Ids, folder: str) -> None:
        """'' takes them out of theirs."""
        words = tr("Moved to {folder}", folder=_short(folder)) if folder else tr("Taken out of the folder")
        self._tasks.start(self._change(many.Column.FOLDER, many.move(self._history, ids, folder), words), name="move")

    def move_to_new(self, ids: Ids) -> None:
        """Into a new one; what it is called is typed in its heading."""
        taken = {name.casefold() for name in self._list.conversations.folders}
        name, number = tr("New folder"), 2
        while name.casefold() in taken:
            name, number = tr("New folder {number}", number=number), number + 1
        self._new_folder = name
        self.move(ids, name)

    def rename_folder(self, folder: str, name: str) -> None:
        """All that is in it moves along; a folder of that name takes it in."""
        words = tr("Folder renamed: {folder}", folder=_short(name))
        is_closed = folder in self._closed
        if is_closed != (name in self._closed):
            (self._closed.add if is_closed else self._closed.discard)(name)
            self._list.conversations.close_folders(self._closed)
            self._remember()
        work = many.rename_folder(self._history, folder, name)
        self._list.went_to_folder(name)
        self._tasks.start(self._change(many.Column.FOLDER, work, words), name="rename folder")

    def _on_toggled(self, folder: str, is_open: bool) -> None:
        (self._closed.discard if is_open else self._closed.add)(folder)
        self._remember()

    def _remember(self) -> None:
        self._tasks.start(self._write_closed(), name="remember folders")

    async def _write_closed(self) -> None:
        async with self._writing:  # the last one is what stays
            await asyncio.to_thread(closed_folders.write, self._closed_path, frozenset(self._closed))

    def _on_listed(self, listing: Listing) -> None:
        if self._new_folder and any(one.folder == self._new_folder for one in listing.order.sections):
            name, self._new_folder = self._new_folder, ""
            if self._window.isActiveWindow() and self._list.isVisible():
                self._list.setFocus()
                self._list.rename_folder(name)

    # Tags

    def edit_tags(self, ids: Ids) -> None:
        """Open the dialog in which they are given and taken away."""
        self._tasks.start(self._edit_tags(ids), name="read tags")

    async def _edit_tags(self, ids: Ids) -> None:
        from qwen_desktop.core.storage.tag_uses import tag_uses
        from qwen_desktop.ui.views.tags_dialog import TagsDialog

        uses = await self._history.read_beside(lambda db: tag_uses(db, ids))
        title = tr("Tags of {count} chats", count=len(ids))
        if len(ids) == 1:
            title = next((one.title for one in await self._history.chats(ids)), "") or tr("New chat")
        dialog = TagsDialog(self._theme, title, self._window)
        dialog.show_tags(uses, len(ids))
        dialog.chosen.connect(lambda given, taken: self.tag(ids, given, taken))
        dialog.open()

    def tag(self, ids: Ids, given: tuple[str, ...], taken: tuple[str, ...]) -> None:
        words = tr("Tags changed") if len(ids) == 1 else tr("Tags changed, chats: {count}", count=len(ids))
        self._tasks.start(self._change(many.Column.TAGS, many.tag(self._history, ids, given, taken), words), name="tag")

    # Deleting

    def delete(self, ids: Ids) -> None:
        self._chat.stop_all(ids)
        self._tasks.start(self._delete(ids), name="delete chats")

    async def _delete(self, ids: Ids) -> None:
        words = tr("Chats deleted: {count}", count=len(ids))
        await self._change(many.Column.DELETED, many.delete(self._history, ids), words)
        self._conversations.tell_gone(ids)
        self._shown.leave_deleted(ids)

    async def _change(self, column: many.Column, work: Coroutine[Any, Any, many.Before], words: str) -> None:
        before = await work
        self._conversations.refresh()
        if before:
            announce(self._list, words)
            self._window.offer_undo(words, lambda: self._tasks.start(self._put_back(column, before), name="undo"))

    async def _put_back(self, column: many.Column, before: many.Before) -> None:
        await many.change(self._history, column, before)
        self._conversations.refresh()

    async def close(self) -> None:
        await self._tasks.close()


def _short(name: str) -> str:
    return name if len(name) <= 32 else name[:31] + "…"
