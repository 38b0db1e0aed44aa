"""One table: what can be done from the keyboard, with which keys, and how the shortcut list describes it."""

from __future__ import annotations

from typing import NamedTuple

from qwen_desktop.core.words import tr


class Shortcut(NamedTuple):
    """One row of the table."""

    action: str
    """What `MainWindow.shortcut_activated` says."""
    keys: str
    """In Qt's portable notation; Ctrl is Command on macOS."""
    help_text: str
    is_global: bool = True
    """False: the composer handles it by itself; listed for the reader only."""
    also: str = ""
    """Other keys that do the same and are not listed."""


def shortcuts() -> tuple[Shortcut, ...]:
    """The table, in the current language and in the order the list shows it."""
    return (
        Shortcut("new_chat", "Ctrl+N", tr("New chat")),
        Shortcut("search_chats", "Ctrl+K", tr("Search chats")),
        Shortcut("find", "Ctrl+F", tr("Find in chat")),
        Shortcut("focus_composer", "Ctrl+L", tr("Write a message")),
        Shortcut("send", "Ctrl+Return", tr("Send, or queue while a reply is written"), is_global=False),
        Shortcut("stop_or_close", "Esc", tr("Stop the reply, else close the open panel")),
        Shortcut("regenerate", "Ctrl+R", tr("Ask for another reply")),
        Shortcut("edit_last", "Up", tr("Edit the last message, from the empty composer"), is_global=False),
        Shortcut("copy_last_reply", "Ctrl+Shift+C", tr("Copy the last reply")),
        Shortcut("previous_message", "Ctrl+Up", tr("Previous message, in the transcript"), is_global=False),
        Shortcut("next_message", "Ctrl+Down", tr("Next message, in the transcript"), is_global=False),
        Shortcut("previous_heading", "Alt+Up", tr("Previous heading, in the transcript"), is_global=False),
        Shortcut("next_heading", "Alt+Down", tr("Next heading, in the transcript"), is_global=False),
        Shortcut("zoom_in", "Ctrl++", tr("Larger text in the transcript"), also="Ctrl+="),
        Shortcut("zoom_out", "Ctrl+-", tr("Smaller text in the transcript")),
        Shortcut("zoom_reset", "Ctrl+0", tr("Text in the transcript as large as usual")),
        Shortcut("toggle_sidebar", "Ctrl+\\", tr("Show or hide the sidebar")),
        Shortcut("rename_chat", "F2", tr("Rename the chat, from the list"), is_global=False),
        Shortcut("delete_chat", "Del", tr("Delete the chat, from the list"), is_global=False),
        Shortcut("settings", "Ctrl+,", tr("Settings")),
        Shortcut("show_shortcuts", "F1", tr("This list")),
        Shortcut("quit", "Ctrl+Q", tr("Quit Qwen Desktop")),
    )
