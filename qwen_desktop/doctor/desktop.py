"""Screen, tray, hotkey and notifications: what this desktop offers, asked of the bus and the X server without Qt."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from qwen_desktop.core.words import tr
from qwen_desktop.desktop.hotkey.status import QUICK_COMMAND
from qwen_desktop.doctor.finding import Finding, Verdict
from qwen_desktop.doctor.machine import Machine
from qwen_desktop.doctor.session_bus import NOTIFICATIONS, PORTAL, STATUS_NOTIFIER_WATCHER

GNOME_EXTENSION = "AppIndicator and KStatusNotifierItem Support"
_SCALE_VARIABLES = ("QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS", "QT_FONT_DPI", "GDK_SCALE")


def screen(machine: Machine) -> Iterator[Finding]:
    """Which windows there can be, their scale, and the plugin of Qt that shows them."""
    subject = tr("Screen")
    if not machine.is_linux:
        yield Finding(subject, tr("the system's own"))
        return
    if not (machine.is_wayland or machine.has_x11):
        yield Finding(subject, tr("none; the conversation runs in the terminal"), Verdict.NOTE)
        return
    names = [name for name in ("WAYLAND_DISPLAY", "DISPLAY") if machine.environment.get(name)]
    shown = [f"{name}={machine.environment[name]}" for name in names]
    shown += [machine.environment[name] for name in ("XDG_CURRENT_DESKTOP",) if machine.environment.get(name)]
    yield Finding(subject, ("Wayland" if machine.is_wayland else "X11") + ": " + ", ".join(shown))
    if machine.has_x11 and machine.x11.problem:
        display, reason = machine.environment["DISPLAY"], machine.x11.problem
        what = tr("the X server {display} does not answer ({reason})", display=display, reason=reason)
        verdict = Verdict.NOTE if machine.is_wayland else Verdict.PROBLEM
        yield Finding(subject, what, verdict, tr("Check DISPLAY and XAUTHORITY."))
    yield _scale(machine)
    yield _plugin(machine)


def _scale(machine: Machine) -> Finding:
    found = [f"{name}={machine.environment[name]}" for name in _SCALE_VARIABLES if machine.environment.get(name)]
    if machine.has_x11 and not machine.x11.problem:
        found.append(f"{machine.x11.width_px} × {machine.x11.height_px} px")
        if machine.x11.dpi:
            found.append(f"{machine.x11.dpi} dpi")
    return Finding(tr("Scale"), ", ".join(found) or tr("as the desktop says"))


def _plugin(machine: Machine) -> Finding:
    """Which plugin Qt takes, by the environment; whether it is there is looked up without loading it."""
    subject = tr("Qt platform")
    wished = machine.environment.get("QT_QPA_PLATFORM", "")
    is_wayland = machine.is_wayland and machine.environment.get("XDG_SESSION_TYPE", "wayland") == "wayland"
    names = [name.partition(":")[0] for name in wished.split(";")] if wished else []
    names = names or (["wayland", "xcb"] if is_wayland else ["xcb"])
    there = plugins("platforms")
    if not there:
        return Finding(subject, ", ".join(names))
    chosen = next((name for name in names if any(file.startswith(f"libq{name}") for file in there)), "")
    if chosen:
        text = tr("{plugin}, named by QT_QPA_PLATFORM", plugin=chosen) if wished else chosen
        return Finding(subject, text)
    text = tr("{names}: no such plugin", names=", ".join(names))
    return Finding(subject, text, Verdict.PROBLEM, tr("Unset QT_QPA_PLATFORM.") if wished else "")


def plugins(kind: str) -> list[str]:
    """File names of Qt's plugins of one kind; empty without PySide6, or where it keeps them elsewhere."""
    spec = importlib.util.find_spec("PySide6")
    folders = (
        [Path(place) / "Qt" / "plugins" / kind for place in (spec.submodule_search_locations or ())] if spec else []
    )
    return [file.name for folder in folders if folder.is_dir() for file in folder.iterdir()]


def tray(machine: Machine) -> Iterator[Finding]:
    """Whether an icon would be shown."""
    subject = tr("Tray")
    if not machine.is_linux:
        yield Finding(subject, tr("the system's own"))
    elif not (machine.is_wayland or machine.has_x11):
        yield Finding(subject, tr("none, since there is no screen"))
    elif STATUS_NOTIFIER_WATCHER in machine.bus.owned:
        yield Finding(subject, tr("there (StatusNotifier)"))
    elif machine.has_x11 and machine.x11.has_tray:
        yield Finding(subject, tr("there (XEmbed)"))
    else:
        remedy = tr("Without it the app stays in the task list, and closing its window ends it.")
        if machine.is_gnome:
            remedy = tr("Install the GNOME extension {name}. {without}", name=GNOME_EXTENSION, without=remedy)
        yield Finding(subject, tr("none"), Verdict.NOTE, remedy)


def hotkey(machine: Machine) -> Iterator[Finding]:
    """By which way keys can reach the app from everywhere; none is grabbed to find out."""
    subject = tr("Hotkey")
    if not machine.is_linux:
        yield Finding(subject, tr("the system's own"))
        return
    version = machine.bus.shortcuts_version
    if machine.is_wayland and version is not None:
        yield Finding(subject, tr("by the desktop's portal, GlobalShortcuts version {version}", version=version))
    elif machine.has_x11 and not machine.is_wayland:
        if machine.x11.problem:
            yield Finding(subject, tr("none, since the X server does not answer"), Verdict.NOTE)
        else:
            yield Finding(subject, tr("the app asks the X server for the keys itself"))
    elif machine.is_wayland:
        remedy = tr("In the desktop's keyboard settings, bind keys to: {command}", command=QUICK_COMMAND)
        text = tr("this desktop gives no keys to programs")
        if PORTAL not in machine.bus.owned and PORTAL in machine.bus.startable:
            text = tr("the desktop's portal has not been started; whether it offers keys is seen when it is")
        yield Finding(subject, text, Verdict.NOTE, remedy)
    else:
        yield Finding(subject, tr("none, since there is no screen"))


def bus_problem(machine: Machine) -> str:
    """Why the session bus cannot be asked, in the user's language where it is one of the usual reasons."""
    problem = machine.bus.problem
    return {"no session bus": tr("there is none"), "no answer": tr("no answer")}.get(problem, problem)


def notifications(machine: Machine) -> Iterator[Finding]:
    """Who shows them."""
    subject = tr("Notifications")
    if not machine.is_linux:
        yield Finding(subject, tr("the system's own"))
    elif machine.bus.problem:
        text = tr("the session bus cannot be asked ({reason})", reason=bus_problem(machine))
        remedy = tr("Start the app from the desktop, or check DBUS_SESSION_BUS_ADDRESS.")
        yield Finding(subject, text, Verdict.NOTE, remedy)
    elif machine.bus.notification_server:
        yield Finding(subject, machine.bus.notification_server)
    elif machine.bus.has(NOTIFICATIONS):
        yield Finding(subject, tr("there, started when it is needed"))
    else:
        remedy = tr("Install a notification server, dunst for example.")
        yield Finding(subject, tr("nobody on this desktop shows them"), Verdict.NOTE, remedy)
