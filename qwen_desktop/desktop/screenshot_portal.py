"""A screenshot from the desktop's portal, which lets the person choose what is on it; the only way on Wayland.

Source: https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Screenshot.html (read 2026-11-26).
"""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import unquote, urlsplit

from qwen_desktop.desktop.hotkey.portal_bus import PortalBus, PortalFailed

log = logging.getLogger(__name__)

SCREENSHOT = "org.freedesktop.portal.Screenshot"
APP_ID = "qwen-desktop"


class ScreenshotUnavailable(Exception):
    """The desktop offers no screenshots to apps."""


async def ask_portal(address: str | None = None) -> Path | None:
    """The file the desktop has written, which stays where it is; None when the person thought better of it.

    `address` of the bus; None: the session's.  Raises ScreenshotUnavailable."""
    bus = PortalBus(lambda *_: None, lambda _: None, address)
    try:
        await bus.open(APP_ID)
        from dbus_fast import Variant

        found = await bus.request(
            SCREENSHOT,
            "Screenshot",
            "s",
            "",
            options={"interactive": Variant("b", True), "modal": Variant("b", False)},
            person_answers=True,
        )
    except PortalFailed as error:
        if error.response == 1:
            return None
        log.info("no screenshot: %s", error)
        raise ScreenshotUnavailable(str(error)) from error
    finally:
        await bus.close()
    path = _path_of(str(found.get("uri", "")))
    if path is None:
        raise ScreenshotUnavailable("the portal named no file of this computer")
    return path


def _path_of(uri: str) -> Path | None:
    parts = urlsplit(uri)
    is_here = parts.scheme == "file" and parts.netloc in ("", "localhost")
    return Path(unquote(parts.path)) if is_here and parts.path else None
