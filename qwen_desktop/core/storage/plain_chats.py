"""Chats that stalled or ended the app, by id: a small file that outlives the process, to the chats shown as plain text.

The file says which chat the view is working on at this moment, and which are to be shown as plain text.  If the process
dies at work, the next one finds the first and counts it among the second.

It is one line of JSON, padded to one page and written over in place by a single call.  That takes 2 µs where writing a
new file and renaming it takes some 500 (and now and then 10 ms), so the thread that is about to lay out a chat can wait
for it; and a process that dies leaves the line before or the line after, never a half.  Nothing is flushed to the disk:
the system keeps what was written when the process dies, and a power cut is not the chat's fault.
"""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from qwen_desktop.core.paths import private_folder

FILE_BYTES = 4096
MOST_CHATS = 100
"""Beyond that the oldest are forgotten, so that the line fits the file."""


class PlainChats:
    """Read when it is first asked; may be used from any thread.  A disk that refuses costs the memory of it only.

    `path` None keeps everything in memory.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._is_read = False
        self._plain: dict[int, None] = {}
        """In the order in which they were marked."""
        self._busy: int | None = None
        self._file: int | None = None

    def is_plain(self, conversation_id: int) -> bool:
        """It stalled the view, or the app ended while the view worked on it."""
        with self._lock:
            self._read()
            return conversation_id in self._plain

    def begin_work(self, conversation_id: int) -> None:
        """The view works on this chat: if the process dies before `end_work`, the chat is to blame."""
        with self._lock:
            self._read()
            if self._busy != conversation_id:
                self._busy = conversation_id
                self._write()

    def end_work(self) -> None:
        """The view has come to rest."""
        with self._lock:
            if self._busy is not None:
                self._busy = None
                self._write()

    def mark(self, conversation_id: int) -> None:
        """It is to be shown as plain text from the next time on."""
        with self._lock:
            self._read()
            if conversation_id not in self._plain:
                self._add(conversation_id)
                self._write()

    def unmark(self, conversation_id: int) -> None:
        """It was shown with formatting, and nothing happened."""
        with self._lock:
            self._read()
            if conversation_id in self._plain:
                del self._plain[conversation_id]
                self._write()

    def close(self) -> None:
        """The app ends as it should: whatever the view was doing, no chat is to blame."""
        self.end_work()
        with self._lock:
            if self._file is not None:
                os.close(self._file)
                self._file = None

    def _add(self, conversation_id: int) -> None:
        self._plain[conversation_id] = None
        while len(self._plain) > MOST_CHATS:
            del self._plain[next(iter(self._plain))]

    def _read(self) -> None:
        if self._is_read:
            return
        self._is_read = True
        with suppress(OSError, ValueError, RecursionError):
            if self._path is not None:
                found = json.loads(self._path.read_bytes()[:FILE_BYTES])
                for one in _ids(found):
                    self._add(one)

    def _write(self) -> None:
        if self._path is None:
            return
        line = json.dumps({"version": 1, "busy": self._busy, "plain": list(self._plain)})
        with suppress(OSError):
            if self._file is None:
                private_folder(self._path.parent)
                flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
                self._file = os.open(self._path, flags, 0o600)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, line.encode().ljust(FILE_BYTES - 1) + b"\n")


def _ids(found: Any) -> list[int]:
    """The marked chats, and last the one that was worked on; nothing of what is not as it should be."""
    if not isinstance(found, dict):
        return []
    plain = found.get("plain")
    ids = [*(plain if isinstance(plain, list) else []), found.get("busy")]
    return [one for one in ids if isinstance(one, int) and not isinstance(one, bool) and 0 < one < 1 << 63]
