"""Keys somebody wants for an action to the sentence that says why they cannot be had, or to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from qwen_desktop.core.words import tr
from qwen_desktop.ui.shortcuts import native, shortcuts, usual_keys, without_clashes

if TYPE_CHECKING:
    from qwen_desktop.core.settings.settings import ShortcutSettings

_Standard = QKeySequence.StandardKey
_EDITING = (
    _Standard.Copy, _Standard.Cut, _Standard.Paste, _Standard.Undo, _Standard.Redo, _Standard.SelectAll,
    _Standard.MoveToNextWord, _Standard.MoveToPreviousWord, _Standard.SelectNextWord, _Standard.SelectPreviousWord,
    _Standard.MoveToStartOfDocument, _Standard.MoveToEndOfDocument, _Standard.SelectStartOfDocument,
    _Standard.SelectEndOfDocument, _Standard.DeleteStartOfWord, _Standard.DeleteEndOfWord,
)  # fmt: skip
_ALWAYS_EDITING = ("Ctrl+C", "Ctrl+X", "Ctrl+V", "Ctrl+Z", "Ctrl+Shift+Z", "Ctrl+Y", "Ctrl+A")
_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)  # fmt: skip


def conflict(action: str, keys: str, settings: ShortcutSettings, hotkey: str = "") -> str:
    """Why `action` cannot have `keys` (in Qt's portable notation), naming the other action; '' when it can.

    `hotkey`: of the quick ask, in the same notation.  No keys at all are always fine."""
    wanted = QKeySequence(keys)
    if wanted.isEmpty():
        return ""
    for other in shortcuts():
        if other.action != action and wanted in map(QKeySequence, other.all_keys(settings)):
            text = tr("{keys} is taken by “{other}”. Press other keys, or change those of “{other}” first.",
                      keys=native(keys), other=other.help_text)  # fmt: skip
            return text
    if hotkey and wanted == QKeySequence(hotkey):
        return tr("{keys} opens the quick ask. Press other keys, or change the hotkey first.", keys=native(keys))
    if wanted == QKeySequence(usual_keys(action)):
        return ""
    if _edits(wanted):
        return tr("{keys} is needed for writing and editing text. Press other keys.", keys=native(keys))
    if not _stands_alone(wanted):
        return tr("{keys} would be typed as text. Hold Ctrl or Alt with it, or take a function key.", keys=native(keys))
    return ""


def in_force(settings: ShortcutSettings) -> tuple[ShortcutSettings, list[tuple[str, str]]]:
    """What a file edited by hand says, without the keys that would make writing impossible and with every key doing one
    thing; and what had to give way: (action, the action that keeps the keys, or '' for writing)."""
    from dataclasses import replace

    needed: list[tuple[str, str]] = []
    for shortcut in shortcuts():
        keys = "" if shortcut.is_fixed else shortcut.keys(settings)
        wanted = QKeySequence(keys)
        is_usual = wanted == QKeySequence(usual_keys(shortcut.action))
        if keys and not is_usual and (wanted.isEmpty() or _edits(wanted) or not _stands_alone(wanted)):
            needed.append((shortcut.action, ""))
    kept, lost = without_clashes(replace(settings, **{action: "" for action, _ in needed}))
    return kept, [*needed, *lost]


def _edits(wanted: QKeySequence) -> bool:
    if wanted in map(QKeySequence, _ALWAYS_EDITING):
        return True
    return any(wanted in QKeySequence.keyBindings(standard) for standard in _EDITING)


def _stands_alone(wanted: QKeySequence) -> bool:
    """Whether a key press means nothing else while somebody writes."""
    first = wanted[0]  # type: ignore[index]
    is_function_key = Qt.Key.Key_F1 <= first.key() <= Qt.Key.Key_F35
    return is_function_key or bool(first.keyboardModifiers() & _MODIFIERS)
