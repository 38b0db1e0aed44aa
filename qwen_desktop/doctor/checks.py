"""The checks to a list of findings: each bounded in time, and a broken one is itself a finding."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from qwen_desktop.core.words import tr
from qwen_desktop.doctor import clock, desktop, input_method, installation, keys, network, storage
from qwen_desktop.doctor.finding import Finding, Verdict
from qwen_desktop.doctor.machine import Machine

CHECK_S = 2.0
"""How long one check is waited for."""
ALL_S = 4.5
"""And all of them together."""
_ALONE_S = 0.2
"""How long the next check waits for the one before: they run one after the other unless one hangs."""

Check = Callable[[Machine], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    installation.versions,
    installation.packages,
    installation.system,
    desktop.screen,
    desktop.tray,
    desktop.hotkey,
    desktop.notifications,
    input_method.input_method,
    keys.key,
    keys.keychain,
    network.service,
    network.proxy,
    network.certificates,
    storage.folders,
    storage.settings,
    storage.history,
    storage.logs,
    clock.clock,
)


def _subject(check: Check) -> str:
    """What a check looks at, for people, where it did not get as far as saying so."""
    subjects = {
        "versions": "Qwen Desktop",
        "packages": "Python",
        "system": tr("System libraries"),
        "screen": tr("Screen"),
        "tray": tr("Tray"),
        "hotkey": tr("Hotkey"),
        "notifications": tr("Notifications"),
        "input_method": tr("Input method"),
        "key": "DASHSCOPE_API_KEY",
        "keychain": tr("Keychain"),
        "service": tr("Server address"),
        "proxy": tr("Proxy"),
        "certificates": tr("Certificates"),
        "folders": tr("Data folder"),
        "settings": tr("Settings"),
        "history": tr("History"),
        "logs": tr("Logs"),
        "clock": tr("Clock"),
    }
    return subjects.get(check.__name__, check.__name__)


class _Run:
    """One check on a thread that nobody has to wait for: it may hang in a system call for ever."""

    def __init__(self, check: Check, machine: Machine) -> None:
        self.check = check
        self.found: list[Finding] | None = None
        self.done = threading.Event()
        self.began_at = time.monotonic()
        threading.Thread(target=self._run, args=(machine,), name=f"doctor-{check.__name__}", daemon=True).start()

    def _run(self, machine: Machine) -> None:
        found: list[Finding] = []
        try:
            for finding in self.check(machine):
                found.append(finding)
        except Exception as error:
            # A report that ends half way helps nobody; what broke here may be the very thing that is looked for.  Its
            # message is not told: it may quote what nobody has looked at.
            number = f" {error.errno}" if isinstance(error, OSError) and error.errno else ""
            text = tr("this check broke: {kind}", kind=type(error).__name__ + number)
            found.append(Finding(_subject(self.check), text, Verdict.PROBLEM))
        self.found = found
        self.done.set()


def examine(
    machine: Machine | None = None, checks: Sequence[Check] | None = None, *, check_s: float = CHECK_S
) -> list[Finding]:
    """All findings in the order of the checks.  Blocks for at most ALL_S: for a thread of its own in the window."""
    machine = machine or Machine()
    started_at = time.monotonic()
    runs = []
    for check in CHECKS if checks is None else checks:
        run = _Run(check, machine)
        runs.append(run)
        run.done.wait(_ALONE_S)
    findings: list[Finding] = []
    for run in runs:
        until = min(run.began_at + check_s, started_at + ALL_S)
        if run.done.wait(max(0.0, until - time.monotonic())) and run.found is not None:
            found = run.found
        else:
            found = [
                Finding(
                    _subject(run.check), tr("no answer within {seconds} s", seconds=f"{check_s:g}"), Verdict.PROBLEM
                )
            ]
        findings += [replace(finding, check=run.check.__name__) for finding in found]
    return findings
