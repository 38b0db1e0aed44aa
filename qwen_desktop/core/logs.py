"""What happened to a few small files in `data/logs`: rotated, without secrets, without chat text.

Chat text never reaches a logger in the first place: no code logs it, and what is long is cut, should it come with an
exception.  Keys are taken out of every line here, by their exact value where it is known and by their shape where it is
not.  The text of exceptions and tracebacks goes the same way.
"""

from __future__ import annotations

import base64
import faulthandler
import json
import logging
import logging.handlers
import os
import re
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from urllib.parse import quote, quote_plus

from qwen_desktop.core.paths import private_folder

MASK = "[removed]"
_FILE_BYTES = 1_000_000
_FILES_KEPT = 3
_LONGEST_LINE, _LONGEST_RECORD = 600, 12_000
"""Characters; what is longer is not a sentence of ours but somebody's data."""
_SHORTEST_SECRET = 6

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        # Whole header values, whatever the scheme, in all ways headers are printed.
        re.compile(
            r"""(?ix) ( \b (?:proxy-)?authorization \b ['"]? \s* [:=,] \s* (?:b?['"])? )
                ( (?:bearer|basic|digest|negotiate|token) \s+ )? [^\s'",;)\]}]+ """
        ),
        rf"\1{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)(\s+|%20)[A-Za-z0-9._~+/=-]{6,}"), rf"\1\2{MASK}"),
    (re.compile(r"(?i)\bsk(-|%2d)[A-Za-z0-9_.-]{6,}"), MASK),
    (
        re.compile(
            r"""(?ix) ( (?: api [_-]? key | x-dashscope-api-key | dashscope_api_key | access [_-]? (?:key|token)
                | client [_-]? secret | password | passwd ) ['"]? \s* [:=,] \s* (?:b?['"])? ) [^\s'",;&)\]}]+ """
        ),
        rf"\1{MASK}",
    ),
    # User and password inside an address (a proxy's, say).
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@'\"]+@"), rf"\1{MASK}@"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Redactor:
    """Takes secrets out of text: the registered ones in every usual spelling, others by their shape.  Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._secrets: dict[str, int] = {}
        self._known: re.Pattern[str] | None = None

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._secrets)} secrets>"

    def register(self, secret: str) -> Callable[[], None]:
        """From now on `secret` is taken out wherever it appears; call what is returned to forget it.

        Values under 6 characters are left to their shape: taking them out would make any text unreadable.
        """
        if len(secret) < _SHORTEST_SECRET:
            return lambda: None
        with self._guard:
            self._secrets[secret] = self._secrets.get(secret, 0) + 1
            self._compile()
        is_registered = True

        def forget() -> None:
            nonlocal is_registered
            with self._guard:
                if is_registered:
                    is_registered = False
                    self._secrets[secret] -= 1
                    if not self._secrets[secret]:
                        del self._secrets[secret]
                    self._compile()

        return forget

    def clean(self, text: str) -> str:
        """`text` without secrets."""
        known = self._known
        if known is not None:
            text = known.sub(MASK, text)
        for shape, replacement in _SHAPES:
            text = shape.sub(replacement, text)
        return text

    def _compile(self) -> None:
        spellings = {spelling for secret in self._secrets for spelling in _spellings(secret)}
        # Longest first, so that a spelling that contains another goes as a whole.
        ordered = sorted(spellings, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None


def _spellings(secret: str) -> set[str]:
    """How a secret may appear in a log line: as it is, escaped for Python, JSON or a URL, in Base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    spellings = {
        secret,
        repr(secret)[1:-1],
        repr(raw)[2:-1],
        json.dumps(secret)[1:-1],
        quote(raw, safe=""),
        quote_plus(raw),
        raw.hex(),
    }
    for before in range(3):  # Base64 depends on where in a group of three bytes the secret begins
        encoded = base64.b64encode(b"\0" * before + raw).decode()
        # Leave out the characters that depend on the neighbours.
        inner = encoded[(0, 2, 3)[before] : len(encoded.rstrip("=")) - (1 if encoded.endswith("=") else 0)]
        spellings |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {spelling for spelling in spellings if len(spelling) >= _SHORTEST_SECRET}


redactor = Redactor()
"""The one of this process: a secret is a secret for every logger, whoever made it."""


class RedactingFormatter(logging.Formatter):
    """One record to lines: time in UTC, level, logger, message; no secret, no control character, no forged line."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, redactor: Redactor) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._redactor = redactor

    @staticmethod
    def converter(timestamp: float | None) -> Any:
        import time

        return time.gmtime(timestamp)

    def format(self, record: logging.LogRecord) -> str:
        # First without secrets, then shorter: a key that is cut in two would not be recognised.
        text = self._redactor.clean(super().format(record))
        text = "\n".join(_cut(line, _LONGEST_LINE) for line in _cut(text, _LONGEST_RECORD).split("\n"))
        text = _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        # Lines after the first are set in, so that nothing from outside can look like a line of ours.
        return text.replace("\n", "\n    ")


def _cut(text: str, longest: int) -> str:
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]} […{len(text) - 2 * half} characters…] {text[-half:]}"


class _QuietRotatingFile(logging.handlers.RotatingFileHandler):
    """A log that is for its owner alone, and never the reason why something else fails."""

    def _open(self) -> Any:
        return open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=_open_private)

    def handleError(self, record: logging.LogRecord) -> None:
        """Disk full, folder gone: there is nowhere to say it, and the record's text must not go to stderr."""


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Logs:
    """The running log of this process: made by `start_logs`, ended by `close`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.log"
        self.crash_path = folder / f"{name}-crash.log"
        self._handler: logging.Handler | None = None
        self._crash_file: IO[str] | None = None
        self._hooks: tuple[Any, Any, Any] | None = None

    def close(self) -> None:
        """Undo everything `start_logs` and `catch_crashes` did."""
        if self._hooks is not None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = self._hooks
            self._hooks = None
        if self._crash_file is not None:
            faulthandler.disable()
            self._crash_file.close()
            self._crash_file = None
            with suppress(OSError):
                if self.crash_path.stat().st_size == 0:
                    self.crash_path.unlink()
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            with suppress(OSError):  # a full disk: what could not be written is let go
                self._handler.close()
            self._handler = None

    def catch_crashes(self, on_crash: Callable[[BaseException], None] | None = None) -> None:
        """Log what nobody caught, in any thread, then call `on_crash` (in that thread) to tell the user.

        A crash of the interpreter itself leaves the stacks of all threads in the crash log (functions and lines only),
        unless a `CrashWatch` (`crash_watch.py`) takes them into its own file already.
        """
        log = logging.getLogger("qwen_desktop.crash")
        self._hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)

        def tell(what: str, error: BaseException | None, traceback: TracebackType | None) -> None:
            if error is None:
                return
            log.critical("%s", what, exc_info=(type(error), error, traceback))
            if on_crash is not None:
                on_crash(error)

        def on_exception(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
            if issubclass(kind, KeyboardInterrupt):
                sys.__excepthook__(kind, error, traceback)
            else:
                tell("uncaught exception", error, traceback)

        def on_thread_exception(args: threading.ExceptHookArgs) -> None:
            if not issubclass(args.exc_type, SystemExit):
                tell("uncaught exception in a thread", args.exc_value, args.exc_traceback)

        def on_unraisable(args: sys.UnraisableHookArgs) -> None:
            tell("exception that could not be raised", args.exc_value, args.exc_traceback)

        sys.excepthook, threading.excepthook, sys.unraisablehook = on_exception, on_thread_exception, on_unraisable
        if faulthandler.is_enabled():
            return
        with suppress(OSError):
            # Stays open: in a crash there is no time to open anything.
            self._crash_file = open(self.crash_path, "a", encoding="utf-8", opener=_open_private)  # noqa: SIM115
            faulthandler.enable(self._crash_file)


def start_logs(
    folder: Path, *, name: str = "qwen-desktop", level: int = logging.INFO, redactor: Redactor = redactor
) -> Logs:
    """Log to `folder/name.log`; where the folder cannot be written the app goes on without a log.

    Two processes must not share a name (the window's is the default, `ask` takes its own): each rotates its files.
    Other libraries are heard from WARNING on: below that they log addresses and headers.
    """
    logs = Logs(folder, name)
    root = logging.getLogger()
    try:
        private_folder(folder)
        handler: logging.Handler = _QuietRotatingFile(
            logs.path, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8", errors="backslashreplace"
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(RedactingFormatter(redactor))
    handler.addFilter(lambda record: record.levelno >= logging.WARNING or record.name.split(".")[0] == "qwen_desktop")
    root.addHandler(handler)
    logging.getLogger("qwen_desktop").setLevel(level)
    logs._handler = handler
    return logs
