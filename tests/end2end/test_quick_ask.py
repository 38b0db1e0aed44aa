"""The quick ask under a window manager: keys that reach it, the keyboard it gives back, and when it hides."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from qwen_desktop.app import Desktop
from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.ui.controllers.quick_ask import QuickAskController
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened, xdotool
from tests.quick_asking import active_window, another_window, change, quick_ask_of

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")


@asynccontextmanager
async def asking(home: Path, base_url: str) -> AsyncIterator[tuple[Desktop, QuickAskController]]:
    """The app with a warm quick ask that fills nothing in."""
    async with opened(home, base_url) as desktop:
        quick = quick_ask_of(desktop)
        change(desktop, quick, prefill="off")
        quick.warm()
        try:
            yield desktop, quick
        finally:
            quick.close()


def test_typed_asked_hidden_and_the_reply_is_whole_in_the_history(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.1) as server, asking(home, server.base_url) as (desktop, quick):
            quick.toggle()
            await eventually(quick.window.edit.hasFocus)
            await xdotool("type", "--delay", "2", "hello")
            await eventually(lambda: quick.window.text() == "hello")
            await xdotool("key", "Return")
            await eventually(lambda: quick.window.transcript.last_text(), 15)
            assert quick.window.text() == "hello"
            conversation_id = quick.conversation_id
            assert conversation_id is not None
            assert quick.is_shown(conversation_id)
            await xdotool("key", "Escape")
            await eventually(lambda: not quick.is_visible)
            assert desktop.chat.is_running(conversation_id)
            await eventually(lambda: not desktop.chat.is_running(conversation_id), 30)
            prompt, reply = (await desktop.history.conversation(conversation_id)).messages
            assert (prompt.text, reply.status) == ("hello", MessageStatus.COMPLETE)
            assert reply.text == quick.window.transcript.last_text()
            await eventually(lambda: desktop.window.sidebar.conversations.rowCount() >= 1)

            quick.toggle()  # the exchange is there again
            await eventually(quick.window.edit.hasFocus)
            assert quick.window.text() == "hello"
            await xdotool("key", "ctrl+c")
            await eventually(lambda: QGuiApplication.clipboard().text() == reply.text)
            await xdotool("type", "--delay", "2", "more")  # in its place
            await eventually(lambda: quick.window.text() == "more")
            await xdotool("key", "Return")
            await eventually(lambda: desktop.chat.is_running(conversation_id))
            assert quick.conversation_id == conversation_id
            await xdotool("key", "ctrl+period")
            await eventually(lambda: not desktop.chat.is_running(conversation_id), 15)
            wanted: list[int] = []
            quick.window_wanted.connect(wanted.append)
            await xdotool("key", "ctrl+Return")
            await eventually(lambda: wanted == [conversation_id])
            assert not quick.is_visible

    run(scenario(), timeout_s=60)


def test_the_keyboard_goes_back_to_the_window_that_had_it_twenty_times(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with (
            DemoServer(pace=0.0) as server,
            asking(home, server.base_url) as (_, quick),
            another_window() as other,
        ):
            for turn in range(20):
                await eventually(lambda: _is(other))
                quick.toggle()
                await eventually(quick.window.edit.hasFocus)
                await eventually(lambda: _is(int(quick.window.winId())))
                await xdotool("type", "x")  # a caret alone would be no proof
                await eventually(lambda turn=turn: quick.window.text() == "x" * (turn + 1))
                if turn % 2:
                    await xdotool("key", "Escape")
                else:
                    quick.toggle()
                await eventually(lambda: not quick.is_visible)
            await eventually(lambda: _is(other))

    run(scenario(), timeout_s=60)


async def _is(window_id: int) -> bool:
    return await active_window() == window_id


def test_it_hides_when_the_user_goes_elsewhere_unless_it_is_pinned(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with (
            DemoServer(pace=0.0) as server,
            asking(home, server.base_url) as (desktop, quick),
            another_window() as other,
        ):
            window = quick.window
            quick.open("kept while it is hidden")
            await eventually(window.edit.hasFocus)
            window.foot.more_button.click()  # a menu of its own
            await eventually(lambda: QApplication.activePopupWidget() is not None)
            await asyncio.sleep(0.3)  # longer than it waits before it hides
            assert quick.is_visible
            QApplication.activePopupWidget().close()
            window.open_model_picker()
            await asyncio.sleep(0.3)
            assert quick.is_visible
            await xdotool("key", "Escape")  # closes the picker alone
            await eventually(window.edit.hasFocus)
            assert quick.is_visible

            await xdotool("windowactivate", "--sync", str(other))
            await eventually(lambda: not quick.is_visible)
            assert await _is(other)

            quick.toggle()
            await eventually(window.edit.hasFocus)
            assert window.text() == "kept while it is hidden"
            window.foot.pin_button.click()
            assert desktop.engine.settings.quick_ask.hide_on_focus_loss is False
            await xdotool("windowactivate", "--sync", str(other))
            await eventually(lambda: not window.isActiveWindow())
            await asyncio.sleep(0.6)
            assert quick.is_visible
            quick.toggle()  # it is wanted, not to be hidden
            await eventually(window.isActiveWindow)
            quick.toggle()
            await eventually(lambda: not quick.is_visible)
            await eventually(lambda: _is(other))

    run(scenario(), timeout_s=60)


@contextmanager
def grabbed(told: Callable[[], None]) -> Iterator[None]:
    """Ctrl+Alt+Y calls `told`, whatever has the keyboard: the grab takes that away from our window for a moment."""
    from PySide6.QtCore import QSocketNotifier
    from Xlib import XK, X
    from Xlib.display import Display

    display = Display()
    try:
        code = display.keysym_to_keycode(XK.string_to_keysym("y"))
        root = display.screen().root
        root.grab_key(code, X.ControlMask | X.Mod1Mask, True, X.GrabModeAsync, X.GrabModeAsync)
        display.sync()

        def read() -> None:
            while display.pending_events():
                if display.next_event().type == X.KeyPress:
                    told()

        notifier = QSocketNotifier(display.fileno(), QSocketNotifier.Type.Read)
        notifier.activated.connect(read)
        yield
        notifier.setEnabled(False)
    finally:
        display.close()


def test_a_key_grabbed_from_everywhere_opens_and_hides_it(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with (
            DemoServer(pace=0.0) as server,
            asking(home, server.base_url) as (_, quick),
            another_window() as other,
        ):
            hidden: list[bool] = []
            quick.hidden.connect(lambda: hidden.append(True))
            with grabbed(quick.toggle):
                for times in range(1, 4):
                    await xdotool("key", "ctrl+alt+y")
                    await eventually(quick.window.edit.hasFocus)
                    await xdotool("keydown", "ctrl", "keydown", "alt", "keydown", "y")  # and held
                    await eventually(lambda: not quick.is_visible)
                    await eventually(lambda: _is(other))
                    await xdotool("keyup", "y", "keyup", "alt", "keyup", "ctrl")
                    await asyncio.sleep(0.2)  # longer than a loss of the keyboard is waited for
                    assert len(hidden) == times
                    assert not quick.is_visible

    run(scenario(), timeout_s=60)


def test_it_stands_on_the_screen_of_the_cursor_without_a_place_in_the_task_bar(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, asking(home, server.base_url) as (_, quick):
            from Xlib.display import Display

            quick.toggle()
            await eventually(quick.window.edit.hasFocus)
            room = quick.window.screen().availableGeometry()

            def place() -> QRect:
                return quick.window.box.translated(quick.window.pos())

            # The window manager tells where it has put it when it gets round to it.
            await eventually(lambda: abs(place().center().x() - room.center().x()) <= 1)
            box = place()
            assert 0.2 < (box.top() - room.top()) / room.height() < 0.3
            assert quick.window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
            display = Display()
            try:
                shown = display.create_resource_object("window", int(quick.window.winId()))
                states = shown.get_full_property(display.intern_atom("_NET_WM_STATE"), 0).value
                names = {display.get_atom_name(state) for state in states}
            finally:
                display.close()
            assert {"_NET_WM_STATE_ABOVE", "_NET_WM_STATE_SKIP_TASKBAR"} <= names
            quick.hide()

    run(scenario(), timeout_s=30)


def test_its_edges_are_pulled_with_the_mouse_and_the_size_is_kept(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, asking(home, server.base_url) as (desktop, quick):
            quick.toggle()
            await eventually(quick.window.edit.hasFocus)
            box = quick.window.box.translated(quick.window.pos())
            x, y = box.right(), box.center().y()
            await xdotool("mousemove", str(x), str(y), "mousedown", "1")
            await eventually(lambda: quick.window.is_held)  # the window manager has mouse and keyboard
            for step in (20, 40, 60, 80):
                await xdotool("mousemove", str(x + step), str(y))
            await eventually(lambda: quick.window.box.width() == 720)
            await xdotool("mouseup", "1")
            await eventually(quick.window.isActiveWindow)
            assert quick.is_visible
            quick.toggle()
            assert desktop.engine.settings.quick_ask.width_px == 720
            quick.toggle()
            await eventually(quick.window.edit.hasFocus)
            assert quick.window.box.width() == 720
            quick.hide()

    run(scenario(), timeout_s=30)
