"""This computer's clock against what it must be later than, without asking anybody: files and certificates."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from qwen_desktop.core.words import tr
from qwen_desktop.doctor.finding import Finding, Verdict
from qwen_desktop.doctor.machine import Machine
from qwen_desktop.doctor.network import trusted

_TOLERANCE_S = 24 * 3600
"""Files may come from another time zone's clock, or an archive."""


def clock(machine: Machine) -> Iterator[Finding]:
    """A clock that is wrong by days makes every certificate look invalid."""
    now = time.time()
    yield judged(now, _newest_file(machine), trusted())


def judged(now: float, newest_file: float, authorities: list[dict[str, object]]) -> Finding:
    """`now` and `newest_file` in seconds since 1970; `authorities` with `notBefore` and `notAfter` as OpenSSL says."""
    subject, shown = tr("Clock"), time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now))
    remedy = tr("Set the clock by the network in the system's settings.")
    if newest_file > now + _TOLERANCE_S:
        return Finding(
            subject, tr("{time} is before files of this app were written", time=shown), Verdict.PROBLEM, remedy
        )
    early = sum(_seconds(one.get("notBefore"), now) > now for one in authorities)
    late = sum(_seconds(one.get("notAfter"), now) < now for one in authorities)
    if len(authorities) >= 10 and max(early, late) * 3 > len(authorities):
        text = tr("{time}: most certificates are not valid at this time", time=shown)
        return Finding(subject, text, Verdict.PROBLEM, remedy)
    return Finding(subject, shown)


def _seconds(date: object, otherwise: float) -> float:
    import ssl

    try:
        return ssl.cert_time_to_seconds(str(date))
    except ValueError:
        return otherwise


def _newest_file(machine: Machine) -> float:
    """When the app was installed, or last kept something."""
    files = [Path(__file__)]
    if machine.paths is not None:
        files += [machine.paths.history, machine.paths.settings]
    return max((file.stat().st_mtime for file in files if file.exists()), default=0.0)
