"""Process ids to "is it still there": who owns a running turn, so that recovery touches only turns of the dead.

A process id alone is not enough: it is reused.  With the moment the process started it names one process for ever
(Linux: `proc_pid_stat(5)`, field 22, in ticks since boot, and the boot's own id; Windows: `GetProcessTimes`; elsewhere
`ps -o lstart=`).  The instance id tells several histories of one process apart.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

_open_here: set[str] = set()
"""Instance ids of this process whose history is open."""


@dataclass(frozen=True, slots=True)
class Owner:
    """One open history in one process."""

    instance_id: str
    process_id: int
    process_started: str
    """Text to compare, without meaning elsewhere; empty where the platform does not tell."""

    @classmethod
    def current(cls) -> Owner:
        """A new owner in this process; on Linux and Windows it costs microseconds, elsewhere one call of `ps`."""
        return cls(uuid.uuid4().hex, os.getpid(), process_started(os.getpid()) or "")

    def opened(self) -> None:
        """Its history is open in this process."""
        _open_here.add(self.instance_id)

    def closed(self) -> None:
        """Its history was closed: what it left running belongs to nobody."""
        _open_here.discard(self.instance_id)

    def is_alive(self) -> bool:
        """Whether the turns it owns may still be running; in doubt they are, since a live reply must not be touched."""
        if self.process_id == os.getpid():
            started = process_started(self.process_id) or ""
            return started == self.process_started and self.instance_id in _open_here
        started_now = process_started(self.process_id)
        if started_now is None:
            return False
        return not (started_now and self.process_started) or started_now == self.process_started


def process_started(process_id: int) -> str | None:
    """When a process began, as text to compare; '' if it lives but does not tell; None if there is no such process.

    A process that was killed but not yet collected by its parent (a zombie) is no process any more.
    """
    if process_id <= 0:
        return None
    if sys.platform == "win32":
        return _started_windows(process_id)
    if sys.platform == "linux":
        return _started_linux(process_id)
    return _started_ps(process_id)


def _started_linux(process_id: int) -> str | None:
    try:
        stat = Path(f"/proc/{process_id}/stat").read_bytes()
        # The name in parentheses may hold anything, parentheses and spaces too: count from the last one.
        fields = stat[stat.rindex(b")") + 2 :].split()
        state, ticks = fields[0], fields[19].decode()
    except FileNotFoundError:
        if not Path("/proc/self/stat").exists():  # no /proc in this sandbox
            return _exists_posix(process_id)
        return None
    except ProcessLookupError:
        return None
    except (OSError, ValueError, IndexError):
        return _exists_posix(process_id)
    if state in (b"Z", b"X", b"x"):
        return None
    return f"{_boot_id()}:{ticks}"


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _exists_posix(process_id: int) -> str | None:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return None
    except OSError:  # it is there, and belongs to somebody else
        return ""
    except OverflowError:
        return None
    return ""


def _started_ps(process_id: int) -> str | None:
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    try:
        answer = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(process_id)],
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            timeout=5.0,
            check=False,
        ).stdout.split(maxsplit=1)
    except (OSError, subprocess.SubprocessError):
        return _exists_posix(process_id)
    if len(answer) < 2 or answer[0].startswith("Z"):
        return None
    return " ".join(answer[1].split())


def _started_windows(process_id: int) -> str | None:
    if sys.platform != "win32":  # tells mypy which platform this is for
        return ""
    import ctypes
    from ctypes import wintypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = wintypes.HANDLE
    kernel.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    kernel.GetProcessTimes.argtypes = (wintypes.HANDLE, *([ctypes.POINTER(wintypes.FILETIME)] * 4))
    kernel.GetExitCodeProcess.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD))
    kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
    query_limited_information, access_denied, still_active = 0x1000, 5, 259
    handle = kernel.OpenProcess(query_limited_information, False, process_id)
    if not handle:
        return "" if ctypes.get_last_error() == access_denied else None
    try:
        exit_code = wintypes.DWORD()
        if kernel.GetExitCodeProcess(handle, ctypes.byref(exit_code)) and exit_code.value != still_active:
            return None
        times = [wintypes.FILETIME() for _ in range(4)]
        if not kernel.GetProcessTimes(handle, *(ctypes.byref(time) for time in times)):
            return ""
        return str(times[0].dwHighDateTime << 32 | times[0].dwLowDateTime)
    finally:
        kernel.CloseHandle(handle)
