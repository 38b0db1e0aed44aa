"""What screen readers have asked the accessibility bus for, to whether announcements reach them.  Linux.

Orca before 45 knows no announcements (it is in Debian 12); what it does speak is a description of the focused control
that changes.  Source: https://gitlab.gnome.org/GNOME/at-spi2-core/-/blob/main/xml/Registry.xml (read 2026-11-27).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from qwen_desktop.desktop.session_bus import SessionBus, SessionBusUnavailable

if TYPE_CHECKING:
    from dbus_fast import Message

_LOG = logging.getLogger(__name__)
_ALL_OF_OBJECTS = "object"
_REGISTRY = "org.a11y.atspi.Registry"


async def follow_hearing(tell: Callable[[bool], object]) -> None:
    """Tells whether announcements are heard: now, and whenever somebody begins or ceases to listen.

    Returns when there is no accessibility bus, or none any more; a cancellation leaves no connection."""
    try:
        await _follow(await _address(), tell)
    except SessionBusUnavailable as error:
        _LOG.info("the accessibility bus does not tell who listens: %s", error)
        tell(True)


async def _address() -> str:
    session = SessionBus()
    try:
        return str((await session.call("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")).body[0])
    finally:
        await session.close()


async def _follow(address: str, tell: Callable[[bool], object]) -> None:
    changed = asyncio.Event()

    def look(message: Message) -> None:
        if message.interface == _REGISTRY:
            changed.set()

    bus = SessionBus(address, on_end=changed.set)
    bus.listen(f"type='signal',sender='{_REGISTRY}',interface='{_REGISTRY}'", look)
    try:
        while True:
            changed.clear()
            answer = await bus.call(_REGISTRY, "/org/a11y/atspi/registry", _REGISTRY, "GetRegisteredEvents")
            tell(_are_announcements_heard(str(event[1]) for event in answer.body[0]))
            await changed.wait()
    finally:
        await bus.close()


def _are_announcements_heard(events: Iterable[str]) -> bool:
    """False if somebody listens to objects, and nobody to announcements."""
    listened_to = [event.lower().strip(":").split(":") for event in events]
    objects = [parts for parts in listened_to if parts[0] == _ALL_OF_OBJECTS]
    return not objects or any(len(parts) == 1 or parts[1] == "announcement" for parts in objects)
