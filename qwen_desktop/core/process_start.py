"""A process id to when that process began: the two together name one process for ever, though ids are used again.

Linux: `proc_pid_stat(5)`, field 22, in ticks since boot, and the boot's own id; Windows: `GetProcessTimes`; elsewhere
`ps -o lstart=`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path


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
    import subprocess

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
