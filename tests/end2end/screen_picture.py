"""What is on the private desktop to a picture, for people to look at: `QD_PICTURES=FOLDER` before a test keeps them."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtGui import QGuiApplication

FOLDER_VARIABLE = "QD_PICTURES"


def take_picture(name: str, folder: Path | None = None) -> Path | None:
    """The whole screen as `folder/name.png`, all windows of all programs; None if no folder was asked for.

    `folder`: that of the environment where it is None.  X11 only.
    """
    if folder is None and not (asked := os.environ.get(FOLDER_VARIABLE)):
        return None
    folder = folder or Path(asked)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.png"
    assert QGuiApplication.primaryScreen().grabWindow(0).save(str(path)), f"not written: {path}"
    return path
