"""What a dead process left to a report that is offered: what crashed and where, without a word of any chat.

The next start makes a report, `logs/crash-TIME-PID.txt`, of each `running-PID.txt` (`crash_watch.py`) whose process is
dead.  One that says nothing but "running" is no crash: the process was killed from outside, or the power went, and that
is not reported.  Reports hold types of exceptions and places in code, never their messages: those may quote a chat.
Nothing is sent.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from qwen_desktop.core.crash_watch import ANSWERED, ENDED, ERROR, STALL, open_private, utc
from qwen_desktop.core.process_start import process_started

MOST_REPORTS = 5
MOST_BYTES = 64 * 1024
"""Of one report."""
_MOST_LEFT_BYTES = 1024 * 1024
"""Of what is read of what a process left: its stalls may have been many."""
_MOST_LINES = 600


def places(error: BaseException) -> str:
    """Types and places in code of an exception and of those that led to it; of our own errors also their variety.

    Never a message, a value or a line of source.  Bounded.
    """
    from traceback import walk_tb

    from qwen_desktop.core.errors import REASONS, QwenDesktopError

    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < 8:
        seen.add(id(current))
        kind = type(current)
        reason = getattr(current, "reason", "")
        known = REASONS[kind] if isinstance(current, QwenDesktopError) and kind in REASONS else ()
        variety = f" ({reason})" if reason and reason in known else ""
        lines.append(f"{kind.__module__}.{kind.__qualname__}{variety}")
        if isinstance(current, BaseExceptionGroup):
            lines += [f"  with {type(one).__module__}.{type(one).__qualname__}" for one in current.exceptions[:8]]
        frames = list(walk_tb(current.__traceback__))
        # Of a recursion without end both ends are worth reading.
        kept = frames if len(frames) <= 60 else [*frames[:20], *frames[-40:]]
        lines += [f"  {frame.f_code.co_filename}:{line} in {frame.f_code.co_qualname}" for frame, line in kept]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if current is not None:
            lines.append("after")
    return "\n".join(lines)[: MOST_BYTES // 4]


def take_unseen(folder: Path) -> Path | None:
    """The newest report nobody was told of, made now of what a dead process left; each is given once.

    Reads and writes a few small files: off the GUI thread.  Never raises; keeps at most MOST_REPORTS.
    """
    try:
        _collect(folder)
        reports = all_reports(folder)
        for report in reports[MOST_REPORTS:]:
            report.unlink(missing_ok=True)
        unseen = [report for report in reports[:MOST_REPORTS] if not report.name.endswith(".seen.txt")]
        seen = [report.rename(report.with_name(f"{report.stem}.seen.txt")) for report in unseen]
    except OSError:
        return None
    return seen[0] if seen else None


def all_reports(folder: Path) -> list[Path]:
    """Every report that is kept, newest first."""
    try:
        return sorted(folder.glob("crash-*.txt"), key=lambda path: path.name, reverse=True)
    except OSError:
        return []


def read(report: Path) -> str:
    """The report as it may be shown and copied.  Raises OSError."""
    from qwen_desktop.core.shareable import shareable

    with report.open("rb") as file:
        return shareable(file.read(MOST_BYTES).decode("utf-8", "replace"))


def _collect(folder: Path) -> None:
    for left in sorted(folder.glob("running-*.txt")):
        with suppress(OSError, OverflowError):  # one that cannot be read, or is none of ours, hides no other
            _collect_one(folder, left)


def _collect_one(folder: Path, left: Path) -> None:
    process_id = left.stem.removeprefix("running-")
    if not process_id.isdecimal() or int(process_id) == os.getpid():
        return
    with left.open("rb") as file:
        content = file.read(_MOST_LEFT_BYTES).decode("utf-8", "replace")
    started, _, rest = content.partition("\n")
    is_running = process_started(int(process_id))
    if is_running is not None and (not started or not is_running or is_running == started):
        return  # in doubt it is another window that has just been opened
    ended_at = left.stat().st_mtime
    if (kind := kind_of(rest)) is not None:
        _write_report(folder, kind, rest, ended_at, process_id)
    left.unlink()


def kind_of(left: str) -> str | None:
    """What `running-PID.txt` (without its first line) says about the end; None: the process was killed, or the power
    went, while all was well."""
    if ENDED in left:
        return "an error inside the app ended it"
    stalled = left.rpartition(STALL)[2] if STALL in left else ""
    if "Fatal Python error:" in left or "Windows fatal exception:" in left:
        return "the app, or a library it uses, crashed"
    if stalled and ANSWERED not in stalled:
        return "the window did not answer, and the app was ended from outside"
    if ERROR in left:
        return "the app was ended from outside some time after an error inside it"
    return None


def _write_report(folder: Path, kind: str, left: str, ended_at: float, process_id: str) -> None:
    import platform
    from importlib import metadata

    from qwen_desktop import __version__
    from qwen_desktop.core.shareable import shareable

    def version(name: str) -> str:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            return "not installed"

    started, _, traces = left.partition("\n")
    lines = [
        "Qwen Desktop ended unexpectedly",
        "",
        f"what: {kind}",
        f"started: {_time(started)}",
        f"ended: {utc(ended_at)}",
        f"app: {__version__}",
        f"Python: {platform.python_version()}",
        f"Qt: {version('PySide6-Essentials')}",
        f"system: {platform.platform()}",
        *(
            f"{name}: {_word(os.environ[name])}"
            for name in ("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE")
            if name in os.environ
        ),
        "",
        *_known_lines(traces),
    ]
    text = shareable("\n".join([*lines, ""])).encode("utf-8", "replace")[:MOST_BYTES]
    when = time.strftime("%Y%m%d-%H%M%S", time.gmtime(ended_at))
    path = folder / f"crash-{when}-{process_id}.txt"
    with open(path, "wb", opener=open_private) as file:
        file.write(text)


def _known_lines(traces: str) -> list[str]:
    """The lines we and Python's fault handler write, in that shape; anything else is not ours to pass on."""
    import re

    place = r'  File "(?P<file>[^"\n]{1,400})", line (?P<line>\d+|\?\?\?) in (?P<name>[\w.<>]{1,200})'
    ours = r"  (?P<file>[^\n]{1,400}?):(?P<line>\d+|None) in (?P<name>[\w.<>]{1,300})"
    heading = "|".join(
        (
            r"(?:Current )?[Tt]hread 0x[0-9a-f]+(?: \[[\w .:-]{0,40}\])? \(most recent call first\):",
            r"Stack \(most recent call first\):",
            r"Fatal Python error: [\w .:-]{1,100}",
            r"Windows fatal exception: [\w .:-]{1,100}",
            r"  Garbage-collecting|  <no Python frame>|  \.\.\.|after|== [a-z ]{1,40}",
            r"(?:  with )?[\w.<>]{1,200}(?: \([a-z_]+\))?",
        )
    )
    known = []
    for line in traces.splitlines():
        if found := re.fullmatch(place, line) or re.fullmatch(ours, line):
            known.append(f"  {_short(found['file'])}:{found['line']} in {found['name']}")
        elif re.fullmatch(heading, line):
            known.append(line)
    return known if len(known) <= _MOST_LINES else ["…", *known[-_MOST_LINES:]]  # the end is where it crashed


def _short(file: str) -> str:
    """A source file from the package it belongs to on, so that where things are installed is not told."""
    parts = file.replace("\\", "/").split("/")
    for start in ("qwen_desktop", "site-packages", "dist-packages"):
        if start in parts[:-1]:
            at = len(parts) - 1 - parts[::-1].index(start)
            return "/".join(parts[at if start == "qwen_desktop" else at + 1 :])
    if any(part.startswith("python3") or part == "Lib" for part in parts[:-1]):
        return "/".join(parts[-2:])
    return parts[-1]


def _word(text: str) -> str:
    return "".join(char for char in text.strip()[:60] if char.isalnum() or char in "-:. ")


def _time(text: str) -> str:
    """A time as `_utc` writes it, or nothing."""
    is_time = len(text) == 20 and text.isascii() and not text.strip("0123456789-:TZ")
    return text if is_time else "?"
