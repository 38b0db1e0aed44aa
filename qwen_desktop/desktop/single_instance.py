"""One window per history, user and screen: a second start hands its wish to the first one and ends.

Who is first is decided by the lock of the history (`core/storage/lock.py`), which ends with its process however that
ends.  The socket only carries wishes, so one left behind by a killed process is taken over by whoever holds the lock.
The side that asks needs neither Qt nor asyncio: it is what a key of the desktop starts.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from qwen_desktop.core.absent import absent
from qwen_desktop.desktop.request import MOST_BYTES, Action, Request

if TYPE_CHECKING:
    import asyncio

    from PySide6.QtCore import QObject

ANSWER = b"ok\n"
CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 5.0
START_PATIENCE_S = 15.0
"""How long a second start waits for a first one that is only just starting."""
END_PATIENCE_S = 30.0
"""How long the first one may take to end: it keeps what is being written, and closes the history."""
_RETRY_S = 0.05
_LONGEST_FOLDER = 60
"""Bytes; a socket's path may have about a hundred (https://man7.org/linux/man-pages/man7/unix.7.html), on macOS 104."""


class Address:
    """Where the window of one history listens, on one screen.

    The folder belongs to the user alone; the name holds neither the folder of the history nor the user in clear, since
    a socket's path may be only about a hundred bytes long.
    """

    def __init__(self, data_folder: Path, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self._environ = environ
        self._history = _digest(os.path.realpath(data_folder))
        self.name = f"{self._history}-{_digest(screen_of(environ))}"

    @property
    def path(self) -> str:
        """A path of a socket; on Windows the name of a pipe.  Makes nothing."""
        if sys.platform == "win32":
            return rf"\\.\pipe\qwen-desktop-{_digest(self._environ.get('USERNAME', ''))}-{self.name}"
        return str(runtime_folder(self._environ) / f"{self.name}.socket")

    def exists(self) -> bool:
        """Whether somebody listens there, or has been killed there."""
        return os.path.exists(self.path)

    def is_elsewhere(self) -> bool:
        """Whether this history has a window on another screen of this user."""
        if sys.platform == "win32":
            return False
        others = runtime_folder(self._environ).glob(f"{self._history}-*.socket")
        return any(other.stem != self.name and _can_connect(str(other)) for other in others)


def screen_of(environ: Mapping[str, str]) -> str:
    """What tells the screens of one user apart: the display, without the number of a monitor on it."""
    platform = environ.get("QT_QPA_PLATFORM", "")
    if platform and platform.partition(":")[0] not in ("xcb", "wayland", "windows", "cocoa"):
        return platform  # no screen at all
    if wayland := environ.get("WAYLAND_DISPLAY"):
        return wayland
    host, colon, display = environ.get("DISPLAY", "").rpartition(":")
    return host + colon + display.partition(".")[0]


def runtime_folder(environ: Mapping[str, str]) -> Path:
    """Where the user's sockets belong; without such a place, a folder of the user's own among the temporary ones."""
    given = environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isdir(given) and len(os.fsencode(given)) <= _LONGEST_FOLDER:
        return Path(given) / "qwen-desktop"
    import tempfile

    user = str(os.getuid()) if hasattr(os, "getuid") else _digest(environ.get("USERNAME", ""))
    return Path(tempfile.gettempdir()) / f"qwen-desktop-{user}"


def hand_over(address: Address, request: Request) -> bool:
    """Asks the running instance; True once it has taken the wish.  Blocks for some seconds at most."""
    try:
        if sys.platform == "win32":
            return _ask_pipe(address.path, request.to_line()) == ANSWER
        return address.exists() and _ask(address.path, request.to_line()) == ANSWER
    except OSError:
        return False


def hand_over_to_first(
    address: Address,
    request: Request,
    take_lock: Callable[[], bool],
    *,
    patience_s: float = START_PATIENCE_S,
) -> bool:
    """For a start that did not get the lock: hands over as soon as the first one listens.

    True: it has been asked, or is on another screen, or does not answer; False: it has ended meanwhile and the lock is
    ours now.  Raises TimeoutError when nothing came of it.  Blocks.
    """
    ends_at = time.monotonic() + patience_s
    while time.monotonic() < ends_at:
        if hand_over(address, request):
            return True
        if take_lock():
            return False
        if address.is_elsewhere():
            break
        time.sleep(_RETRY_S)
    raise TimeoutError("another instance has the history and does not answer")


def end_first(address: Address, take_lock: Callable[[], bool], *, patience_s: float = END_PATIENCE_S) -> bool:
    """Asks the running instance to end; True once it has, and the lock is ours, also if there was none.  Blocks."""
    ends_at = time.monotonic() + patience_s
    was_asked = False
    while not take_lock():
        was_asked = was_asked or hand_over(address, Request(Action.QUIT))
        if address.is_elsewhere() or time.monotonic() > ends_at:
            return False
        time.sleep(_RETRY_S)
    return True


class SingleInstance:
    """The side of the first: listens, and tells each wish on the loop.  Start it with the lock of the history held."""

    def __init__(self, address: Address, tell: Callable[[Request], object]) -> None:
        self._address = address
        self._tell = tell
        self._server: asyncio.AbstractServer | None = None
        self._windows_server: QObject | None = None
        self._hearing: set[asyncio.Task[Any]] = set()

    async def listen(self) -> None:
        """Raises OSError if the place refuses; then the app works, and a second start only says that it is open."""
        if sys.platform == "win32":
            self._listen_on_pipe()
            return
        import asyncio

        folder = Path(self._address.path).parent
        _own_folder(folder)
        with suppress(FileNotFoundError):
            os.unlink(self._address.path)  # of a process that was killed: the lock is ours
        old = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._hear, self._address.path, limit=MOST_BYTES)
        finally:
            os.umask(old)

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        import asyncio

        task = asyncio.current_task()
        assert task is not None
        self._hearing.add(task)
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                request = Request.from_line(await reader.readuntil(b"\n"))
                writer.write(ANSWER)
                await writer.drain()
        except (ValueError, OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()
            self._hearing.discard(task)
        self._tell(request)

    def _listen_on_pipe(self) -> None:
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer()
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not server.listen(self._address.path):
            raise OSError(server.errorString())
        server.newConnection.connect(lambda: self._hear_pipe(server.nextPendingConnection()))
        self._windows_server = server

    def _hear_pipe(self, connection: Any) -> None:
        def read() -> None:
            if not connection.canReadLine():
                if connection.bytesAvailable() > MOST_BYTES:
                    connection.abort()
                return
            line = bytes(connection.readLine().data())
            try:
                request = Request.from_line(line)
            except ValueError:
                connection.abort()
                return
            connection.write(ANSWER)
            connection.flush()
            connection.disconnectFromServer()
            self._tell(request)

        connection.disconnected.connect(connection.deleteLater)
        connection.readyRead.connect(read)
        read()

    async def close(self) -> None:
        """Stops listening; call it before the lock is let go."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError):
                os.unlink(self._address.path)
            server.close()
            for task in list(self._hearing):
                task.cancel()
            await server.wait_closed()
        if self._windows_server is not None:
            self._windows_server.deleteLater()
            self._windows_server = None


def _own_folder(folder: Path) -> None:
    """A folder only this user can enter.  Raises OSError for one that belongs to somebody else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or folder.is_symlink():
        raise PermissionError(f"{folder} belongs to another user")
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def _ask(path: str, line: bytes) -> bytes:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(CONNECT_TIMEOUT_S)
        connection.connect(path)
        connection.settimeout(ANSWER_TIMEOUT_S)
        connection.sendall(line)
        answer = b""
        while len(answer) < len(ANSWER):
            piece = connection.recv(len(ANSWER) - len(answer))
            if not piece:
                break
            answer += piece
        return answer


def _ask_pipe(path: str, line: bytes) -> bytes:
    """The same by a pipe of Windows, which knows no time limits: whether there is an answer is looked for."""
    if sys.platform != "win32":  # tells mypy which platform this is for
        return b""
    import _winapi
    import msvcrt

    ends_at = time.monotonic() + CONNECT_TIMEOUT_S
    while True:
        try:
            pipe = open(path, "r+b", buffering=0)  # noqa: SIM115
            break
        except FileNotFoundError:
            return b""
        except OSError:  # all its ends are taken this moment
            if time.monotonic() > ends_at:
                raise
            time.sleep(_RETRY_S)
    with pipe:
        pipe.write(line)
        handle = msvcrt.get_osfhandle(pipe.fileno())
        ends_at = time.monotonic() + ANSWER_TIMEOUT_S
        while _winapi.PeekNamedPipe(handle, 0)[0] < len(ANSWER):
            if time.monotonic() > ends_at:
                return b""
            time.sleep(_RETRY_S / 10)
        return pipe.read(len(ANSWER)) or b""


def _can_connect(path: str) -> bool:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(CONNECT_TIMEOUT_S)
        try:
            connection.connect(path)
        except OSError:
            return False
        return True


def _hashlib() -> ModuleType:
    """The module, without OpenSSL if nobody has needed that yet: 1.3 MB for one name.  Others get it with OpenSSL."""
    if "hashlib" in sys.modules:
        return sys.modules["hashlib"]
    with absent("_hashlib"):
        module = import_module("hashlib")
    del sys.modules["hashlib"]
    return module


def _digest(text: str) -> str:
    sha256 = _hashlib().sha256
    return str(sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12])
