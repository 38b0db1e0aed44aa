"""One window for one history: real processes, offscreen, that start beside each other, hand over, and are killed."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from qwen_desktop.desktop.request import Action, Request
from qwen_desktop.desktop.single_instance import ANSWER, Address, hand_over, hand_over_to_first, screen_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets of Unix")

ROOT = Path(__file__).resolve().parents[2]

APP = """
import sys
from qwen_desktop import app, cli
from qwen_desktop.ui.controllers import presence
real_do = presence.PresenceController.do
def do(self, request):
    real_do(self, request)
    print("did", request.action, request.text, self._window.isVisible(), flush=True)
presence.PresenceController.do = do
real_begin = app.Desktop.begin
async def begin(self):
    await real_begin(self)
    print("begun", self.window.isVisible(), flush=True)
app.Desktop.begin = begin
code = cli.main(sys.argv[1:])
print("ended", code, flush=True)
sys.exit(code)
"""


class Starts:
    """Starts of the app with one home, one screen and one folder for sockets."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        # A socket's path is short, and the folders of tests are not.
        self.runtime = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qd-")))
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")},
            "QWEN_DESKTOP_HOME": str(folder / "home"),
            "QWEN_DESKTOP_LANG": "en",
            "DASHSCOPE_API_KEY": "sk-canary-once-0000",
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_RUNTIME_DIR": str(self.runtime),
        }
        self._stack = stack

    @property
    def address(self) -> Address:
        return Address(Path(self.environment["QWEN_DESKTOP_HOME"]) / "data", self.environment)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", APP, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._stack.callback(_end, process)
        return process


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def line_of(process: subprocess.Popen[str]) -> str:
    """The next line the process prints; pytest-timeout ends a wait without end."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[Starts]:
    with ExitStack() as stack:
        yield Starts(tmp_path, stack)


def test_a_second_start_hands_over_and_ends(starts: Starts) -> None:
    first = starts.start()
    assert line_of(first) == "begun True"
    assert line_of(starts.start()) == "ended 0"
    assert line_of(first) == "did window  True"
    assert line_of(starts.start("quick", "hello", "there")) == "ended 0"
    assert line_of(first).startswith("did quick hello there")
    assert line_of(starts.start("qwen-desktop://ask?q=%E4%BD%A0%E5%A5%BD")) == "ended 0"
    assert line_of(first).startswith("did ask 你好")
    socket_mode = os.stat(starts.address.path).st_mode
    assert stat.S_IMODE(socket_mode) == 0o600
    assert stat.S_IMODE(os.stat(starts.runtime / "qwen-desktop").st_mode) == 0o700
    first.send_signal(signal.SIGTERM)
    assert line_of(first) == "ended 0"
    assert not os.path.exists(starts.address.path)


def test_the_running_one_is_asked_to_end(starts: Starts) -> None:
    assert line_of(starts.start("--quit")) == "ended 0"
    assert not (Path(starts.environment["QWEN_DESKTOP_HOME"]) / "data").exists(), "nothing is begun for it"
    first = starts.start()
    assert line_of(first) == "begun True"
    asking = starts.start("--quit")
    assert line_of(asking) == "ended 0"
    assert line_of(first) == "did quit  True"
    assert line_of(first) == "ended 0"


def test_starts_at_once_end_in_one(starts: Starts) -> None:
    processes = [starts.start("quick", str(number)) for number in range(4)]
    lines = {process.pid: line_of(process) for process in processes}
    first = [process for process in processes if lines[process.pid] != "ended 0"]
    assert len(first) == 1, lines
    told = [lines[first[0].pid], *(line_of(first[0]) for _ in range(4))]
    assert sum(line.startswith("begun") for line in told) == 1, told
    done = {line.split()[2] for line in told if line.startswith("did")}
    assert done == {"0", "1", "2", "3"}, "each wish was heard once"


def test_a_killed_one_leaves_nothing_in_the_way(starts: Starts) -> None:
    first = starts.start()
    assert line_of(first) == "begun True"
    first.kill()
    first.wait()
    assert os.path.exists(starts.address.path), "its socket is left behind"
    assert not hand_over(starts.address, Request())
    second = starts.start()
    assert line_of(second) == "begun True"
    assert hand_over(starts.address, Request(Action.QUICK, "x"))
    assert line_of(second).startswith("did quick x")


def test_one_that_does_not_listen_is_waited_for_and_then_told_of(starts: Starts) -> None:
    began_at = time.monotonic()
    with pytest.raises(TimeoutError):
        hand_over_to_first(starts.address, Request(), lambda: False, patience_s=0.2)
    assert time.monotonic() - began_at < 5
    assert not hand_over_to_first(starts.address, Request(), lambda: True)


def test_what_strangers_say_is_not_heard(starts: Starts) -> None:
    first = starts.start()
    assert line_of(first) == "begun True"
    for said in (b"", b"\n", b"GET / HTTP/1.1\r\n\r\n", b'{"do": "send"}\n', b"x" * 2_000_000):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(starts.address.path)
            try:
                connection.sendall(said)
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(10) == b""
            except (BrokenPipeError, ConnectionResetError):
                pass  # it had heard enough
    assert hand_over(starts.address, Request(Action.QUICK, "still here"))
    assert line_of(first).startswith("did quick still here")


def test_another_screen_is_told_apart(starts: Starts) -> None:
    first = starts.start()
    assert line_of(first) == "begun True"
    other = Address(Path(starts.environment["QWEN_DESKTOP_HOME"]) / "data",
                    {**starts.environment, "QT_QPA_PLATFORM": "minimal"})  # fmt: skip
    assert not hand_over(other, Request())
    assert other.is_elsewhere()
    assert not starts.address.is_elsewhere()
    assert ANSWER  # the running one did not answer it


def test_a_long_path_does_not_keep_it_from_listening(tmp_path: Path) -> None:
    """A socket's path may have a hundred bytes; folders of users may have more."""
    long = tmp_path / ("x" * 90)
    long.mkdir()
    assert len(Address(long, {"XDG_RUNTIME_DIR": str(long)}).path) < 100


@pytest.mark.parametrize(
    ("environ", "screen"),
    [
        ({"DISPLAY": ":0"}, ":0"),
        ({"DISPLAY": ":0.1"}, ":0"),
        ({"DISPLAY": "far.example:10.0"}, "far.example:10"),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "wayland-0"),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "xcb"}, ":0"),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "offscreen"),
        ({}, ""),
    ],
)
def test_a_screen_is_named_by_its_display(environ: dict[str, str], screen: str) -> None:
    assert screen_of(environ) == screen
