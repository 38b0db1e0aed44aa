"""The D-Bus session bus to what the checks want to know of it: asked once, starting no service, opening no dialog."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

TIMEOUT_S = 1.5
PORTAL = "org.freedesktop.portal.Desktop"
NOTIFICATIONS = "org.freedesktop.Notifications"
SECRETS = "org.freedesktop.secrets"
STATUS_NOTIFIER_WATCHER = "org.kde.StatusNotifierWatcher"
KWALLETS = ("org.kde.kwalletd6", "org.kde.kwalletd5")


@dataclass(frozen=True, slots=True)
class SessionBus:
    """What the bus said."""

    problem: str = ""
    """Why it cannot be asked, in English and without an address; empty: it answered."""
    owned: frozenset[str] = frozenset()
    """Names of services that run."""
    startable: frozenset[str] = frozenset()
    """Names the bus would start a service for."""
    shortcuts_version: int | None = None
    """Of the portal's GlobalShortcuts; None: not offered, or the portal does not run."""
    notification_server: str = ""
    """Name and version as the server gives them."""
    keychain: str = ""
    """Of the Secret Service's default collection: 'open', 'locked', 'none'; '' when it does not run or did not say."""

    def has(self, name: str) -> bool:
        """It runs, or would be started."""
        return name in self.owned or name in self.startable


def ask_session_bus(environment: Mapping[str, str]) -> SessionBus:
    """Blocks for at most TIMEOUT_S; for a thread without a running loop.  Never raises for what the bus does."""
    address = environment.get("DBUS_SESSION_BUS_ADDRESS", "")
    if not address:
        socket = os.path.join(environment.get("XDG_RUNTIME_DIR", ""), "bus")
        if not environment.get("XDG_RUNTIME_DIR") or not os.path.exists(socket):
            return SessionBus("no session bus")
        address = f"unix:path={socket}"
    return asyncio.run(_bounded(address))


async def _bounded(address: str) -> SessionBus:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _ask(address)
    except TimeoutError:
        return SessionBus("no answer")
    except ImportError:
        return SessionBus("dbus-fast is not installed")
    except Exception as error:  # whatever the library makes of a bus that is not one: it cannot be asked
        return SessionBus(type(error).__name__)


async def _ask(address: str) -> SessionBus:
    from dbus_fast import Message, MessageFlag, MessageType
    from dbus_fast.aio import MessageBus

    bus = await MessageBus(bus_address=address).connect()
    try:

        async def call(name: str, path: str, interface: str, member: str, signature: str = "", *body: Any) -> Any:
            """The first value of the reply; None for an error, and where the service does not run."""
            message = Message(
                destination=name,
                path=path,
                interface=interface,
                member=member,
                signature=signature,
                body=list(body),
                flags=MessageFlag.NO_AUTOSTART,
            )
            with suppress(TimeoutError):
                async with asyncio.timeout(TIMEOUT_S / 2):
                    reply = await bus.call(message)
                    if reply is not None and reply.message_type is MessageType.METHOD_RETURN:
                        return reply.body if len(reply.body) != 1 else reply.body[0]
            return None

        async def prop(name: str, path: str, interface: str, member: str) -> Any:
            found = await call(name, path, "org.freedesktop.DBus.Properties", "Get", "ss", interface, member)
            return getattr(found, "value", None)

        driver = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        owned = frozenset(await call(*driver, "ListNames") or ())
        startable = frozenset(await call(*driver, "ListActivatableNames") or ())
        version, server, keychain = await asyncio.gather(
            prop(PORTAL, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.GlobalShortcuts", "version"),
            call(NOTIFICATIONS, "/org/freedesktop/Notifications", NOTIFICATIONS, "GetServerInformation"),
            _keychain(call, prop) if SECRETS in owned else _nothing(),
        )
        words = [word for word in server if isinstance(word, str)] if isinstance(server, list) else []
        return SessionBus(
            owned=owned,
            startable=startable,
            shortcuts_version=version if isinstance(version, int) else None,
            notification_server=" ".join(dict.fromkeys(words[:1] + words[2:3]))[:80],
            keychain=keychain,
        )
    finally:
        bus.disconnect()
        with suppress(Exception):
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


async def _keychain(call: Any, prop: Any) -> str:
    """Whether the default collection is there and open; looking asks the person nothing."""
    service = "org.freedesktop.Secret.Service"
    collection = await call(SECRETS, "/org/freedesktop/secrets", service, "ReadAlias", "s", "default")
    if not isinstance(collection, str):
        return ""
    if collection == "/":
        return "none"
    is_locked = await prop(SECRETS, collection, "org.freedesktop.Secret.Collection", "Locked")
    return {True: "locked", False: "open"}.get(is_locked, "") if isinstance(is_locked, bool) else ""


async def _nothing() -> str:
    return ""
