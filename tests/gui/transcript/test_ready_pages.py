"""Pages made ready in quiet moments: turned to, they are only moved and painted, and they show what is to be shown."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.theme import DARK, LIGHT
from qwen_desktop.ui.transcript.column import Column
from qwen_desktop.ui.transcript.notice import Notice
from tests.bench.bench_streaming import long_reply
from tests.gui.transcript.conftest import prompt, reply, wheel

REPLIES = long_reply(60_000).split("\n\n")
STEPS = 40


def conversation(seed: int, count: int = 60) -> list:
    chance = random.Random(seed)
    messages = []
    for number in range(1, count + 1, 2):
        at = chance.randrange(len(REPLIES) - 6)
        messages.append(prompt(number, REPLIES[at][:200]))
        text = "\n\n".join(REPLIES[at : at + chance.randrange(1, 6)]) + "\n\nThen `more` words."
        messages.append(reply(number + 1, text, reasoning="It was thought.\n\n" * 3 if number % 5 == 0 else ""))
    return messages


def picture(view) -> QImage:
    return view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


@pytest.fixture
def arranged(monkeypatch) -> list[int]:
    """Rows that were laid out, or looked at whether there is anything to lay out."""
    rows: list[int] = []
    real = Column._arrange

    def noting(self, row, top, bottom):
        rows.append(row.index)
        return real(self, row, top, bottom)

    monkeypatch.setattr(Column, "_arrange", noting)
    return rows


def test_what_was_made_ready_is_not_laid_out_again_when_it_is_scrolled_to(view, settled, arranged):
    view.show_messages(conversation(1))
    settled()
    bar = view.verticalScrollBar()
    looked_at = 0
    for step in (-500, -500, -500, 500, -60, -60, -500, 300):
        settled()
        arranged.clear()
        bar.setValue(bar.value() + step)
        assert len(set(arranged)) <= 2, "none but what stands across the end of what is ready"
        looked_at += sum(1 for widget in view.widgets() if not widget.visibleRegion().isEmpty())
    assert looked_at > 20


@pytest.mark.parametrize("steps", [(-500,), (-200, -500)], ids=["at once", "after something else was made ready"])
def test_a_message_that_changes_beyond_the_screen_is_laid_out_when_it_is_scrolled_to(view, settled, steps):
    view.show_messages([reply(number, "Some words of it.\n\n" * 3) for number in range(1, 40)])
    settled()
    bar = view.verticalScrollBar()
    bar.setValue(bar.value() - 400)
    settled()
    above = next(row for row in reversed(view.rows) if row.widget is not None and row.widget.geometry().bottom() < -300)
    assert above.index in view._column._ready
    before = above.widget.height()
    view.show_notice(above.message.id, Notice("The connection was lost. " * 10))
    for step in steps:
        settled()
        bar.setValue(bar.value() + step)
    assert above.widget.height() > before + 20
    assert not above.widget.visibleRegion().isEmpty()
    assert above.widget._notice.geometry().bottom() <= above.widget.height()


@pytest.mark.parametrize("change", ["a notice", "its end"])
def test_what_changed_before_the_reader_comes_back_to_the_end_is_laid_out(view, settled, change):
    """The flush finds the view following the end, and nothing moved by text: the step has to lay it out."""
    status = MessageStatus.WRITING if change == "its end" else MessageStatus.COMPLETE
    earlier = [reply(number, "Some words of it.\n\n" * 3) for number in range(1, 40)]
    view.show_messages([*earlier, reply(40, "", status)])
    settled()
    view.scroll_by(-100)
    settled()
    last = view.rows[-1]
    assert last.index in view._column._ready
    before = last.widget.height()
    if change == "its end":
        view.set_status(40, MessageStatus.COMPLETE, None)
    else:
        view.show_notice(40, Notice("The connection was lost. " * 10))
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    settled()
    assert view.is_following
    assert last.widget.height() > before
    assert view._column.total == view.verticalScrollBar().maximum() + view.viewport().height()


def test_what_was_found_on_the_screen_leaves_the_buttons_of_blocks_there(view, settled):
    """Nothing has to move for it, but the message is arranged to see that."""
    view.resize(900, 1100)
    text = "Some words of it.\n\n" * 40 + "```python\nx = 1\n```\n\nA needle here.\n\n" + "After it.\n\n" * 3
    view.show_messages([*(reply(number, text) for number in range(1, 4)), *(reply(n, "Words") for n in range(4, 30))])
    settled()
    view.bring_to_top(2, ("top", 0, 0.0, -1), -900.0)
    settled()
    controls = view.widget_of(3)._controls
    before = controls.widgets
    assert before
    assert 2 in view._column._ready
    top = view._column.top
    view.reveal(3, text.index("needle"), text.index("needle") + 6)
    assert view._column.top == top
    view.verticalScrollBar().setValue(top - 10)
    assert controls.widgets == before


def test_what_is_above_the_screen_by_less_than_it_may_hang_over_is_laid_out_before_it_is_painted(view, settled):
    """The bar of a quote with more lines than before went on over the edge of what is below it."""
    text = (
        "Words.\n\n" * 30 + "> " + "wide words of a quote " * 12 + "\n\n```python\nx = 1\n```\n\n" + "Words.\n\n" * 60
    )
    view.show_messages([reply(1, text)])
    view.resize(900, 600)
    settled()
    body = view.widget_of(1).body
    code = next(index for index, piece in enumerate(body.pieces) if piece.kind == "code")
    view.bring_to_top(0, ("body", code, 0.0, 0), body.caret_y(code, 0) - 3.0)  # 3 px of its edge are above the screen
    settled()
    for width in range(880, 400, -20):
        view.resize(width, 600)
        view.repaint()
        shown = picture(view)
        view._column.make_ready_anew()
        view._settle()
        view.repaint()
        assert picture(view) == shown, width


def test_rows_that_were_let_go_are_not_ready(view, settled):
    view.show_messages([reply(number, "Words") for number in range(1, 400)])
    settled()
    for _ in range(12):
        view.scroll_by(-500)
        settled()
        assert len(view._column._ready) > 15
        assert all(view.rows[index].widget is not None for index in view._column._ready)
    assert len(view.widgets()) < 60


def change(view, chance: random.Random, steps: Callable[[str], None]) -> None:
    """Anything a user, the network or a quiet moment may do to it."""
    ids = view.message_ids
    some = ids[max(0, min(len(ids) - 1, view.rows.of(view.reading_id).index + chance.randrange(-6, 7)))]
    row = view.rows.of(some)
    match chance.choice(("scroll", "scroll", "wheel", "wheel", "notice", "leave out", "append", "end", "zoom", "resize",
                         "fold", "wrap", "theme", "replace", "quiet")):  # fmt: skip
        case "scroll":
            view.scroll_by(chance.choice((-1, 1)) * chance.randrange(1, 900))
        case "wheel":
            wheel(view, chance.choice((-120, 120, 360)))
        case "notice":
            notice = Notice("Words of a notice. " * chance.randrange(1, 20))
            view.show_notice(some, chance.choice((None, notice)))
        case "leave out":
            view.set_left_out([some], chance.random() < 0.5)
        case "append" if view.rows[-1].is_running:
            view.append_text(ids[-1], chance.choice(REPLIES) + "\n\n")
        case "append":
            view.add_message(reply(ids[-1] + 1, "", MessageStatus.WRITING))
        case "end" if view.rows[-1].is_running:
            view.end_message(reply(ids[-1], view.text_of(ids[-1])))
        case "zoom":
            view.zoom_by(chance.choice((-1, 0, 1)))
        case "resize":
            view.resize(chance.randrange(400, 900), chance.randrange(300, 700))
        case "fold" if row.widget is not None and row.state.has_reasoning:
            row.widget._toggle_reasoning()
        case "wrap" if row.widget is not None:
            for block in row.widget.body.code_blocks():
                row.widget.set_wrapped(block, not block.is_wrapped)
        case "theme":
            view._theme.set_colours(chance.choice((DARK, LIGHT)))
        case "replace" if row.is_running:
            view.replace_text(some, chance.choice(REPLIES), "")
        case _:
            steps("quiet")


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happened_the_screen_shows_what_laying_all_of_it_out_shows(view, settled, seed):
    chance = random.Random(seed)
    view.show_messages(conversation(seed))
    settled()
    done: list[str] = []
    for _ in range(STEPS):
        change(view, chance, done.append)
        if chance.random() < 0.5:
            settled()
        view.flush()
        QApplication.processEvents()
        change(view, chance, done.append)  # before anything is made ready again
        view.flush()
        view.repaint()
        shown = picture(view)
        view._column.make_ready_anew()
        view._settle()
        view.repaint()
        assert picture(view) == shown
        if chance.random() < 0.5:
            settled()
        assert all(view.rows[index].widget is not None for index in view._column._ready)
