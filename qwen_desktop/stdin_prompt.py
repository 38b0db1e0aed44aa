"""Arguments and standard input to a prompt: what `ask` sends, and when a pipe counts."""

from __future__ import annotations

import os
import re
import select
import stat
import sys
import time
from dataclasses import dataclass

from qwen_desktop.core.credentials.worker import Worker

FIRST_BYTE_S = 2.0
"""A prompt was given and standard input is a pipe: how long a first byte is waited for."""
MOST_BYTES = 32 * 1024 * 1024
"""More than any model reads; an input without end is not kept in memory until there is none left."""
_LONGEST_FENCE = re.compile(r"^[ ]{0,3}(`{3,})", re.MULTILINE)


class NoPrompt(Exception):
    """Neither argument nor input holds a prompt that can be sent; the text says why."""


@dataclass(frozen=True, slots=True)
class _Input:
    descriptor: int
    waits: bool
    """A pipe or socket may be open with nothing ever written; a file ends by itself."""


def _standard_input() -> _Input | None:
    """Standard input when it can hold text: not a terminal, not closed, not the null device."""
    if sys.stdin is None:  # closed; its number may be another file's by now
        return None
    try:
        descriptor = sys.stdin.fileno()
        found = os.fstat(descriptor)
    except (OSError, ValueError):
        return None
    if stat.S_ISFIFO(found.st_mode) or stat.S_ISSOCK(found.st_mode):
        return _Input(descriptor, waits=True)
    if stat.S_ISREG(found.st_mode):
        return _Input(descriptor, waits=False)
    return None


def _read_all(descriptor: int) -> str:
    parts: list[bytes] = []
    size = 0
    while True:
        try:
            part = os.read(descriptor, 1 << 16)
        except OSError:  # closed for reading
            break
        if not part:
            break
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise NoPrompt(f"standard input holds more than {MOST_BYTES >> 20} MB, which no model reads")
    return _text(b"".join(parts))


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n")


def _has_first_byte(source: _Input, wait_s: float) -> bool:
    """True when reading would not block for ever: bytes, or the end of input."""
    if not source.waits:
        return True
    if sys.platform == "win32":
        return _pipe_has_first_byte(source.descriptor, wait_s)
    try:
        return bool(select.select([source.descriptor], [], [], wait_s)[0])
    except (OSError, ValueError):
        return False


def _pipe_has_first_byte(descriptor: int, wait_s: float) -> bool:
    """The same on Windows, which can look into a pipe but not wait for it."""
    if sys.platform != "win32":  # tells mypy which platform this is for
        return True
    import _winapi
    import msvcrt

    ends_at = time.monotonic() + wait_s
    try:
        while not _winapi.PeekNamedPipe(msvcrt.get_osfhandle(descriptor), 0)[0]:
            if time.monotonic() > ends_at:
                return False
            time.sleep(0.01)
    except BrokenPipeError:  # its other end is closed: reading ends at once
        return True
    except OSError:
        return False
    return True


class LineReader:
    """Standard input line by line, read on a thread that never keeps the process from ending."""

    def __init__(self) -> None:
        self._worker = Worker("terminal")
        self._received = b""

    async def next(self) -> str | None:
        """The next line without its end, in parts if it is very long; None at the end of input.

        Once cancelled it is not to be called again: the thread takes what comes next."""
        while b"\n" not in self._received and len(self._received) < MOST_BYTES:
            part = await self._worker.call(_read_some)
            if not part:
                line, self._received = self._received, b""
                return _text(line) or None
            self._received += part
        line, _, self._received = self._received.partition(b"\n")
        return _text(line)


def _read_some() -> bytes:
    """What a terminal or pipe gives next; b'' at its end.  Below Python's own buffer, whose lock would be missed when
    the process ends while this waits."""
    try:
        return bytes(sys.stdin.buffer.raw.read(1 << 16) or b"") if sys.stdin is not None else b""  # type: ignore[union-attr]
    except (OSError, ValueError):  # closed
        return b""


def fenced(text: str) -> str:
    """`text` as a code block whose fence is longer than any fence inside."""
    longest = max((len(found.group(1)) for found in _LONGEST_FENCE.finditer(text)), default=2)
    fence = "`" * max(3, longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}\n{text}{end}{fence}"


def prompt_from(argument: str | None, *, first_byte_s: float = FIRST_BYTE_S) -> str:
    """The whole prompt; raises NoPrompt.

    `-` reads standard input to its end.  With a prompt and a pipe, the pipe is appended as a fenced block when a first
    byte comes within `first_byte_s`.  Without a prompt a pipe or file alone is not taken: `-` says that it is meant.
    """
    if argument is None:
        raise NoPrompt("ask needs a prompt, or - to read it from standard input")
    if argument == "-":
        source = _standard_input()
        if source is None and sys.stdin is not None and sys.stdin.isatty():
            source = _Input(sys.stdin.fileno(), waits=False)
        prompt = _read_all(source.descriptor) if source else ""
        if not prompt.strip():
            raise NoPrompt("standard input holds no prompt")
        return prompt
    source = _standard_input()
    piped = ""
    if source is not None and _has_first_byte(source, first_byte_s):
        piped = _read_all(source.descriptor)
    if not argument.strip() and not piped.strip():
        raise NoPrompt("the prompt is empty")
    if not piped.strip():
        return argument
    return f"{argument}\n\n{fenced(piped)}" if argument.strip() else piped
