"""A transcript in a shown window, messages to put into it, and waiting until it has nothing left to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QCursor, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.chat.message import Message, MessageStatus, Role
from qwen_desktop.ui.theme import LIGHT, Theme
from qwen_desktop.ui.transcript.math_service import math_service
from qwen_desktop.ui.transcript.view import TranscriptView

MomentOfDay = datetime(2026, 11, 23, 14, 32, tzinfo=UTC)


def prompt(message_id: int, text: str) -> Message:
    return Message(message_id, 1, None, Role.USER, text, MessageStatus.COMPLETE, MomentOfDay)


def reply(message_id: int, text: str = "", status: MessageStatus = MessageStatus.COMPLETE, **values: object) -> Message:
    return Message(message_id, 1, None, Role.ASSISTANT, text, status, MomentOfDay, model_id="qwen3.7-plus", **values)  # type: ignore[arg-type]


@pytest.fixture
def theme() -> Theme:
    return Theme(LIGHT)


@pytest.fixture
def view(qtbot, theme) -> TranscriptView:
    QCursor.setPos(5_000, 5_000)  # where an earlier test left it something may look pointed at
    made = TranscriptView(theme)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def settled(qtbot, view) -> Callable[[], None]:
    """Wait until everything that arrived is on the screen."""

    def wait() -> None:
        qtbot.waitUntil(lambda: not view.is_busy and not view.scheduler.is_waiting, timeout=60_000)
        view.repaint()
        qtbot.wait(0)

    return wait


@pytest.fixture
def streaming(view) -> TranscriptView:
    """A view with one prompt and a reply that is being written."""
    view.show_messages([prompt(1, "Tell me"), reply(2, "", MessageStatus.WRITING)])
    return view


LEFT = Qt.MouseButton.LeftButton


def wheel(view, delta_y: int) -> None:
    """Turn the wheel in the middle of the view; 120 is a notch, upwards."""
    at = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        at, view.viewport().mapToGlobal(at), QPoint(), QPoint(0, delta_y), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)


def drawn(qtbot, settled) -> None:
    """Wait until the formulas that are looked at are drawn and shown."""
    settled()
    for _ in range(3):  # what was drawn may make room for more, or ask for another size
        qtbot.waitUntil(lambda: math_service().is_idle, timeout=20_000)
        QApplication.processEvents()  # the last ones are told of by an event that may not have come yet
        settled()


class Paintings(QObject):
    """The parts of a widget that are painted."""

    def __init__(self, of: QObject) -> None:
        super().__init__(of)
        self.parts: list[QRect] = []
        of.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.parts.append(event.rect())
        return False
