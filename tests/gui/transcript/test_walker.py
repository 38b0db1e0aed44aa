"""Ctrl+Up and Ctrl+Down through messages, Alt+Up and Alt+Down through headings, far beyond what has a widget."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor
from PySide6.QtWidgets import QApplication, QWidget

from qwen_desktop.ui.transcript.walker import TOP_MARGIN_PX
from tests.gui.transcript.conftest import prompt, reply

CTRL, ALT, SHIFT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
UP, DOWN = Qt.Key.Key_Up, Qt.Key.Key_Down
PARAGRAPH = "Some words that make a line or two of text, and then some more of them. 中文也有一些。\n\n"


@pytest.fixture
def press(qtbot, view, settled):
    """Press a key where the keyboard is, and wait until all is on the screen."""
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.setFocus()

    def pressed(key, modifiers=Qt.KeyboardModifier.NoModifier):
        qtbot.keyClick(QApplication.focusWidget(), key, modifiers)
        qtbot.waitUntil(lambda: not view._walker._timer.isActive())
        settled()

    return pressed


def conversation(count: int, size: int = 3):
    return [(prompt if n % 2 else reply)(n, f"text {n}\n\n" + PARAGRAPH * (n % size)) for n in range(1, count + 1)]


def focused_id(view):
    widget = QApplication.focusWidget()
    return None if widget is None or widget is view else widget.state.id


def is_on_screen(view, widget: QWidget) -> bool:
    return (
        widget.y() < view.viewport().height() - TOP_MARGIN_PX and widget.y() + widget.height() > 0 and widget.y() > -1
    )


def ring_of(view, widget) -> int:
    """Pixels of the colour of the focus ring on the left line of it."""
    picture = widget.grab().toImage()
    accent = QColor(widget._style.colours.accent)
    x = widget._box.left() if widget.state.is_prompt else widget._column.left() - 8
    return sum(picture.pixelColor(x, y) == accent for y in range(min(picture.height(), 500)))


def test_the_keyboard_walks_up_and_down_through_messages_far_from_the_screen(view, settled, press):
    view.show_messages(conversation(2_000))
    settled()
    for expected in range(2_000, 1_900, -1):
        press(UP, CTRL)
        assert focused_id(view) == expected
        assert is_on_screen(view, view.widget_of(expected))
        assert len(view.widgets()) < 100
    assert ring_of(view, view.widget_of(1_901)) > 20
    for expected in range(1_902, 2_001):
        press(DOWN, CTRL)
        assert focused_id(view) == expected
        assert is_on_screen(view, view.widget_of(expected))
    assert ring_of(view, view.widget_of(2_000)) > 20
    assert ring_of(view, view.widget_of(1_999)) == 0
    press(DOWN, CTRL)
    assert focused_id(view) == 2_000


def test_the_first_message_is_the_last_stop_upwards(view, settled, press):
    view.show_messages(conversation(2_000))
    settled()
    press(Qt.Key.Key_Home)
    for expected in (1, 2, 3, 2, 1, 1):
        press(DOWN if expected > (focused_id(view) or 0) else UP, CTRL)
        assert focused_id(view) == expected
        assert is_on_screen(view, view.widget_of(expected))
    assert view.verticalScrollBar().value() < 10


def test_the_walk_begins_at_what_is_read(view, settled, press):
    view.show_messages(conversation(2_000))
    settled()
    press(Qt.Key.Key_Home)
    for _ in range(30):
        press(Qt.Key.Key_PageDown)
    read = view.reading_id
    assert 20 < read < 1_000
    press(DOWN, CTRL)
    assert focused_id(view) == read
    assert view.widget_of(read).y() == 0


def test_a_message_higher_than_the_screen_is_shown_from_its_top(view, settled, press):
    view.show_messages([reply(n, PARAGRAPH * 40) for n in range(1, 10)])
    settled()
    for expected in (9, 8, 7):
        press(UP, CTRL)
        assert focused_id(view) == expected
        assert view.widget_of(expected).y() == 0


def test_the_keyboard_in_a_button_counts_as_its_message(view, settled, press):
    view.show_messages(conversation(20))
    settled()
    for _ in range(4):
        press(UP, CTRL)
    assert focused_id(view) == 17
    button = view.widget_of(17)._footer.buttons[0]
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert QApplication.focusWidget() is button
    press(DOWN, CTRL)
    assert focused_id(view) == 18
    view.widget_of(18)._footer.buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
    press(UP, CTRL)
    assert focused_id(view) == 17


def test_no_messages_no_walk(view, settled, press):
    for key in (UP, DOWN):
        for modifier in (CTRL, ALT):
            press(key, modifier)
    assert QApplication.focusWidget() is view


@pytest.mark.parametrize("modifiers", [CTRL | SHIFT, ALT | SHIFT, CTRL | ALT])
def test_other_keys_do_not_walk(view, settled, press, modifiers):
    view.show_messages(conversation(20))
    settled()
    press(UP, modifiers)
    assert QApplication.focusWidget() is view


# Headings

REPLY = f"""{PARAGRAPH * 6}# One of {{n}}

{PARAGRAPH * 14}```sh
# no heading
## neither
```

Under of {{n}}
-----

{PARAGRAPH * 14}
> ## Quoted of {{n}}

{PARAGRAPH * 14}
"""
WORDS = ("One of", "Under of", "Quoted of")


def with_headings(count: int):
    """Every fourth message has headings, the others are prompts with something like one, and short replies."""
    kinds = {0: (reply, REPLY), 2: (reply, "short")}
    made = [(n, *kinds.get(n % 4, (prompt, "# not one"))) for n in range(1, count + 1)]
    return [make(n, text.replace("{n}", str(n))) for n, make, text in made]


def heading_at_top(view, words: str) -> float:
    """How far below the top of the screen the piece with these words is."""
    widget = QApplication.focusWidget()
    piece = next(piece for piece in widget.body.pieces if piece.plain(0, 1_000).startswith(words))
    return widget.y() + widget.section("body")[2] + piece.y


def at_end(view) -> bool:
    return view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_headings_are_walked_across_messages_both_ways(view, settled, press):
    view.show_messages(with_headings(2_000))
    settled()
    expected = [(n, words) for n in range(2_000, 1_960, -4) for words in reversed(WORDS)]
    for n, words in expected:
        press(UP, ALT)
        assert focused_id(view) == n
        assert at_end(view) or heading_at_top(view, f"{words} {n}") == pytest.approx(TOP_MARGIN_PX, abs=1)
        assert at_end(view) == ((n, words) == expected[0])
        assert view.widget_of(n).shows_focus
    for n, words in expected[-2::-1]:
        press(DOWN, ALT)
        assert focused_id(view) == n
        assert at_end(view) or heading_at_top(view, f"{words} {n}") == pytest.approx(TOP_MARGIN_PX, abs=1)
    was = view.verticalScrollBar().value()
    press(DOWN, ALT)
    assert (focused_id(view), view.verticalScrollBar().value()) == (2_000, was)


def test_the_first_heading_is_the_last_stop_upwards(view, settled, press):
    view.show_messages(with_headings(12))
    settled()
    for _ in range(3 * 3):
        press(UP, ALT)
    assert focused_id(view) == 4
    was = heading_at_top(view, "One of 4")
    assert was == pytest.approx(TOP_MARGIN_PX, abs=1)
    press(UP, ALT)
    assert (focused_id(view), heading_at_top(view, "One of 4")) == (4, was)


def test_where_nothing_has_the_keyboard_headings_are_looked_for_from_what_is_read(view, settled, press):
    view.show_messages(with_headings(100))
    settled()
    widget = view.materialise(39)
    view.bring_to_top(39, ("body", next(i for i, p in enumerate(widget.body.pieces) if p.kind == "code"), 0.0, -1), 0.0)
    settled()
    press(UP, ALT)
    assert focused_id(view) == 40
    assert heading_at_top(view, "One of 40") == pytest.approx(TOP_MARGIN_PX, abs=1)
    view.setFocus()
    press(DOWN, ALT)
    assert heading_at_top(view, "One of 40") == pytest.approx(TOP_MARGIN_PX, abs=1), "it is below the top"
    press(DOWN, ALT)
    assert heading_at_top(view, "Under of 40") == pytest.approx(TOP_MARGIN_PX, abs=1)


def test_who_scrolled_on_goes_on_from_there(view, settled, press):
    view.show_messages(with_headings(100))
    settled()
    press(Qt.Key.Key_Home)
    press(DOWN, ALT)
    assert heading_at_top(view, "One of 4") == pytest.approx(TOP_MARGIN_PX, abs=1)
    while heading_at_top(view, "Under of 4") > -100:
        press(DOWN)
    assert focused_id(view) == 4
    press(DOWN, ALT)
    assert heading_at_top(view, "Quoted of 4") == pytest.approx(TOP_MARGIN_PX, abs=1)


def test_headings_at_the_end_are_walked_though_they_cannot_come_to_the_top(view, settled, press):
    view.show_messages([reply(1, PARAGRAPH * 30 + "# A\n\nx\n\n# B\n\ny\n\n# C\n\nz\n")])
    settled()
    press(Qt.Key.Key_Home)
    listened = QAccessible.isActive()
    QAccessible.setActive(True)
    try:
        for words in ("A", "B", "C", "C"):
            press(DOWN, ALT)
            assert at_end(view)
            assert caret_line(view) == f"# {words}"
        for words in ("B", "A", "A"):
            press(UP, ALT)
            assert caret_line(view) == f"# {words}"
    finally:
        QAccessible.setActive(listened)


def caret_line(view) -> str:
    """The line of the exact text in which the screen reader's caret is."""
    text = QAccessible.queryAccessibleInterface(QApplication.focusWidget()).textInterface()
    position = text.cursorPosition()
    return text.text(position, min(position + 80, text.characterCount())).split("\n")[0]


def test_the_caret_of_a_screen_reader_stands_at_the_heading(view, settled, press):
    view.show_messages([prompt(1, "😀"), reply(2, "😀 smiles 😀\n\n" + REPLY.replace("{n}", "2"))])
    settled()
    press(Qt.Key.Key_Home)
    listened = QAccessible.isActive()
    QAccessible.setActive(True)
    try:
        lines = []
        for _ in WORDS:
            press(DOWN, ALT)
            lines.append(caret_line(view))
    finally:
        QAccessible.setActive(listened)
    assert lines == ["# One of 2", "Under of 2", "> ## Quoted of 2"]


def test_a_prompt_has_no_headings(view, settled, press):
    view.show_messages([prompt(n, "# looks like one\n\n" + PARAGRAPH) for n in range(1, 50)])
    settled()
    press(UP, ALT)
    press(DOWN, ALT)
    assert QApplication.focusWidget() is view


def test_thousands_of_messages_without_a_heading_are_looked_through_in_slices(view, settled, press, qtbot, monkeypatch):
    monkeypatch.setattr("qwen_desktop.ui.transcript.walker.SLICE_S", 0.0)  # one message at a time
    view.show_messages([reply(1, "# The only one"), *(reply(n, "```\n# code\n```\n") for n in range(2, 501))])
    settled()
    qtbot.keyClick(view, UP, ALT)
    assert focused_id(view) is None, "it is still being looked for"
    qtbot.waitUntil(lambda: focused_id(view) == 1)
    view.setFocus()
    view.follow()
    qtbot.keyClick(view, UP, ALT)
    view.show_messages(conversation(10))
    qtbot.waitUntil(lambda: not view._walker._timer.isActive())
    assert QApplication.focusWidget() is view
