"""What is told of a growing reply: its sentences in order, only to who listens, only from the active window."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAccessible

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.transcript import announcing
from tests.gui.transcript.conftest import prompt, reply


@pytest.fixture
def said(monkeypatch, streaming):
    """Sentences told; a screen reader listens and the window has the keyboard."""
    told: list[str] = []
    monkeypatch.setattr(announcing, "announce", lambda widget, words: told.append(words))
    monkeypatch.setattr(announcing, "may_announce", lambda widget: True)
    was_active = QAccessible.isActive()
    QAccessible.setActive(True)
    yield told
    QAccessible.setActive(was_active)
    announcing.set_mode("sentence")


@pytest.mark.parametrize(
    ("mode", "words"), [("sentence", ["One.", "二。", "Rest"]), ("end", ["Reply finished"]), ("off", [])]
)
def test_the_setting_decides_what_is_said(streaming, settled, said, mode, words):
    announcing.set_mode(mode)
    settled()
    for chunk in ("On", "e. 二", "。Rest"):
        streaming.append_text(2, chunk)
        streaming.flush()
    streaming.end_message(reply(2, "One. 二。Rest"))
    settled()
    assert said == words
    assert not announcing._speakers


def test_a_burst_is_looked_at_in_slices_and_said_whole(streaming, settled, said, qtbot):
    text = "A sentence here. " * 1_000
    settled()
    streaming.append_text(2, text)
    streaming.flush()
    assert len(said) < 500
    streaming.end_message(reply(2, text))
    qtbot.waitUntil(lambda: len(said) == 1_000)
    assert not announcing._speakers


def test_a_message_that_goes_says_nothing_more(streaming, settled, said):
    settled()
    streaming.append_text(2, "x. " * 5_000)
    streaming.flush()
    streaming.show_messages([])
    settled()
    assert not announcing._speakers


def test_a_window_without_the_keyboard_says_nothing(streaming, monkeypatch):
    widget = streaming.widget_of(2)
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    monkeypatch.setattr(type(streaming), "isActiveWindow", lambda self: False)
    assert not announcing.may_announce(widget)
    monkeypatch.setattr(type(streaming), "isActiveWindow", lambda self: True)
    assert announcing.may_announce(widget)
    monkeypatch.setattr(QAccessible, "isActive", lambda: False)
    assert not announcing.may_announce(widget)


def test_the_name_says_how_far_it_is_and_the_description_what_it_holds(streaming, settled):
    settled()
    message = QAccessible.queryAccessibleInterface(streaming.widget_of(2))
    assert message.text(QAccessible.Text.Name).endswith(", writing")
    streaming.end_message(reply(2, "```c\nx\n```\n\n$$\ny\n$$\n", MessageStatus.STOPPED))
    settled()
    assert message.text(QAccessible.Text.Name).endswith(", stopped")
    assert message.text(QAccessible.Text.Description) == "code blocks: 1 · formulas: 1"


def test_a_character_of_two_units_is_never_cut(view, settled):
    text = "a😀b中😀"
    view.show_messages([prompt(1, text)])
    settled()
    found = QAccessible.queryAccessibleInterface(view.widget_of(1)).textInterface()
    count = found.characterCount()
    assert count == 7
    for cut in range(count + 1):
        assert found.text(0, cut) + found.text(cut, count) == text
    assert "".join(found.text(at, at + 1) for at in range(count)) == text


def test_the_transcript_is_a_document_of_the_messages_near_the_screen(view, settled):
    view.show_messages([reply(n, f"text {n}") for n in range(1, 10_001)])
    settled()
    transcript = QAccessible.queryAccessibleInterface(view)
    assert transcript.role() == QAccessible.Role.Document
    assert transcript.text(QAccessible.Text.Name) == "Transcript"
    assert transcript.text(QAccessible.Text.Description) == "Messages: 10000"
    count = transcript.childCount()
    assert 1 < count < 100
    texts = [transcript.child(n).textInterface().text(0, 100) for n in range(count)]
    numbers = [int(text.split()[1]) for text in texts]
    assert numbers == sorted(numbers)
    assert numbers[-1] == 10_000
    for n in range(count):
        assert transcript.indexOfChild(transcript.child(n)) == n
        assert transcript.child(n).parent().object() is view
