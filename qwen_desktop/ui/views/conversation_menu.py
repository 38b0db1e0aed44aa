"""A row of the sidebar's list to the menu of what can be done with it: one chat, several marked ones, or a folder."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qwen_desktop.core.words import tr
from qwen_desktop.ui.shortcuts import fixed_keys
from qwen_desktop.ui.views.icon_menu import IconMenu

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from qwen_desktop.ui.theme import Theme
    from qwen_desktop.ui.views.conversation_list import ConversationListView

_LONGEST_NAME = 40


def chats_menu(view: ConversationListView, theme: Theme, ids: tuple[int, ...]) -> QMenu:
    """For one or several chats.  Open it with `popup()`; it goes when it is closed."""
    menu = IconMenu(theme, view)
    if len(ids) == 1:
        menu.add("pencil", tr("Rename"), lambda: view.rename(ids[0]), keys=fixed_keys("rename_chat"))
    pin = tr("Unpin") if view.conversations.are_pinned(ids) else tr("Pin")
    menu.add("pin", pin, lambda: view.ask_to_pin(ids), keys=fixed_keys("pin_chat"))
    _add_folders(menu, view, ids)
    menu.add("tag", tr("Tags…"), lambda: view.ask_for_tags(ids), keys=fixed_keys("tag_chat"))
    count = len(ids)
    export = tr("Export…") if count == 1 else tr("Export {count} chats…", count=count)
    menu.add("download", export, lambda: view.ask_to_export(ids))
    delete = tr("Delete") if count == 1 else tr("Delete {count} chats", count=count)
    menu.add("trash", delete, lambda: view.ask_to_delete(ids), keys=fixed_keys("delete_chat"))
    return menu


def folder_menu(view: ConversationListView, theme: Theme, folder: str) -> QMenu:
    """For a folder's heading."""
    menu, model = IconMenu(theme, view), view.conversations
    menu.add("pencil", tr("Rename"), lambda: view.rename_folder(folder), keys=fixed_keys("rename_chat"))
    is_open = model.is_open(folder)
    name, words = ("chevron-right", tr("Collapse folder")) if is_open else ("chevron-down", tr("Expand folder"))
    menu.add(name, words, lambda: model.set_open(folder, not is_open))
    return menu


def _add_folders(menu: IconMenu, view: ConversationListView, ids: tuple[int, ...]) -> None:
    inner = menu.add_menu("folder", tr("Move to folder"))
    here = view.conversations.folders_of(ids)
    for folder in view.conversations.folders:
        short = folder if len(folder) <= _LONGEST_NAME else folder[: _LONGEST_NAME - 1] + "…"
        action = inner.addAction(short.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(here == {folder})
        action.setEnabled(here != {folder})
        action.triggered.connect(partial(_move, view, ids, folder))
    if view.conversations.folders:
        inner.addSeparator()
    inner.addAction(tr("New folder…"), lambda: view.new_folder_requested.emit(ids))
    none = inner.addAction(tr("No folder"), lambda: view.move_requested.emit(ids, ""))
    none.setEnabled(here != {""})


def _move(view: ConversationListView, ids: tuple[int, ...], folder: str, _is_checked: bool = False) -> None:
    view.move_requested.emit(ids, folder)
