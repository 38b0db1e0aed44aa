"""What every back end of the hotkey keeps to.

X11 against a real X server, the portal against a process that speaks its interface on a real bus.  Windows and macOS
through fakes of their few system calls: those were NOT RUN ON THE REAL SYSTEM here.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from qwen_desktop.desktop.hotkey.backend import HotkeyBackend, PressFilter
from qwen_desktop.desktop.hotkey.status import HotkeyState, HotkeyStatus
from tests.conftest import eventually
from tests.contracts.hotkey_worlds import (
    MacWorld,
    WindowsWorld,
    World,
    X11World,
    keys,
    needs,
    portal_world,
    x_server,
)

Q, W = "Ctrl+Alt+Q", "Ctrl+Alt+W"
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux desktops")


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with x_server() as name:
        yield name


@pytest.fixture(
    params=[
        pytest.param("x11", marks=[on_linux, needs("Xvfb")]),
        pytest.param("portal", marks=[on_linux, needs("dbus-daemon")]),
        pytest.param("windows", id="windows-not-run-on-the-real-system"),
        pytest.param("macos", id="macos-not-run-on-the-real-system"),
    ]
)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    match request.param:
        case "x11":
            made = X11World(request.getfixturevalue("display"))
            yield made
            await made.close()
        case "portal":
            async with portal_world(tmp_path) as in_portal:
                yield in_portal
        case "windows":
            yield WindowsWorld()
        case "macos":
            yield MacWorld()


class Heard:
    """A back end, and what it has told."""

    def __init__(self, world: World) -> None:
        self.presses: list[str] = []
        self.statuses: list[HotkeyStatus] = []
        self.backend: HotkeyBackend = world.backend(self.presses.append, self.statuses.append)

    async def bind(self, text: str) -> HotkeyState:
        return (await self.backend.bind(keys(text), may_ask=True)).state


@pytest.fixture
async def heard(world: World) -> AsyncIterator[Heard]:
    made = Heard(world)
    yield made
    await made.backend.close()


async def test_a_press_is_told_once(world: World, heard: Heard) -> None:
    status = await heard.backend.bind(keys(Q), may_ask=True)
    assert (status.state, status.keys) == (HotkeyState.WORKS, Q)
    assert status.detail
    await world.press(Q)
    await eventually(lambda: heard.presses == [""])
    await world.press(Q, 100)
    await eventually(lambda: len(heard.presses) >= 101)
    assert len(heard.presses) == 101


async def test_a_held_key_is_one_press(world: World, heard: Heard) -> None:
    await heard.bind(Q)
    await world.hold(Q)
    await world.press(Q)
    await eventually(lambda: len(heard.presses) >= 2)
    assert len(heard.presses) == 2


async def test_other_keys_are_not_ours(world: World, heard: Heard) -> None:
    await heard.bind(Q)
    await world.press(W)
    await world.press(Q)
    await eventually(lambda: heard.presses)
    assert len(heard.presses) == 1


async def test_keys_change_while_it_runs(world: World, heard: Heard) -> None:
    await heard.bind(Q)
    status = await heard.backend.bind(keys(W), may_ask=True)
    assert status.state is HotkeyState.WORKS
    # A portal keeps the keys it gave before: the status names those in force.
    assert status.keys == (W if world.lacks_keys else Q)
    await world.press(Q if status.keys == W else W)
    await world.press(status.keys)
    await eventually(lambda: heard.presses)
    assert len(heard.presses) == 1


async def test_unbound_keys_are_free(world: World, heard: Heard) -> None:
    await heard.bind(Q)
    await heard.backend.unbind()
    await heard.backend.unbind()
    await world.press(Q)
    assert await heard.bind(Q) is HotkeyState.WORKS
    await world.press(Q)
    await eventually(lambda: heard.presses)
    assert len(heard.presses) == 1


async def test_keys_of_another_program_are_taken_until_it_lets_go(world: World, heard: Heard) -> None:
    await world.take(Q)
    assert await heard.bind(Q) is HotkeyState.TAKEN
    await world.press(Q)
    await world.free(Q)
    assert await heard.bind(Q) is HotkeyState.WORKS
    assert not heard.presses
    await world.press(Q)
    await eventually(lambda: len(heard.presses) == 1)


async def test_a_key_the_keyboard_lacks_is_unusable(world: World, heard: Heard) -> None:
    # With a portal it is the desktop that knows the keyboard.
    assert await heard.bind("Ctrl+Alt+Ð") is (HotkeyState.UNUSABLE if world.lacks_keys else HotkeyState.WORKS)
    assert await heard.bind(Q) is HotkeyState.WORKS


async def test_nothing_is_told_after_the_end(world: World, heard: Heard) -> None:
    await heard.bind(Q)
    await heard.backend.close()
    await world.press(Q)
    later = Heard(world)
    try:
        assert await later.bind(Q) is HotkeyState.WORKS, "the keys were given back"
        await world.press(Q)
        await eventually(lambda: later.presses)
    finally:
        await later.backend.close()
    assert not heard.presses
    assert not heard.statuses


async def test_the_end_comes_twice_or_at_once(world: World) -> None:
    unused = Heard(world)
    await unused.backend.unbind()
    await unused.backend.close()
    await unused.backend.close()


async def test_altgr_of_windows_stays_what_it_is() -> None:
    heard = Heard(WindowsWorld())
    assert await heard.bind("Ctrl+Alt+E") is HotkeyState.UNUSABLE
    assert await heard.bind("Ctrl+Alt+Shift+;") is HotkeyState.WORKS
    assert await heard.bind("Ctrl+E") is HotkeyState.WORKS
    await heard.backend.close()


def test_repeats_are_told_from_presses() -> None:
    presses = PressFilter()
    assert presses.press(1.0)
    assert not any(presses.press(1.5 + 0.03 * n) for n in range(10))
    presses.release()
    assert presses.press(1.9)
    assert not presses.press(2.5)
    assert presses.press(2.5 + PressFilter.FORGOTTEN_AFTER_S), "a release that never came"
    assert presses.press(0.1), "the clock of the server began anew"
