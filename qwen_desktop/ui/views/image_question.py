"""A click on a picture that is not loaded to a question: whether its host is to be asked for it, and by whom."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from qwen_desktop.core.web_address import host_of
from qwen_desktop.core.words import tr

LONGEST_SHOWN = 300


def ask_for_image(
    url: str,
    parent: QWidget,
    *,
    show_here: Callable[[str], None],
    open_url: Callable[[str], None],
    passed_on_by: str = "",
) -> QMessageBox:
    """Ask, naming the host; one of the two is called only if that is what is chosen.

    `passed_on_by`: the host that was asked before and sent us to this one."""
    shown = url if len(url) <= LONGEST_SHOWN else f"{url[:LONGEST_SHOWN]}…"
    box = QMessageBox(parent)
    box.setObjectName("image_question")
    box.setIcon(QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(tr("Load image"))
    if passed_on_by:
        words = tr("{first} sends on to {host}. Load the image from there?", first=passed_on_by, host=host_of(url))
    else:
        words = tr("Load the image from {host}?", host=host_of(url))
    box.setText(words)
    box.setInformativeText(tr("The server learns your address and that you looked at it: {url}", url=shown))
    showing = box.addButton(tr("Show here"), QMessageBox.ButtonRole.AcceptRole)
    showing.setObjectName("show_image")
    opening = box.addButton(tr("Open in browser"), QMessageBox.ButtonRole.ActionRole)
    opening.setObjectName("open_image")
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    box.setEscapeButton(cancel)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    showing.clicked.connect(lambda: show_here(url))
    opening.clicked.connect(lambda: open_url(url))
    box.open()
    return box
