"""Versions, packages, libraries of the system: whether everything the app is made of is there."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from collections.abc import Iterator

from qwen_desktop import __version__
from qwen_desktop.core.words import tr
from qwen_desktop.desktop import system_packages
from qwen_desktop.doctor.finding import Finding, Verdict
from qwen_desktop.doctor.machine import Machine

PACKAGES = ("PySide6-Essentials", "qasync", "httpx", "msgspec", "keyring", "markdown-it-py", "Pygments", "truststore")
LINUX_PACKAGES = ("dbus-fast", "python-xlib")
FIRST_BAD_QT = (6, 12)
"""Drops a reference to None at each call and aborts, on Python 3.11."""


def versions(machine: Machine) -> Iterator[Finding]:
    """The app, Python and the system."""
    yield Finding("Qwen Desktop", __version__)
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding(
        "Python",
        f"{platform.python_version()} ({sys.executable})",
        Verdict.FINE if fits else Verdict.PROBLEM,
        "" if fits else tr("Install Python 3.11, 3.12 or 3.13."),
    )
    yield Finding(tr("Operating system"), platform.platform())


def packages(machine: Machine) -> Iterator[Finding]:
    """The packages the app cannot do without; the version of Qt is that of PySide6."""
    for name in PACKAGES + (LINUX_PACKAGES if machine.is_linux else ()):
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, tr("not installed"), Verdict.PROBLEM, tr("Start the app with: python3 run.py"))
            continue
        if name == "PySide6-Essentials" and sys.version_info[:2] == (3, 11) and _numbers(version) >= FIRST_BAD_QT:
            remedy = tr("Install PySide6-Essentials below 6.12.")
            yield Finding(name, tr("{version} crashes with Python 3.11", version=version), Verdict.PROBLEM, remedy)
        else:
            yield Finding(name, version)


def system(machine: Machine) -> Iterator[Finding]:
    """Libraries, fonts and certificates of the system."""
    required = system_packages.missing((system_packages.c_library(), *system_packages.window_requirements()))
    subject = tr("System libraries")
    yield _advice(subject, required, Verdict.PROBLEM) if required else Finding(subject, tr("all there"))
    if machine.is_linux:
        welcome = system_packages.missing((system_packages.CHINESE_FONT, system_packages.CERTIFICATES))
        subject = tr("Fonts and certificates")
        yield _advice(subject, welcome, Verdict.NOTE) if welcome else Finding(subject, tr("all there"))


def _advice(subject: str, missing: list[system_packages.Requirement], verdict: Verdict) -> Finding:
    """What is missing, and the line that installs it where that is known."""
    names = ", ".join(requirement.name for requirement in missing)
    kind = system_packages.family()
    remedy = ""
    if kind and system_packages.package_names(missing, kind):
        line = " ".join(system_packages.install_command(missing, kind))
        remedy = tr("Install with: sudo {line}", line=line)
    return Finding(subject, tr("missing: {names}", names=names), verdict, remedy)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
