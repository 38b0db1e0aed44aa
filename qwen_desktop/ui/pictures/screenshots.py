"""A part of the screen to a picture, by the way this desktop has: one interface, Qt's own screens or the portal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from qwen_desktop.desktop.screenshot_portal import ScreenshotUnavailable as ScreenshotUnavailable
from qwen_desktop.desktop.screenshot_portal import ask_portal

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage

GONE_S = 0.25
"""So long a desktop may take to paint what was behind a window that hides."""


class Screenshots(Protocol):
    """The user chooses what is on the picture."""

    hides_us: bool
    """Our window is to hide while the picture is taken."""

    async def take(self) -> Path | QImage | None:
        """None: the user thought better of it.  Raises ScreenshotUnavailable."""
        ...


class QtScreenshots:
    """X11, Windows and macOS: the screens are photographed, and the region is chosen on the photograph."""

    hides_us = True

    async def take(self) -> QImage | None:
        from qwen_desktop.ui.pictures.region_overlay import RegionPicker

        await asyncio.sleep(GONE_S)
        chosen: asyncio.Future[QImage | None] = asyncio.get_running_loop().create_future()
        picker = RegionPicker()
        picker.picked.connect(lambda image: None if chosen.done() else chosen.set_result(image))
        picker.cancelled.connect(lambda: None if chosen.done() else chosen.set_result(None))
        if not picker.begin():
            raise ScreenshotUnavailable("no screen could be photographed")
        try:
            return await chosen
        finally:
            picker.end()


class PortalScreenshots:
    """Wayland: the desktop's own tool asks what is wanted."""

    hides_us = False

    async def take(self) -> Path | None:
        return await ask_portal()


def screenshots_for(platform: str) -> Screenshots:
    """`platform`: Qt's name of it."""
    return PortalScreenshots() if platform.startswith("wayland") else QtScreenshots()
