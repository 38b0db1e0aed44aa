"""A picture prepared in a process of its own, where what its decoder costs and breaks is not felt.

Decoders of some formats hold Python's lock for tenths of a second, take a gigabyte, and read what a stranger wrote.
What is quick and small stays in this process: starting another takes some 0.2 s.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from qwen_desktop.core.errors import AttachmentRefused
from qwen_desktop.core.images.prepare import PreparedImage, name_of, prepare, read_file
from qwen_desktop.core.own_process import own_command, own_environment

COMMAND = "prepare-picture"
LONGEST_S = 60.0
MOST_BYTES = 4 * 1024**3
"""Of memory in that process, where the system can limit it."""

_QUICK_BYTES = 1_000_000
_QUICK_PNG_PIXELS = 3_000_000


def prepare_apart(source: bytes | Path, name: str = "") -> PreparedImage:
    """What `prepare` gives and raises, for any thread but the one of the window."""
    name = name_of(source, name)
    data = read_file(source, name) if isinstance(source, Path) else source
    if is_quick(data):
        return prepare(data, name)
    try:
        process = subprocess.Popen(
            own_command(COMMAND),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=own_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError:  # no more processes: slower for the window, and done all the same
        return prepare(data, name)
    with process:
        try:
            answer, _ = process.communicate(data, timeout=LONGEST_S)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.communicate()
            raise AttachmentRefused("it took too long", reason="too_large", name=name) from error
        except BaseException:
            process.kill()
            raise
    return _read_answer(answer, name)


def is_quick(data: bytes) -> bool:
    """Preparing it is not felt by other threads: a small JPEG, or a PNG of few pixels.

    How large others are, their first bytes do not tell."""
    if data.startswith(b"\xff\xd8"):
        return len(data) <= _QUICK_BYTES
    if data.startswith(b"\x89PNG") and len(data) >= 24:
        width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
        return len(data) <= _QUICK_BYTES and width * height <= _QUICK_PNG_PIXELS
    return False


def _read_answer(answer: bytes, name: str) -> PreparedImage:
    head, _, data = answer.partition(b"\n")
    try:
        told = json.loads(head)
        if "refused" in told:
            raise AttachmentRefused(str(told["detail"]), reason=str(told["refused"]), name=name)
        width, height = int(told["width"]), int(told["height"])
        if len(data) != told["size"]:
            raise ValueError("cut off")
        return PreparedImage(data, str(told["media_type"]), width, height, name, bool(told["is_first_frame"]))
    except (ValueError, KeyError, TypeError) as error:  # it ended in the middle, as for lack of memory
        raise AttachmentRefused("the process ended", reason="too_large", name=name) from error


def serve() -> int:
    """That process: a picture from standard input, the answer to standard output; the exit code."""
    _limit_memory()
    # A frozen app without a console has pipes, but no streams.
    source: IO[bytes] = sys.stdin.buffer if sys.stdin is not None else open(0, "rb")  # noqa: SIM115
    answers: IO[bytes] = sys.stdout.buffer if sys.stdout is not None else open(1, "wb")  # noqa: SIM115
    try:
        made = prepare(source.read())
    except AttachmentRefused as error:
        answers.write(json.dumps({"refused": error.reason, "detail": error.detail}).encode() + b"\n")
        answers.flush()
        return 0
    head = {
        "media_type": made.media_type,
        "width": made.width,
        "height": made.height,
        "is_first_frame": made.is_first_frame,
        "size": len(made.data),
    }
    answers.write(json.dumps(head).encode() + b"\n")
    answers.write(made.data)
    answers.flush()
    return 0


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource  # not on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
