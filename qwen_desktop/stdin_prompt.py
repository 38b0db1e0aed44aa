"""Arguments and standard input to a prompt: what `ask` sends, and when a pipe counts."""

from __future__ import annotations

import os
import re
import select
import stat
import sys
from dataclasses import dataclass

FIRST_BYTE_S = 2.0
"""A prompt was given and standard input is a pipe: how long a first byte is waited for."""
_LONGEST_FENCE = re.compile(r"^[ ]{0,3}(`{3,})", re.MULTILINE)


class NoPrompt(Exception):
    """Neither argument nor input holds a prompt; the text says what to do."""


@dataclass(frozen=True, slots=True)
class _Input:
    descriptor: int
    waits: bool
    """A pipe or socket may be open with nothing ever written; a file ends by itself."""


def _standard_input() -> _Input | None:
    """Standard input when it can hold text: not a terminal, not closed, not the null device."""
    try:
        descriptor = sys.stdin.fileno() if sys.stdin is not None else 0
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
    while True:
        try:
            part = os.read(descriptor, 1 << 16)
        except OSError:  # closed for reading
            break
        if not part:
            break
        parts.append(part)
    text = b"".join(parts).decode("utf-8", "replace")
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def _has_first_byte(source: _Input, wait_s: float) -> bool:
    """True when reading would not block for ever: bytes, or the end of input."""
    if not source.waits or sys.platform == "win32":  # Windows cannot wait for a pipe; a pipe there was meant
        return True
    try:
        return bool(select.select([source.descriptor], [], [], wait_s)[0])
    except (OSError, ValueError):
        return False


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
