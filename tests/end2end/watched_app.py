"""The app as it is started, in a process of its own, with a window that can be asked: an expression in, an answer out.

Run as a module it is that process: `start.run` with the test's environment.  `WatchedApp` is the test's end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from tests.desktop_session import read_line, wait_until

ROOT = Path(__file__).resolve().parents[2]
ANSWER_TIMEOUT_S = 15.0


class WatchedApp:
    """A context manager around the app; `ask` looks into it, `end` waits for what the user made it do."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment` is added to that of this process."""
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}

    def __enter__(self) -> WatchedApp:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.end2end.watched_app"],
            env=self._environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        try:
            wait_until(lambda: self.ask("window.isVisible() and window.page != 'transcript'"))
            self.type_keys("search", "--sync", "--onlyvisible", "--name", "^Qwen Desktop$", "windowactivate", "--sync")
            wait_until(lambda: self.ask("window.isActiveWindow()"))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            pipe.close()

    def ask(self, expression: str) -> Any:
        """What `expression` is in the app, as JSON can say it; `desktop`, `window` and the names of `seen` are
        known to it.  Its error is raised here."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(expression).encode() + b"\n")
        line = read_line(self._process.stdout, ANSWER_TIMEOUT_S)
        assert line, f"the app did not answer: {expression}"
        answer = json.loads(line)
        assert "error" not in answer, f"{expression}: {answer['error']}"
        return answer["value"]

    def type_keys(self, *arguments: str) -> str:
        """Call xdotool on the app's display; what it printed."""
        done = subprocess.run(
            ("xdotool", *arguments), env=self._environment, capture_output=True, text=True, check=False, timeout=20
        )
        assert done.returncode == 0 or arguments[0] == "search", done.stderr
        return done.stdout

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def end(self, timeout_s: float = 15.0) -> int:
        """The exit code, once it has ended by itself."""
        return self._process.wait(timeout_s)


def answer_questions(names: dict[str, Any], source: int, sink: IO[bytes]) -> None:
    """Answer what has come on the file descriptor `source`; called when there is something to read."""
    for line in os.read(source, 65536).splitlines():
        try:
            answer = {"value": eval(json.loads(line), names)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        sink.write(json.dumps(answer).encode() + b"\n")


def serve() -> int:
    """The app, with somebody who answers at its standard input."""
    from PySide6.QtCore import QSocketNotifier

    from qwen_desktop import app, start
    from tests.end2end import seen

    sink = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    build = app.build

    def build_watched(*arguments: Any, **options: Any) -> app.Desktop:
        desktop = build(*arguments, **options)
        names = {**vars(seen), "desktop": desktop, "window": desktop.window}
        listener = QSocketNotifier(0, QSocketNotifier.Type.Read, desktop)
        listener.activated.connect(lambda: answer_questions(names, 0, sink))
        return desktop

    app.build = build_watched
    return start.run()


if __name__ == "__main__":
    sys.exit(serve())
