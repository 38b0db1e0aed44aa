"""What screen readers have asked the accessibility bus for, to whether announcements reach them.  Linux.

Orca before 45 knows no announcements (it is in Debian 12); what it does speak is a description of the focused control
that changes.  Source: https://gitlab.gnome.org/GNOME/at-spi2-core/-/blob/main/xml/Registry.xml (read 2026-11-27).
"""

from __future__ import annotations

import logging

from qwen_desktop.desktop.session_bus import SessionBus, SessionBusUnavailable

_LOG = logging.getLogger(__name__)
_ALL_OF_OBJECTS = "object"


async def hears_announcements() -> bool:
    """False if somebody listens to objects on the accessibility bus, and nobody to announcements."""
    session = SessionBus()
    try:
        where = await session.call("org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress")
        events = await _registered_events(str(where.body[0]))
    except SessionBusUnavailable as error:
        _LOG.info("the accessibility bus does not tell who listens: %s", error)
        return True
    finally:
        await session.close()
    listened_to = [event.lower().strip(":").split(":") for event in events]
    objects = [parts for parts in listened_to if parts[0] == _ALL_OF_OBJECTS]
    return not objects or any(len(parts) == 1 or parts[1] == "announcement" for parts in objects)


async def _registered_events(address: str) -> list[str]:
    bus = SessionBus(address)
    try:
        registry = "org.a11y.atspi.Registry"
        answer = await bus.call(registry, "/org/a11y/atspi/registry", registry, "GetRegisteredEvents")
        return [str(event[1]) for event in answer.body[0]]
    finally:
        await bus.close()
