"""What the quick ask's field holds when it opens: the clipboard or the selection, if the user wants that.

Read after the window is shown, since the program that holds the text may be slow to hand it over.
"""

from __future__ import annotations

from PySide6.QtGui import QClipboard, QGuiApplication

from qwen_desktop.core.protocol.surrogates import clean_text

MOST_CHARACTERS = 20_000
"""More than that is not taken into the field unasked; it can still be pasted."""

OFF, CLIPBOARD, SELECTION = "off", "clipboard", "selection"


class Prefill:
    """Offers each text once: what was used or put aside does not come again with the next opening."""

    def __init__(self) -> None:
        self._last = ""

    def source(self) -> str:
        """What there is to ask about the first time: 'selection', 'clipboard', or '' while both are empty."""
        clipboard = QGuiApplication.clipboard()
        if clipboard.supportsSelection() and clipboard.mimeData(QClipboard.Mode.Selection).hasText():
            return SELECTION
        return CLIPBOARD if clipboard.mimeData(QClipboard.Mode.Clipboard).hasText() else ""

    def text(self, source: str) -> str:
        """What is there now, unless it is what was there the last time; '' for nothing and for anything but text."""
        clipboard = QGuiApplication.clipboard()
        mode = QClipboard.Mode.Clipboard
        if source == SELECTION:
            if not clipboard.supportsSelection():
                return ""
            mode = QClipboard.Mode.Selection
        if not clipboard.mimeData(mode).hasText():
            return ""
        text = clean_text(clipboard.text(mode)).strip("\n")
        if not text.strip() or text == self._last:
            return ""
        self._last = text
        return text

    def forget(self) -> None:
        """The user has just asked for it: offer again what was offered."""
        self._last = ""
