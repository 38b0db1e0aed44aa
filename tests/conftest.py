"""What every test stands on: a folder of its own, the loop, waiting for conditions, and no traces left behind.

Nothing here needs Qt: `tests/gui/conftest.py` and `tests/end2end/conftest.py` put the production loop under `run`.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

RunScenario = Callable[..., None]

HANG_S = 60.0
"""What takes longer hangs, on a slow and busy machine too; no limit of anything that has one."""

hypothesis.settings.register_profile("project", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("project")

# Where the tests run in the background of a shell, or are to outlive it, these are ignored, by every program they start
# as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A test sees neither this machine's proxies nor its owner's keys, folders and language.
for _name in list(os.environ):
    if _name.lower().endswith("_proxy") or _name.startswith(("QWEN_DESKTOP_", "DASHSCOPE_", "OPENAI_")):
        del os.environ[_name]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the tests marked slow as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow tests to `--all`, except where one is asked for by its name."""
    if config.getoption("--all") or any("::" in argument for argument in config.args) or config.option.markexpr:
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


@pytest.fixture(scope="module", autouse=True)
def what_lives_is_not_looked_at() -> None:
    """Collections see what that module's tests have made: all that thousands of tests are takes 0.1 s to look at."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder the app may write to in this test; also where it looks for everything of the user."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("QWEN_DESKTOP_HOME", str(folder))
    monkeypatch.setenv("QWEN_DESKTOP_LANG", "en")
    return folder


@pytest.fixture
def run() -> RunScenario:
    """Run one scenario on a fresh loop; fail if it takes too long or leaves a task behind."""

    def run_scenario(scenario: Coroutine[Any, Any, object], timeout_s: float = HANG_S) -> None:
        with asyncio.Runner() as runner:
            runner.run(bounded(scenario, timeout_s))

    return run_scenario


async def bounded(scenario: Coroutine[Any, Any, object], timeout_s: float) -> None:
    """Await `scenario` for at most `timeout_s`, and no less than HANG_S, then look for tasks it left behind."""
    async with asyncio.timeout(max(timeout_s, HANG_S)):
        await scenario
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks left behind: {left}"


async def eventually(
    condition: Callable[[], object | Awaitable[object]], timeout_s: float = 15.0, poll_s: float = 0.01
) -> Any:
    """Wait until `condition()` is true and return it; an AssertionError inside it counts as not yet."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            outcome = condition()
            if isinstance(outcome, Awaitable):
                outcome = await outcome
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            outcome = False
        if outcome:
            return outcome
        assert time.monotonic() <= deadline, f"not true within {timeout_s} s: {condition}"
        await asyncio.sleep(poll_s)


@pytest.fixture(name="eventually")
def eventually_fixture() -> Callable[..., Awaitable[Any]]:
    """`await eventually(lambda: ...)`, for tests that would rather not import it."""
    return eventually


class ExpectedLogs(logging.Handler):
    """Warnings and errors logged during one test, against those the test said it expects."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.patterns: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def __call__(self, pattern: str) -> None:
        """Expect at least one warning or error in which the regular expression `pattern` is found."""
        self.patterns.append(pattern)

    def check(self) -> None:
        """Fail for a warning nobody expected, and for an expected one that never came."""
        lines = [f"{record.levelname} {record.name}: {record.getMessage()}" for record in self.records]
        surprises = [line for line in lines if not any(re.search(pattern, line) for pattern in self.patterns)]
        missing = [pattern for pattern in self.patterns if not any(re.search(pattern, line) for line in lines)]
        assert not surprises, f"unexpected log warnings: {surprises}"
        assert not missing, f"expected log warnings that never came: {missing}"


@pytest.fixture(autouse=True)
def expect_log() -> Iterator[ExpectedLogs]:
    """Fail the test for each unexpected log warning; `expect_log("pattern")` expects one."""
    handler = ExpectedLogs()
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    handler.check()


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """Fail the test if a thread it started is still alive some seconds after its end."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 10.0
    for thread in set(threading.enumerate()) - before:
        if not isinstance(thread, threading._DummyThread):  # Qt's own threads, seen once they ran Python
            thread.join(max(0.0, deadline - time.monotonic()))
            assert not thread.is_alive(), f"thread left behind: {thread.name}"
