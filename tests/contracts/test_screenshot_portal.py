"""A screenshot by the desktop's portal: what the person chose, nothing, or a desktop that has no such thing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qwen_desktop.desktop.screenshot_portal import ScreenshotUnavailable, ask_portal
from tests.conftest import eventually
from tests.contracts.hotkey_worlds import needs
from tests.keyring_session import private_bus
from tests.portal_stand_in import portal

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux desktops"),
    needs("dbus-daemon"),
]


@pytest.fixture
def session(tmp_path: Path) -> Iterator[dict[str, str]]:
    with private_bus(tmp_path / "session") as environment:
        yield environment


async def test_what_the_person_chose_is_the_file_the_desktop_names(session: dict[str, str], tmp_path: Path) -> None:
    async with portal(session) as desktop:
        asking = asyncio.ensure_future(ask_portal(session["DBUS_SESSION_BUS_ADDRESS"]))
        await eventually(lambda: desktop.tell("photographing"))
        picture = tmp_path / "my picture.png"
        await desktop.tell("photograph", picture.as_uri())
        assert await asking == picture
        assert (await desktop.tell("calls"))[0] == "Register"


async def test_a_person_who_thinks_better_of_it_gets_no_picture_and_no_complaint(session: dict[str, str]) -> None:
    async with portal(session) as desktop:
        asking = asyncio.ensure_future(ask_portal(session["DBUS_SESSION_BUS_ADDRESS"]))
        await eventually(lambda: desktop.tell("photographing"))
        await desktop.tell("photograph_nothing", "1")
        assert await asking is None


@pytest.mark.parametrize("answer", [("photograph_nothing", "2"), ("photograph", "https://example.org/a.png")])
async def test_a_desktop_that_fails_or_names_no_file_is_told_of(
    session: dict[str, str], answer: tuple[str, str]
) -> None:
    async with portal(session) as desktop:
        asking = asyncio.ensure_future(ask_portal(session["DBUS_SESSION_BUS_ADDRESS"]))
        await eventually(lambda: desktop.tell("photographing"))
        await desktop.tell(*answer)
        with pytest.raises(ScreenshotUnavailable):
            await asking


async def test_a_desktop_without_such_a_portal_is_told_of(session: dict[str, str]) -> None:
    async with portal(session, "none"):
        with pytest.raises(ScreenshotUnavailable):
            await ask_portal(session["DBUS_SESSION_BUS_ADDRESS"])


async def test_a_machine_without_a_session_bus_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(ScreenshotUnavailable):
        await ask_portal(f"unix:path={tmp_path / 'nobody'}")
