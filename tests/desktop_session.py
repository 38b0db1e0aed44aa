"""A private desktop for tests: X server, window manager, D-Bus session, key ring and accessibility bus, all their own.

`DesktopSession` starts this module as a child that owns every process of the session. The child ends them all, exactly
them, when its standard input closes: when the session is closed, and also when the tests are killed.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

START_TIMEOUT_S = 30.0
PR_SET_CHILD_SUBREAPER = 36
BUS_CONFIGURATION = """<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
"""Of a bus that starts nothing by itself, so that what is not started here is not there."""
AT_SPI_LAUNCHER = "/usr/libexec/at-spi-bus-launcher"


class DesktopSession:
    """A context manager; inside it `environment` holds what a program needs to run on the private desktop."""

    def __init__(self, screen: str = "1600x1000x24") -> None:
        self.screen = screen
        self.environment: dict[str, str] = {}

    def __enter__(self) -> DesktopSession:
        self._folder = tempfile.TemporaryDirectory(prefix="qwen-desktop-session-", ignore_cleanup_errors=True)
        self._log = open(Path(self._folder.name) / "session.log", "w+b")
        self._keeper = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), self._folder.name, self.screen],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        assert self._keeper.stdout
        line = read_line(self._keeper.stdout, START_TIMEOUT_S)
        if not line:
            self.__exit__(None, None, None)
            raise RuntimeError(f"the private desktop did not start:\n{self._said}")
        self.environment = json.loads(line)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._keeper.stdin
        assert self._keeper.stdout
        self._keeper.stdin.close()
        try:
            self._keeper.wait(10)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
        self._keeper.stdout.close()
        self._log.seek(0)
        self._said = self._log.read().decode("utf-8", "replace")
        self._log.close()
        self._folder.cleanup()


def read_line(stream: IO[bytes], timeout_s: float) -> bytes:
    """One line of an unbuffered pipe, or nothing if none came in time."""
    deadline = time.monotonic() + timeout_s
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
        piece = os.read(stream.fileno(), 1) if ready else b""
        if not piece:
            return b""
        line += piece
    return line


class Keeper:
    """Starts the programs of the session, and ends them and whatever they started, in reverse order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[bytes]] = []
        libc = ctypes.CDLL(None, use_errno=True)
        # Programs that the session's bus starts, and orphans of ours, become children of this process.
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        names = ("PATH", "LANG", "LC_ALL", "TZ")
        self.environment = {name: os.environ[name] for name in names if name in os.environ}
        for name, part in (
            ("HOME", "home"),
            ("XDG_RUNTIME_DIR", "run"),
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_DATA_HOME", "home/.local/share"),
            ("XDG_CACHE_HOME", "home/.cache"),
        ):
            (folder / part).mkdir(parents=True, mode=0o700)
            self.environment[name] = str(folder / part)

    def start(self, *command: str, feed: bytes = b"", pass_fds: tuple[int, ...] = (), **environment: str) -> None:
        """Start `command` in the session; `feed` is written to its standard input, which then ends."""
        process = subprocess.Popen(
            command,
            env={**self.environment, **environment},
            stdin=subprocess.PIPE,
            stdout=sys.stderr,
            stderr=sys.stderr,
            pass_fds=pass_fds,
            start_new_session=True,
        )
        self.started.append(process)
        assert process.stdin
        process.stdin.write(feed)
        process.stdin.close()

    def start_x_server(self, screen: str) -> None:
        reading, writing = os.pipe()
        self.start(
            *("Xvfb", "-displayfd", str(writing), "-screen", "0", screen),
            *("-nolisten", "tcp", "-noreset", "-dpi", "96"),
            pass_fds=(writing,),
        )
        os.close(writing)
        with os.fdopen(reading, "rb", buffering=0) as pipe:
            display = read_line(pipe, START_TIMEOUT_S).decode().strip()
        assert display.isdigit(), "Xvfb found no display"
        self.environment["DISPLAY"] = f":{display}"

    def start_bus(self) -> None:
        """A session bus of our own, which starts no service by itself: one a test did not start would be in its way."""
        folder = Path(self.environment["XDG_RUNTIME_DIR"])
        address = f"unix:path={folder}/bus"
        (folder / "bus.conf").write_text(BUS_CONFIGURATION.format(address=address))
        self.start("dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile")
        wait_until(Path(address.removeprefix("unix:path=")).exists)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address

    def start_key_ring(self) -> None:
        """Unlocked with an empty password, holding nothing."""
        self.start("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets", feed=b"\n")
        self.wait_for_bus_name("org.freedesktop.secrets")

    def start_accessibility(self) -> None:
        self.start(AT_SPI_LAUNCHER, "--launch-immediately")
        self.wait_for_bus_name("org.a11y.Bus")
        self.environment["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"

    def start_window_manager(self) -> None:
        self.start("openbox", "--sm-disable")
        wait_until(lambda: self.answers("xdotool", "get_num_desktops"))

    def wait_for_bus_name(self, name: str) -> None:
        dbus = ("dbus-send", "--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/")
        wait_until(lambda: self.answers(*dbus, "org.freedesktop.DBus.GetNameOwner", f"string:{name}"))

    def answers(self, *command: str) -> bool:
        return subprocess.run(command, env=self.environment, stdout=sys.stderr, stderr=sys.stderr).returncode == 0

    def end(self) -> None:
        """End what was started here, last first; then every process it left to us."""
        for process in reversed(self.started):
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        deadline = time.monotonic() + 3.0
        while children := children_of(os.getpid()):
            for child in children:
                os.kill(child, signal.SIGTERM if time.monotonic() < deadline - 2.0 else signal.SIGKILL)
            while children and os.waitpid(-1, os.WNOHANG)[0]:
                children = children_of(os.getpid())
            if time.monotonic() > deadline:
                return
            time.sleep(0.02)


def children_of(parent: int) -> list[int]:
    """The processes whose parent is `parent`, the dead that wait to be reaped included."""
    children = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text("utf-8", "replace")
            except OSError:
                continue
            if int(re.sub(r"^.*\) \S ", "", stat, flags=re.DOTALL).split()[0]) == parent:
                children.append(int(entry.name))
    return children


def wait_until(condition: Callable[[], bool], timeout_s: float = START_TIMEOUT_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not ready within {timeout_s} s"
        time.sleep(0.02)


def keep(folder: str, screen: str) -> None:
    """Start the session, print its environment as one line of JSON, hold it until standard input closes."""
    keeper = Keeper(Path(folder))
    try:
        keeper.start_x_server(screen)
        keeper.start_bus()
        keeper.start_key_ring()
        keeper.start_accessibility()
        keeper.start_window_manager()
        print(json.dumps({**keeper.environment, "QT_QPA_PLATFORM": "xcb"}), flush=True)
        sys.stdin.read()
    finally:
        keeper.end()


if __name__ == "__main__":
    keep(sys.argv[1], sys.argv[2])
