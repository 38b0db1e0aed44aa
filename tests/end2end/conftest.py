"""A real window on a private desktop: Xvfb, openbox, a D-Bus session of its own, a real key ring, AT-SPI."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from qwen_desktop.desktop import system_packages
from tests.desktop_session import DesktopSession
from tests.gui.conftest import garbage_dies_here as garbage_dies_here
from tests.gui.conftest import no_windows_or_timers_left as no_windows_or_timers_left
from tests.gui.conftest import run as run


@pytest.fixture(scope="session", autouse=True)
def desktop_session() -> Iterator[DesktopSession]:
    """Start the desktop once, before the first QApplication; every child process inherits it."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the private desktop needs X11")
    missing = system_packages.missing((*system_packages.X11_LIBRARIES, *system_packages.DESKTOP_TEST_TOOLS))
    if missing:
        names = ", ".join(requirement.name for requirement in missing)
        pytest.skip(f"missing: {names}; `python3 run.py test --desktop` installs them")
    with DesktopSession() as session, pytest.MonkeyPatch.context() as patch:
        for name in ("WAYLAND_DISPLAY", "XAUTHORITY", "QT_IM_MODULE", "QT_IM_MODULES", "XMODIFIERS"):
            patch.delenv(name, raising=False)
        for name, value in session.environment.items():
            patch.setenv(name, value)
        assert os.environ["DISPLAY"] == session.environment["DISPLAY"]
        yield session
        if (application := QApplication.instance()) is not None:
            application.shutdown()  # before its X server goes
