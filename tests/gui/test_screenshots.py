"""A region of the screen into the composer: by whichever way the desktop has, given up, or refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from qwen_desktop.app import Desktop
from qwen_desktop.demo.server import DemoServer
from qwen_desktop.ui.pictures.screenshots import (
    PortalScreenshots,
    QtScreenshots,
    ScreenshotUnavailable,
    screenshots_for,
)
from tests.conftest import RunScenario, eventually
from tests.end2end.desk import opened
from tests.gui.pictures import image, picture_file


class Answering:
    """A desktop that answers at once."""

    def __init__(self, answer: Path | QImage | Exception | None, *, hides_us: bool) -> None:
        self.answer = answer
        self.hides_us = hides_us
        self.was_hidden: bool | None = None
        self.desktop: Desktop | None = None

    async def take(self) -> Path | QImage | None:
        assert self.desktop is not None
        self.was_hidden = not self.desktop.window.isVisible()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_each_platform_has_its_way() -> None:
    assert isinstance(screenshots_for("xcb"), QtScreenshots)
    assert isinstance(screenshots_for("windows"), QtScreenshots)
    assert isinstance(screenshots_for("wayland"), PortalScreenshots)


@pytest.mark.parametrize("hides_us", [True, False])
def test_what_was_taken_is_a_picture_and_the_window_is_back(run: RunScenario, home: Path, hides_us: bool) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            taken = image(50, 30) if hides_us else picture_file(home / "p" / "Screenshot 1.png", width=50, height=30)
            way = Answering(taken, hides_us=hides_us)
            way.desktop, desktop.pictures._screenshots = desktop, way
            desktop.window.composer.pictures.region_requested.emit()  # type: ignore[union-attr]
            (found,) = await eventually(lambda: desktop.window.composer.attachments)
            assert (found.width, found.height) == (50, 30)
            assert found.name == ("Screenshot" if hides_us else "Screenshot 1.png")
            assert way.was_hidden is hides_us
            assert desktop.window.isVisible()

    run(scenario(), timeout_s=20)


@pytest.mark.parametrize("answer", [None, ScreenshotUnavailable("no such portal")])
def test_nothing_taken_leaves_nothing_and_what_cannot_be_is_said(
    run: RunScenario, home: Path, answer: Exception | None
) -> None:
    async def scenario() -> None:
        async with DemoServer(pace=0.0) as server, opened(home, server.base_url) as desktop:
            way = Answering(answer, hides_us=True)
            way.desktop, desktop.pictures._screenshots = desktop, way
            pictures = desktop.window.composer.pictures
            assert pictures is not None
            pictures.region_requested.emit()
            await eventually(lambda: way.was_hidden is not None and desktop.window.isVisible())
            assert pictures.is_empty
            if answer is not None:
                await eventually(lambda: "no screenshots" in pictures.panel.sentence)
            else:
                assert not pictures.has_panel

    run(scenario(), timeout_s=20)
