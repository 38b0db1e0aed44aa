"""Variables, running programs and Qt's plugins to whether Chinese can be typed, and what to set when it cannot."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from qwen_desktop.core.words import tr
from qwen_desktop.desktop.input_method import choose_input_method
from qwen_desktop.doctor.desktop import plugins
from qwen_desktop.doctor.finding import Finding, Verdict
from qwen_desktop.doctor.machine import Machine

VARIABLES = ("QT_IM_MODULES", "QT_IM_MODULE", "XMODIFIERS", "GTK_IM_MODULE")
PROGRAMS = ("ibus-daemon", "fcitx5", "fcitx")


def input_method(machine: Machine) -> Iterator[Finding]:
    """Nothing to say on other systems than Linux: there it is the system's own."""
    if not machine.is_linux:
        return
    subject = tr("Input method")
    environment = machine.environment
    given = [f"{name}={environment[name]}" for name in VARIABLES if environment.get(name)]
    running = running_programs()
    variables = ", ".join(given) or tr("no variables set")
    programs = tr("running: {names}", names=", ".join(running)) if running else tr("none running")
    yield Finding(subject, tr("{variables}; {programs}", variables=variables, programs=programs))
    if machine.is_wayland or machine.has_x11:
        yield judged(environment, running, [_plugin_name(file) for file in plugins("platforminputcontexts")])


def judged(environment: Mapping[str, str], running: list[str], available: list[str]) -> Finding:
    """What Qt will load in the app, and what is wrong with it.  `available`: Qt's plugins; empty: not known."""
    subject = tr("Qt's input method")
    in_app = dict(environment)
    choose_input_method(in_app, "linux")
    tried = [name for name in in_app.get("QT_IM_MODULES", "").split(";") if name]
    tried = tried or [name for name in (in_app.get("QT_IM_MODULE", ""),) if name]
    is_wayland = bool(environment.get("WAYLAND_DISPLAY"))
    named = environment.get("QT_IM_MODULE", "") + environment.get("XMODIFIERS", "")
    loaded = next((name for name in tried if name in available or (name == "wayland" and is_wayland)), "")
    if not tried:
        if running and not is_wayland:
            name = "fcitx" if "fcitx" in running[0] else "ibus"
            remedy = tr("Set QT_IM_MODULE={name} in your session, then log in again.", name=name)
            return Finding(subject, tr("{name} runs, but no variable names it", name=running[0]), Verdict.NOTE, remedy)
        return Finding(subject, tr("Qt's own choice"))
    if available and not loaded:
        text = tr("Qt has no plugin for {names}", names=", ".join(tried))
        remedy = tr("Set QT_IM_MODULES to {value}: fcitx5 speaks the language of ibus too.", value="fcitx;ibus")
        return Finding(subject, text, Verdict.PROBLEM, remedy)
    if ("fcitx" in named or "ibus" in named) and not running:
        name = "fcitx5" if "fcitx" in named else "ibus-daemon"
        remedy = tr("Start {name}, or take its name out of the variables.", name=name)
        return Finding(subject, tr("{name} is named, but does not run", name=name), Verdict.PROBLEM, remedy)
    text = tr("Qt loads {plugin}", plugin=loaded or tried[0])
    if "fcitx" in named and not environment.get("QT_IM_MODULES"):
        remedy = tr(
            "The app sets QT_IM_MODULES={value} for itself. Set it in your session for other programs made with Qt.",
            value=in_app["QT_IM_MODULES"],
        )
        return Finding(subject, text, Verdict.FINE, remedy)
    return Finding(subject, text)


def running_programs() -> list[str]:
    """Which of PROGRAMS this user runs, by the names of processes; none where those cannot be seen."""
    found = set()
    try:
        folders = [folder for folder in os.scandir("/proc") if folder.name.isdecimal()]
    except OSError:
        return []
    for folder in folders:
        try:
            if folder.stat().st_uid == os.getuid():
                found.add(Path(folder.path, "comm").read_text().strip())
        except OSError:
            continue  # it has ended meanwhile
    return [name for name in PROGRAMS if name in found]


def _plugin_name(file: str) -> str:
    return file.removeprefix("lib").removesuffix(".so").removesuffix("plugin").removesuffix("platforminputcontext")
