"""Notifications over the real D-Bus: a service that tells what it was sent, and dunst, which shows them."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from PySide6.QtWidgets import QApplication

from qwen_desktop.desktop.notifications import Notifications
from qwen_desktop.ui.icons import icons_folder
from tests.child_program import ChildProgram
from tests.conftest import RunScenario, eventually
from tests.end2end.screen_picture import take_picture

SERVICE = "tests.notification_server"
ALL = ("actions", "body", "body-markup")


class Shown:
    """Notifications of an app, and what came back from them."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str]] = []
        self.heard: list[tuple[str, int]] = []
        self.notifications = Notifications(lambda title, text: self.messages.append((title, text)))
        self.notifications.opened.connect(lambda id: self.heard.append(("opened", id)))
        self.notifications.copy_requested.connect(lambda id: self.heard.append(("copy", id)))


@asynccontextmanager
async def shown() -> AsyncIterator[Shown]:
    app = Shown()
    try:
        yield app
    finally:
        await app.notifications.close()


def test_reply_is_shown_as_text_with_its_actions(run: RunScenario) -> None:
    hostile = "**Look** <img src='http://x/y'> & \x1b[31m<b>\N{RIGHT-TO-LEFT OVERRIDE}red\ud800\n\n\n" + "长" * 10_000

    async def scenario() -> None:
        async with ChildProgram(SERVICE, *ALL) as service, shown() as app:
            app.notifications.reply_done(7, "A title\nof <i>two</i> lines", hostile)
            sent = await service.hear("notify")
            assert sent["summary"] == "A title of <i>two</i> lines"  # a summary has no markup
            assert sent["body"].startswith("**Look** &lt;img src='http://x/y'&gt; &amp; [31m&lt;b&gt;red 长长")
            assert sent["body"].endswith("长…")
            assert len(sent["body"]) < 250
            assert sent["actions"] == ["default", "Open", "copy", "Copy reply"]
            assert sent["hints"] == {"desktop-entry": "qwen-desktop", "category": "im.received", "urgency": 1}
            assert sent["icon"] == (icons_folder() / "app.svg").resolve().as_uri()

            await service.ask("pretended", "pretend", sent["id"], "default")
            await service.tell("act", sent["id"], "copy")
            await eventually(lambda: app.heard == [("copy", 7)])  # and nothing of the pretender's

            app.notifications.reply_failed(7, "A title", "No connection.")
            failed = await service.hear("notify")
            assert (failed["replaces"], failed["actions"]) == (0, ["default", "Open"])  # the first one is closed
            await service.tell("act", failed["id"], "default")
            await eventually(lambda: app.heard == [("copy", 7), ("opened", 7)])
            assert os.environ.pop("XDG_ACTIVATION_TOKEN") == f"token-{failed['id']}"

    run(scenario())


def test_next_reply_of_a_chat_takes_the_place_of_the_last(run: RunScenario) -> None:
    async def scenario() -> None:
        async with ChildProgram(SERVICE) as service, shown() as app:
            app.notifications.reply_done(1, "One", "a <b> & c")
            first = await service.hear("notify")
            assert (first["body"], first["actions"]) == ("a ‹b› & c", [])  # it knows neither markup nor actions
            app.notifications.reply_done(2, "Two", "b")
            app.notifications.reply_done(1, "One", "c")
            second, third = await service.hear("notify"), await service.hear("notify")
            assert (second["replaces"], third["replaces"]) == (0, first["id"])
            app.notifications.withdraw(1)
            app.notifications.withdraw(1)
            assert (await service.hear("close"))["id"] == first["id"]
            app.notifications.reply_done(3, "Three", "read before it was shown")
            app.notifications.withdraw(3)
            await app.notifications.close()
            assert (await service.hear("close"))["id"] == second["id"]
            assert service.events == []

    run(scenario())


def test_service_that_is_replaced_is_asked_anew(run: RunScenario) -> None:
    async def scenario() -> None:
        async with shown() as app:
            for capabilities, body in ((ALL, "a &amp; b"), ((), "a & b")):
                async with ChildProgram(SERVICE, *capabilities) as service:
                    app.notifications.reply_done(1, "One", "a & b")
                    sent = await service.hear("notify")
                    assert (sent["body"], sent["replaces"]) == (body, 0)
                await eventually(lambda: not app.notifications._server)

    run(scenario())


@pytest.mark.parametrize("bus", ["", "unix:path=/nowhere/bus", "nonsense"])
def test_without_a_service_the_tray_says_it(run: RunScenario, bus: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")

    async def scenario() -> None:
        async with shown() as app:
            app.notifications.reply_done(4, "Four", "one\ntwo")
            await eventually(lambda: app.messages == [("Four", "one two")])
            app.notifications.message_clicked()
            app.notifications.message_clicked()
            assert app.heard == [("opened", 4)]

    run(scenario())


def test_bus_that_was_lost_is_found_again(run: RunScenario) -> None:
    async def scenario() -> None:
        async with ChildProgram(SERVICE) as service, shown() as app:
            app.notifications.reply_done(1, "One", "a")
            await service.hear("notify")
            await eventually(lambda: app.notifications._shown)
            bus = app.notifications._bus._bus
            assert bus is not None
            bus._sock.shutdown(2)  # what the end of the bus looks like from here
            await eventually(lambda: not bus.connected)
            app.notifications.reply_done(1, "One", "b")
            assert (await service.hear("notify"))["body"] == "b"

    run(scenario())


async def test_nothing_is_connected_before_the_first_notification() -> None:
    app = Shown()
    app.notifications.withdraw(1)
    assert app.notifications._bus._bus is None
    await app.notifications.close()


def test_dunst_shows_it_and_its_click_opens_the_chat(run: RunScenario, qapp: QApplication) -> None:
    """The real thing: what is clicked is asked of dunst itself, since where it draws is its own affair."""

    async def dunstctl(*arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "dunstctl", *arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(os.environ)
        )
        output, _ = await process.communicate()
        return output.decode().strip()

    async def is_there() -> bool:
        return await dunstctl("count", "displayed") == "0"

    async def scenario() -> None:
        async with ChildProgram("dunst", "-conf", "/dev/null", is_module=False), shown() as app:
            await eventually(is_there)
            app.notifications.reply_done(
                9, "Three days <i>in</i> Beijing &amp;", "Day 1: <b>the</b> Forbidden City & Jingshan Park"
            )

            async def is_shown() -> bool:
                return await dunstctl("count", "displayed") == "1"

            await eventually(is_shown)
            take_picture("notification-dunst")
            await dunstctl("action", "0")
            await eventually(lambda: app.heard == [("opened", 9)])
            app.notifications.withdraw(9)

    run(scenario(), timeout_s=20)
