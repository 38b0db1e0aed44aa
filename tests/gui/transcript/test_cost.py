"""What a chunk costs does not grow with the reply: counted in work done, not in time."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QWidget

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.theme import DARK
from qwen_desktop.ui.transcript.column import Column
from qwen_desktop.ui.transcript.controls import BlockControls, CopyButton
from qwen_desktop.ui.transcript.message_state import MOST_PARTS, MessageState
from qwen_desktop.ui.transcript.message_widget import MessageWidget
from qwen_desktop.ui.transcript.text_box import TextBox
from tests.bench.bench_streaming import long_reply
from tests.gui.transcript.conftest import Paintings, prompt, reply

COUNTED = (
    (MessageWidget, "arrange"),
    (BlockControls, "_make_buttons"),
    (BlockControls, "_place_table_button"),
    (Column, "prefetch_some"),
)


@pytest.fixture
def work(monkeypatch) -> Counter[str]:
    """How often what takes time was done."""
    done: Counter[str] = Counter()

    def count(owner: type, name: str) -> None:
        real = getattr(owner, name)

        def counting(self, *arguments, **named):
            done[name] += 1
            return real(self, *arguments, **named)

        monkeypatch.setattr(owner, name, counting)

    for owner, name in COUNTED:
        count(owner, name)
    return done


def test_a_chunk_late_in_a_reply_causes_no_more_work_than_an_early_one(view, settled, work):
    view.resize(1_000, 800)
    view.show_messages([prompt(1, "x"), reply(2, "", MessageStatus.WRITING)])
    text = long_reply(40_000)
    size = 50
    per_quarter: list[Counter[str]] = []
    for quarter in range(4):
        work.clear()
        for at in range(quarter * 10_000, (quarter + 1) * 10_000, size):
            view.append_text(2, text[at : at + size])
            view.flush()
            QApplication.processEvents()
        per_quarter.append(Counter(work))
    settled()
    early, late = per_quarter[1], per_quarter[3]  # the first quarter has less than a screen to lay out
    for name in late:
        assert late[name] <= 1.5 * early[name] + 10, f"{name}: {early[name]} then {late[name]}"
    blocks = text[30_000:].count("```python") + text[30_000:].count("```javascript")
    assert late["_make_buttons"] <= blocks + 2, "buttons are made once for a block"
    assert late["prefetch_some"] <= 10_000 / size, "what is ready beyond the screen is not made ready again"


def test_a_chunk_does_not_put_the_whole_text_together(view, settled, monkeypatch):
    asked: list[int] = []
    whole = MessageState.text.fget
    monkeypatch.setattr(MessageState, "text", property(lambda state: asked.append(state.id) or whole(state)))
    view.show_messages([prompt(1, "x"), reply(2, "Text.\n\n" * 60, MessageStatus.WRITING)])
    settled()
    asked.clear()
    for number in range(2 * MOST_PARTS + 10):
        view.append_text(2, f"{number} ")
        if number % 8 == 0:
            view.flush()
    assert asked == []
    assert len(view.rows.of(2).state._text) <= MOST_PARTS + 1, "nor does it keep each part for good"
    assert view.text_of(2) == "Text.\n\n" * 60 + "".join(f"{number} " for number in range(2 * MOST_PARTS + 10))
    assert view.rows.of(2).state.length == len(view.text_of(2))


def test_words_that_stay_in_their_line_arrange_nothing(view, settled, work):
    view.resize(1_000, 800)
    view.show_messages([prompt(1, "x"), reply(2, "Text.\n\n" * 60, MessageStatus.WRITING)])
    settled()
    for text, may_arrange in (("a", True), (" few", False), (" `words`", False), (" more" * 60, True), (" and", False)):
        view.append_text(2, text)
        work.clear()
        view.flush()
        assert (work["arrange"] > 0) == may_arrange, text
        settled()
    assert view.widget_of(2).body.pieces[-1].text_length > 300


def test_code_that_grows_within_its_width_moves_no_button(view, settled, work, monkeypatch):
    view.resize(1_000, 800)
    view.show_messages([prompt(1, "x"), reply(2, "Text.\n\n" * 60 + "```python\nzero = 0\n", MessageStatus.WRITING)])
    settled()
    placed: list[bool] = []
    place = BlockControls.place

    def placing(self, *arguments, **named):
        placed.append(True)
        return place(self, *arguments, **named)

    monkeypatch.setattr(BlockControls, "place", placing)
    for text, may_place in (("first = 1", True), (" + 2", False), ("\nsecond", True), (" = " + "x" * 400, True)):
        view.append_text(2, text)
        placed.clear()
        view.flush()
        assert bool(placed) == may_place, text
        settled()


def test_other_colours_lay_out_only_what_is_seen(view, settled, theme, monkeypatch):
    view.resize(1_000, 800)
    view.show_messages([prompt(1, "x"), reply(2, long_reply(40_000))])
    settled()
    for _ in range(4):  # so that some of it is laid out
        view.scroll_by(-700)
        settled()
    height, top = view.content_height, view.verticalScrollBar().value()
    made: list[TextBox] = []
    make = TextBox.__init__

    def counting(box, *arguments, **named):
        made.append(box)
        make(box, *arguments, **named)

    monkeypatch.setattr(TextBox, "__init__", counting)
    theme.set_colours(DARK)
    assert len(made) < 120, "of a reply with some 700 paragraphs and cells"
    assert view.content_height == height, "letters are as large as they were"
    assert view.verticalScrollBar().value() == top


def test_buttons_of_blocks_are_made_one_by_one_between_flushes(view, settled, monkeypatch):
    view.resize(1_000, 800)
    view.show_messages([prompt(1, "x"), reply(2, "Text.\n\n" * 40, MessageStatus.WRITING)])
    settled()
    view.append_text(2, "```python\nfirst = 1\n```\n\n```python\nsecond = 2\n```\n\n| a |\n|---|\n| b |\n\n")
    view.flush()
    widget = view.widget_of(2)
    assert not widget.findChildren(CopyButton)
    made: list[int] = []
    make = MessageWidget.make_controls

    def making(self) -> bool:
        before = len(self.findChildren(QWidget))
        is_more = make(self)
        made.append(len(self.findChildren(QWidget)) - before)
        return is_more

    monkeypatch.setattr(MessageWidget, "make_controls", making)
    settled()
    assert sorted(made, reverse=True)[:3] == [3, 3, 1], "one block at a time"
    assert [button.isVisible() for button in widget.findChildren(CopyButton)] == [True, True]


def test_text_that_comes_just_after_a_button_was_made_paints_no_more_than_itself(view, settled):
    view.resize(1_000, 800)
    view.show_messages([prompt(1, "x"), reply(2, "Text.\n\n" * 40, MessageStatus.WRITING)])
    settled()
    widget = view.widget_of(2)
    view.append_text(2, "```python\nfirst = 1\n")
    view.flush()
    QCoreApplication.sendPostedEvents()
    assert not widget.findChildren(CopyButton)
    widget.make_controls()
    paintings = Paintings(widget)
    view.append_text(2, "second = 2\nthird = 3\n")
    view.flush()
    QCoreApplication.sendPostedEvents()
    assert widget.findChildren(CopyButton)
    assert paintings.parts
    assert max(part.height() for part in paintings.parts) < 300, "not all of the screen"


def test_the_first_line_below_the_screen_does_not_have_all_messages_painted_again(view, settled):
    view.show_messages([prompt(1, "x"), reply(2, "Text.\n\n" * 3, MessageStatus.WRITING)])
    settled()
    bar = view.verticalScrollBar()
    width = view.viewport().width()
    blank = bar.grab().toImage()
    colours = {blank.pixel(x, y) for x in range(blank.width()) for y in range(blank.height())}
    assert colours == {QColor(view._theme.colours.window).rgb()}, "there is nothing to scroll, and nothing to be seen"
    paintings = Paintings(view.widget_of(1))
    while not bar.maximum():
        view.append_text(2, "More text.\n\n")
        view.flush()
        QApplication.processEvents()
    assert view.viewport().width() == width
    assert sum(part.height() for part in paintings.parts) < view.widget_of(1).height() / 2
    assert bar.grab().toImage() != blank
