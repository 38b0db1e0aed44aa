"""One table: what can be done from the keyboard, with which keys, and how the lists of shortcuts describe it.

Which keys are in force comes from the settings; what may not be changed has its keys here.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from qwen_desktop.core.settings.settings import ShortcutSettings
from qwen_desktop.core.words import tr as tr_now

if TYPE_CHECKING:
    from collections.abc import Callable

_ON_THE_KEY = {"Return": "Enter", "Up": "↑", "Down": "↓", "Left": "←", "Right": "→"}
"""What Qt calls a key, to what is printed on it."""


class Shortcut(NamedTuple):
    """One row of the table."""

    action: str
    """What `MainWindow.shortcut_activated` says; a field of ShortcutSettings where the keys can be changed."""
    help_text: str
    fixed_keys: str = ""
    """Of an action whose keys cannot be changed."""
    is_global: bool = True
    """False: the composer, the transcript or the list handles it by itself; the window does not listen for it."""
    also: str = ""
    """Other keys that do the same while the keys are the usual ones, and are not listed."""

    @property
    def is_fixed(self) -> bool:
        return bool(self.fixed_keys)

    def keys(self, settings: ShortcutSettings) -> str:
        """In force, in Qt's portable notation; '' for none."""
        return self.fixed_keys or str(getattr(settings, self.action))

    def all_keys(self, settings: ShortcutSettings) -> list[str]:
        """With those that are not listed."""
        keys = self.keys(settings)
        also = self.also if keys == usual_keys(self.action) else ""
        return [text for text in (keys, also) if text]


def usual_keys(action: str) -> str:
    """The default of an action; '' for one whose keys cannot be changed."""
    return str(getattr(ShortcutSettings(), action, ""))


def fixed_keys(action: str) -> str:
    """Of an action whose keys cannot be changed."""
    return next(shortcut.fixed_keys for shortcut in shortcuts() if shortcut.action == action)


def sending_keys(enter_sends: bool) -> str:
    """What sends a prompt, as lists show it: one as the settings say, and one that always does."""
    return ", ".join(map(native, ("Return" if enter_sends else "Shift+Return", fixed_keys("send"))))


def shortcuts(tr: Callable[..., str] = tr_now) -> tuple[Shortcut, ...]:
    """The table, in the current language (or that of `tr`) and in the order the lists show it."""
    return (
        Shortcut("new_chat", tr("New chat")),
        Shortcut("search_chats", tr("Search chats")),
        Shortcut("find", tr("Find in chat")),
        Shortcut("focus_composer", tr("Write a message")),
        Shortcut("send", tr("Send, or queue while a reply is written"), "Ctrl+Return", is_global=False),
        Shortcut("stop_or_close", tr("Stop the reply, else close the open panel"), "Esc"),
        Shortcut("regenerate", tr("Ask for another reply")),
        Shortcut("edit_last", tr("Edit the last message, from the empty composer"), "Up", is_global=False),
        Shortcut("copy_last_reply", tr("Copy the last reply")),
        Shortcut("previous_message", tr("Previous message, in the transcript"), is_global=False),
        Shortcut("next_message", tr("Next message, in the transcript"), is_global=False),
        Shortcut("previous_heading", tr("Previous heading, in the transcript"), is_global=False),
        Shortcut("next_heading", tr("Next heading, in the transcript"), is_global=False),
        Shortcut("zoom_in", tr("Larger text in the transcript"), also="Ctrl+="),
        Shortcut("zoom_out", tr("Smaller text in the transcript")),
        Shortcut("zoom_reset", tr("Text in the transcript as large as usual")),
        Shortcut("toggle_sidebar", tr("Show or hide the sidebar")),
        Shortcut("rename_chat", tr("Rename the chat, from the list"), "F2", is_global=False),
        Shortcut("delete_chat", tr("Delete the chat, from the list"), "Del", is_global=False),
        Shortcut("pin_chat", tr("Pin the chat or unpin it, from the list"), "Ctrl+P", is_global=False),
        Shortcut("tag_chat", tr("Tags of the chat, from the list"), "Ctrl+T", is_global=False),
        Shortcut("settings", tr("Settings")),
        Shortcut("show_shortcuts", tr("This list")),
        Shortcut("quit", tr("Quit Qwen Desktop")),
    )


def without_clashes(settings: ShortcutSettings) -> tuple[ShortcutSettings, list[tuple[str, str]]]:
    """The settings with every key doing one thing, and what had to give way: (action, the action that keeps the keys).

    A file edited by hand may give two actions the same keys; Qt would then do neither."""
    from dataclasses import replace

    owners: dict[str, str] = {}
    for shortcut in shortcuts():
        if shortcut.is_fixed:
            owners[_normal(shortcut.fixed_keys)] = shortcut.action
        for also in shortcut.all_keys(settings)[1:]:
            owners[_normal(also)] = shortcut.action
    lost: list[tuple[str, str]] = []
    for shortcut in shortcuts():
        keys = _normal(shortcut.keys(settings))
        if keys and (owner := owners.setdefault(keys, shortcut.action)) != shortcut.action:
            lost.append((shortcut.action, owner))
    return replace(settings, **{action: "" for action, _ in lost}), lost


def _normal(keys: str) -> str:
    """Equal for equal keys, however a file writes them."""
    *modifiers, key = keys.lower().replace("++", "+plus").split("+") if keys != "+" else ["plus"]
    return "+".join([*sorted(modifiers), key])


def native(keys: str) -> str:
    """Keys as they stand on a keyboard of this system: signs on a Mac, elsewhere the same words in every language."""
    from PySide6.QtGui import QKeySequence

    if sys.platform == "darwin":
        return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) or keys
    words = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText) or keys
    *held, key = words.split("+") if not words.endswith("+") else [words]
    return "+".join([*held, _ON_THE_KEY.get(key, key)])
