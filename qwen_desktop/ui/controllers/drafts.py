"""What was typed into a new chat and not sent: kept in one small file, since there is no conversation yet, and which
pictures belong to it in another one beside it.

What was typed below a prompt that has become a conversation is that one's draft; it stays in the file until it is on
disk there."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qwen_desktop.core.chat.conversation import joined
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
        self._handed: dict[int, tuple[str, tuple[Attachment, ...]]] = {}
        """Drafts of conversations that are not known to be on disk there, by conversation."""
        self._text_in_file = ""
        self._pictures_in_file: tuple[Attachment, ...] = ()

    @property
    def text(self) -> str:
        if self._text is None:
            try:
                self._text = self._path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                self._text = ""
            self._text_in_file = self._text
        return self._text

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The pictures of the draft; a file that says something else than it should names none."""
        if self._attachments is None:
            self._attachments = self._pictures_in_file = _read_pictures(self._pictures_path)
        return self._attachments

    def keep(self, text: str, attachments: tuple[Attachment, ...] | None = None) -> None:
        """This is the draft now; '' for none.  `attachments` None: its pictures stay what they are."""
        before = self.text, self.attachments  # read, if they were not yet
        self._text, self._attachments = text, before[1] if attachments is None else attachments
        self._write()

    def hand_over(self, conversation_id: int, text: str, attachments: tuple[Attachment, ...]) -> None:
        """This is a draft of that conversation from the next `keep` on, and stays in the file until `let_go`."""
        if text or attachments:
            self._handed[conversation_id] = text, attachments

    def let_go(self, conversation_id: int) -> None:
        """What was handed over to that conversation is on disk there."""
        if self._handed.pop(conversation_id, None) is not None:
            self._write()

    def _write(self) -> None:
        """What is not in the files yet."""
        handed = self._handed.values()
        pictures = tuple(dict.fromkeys((*(one for _, some in handed for one in some), *self.attachments)))
        text = joined(*(text for text, _ in handed), self.text)
        if pictures != self._pictures_in_file and _is_written(
            self._pictures_path, _as_json(pictures) if pictures else ""
        ):
            self._pictures_in_file = pictures
        if text != self._text_in_file and _is_written(self._path, text):
            self._text_in_file = text


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
