"""A StatusNotifier tray for tests: the real D-Bus interface of watcher and host, no pixels.  `python -m …` runs it.

One JSON line for each thing that happens, on standard output; commands as words on standard input: `activate`,
`secondary`, `menu`, `click ID`, `look`, `host` (a host comes), `no-host` (it goes).  Ends when standard input closes.
With `--no-host` it only collects, as a watcher without a panel does.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from typing import Annotated, Any

from dbus_fast import Message, PropertyAccess, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusInt32, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
DBusTexts = Annotated[list[str], DBusSignature("as")]


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


class Watcher(ServiceInterface):
    """https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/"""

    def __init__(self, has_host: bool) -> None:
        super().__init__(WATCHER)
        self.items: list[str] = []
        self.has_host = has_host

    @dbus_method()
    def RegisterStatusNotifierItem(self, service: DBusStr):
        self.items.append(service)
        self.StatusNotifierItemRegistered(service)
        say(event="item", service=service)

    @dbus_method()
    def RegisterStatusNotifierHost(self, service: DBusStr):
        self.has_host = True

    @dbus_property(access=PropertyAccess.READ)
    def RegisteredStatusNotifierItems(self) -> DBusTexts:
        return self.items

    @dbus_property(access=PropertyAccess.READ)
    def IsStatusNotifierHostRegistered(self) -> DBusBool:
        return self.has_host

    @dbus_property(access=PropertyAccess.READ)
    def ProtocolVersion(self) -> DBusInt32:
        return 0

    @dbus_signal()
    def StatusNotifierItemRegistered(self, service: str) -> DBusStr:
        return service

    @dbus_signal()
    def StatusNotifierHostRegistered(self): ...

    @dbus_signal()
    def StatusNotifierHostUnregistered(self): ...


class Host:
    """Asks the last item that came, as a panel does."""

    def __init__(self, bus: MessageBus, watcher: Watcher) -> None:
        self.bus = bus
        self.watcher = watcher

    async def call(self, path: str, interface: str, member: str, signature: str = "", *body: Any) -> list[Any]:
        service = self.watcher.items[-1]
        answer = await self.bus.call(Message(service, path, interface, member, signature=signature, body=list(body)))
        return answer.body

    async def property(self, name: str) -> Any:
        body = await self.call("/StatusNotifierItem", "org.freedesktop.DBus.Properties", "Get", "ss", ITEM, name)
        return body[0].value

    async def obey(self, command: str, *arguments: str) -> None:
        match command:
            case "activate":
                await self.call("/StatusNotifierItem", ITEM, "Activate", "ii", 5, 5)
            case "secondary":
                await self.call("/StatusNotifierItem", ITEM, "SecondaryActivate", "ii", 5, 5)
            case "look":
                pixels = await self.property("IconPixmap")
                icons = [[width, height, base64.b64encode(data).decode()] for width, height, data in pixels]
                tip = await self.property("ToolTip")
                say(event="icon", icons=icons, title=await self.property("Title"), tip=tip[2])
            case "menu":
                path = await self.property("Menu")
                body = await self.call(path, MENU, "GetLayout", "iias", 0, -1, [])
                entries = [entry_of(child.value) for child in body[1][2]]
                say(event="menu", entries=entries)
            case "click":
                path = await self.property("Menu")
                number = int(arguments[0])
                await self.call(path, MENU, "Event", "isvu", number, "clicked", Variant("s", ""), 0)
            case "host":
                self.watcher.has_host = True
                self.watcher.StatusNotifierHostRegistered()
            case "no-host":
                self.watcher.has_host = False
                self.watcher.StatusNotifierHostUnregistered()


def entry_of(child: Any) -> dict[str, Any]:
    number, properties, _ = child
    values = {name: value.value for name, value in properties.items()}
    return {"id": number, "label": values.get("label", ""), "shortcut": values.get("shortcut", []),
            "visible": values.get("visible", True)}  # fmt: skip


async def main(has_host: bool) -> None:
    bus = await MessageBus().connect()
    watcher = Watcher(has_host)
    bus.export("/StatusNotifierWatcher", watcher)
    await bus.request_name(WATCHER)
    say(event="ready")
    host = Host(bus, watcher)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        await host.obey(*line.decode().split())
    bus.disconnect()


if __name__ == "__main__":
    asyncio.run(main("--no-host" not in sys.argv))
