"""The desktop's portal over D-Bus: method calls, requests that a person may have to answer, and its coming and going.

Source: https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Request.html (read 2026-11-26).  A
request answers at once with the path of an object, and later, by the signal Response of that object, with the result.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

log = logging.getLogger(__name__)

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
REQUEST = "org.freedesktop.portal.Request"
_DRIVER = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")

CALL_TIMEOUT_S = 30.0
"""Longest wait for an answer nobody has to think about; the bus may have to start the portal first."""

Signalled = Callable[[str, str, str, list[Any]], None]
"""Called with path, interface, member and arguments of a signal of the portal."""


class PortalFailed(Exception):
    """The portal is not there, went away, does not know what was asked, or said no."""

    def __init__(self, detail: str, *, response: int | None = None) -> None:
        super().__init__(detail)
        self.response = response
        """1: the person said no, 2: it ended otherwise; None: there was no response."""


class PortalBus:
    """A connection of its own to the session bus.  On the thread of the loop.

    `owner_changed(bool is_there)` is called when the portal comes or goes, and with False when the bus itself goes.
    """

    def __init__(self, signalled: Signalled, owner_changed: Callable[[bool], None], address: str | None = None) -> None:
        self._signalled = signalled
        self._owner_changed = owner_changed
        self._address = address
        self._bus: Any = None
        self._owner = ""
        self._waiting: dict[str, asyncio.Future[tuple[int, dict[str, Any]]]] = {}
        self._tokens = itertools.count(1)
        self._watch: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._bus is not None and bool(self._bus.connected)

    async def open(self, app_id: str) -> None:
        """Connect, and say who we are.  Raises PortalFailed."""
        await asyncio.to_thread(importlib.import_module, "dbus_fast.aio")  # 50 ms, not on this thread
        from dbus_fast import AuthError, DBusError, InvalidAddressError
        from dbus_fast.aio import MessageBus

        try:
            bus = await MessageBus(bus_address=self._address, auth_timeout=CALL_TIMEOUT_S).connect()
        except (OSError, EOFError, AuthError, DBusError, InvalidAddressError, ValueError) as error:
            raise PortalFailed(f"no session bus: {error!r}") from error
        self._bus = bus
        bus.add_message_handler(self._on_message)
        self._watch = asyncio.get_running_loop().create_task(self._wait_for_end(bus), name="portal bus")
        try:
            for rule in (
                f"type='signal',sender='{NAME}',path_namespace='{PATH}'",
                f"type='signal',sender='{_DRIVER[0]}',member='NameOwnerChanged',arg0='{NAME}'",
            ):
                await self.call(_DRIVER, "AddMatch", "s", rule)
            # Who is asked for keys is told to the person; from 1.20 on the portal must be told first
            # (https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.host.portal.Registry.html).
            with suppress(PortalFailed):
                registry = (NAME, PATH, "org.freedesktop.host.portal.Registry")
                await self.call(registry, "Register", "sa{sv}", app_id, {})
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        bus, self._bus = self._bus, None
        watch, self._watch = self._watch, None
        if bus is not None:
            bus.remove_message_handler(self._on_message)
            bus.disconnect()
        if watch is not None:
            await watch
        self._fail_waiting("closed")

    async def call(self, target: tuple[str, str, str], member: str, signature: str = "", *body: Any) -> list[Any]:
        """Call a method of (name, path, interface); its results.  Raises PortalFailed."""
        from dbus_fast import Message, MessageType

        if not self.is_open:
            raise PortalFailed("not connected to the session bus")
        name, path, interface = target
        message = Message(
            destination=name, path=path, interface=interface, member=member, signature=signature, body=list(body)
        )
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                reply = await self._bus.call(message)
        except TimeoutError as error:
            raise PortalFailed(f"{member}: no answer within {CALL_TIMEOUT_S:.0f} s") from error
        except (OSError, EOFError) as error:
            raise PortalFailed(f"{member}: the session bus went away") from error
        if reply is None or reply.message_type is not MessageType.METHOD_RETURN:
            raise PortalFailed(f"{member}: {reply.error_name if reply else 'no answer'}")
        if name == NAME:
            self._owner = str(reply.sender)
        return list(reply.body)

    def own_path(self, kind: str, token: str) -> str:
        """Where the portal puts a 'request' or 'session' of ours that is called `token`."""
        unique_name = str(self._bus.unique_name) if self.is_open else ":0.0"
        return f"{PATH}/{kind}/{unique_name[1:].replace('.', '_')}/{token}"

    async def version(self, interface: str) -> int:
        """Of an interface of the portal.  Raises PortalFailed where it does not have it."""
        target = (NAME, PATH, "org.freedesktop.DBus.Properties")
        (found,) = await self.call(target, "Get", "ss", interface, "version")
        return int(found.value)

    async def request(
        self,
        interface: str,
        member: str,
        signature: str,
        *body: Any,
        options: dict[str, Any] | None = None,
        person_answers: bool = False,
    ) -> dict[str, Any]:
        """Make a request; the results of its response, unpacked.  Raises PortalFailed.

        `signature` and `body` without the options, which come last.  `person_answers`: however long it takes.
        Cancelled, the request is taken back, and a dialog with it.
        """
        from dbus_fast import Variant

        token = f"qwen_desktop_{next(self._tokens)}"
        path = self.own_path("request", token)
        response: asyncio.Future[tuple[int, dict[str, Any]]] = asyncio.get_running_loop().create_future()
        self._waiting[path] = response
        try:
            given = {**(options or {}), "handle_token": Variant("s", token)}
            (handle,) = await self.call((NAME, PATH, interface), member, signature + "a{sv}", *body, given)
            self._waiting[str(handle)] = response  # before 0.9 the portal chose the path
            async with asyncio.timeout(None if person_answers else CALL_TIMEOUT_S):
                code, results = await response
        except TimeoutError as error:
            await self._take_back(path)
            raise PortalFailed(f"{member}: no response within {CALL_TIMEOUT_S:.0f} s") from error
        except asyncio.CancelledError:
            await self._take_back(path)
            raise
        finally:
            self._waiting = {at: waiting for at, waiting in self._waiting.items() if waiting is not response}
        if code:
            raise PortalFailed(f"{member}: {'refused' if code == 1 else 'ended'}", response=code)
        return {name: getattr(value, "value", value) for name, value in results.items()}

    async def _take_back(self, path: str) -> None:
        with suppress(PortalFailed):
            await self.call((NAME, path, REQUEST), "Close")

    def _on_message(self, message: Any) -> None:
        from dbus_fast import MessageType

        if message.message_type is not MessageType.SIGNAL:
            return
        if message.sender == _DRIVER[0] and message.member == "NameOwnerChanged" and message.body[0] == NAME:
            self._owner = str(message.body[2])
            if not self._owner:
                self._fail_waiting("the portal went away")
            self._owner_changed(bool(self._owner))
        elif message.sender != self._owner:
            return
        elif message.interface == REQUEST and message.member == "Response":
            response = self._waiting.get(message.path)
            if response is not None and not response.done():
                code, results = message.body
                response.set_result((code, results))
        else:
            self._signalled(message.path, message.interface, message.member, message.body)

    def _fail_waiting(self, detail: str) -> None:
        for response in self._waiting.values():
            if not response.done():
                response.set_exception(PortalFailed(detail))

    async def _wait_for_end(self, bus: Any) -> None:
        """Until the connection ends; tell of it if it was not by us."""
        with suppress(OSError, EOFError):
            await bus.wait_for_disconnect()
        if self._bus is bus:
            log.info("the session bus closed the connection of the hotkey")
            self._bus = None
            self._fail_waiting("the session bus went away")
            self._owner_changed(False)
