"""What was typed into a new chat and not sent: kept in one small file, since there is no conversation yet, and which
pictures belong to it in another one beside it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_desktop.core.paths import private_folder

if TYPE_CHECKING:
    from qwen_desktop.core.chat.attachment import Attachment


class NewChatDraft:
    """Read once, written at each pause in typing (a few kilobytes, by rename); what a disk refused is tried again with
    the next `keep`, whether that brings something new or not."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pictures_path = path.with_name(path.stem + "-pictures.json")
        self._text: str | None = None
        self._attachments: tuple[Attachment, ...] | None = None
        self._is_text_unwritten = self._are_pictures_unwritten = False

    @property
    def text(self) -> str:
        if self._text is None:
            try:
                self._text = self._path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                self._text = ""
        return self._text

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The pictures of the draft; a file that says something else than it should names none."""
        if self._attachments is None:
            self._attachments = _read_pictures(self._pictures_path)
        return self._attachments

    def keep(self, text: str, attachments: tuple[Attachment, ...] | None = None) -> None:
        """This is the draft now; '' for none.  `attachments` None: its pictures stay what they are."""
        pictures = self.attachments if attachments is None else attachments
        if self._are_pictures_unwritten or pictures != self.attachments:
            self._attachments = pictures
            self._are_pictures_unwritten = not _is_written(self._pictures_path, _as_json(pictures) if pictures else "")
        if self._is_text_unwritten or text != self.text:
            self._text = text
            self._is_text_unwritten = not _is_written(self._path, text)

    def clear_if_sent(self, prompt: str, attachments: tuple[Attachment, ...] = ()) -> None:
        """The prompt is on disk as a message: it needs no draft any more."""
        if self.text.strip() == prompt.strip() and set(self.attachments) <= set(attachments):
            self.keep("", ())


def _is_written(path: Path, text: str) -> bool:
    """'' takes the file away."""
    with suppress(OSError):
        if not text:
            path.unlink(missing_ok=True)
            return True
        private_folder(path.parent)
        beside = path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
        os.replace(beside, path)
        return True
    return False


def _as_json(attachments: tuple[Attachment, ...]) -> str:
    from qwen_desktop.core.storage.rows import stored_attachments  # late: SQLite comes with it

    return stored_attachments(attachments) or ""


def _read_pictures(path: Path) -> tuple[Attachment, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ()
    from qwen_desktop.core.storage.rows import attachments_from

    return attachments_from(text)
