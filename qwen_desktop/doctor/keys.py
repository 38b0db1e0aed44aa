"""Where a key could come from: the environment, and the keychain, which is not opened: that may ask the person."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from qwen_desktop.core.words import tr
from qwen_desktop.doctor.desktop import bus_problem
from qwen_desktop.doctor.finding import Finding, Verdict
from qwen_desktop.doctor.machine import Machine
from qwen_desktop.doctor.session_bus import KWALLETS, SECRETS

VARIABLE = "DASHSCOPE_API_KEY"


def key(machine: Machine) -> Iterator[Finding]:
    """Whether the environment has one; never what it is."""
    from qwen_desktop.core.credentials.api_keys import EnvironmentApiKey
    from qwen_desktop.core.errors import ApiKeyRejected
    from qwen_desktop.core.words import describe

    try:
        is_set = EnvironmentApiKey(machine.environment).load() is not None
    except ApiKeyRejected as error:
        yield Finding(VARIABLE, describe(error).sentence, Verdict.PROBLEM)
    else:
        yield Finding(VARIABLE, tr("set") if is_set else tr("not set"))


def keychain(machine: Machine) -> Iterator[Finding]:
    """Which keychain would be used, and whether it answers."""
    subject = tr("Keychain")
    if machine.platform in ("win32", "darwin"):
        name = tr("Windows Credential Manager") if machine.platform == "win32" else tr("macOS Keychain")
        yield Finding(subject, name)
        return
    otherwise = tr("Without it a key lasts until the app is closed, or comes from {variable}.", variable=VARIABLE)
    if not machine.is_linux:
        yield Finding(subject, tr("none is known for this system"), Verdict.NOTE, otherwise)
        return
    bus = machine.bus
    if bus.problem:
        text = tr("the session bus cannot be asked ({reason})", reason=bus_problem(machine))
        yield Finding(subject, text, Verdict.NOTE, otherwise)
    elif bus.has(SECRETS) and importlib.util.find_spec("secretstorage"):
        yield _secret_service(subject, bus.keychain, is_running=SECRETS in bus.owned)
    elif any(bus.has(name) for name in KWALLETS):
        yield Finding(subject, "KWallet")
    else:
        remedy = tr("Install gnome-keyring, KWallet or KeePassXC.")
        yield Finding(subject, tr("none on this desktop"), Verdict.NOTE, f"{remedy} {otherwise}")


def _secret_service(subject: str, state: str, *, is_running: bool) -> Finding:
    name = "Secret Service"
    if not is_running:
        return Finding(subject, tr("{name}: started when it is needed", name=name))
    match state:
        case "open":
            return Finding(subject, tr("{name}: answers, unlocked", name=name))
        case "locked":
            text = tr("{name}: answers, locked; the desktop asks for its password when a key is needed", name=name)
            return Finding(subject, text)
        case "none":
            text = tr("{name}: answers; the desktop asks to create a keychain when a key is saved", name=name)
            return Finding(subject, text)
    text = tr("{name}: runs, but does not answer", name=name)
    return Finding(subject, text, Verdict.PROBLEM, tr("Restart the keychain, or log out and in again."))
