"""Keys from the desktop's portal GlobalShortcuts: the way on Wayland, where no program may listen by itself.

Source: https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.GlobalShortcuts.html (read
2026-11-26).  The keys belong to a session that ends with our connection, so they are bound anew at each start.  The
desktop asks the person the first time, by a dialog: so the first time waits until the person wants it.  Which keys it
gave is told as text; other keys are chosen in the desktop's own settings.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from qwen_desktop.core.words import tr
from qwen_desktop.desktop.hotkey.backend import PressFilter
from qwen_desktop.desktop.hotkey.keys import Keys
from qwen_desktop.desktop.hotkey.keysyms import from_trigger, trigger
from qwen_desktop.desktop.hotkey.portal_bus import NAME, PATH, PortalBus, PortalFailed
from qwen_desktop.desktop.hotkey.status import HotkeyState, HotkeyStatus

if TYPE_CHECKING:
    from pathlib import Path

    from qwen_desktop.desktop.hotkey.backend import Pressed, StatusChanged

log = logging.getLogger(__name__)

SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
SESSION = "org.freedesktop.portal.Session"
APP_ID = "qwen-desktop"
"""The name of the desktop file."""
SHORTCUT_ID = "quick-ask"
_SESSION_TOKEN = "qwen_desktop"
"""What the desktop remembers the keys by, older ones of KDE by the token; never to change."""


class PortalHotkey:
    """`granted`: a file that is there once the desktop has given keys, so that later starts need not ask."""

    def __init__(
        self,
        pressed: Pressed,
        status_changed: StatusChanged,
        *,
        granted: Path | None = None,
        asks_nobody: bool = False,
        address: str | None = None,
    ) -> None:
        self._pressed = pressed
        self._status_changed = status_changed
        self._granted = granted
        self._asks_nobody = asks_nobody
        """A desktop that binds without a dialog (Hyprland)."""
        self._bus = PortalBus(self._on_signal, self._on_owner, address)
        self._session = ""
        self._wished: Keys | None = None
        self._status = HotkeyStatus()
        self._filter = PressFilter()
        self._binding_again: asyncio.Task[None] | None = None

    async def bind(self, keys: Keys, *, may_ask: bool) -> HotkeyStatus:
        await self.unbind()
        self._wished = keys
        self._status = HotkeyStatus(HotkeyState.WAITING, str(keys))
        self._status = await self._bind(keys, may_ask=may_ask)
        return self._status

    async def unbind(self) -> None:
        self._wished = None
        await self._stop_binding_again()
        await self._end_session()
        self._status = HotkeyStatus()

    async def close(self) -> None:
        self._wished = None
        await self._stop_binding_again()
        await self._bus.close()  # the session ends with the connection

    async def _bind(self, keys: Keys, *, may_ask: bool) -> HotkeyStatus:
        try:
            if not self._bus.is_open:
                await self._bus.open(APP_ID)
            return await self._new_session(keys, may_ask=may_ask)
        except PortalFailed as error:
            log.info("the desktop gives no hotkey: %s", error)
            return HotkeyStatus(HotkeyState.NEEDS_DESKTOP, detail=str(error))

    async def _new_session(self, keys: Keys, *, may_ask: bool) -> HotkeyStatus:
        """A session holds one binding, and is bound once.  Raises PortalFailed."""
        from dbus_fast import Variant

        version = await self._bus.version(SHORTCUTS)
        self._session = self._bus.own_path("session", _SESSION_TOKEN)
        try:
            token = {"session_handle_token": Variant("s", _SESSION_TOKEN)}
            made = await self._bus.request(SHORTCUTS, "CreateSession", "", options=token)
            self._session = str(made["session_handle"])
            listed = await self._bus.request(SHORTCUTS, "ListShortcuts", "o", self._session)
            is_known = SHORTCUT_ID in _descriptions(listed) or await asyncio.to_thread(self._was_granted)
            if not (is_known or may_ask or self._asks_nobody):
                await self._end_session()
                return HotkeyStatus(HotkeyState.NOT_ASKED, detail=f"GlobalShortcuts {version}")
            about = {
                "description": Variant("s", tr("Open the quick ask")),
                "preferred_trigger": Variant("s", trigger(keys)),
            }
            wanted = [[SHORTCUT_ID, about]]
            bound = await self._bus.request(
                SHORTCUTS, "BindShortcuts", "oa(sa{sv})s", self._session, wanted, "", person_answers=True
            )
        except PortalFailed as error:
            if error.response == 1:
                await asyncio.to_thread(self._note_granted, False)
            await self._end_session()
            raise
        except asyncio.CancelledError:
            await self._end_session()
            raise
        status = _status_of(_descriptions(bound), keys, version)
        await asyncio.to_thread(self._note_granted, True)
        if may_ask and version >= 2 and status.keys != str(keys):
            # Bound before, with other keys: only the desktop's own settings can change them.
            with suppress(PortalFailed):
                target = (NAME, PATH, SHORTCUTS)
                await self._bus.call(target, "ConfigureShortcuts", "osa{sv}", self._session, "", {})
        return status

    async def _end_session(self) -> None:
        session, self._session = self._session, ""
        if session and self._bus.is_open:
            with suppress(PortalFailed):
                await self._bus.call((NAME, session, SESSION), "Close")

    # What the portal tells

    def _on_signal(self, path: str, interface: str, member: str, body: list[Any]) -> None:
        if interface == SESSION and member == "Closed" and path == self._session:
            self._session = ""
            self._set(HotkeyStatus(HotkeyState.NEEDS_DESKTOP, detail="the desktop closed the session"))
        if interface != SHORTCUTS or not self._session or body[0] != self._session or self._wished is None:
            return
        if member == "ShortcutsChanged":
            changed = {str(name): about for name, about in body[1]}
            if SHORTCUT_ID in changed:
                self._set(_status_of({SHORTCUT_ID: _text(changed[SHORTCUT_ID])}, self._wished, 0))
        elif member == "Activated" and body[1] == SHORTCUT_ID:
            if self._filter.press(asyncio.get_running_loop().time()):
                token = body[3].get("activation_token")
                self._pressed(str(token.value) if token is not None else "")
        elif member == "Deactivated" and body[1] == SHORTCUT_ID:
            self._filter.release()

    def _on_owner(self, is_there: bool) -> None:
        """The portal came or went, and took the session with it.  It is not started by us again."""
        if not is_there:
            self._session = ""
            self._filter.release()
            if self._wished is not None and self._status.state is not HotkeyState.WAITING:
                self._set(HotkeyStatus(HotkeyState.NEEDS_DESKTOP, detail="the portal went away"))
            return
        is_waiting = self._wished is not None and self._status.state is HotkeyState.NEEDS_DESKTOP
        if is_waiting and self._binding_again is None and not self._session:
            self._binding_again = asyncio.get_running_loop().create_task(self._bind_again(), name="bind hotkey")

    async def _bind_again(self) -> None:
        try:
            if self._wished is not None:
                self._set(await self._bind(self._wished, may_ask=False))
        finally:
            self._binding_again = None

    async def _stop_binding_again(self) -> None:
        if (task := self._binding_again) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _set(self, status: HotkeyStatus) -> None:
        if status != self._status and self._wished is not None:
            self._status = status
            self._status_changed(status)

    # What is remembered

    def _was_granted(self) -> bool:
        return self._granted is not None and self._granted.exists()

    def _note_granted(self, is_granted: bool) -> None:
        if self._granted is None:
            return
        try:
            if is_granted:
                self._granted.parent.mkdir(parents=True, exist_ok=True)
                self._granted.touch()
            else:
                self._granted.unlink(missing_ok=True)
        except OSError as error:  # then the desktop is asked once more, at worst
            log.info("could not note that the desktop gave keys: %s", error)


def _descriptions(results: dict[str, Any]) -> dict[str, str]:
    """Results with `shortcuts a(sa{sv})` to id and the text about its keys."""
    return {str(name): _text(about) for name, about in results.get("shortcuts", ())}


def _text(about: dict[str, Any]) -> str:
    found = about.get("trigger_description")
    return str(getattr(found, "value", found) or "")


def _status_of(shortcuts: dict[str, str], wished: Keys, version: int) -> HotkeyStatus:
    if SHORTCUT_ID not in shortcuts:
        return HotkeyStatus(HotkeyState.NEEDS_DESKTOP, detail="the desktop bound nothing")
    text = shortcuts[SHORTCUT_ID]
    if not text:
        return HotkeyStatus(HotkeyState.TAKEN, str(wished), "the desktop knows the hotkey but gave it no keys")
    return HotkeyStatus(HotkeyState.WORKS, str(from_trigger(text) or wished), f"by the portal: {text}")
