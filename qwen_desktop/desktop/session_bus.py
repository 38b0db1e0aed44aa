"""One connection to the D-Bus session, or another bus, on the app's loop: opened when first needed, again when it was
lost.

Source: https://dbus.freedesktop.org/doc/dbus-specification.html (read 2026-11-26).  dbus-fast takes 41 ms to import, so
that happens on a worker thread; what needs no arrays of structs can use QtDBus (`status_notifier_watch.py`).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

CALL_TIMEOUT_S = 5.0
"""Longest wait for an answer; the programs asked here answer at once or not at all."""


class SessionBusUnavailable(Exception):
    """No session bus, or it went away, or nobody on it does what was asked; the text is for the log."""


class SessionBus:
    """Connects at the first `call`.  Use on the running loop's thread."""

    def __init__(self, address: str = "", *, on_end: Callable[[], object] | None = None) -> None:
        """`address`: of another bus than the session's.  `on_end` is called when a connection was lost or closed."""
        self._address = address
        self._on_end = on_end
        self._ending: asyncio.Future[None] | None = None
        self._bus: MessageBus | None = None
        self._connecting = asyncio.Lock()
        self._listeners: list[tuple[str, Callable[[Message], None] | None]] = []

    def listen(self, rule: str, listener: Callable[[Message], None] | None) -> None:
        """Hear the signals that match `rule`, on each connection; call before the first `call`.

        A listener gets every message of the connection, those of other rules too (for which None will do), and must
        look at the sender."""
        self._listeners.append((rule, listener))

    async def call(
        self,
        destination: str,
        path: str,
        interface: str,
        member: str,
        signature: str = "",
        body: list[Any] | None = None,
    ) -> Message:
        """Call a method and return its answer; SessionBusUnavailable if none comes, or an error."""
        bus = await self._connect()
        from dbus_fast import Message, MessageType

        question = Message(
            destination=destination, path=path, interface=interface, member=member, signature=signature, body=body or []
        )
        answer: Message | None = await _answer_of(bus.call(question))
        if answer is None:  # the connection was closed on purpose meanwhile
            raise SessionBusUnavailable(f"{member}: closed")
        if answer.message_type is MessageType.ERROR:
            raise SessionBusUnavailable(f"{member}: {answer.error_name}")
        return answer

    async def close(self) -> None:
        """Ends the connection; a later `call` would open another."""
        bus, self._bus = self._bus, None
        if bus is not None and bus.connected:
            bus.disconnect()
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    async def _connect(self) -> MessageBus:
        async with self._connecting:
            if self._bus is not None and self._bus.connected:
                return self._bus
            address = self._address or session_bus_address(os.environ)
            if not address:
                raise SessionBusUnavailable("no session bus")
            await asyncio.to_thread(import_module, "dbus_fast.aio")
            from dbus_fast import Message
            from dbus_fast.aio import MessageBus

            bus: MessageBus = await _answer_of(_open(MessageBus, address))
            for rule, listener in self._listeners:
                if listener is not None:
                    bus.add_message_handler(listener)
                dbus = "org.freedesktop.DBus"
                match = Message(dbus, "/org/freedesktop/DBus", dbus, "AddMatch", signature="s", body=[rule])
                await _answer_of(bus.call(match))
            self._bus = bus
            if self._on_end is not None:
                self._ending = asyncio.ensure_future(self._tell_end(bus, self._on_end))
            return bus

    async def _tell_end(self, bus: MessageBus, on_end: Callable[[], object]) -> None:
        from dbus_fast.errors import DBusFastError

        with suppress(OSError, EOFError, DBusFastError):
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        on_end()


async def _open(kind: type[MessageBus], address: str) -> MessageBus:
    """In a coroutine, since dbus-fast before 5 opens its socket when the object is made."""
    return await kind(bus_address=address).connect()


async def _answer_of(waiting: Any) -> Any:
    """What is awaited, within CALL_TIMEOUT_S; whatever a lost or broken bus raises becomes SessionBusUnavailable."""
    from dbus_fast.errors import DBusFastError

    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            return await waiting
    except (OSError, EOFError, DBusFastError, ValueError) as error:  # TimeoutError is an OSError
        raise SessionBusUnavailable(f"{type(error).__name__}: {error}") from error


def session_bus_address(environment: Mapping[str, str]) -> str:
    """Where the session bus listens; empty if there is none.  No bus is ever started for this."""
    if address := environment.get("DBUS_SESSION_BUS_ADDRESS"):
        return address
    runtime = environment.get("XDG_RUNTIME_DIR")
    return f"unix:path={runtime}/bus" if runtime and (Path(runtime) / "bus").is_socket() else ""
