"""What the quick ask's field holds when it opens: the clipboard or the selection, if the user wants that; who was not
asked yet is asked.

Read after the window is shown, since the program that holds the text may be slow to hand it over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QClipboard, QGuiApplication

from qwen_desktop.core.protocol.surrogates import clean_text
from qwen_desktop.core.words import tr
from qwen_desktop.ui.notices import NoticeAction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_CHARACTERS = 20_000
"""More than that is not taken into the field unasked; it can still be pasted."""

OFF, CLIPBOARD, SELECTION = "off", "clipboard", "selection"
_YES, _NO = "prefill_yes", "prefill_no"


class Prefill:
    """Offers each text once: what was used or put aside does not come again with the next opening."""

    def __init__(
        self,
        choice: Callable[[], str],
        remember: Callable[[str], None],
        say: Callable[[str, Sequence[NoticeAction]], None],
    ) -> None:
        """`choice()`: one of the three, or '' for a user who was not asked, which `remember` changes; `say` shows a
        sentence with buttons below the field."""
        self._choice = choice
        self._remember = remember
        self._say = say
        self._last = ""
        self._question = ""

    def begin(self) -> str:
        """The window was opened: what goes into its field; '' for nothing, or not yet."""
        choice = self._choice()
        if choice:
            return self._text(choice) if choice != OFF else ""
        if source := next((source for source in (SELECTION, CLIPBOARD) if _text_of(source).strip()), ""):
            self._question = (
                tr("Start with the selected text when this window opens?")
                if source == SELECTION
                else tr("Start with the text on the clipboard when this window opens?")
            )
            yes = NoticeAction(f"{_YES}_{source}", tr("Yes, fill it in"))
            self._say(self._question, [yes, NoticeAction(_NO, tr("No"))])
        return ""

    def answer(self, action: str) -> str | None:
        """A button was pressed: what goes into the field now, '' for nothing; None: it is no answer to the question."""
        if action == _NO:
            self._say("", ())
            self._remember(OFF)
            return ""
        if not action.startswith(_YES):
            return None
        source = action.removeprefix(f"{_YES}_")
        self._say("", ())
        self._remember(source if source == SELECTION else CLIPBOARD)
        self._last = ""  # just asked for, so it is offered again
        return self._text(source)

    def end(self, said: str) -> None:
        """The window is hidden, with `said` below its field: a question that was not answered is not asked again."""
        if said and said == self._question:
            self._remember(OFF)

    def _text(self, source: str) -> str:
        """What is there now, unless it is what was there the last time; '' for nothing and for anything but text."""
        text = clean_text(_text_of(source)).strip("\n")
        if not text.strip() or text == self._last:
            return ""
        self._last = text
        if len(text) > MOST_CHARACTERS:
            words = tr(
                "What was copied has more than {most:,} characters. Paste it if you want it here.", most=MOST_CHARACTERS
            )
            self._say(words, ())
            return ""
        return text


def _text_of(source: str) -> str:
    clipboard = QGuiApplication.clipboard()
    if source == SELECTION and not clipboard.supportsSelection():
        return ""
    mode = QClipboard.Mode.Selection if source == SELECTION else QClipboard.Mode.Clipboard
    return clipboard.text(mode)
