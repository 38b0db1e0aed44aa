"""What was typed into a new chat and not sent: kept in one small file, since there is no conversation yet."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from qwen_desktop.core.paths import private_folder


class NewChatDraft:
    """Read once, written at each pause in typing (a few kilobytes, by rename).  A disk that refuses costs the draft."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text: str | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            try:
                self._text = self._path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                self._text = ""
        return self._text

    def keep(self, text: str) -> None:
        """This is the draft now; '' for none."""
        if text == self.text:
            return
        self._text = text
        with suppress(OSError):
            if not text:
                self._path.unlink(missing_ok=True)
                return
            private_folder(self._path.parent)
            beside = self._path.with_suffix(".new")
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
                file.write(text)
            os.replace(beside, self._path)

    def clear_if_sent(self, prompt: str) -> None:
        """The prompt is on disk as a message: it needs no draft any more."""
        if self.text.strip() == prompt.strip():
            self.keep("")
