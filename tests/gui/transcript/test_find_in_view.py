"""Find on the real transcript: counted, painted, gone to, also where there is no widget and while a reply arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.controllers.find import FindController
from qwen_desktop.ui.transcript.places import stretches_of
from qwen_desktop.ui.views.find_bar import FindBar
from tests.gui.transcript.conftest import prompt, reply
from tests.gui.transcript.test_reading_place import paragraphs


@pytest.fixture
def bar(qtbot, theme) -> FindBar:
    made = FindBar(theme)
    qtbot.addWidget(made)
    made.hide()
    return made


@pytest.fixture
def finder(bar, view) -> Iterator[FindController]:
    made = FindController(bar, view)
    made.open()
    yield made
    made.close()


@pytest.fixture
def look_for(bar, finder, qtbot, settled) -> Callable[[str], str]:
    def look(query: str) -> str:
        bar.field.setText(query)
        qtbot.waitUntil(lambda: not finder.is_busy)
        settled()
        return bar.count_label.text()

    return look


def step(bar, *, is_back: bool = False) -> str:
    modifiers = Qt.KeyboardModifier.ShiftModifier if is_back else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(bar.field, Qt.Key.Key_Return, modifiers)
    return bar.count_label.text()


def rect_of(view, message_id: int, begin: int, end: int) -> QRect:
    """Where on the screen some characters of a text are painted."""
    widget = view.widget_of(message_id)
    assert widget is not None
    flow, x, y = widget.section("body")
    piece, first, last = stretches_of(flow, view.text_of(message_id), begin, end)[0]
    (left, top), (right, _) = flow.exact_piece(piece).caret(first), flow.exact_piece(piece).caret(last)
    top += widget.y() + y + flow.pieces[piece].y
    return QRect(round(widget.x() + x + left), round(top), round(right - left), flow.pieces[piece].caret_line_px)


def is_on_screen(view, hit) -> bool:
    return view.viewport().rect().contains(rect_of(view, *hit))


def has_colour(view, rect: QRect, role: str) -> bool:
    """The colour of such a mark is in that part of the screen."""
    image = view.viewport().grab(rect).toImage().convertToFormat(QImage.Format.Format_RGB32)
    colour = view._styles[0].wash(role)
    blended = [view._styles[0].colour("window"), view._styles[0].colour("user_message")]
    wanted = {
        tuple(round(under + (over - under) * colour.alphaF()) for over, under in zip(
            colour.getRgb()[:3], ground.getRgb()[:3], strict=True)) for ground in blended
    }  # fmt: skip
    dots = {image.pixelColor(x, y).getRgb()[:3] for x in range(image.width()) for y in range(image.height())}
    return any(all(abs(a - b) <= 2 for a, b in zip(dot, one, strict=True)) for dot in dots for one in wanted)


def test_what_is_typed_is_counted_and_painted(view, look_for, settled):
    view.show_messages([prompt(1, "a cat"), reply(2, "**cat** and ca*t* and\n\n- `cat`\n"), prompt(3, "no")])
    settled()
    before = view.viewport().grab().toImage()
    assert look_for("cat") == "1 of 4"
    assert view.viewport().grab().toImage() != before
    assert has_colour(view, rect_of(view, 1, 2, 5), "current")
    assert has_colour(view, rect_of(view, 2, 2, 5), "hit")
    assert has_colour(view, rect_of(view, 2, 2, 2 + 3), "hit")
    assert not has_colour(view, rect_of(view, 2, 8, 11), "hit")
    assert look_for("nothing like it") == "No matches"
    assert view.viewport().grab().toImage() == before


def test_closed_the_marks_are_gone(view, look_for, finder, settled, qtbot):
    view.show_messages([prompt(1, "a cat"), reply(2, "cat " * 50)])
    settled()
    before = view.viewport().grab().toImage()
    look_for("cat")
    assert view.viewport().grab().toImage() != before
    finder.close()
    settled()
    assert view.viewport().grab().toImage() == before
    view.add_message(reply(3, "one more cat"))
    settled()
    assert not has_colour(view, rect_of(view, 3, 9, 12), "hit")


def test_next_and_previous_go_to_messages_that_have_no_widget(view, look_for, bar, finder, settled):
    hidden = {
        40: "x " * 300 + "needle",
        500: "# a\n\n" + paragraphs(9) + "\n\n- a **needle**",
        900: "| a |\n|---|\n| needle |",
    }
    view.show_messages([(reply if n % 2 == 0 else prompt)(n, hidden.get(n, f"message {n}")) for n in range(1, 1_000)])
    settled()
    look_for("needle")
    seen = []
    for is_back in (False, False, False, False, True, True, True):
        step(bar, is_back=is_back)
        hit = finder.current
        assert is_on_screen(view, hit)
        assert has_colour(view, rect_of(view, *hit), "current")
        settled()
        assert is_on_screen(view, hit)
        assert not view.is_following
        seen.append(hit.message_id)
    assert set(seen) == set(hidden)
    assert seen[-3:] == seen[:3][::-1] or len(set(seen[-3:])) == 3
    assert len(view.widgets()) < 100


def test_hits_far_apart_in_one_long_message(view, look_for, bar, finder, settled):
    text = "\n\n".join(f"Paragraph {n} **bold** goes on " + ("needle" if n % 300 == 7 else "") for n in range(1_500))
    view.show_messages([prompt(1, "x"), reply(2, text)])
    assert view.widget_of(2).is_reading
    look_for("needle")
    for _ in range(6):
        step(bar)
        assert is_on_screen(view, finder.current)
        assert has_colour(view, rect_of(view, *finder.current), "current")
    settled()
    assert is_on_screen(view, finder.current)


def test_a_hit_in_a_text_that_is_still_read_stays_on_the_screen(view, look_for, bar, finder, settled, qtbot):
    text = "\n\n".join(f"Paragraph {n} **bold** goes on " + ("needle" if n == 1_900 else "") for n in range(3_000))
    view.show_messages([reply(2, text)])
    bar.field.setText("needle")
    qtbot.waitUntil(lambda: finder.current is not None)
    assert view.widget_of(2).is_reading
    assert is_on_screen(view, finder.current)
    assert has_colour(view, rect_of(view, *finder.current), "current")
    settled()
    assert not view.widget_of(2).is_reading
    assert is_on_screen(view, finder.current)
    assert has_colour(view, rect_of(view, *finder.current), "current")
    qtbot.waitUntil(lambda: not finder.is_busy)


def test_while_a_reply_arrives_its_hits_are_counted_and_painted(streaming, look_for, bar, finder, settled, qtbot):
    view = streaming
    view.append_text(2, "a cat and ")
    settled()
    assert look_for("cat") == "1 of 1"
    begin = len(view.text_of(2)) + 2
    view.append_text(2, "**c")
    view.append_text(2, "at** and `cat`")
    qtbot.waitUntil(lambda: bar.count_label.text() == "1 of 3")
    settled()
    assert has_colour(view, rect_of(view, 2, begin, begin + 3), "hit")
    view.append_text(2, "\n===\n\nmore " + paragraphs(3) + " cat")
    view.end_message(reply(2, view.text_of(2)))
    qtbot.waitUntil(lambda: bar.count_label.text() == "1 of 4")
    settled()
    assert view.rows[1].state.status is MessageStatus.COMPLETE
    for _ in range(3):
        step(bar)
        assert is_on_screen(view, finder.current)
        assert has_colour(view, rect_of(view, *finder.current), "current")


def test_what_is_selected_is_looked_for(view, look_for, finder, bar, settled, qtbot):
    view.show_messages([prompt(1, "a cat"), reply(2, "the **cat** sat; cat")])
    settled()
    finder.close()
    view.selection._take(1, "body", ((0, 4), (0, 7)), "word")
    finder.open()
    qtbot.waitUntil(lambda: not finder.is_busy)
    assert bar.query == "cat"
    assert bar.count_label.text().endswith(" of 3")


def test_another_conversation_is_searched_at_once(view, look_for, bar, finder, settled, qtbot):
    view.show_messages([prompt(1, "a cat")])
    assert look_for("cat") == "1 of 1"
    view.show_messages([prompt(11, "cat cat"), reply(12, "Cat")])
    qtbot.waitUntil(lambda: not finder.is_busy)
    settled()
    assert bar.count_label.text().endswith(" of 3")
    assert has_colour(view, rect_of(view, 11, 0, 3), "hit") or has_colour(view, rect_of(view, 11, 0, 3), "current")
