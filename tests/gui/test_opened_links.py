"""Links as macOS gives them: an event to the application."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from qwen_desktop.desktop.opened_links import OpenedLinks
from qwen_desktop.desktop.request import Action, Request


def test_a_link_is_told_and_a_file_is_not(qapp: QApplication) -> None:
    told: list[Request] = []
    links = OpenedLinks(qapp, told.append)
    try:
        for url in ("qwen-desktop://ask?q=%E4%BD%A0%E5%A5%BD%20a%26b", "file:///tmp/notes.txt", "https://example.com/"):
            QCoreApplication.sendEvent(qapp, QFileOpenEvent(QUrl(url)))
    finally:
        qapp.removeEventFilter(links)
        links.deleteLater()
    assert told == [Request(Action.ASK, "你好 a&b")]
