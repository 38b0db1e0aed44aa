"""A notification service for tests: the real D-Bus interface, no pixels.  `python -m …` runs it.

One JSON line on standard output for each call; commands as words on standard input: `act ID ACTION` (the person clicks;
it is then closed, as by most), `pretend ID ACTION` (another
program sends the same signal).  Ends when standard input closes.  Arguments are the
capabilities it announces.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated, Any

from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusDict, DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

NAME = "org.freedesktop.Notifications"
DBusTexts = Annotated[list[str], DBusSignature("as")]


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


class Server(ServiceInterface):
    """https://specifications.freedesktop.org/notification-spec/latest/protocol.html"""

    def __init__(self, capabilities: list[str]) -> None:
        super().__init__(NAME)
        self.capabilities = capabilities
        self.last = 0

    @dbus_method()
    def GetCapabilities(self) -> DBusTexts:
        return self.capabilities

    @dbus_method()
    def Notify(
        self,
        app: DBusStr,
        replaces: DBusUInt32,
        icon: DBusStr,
        summary: DBusStr,
        body: DBusStr,
        actions: DBusTexts,
        hints: DBusDict,
        timeout: DBusInt32,
    ) -> DBusUInt32:
        self.last = replaces or self.last + 1
        say(event="notify", id=self.last, replaces=replaces, app=app, icon=icon, summary=summary, body=body,
            actions=actions, hints={name: hint.value for name, hint in hints.items()}, timeout=timeout)  # fmt: skip
        return self.last

    @dbus_method()
    def CloseNotification(self, number: DBusUInt32):
        say(event="close", id=number)
        self.NotificationClosed(number, 3)

    @dbus_signal()
    def ActionInvoked(self, number: int, action: str) -> Annotated[list[object], DBusSignature("us")]:
        return [number, action]

    @dbus_signal()
    def ActivationToken(self, number: int, token: str) -> Annotated[list[object], DBusSignature("us")]:
        return [number, token]

    @dbus_signal()
    def NotificationClosed(self, number: int, reason: int) -> Annotated[list[int], DBusSignature("uu")]:
        return [number, reason]


async def main(capabilities: list[str]) -> None:
    bus = await MessageBus().connect()
    server = Server(capabilities)
    bus.export("/org/freedesktop/Notifications", server)
    await bus.request_name(NAME)
    say(event="ready")
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        match line.decode().split():
            case ["act", number, action]:
                server.ActivationToken(int(number), f"token-{number}")
                server.ActionInvoked(int(number), action)
                server.NotificationClosed(int(number), 2)
            case ["pretend", number, action]:
                # As another program on the bus might: a connection that is not the service sends the same signal.
                other = await MessageBus().connect()
                pretender = Server([])
                other.export("/org/freedesktop/Notifications", pretender)
                pretender.ActionInvoked(int(number), action)
                say(event="pretended")
                other.disconnect()
    bus.disconnect()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
