"""A click on a picture that is not loaded to a question: whether its host is to be asked for it, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from qwen_desktop.core.web_address import host_of
from qwen_desktop.core.words import tr
from qwen_desktop.ui.theme import SMALL_PT
from qwen_desktop.ui.views.buttons import Button, named_button
from qwen_desktop.ui.views.controls import grown_px, name_control
from qwen_desktop.ui.views.paragraph import paragraph

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from qwen_desktop.ui.theme import Theme

LONGEST_SHOWN = 300


class ImageQuestion(QDialog):
    """Names the host.  Open it with `open()`; it goes when it is answered.

    Signals: show_requested(), open_requested(): at most one of them, and only if that was chosen.
    """

    show_requested = Signal()
    open_requested = Signal()

    def __init__(self, theme: Theme, url: str, parent: QWidget | None = None, *, passed_on_by: str = "") -> None:
        """`passed_on_by`: the host that was asked before and sent us to this one."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Load image"))
        name_control(self, "image_question", tr("Load image"))
        host = host_of(url)
        if passed_on_by:
            question = tr("{first} sends on to {host}. Load the image from there?", first=passed_on_by, host=host)
        else:
            question = tr("Load the image from {host}?", host=host)
        shown = url if len(url) <= LONGEST_SHOWN else f"{url[:LONGEST_SHOWN]}…"
        self.question = paragraph(theme, "image_host", "\u200b".join(question), points=11)
        self.question.setAccessibleName(question)
        about = paragraph(
            theme, "image_about", tr("The server learns your IP address and that you looked at the image.")
        )
        address = paragraph(theme, "image_address", "\u200b".join(shown), colour="text_secondary", points=SMALL_PT)
        address.setAccessibleName(shown)
        self.cancel_button = named_button(theme, "cancel", tr("Cancel"))
        self.cancel_button.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        for name, words, kind, chosen in (
            ("open_image", tr("Open in browser"), "outlined", self.open_requested),
            ("show_image", tr("Show here"), "primary", self.show_requested),
        ):
            button: Button = named_button(theme, name, words, kind=kind)
            button.clicked.connect(self.accept)
            button.clicked.connect(chosen)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        for words_of_it in (self.question, about, address):
            column.addWidget(words_of_it)
        column.addStretch(1)
        column.addSpacing(4)
        column.addLayout(row)
        self.setMinimumWidth(grown_px(440))
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)  # Enter asks nobody

    def resizeEvent(self, event: QResizeEvent) -> None:
        """By itself a dialog may be made lower than its sentences are at that width."""
        super().resizeEvent(event)
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(layout.totalHeightForWidth(self.width()))
