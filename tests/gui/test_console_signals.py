"""Ctrl-C in the console of a window where loops know no signals (Windows): heard though Qt waits and runs no Python."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

_APP = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from qwen_desktop.ui.aio import hear_console

application = QApplication([])
hear_console(lambda: application.exit(7))
QTimer.singleShot(0, lambda: print("waits", flush=True))
raise SystemExit(application.exec())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process of its own group is sent no Ctrl-C there")
def test_ctrl_c_is_heard_while_qt_waits() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen([sys.executable, "-c", _APP], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waits\n"
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(timeout=30) == 7
        finally:
            process.kill()
