"""This installation to a list of what it finds and misses; it changes nothing and shows no secret.

Works with the standard library alone, so `run.py doctor` can tell why set-up fails, and tells more once all is there.
"""

from __future__ import annotations

import enum
import importlib.metadata
import importlib.util
import os
import platform
import sys
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qwen_desktop import __version__
from qwen_desktop.core.paths import AppPaths, resources
from qwen_desktop.core.words import tr
from qwen_desktop.desktop import system_packages

PACKAGES = ("PySide6-Essentials", "qasync", "httpx", "msgspec", "keyring", "markdown-it-py", "Pygments", "truststore")
INPUT_METHOD_VARIABLES = ("QT_IM_MODULE", "QT_IM_MODULES", "XMODIFIERS")


class Verdict(enum.StrEnum):
    """What a finding means for the app."""

    FINE = " "
    NOTE = "·"
    """Something works less well, or is worth knowing."""
    PROBLEM = "!"
    """Something does not work."""


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    subject: str
    text: str
    verdict: Verdict = Verdict.FINE

    def __str__(self) -> str:
        return f"{self.verdict} {self.subject}: {self.text}"


def run() -> int:
    """Print the report; 1 if something does not work, else 0."""
    found = list(findings())
    for finding in found:
        print(finding)
    problems = sum(finding.verdict is Verdict.PROBLEM for finding in found)
    print()
    print(tr("Problems found: {count}", count=problems) if problems else tr("No problems found."))
    return 1 if problems else 0


def findings() -> Iterator[Finding]:
    """Every check in turn; one that cannot be made is itself a finding."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        python,
        packages,
        system,
        screen,
        folders,
        history,
        key,
        network,
        input_method,
    )
    for check in checks:
        try:
            yield from check()
        except Exception as error:
            # A report that ends half way helps nobody; what broke here may be the very thing that is looked for.
            yield Finding(check.__name__, f"{type(error).__name__}: {error}", Verdict.PROBLEM)


def python() -> Iterator[Finding]:
    yield Finding("Qwen Desktop", __version__)
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding(
        "Python",
        f"{platform.python_version()} ({sys.executable})",
        Verdict.FINE if fits else Verdict.PROBLEM,
    )
    yield Finding(tr("System"), platform.platform())


def packages() -> Iterator[Finding]:
    """The packages the app cannot do without."""
    for name in PACKAGES:
        try:
            yield Finding(name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, tr("not installed; start with python3 run.py"), Verdict.PROBLEM)


def system() -> Iterator[Finding]:
    """Libraries, fonts and certificates of the system."""
    required = system_packages.missing((system_packages.c_library(), *system_packages.window_requirements()))
    subject = tr("System libraries")
    yield advice(subject, required, Verdict.PROBLEM) if required else Finding(subject, tr("all there"))
    if sys.platform.startswith("linux"):
        welcome = system_packages.missing((system_packages.CHINESE_FONT, system_packages.CERTIFICATES))
        subject = tr("Fonts and certificates")
        yield advice(subject, welcome, Verdict.NOTE) if welcome else Finding(subject, tr("all there"))


def advice(subject: str, missing: list[system_packages.Requirement], verdict: Verdict) -> Finding:
    """What is missing, and the line that installs it where that is known."""
    names = ", ".join(requirement.name for requirement in missing)
    kind = system_packages.family()
    if kind and system_packages.package_names(missing, kind):
        line = " ".join(system_packages.install_command(missing, kind))
        return Finding(subject, tr("missing: {names}. Install with: sudo {line}", names=names, line=line), verdict)
    return Finding(subject, tr("missing: {names}", names=names), verdict)


def screen() -> Iterator[Finding]:
    subject = tr("Screen")
    if not sys.platform.startswith("linux"):
        yield Finding(subject, tr("the system's own"))
        return
    shown = [f"{name}={os.environ[name]}" for name in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)]
    if shown:
        yield Finding(subject, ", ".join(shown))
    else:
        yield Finding(subject, tr("none; the conversation runs in the terminal"), Verdict.NOTE)


def folders() -> Iterator[Finding]:
    """Where things are kept, and whether they can be."""
    yield Finding(tr("Resources"), str(resources()))
    if not os.environ.get("QWEN_DESKTOP_HOME") and not importlib.util.find_spec("platformdirs"):
        return
    paths = AppPaths.find()
    for subject, folder in ((tr("Data folder"), paths.data), (tr("Settings folder"), paths.config)):
        nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
        if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
            yield Finding(subject, str(folder))
        else:
            yield Finding(subject, tr("{folder} cannot be written to", folder=folder), Verdict.PROBLEM)


def history() -> Iterator[Finding]:
    """The database, looked at without changing it."""
    if not importlib.util.find_spec("platformdirs"):
        return
    from qwen_desktop.core.errors import QwenDesktopError
    from qwen_desktop.core.storage.inspection import inspect
    from qwen_desktop.core.storage.migrations import SCHEMA_VERSION
    from qwen_desktop.core.words import describe

    path = AppPaths.find().history
    subject = tr("History")
    if not path.exists():
        yield Finding(subject, tr("none yet"))
        return
    try:
        inspect(path, SCHEMA_VERSION)
    except QwenDesktopError as error:
        yield Finding(subject, describe(error).sentence, Verdict.PROBLEM)
    else:
        yield Finding(subject, tr("sound, {size} MB", size=f"{path.stat().st_size / 1e6:.1f}"))


def key() -> Iterator[Finding]:
    """Where a key could come from; the keychain is not opened, since that may ask the person."""
    from qwen_desktop.core.credentials.api_keys import EnvironmentApiKey
    from qwen_desktop.core.errors import ApiKeyRejected
    from qwen_desktop.core.words import describe

    try:
        is_set = EnvironmentApiKey().load() is not None
    except ApiKeyRejected as error:
        yield Finding("DASHSCOPE_API_KEY", describe(error).sentence, Verdict.PROBLEM)
    else:
        yield Finding("DASHSCOPE_API_KEY", tr("set") if is_set else tr("not set"))


def network() -> Iterator[Finding]:
    """Proxies of the environment, without user and password, and certificates named there."""
    for name, value in sorted(proxies(os.environ).items()):
        yield Finding(name, value)
    if certificates := os.environ.get("SSL_CERT_FILE"):
        if Path(certificates).is_file():
            yield Finding("SSL_CERT_FILE", certificates)
        else:
            yield Finding("SSL_CERT_FILE", tr("{path} does not exist", path=certificates), Verdict.PROBLEM)
    if base_url := os.environ.get("QWEN_DESKTOP_BASE_URL"):
        yield Finding("QWEN_DESKTOP_BASE_URL", without_password(base_url))


def proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The proxies `environment` names, as scheme, host and port only."""
    return {
        name: value if name.lower() == "no_proxy" else without_password(value)
        for name, value in environment.items()
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") and value
    }


def without_password(url: str) -> str:
    """`url` without user, password, query and fragment; nothing of one that cannot be read."""
    try:
        parts = urllib.parse.urlsplit(url if "://" in url else f"//{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return tr("not a valid address")
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}" if parts.scheme else f"{host}{port}"


def input_method() -> Iterator[Finding]:
    if sys.platform.startswith("linux"):
        given = [f"{name}={os.environ[name]}" for name in INPUT_METHOD_VARIABLES if os.environ.get(name)]
        yield Finding(tr("Input method"), ", ".join(given) or tr("none named"))


if __name__ == "__main__":
    sys.exit(run())
