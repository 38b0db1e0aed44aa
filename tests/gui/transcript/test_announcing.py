"""What is told of a growing reply: its sentences in order, only to who listens, only from the active window."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QAccessible

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.core.words import set_language
from qwen_desktop.ui.transcript import announcing
from qwen_desktop.ui.transcript.notice import Notice
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
    set_language("en")


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


BROKEN = "The connection broke while the reply was being written. What arrived is kept; try again."
ENDINGS = [
    (MessageStatus.COMPLETE, "", "Reply finished", "回复完毕"),
    (MessageStatus.STOPPED, "", "Reply stopped", "回复已停止"),
    (MessageStatus.INTERRUPTED, "", "Reply interrupted", "回复中断"),
    (MessageStatus.INTERRUPTED, BROKEN, f"Reply interrupted: {BROKEN[:55]}", None),
    (MessageStatus.FAILED, "", "Reply failed", "回复失败"),
    (MessageStatus.FAILED, "模型拒绝了请求。请重试。", "Reply failed: 模型拒绝了请求。", "回复失败：模型拒绝了请求。"),
]


@pytest.mark.parametrize(("status", "sentence", "english", "chinese"), ENDINGS)
@pytest.mark.parametrize("text", ["", "Some text."])
def test_the_end_says_what_happened(streaming, settled, said, text, status, sentence, english, chinese):
    announcing.set_mode("end")
    settled()
    if text:
        streaming.append_text(2, text)
        streaming.flush()
    streaming.end_message(reply(2, text, status))
    if sentence:  # the window shows it after the end of the turn
        streaming.show_notice(2, Notice(sentence))
    settled()
    assert said == [english]
    assert not announcing._speakers
    if chinese:
        set_language("zh_CN")
        assert announcing.end_words(streaming.widget_of(2).state) == chinese


@pytest.mark.parametrize("status", [status for status in MessageStatus if not status.is_running])
def test_who_hears_the_sentences_hears_of_a_bad_end_only(streaming, settled, said, status):
    settled()
    streaming.append_text(2, "One. Two")
    streaming.flush()
    streaming.end_message(reply(2, "One. Two", status))
    settled()
    ends = {"stopped": "Reply stopped", "interrupted": "Reply interrupted", "failed": "Reply failed"}
    assert said == ["One.", "Two", *([ends[str(status)]] if str(status) in ends else [])]


def test_where_nobody_listens_an_end_leaves_nothing_behind(streaming, settled):
    assert not QAccessible.isActive()
    settled()
    streaming.append_text(2, "One.")
    streaming.end_message(reply(2, "One.", MessageStatus.STOPPED))
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


def test_a_reply_far_below_what_is_read_is_told_too(view, settled, said):
    view.show_messages([reply(n, "text\n\n" * 20) for n in range(1, 101)])
    settled()
    view.setFocus()
    for _ in range(20):
        view.scroll_by(-view.viewport().height())
        settled()
    view.add_message(prompt(101, "And now?"))
    view.add_message(reply(102, "", MessageStatus.WRITING))
    settled()
    for chunk in ("One", ". Two", ". Three"):
        view.append_text(102, chunk)
        settled()
    view.end_message(reply(102, "One. Two. Three"))
    settled()
    assert said == ["One.", "Two.", "Three"]
    assert not view.is_following


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


@pytest.mark.parametrize("mode", ["sentence", "end", "off"])
def test_leaving_a_turn_out_is_told_once(streaming, settled, said, mode):
    announcing.set_mode(mode)
    streaming.show_messages([prompt(1, "hello"), replace(reply(2, "there"), parent_id=1)])
    settled()
    said.clear()
    streaming.set_left_out([1], True)
    streaming.set_left_out([1], False)
    words = ["Left out: not sent with later messages", "The turn is sent again with later messages"]
    assert said == ([] if mode == "off" else words)
