"""A stand-in for the desktop's portals GlobalShortcuts and Screenshot: a process on a private bus that speaks the
real interfaces.

It keeps to what is documented (https://flatpak.github.io/xdg-desktop-portal/docs/, read 2026-11-26): requests with a
Response, sessions bound once, a dialog the first time, remembered afterwards, types checked.  The test is the
person and the compositor: it answers the dialog and presses the keys, a line each on standard input; each line is
answered by one line of JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
SHORTCUTS = "org.freedesktop.portal.GlobalShortcuts"
REQUEST = "org.freedesktop.portal.Request"
SESSION = "org.freedesktop.portal.Session"
SCREENSHOT = "org.freedesktop.portal.Screenshot"
REGISTRY = "org.freedesktop.host.portal.Registry"
PROPERTIES = "org.freedesktop.DBus.Properties"


class Portal:
    """The test's end of the stand-in."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, *words: str) -> Any:
        """One order (the methods `do_…` of StandIn), and its answer."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write((" ".join(words) + "\n").encode())
        line = await asyncio.wait_for(self._process.stdout.readline(), 10)
        assert line, f"the stand-in ended at {words}"
        return json.loads(line)

    async def press(self, times: int = 1) -> None:
        """Press and let go of the keys the quick ask has, if it has any."""
        await self.tell("press", str(times))


@asynccontextmanager
async def portal(environment: Mapping[str, str], *options: str) -> AsyncIterator[Portal]:
    """Start the stand-in on the bus of `environment`.  Options: `version=1`, `silent` (no dialog), `none` (no such
    interface), `no-registry`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        __file__,
        *options,
        env={**environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        made = Portal(process)
        assert await made.tell("hello") == "hello"
        yield made
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()
        # The pipes' transports are closed by the loop; let it.
        await asyncio.sleep(0)


class StandIn:
    """The portal itself, in the child."""

    def __init__(self, options: list[str]) -> None:
        self.version = next((int(o.partition("=")[2]) for o in options if o.startswith("version=")), 2)
        self.is_silent = "silent" in options
        self.has_shortcuts = "none" not in options
        self.has_registry = "no-registry" not in options
        self.calls: list[str] = []
        self.granted: dict[str, str] = {}
        """What the person has agreed to, kept over sessions: id to trigger."""
        self.taken: set[str] = set()
        """Triggers of other programs."""
        self.sessions: dict[str, tuple[str, dict[str, str] | None]] = {}
        """Path to the client's name and what is bound, None before BindShortcuts."""
        self.dialog: tuple[str, str, str, list[Any]] | None = None
        """Request, session, client and shortcuts the person is asked about."""
        self.token = ""
        self.photograph: tuple[str, str] | None = None
        """Request and client of the screenshot the person is asked for."""

    async def serve(self) -> None:
        from dbus_fast import NameFlag
        from dbus_fast.aio import MessageBus

        self.bus = await MessageBus().connect()
        self.bus.add_message_handler(self.on_message)
        await self.bus.request_name(NAME, NameFlag.DO_NOT_QUEUE)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := (await reader.readline()).decode():
            order, *words = line.split()
            answer = getattr(self, f"do_{order}")(*words)
            if asyncio.iscoroutine(answer):
                answer = await answer
            print(json.dumps(answer), flush=True)

    # What the test orders

    def do_hello(self) -> str:
        return "hello"

    def do_calls(self) -> list[str]:
        """The calls since the last time, in order."""
        calls, self.calls = self.calls, []
        return calls

    def do_sessions(self) -> list[str]:
        return list(self.sessions)

    def do_dialog(self) -> list[str] | None:
        """What the open dialog asks: id, description and wished trigger of each shortcut; null if there is none."""
        if self.dialog is None:
            return None
        found = []
        for name, about in self.dialog[3]:
            found += [name, about["description"].value, about["preferred_trigger"].value]
        return found

    def do_agree(self) -> None:
        """The person agrees to the wished keys."""
        assert self.dialog is not None
        request, session, client, shortcuts = self.dialog
        self.dialog = None
        self.bind(request, session, client, shortcuts)

    def do_refuse(self) -> None:
        assert self.dialog is not None
        request, _, client, _ = self.dialog
        self.dialog = None
        self.respond(request, client, 1, {})

    def do_photographing(self) -> bool:
        """The person is asked for a screenshot now."""
        return self.photograph is not None

    def do_photograph(self, uri: str) -> None:
        """The person has chosen a region; it lies at `uri`."""
        from dbus_fast import Variant

        self.answer_photograph(0, {"uri": Variant("s", uri)})

    def do_photograph_nothing(self, code: str) -> None:
        """The person thought better of it (1), or it failed (2)."""
        self.answer_photograph(int(code), {})

    def answer_photograph(self, code: int, results: dict[str, Any]) -> None:
        assert self.photograph is not None
        (path, client), self.photograph = self.photograph, None
        self.respond(path, client, code, results)

    def do_take(self, trigger: str) -> None:
        """Another program has these keys now."""
        self.taken.add(trigger)

    def do_free(self, trigger: str) -> None:
        self.taken.discard(trigger)

    def do_change(self, trigger: str) -> None:
        """The person changes the keys in the desktop's own settings."""
        for session, (client, bound) in self.sessions.items():
            for name in bound or {}:
                self.granted[name] = trigger
                assert bound is not None
                bound[name] = trigger
            self.signal(client, PATH, SHORTCUTS, "ShortcutsChanged", "oa(sa{sv})", [session, self.listed(bound or {})])

    def do_forget(self) -> None:
        self.granted.clear()

    async def do_press(self, times: str = "1") -> None:
        for _ in range(int(times)):
            self.do_down()
            self.do_up()
            await self.is_read()

    async def do_press_keys(self, trigger: str, times: str) -> None:
        """Whoever has these keys is told."""
        if trigger in self.granted.values():
            await self.do_press(times)

    def do_down(self) -> None:
        self.tell_all("Activated")

    def do_up(self) -> None:
        self.tell_all("Deactivated")

    def do_token(self, token: str = "") -> None:
        """Sent with the next presses."""
        self.token = token

    def do_close(self) -> None:
        """The desktop ends the sessions."""
        for session, (client, _) in list(self.sessions.items()):
            self.signal(client, session, SESSION, "Closed", "a{sv}", [{}])
            del self.sessions[session]

    # What the app calls

    def on_message(self, message: Any) -> Any:
        from dbus_fast import Message, MessageType

        if message.message_type is not MessageType.METHOD_CALL or not message.path.startswith(PATH):
            return None
        self.calls.append(message.member)
        expected = {
            (PROPERTIES, "Get"): "ss",
            (REGISTRY, "Register"): "sa{sv}",
            (SCREENSHOT, "Screenshot"): "sa{sv}",
            (SHORTCUTS, "CreateSession"): "a{sv}",
            (SHORTCUTS, "ListShortcuts"): "oa{sv}",
            (SHORTCUTS, "BindShortcuts"): "oa(sa{sv})sa{sv}",
            (SHORTCUTS, "ConfigureShortcuts"): "osa{sv}",
            (SESSION, "Close"): "",
            (REQUEST, "Close"): "",
        }.get((message.interface, message.member))
        if (message.interface == REGISTRY and not self.has_registry) or (
            not self.has_shortcuts and (message.interface in (SHORTCUTS, SCREENSHOT) or message.body[:1] == [SHORTCUTS])
        ):
            expected = None
        if expected is None:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "not here")
        if message.signature != expected:
            return Message.new_error(message, "org.freedesktop.DBus.Error.InvalidArgs", message.signature)
        return getattr(self, f"on_{message.member}")(message)

    def on_Get(self, message: Any) -> Any:
        from dbus_fast import Message, Variant

        return Message.new_method_return(message, "v", [Variant("u", self.version)])

    def on_Register(self, message: Any) -> Any:
        from dbus_fast import Message

        if self.calls != ["Register"]:
            return Message.new_error(message, "org.freedesktop.portal.Error.Failed", "not the first call")
        return Message.new_method_return(message)

    def on_CreateSession(self, message: Any) -> Any:
        from dbus_fast import Message, Variant

        token = message.body[0]["session_handle_token"].value
        session = f"{PATH}/session/{message.sender[1:].replace('.', '_')}/{token}"
        if session in self.sessions:
            return Message.new_error(message, "org.freedesktop.portal.Error.Exists", "session")
        self.sessions[session] = (message.sender, None)
        return self.request(message, message.body[0], 0, {"session_handle": Variant("s", session)})

    def on_Screenshot(self, message: Any) -> Any:
        parent, options = message.body
        if parent or options["interactive"].value is not True:
            return self.request(message, options, 2, {})
        reply, path = self.request_of(message, options)
        self.bus.send(reply)
        self.photograph = path, message.sender
        return True

    def on_ListShortcuts(self, message: Any) -> Any:
        from dbus_fast import Variant

        _, bound = self.sessions[message.body[0]]
        listed = self.listed(self.granted if bound is None else bound)
        return self.request(message, message.body[1], 0, {"shortcuts": Variant("a(sa{sv})", listed)})

    def on_BindShortcuts(self, message: Any) -> Any:
        session, shortcuts, _, options = message.body
        client, bound = self.sessions[session]
        if bound is not None:
            return self.request(message, options, 2, {})
        reply, request = self.request_of(message, options)
        self.bus.send(reply)
        if self.is_silent or all(name in self.granted for name, _ in shortcuts):
            self.bind(request, session, client, shortcuts)
        else:
            self.dialog = (request, session, client, shortcuts)
        return True

    def on_ConfigureShortcuts(self, message: Any) -> Any:
        from dbus_fast import Message

        return Message.new_method_return(message)

    def on_Close(self, message: Any) -> Any:
        from dbus_fast import Message

        self.sessions.pop(message.path, None)
        if self.dialog is not None and self.dialog[0] == message.path:
            self.dialog = None
        return Message.new_method_return(message)

    # How it answers

    def bind(self, request: str, session: str, client: str, shortcuts: list[Any]) -> None:
        from dbus_fast import Variant

        bound = {}
        for name, about in shortcuts:
            trigger = self.granted.get(name) or about["preferred_trigger"].value
            bound[name] = self.granted[name] = "" if trigger in self.taken else trigger
        self.sessions[session] = (client, bound)
        self.respond(request, client, 0, {"shortcuts": Variant("a(sa{sv})", self.listed(bound))})

    def listed(self, shortcuts: dict[str, str]) -> list[Any]:
        from dbus_fast import Variant

        return [[name, {"trigger_description": Variant("s", trigger)}] for name, trigger in shortcuts.items()]

    def request_of(self, message: Any, options: Any) -> tuple[Any, str]:
        from dbus_fast import Message

        sender = message.sender[1:].replace(".", "_")
        path = f"{PATH}/request/{sender}/{options['handle_token'].value}"
        return Message.new_method_return(message, "o", [path]), path

    def request(self, message: Any, options: Any, code: int, results: dict[str, Any]) -> bool:
        reply, path = self.request_of(message, options)
        self.bus.send(reply)
        self.respond(path, message.sender, code, results)
        return True

    def respond(self, path: str, client: str, code: int, results: dict[str, Any]) -> None:
        self.signal(client, path, REQUEST, "Response", "ua{sv}", [code, results])

    async def is_read(self) -> None:
        """Until the bus has read everything: a full socket ends the connection of dbus-fast 5.2."""
        from dbus_fast import Message

        bus = "org.freedesktop.DBus"
        await self.bus.call(Message(destination=bus, path="/org/freedesktop/DBus", interface=bus, member="GetId"))

    def tell_all(self, member: str) -> None:
        from dbus_fast import Variant

        options = {"activation_token": Variant("s", self.token)} if self.token else {}
        for session, (client, bound) in list(self.sessions.items()):
            for name, trigger in (bound or {}).items():
                if trigger:
                    self.signal(client, PATH, SHORTCUTS, member, "osta{sv}", [session, name, 1, options])

    def signal(self, client: str, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        from dbus_fast import Message, MessageType

        self.bus.send(
            Message(
                destination=client,
                path=path,
                interface=interface,
                member=member,
                message_type=MessageType.SIGNAL,
                signature=signature,
                body=body,
            )
        )


if __name__ == "__main__":
    asyncio.run(StandIn(sys.argv[1:]).serve())
