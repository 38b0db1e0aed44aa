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
        return next((source for source in (SELECTION, CLIPBOARD) if _text_of(source).strip()), "")

    def text(self, source: str) -> str:
        """What is there now, unless it is what was there the last time; '' for nothing and for anything but text."""
        text = clean_text(_text_of(source)).strip("\n")
        if not text.strip() or text == self._last:
            return ""
        self._last = text
        return text

    def forget(self) -> None:
        """The user has just asked for it: offer again what was offered."""
        self._last = ""


def _text_of(source: str) -> str:
    clipboard = QGuiApplication.clipboard()
    if source == SELECTION and not clipboard.supportsSelection():
        return ""
    mode = QClipboard.Mode.Selection if source == SELECTION else QClipboard.Mode.Clipboard
    return clipboard.text(mode)
