"""The app's own drawing to the icons that systems ask for: PNG of any size, Windows' .ico, macOS' .icns."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "resources/icons/app.svg"
ICO_SIZES_PX = (16, 20, 24, 32, 40, 48, 64, 256)
_ICNS_TYPES = {"icp4": 16, "icp5": 32, "ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512,
               "ic09": 512, "ic10": 1024}  # fmt: skip
"""Kind of an entry, for a screen of one or two dots per point, to its size in pixels."""


def png(size_px: int) -> bytes:
    """The drawing as a square PNG.  Raises OSError if Qt cannot draw it."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QByteArray, Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication(["icon"])
    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(SOURCE)).render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    if not image.save(buffer, "PNG"):
        raise OSError(f"the icon of {size_px} px could not be written")
    png.application = application  # type: ignore[attr-defined]  # Qt's objects must not outlive it
    return bytes(data.data())


def ico() -> bytes:
    """All of ICO_SIZES_PX in one file."""
    from PIL import Image

    pictures = [Image.open(io.BytesIO(png(size_px))) for size_px in ICO_SIZES_PX]
    file = io.BytesIO()
    sizes = [picture.size for picture in pictures]
    pictures[-1].save(file, "ICO", sizes=sizes, append_images=pictures[:-1])
    return file.getvalue()


def side_picture() -> bytes:
    """A BMP for the left of the installer's last page, 164 × 314 px at 96 dpi, here twice as large."""
    from PIL import Image

    icon = Image.open(io.BytesIO(png(160)))
    picture = Image.new("RGB", (328, 628), "#615ced")
    picture.paste(icon, (84, 190), icon)
    file = io.BytesIO()
    picture.save(file, "BMP")
    return file.getvalue()


def icns() -> bytes:
    """The file a macOS app has its icon in: a header, then PNGs, each with its kind and length."""
    entries = [(kind.encode(), png(size_px)) for kind, size_px in _ICNS_TYPES.items()]
    body = b"".join(kind + struct.pack(">I", len(data) + 8) + data for kind, data in entries)
    return b"icns" + struct.pack(">I", len(body) + 8) + body
