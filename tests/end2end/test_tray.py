"""The icon under real tray hosts of both kinds, their coming and going, and desktops without one."""

from __future__ import annotations

import base64
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QSystemTrayIcon

from qwen_desktop.desktop.tray_watch import TrayHost
from qwen_desktop.ui.theme import LIGHT, Theme
from qwen_desktop.ui.tray import TrayIcon
from qwen_desktop.ui.tray_icons import Panel, TrayState, tray_pixmap
from tests.child_program import ChildProgram
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import xdotool
from tests.end2end.screen_picture import take_picture
from tests.gui.conftest import active_timers

TRAYER = ("trayer", "--edge", "top", "--align", "right", "--widthtype", "request", "--height", "24")
STATUS_NOTIFIER = "tests.status_notifier_host"
CHATS = [(7, "Three & days_in Beijing"), (5, "<b>bold</b>\n\N{RIGHT-TO-LEFT OVERRIDE}x"), (3, ""), (1, "not shown")]


class Heard(list[tuple[Any, ...]]):
    """What a tray icon asked for, in order."""

    def __init__(self, tray: TrayIcon) -> None:
        for name in ("quick_ask", "new_chat", "window", "conversation", "settings", "quit"):
            getattr(tray, f"{name}_requested").connect(self._hear(name))
        tray.availability_changed.connect(self._hear("available"))

    def _hear(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.append((name, *arguments))


@asynccontextmanager
async def shown_tray(application: QApplication) -> AsyncIterator[tuple[TrayIcon, Heard]]:
    application.setQuitOnLastWindowClosed(False)  # as the app does
    tray = TrayIcon(Theme())
    heard = Heard(tray)
    tray.set_recent(CHATS)
    tray.set_shortcut_hint("Ctrl+Alt+Q")
    tray.show()
    await tray_watched(tray)
    try:
        yield tray, heard
    finally:
        await tray.close()
        application.sendPostedEvents(None, 0)


async def tray_watched(tray: TrayIcon) -> None:
    """The first look at the desktop is done."""
    await eventually(lambda: not tray._tasks._tasks)


def icon_of(tray: TrayIcon) -> QSystemTrayIcon:
    icon = tray.findChild(QSystemTrayIcon)
    assert icon is not None
    return icon


async def icon_centre(tray: TrayIcon) -> tuple[int, int]:
    """Where an XEmbed host has put the icon, once it has."""
    await eventually(lambda: icon_of(tray).geometry().width() > 10)
    centre = icon_of(tray).geometry().center()
    return centre.x(), centre.y()


async def painted(tray: TrayIcon, colour: str) -> tuple[int, int]:
    """The icon is where the host has put it, in this colour among others; a host may move it while it settles."""

    async def is_painted() -> bool:
        return colour in screen_colours_around(*await icon_centre(tray))

    await eventually(is_painted)
    return await icon_centre(tray)


def screen_colours_around(x: int, y: int) -> set[str]:
    picture = QApplication.primaryScreen().grabWindow(0, x - 12, y - 12, 24, 24).toImage()
    return {picture.pixelColor(i, j).name().upper() for i in range(24) for j in range(24)}


def test_xembed_host_shows_the_icon_and_passes_clicks_on(run: RunScenario, qapp: QApplication) -> None:
    async def scenario() -> None:
        async with ChildProgram(*TRAYER, is_module=False), shown_tray(qapp) as (tray, heard):
            await eventually(lambda: tray.is_available)
            assert tray._watch.host is TrayHost.XEMBED
            x, y = await painted(tray, LIGHT.accent)
            take_picture("tray-xembed-idle")
            tray.set_state("error")
            await eventually(lambda: "#D9480F" in screen_colours_around(x, y))
            take_picture("tray-xembed-error")
            tray.set_state("streaming")
            await eventually(lambda: "#D9480F" not in screen_colours_around(x, y))
            take_picture("tray-xembed-streaming")
            heard.clear()
            await xdotool("mousemove", str(x), str(y), "click", "1")
            await eventually(lambda: heard == [("quick_ask",)])
            await xdotool("click", "2")
            await eventually(lambda: heard == [("quick_ask",), ("window",)])
            await xdotool("click", "3")
            await eventually(tray.menu.isVisible)
            take_picture("tray-xembed-menu")
            await xdotool("key", "Escape")
            await eventually(lambda: not tray.menu.isVisible())
            assert not active_timers()

    run(scenario(), timeout_s=20)


def test_tray_that_comes_later_gets_the_icon_and_takes_it_along(run: RunScenario, qapp: QApplication) -> None:
    async def scenario() -> None:
        async with shown_tray(qapp) as (tray, heard):
            assert not tray.is_available
            assert not tray.is_shown
            take_picture("tray-none")
            for _ in range(2):
                async with ChildProgram(*TRAYER, is_module=False):
                    await eventually(lambda: heard == [("available", True)])
                    await painted(tray, LIGHT.accent)
                await eventually(lambda: heard == [("available", True), ("available", False)])
                assert not tray.is_shown
                heard.clear()

    run(scenario(), timeout_s=20)


def test_status_notifier_host_shows_the_icon_and_passes_clicks_on(run: RunScenario, qapp: QApplication) -> None:
    async def scenario() -> None:
        async with ChildProgram(STATUS_NOTIFIER) as host, shown_tray(qapp) as (tray, heard):
            await host.hear("item")
            assert tray._watch.host is TrayHost.STATUS_NOTIFIER
            assert heard == [("available", True)]
            heard.clear()
            await host.tell("activate")
            await eventually(lambda: heard == [("quick_ask",)])
            await host.tell("secondary")
            await eventually(lambda: heard == [("quick_ask",), ("window",)])

            for state in TrayState:
                tray.set_state(state)
                seen = await host.ask("icon", "look")
                images = [argb(*icon) for icon in seen["icons"]]
                assert {16, 22, 24, 32, 48, 64} <= {image.width() for image in images}
                for image in images:
                    wanted = tray_pixmap(state, Panel.ANY, image.width()).toImage().convertToFormat(image.format())
                    assert image == wanted
                picture_on_panel(f"tray-status-notifier-{state}", images)
            assert seen["tip"].startswith("Qwen Desktop: ")

            heard.clear()
            entries = (await host.ask("menu", "menu"))["entries"]
            labels = {entry["label"]: entry["id"] for entry in entries if entry["label"]}
            assert list(labels) == [
                *("Quick ask", "New chat", "Show window"),
                # `_` marks a letter here, so that two of them stand for one and `_&` for an ampersand.
                *("Three _& days__in Beijing", "<b>bold</b> x", "Untitled chat"),
                *("Settings", "Quit Qwen Desktop"),
            ]
            assert entries[0]["shortcut"] == [["Control", "Alt", "Q"]]
            for label in ("Three _& days__in Beijing", "Settings", "Quit Qwen Desktop", "New chat"):
                await host.tell("click", labels[label])
            await eventually(lambda: len(heard) == 4)
            assert heard == [("conversation", 7), ("settings",), ("quit",), ("new_chat",)]
            assert not active_timers()

    run(scenario(), timeout_s=20)


def argb(width: int, height: int, data: str) -> QImage:
    """As it went over the bus: 32 bit, big-endian, not premultiplied."""
    raw = base64.b64decode(data)
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    for number in range(width * height):
        a, r, g, b = raw[4 * number : 4 * number + 4]
        image.setPixelColor(number % width, number // width, QColor(r, g, b, a))
    return image


def picture_on_panel(name: str, images: list[QImage]) -> None:
    """What a panel would show of it, on the screen: the icons as received, on a light and a dark ground."""
    if take_picture(name) is None:
        return
    labels = []
    for row, ground in enumerate(("#EFF0F1", "#1B1B1F")):
        for column, image in enumerate(images):
            label = QLabel(None, Qt.WindowType.BypassWindowManagerHint)
            label.setPixmap(QPixmap.fromImage(image))
            label.setStyleSheet(f"background: {ground}; padding: 4px")
            label.move(40 + 80 * column, 40 + 80 * row)
            label.show()
            label.repaint()
            labels.append(label)
    QApplication.processEvents()
    take_picture(name)
    for label in labels:
        label.close()


def test_status_notifier_host_that_comes_and_goes_is_followed(run: RunScenario, qapp: QApplication) -> None:
    async def scenario() -> None:
        async with shown_tray(qapp) as (tray, heard):
            async with ChildProgram(STATUS_NOTIFIER, "--no-host") as host:
                await host.tell("host")  # a watcher alone shows nothing
                await host.hear("item")
                assert heard == [("available", True)]
                await host.tell("no-host")
                await eventually(lambda: heard == [("available", True), ("available", False)])
                assert not tray.is_shown
                await host.tell("host")
                await host.hear("item")
            await eventually(lambda: heard[-1] == ("available", False))
            async with ChildProgram(STATUS_NOTIFIER) as host:
                await host.hear("item")
                assert tray.is_available
                async with ChildProgram(*TRAYER, is_module=False):
                    await eventually(lambda: tray._watch._xembed.is_there)
                    assert tray._watch.host is TrayHost.STATUS_NOTIFIER
                    await host.end()  # and the other kind takes over, without a moment of none
                    await icon_centre(tray)
                    assert heard[-1] == ("available", True)

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("trouble", ["no panel", "hangs"])
def test_icon_is_not_given_to_who_does_not_show_it(run: RunScenario, qapp: QApplication, trouble: str) -> None:
    """Qt gives it to whoever has the name on the bus, and then never to the tray of X11 that is there as well."""

    async def scenario() -> None:
        options = ["--no-host"] if trouble == "no panel" else []
        async with ChildProgram(STATUS_NOTIFIER, *options) as host, ChildProgram(*TRAYER, is_module=False):
            if trouble == "hangs":
                host.signal(signal.SIGSTOP)
            async with shown_tray(qapp) as (tray, heard):
                await eventually(lambda: tray._watch._xembed.is_there)
                assert (tray.is_shown, heard) == (False, [])
                if trouble == "hangs":
                    host.signal(signal.SIGCONT)
                    await host.hear("item")
                    assert tray._watch.host is TrayHost.STATUS_NOTIFIER
                await host.end()
                await painted(tray, LIGHT.accent)
                assert tray._watch.host is TrayHost.XEMBED
                assert heard == [("available", True)]

    run(scenario(), timeout_s=20)


def test_hidden_icon_is_gone_and_the_tray_still_known(run: RunScenario, qapp: QApplication) -> None:
    async def scenario() -> None:
        async with ChildProgram(STATUS_NOTIFIER) as host, shown_tray(qapp) as (tray, _):
            await host.hear("item")
            tray.hide()
            assert (tray.is_shown, tray.is_available) == (False, True)
            tray.show()
            await host.hear("item")
            assert tray.is_shown

    run(scenario(), timeout_s=20)


def test_icon_of_an_app_that_closes_while_it_looks_is_no_trouble(run: RunScenario, qapp: QApplication) -> None:
    async def scenario() -> None:
        tray = TrayIcon(Theme())
        tray.show()
        await tray.close()
        assert not tray.is_shown

    run(scenario())
