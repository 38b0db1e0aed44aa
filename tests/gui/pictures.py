"""Pictures for tests: files, and what a clipboard or a drag holds."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage


def image(width: int = 60, height: int = 40, colour: str = "#336699") -> QImage:
    made = QImage(width, height, QImage.Format.Format_RGB32)
    made.fill(QColor(colour))
    return made


def picture_file(path: Path, *, width: int = 60, height: int = 40, colour: str = "#336699") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert image(width, height, colour).save(str(path))
    return path


def files(*paths: Path) -> QMimeData:
    """As a file manager copies them or lets them be dragged."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def pasted(colour: str = "#336699") -> QMimeData:
    """A picture without a file."""
    mime = QMimeData()
    mime.setImageData(image(colour=colour))
    return mime
