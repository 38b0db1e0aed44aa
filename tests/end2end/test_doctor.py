"""The doctor on a real desktop: an X server, a session bus with a key ring, and services that come and go."""

import asyncio
import os

from dbus_fast import PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, dbus_property, method

from qwen_desktop.doctor import Machine, Verdict, desktop, examine
from qwen_desktop.doctor.session_bus import NOTIFICATIONS, PORTAL, STATUS_NOTIFIER_WATCHER
from tests.conftest import RunScenario
from tests.desktop_session import DesktopSession

# ruff: noqa: F821  (annotations are D-Bus signatures here)


class Shortcuts(ServiceInterface):
    def __init__(self) -> None:
        super().__init__("org.freedesktop.portal.GlobalShortcuts")

    @dbus_property(access=PropertyAccess.READ)
    def version(self) -> "u":  # type: ignore[name-defined]
        return 2


class Notifications(ServiceInterface):
    def __init__(self) -> None:
        super().__init__(NOTIFICATIONS)

    @method()
    def GetServerInformation(self) -> "ssss":  # type: ignore[name-defined]
        return ["Stand-in", "somebody", "1.5", "1.2"]


def test_the_doctor_sees_the_desktop_it_is_on(desktop_session: DesktopSession) -> None:
    found = {finding.subject: finding for finding in examine(Machine())}
    assert found["Screen"].text.startswith("X11: DISPLAY=")
    assert "1600 × 1000 px" in found["Scale"].text
    assert found["Hotkey"].text == "the app asks the X server for the keys itself"
    assert found["Keychain"].text == "Secret Service: answers, unlocked"
    assert found["Tray"].verdict in (Verdict.NOTE, Verdict.FINE)
    assert not [finding for finding in found.values() if "broke" in finding.text or "no answer" in finding.text]


def test_the_doctor_sees_what_runs_on_the_bus(desktop_session: DesktopSession, run: RunScenario) -> None:
    async def scenario() -> None:
        bus = await MessageBus().connect()
        try:
            bus.export("/org/freedesktop/portal/desktop", Shortcuts())
            bus.export("/org/freedesktop/Notifications", Notifications())
            for name in (PORTAL, NOTIFICATIONS, STATUS_NOTIFIER_WATCHER):
                await bus.request_name(name)
            wayland = Machine({**os.environ, "WAYLAND_DISPLAY": "wayland-0"})
            await asyncio.to_thread(lambda: wayland.bus)
            assert next(desktop.hotkey(wayland)).text == "by the desktop's portal, GlobalShortcuts version 2"
            assert next(desktop.notifications(wayland)).text == "Stand-in 1.5"
            assert next(desktop.tray(wayland)).text == "there (StatusNotifier)"
        finally:
            bus.disconnect()
            await bus.wait_for_disconnect()

    run(scenario())
