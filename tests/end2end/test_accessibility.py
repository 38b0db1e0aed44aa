"""Every window and dialog for those who use no mouse or no eyes: names, roles, the way of Tab, the ring of the focus.

SCREENS says how each of them is opened; whoever adds a window adds a line there.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from qwen_desktop.app import Desktop
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.desktop.hotkey.status import HotkeyState
from qwen_desktop.ui import settings_table
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import KEY, focused, notices, opened, xdotool
from tests.gui.conftest import active_timers

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")
WALKER = Path(__file__).with_name("walk_screen.py")
ROUND_PX = 20
"""How far outside a widget its ring may be."""
LONGEST_WAY = 80
NO_ROLES = ("unknown", "invalid", "filler", "redundant object")
RING_PIXELS = 20
"""So many pixels at least are another colour when it has the keyboard: a caret alone is less."""


async def empty(desktop: Desktop) -> QWidget:
    return desktop.window


async def chat(desktop: Desktop) -> QWidget:
    """A prompt, a reply with code, and a failed reply with its notice."""
    for number, prompt in enumerate(("Explain how streaming over SSE works", "/error 401"), start=1):
        desktop.controller.submit(prompt)
        await eventually(lambda: desktop.window.composer.is_running or len(notices(desktop)) == 1)
        await eventually(lambda number=number: not desktop.window.composer.is_running, timeout_s=20)
    await eventually(lambda: len(notices(desktop)) == 1)
    return desktop.window


async def find(desktop: Desktop) -> QWidget:
    await chat(desktop)
    await xdotool("key", "ctrl+f")
    await eventually(lambda: desktop.window.find_bar.field.hasFocus())
    await xdotool("type", "e")
    await eventually(desktop.window.find_bar.next_button.isEnabled)
    return desktop.window


async def picker(desktop: Desktop) -> QWidget:
    desktop.window.open_model_picker()
    await eventually(desktop.window.picker.search_field.hasFocus)
    await eventually(lambda: not desktop.model_offer.is_busy)  # else rows change while they are walked
    return desktop.window


async def narrow(desktop: Desktop) -> QWidget:
    desktop.window.resize(600, 700)
    await eventually(lambda: not desktop.window.sidebar.isVisible())
    return desktop.window


async def shortcut_list(desktop: Desktop) -> QWidget:
    await xdotool("key", "F1")
    return await dialog(desktop, "shortcut_list")


async def key_dialog(desktop: Desktop) -> QWidget:
    desktop.setup.open_key_dialog()
    return await dialog(desktop, "api_key")


async def quick_ask(desktop: Desktop) -> QWidget:
    desktop.presence.begin()
    await eventually(lambda: desktop.presence.hotkey_status.state is HotkeyState.WORKS)
    await xdotool("key", "ctrl+alt+q")

    def found() -> QWidget | None:
        shown = [widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "quick_ask"]
        return shown[0] if shown and shown[0].isActiveWindow() else None

    result = await eventually(found)
    assert isinstance(result, QWidget)
    return result


async def plain_text(desktop: Desktop) -> QWidget:
    from qwen_desktop.ui.views.plain_text_dialog import PlainTextDialog

    made = PlainTextDialog(desktop.theme, "Message", "Some text\n" * 50, desktop.window)
    made.show()
    return await dialog(desktop, "plain_text_dialog")


async def accounts(desktop: Desktop) -> QWidget:
    """With an account that can be used, edited and removed: none is given from outside."""
    desktop.setup.settings.open("models")
    found = await dialog(desktop, "settings_dialog")
    await eventually(lambda: not found._make_next.isActive())  # type: ignore[attr-defined]
    return found


async def account_form(desktop: Desktop) -> QWidget:
    desktop.setup.accounts.add()
    found = await dialog(desktop, "account_dialog")
    found.key_field.setText("sk-1")  # type: ignore[attr-defined]
    return found


async def nearby(desktop: Desktop) -> QWidget:
    from qwen_desktop.ui.views.nearby_dialog import NearbyDialog, NearbyRow

    made = NearbyDialog(desktop.theme, desktop.window)
    made.show()
    made.show_looking()
    found = await dialog(desktop, "nearby_dialog")
    made.show_found([NearbyRow("Ollama", "127.0.0.1:11434", ("a", "b"))], ())
    return found


async def crash_report(desktop: Desktop) -> QWidget:
    from qwen_desktop.ui.views.crash_report_dialog import CrashReportDialog

    CrashReportDialog(desktop.theme, "A line\n" * 50, desktop.window).show()
    return await dialog(desktop, "crash_report_dialog")


def settings_page(name: str) -> Callable[[Desktop], Awaitable[QWidget]]:
    async def open_page(desktop: Desktop) -> QWidget:
        desktop.setup.open_settings()
        found = await dialog(desktop, "settings_dialog")
        found.show_page(name)  # type: ignore[attr-defined]
        await eventually(lambda: not active_timers())  # it makes its rows in portions
        return found

    return open_page


async def dialog(desktop: Desktop, name: str) -> QWidget:
    """The dialog of this object name, once it has the keyboard."""

    def found() -> QWidget | None:
        shown = [widget for widget in desktop.window.findChildren(QDialog, name) if widget.isActiveWindow()]
        return shown[0] if shown else None

    result = await eventually(found)
    assert isinstance(result, QWidget)
    return result


@dataclass(frozen=True)
class Screen:
    name: str
    open: Callable[[Desktop], Awaitable[QWidget]]
    """Brings it up and returns the window that has the keyboard."""
    has_key: bool = True
    caret_only: str = ""
    """A field that shows no more than its caret, since the whole window is about it."""


SCREENS = (
    Screen("welcome", empty, has_key=False),
    Screen("empty", empty),
    Screen("narrow", narrow),
    Screen("chat", chat),
    Screen("find bar", find),
    Screen("shortcut list", shortcut_list),
    Screen("key dialog", key_dialog),
    Screen("plain text", plain_text),
    Screen("crash report", crash_report),
    Screen("accounts", accounts, has_key=False),
    Screen("account form", account_form, has_key=False),
    Screen("nearby", nearby, has_key=False),
    Screen("quick ask", quick_ask, caret_only="Message"),
    *(Screen(f"settings: {name}", settings_page(name)) for name in (*settings_table.pages(), "doctor")),
)


@asynccontextmanager
async def screen_of(home: Path, screen: Screen) -> AsyncIterator[tuple[Desktop, QWidget]]:
    """The app with this screen open and the keyboard in it."""
    async with DemoServer(pace=0) as server:
        url, key = (server.base_url, KEY) if screen.has_key else ("", "")
        async with opened(home, url, key=key) as desktop:
            await focused(desktop)
            yield desktop, await screen.open(desktop)
            for shown in desktop.window.findChildren(QDialog):
                shown.close()


def stops(window: QWidget) -> list[QWidget]:
    """What the Tab key has to come to in `window`, in no order."""
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.window() is window
        and widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
    ]


async def press_until_elsewhere(key: str) -> QWidget:
    """Press a key that moves the keyboard; the widget that has it then."""
    before = QApplication.focusWidget()
    await xdotool("key", key)
    await eventually(lambda: QApplication.focusWidget() not in (before, None))
    found = QApplication.focusWidget()
    assert found is not None
    return found


Walker = subprocess.Popen[str]


@pytest.fixture(scope="module")
def walker() -> Iterator[Walker]:
    """Reads what is asked for over the accessibility bus, from outside."""
    pipe = subprocess.PIPE
    command = ("/usr/bin/python3", str(WALKER), str(os.getpid()))
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        assert process.stdin
        process.stdin.close()
        assert process.wait(10) == 0


async def problems_on_the_bus(walker: Walker, window: QWidget) -> list[str]:
    """What a screen reader would stumble over in `window`: nothing to say, no role, or a control it does not see."""

    def ask() -> str:  # on a thread, since this process has to answer the bus meanwhile
        assert walker.stdin
        assert walker.stdout
        walker.stdin.write(f"{window.accessibleName()}\n")
        walker.stdin.flush()
        return walker.stdout.readline()

    found = json.loads(await asyncio.to_thread(ask))
    assert found, "the window is not on the bus"
    told = {part for _, names in found for part in names.split("\n")}
    return [
        *(f"a {role} without a name" for role, names in found if not names),
        *(f"{names!r} is a {role}" for role, names in found if role in NO_ROLES),
        *(f"{widget.accessibleName()!r} is missing" for widget in stops(window) if widget.accessibleName() not in told),
    ]


@dataclass
class Way:
    """Where a key leads, from where the keyboard is until it is there again."""

    stops: list[QWidget]
    jumps: list[str]
    """Those that are not where the eye goes from the one before."""
    unseen: list[QWidget]
    """Those that do not look different with the keyboard, in the colours of a ring."""


async def way_of(key: str, ring: set[int]) -> Way:
    """Press `key` until the keyboard is where it was.  A transcript scrolls: places are those of the moment."""
    start = now = QApplication.focusWidget()
    assert start is not None
    way = Way([start], [], [])
    if stops(start.window()) == [start]:
        return way
    while True:
        before, with_keyboard = now, picture_around(now)
        now = await press_until_elsewhere(key)
        if not has_ring(with_keyboard, picture_around(before), ring):
            way.unseen.append(before)
        if not goes_on(place_of(before), place_of(now)):
            way.jumps.append(f"{name_of(before)} → {name_of(now)}")
        if now is start:
            return way
        assert now not in way.stops, f"{name_of(now)} comes twice: {[name_of(stop) for stop in way.stops]}"
        assert len(way.stops) < LONGEST_WAY, [name_of(stop) for stop in way.stops]
        way.stops.append(now)


def name_of(widget: QWidget) -> str:
    return f"{type(widget).__name__} {widget.objectName() or '?'} {widget.accessibleName()!r}"


def place_of(widget: QWidget) -> QRect:
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())


def goes_on(before: QRect, after: QRect) -> bool:
    """Whether the eye goes from one to the other as it reads: right, down, inside, or to a column on the right."""
    if before.contains(after):
        return True
    is_same_row = abs(after.center().y() - before.center().y()) < max(before.height(), after.height()) / 2
    if is_same_row:
        return after.center().x() > before.center().x() or after.contains(before)
    return after.center().y() > before.center().y() or after.left() >= before.right() - 1


def picture_around(widget: QWidget) -> QImage:
    around = place_of(widget).adjusted(-ROUND_PX, -ROUND_PX, ROUND_PX, ROUND_PX)
    return widget.window().grab(around & widget.window().rect()).toImage()


def has_ring(with_keyboard: QImage, without: QImage, colours: set[int]) -> bool:
    """Whether enough pixels have one of the ring's colours only while the keyboard is there."""
    different = 0
    for y in range(min(with_keyboard.height(), without.height())):
        for x in range(min(with_keyboard.width(), without.width())):
            pixel = with_keyboard.pixel(x, y)
            different += pixel in colours and pixel != without.pixel(x, y)
        if different >= RING_PIXELS:
            return True
    return False


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_tab_comes_everywhere_in_reading_order_is_seen_and_is_named(
    run: RunScenario, home: Path, walker: Walker, screen: Screen
) -> None:
    async def scenario() -> None:
        async with screen_of(home, screen) as (desktop, window):
            wanted = stops(window)
            nameless = [name_of(widget) for widget in wanted if not widget.accessibleName() or not widget.objectName()]
            assert nameless == []
            colours = desktop.theme.colours
            ring = {QColor(colour).rgb() for colour in (colours.accent, colours.text)}
            there = await way_of("Tab", ring)
            back = await way_of("shift+Tab", ring)
            for way in (there, back):
                missed = {name_of(widget) for widget in wanted} - {name_of(widget) for widget in way.stops}
                assert missed == set(), f"not on the way {[name_of(stop) for stop in way.stops]}"
                assert [widget for widget in way.unseen if widget.accessibleName() != screen.caret_only] == []
            # A message's buttons are there while the keyboard is in it, and a page fills itself meanwhile.
            first, *others = [stop for stop in back.stops if stop in there.stops]
            assert [stop for stop in there.stops if stop in back.stops] == [first, *reversed(others)]
            assert await problems_on_the_bus(walker, window) == []
            assert len(there.jumps) <= 1, f"it goes back to its beginning once, not {there.jumps}"

    run(scenario(), timeout_s=60)


@pytest.mark.parametrize("key", ["Tab", "shift+Tab"])
def test_the_model_picker_is_named_walked_round_and_left_to_the_composer(
    run: RunScenario, home: Path, walker: Walker, key: str
) -> None:
    async def scenario() -> None:
        async with screen_of(home, Screen("model picker", picker)) as (desktop, window):
            assert await problems_on_the_bus(walker, window) == []
            shown = desktop.window.picker
            beginning = QApplication.focusWidget()
            stops = shown.foot.stops if key == "Tab" else shown.foot.stops[::-1]
            assert stops
            for stop in (*stops, beginning):
                await xdotool("key", key)
                await eventually(stop.hasFocus)
            await xdotool("key", "Escape")
            await eventually(lambda: not shown.isVisible())
            assert desktop.window.composer.edit.hasFocus()

    run(scenario(), timeout_s=30)
