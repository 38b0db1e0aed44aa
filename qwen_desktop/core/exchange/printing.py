"""Chats to PDF, and replies to the HTML of pages, by a process of its own: that takes seconds in which the window has
to answer, and what is drawn a stranger wrote.

The process is started when it is first needed and ends with `close`, or when this one dies: its input ends then.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from qwen_desktop.core.exchange.print_pieces import Piece
from qwen_desktop.core.exchange.problems import CannotPrint
from qwen_desktop.core.own_process import own_command, own_environment

PRINTER = "print-pages"
_MOST_DEATHS = 3


class PagePrinter:
    """`print_pieces` and `body_of` from one thread, `kill` from any.

    `plain_body` makes the HTML of a reply that the process cannot: without drawings and colours."""

    def __init__(self, plain_body: Callable[[str], str] = str, check: Callable[[], None] = lambda: None) -> None:
        self._plain_body = plain_body
        self._check = check
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_killed = False
        self._deaths = 0

    def print_pieces(self, pieces: Iterable[Piece], title: str, target: Path) -> None:
        """Writes them over the file `target`, as they come.  Raises OSError, CannotPrint, and what `check` raises."""
        process = self._started()
        with suppress(BrokenPipeError):
            _write(process, {"target": str(target), "title": title})
            for piece in pieces:
                self._check()
                _write(process, piece)
            _write(process, {"end": True})
        found = self._answer(process)
        if found is None:
            raise CannotPrint("the process ended")
        if found["number"]:
            raise OSError(int(found["number"]), str(found["words"]))
        if found["words"]:
            raise CannotPrint(str(found["words"])[:200])

    def body_of(self, markdown: str) -> str:
        """Safe HTML of a reply.  Raises what `check` raises."""
        if self._deaths < _MOST_DEATHS:
            try:
                process = self._started()
                with suppress(BrokenPipeError):
                    _write(process, {"body": markdown})
                if (found := self._answer(process)) is not None:
                    return str(found["html"])
            except (OSError, CannotPrint):  # no more processes
                pass
            self._deaths += 1
            self.close()
        return self._plain_body(markdown)

    def _answer(self, process: subprocess.Popen[bytes]) -> dict[str, Any] | None:
        """None: it ended."""
        assert process.stdout is not None
        answer = process.stdout.readline()
        self._check()
        return dict(json.loads(answer)) if answer else None

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_killed:
                self._check()
                raise CannotPrint("the process ended")
            if self._process is None:
                self._process = subprocess.Popen(
                    own_command(PRINTER),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=own_environment(),
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            return self._process

    def kill(self) -> None:
        """A page that is being printed is given up."""
        with self._lock:
            self._is_killed = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """Waits for the end of the process."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()


def _write(process: subprocess.Popen[bytes], wish: dict[str, Any]) -> None:
    """Raises BrokenPipeError when it has ended."""
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(wish).encode() + b"\n")
        process.stdin.flush()
    except OSError as error:  # Windows says so in other words
        raise BrokenPipeError from error
