"""The whole test command: checks, core without Qt, faults, window offscreen, desktop; each counted, summed at the end.

Two processes at a time: one has window and desktop, the other core, what window paints (`PAINTED`) and faults, of which
is shown what they said when those two have ended.  What has not begun by then is run after them.
`run.py test` prepares the two environments and the system packages, then runs this module in `.venv`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

from qwen_desktop.desktop import system_packages

ROOT = Path(__file__).resolve().parent.parent
STAGE_TIMEOUT_S = 30 * 60
"""Longest a stage may take; every test in it has its own, far shorter limit."""

STAGES = ("checks", "core", "faults", "window", "desktop")
FAULTS = ["tests/faults", "tests/contracts"]
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}
PAINTED = ["tests/gui/transcript", "tests/gui/views"]
"""Of the window: it takes as long as all the rest of it."""
BESIDE = 1
"""Runs at a time beside the one that is shown as it goes on.  With two it is shorter by a fifth, and tests that wait
for a window manager or a disk fail now and then."""

CHECKS = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
    ("mypy", ("mypy",)),
    ("import-linter", ("importlinter.cli", "lint")),
)


@dataclass
class Count:
    """How the items of one stage ended."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def main(arguments: Sequence[str]) -> int:
    """Run the stages asked for; 0 if nothing failed, and something ran."""
    parser = argparse.ArgumentParser(prog="run.py test")
    parser.add_argument("--core-python", default=sys.executable)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--strict", action="store_true", help="the desktop stage must run, with nothing skipped")
    parser.add_argument("--only", action="append", choices=STAGES)
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, run once in place of the stages")
    options = parser.parse_args(arguments)
    if options.pytest:
        return summarise({"pytest": pytest(sys.executable, options.pytest, all_tests=options.all)})
    wanted = options.only or STAGES
    counts: dict[str, Count | str] = {stage: Count() for stage in STAGES if stage in wanted}  # their order
    if "checks" in wanted:
        counts["checks"] = timed("checks", checks)
    with Beside(options.all) as beside:
        runs: list[tuple[str, BesideRun]] = []
        if "core" in wanted:
            runs.append(("core", beside.start(options.core_python, ["tests/unit"])))
        if "window" in wanted:
            runs.append(("window", beside.start(sys.executable, PAINTED, **OFFSCREEN)))
        if "faults" in wanted:
            runs += [("faults", beside.start(sys.executable, [folder], **OFFSCREEN)) for folder in FAULTS]
        if "window" in wanted:
            # The unit tests run where there is no Qt at all, unless that stage was not asked for.
            folders = ["tests/gui"] if "core" in wanted else ["tests/unit", "tests/gui"]
            folders += [f"--ignore={folder}" for folder in PAINTED]
            counts["window"] = timed("window", lambda: pytest(sys.executable, folders, options.all, **OFFSCREEN))
        if "desktop" in wanted:
            counts["desktop"] = timed("desktop", lambda: desktop(options.strict, all_tests=options.all))
        for stage, run in reversed(runs):  # the last of them may not have begun: it is run here
            before, more = counts[stage], timed(f"{stage}, {run.words}", run.wait)
            counts[stage] = before + more if isinstance(before, Count) else more
    return summarise(counts)


Ended = TypeVar("Ended", bound="Count | str")


def timed(stage: str, run: Callable[[], Ended]) -> Ended:
    """Runs a stage under its headline and says how it ended and how long it was waited for."""
    headline(stage)
    started_at = time.monotonic()
    count = run()
    print(f"{stage}: {count} in {time.monotonic() - started_at:.0f} s", flush=True)
    return count


class BesideRun:
    """One of those runs."""

    def __init__(self, running: Future[tuple[Count, str, float]], words: str, run_here: Callable[[], Count]) -> None:
        self._running = running
        self._run_here = run_here
        self.words = words
        """What is run."""

    def wait(self) -> Count:
        """Until it has ended; shows what it said.  One that has not begun is run here and now."""
        if self._running.cancel():
            return self._run_here()
        count, output, took_s = self._running.result()
        sys.stdout.write(output)
        print(f"beside the others for {took_s:.0f} s", flush=True)
        return count


class Beside:
    """Runs of pytest beside what the main thread does, some at a time; ended with the context.

    What one prints is kept until it is waited for."""

    def __init__(self, all_tests: bool, at_once: int = BESIDE) -> None:
        self._all_tests = all_tests
        self._pool = ThreadPoolExecutor(at_once)
        self._runs: list[PytestRun] = []
        self._is_ended = False

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ended = True
        for run in self._runs:
            run.end()
        self._pool.shutdown(cancel_futures=True)

    def start(self, python: str, arguments: Sequence[str], **environment: str) -> BesideRun:
        """A run that begins when one of those started before has ended, or at once."""
        return BesideRun(
            self._pool.submit(self._count, python, arguments, environment),
            " ".join(arguments),
            lambda: pytest(python, arguments, self._all_tests, **environment),
        )

    def _count(self, python: str, arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[Count, str, float]:
        if self._is_ended:
            return Count(failed=1), "", 0.0
        started_at = time.monotonic()
        with tempfile.TemporaryFile("w+b") as output:
            run = PytestRun(python, arguments, self._all_tests, output=output, **environment)
            self._runs.append(run)
            if self._is_ended:
                run.end()
            count = run.wait()
            output.seek(0)
            return count, output.read().decode("utf-8", "replace"), time.monotonic() - started_at


def headline(text: str) -> None:
    print(f"\n== {text} ".ljust(80, "="), flush=True)


def checks() -> Count:
    """The tools that read the source; each counts as one item and shows its output when it fails."""
    count = Count()
    for name, command in CHECKS:
        result = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=STAGE_TIMEOUT_S
        )
        print(f"{name}: {'failed' if result.returncode else 'ok'}", flush=True)
        if result.returncode:
            print(result.stdout + result.stderr, flush=True)
        count += Count(failed=1) if result.returncode else Count(passed=1)
    return count


def desktop(strict: bool, all_tests: bool) -> Count | str:
    """The real window on a private X server; or a sentence saying why it was not run."""
    if not sys.platform.startswith("linux"):
        return "not run: its X11 tools are not available on this system"
    missing = system_packages.missing((*system_packages.X11_LIBRARIES, *system_packages.DESKTOP_TEST_TOOLS))
    if missing and strict:
        print(f"missing: {', '.join(requirement.name for requirement in missing)}")
        return Count(failed=1)
    if missing:
        return "not run, since its tools are not installed; `python3 run.py test --desktop` installs them and runs it"
    count = pytest(sys.executable, ["tests/end2end"], all_tests=all_tests)
    if strict and count.skipped:
        print("Nothing may be skipped here: each skipped test counts as failed.")
        count = Count(count.passed, count.failed + count.skipped)
    return count


def pytest(python: str, arguments: Sequence[str], all_tests: bool, **environment: str) -> Count:
    """One run of pytest, counted from its report; a run that ends without one counts as one failure."""
    return PytestRun(python, arguments, all_tests, **environment).wait()


class PytestRun:
    """One run of pytest in a process of its own, under way."""

    def __init__(
        self,
        python: str,
        arguments: Sequence[str],
        all_tests: bool,
        output: IO[bytes] | None = None,
        **environment: str,
    ) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="qwen-desktop-tests-")
        self._report = Path(self._folder.name) / "report.xml"
        command = [python, "-m", "pytest", "-q", f"--junitxml={self._report}", *(["--all"] if all_tests else [])]
        self._process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
        )

    def wait(self) -> Count:
        """How its tests ended."""
        try:
            exit_code = self._process.wait(STAGE_TIMEOUT_S)
            count = read_report(self._report)
        except subprocess.TimeoutExpired:
            print(f"stopped after {STAGE_TIMEOUT_S} s", flush=True)
            return Count(failed=1)
        finally:
            self.end()
        if count is None:  # crashed, or left by os._exit, whose exit code may well be 0
            return Count(failed=1)
        # Exit codes past 1 (interrupted, internal error, nothing collected) leave no failed test behind.
        return count if exit_code == 0 or count.failed else count + Count(failed=1)

    def end(self) -> None:
        """Ends what is left of it; a second call changes nothing."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def read_report(report: Path) -> Count | None:
    """Counts of a JUnit file as pytest writes it; None if there is none or it is cut short."""
    try:
        suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return None
    count = Count()
    for suite in suites:
        number = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
        failed = number["failures"] + number["errors"]
        passed = max(0, number["tests"] - failed - number["skipped"])
        count += Count(passed, failed, number["skipped"])
    return count


def summarise(counts: dict[str, Count | str]) -> int:
    """Print a line for each stage and the sum, alone on the last line; the exit code."""
    headline("summary")
    total = Count()
    for stage, count in counts.items():
        print(f"{stage:8} {count}")
        if isinstance(count, Count):
            total += count
    print(f"\n{total}", flush=True)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
