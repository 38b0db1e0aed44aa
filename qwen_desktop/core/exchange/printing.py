"""Web pages to PDF, by a process of its own: laying out a long chat takes seconds in which the window has to answer.

The process is started with the first page and ends with `close`, or when this one dies: its input ends then.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from qwen_desktop.core.exchange.problems import CannotPrint
from qwen_desktop.core.own_process import own_command, own_environment

PRINTER = "print-pages"


class PagePrinter:
    """`print_page` from one thread, `kill` from any."""

    def __init__(self, check: Callable[[], None] = lambda: None) -> None:
        self._check = check
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_killed = False

    def print_page(self, page: Path, target: Path) -> None:
        """Writes `page` over the file `target`.  Raises OSError, CannotPrint, and what `check` raises."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        line = json.dumps({"page": str(page), "target": str(target)})
        with suppress(OSError):  # it has ended; Windows says so with another error than a broken pipe
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
        answer = process.stdout.readline()
        self._check()
        if not answer:
            raise CannotPrint("the process ended")
        found = json.loads(answer)
        if found["number"]:
            raise OSError(int(found["number"]), str(found["words"]))
        if found["words"]:
            raise CannotPrint(str(found["words"])[:200])

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
