"""Pictures of a reply, as an import brings them: below its text, in its column, opened by a click."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from qwen_desktop.core.chat.attachment import Attachment
from qwen_desktop.ui.pictures.thumb import Thumb
from tests.gui.transcript.conftest import prompt, reply

PICTURE = Attachment("ab" * 32, "image/png", 100, 400, 300, "plot.png")


def test_pictures_of_a_reply_stand_below_its_text_and_open(view: Any, settled: Any) -> None:
    view.show_messages([prompt(1, "Draw"), reply(2, "Here it is.", attachments=(PICTURE,)), prompt(3, "Thanks")])
    settled()
    (thumb,) = view.findChildren(Thumb)
    message = thumb.parentWidget()
    assert thumb.isVisible()
    assert thumb.y() > message._body_y + message.body.height - 1
    assert thumb.geometry().bottom() < message.height()
    opened: list[Any] = []
    message.told.picture_activated.connect(lambda place, beside: opened.append((place, beside)))
    QTest.mouseClick(thumb, Qt.MouseButton.LeftButton)
    assert opened == [(0, (PICTURE,))]
