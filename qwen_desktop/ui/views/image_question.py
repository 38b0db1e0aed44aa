"""A click on a picture that is not loaded to a question: whether its address is to be opened in the browser."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from qwen_desktop.core.web_address import host_of
from qwen_desktop.core.words import tr

LONGEST_SHOWN = 300


def ask_for_image(url: str, parent: QWidget, open_url: Callable[[str], None]) -> QMessageBox:
    """Ask, naming the host; `open_url` is called only if that is what is chosen."""
    shown = url if len(url) <= LONGEST_SHOWN else f"{url[:LONGEST_SHOWN]}…"
    box = QMessageBox(parent)
    box.setObjectName("image_question")
    box.setIcon(QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(tr("Open image"))
    box.setText(tr("Open the image from {host} in the browser?", host=host_of(url)))
    box.setInformativeText(tr("The server learns your address and that you looked at it: {url}", url=shown))
    opening = box.addButton(tr("Open in browser"), QMessageBox.ButtonRole.AcceptRole)
    opening.setObjectName("open_image")
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    opening.clicked.connect(lambda: open_url(url))
    box.open()
    return box
