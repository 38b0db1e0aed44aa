"""The hotkey by the desktop's portal: what a person is asked and when, and a portal that goes, comes and says no."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from qwen_desktop.desktop.hotkey.portal import PortalHotkey
from qwen_desktop.desktop.hotkey.status import HotkeyState, HotkeyStatus
from tests.conftest import eventually
from tests.contracts.hotkey_worlds import keys, needs
from tests.keyring_session import private_bus
from tests.portal_stand_in import Portal, portal

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux desktops"),
    needs("dbus-daemon"),
]

Q = keys("Ctrl+Alt+Q")
W = keys("Ctrl+Alt+W")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[dict[str, str]]:
    with private_bus(tmp_path / "session") as environment:
        yield environment


@pytest.fixture
async def desktop(session: dict[str, str]) -> AsyncIterator[Portal]:
    async with portal(session) as made:
        yield made


class App:
    """A start of the app, as far as the hotkey is concerned."""

    def __init__(self, session: dict[str, str], folder: Path, *, asks_nobody: bool = False) -> None:
        self.tokens: list[str] = []
        self.statuses: list[HotkeyStatus] = []
        self.hotkey = PortalHotkey(
            self.tokens.append,
            self.statuses.append,
            granted=folder / "granted",
            asks_nobody=asks_nobody,
            address=session["DBUS_SESSION_BUS_ADDRESS"],
        )

    async def __aenter__(self) -> App:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.hotkey.close()

    async def bind_agreed(self, desktop: Portal) -> HotkeyStatus:
        """The user chooses Ctrl+Alt+Q and agrees to what the desktop asks."""
        binding = asyncio.ensure_future(self.hotkey.bind(Q, may_ask=True))
        await eventually(lambda: desktop.tell("dialog"))
        await desktop.tell("agree")
        return await binding


async def test_first_start_asks_nobody(session: dict[str, str], desktop: Portal, tmp_path: Path) -> None:
    async with App(session, tmp_path) as app:
        assert (await app.hotkey.bind(Q, may_ask=False)).state is HotkeyState.NOT_ASKED
        calls = await desktop.tell("calls")
        assert calls[0] == "Register", "who we are comes first on the connection"
        assert "BindShortcuts" not in calls
        assert await desktop.tell("sessions") == []


async def test_the_user_is_asked_when_he_wants_it_and_later_starts_ask_no_more(
    session: dict[str, str], desktop: Portal, tmp_path: Path
) -> None:
    async with App(session, tmp_path) as app:
        binding = asyncio.ensure_future(app.hotkey.bind(Q, may_ask=True))
        asked = await eventually(lambda: desktop.tell("dialog"))
        assert asked == ["quick-ask", "Open the quick ask", "CTRL+ALT+q"]
        assert not binding.done()
        await desktop.tell("agree")
        status = await binding
        assert (status.state, status.keys) == (HotkeyState.WORKS, "Ctrl+Alt+Q")
    for _ in range(2):
        async with App(session, tmp_path) as later:
            assert (await later.hotkey.bind(Q, may_ask=False)).state is HotkeyState.WORKS
            assert await desktop.tell("dialog") is None
            await desktop.press()
            await eventually(lambda later=later: len(later.tokens) == 1)


async def test_a_desktop_that_lists_nothing_is_remembered_by_us(
    session: dict[str, str], desktop: Portal, tmp_path: Path
) -> None:
    async with App(session, tmp_path) as app:
        await app.bind_agreed(desktop)
    await desktop.tell("forget")
    async with App(session, tmp_path) as later:
        binding = asyncio.ensure_future(later.hotkey.bind(Q, may_ask=False))
        await eventually(lambda: desktop.tell("dialog"))  # this one has really forgotten
        await desktop.tell("agree")
        assert (await binding).state is HotkeyState.WORKS


async def test_a_no_is_told_and_not_asked_again_by_the_next_start(
    session: dict[str, str], desktop: Portal, tmp_path: Path
) -> None:
    async with App(session, tmp_path) as app:
        binding = asyncio.ensure_future(app.hotkey.bind(Q, may_ask=True))
        await eventually(lambda: desktop.tell("dialog"))
        await desktop.tell("refuse")
        status = await binding
        assert status.state is HotkeyState.NEEDS_DESKTOP
        assert "refused" in status.detail
        # The user may try again at once, though a session can be bound only once.
        assert (await app.bind_agreed(desktop)).state is HotkeyState.WORKS
    await desktop.tell("forget")
    async with App(session, tmp_path) as app:
        binding = asyncio.ensure_future(app.hotkey.bind(Q, may_ask=True))
        await eventually(lambda: desktop.tell("dialog"))
        await desktop.tell("refuse")
        await binding
    async with App(session, tmp_path) as later:
        assert (await later.hotkey.bind(Q, may_ask=False)).state is HotkeyState.NOT_ASKED


async def test_hyprland_is_bound_at_each_start(session: dict[str, str], tmp_path: Path) -> None:
    async with portal(session, "silent") as desktop, App(session, tmp_path, asks_nobody=True) as app:
        assert (await app.hotkey.bind(Q, may_ask=False)).state is HotkeyState.WORKS
        await desktop.press(3)
        await eventually(lambda: len(app.tokens) == 3)


async def test_an_open_dialog_is_taken_back(session: dict[str, str], desktop: Portal, tmp_path: Path) -> None:
    async with App(session, tmp_path) as app:
        binding = asyncio.ensure_future(app.hotkey.bind(Q, may_ask=True))
        await eventually(lambda: desktop.tell("dialog"))
        binding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await binding
        assert await desktop.tell("dialog") is None
        assert await desktop.tell("sessions") == []


async def test_keys_changed_in_the_desktops_settings_are_told(
    session: dict[str, str], desktop: Portal, tmp_path: Path
) -> None:
    async with App(session, tmp_path) as app:
        await app.bind_agreed(desktop)
        await desktop.tell("change", "<Super>space")
        await eventually(lambda: [status.keys for status in app.statuses] == ["Meta+Space"])


@pytest.mark.parametrize(("version", "is_opened"), [("version=1", False), ("version=2", True)])
async def test_other_keys_are_chosen_in_the_desktops_settings(
    session: dict[str, str], tmp_path: Path, version: str, is_opened: bool
) -> None:
    async with portal(session, version) as desktop, App(session, tmp_path) as app:
        await app.bind_agreed(desktop)
        await desktop.tell("calls")
        status = await app.hotkey.bind(W, may_ask=True)
        assert (status.state, status.keys) == (HotkeyState.WORKS, "Ctrl+Alt+Q")
        assert ("ConfigureShortcuts" in await desktop.tell("calls")) is is_opened


async def test_keys_without_a_trigger_are_taken(session: dict[str, str], desktop: Portal, tmp_path: Path) -> None:
    await desktop.tell("take", "CTRL+ALT+q")
    async with App(session, tmp_path) as app:
        assert (await app.bind_agreed(desktop)).state is HotkeyState.TAKEN


async def test_the_activation_token_comes_with_the_press(
    session: dict[str, str], desktop: Portal, tmp_path: Path
) -> None:
    async with App(session, tmp_path) as app:
        await app.bind_agreed(desktop)
        await desktop.tell("token", "xyz_TIME1")
        await desktop.press()
        await desktop.tell("token")
        await desktop.press()
        await eventually(lambda: app.tokens == ["xyz_TIME1", ""])


async def test_a_portal_that_goes_and_comes_back(session: dict[str, str], tmp_path: Path) -> None:
    async with App(session, tmp_path) as app:
        async with portal(session) as desktop:
            assert (await app.bind_agreed(desktop)).state is HotkeyState.WORKS
        await eventually(lambda: [status.state for status in app.statuses] == [HotkeyState.NEEDS_DESKTOP])
        async with portal(session) as desktop:
            # Granted before: it is bound again without anybody's doing, here with a dialog of the forgetful stand-in.
            await eventually(lambda: desktop.tell("dialog"))
            await desktop.tell("agree")
            await eventually(lambda: app.statuses[-1].state is HotkeyState.WORKS)
            await desktop.press()
            await eventually(lambda: app.tokens == [""])


async def test_a_portal_that_goes_while_the_person_thinks(session: dict[str, str], tmp_path: Path) -> None:
    async with App(session, tmp_path) as app:
        async with portal(session) as desktop:
            binding = asyncio.ensure_future(app.hotkey.bind(Q, may_ask=True))
            await eventually(lambda: desktop.tell("dialog"))
        assert (await binding).state is HotkeyState.NEEDS_DESKTOP


async def test_a_session_the_desktop_closes_is_told(session: dict[str, str], desktop: Portal, tmp_path: Path) -> None:
    async with App(session, tmp_path) as app:
        await app.bind_agreed(desktop)
        await desktop.tell("close")
        await eventually(lambda: [status.state for status in app.statuses] == [HotkeyState.NEEDS_DESKTOP])
        assert (await app.hotkey.bind(Q, may_ask=False)).state is HotkeyState.WORKS


async def test_without_the_interface_the_desktop_is_needed(session: dict[str, str], tmp_path: Path) -> None:
    async with portal(session, "none"), App(session, tmp_path) as app:
        status = await app.hotkey.bind(Q, may_ask=True)
        assert status.state is HotkeyState.NEEDS_DESKTOP
        assert "UnknownMethod" in status.detail


async def test_a_portal_without_a_registry_works_too(session: dict[str, str], tmp_path: Path) -> None:
    async with portal(session, "no-registry", "silent"), App(session, tmp_path) as app:
        assert (await app.hotkey.bind(Q, may_ask=True)).state is HotkeyState.WORKS


async def test_without_a_portal_the_desktop_is_needed_until_there_is_one(
    session: dict[str, str], tmp_path: Path
) -> None:
    async with App(session, tmp_path, asks_nobody=True) as app:
        status = await app.hotkey.bind(Q, may_ask=False)
        assert status.state is HotkeyState.NEEDS_DESKTOP
        async with portal(session, "silent"):
            await eventually(lambda: app.statuses and app.statuses[-1].state is HotkeyState.WORKS)


async def test_without_a_bus_the_desktop_is_needed(tmp_path: Path) -> None:
    for address in (f"unix:path={tmp_path}/none", "nonsense", ""):
        async with App({"DBUS_SESSION_BUS_ADDRESS": address}, tmp_path) as app:
            with pytest.MonkeyPatch.context() as patch:
                patch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
                status = await app.hotkey.bind(Q, may_ask=True)
            assert status.state is HotkeyState.NEEDS_DESKTOP
            assert "no session bus" in status.detail


async def test_a_bus_that_goes_is_told(tmp_path: Path) -> None:
    with private_bus(tmp_path / "session") as session:
        async with portal(session, "silent"):
            app = App(session, tmp_path)
            assert (await app.hotkey.bind(Q, may_ask=True)).state is HotkeyState.WORKS
    await eventually(lambda: [status.state for status in app.statuses][-1:] == [HotkeyState.NEEDS_DESKTOP])
    await eventually(lambda: not app.hotkey._bus.is_open)
    assert (await app.hotkey.bind(Q, may_ask=True)).state is HotkeyState.NEEDS_DESKTOP
    await app.hotkey.close()
