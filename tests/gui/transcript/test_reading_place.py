"""What is read stays where it is on the screen, whatever arrives, is measured, folded, resized or zoomed around it."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.theme import DARK, LIGHT
from qwen_desktop.ui.transcript.column import TOP_PX
from qwen_desktop.ui.transcript.math_service import math_service
from qwen_desktop.ui.transcript.notice import Notice
from tests.gui.transcript.conftest import drawn, prompt, reply, wheel

WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu")
AREA = QRect(0, 4, 600, 500)
"""Without the scroll bar and the button that floats, and without letters that the upper edge cuts."""
EXACT = 1.0
"""Pixels: places are whole numbers, what they are made from is not."""


def paragraph(number: int, words: int = 60) -> str:
    """Words that are nowhere else, so that a place can be known again."""
    return " ".join(f"{WORDS[(number + n) % len(WORDS)]}{number}x{n}" for n in range(words))


def paragraphs(count: int, first: int = 0) -> str:
    return "\n\n".join(paragraph(number) for number in range(first, first + count))


def mixed(number: int, chance: random.Random) -> str:
    """A message's text of one kind or another, short or long."""
    kinds = (
        lambda: paragraph(number, chance.randint(1, 40)),
        lambda: f"# Head {number}\n\n{paragraph(number, 20)}\n\n- one\n- two\n  - three\n\n> {paragraph(number, 9)}",
        lambda: "| a | b |\n|---|---|\n" + "".join(f"| {n} | {paragraph(n, 3)} |\n" for n in range(3)),
        lambda: "```python\n" + "".join(f"line_{number} = {n}\n" for n in range(chance.randint(1, 6))) + "```",
        lambda: "\n".join(f"{n}. 中文 {paragraph(n, 4)}" for n in range(1, chance.randint(2, 5))),
        lambda: f"short {number}",
        lambda: f"**also** short {number}",
    )  # fmt: skip
    return chance.choice(kinds)()


def pixels(view, rect: QRect = AREA) -> QImage:
    return view.viewport().grab(rect).toImage().convertToFormat(QImage.Format.Format_RGB32)


def step_px(view, delta_y: int) -> int:
    """How far one turn of the wheel is to move what is seen."""
    lines = QApplication.styleHints().wheelScrollLines()
    return min(lines * view.verticalScrollBar().singleStep(), view.verticalScrollBar().pageStep()) * delta_y // 120


def words_on_screen(view) -> dict[str, float]:
    """The first word of each line that begins on the screen, and where on the screen that line is.

    Words of `paragraph` only: they are nowhere else."""
    found: dict[str, float] = {}
    for widget in view.widgets():
        for name in ("body", "reasoning"):
            flow, _, top = widget.section(name)
            if flow is None:
                continue
            for piece in flow.pieces:
                y = widget.y() + top + piece.y
                if y + piece.height < 0 or y > view.viewport().height() or piece.kind != "text" or not piece.is_exact:
                    continue
                for line, begin in enumerate(piece.box._starts):
                    line_y = y + piece.box._tops[line]
                    if 0 <= line_y < view.viewport().height() - 30:
                        found[piece.plain(begin, begin + 14).split(" ")[0]] = line_y
    return {word: y for word, y in found.items() if re.fullmatch(r"[a-z]+\d+x\d+", word)}


def y_of_word(view, message_id: int, word: str, section: str = "body") -> float:
    """Where on the screen the line with a word is."""
    widget = view.widget_of(message_id)
    assert widget is not None
    flow, _, top = widget.section(section)
    for index, piece in enumerate(flow.pieces):
        if piece.kind == "text":
            at = "".join(text for text, _ in piece.runs).find(word)
            if at >= 0:
                flow.exact_piece(index)
                while flow.ensure(piece.y, piece.y + 1):
                    pass
                position = next(p for p in range(piece.text_length + 1) if len(piece.plain(0, p)) >= at)
                return widget.y() + top + piece.y + flow.caret_y(index, position)
    raise AssertionError(f"{word} is not there")


def read_in_the_middle(view, settled, share: float = 0.5) -> None:
    view.verticalScrollBar().setValue(int(view.verticalScrollBar().maximum() * share))
    settled()
    wheel(view, 120)
    settled()
    assert not view.is_following


def nothing_moves(view, change: Callable[[], None], settled: Callable[[], None]) -> None:
    """What is seen is the same, dot for dot."""
    before, words = pixels(view), words_on_screen(view)
    assert words
    change()
    view.flush()
    assert pixels(view) == before
    settled()
    assert words_on_screen(view) == words
    assert pixels(view) == before


# What arrives


def test_a_reply_below_grows_while_a_message_above_is_read(view, settled):
    view.show_messages([reply(1, paragraphs(30)), prompt(2, "x"), reply(3, "", MessageStatus.WRITING)])
    settled()
    read_in_the_middle(view, settled, 0.3)
    for number in range(20):
        nothing_moves(view, lambda n=number: view.append_text(3, paragraph(n) + "\n\n```py\nx = 1\n```\n\n"), settled)
    nothing_moves(view, lambda: view.end_message(reply(3, view.text_of(3))), settled)


def test_the_reply_that_is_read_in_its_middle_grows(streaming, settled):
    view = streaming
    view.append_text(2, paragraphs(40))
    settled()
    read_in_the_middle(view, settled)
    for number in range(20):
        nothing_moves(view, lambda n=number: view.append_text(2, f"\n\n- {paragraph(n)}"), settled)
    nothing_moves(view, lambda: view.append_text(2, "\n\n[x]: /url\n\n" + paragraphs(300, 100)), settled)


@pytest.mark.parametrize("line_end", [" ", "\n"])
def test_one_endless_paragraph_is_read_in_its_middle_while_it_grows(streaming, settled, line_end):
    view = streaming
    made = (
        line_end.join(paragraph(n, 12) for n in range(begin, begin + 10)) + line_end for begin in range(0, 9999, 10)
    )
    for _ in range(7):
        view.append_text(2, next(made))
        view.flush()
    settled()
    wheel(view, 120)
    settled()
    word, y = top_word(view)
    for _ in range(12):
        view.append_text(2, next(made))
        settled()
        line = view._styles[0].line_px  # above it a line may be broken elsewhere, once
        assert abs(y_of_word(view, 2, word) - y) <= line + EXACT
    assert max(len(piece.runs[0][0]) for piece in view.widget_of(2).body.pieces) <= 2_000


def test_a_message_is_added_and_a_notice_is_shown_above_and_below(view, settled):
    view.show_messages([m for n in range(0, 24, 2) for m in (prompt(n, f"ask {n}"), reply(n + 1, paragraphs(3, n)))])
    settled()
    read_in_the_middle(view, settled)
    row = view.rows[view._column.row_at(view._column.top)].index
    nothing_moves(view, lambda: view.add_message(prompt(100, "one more")), settled)
    nothing_moves(view, lambda: view.add_message(reply(101, "", MessageStatus.WRITING)), settled)
    for index in (row - 1, row - 2, row + 3):
        message_id = view.rows[index].message.id
        nothing_moves(view, lambda i=message_id: view.show_notice(i, Notice("error", "It failed")), settled)
        nothing_moves(view, lambda i=message_id: view.show_notice(i, None), settled)


def test_a_text_above_is_replaced(view, settled):
    view.show_messages([reply(n, paragraphs(4, 10 * n)) for n in range(12)])
    settled()
    read_in_the_middle(view, settled)
    above = view.rows[view._column.row_at(view._column.top)].index - 1
    nothing_moves(view, lambda: view.replace_text(above, paragraphs(9, 500), ""), settled)
    nothing_moves(view, lambda: view.replace_text(above, "short", ""), settled)


def test_reasoning_above_folds_and_unfolds(view, settled):
    messages = [reply(n, paragraphs(3, 10 * n), reasoning=paragraphs(3, 1000 + n)) for n in range(12)]
    view.show_messages(messages)
    settled()
    read_in_the_middle(view, settled)
    above = view.rows[view._column.row_at(view._column.top)].index - 1
    for _ in range(3):
        nothing_moves(view, lambda: view.widget_of(above)._toggle_reasoning(), settled)


def test_the_text_begins_while_the_reasoning_is_read(view, settled):
    view.show_messages([prompt(1, "x"), reply(2, "", MessageStatus.THINKING)])
    view.append_reasoning(2, paragraphs(30))
    settled()
    read_in_the_middle(view, settled)
    nothing_moves(view, lambda: view.append_text(2, paragraphs(2, 50)), settled)
    nothing_moves(view, lambda: view.append_text(2, paragraphs(2, 60)), settled)
    nothing_moves(view, lambda: view.end_message(reply(2, view.text_of(2), reasoning=paragraphs(30))), settled)


def test_code_is_coloured_above_and_on_the_screen(view, settled):
    code = "```python\n" + "".join(f"def f{n}(x): return 'word{n}'  # {n}\n" for n in range(60)) + "```\n\n"
    view.show_messages([reply(n, code + paragraphs(2, n)) for n in range(10)])
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    wheel(view, 120)
    before = words_on_screen(view)
    settled()
    assert before.items() <= words_on_screen(view).items()
    now = pixels(view)
    for code_block in view.widgets()[0].body.code_blocks():
        view.widgets()[0].set_wrapped(code_block, True)
        settled()
        assert words_on_screen(view).keys() >= before.keys()
        assert all(abs(words_on_screen(view)[word] - y) < EXACT for word, y in before.items())
    assert now.size() == pixels(view).size()


# Formulas


@pytest.fixture
def held_formulas(monkeypatch):
    """Formulas wait until they are let go."""
    service = math_service()
    held: list[tuple] = []
    real = type(service)._want
    monkeypatch.setattr(type(service), "_want", lambda self, key, font: held.append((key, font)))

    def let_go() -> None:
        monkeypatch.setattr(type(service), "_want", real)
        with service._lock:
            for key, font in held:
                if key not in service._waiting and key not in service._known:
                    service._want(key, font)

    return let_go


def test_formulas_above_are_drawn(view, settled, qtbot, held_formulas):
    math = r"text $\frac{a_{31}}{b}$ text" + "\n\n" + r"$$\sum_{i=0}^{31} \frac{x_i}{y_i}$$" + "\n\n"
    view.show_messages([reply(1, math * 6 + paragraphs(12)), reply(2, paragraphs(9, 50))])
    settled()
    view.verticalScrollBar().setValue(400)
    settled()
    assert {"math", "text"} == {piece.kind for piece in view.widget_of(1).body.pieces if piece.is_exact}
    while not words_on_screen(view) or "alpha0x0" in words_on_screen(view) or top_word(view)[1] > 30:
        wheel(view, -30)
    settled()
    height, before = view.widget_of(1).height(), pixels(view)
    words = words_on_screen(view)
    held_formulas()
    drawn(qtbot, settled)
    assert view.widget_of(1).height() != height
    assert words_on_screen(view) == words
    assert pixels(view) == before


def test_formulas_in_the_paragraph_that_is_read_are_drawn(view, settled, qtbot, held_formulas):
    inside = " ".join(f"{paragraph(n, 8)} " + r"$\sqrt{\beta_{32}^2 + \alpha_{32}^2 + \gamma_{32}}$" for n in range(60))
    view.show_messages([prompt(1, "x"), reply(2, inside)])
    settled()
    read_in_the_middle(view, settled)
    before = words_on_screen(view)
    word, y = min(before.items(), key=lambda item: item[1])
    held_formulas()
    drawn(qtbot, settled)
    assert len(words_on_screen(view)) > 3
    assert y_of_word(view, 2, word) == pytest.approx(y, abs=60)  # formulas may stand in its own line now
    top_words = paragraph_words_near(view, 2, word)
    assert word in top_words


def paragraph_words_near(view, message_id: int, word: str) -> str:
    """What is seen of a message within two lines around a word."""
    y = y_of_word(view, message_id, word)
    widget = view.widget_of(message_id)
    flow, _, top = widget.section("body")
    begin = flow.mark_at(0, y - 40 - widget.y() - top)
    end = flow.mark_at(flow.width, y + 40 - widget.y() - top)
    return flow.plain(begin, end)


# A long text is read in slices


LONG = "\n\n".join(
    f"{paragraph(n)}\n\n- **item** one {n}\n- `item` two {n}\n\n| a | b |\n|---|---|\n| {n} | y |" for n in range(420)
)


@pytest.mark.parametrize(("share", "length"), [(0.15, 60_000), (0.5, 300_000), (0.85, 60_000)])
def test_a_long_text_is_read_in_slices_while_its_middle_is_looked_at(view, settled, qtbot, share, length):
    assert len(LONG) > 290_000
    view.show_messages([prompt(1, "x"), reply(2, LONG[:length])])
    bar = view.verticalScrollBar()
    bar.setValue(int(bar.maximum() * share))
    view._leave_end()
    assert view.widget_of(2).is_reading
    before = words_on_screen(view)
    word, y = sorted(before.items(), key=lambda item: item[1])[1]
    seen = []

    def is_read() -> bool:
        seen.append(y_of_word(view, 2, word))
        return not view.widget_of(2).is_reading

    qtbot.waitUntil(is_read, timeout=30_000)
    settled()
    assert len(seen) > 1  # while it was read, and in the end
    lines = 3 * view._styles[0].line_px  # above it on the screen may stand a table now
    assert [place for place in seen if abs(place - y) > lines] == []
    assert abs(y_of_word(view, 2, word) - y) <= lines


def test_a_long_text_is_read_in_slices_above(view, settled, qtbot):
    view.show_messages([prompt(1, "x"), reply(2, LONG), prompt(3, "y"), reply(4, paragraphs(10, 9000))])
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() - 700)
    view._column.materialise(1)
    assert view.widget_of(2).is_reading
    before, words = pixels(view), words_on_screen(view)

    def is_read() -> bool:
        assert words_on_screen(view) == words
        return not view.widget_of(2).is_reading

    qtbot.waitUntil(is_read, timeout=30_000)
    settled()
    assert pixels(view) == before


def test_a_burst_is_read_in_slices_while_the_middle_of_the_reply_is_looked_at(streaming, settled, qtbot):
    view = streaming
    view.append_text(2, paragraphs(20))
    settled()
    view.append_text(2, "\n\n" + LONG[:80_000])
    view.flush()
    bar = view.verticalScrollBar()
    bar.setValue(int(bar.maximum() * 0.6))
    view._leave_end()
    word, y = sorted(words_on_screen(view).items(), key=lambda item: item[1])[1]
    lines = 3 * view._styles[0].line_px

    def is_read() -> bool:
        view.append_text(2, " more")
        view.flush()
        assert abs(y_of_word(view, 2, word) - y) <= lines
        return not view.widget_of(2).is_reading

    qtbot.waitUntil(is_read, timeout=30_000)
    settled()
    assert abs(y_of_word(view, 2, word) - y) <= lines


# Another width, another size, other colours


def top_word(view) -> tuple[str, float]:
    return min(words_on_screen(view).items(), key=lambda item: item[1])


@pytest.fixture
def reading(view, settled):
    """Twenty messages, read in the middle."""
    view.show_messages(
        [m for n in range(0, 40, 2) for m in (prompt(n, f"ask {n}"), reply(n + 1, paragraphs(4, n * 10)))]
    )
    settled()
    read_in_the_middle(view, settled)
    return view


def row_of_word(view, word: str) -> int:
    return next(row.message.id for row in view.rows if word in row.text or word in row.state.reasoning)


def test_narrower_in_steps_and_back_is_where_it_was(reading, settled):
    view = reading
    while re.search("x[0-5]$", top_word(view)[0]) or top_word(view)[1] > 8:
        wheel(view, 30)  # to a line that begins in the middle of a paragraph, and of which most is to be seen
    settled()
    word, y = top_word(view)
    before = pixels(view)
    for width in [*range(790, 400, -30), *range(420, 810, 30), 800]:
        view.resize(width, 600)
        QApplication.processEvents()
        line = view._styles[0].line_px
        assert abs(y_of_word(view, row_of_word(view, word), word) - y) <= line + EXACT, width
    settled()
    assert top_word(view) == (word, y)
    assert pixels(view) == before


def test_higher_and_lower_is_where_it_was(reading, settled):
    view = reading
    before = top_word(view)
    for height in (580, 300, 700, 900, 600):
        view.resize(800, height)
        settled()
        assert top_word(view) == before


def test_other_colours_do_not_move_anything(reading, settled, theme):
    view = reading
    before = words_on_screen(view)
    theme.set_colours(DARK)
    settled()
    assert words_on_screen(view) == before


def test_larger_and_smaller_text_is_where_it_was(reading, settled):
    view = reading
    while top_word(view)[1] > 8:  # else the line above it is the one that is read
        wheel(view, 30)
    settled()
    word, y = top_word(view)
    for zoom in (1.1, 1.5, 2.5, 3.0, 1.0, 0.67, 0.8, 1.0):
        view.set_zoom(zoom)
        line = view._styles[0].line_px
        assert abs(y_of_word(view, row_of_word(view, word), word) - y) <= line, zoom
        settled()
        assert abs(y_of_word(view, row_of_word(view, word), word) - y) <= line, zoom
    assert top_word(view) == (word, pytest.approx(y, abs=EXACT))


# Scrolling through what nobody has measured


@pytest.fixture(scope="module")
def mixed_messages():
    chance = random.Random("mixed")
    return [prompt(n, mixed(n, chance)[:200]) if n % 2 else reply(n, mixed(n, chance)) for n in range(3_000)]


def places(view) -> dict[tuple[int, str, int], float]:
    """Every piece that is on the screen, and where."""
    found = {}
    for widget in view.widgets():
        flow, _, top = widget.section("body")
        for index, piece in enumerate(flow.pieces):
            y = widget.y() + top + piece.y
            if -piece.height < y < view.viewport().height():
                found[widget.row, "body", index] = y
        for name, y in (("top", widget.y()), ("bottom", widget.y() + widget.height())):
            if 0 <= y <= view.viewport().height():
                found[widget.row, name, 0] = y
    return found


def moves_by(view, step: Callable[[], None], distance: int) -> None:
    """A step moves everything that is seen by `distance`."""
    before = places(view)
    step()
    now = places(view)
    both = before.keys() & now.keys()
    assert both, "nothing of what was seen is seen any more"
    moved = {now[key] - before[key] for key in both}
    assert moved == {distance}


def test_each_turn_of_the_wheel_moves_what_is_seen_by_itself_until_the_top(view, settled, mixed_messages):
    view.show_messages(mixed_messages[:400])
    bar = view.verticalScrollBar()
    step = step_px(view, 120)
    assert step > 30
    for _ in range(30):
        moves_by(view, lambda: wheel(view, 120), step)
    for _ in range(20):
        moves_by(view, lambda: wheel(view, -120), -step)
    turns = 0
    while bar.value() > 3_000:
        wheel(view, 840)
        turns += 1
        assert turns < 4_000
    while bar.value() > step:
        moves_by(view, lambda: wheel(view, 120), step)
    left = bar.value()
    moves_by(view, lambda: wheel(view, 120), left)
    assert bar.value() == 0
    assert 0 in {widget.row for widget in view.widgets()}
    assert view.widget_of(0).y() == TOP_PX
    settled()


def test_pages_up_through_three_thousand_messages_and_down_again(view, settled, mixed_messages):
    view.show_messages(mixed_messages)
    bar = view.verticalScrollBar()
    page = view.viewport().height() - 2 * view._styles[0].line_px
    pages = 0
    while bar.value() > page:
        if pages % 8 == 0:
            moves_by(view, lambda: QTest.keyClick(view, Qt.Key.Key_PageUp), page)
        else:
            QTest.keyClick(view, Qt.Key.Key_PageUp)
        pages += 1
        assert len(view.widgets()) <= 90
    assert pages > 300
    for _ in range(2):  # the top was farther away than was guessed, perhaps
        QTest.keyClick(view, Qt.Key.Key_PageUp)
    assert (bar.value(), view.widget_of(0).y()) == (0, TOP_PX)
    for _ in range(40):
        moves_by(view, lambda: QTest.keyClick(view, Qt.Key.Key_PageDown), -page)
    settled()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_bar_dragged_somewhere_then_the_wheel(view, settled, mixed_messages, share):
    view.show_messages(mixed_messages)
    bar = view.verticalScrollBar()
    bar.setSliderDown(True)
    for part in (0.95, 0.9, share):
        bar.setSliderPosition(int(bar.maximum() * part))
    bar.setSliderDown(False)
    assert abs(bar.value() - bar.maximum() * share) < bar.maximum() * 0.02
    assert abs(view.reading_id - 3_000 * share) < 400
    step = step_px(view, 120)
    for turn in (120, 120, 120, -120, -120, -120, -120) * 4:
        moves_by(view, lambda t=turn: wheel(view, t), step if turn > 0 else -step)
    settled()
    for turn in (120, 120, -120, -120) * 4:
        moves_by(view, lambda t=turn: wheel(view, t), step if turn > 0 else -step)
    settled()


def test_near_the_end_a_turn_down_does_not_jump_over_what_was_not_measured(view, settled):
    """A guess far below what a thing is: the end is farther away than the scroll bar says."""
    tall = "\n".join("# W" for _ in range(22))
    view.show_messages([*(reply(n, paragraphs(2, n)) for n in range(40)), reply(40, tall)])
    settled()
    column = view._column
    view.follow()
    view.verticalScrollBar().setValue(column.y(20))
    column.with_widget[40].measured_px = 0
    column._drop_widget(column.with_widget.pop(40))
    column._heights.set(40, 480)
    while column.top < column.y(40) - 650:  # by steps of less than what is left between it and the screen
        wheel(view, -60)
    assert view.widget_of(40) is None
    page = view.viewport().height() - 2 * view._styles[0].line_px
    moves_by(view, lambda: QTest.keyClick(view, Qt.Key.Key_PageDown), -page)
    assert not view.is_following
    assert view.widget_of(40).height() > 900
    settled()


def test_near_the_top_a_turn_up_is_a_whole_one_though_nothing_above_was_measured(view, settled):
    tall = "\n".join("# W" for _ in range(12))
    view.show_messages([reply(0, tall), *(reply(n, paragraphs(2, n)) for n in range(1, 40))])
    view.verticalScrollBar().setValue(view._column.y(1) + 5)
    assert view.widget_of(0) is None
    page = view.viewport().height() - 2 * view._styles[0].line_px
    assert view.verticalScrollBar().value() < page
    moves_by(view, lambda: QTest.keyClick(view, Qt.Key.Key_PageUp), page)
    settled()


@pytest.mark.parametrize("delta", [960, -960])
def test_a_wide_turn_of_the_wheel_is_a_whole_one_too(view, settled, delta):
    tall = "\n".join("# W" for _ in range(12))
    view.show_messages([reply(n, tall if n in (0, 39) else paragraphs(2, n)) for n in range(40)])
    settled()
    column, bar = view._column, view.verticalScrollBar()
    bar.setValue(column.y(1) + 5 if delta > 0 else 9_999)
    if delta < 0:
        column.with_widget[39].measured_px = 0
        column._drop_widget(column.with_widget.pop(39))
        column._heights.set(39, 250)
        while column.top < column.y(39) - 650:
            wheel(view, -60)
        assert view.widget_of(39) is None
    moves_by(view, lambda: wheel(view, delta), step_px(view, delta))
    settled()


# All of it, in any order


FRESH = itertools.count(10_000, 30)
"""Numbers of paragraphs that were not there before."""


def anything(view, chance: random.Random, theme) -> bool:
    """Something happens that the reader did not do to move; whether widths or sizes are others."""
    running = view.rows[-1].message.id
    other = chance.choice(view.rows[:-1]).message.id
    match chance.randrange(11):
        case 0 | 1 | 2:
            view.append_text(running, chance.choice(["\n\n", " ", "\n- "]) + paragraph(next(FRESH), 30))
        case 3:
            view.append_text(running, "\n\n" + paragraphs(20, next(FRESH)))
        case 4:
            widget = view.widget_of(other)
            if widget is None or not is_seen(view, widget):
                view.show_notice(other, None if view.rows[other].state.notice else Notice("error", "It failed"))
        case 5:
            widget = view.widget_of(other)
            if widget is not None and view.rows[other].state.has_reasoning and not is_seen(view, widget):
                widget._toggle_reasoning()
        case 6:
            theme.set_colours(DARK if chance.random() < 0.5 else LIGHT)
        case 7:
            view.resize(chance.choice([800, 500, 640, 420, 1_200]), view.height())
            return True
        case 8:
            view.set_zoom(chance.choice([0.8, 1.0, 1.5, 2.0]))
            return True
        case 9:
            QApplication.processEvents()
        case 10:
            view.flush()
    return False


def is_seen(view, widget) -> bool:
    return widget.y() < view.viewport().height() and widget.y() + widget.height() > 0


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_the_reader_stays(view, settled, theme, seed):
    chance = random.Random(f"reader {seed}")
    messages = [
        prompt(n, f"ask {n} {paragraph(n, 5)}") if n % 2 == 0 else
        reply(n, paragraphs(chance.randint(1, 6), n * 10), reasoning=paragraphs(2, n * 10 + 5_000))
        for n in range(30)
    ]  # fmt: skip
    view.show_messages([*messages, reply(30, "", MessageStatus.WRITING)])
    settled()
    for _ in range(12):
        if chance.random() < 0.5:
            view.verticalScrollBar().setValue(int(view.verticalScrollBar().maximum() * chance.uniform(0.05, 0.9)))
        for _ in range(chance.randint(1, 9)):
            wheel(view, chance.choice([120, 30, -30]))
        if chance.random() < 0.5:
            settled()
        if view._column.end - view._column.top < 2_000 or not words_on_screen(view):
            continue  # so near to the end there may be too little below to keep a place where it is
        word, y = top_word(view)
        message_id = row_of_word(view, word)
        section = "body" if word in view.text_of(message_id) else "reasoning"
        has_other_size = False
        for _ in range(8):
            has_other_size |= anything(view, chance, theme)
            QApplication.processEvents()
            room = max(21, view._styles[0].line_px) * 6 if has_other_size else EXACT
            assert abs(y_of_word(view, message_id, word, section) - y) <= room
        view.resize(800, 600)
        view.set_zoom(1.0)
        settled()
        assert abs(y_of_word(view, message_id, word, section) - y) <= EXACT
    view.end_message(reply(30, view.text_of(30)))
    settled()


def test_formulas_that_are_drawn_elsewhere_do_not_move_the_cell_of_a_table_that_is_read(qtbot, view, settled):
    rows = "".join(f"| {n} | `cell` $x^{n}$ {'wide ' * (n % 29)}|\n" for n in range(40))
    view.show_messages([prompt(1, "Words"), reply(2, "| a | b |\n|---|---|\n" + rows + "\n\nSome words.\n\n" * 30)])
    drawn(qtbot, settled)
    for top in range(60, 600, 7):
        view.verticalScrollBar().setValue(top)
        drawn(qtbot, settled)
        before = view._column.top
        view.widget_of(2).take_awaited()
        view._settle()
        assert view._column.top == before
