"""Pictures on a real desktop: pasted from another program, and cut out of the screen."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from qwen_desktop.app import Desktop
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.desktop.x11_clipboard import ClipboardFailed, fetch
from qwen_desktop.ui.pictures.region_overlay import Overlay
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import focused, opened, reply_text, xdotool

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs X11")

PAINTER = """
import os
import sys
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication(sys.argv)
image = QImage(400, 300, QImage.Format.Format_RGB32)
image.fill(QColor("#cc3300"))
if "noise" in sys.argv:
    image = QImage(os.urandom(4 * 900 * 700), 900, 700, QImage.Format.Format_RGB32).copy()
app.clipboard().setImage(image)
sheet = QLabel()
sheet.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.BypassWindowManagerHint)
sheet.setStyleSheet("background: #0055cc")
sheet.setGeometry(40, 40, 300, 200)
sheet.show()
app.processEvents()
print("there", flush=True)
app.exec()
"""


@asynccontextmanager
async def painter(*options: str) -> AsyncIterator[None]:
    """Another program: it has a red picture on the clipboard, and shows a blue sheet at (40, 40).  Options: `noise`, a
    picture of 2 MB instead."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PAINTER, *options, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout
    try:
        assert (await asyncio.wait_for(process.stdout.readline(), 20)).strip() == b"there"
        yield
    finally:
        process.terminate()
        await process.wait()
        await asyncio.sleep(0)


def stored_picture(desktop: Desktop, home: Path) -> QImage:
    (attachment,) = desktop.window.composer.attachments
    image = QImage(str(home / "data" / "attachments" / attachment.digest))
    assert (image.width(), image.height()) == (attachment.width, attachment.height)
    return image


def is_near(colour: QColor, wanted: str) -> bool:
    other = QColor(wanted)
    return all(abs(a - b) < 12 for a, b in zip(colour.getRgb()[:3], other.getRgb()[:3], strict=True))


def test_a_picture_of_another_program_is_pasted_and_the_reply_tells_of_it(run: RunScenario, home: Path) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, painter(), opened(home, server.base_url) as desktop:
            await focused(desktop)
            await xdotool("key", "ctrl+v")
            await eventually(lambda: desktop.window.composer.attachments)
            assert is_near(stored_picture(desktop, home).pixelColor(200, 150), "#cc3300")
            await xdotool("type", "--delay", "2", "what is this")
            await xdotool("key", "Return")
            await eventually(lambda: desktop.chat.running_ids)
            await eventually(lambda: not desktop.chat.running_ids, 20)
            assert "400 × 300" in reply_text(desktop)

    run(scenario(), timeout_s=60)


def test_a_large_clipboard_is_fetched_whole_beside_the_gui_thread(run: RunScenario) -> None:
    async def scenario() -> None:
        async with painter("noise"):
            data = await asyncio.to_thread(fetch, "image/png", most_bytes=50_000_000)
            assert len(data) > 1_500_000  # in many parts
            image = QImage.fromData(data)
            assert (image.width(), image.height()) == (900, 700)
            with pytest.raises(ClipboardFailed):
                await asyncio.to_thread(fetch, "image/png", most_bytes=1_000_000)
            with pytest.raises(ClipboardFailed):
                await asyncio.to_thread(fetch, "application/x-nobody-has-this", most_bytes=1_000_000)
        with pytest.raises(ClipboardFailed):  # nobody has the clipboard any more
            await asyncio.to_thread(fetch, "image/png", most_bytes=50_000_000)

    run(scenario(), timeout_s=40)


def overlay() -> Overlay | None:
    return next((one for one in QApplication.topLevelWidgets() if isinstance(one, Overlay) and one.isVisible()), None)


def test_a_region_of_the_screen_is_drawn_with_the_mouse_or_given_up(run: RunScenario, home: Path) -> None:
    async def ask_for_region(desktop: Desktop) -> None:
        button = desktop.window.composer.attach_button
        at = button.mapToGlobal(button.rect().center())
        await xdotool("mousemove", str(at.x()), str(at.y()), "click", "1")
        await eventually(lambda: QApplication.activePopupWidget())
        await xdotool("key", "Down", "Down", "Return")
        await eventually(overlay)
        assert not desktop.window.isVisible()

    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, painter(), opened(home, server.base_url) as desktop:
            await focused(desktop)
            low = desktop.window.composer.height()
            place = desktop.window.frameGeometry()
            await ask_for_region(desktop)
            await xdotool("key", "Escape")
            await eventually(lambda: desktop.window.isVisible() and overlay() is None)
            assert desktop.window.composer.attachments == ()

            await eventually(lambda: desktop.window.isActiveWindow())
            await ask_for_region(desktop)
            await xdotool("mousemove", "60", "60", "mousedown", "1")
            for x, y in ((100, 80), (160, 120), (219, 139)):
                await xdotool("mousemove", str(x), str(y))
            await xdotool("mouseup", "1")
            await eventually(lambda: desktop.window.isVisible() and overlay() is None)
            await eventually(lambda: desktop.window.composer.attachments)
            picture = stored_picture(desktop, home)
            assert (picture.width(), picture.height()) == (160, 80)
            assert is_near(picture.pixelColor(QPoint(80, 40)), "#0055cc")
            assert desktop.window.composer.attachments[0].name == "Screenshot"
            await eventually(lambda: desktop.window.isActiveWindow())
            assert desktop.window.frameGeometry() == place

            desktop.window.composer.pictures.shelf.put(())  # type: ignore[union-attr]
            await eventually(lambda: desktop.window.composer.height() == low)  # its button is where it was
            await ask_for_region(desktop)
            await xdotool("key", "Return")  # the whole screen
            await eventually(lambda: desktop.window.composer.attachments)
            screen = desktop.window.screen().size()
            one = desktop.window.composer.attachments[0]
            assert (one.width, one.height) == (screen.width(), screen.height())

    run(scenario(), timeout_s=60)
