"""A message to the menu of what can be done with it: behind its ⋯ button, and by a right click."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from qwen_desktop.core.words import tr
from qwen_desktop.ui.pictures.words import name_of

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from qwen_desktop.ui.transcript.message_widget import MessageWidget


def more_menu(widget: MessageWidget) -> QMenu:
    """What has no button of its own below the message.  Open it with `popup()`; it goes when it is closed."""
    menu = _new_menu(widget)
    _add_pictures(menu, widget)
    _add(menu, tr("Copy"), lambda: widget.act("copy"), widget.state.has_text)
    _add_words(menu, widget)
    _add_commands(menu, widget)
    menu.addSeparator()
    _add_branch(menu, widget)
    _add_left_out(menu, widget)
    _add_deleting(menu, widget)
    return menu


def context_menu(widget: MessageWidget, link: str) -> QMenu:
    """Everything that can be done with the message and with what is selected or pointed at in it."""
    state = widget.state
    menu = _new_menu(widget)
    _add_pictures(menu, widget)
    if link:
        menu.addAction(tr("Copy link"), lambda: QGuiApplication.clipboard().setText(link))
    _add(menu, tr("Copy"), widget.selection.copy, not widget.selection.is_empty)
    menu.addAction(tr("Copy message"), widget.copy_all)
    _add_words(menu, widget)
    _add_commands(menu, widget)
    menu.addAction(tr("Select all"), widget.selection.select_all)
    menu.addSeparator()
    if state.is_prompt:
        menu.addAction(tr("Edit"), lambda: widget.act("edit"))
    else:
        _add(menu, tr("Regenerate"), lambda: widget.act("regenerate"), not state.is_running)
    if state.message.sibling_count > 1:
        _add(menu, tr("Previous version"), lambda: widget.act("previous_version"), state.has_previous_version)
        _add(menu, tr("Next version"), lambda: widget.act("next_version"), state.has_next_version)
    menu.addSeparator()
    _add_branch(menu, widget)
    _add_left_out(menu, widget)
    _add_deleting(menu, widget)
    return menu


def _new_menu(widget: MessageWidget) -> QMenu:
    menu = QMenu(widget)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def _add_pictures(menu: QMenu, widget: MessageWidget) -> None:
    """The pictures of a message, to be seen large."""
    attachments = widget.state.message.attachments
    for at, attachment in enumerate(attachments):
        words = tr("Open {name}", name=name_of(attachment).replace("&", "&&"))
        _add(menu, words, partial(widget.told.picture_activated.emit, at, attachments), True)
    if attachments:
        menu.addSeparator()


def _add_words(menu: QMenu, widget: MessageWidget) -> None:
    has_words = widget.state.has_text and not widget.is_reading
    _add(menu, tr("Copy as plain text"), lambda: widget.act("copy_plain"), has_words)
    _add(menu, tr("Quote selection"), lambda: widget.act("quote"), not widget.selection.is_empty)
    _add(menu, tr("View as plain text"), lambda: widget.act("view_plain"), widget.state.has_text)


def _add_commands(menu: QMenu, widget: MessageWidget) -> None:
    """What was sent for a reply, to be sent from elsewhere."""
    if widget.has_actions and not widget.state.is_prompt:
        is_over = not widget.state.is_running
        _add(menu, tr("Copy as curl"), lambda: widget.act("copy_as_curl"), is_over)
        _add(menu, tr("Copy as Python"), lambda: widget.act("copy_as_python"), is_over)


def _add_branch(menu: QMenu, widget: MessageWidget) -> None:
    """What was said up to here, to be gone on with elsewhere."""
    if widget.has_actions:
        _add(menu, tr("New chat from here"), lambda: widget.act("branch_off"), not widget.state.is_running)


def _add_left_out(menu: QMenu, widget: MessageWidget) -> None:
    """The whole turn, of a prompt or of its reply."""
    if widget.state.is_left_out:
        menu.addAction(tr("Take this turn back in"), lambda: widget.act("take_back"))
    else:
        menu.addAction(tr("Leave this turn out"), lambda: widget.act("leave_out"))


def _add_deleting(menu: QMenu, widget: MessageWidget) -> None:
    """With all that follows, or the one turn out of the middle."""
    if widget.has_actions:
        menu.addAction(tr("Delete only this turn"), lambda: widget.act("delete_turn"))
    menu.addAction(tr("Delete from here on"), lambda: widget.act("delete"))


def _add(menu: QMenu, words: str, order: object, is_possible: bool) -> QAction:
    action = menu.addAction(words)
    action.triggered.connect(order)
    action.setEnabled(is_possible)
    return action
