"""What is selected, with mouse and keys, across blocks and messages, and what of it the clipboard holds."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.transcript.copying import block_offsets
from qwen_desktop.ui.transcript.places import markdown_between
from qwen_desktop.ui.transcript.selection import END
from qwen_desktop.ui.transcript.stream import MarkdownStream
from tests.gui.transcript.conftest import LEFT, drawn, prompt, reply
from tests.gui.transcript.test_reading_place import held_formulas, paragraphs, places  # noqa: F401
from tests.unit.transcript.test_copying import TEXT, letters
from tests.unit.transcript.test_stream_equals_whole_parse import any_document

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
ODD = [
    "a\r\nb\r\n\r\nc\r\n",
    "trailing\n\n\n",
    "\n\nleading",
    "nul\0inside",
    "\u0301\u0301 lone marks e\u0301",
    "half \r",
    "😀 👩‍👩‍👧 astral",
    "[x]: https://qwen.ai\n",
    "```\nopen fence\n\n",
    "\u2028 \u202e \ufeff",
    "  \t",
    "$$\nx\n$$\n\n$y$\n",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n\n",
]


def where(view, message_id: int, word: str, section: str = "body", *, is_end: bool = False) -> QPoint:
    """The point of the viewport at which a word begins, or ends."""
    widget = view.widget_of(message_id)
    assert widget is not None
    flow, x, y = widget.section(section)
    for index in range(len(flow.pieces)):
        piece = flow.exact_piece(index)
        whole = piece.plain(0, piece.text_length)
        if word in whole:
            at = whole.index(word) + (len(word) if is_end else 0)
            position = next(p for p in range(piece.text_length + 1) if len(piece.plain(0, p)) >= at)
            caret_x, caret_y = piece.caret(position)
            return widget.pos() + QPoint(round(x + caret_x), round(y + piece.y + caret_y + piece.caret_line_px / 2))
    raise AssertionError(f"{word} is not there")


class Mouse:
    """A mouse whose left button stays down between events, over the widget that was pressed."""

    def __init__(self, view) -> None:
        self.view = view
        self.target = view.viewport()

    def _send(self, kind: QEvent.Type, point: QPoint, buttons, modifiers) -> None:
        button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else LEFT
        everywhere = QPointF(self.view.viewport().mapToGlobal(point))
        local = self.target.mapFromGlobal(everywhere)
        QApplication.sendEvent(self.target, QMouseEvent(kind, local, everywhere, button, buttons, modifiers))

    def press(self, point: QPoint, modifiers=NONE) -> None:
        self.target = self.view.viewport().childAt(point) or self.view.viewport()
        self._send(QEvent.Type.MouseButtonPress, point, LEFT, modifiers)

    def double(self, point: QPoint) -> None:
        self.click(point)
        self._send(QEvent.Type.MouseButtonDblClick, point, LEFT, NONE)

    def move(self, point: QPoint) -> None:
        self._send(QEvent.Type.MouseMove, point, LEFT, NONE)

    def release(self, point: QPoint) -> None:
        self._send(QEvent.Type.MouseButtonRelease, point, Qt.MouseButton.NoButton, NONE)

    def click(self, point: QPoint, modifiers=NONE) -> None:
        self.press(point, modifiers)
        self.release(point)

    def drag(self, begin: QPoint, end: QPoint) -> None:
        self.press(begin)
        self.move((begin + end) / 2)
        self.move(end)
        self.release(end)


@pytest.fixture
def mouse(view) -> Mouse:
    return Mouse(view)


@pytest.fixture
def show(view, settled):
    """Messages of these texts, prompts and replies in turn."""

    def show(*texts: str, first_is_prompt: bool = True) -> None:
        made = [(prompt if (n % 2 == 0) == first_is_prompt else reply)(n + 1, text) for n, text in enumerate(texts)]
        view.show_messages(made)
        settled()

    return show


def key(view, name: str, modifiers=NONE) -> None:
    QTest.keyClick(view, getattr(Qt.Key, f"Key_{name}"), modifiers)


def copied(view) -> str:
    QGuiApplication.clipboard().clear()
    key(view, "C", CONTROL)
    return QGuiApplication.clipboard().text()


def pixels(view) -> QImage:
    return view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


# With the mouse


def test_dragged_across_blocks_and_messages(view, show, mouse):
    show("first prompt here", "One **bold** word.\n\n- item alpha\n- item beta\n", "second prompt", "last `code` words")
    mouse.drag(where(view, 2, "word"), where(view, 2, "alpha", is_end=True))
    assert copied(view) == "word.\n\n- item alpha"
    mouse.drag(where(view, 1, "prompt"), where(view, 2, "bold", is_end=True))
    assert copied(view) == "prompt here\n\nOne **bold**"
    mouse.drag(where(view, 4, "words"), where(view, 1, "here"))  # backwards
    whole = "One **bold** word.\n\n- item alpha\n- item beta\n"
    assert copied(view).rstrip(" ") == f"here\n\n{whole}\n\nsecond prompt\n\nlast `code`"


def test_shift_and_a_click_selects_up_to_there_over_messages_without_widget(view, settled, mouse):
    texts = [f"message {n} with **words**" for n in range(2_000)]
    view.show_messages([(reply if n % 2 else prompt)(n, text) for n, text in enumerate(texts)])
    settled()
    view.verticalScrollBar().setValue(0)
    settled()
    mouse.click(where(view, 3, "with"))
    view.setFocus()  # a message with the keyboard keeps its widget
    for _ in range(50):
        key(view, "PageDown")
    settled()
    assert view.widget_of(3) is None
    last = next(w.state.id for w in view.widgets() if w.y() > 100 and w.state.id % 2)
    mouse.click(where(view, last, "words"), SHIFT)
    got = copied(view)
    assert got.startswith("with **words**\n\nmessage 4 with **words**\n\nmessage 5")
    assert got.endswith(f"\n\n{texts[last - 1]}\n\nmessage {last} with") or got.endswith(f"message {last} with ")
    assert got.count("message") == last - 3


def test_dragging_beyond_the_edge_scrolls_and_selects_on(view, show, mouse, qtbot, monkeypatch):
    show(paragraphs(30), paragraphs(30, 100))
    view.verticalScrollBar().setValue(200)
    monkeypatch.setattr(QGuiApplication, "mouseButtons", staticmethod(lambda: LEFT))
    begin = QPoint(view.width() // 2, 300)
    mouse.press(begin)
    mouse.move(QPoint(300, 640))
    began = view._column.top
    qtbot.waitUntil(lambda: view._column.top > began + 900)
    first = len(view.selected_text())
    assert first > 2_000
    mouse.move(QPoint(300, 400))  # back inside: it stops
    stopped = view._column.top
    QApplication.processEvents()
    assert view._column.top == stopped
    mouse.move(QPoint(300, -60))
    qtbot.waitUntil(lambda: view._column.top < began - 50)
    mouse.release(QPoint(300, -60))
    assert view.selection._autoscroll is not None
    assert not view.selection._autoscroll.isActive()
    assert 0 < len(view.selected_text()) < first


def test_a_word_and_words_then_a_paragraph_and_paragraphs(view, show, mouse):
    show("ask", "alpha beta gamma delta\n\nsecond one here\n\nthird one")
    inside = where(view, 2, "eta gamma")
    mouse.double(inside)
    assert copied(view) == "beta"
    mouse.move(where(view, 2, "elta"))
    mouse.release(where(view, 2, "elta"))
    assert copied(view) == "beta gamma delta"
    mouse.double(where(view, 2, "eta gamma"))
    mouse.release(inside)
    mouse.press(inside)
    assert copied(view) == "alpha beta gamma delta"
    mouse.move(where(view, 2, "one here"))
    mouse.release(where(view, 2, "one here"))
    assert copied(view) == "alpha beta gamma delta\n\nsecond one here"


def test_a_click_clears_it(view, show, mouse):
    show("ask", "alpha beta gamma delta")
    before = pixels(view)
    key(view, "A", CONTROL)
    assert pixels(view) != before
    mouse.click(where(view, 2, "gamma"))
    assert view.selection.is_empty
    assert copied(view) == ""
    key(view, "A", CONTROL)
    mouse.click(QPoint(5, 590))
    assert view.selection.is_empty


def test_reasoning_is_selected_within_its_message_only(view, settled, mouse):
    view.show_messages(
        [prompt(1, "ask"), reply(2, "text of it", reasoning="thought **one**\n\nthought two"), prompt(3, "more")]
    )
    view.widget_of(2)._toggle_reasoning()
    settled()
    mouse.drag(where(view, 2, "one", "reasoning"), where(view, 3, "more", is_end=True))
    assert copied(view) == "**one**\n\nthought two"
    mouse.drag(where(view, 2, "two", "reasoning"), where(view, 1, "ask"))
    assert copied(view) == "thought **one**\n\nthought "[: len(copied(view))]
    mouse.drag(where(view, 1, "ask"), where(view, 3, "more", is_end=True))
    assert copied(view) == "ask\n\ntext of it\n\nmore"
    key(view, "A", CONTROL)
    assert copied(view) == "ask\n\ntext of it\n\nmore"


def test_of_code_with_a_line_that_is_shown_as_several(view, show):
    code = "\n".join(["one 😀", "w" * 2_500 + " needle " + "v" * 900, "last"])
    show("ask", f"text\n\n```\n{code}\n```\n")
    flow = view.widget_of(2).body
    first, last = flow.whole_piece((1, 0))
    assert flow.plain(first, last) == f"{code}\n"
    assert markdown_between(flow, view.text_of(2), first, last).strip("`\n") == code
    begin = flow.pieces[1].plain(0, 9_999).index("needle")
    position = next(p for p in range(last[1]) if len(flow.pieces[1].plain(0, p)) == begin and p > begin)
    assert markdown_between(flow, view.text_of(2), (1, position), (1, position + 6)) == "needle"


# With the keyboard


def test_shift_and_arrows(view, show, mouse):
    show("ask", "alpha beta gamma\n\nsecond 😀 line", "more")
    mouse.click(where(view, 2, "beta"))
    for _ in range(3):
        key(view, "Right", SHIFT)
    assert copied(view) == "bet"
    key(view, "Left", SHIFT)
    assert copied(view) == "be"
    key(view, "Right", SHIFT | CONTROL)
    assert copied(view).rstrip() == "beta"
    key(view, "End", SHIFT)
    assert copied(view) == "beta gamma"
    key(view, "Home", SHIFT)
    assert copied(view).rstrip() == "alpha"
    key(view, "Down", SHIFT)
    assert copied(view).startswith("beta gamma\n\nsec") or copied(view) == "beta gamma"
    mouse.click(where(view, 2, "line"))
    for _ in range(4):
        key(view, "Left", SHIFT | CONTROL)
    assert "😀" in copied(view)
    mouse.click(where(view, 2, "line", is_end=True))
    key(view, "Right", SHIFT)
    key(view, "Right", SHIFT)
    assert copied(view) == "m"
    mouse.click(where(view, 2, "alpha"))
    key(view, "Up", SHIFT)
    key(view, "Left", SHIFT)
    assert copied(view) in ("k", "sk", "ask")


def test_control_shift_home_and_end_reach_the_first_and_the_last_message(view, settled, mouse):
    texts = [f"message {n} has `code`" for n in range(600)]
    view.show_messages([(reply if n % 2 else prompt)(n, text) for n, text in enumerate(texts)])
    settled()
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    settled()
    row = view.rows[view._column.row_at(view._column.top + 300)].index | 1
    mouse.click(where(view, row, "has"))
    key(view, "Home", SHIFT | CONTROL)
    assert copied(view).rstrip() == "\n\n".join([*texts[:row], f"message {row}"])
    assert view.widget_of(0) is not None
    key(view, "End", SHIFT | CONTROL)
    assert copied(view) == "\n\n".join(["has `code`", *texts[row + 1 :]])
    key(view, "A", CONTROL)
    assert copied(view) == "\n\n".join(texts)


@pytest.mark.parametrize(("on", "back"), [("Right", "Left"), ("Down", "Up")])
def test_the_end_of_it_goes_through_anything_and_back_again(view, settled, on, back):
    chance = random.Random("steps")
    for text in [TEXT, *(any_document(chance) for _ in range(25))]:
        view.show_messages([reply(1, text[:400]), reply(2, "behind")])
        flow = view.rows[0].widget.body
        view.selection._take(0, "body", ((0, 0), (0, 0)), "place")
        passed: list[tuple[int, tuple[int, int]]] = []
        for name in (on, back):
            for _ in range(900):
                before = view.selection._focus
                key(view, name, SHIFT)
                now = view.selection._focus
                if now == before:
                    break
                assert (now > before) == (name == on), repr(text)
                passed.append(now)
            else:
                raise AssertionError("it does not end")
            assert view.selection._focus[0] == (1 if name == on else 0), repr(text)
        if on == "Right":
            assert {mark[0] for row, mark in passed if row == 0} == set(range(len(flow.pieces))), repr(text)
    settled()


# What happens to it


def test_it_is_dropped_where_the_text_is_replaced_and_kept_elsewhere(view, show, mouse):
    show("ask", "alpha beta gamma", "other", "last text")
    mouse.drag(where(view, 2, "beta"), where(view, 2, "beta", is_end=True))
    view.replace_text(4, "new", "")
    assert copied(view) == "beta"
    view.replace_text(2, "something else", "")
    assert view.selection.is_empty
    assert copied(view) == ""


def test_it_stays_while_the_reply_grows(streaming, settled, mouse):
    streaming.append_text(2, "alpha *beta* gamma")
    settled()
    mouse.drag(where(streaming, 2, "beta"), where(streaming, 2, "gam", is_end=True))
    for piece in ("", " on", "\n===\n\n", "- a\n", "\n- b\n", paragraphs(90)):
        streaming.append_text(2, piece)
        streaming.flush()
        assert copied(streaming) == "*beta* gam", piece
    settled()


def test_formulas_that_are_drawn_leave_the_same_words_selected(view, show, mouse, qtbot, settled, held_formulas):  # noqa: F811
    show(
        "ask", r"alpha $\sqrt{x_{77}^3}$ beta $\sqrt{y_{77}^3}$ gamma delta" + "\n\n" + r"$$\frac{77}{99}$$" + "\n\nend"
    )
    mouse.drag(where(view, 2, "gamma"), where(view, 2, "gamma", is_end=True))
    assert copied(view) == "gamma"
    held_formulas()
    drawn(qtbot, settled)
    assert len(view.widget_of(2).body.pieces[0].plain(0, 7)) > 7
    assert copied(view) == "gamma"
    begin, end = view.selection.in_section(1, "body")
    assert view.widget_of(2).body.plain(begin, end) == "gamma"
    view.set_zoom(1.5)  # they are drawn anew, and shown as written meanwhile
    assert copied(view) == "gamma"
    drawn(qtbot, settled)
    assert copied(view) == "gamma"
    mouse.click(where(view, 2, "delta", is_end=True), SHIFT)
    assert copied(view) == "gamma delta"


def test_formulas_within_it_are_copied_as_they_were_written(view, show, mouse, qtbot, settled):
    show("ask", r"one $x^2$ two" + "\n\n" + r"$$\frac{1}{2}$$" + "\n\nthree")
    drawn(qtbot, settled)
    mouse.drag(where(view, 2, "one"), where(view, 2, "three", is_end=True))
    assert copied(view) == r"one $x^2$ two" + "\n\n" + r"$$\frac{1}{2}$$" + "\n\nthree"
    mouse.drag(where(view, 2, "ne "), where(view, 2, "tw", is_end=True))
    assert copied(view) == r"ne $x^2$ tw"


def test_it_is_painted_again_when_its_message_comes_back(view, settled, mouse):
    view.show_messages([prompt(n, f"message {n} has words") for n in range(600)])
    settled()
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    settled()
    row = view.rows[view._column.row_at(view._column.top + 300)].index
    plain = view.widget_of(row).grab().toImage()
    mouse.drag(where(view, row, "has"), where(view, row, "wor", is_end=True))
    view.setFocus()
    painted = view.widget_of(row).grab().toImage()
    assert painted != plain
    view.verticalScrollBar().setValue(0)
    settled()
    view.follow()
    settled()
    assert view.widget_of(row) is None
    view.verticalScrollBar().setValue(view._column.y(row) - 100)
    settled()
    assert view.widget_of(row).grab().toImage() == painted
    assert copied(view) == "has wor"


LONG = "\n\n".join(f"- **item** number{n} with `code` here\n- other{n}\n\n> quoted{n} words" for n in range(700))


def test_in_a_long_text_that_is_read_again_the_same_words_are_selected(view, settled, mouse, qtbot):
    view.show_messages([reply(1, LONG), *(prompt(n, f"message {n}") for n in range(2, 300))])
    view.verticalScrollBar().setValue(0)
    settled()
    body = view.widget_of(1).body
    middle = next(k for k, piece in enumerate(body.pieces) if "number350 " in piece.plain(0, 99))
    view.reveal_place(0, "body", middle, 0)
    settled()
    mouse.drag(where(view, 1, "number350"), where(view, 1, "quoted350", is_end=True))
    wanted = copied(view)
    assert wanted.startswith("- number350 with `code` here\n- other350")
    assert wanted.endswith("> quoted350")
    view.setFocus()
    view.follow()
    settled()
    for _ in range(20):
        key(view, "PageUp")
    settled()
    assert view.widget_of(1) is None
    raw = copied(view)  # not read yet: as it was written
    assert view.widget_of(1).is_reading
    assert raw.startswith("number350 with `code` here\n- other350")
    assert raw.endswith("quoted350")
    key(view, "Home")
    settled()
    assert not view.widget_of(1).is_reading
    assert copied(view) == wanted
    begin, end = view.selection.in_section(0, "body")
    assert view.widget_of(1).body.plain(begin, end).startswith("number350 with")


def test_while_a_long_text_is_read_the_same_words_are_selected(view, settled, mouse, qtbot):
    view.show_messages([prompt(1, "x"), reply(2, LONG)])
    view.verticalScrollBar().setValue(int(view.verticalScrollBar().maximum() * 0.8))
    widget = view.widget_of(2)
    assert widget.is_reading
    _, x, _ = widget.section("body")
    begin, end = QPoint(x, 200), QPoint(x + 70, 320)
    mouse.drag(begin, end)
    raw = view.selected_text()
    assert len(letters(raw)) > 20
    read = []

    def is_read() -> bool:
        read.append(letters(view.selected_text()))
        return not widget.is_reading

    qtbot.waitUntil(is_read, timeout=20_000)
    settled()
    assert len(set(read)) <= 2
    assert letters(view.selection.plain()) == letters(raw)


# The clipboard


def test_the_clipboard_has_markdown_as_text_and_as_itself_and_html_beside_it(view, show, mouse):
    show("ask", "# Head\n\nOne **bold** `x` [link](https://qwen.ai)\r\n\r\n| a |\n|---|\n| 1 |\n")
    mouse.click(where(view, 2, "Head"))
    view.selection.select_message(1)
    key(view, "C", CONTROL)
    data = QGuiApplication.clipboard().mimeData()
    text = view.text_of(2)
    assert data.text() == text
    assert bytes(data.data("text/plain")) in (text.encode(), b"") or data.text() == text
    assert bytes(data.data("text/markdown")) == text.encode()
    assert "<h1>Head</h1>" in data.html()
    assert "<strong>bold</strong>" in data.html()
    view.widget_of(2).act("copy_plain")
    data = QGuiApplication.clipboard().mimeData()
    assert data.text() == "Head\n\nOne bold x link\n\na\n1"
    assert not data.hasHtml()
    assert not data.hasFormat("text/markdown")


def test_plain_text_of_several_messages(view, show):
    show("**as typed**", "one *two*\n\n- three")
    view.selection.select_all()
    view.selection.copy_plain()
    assert QGuiApplication.clipboard().text() == "**as typed**\n\none two\n\n• three"


def documents(count: int, seed: str) -> list[str]:
    chance = random.Random(seed)
    return [*ODD, TEXT, *(any_document(chance) for _ in range(count))]


def test_whole_messages_are_exact_however_they_are_selected(view, show, mouse):
    for text in documents(60, "whole"):
        view.show_messages([reply(1, text)])
        key(view, "A", CONTROL)
        assert view.selected_text() == text
        view.selection.clear()
        view.selection.select_message(0)
        assert view.selected_text() == text
        view.selection.clear()
        key(view, "Home", SHIFT | CONTROL)
        key(view, "End", SHIFT | CONTROL)
        assert view.selected_text() == text


def test_dragged_from_before_the_first_to_behind_the_last_character_it_is_exact(view, settled, mouse):
    view.resize(900, 1_400)
    for text in documents(25, "dragged"):
        for end_ in ("", "\n\nend"):
            view.show_messages([reply(1, text + end_)])
            view.flush()
            widget = view.widget_of(1)
            if widget.height() > 1_390 or all(piece.kind == "rule" for piece in widget.body.pieces):
                continue
            bottom = widget.y() + widget._body_y + widget.body.height + 3
            mouse.drag(QPoint(2, widget.y() + widget._body_y - 6), QPoint(860, bottom))
            assert view.selected_text() == text + end_
            mouse.drag(QPoint(860, bottom), QPoint(2, widget.y() + 1))
            assert view.selected_text() == text + end_
    settled()


def test_several_whole_messages_are_joined_by_a_blank_line(view, settled):
    texts = documents(10, "several")
    view.show_messages([(reply if n % 2 else prompt)(n, text) for n, text in enumerate(texts)])
    key(view, "A", CONTROL)
    assert view.selected_text() == "\n\n".join(texts)
    settled()


def rendered(markdown: str) -> str:
    stream = MarkdownStream()
    stream.feed(markdown)
    stream.update(final=True)
    leaves = [leaf for block in stream.blocks for leaf in block_offsets(block, stream.definitions)]
    return letters("".join(leaf.text for leaf in leaves))


PARTS = st.sampled_from(
    [*TEXT.strip().split("\n\n"), "1. a\n\n   b\n\n   ```\n   c\n   ```", "    code", "***", "x  \ny", "> - q\n>   r",
     "*a `b` c* **d [e](https://qwen.ai) f**", "中文，**段落**。", "😀 a 👍🏽 b"]
)  # fmt: skip


@given(st.lists(PARTS, min_size=1, max_size=6).map("\n\n".join), st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_part_reads_as_what_was_selected(view, text, data):
    view.show_messages([reply(1, text)])
    flow = view.rows[0].widget.body
    first = data.draw(st.integers(0, len(flow.pieces) - 1))
    last = data.draw(st.integers(first, len(flow.pieces) - 1))
    begin = data.draw(st.integers(0, flow.exact_piece(first).text_length))
    end = data.draw(st.integers(begin if first == last else 0, flow.exact_piece(last).text_length))
    got = markdown_between(flow, text, (first, begin), (last, end))
    if {"table", "math"} & {flow.pieces[first].kind, flow.pieces[last].kind}:
        return  # rows and formulas are taken whole
    is_within_code = first == last and flow.pieces[first].kind == "code" and "```" not in got  # all: with its fence
    assert (letters(got) if is_within_code else rendered(got)) == letters(flow.plain((first, begin), (last, end)))


def test_no_part_of_anything_is_too_odd_to_be_copied(view, settled):
    chance = random.Random("odd parts")
    for text in documents(60, "parts"):
        view.show_messages([reply(1, text)])
        flow = view.rows[0].widget.body
        for _ in range(12):
            if flow.pieces:
                marks = sorted(
                    (index, chance.randint(0, flow.exact_piece(index).text_length))
                    for index in (chance.randrange(len(flow.pieces)) for _ in range(2))
                )
                assert isinstance(markdown_between(flow, text, *marks), str)
                assert isinstance(markdown_between(flow, text, marks[0], END), str)
    settled()


def test_the_streaming_reply_is_selected_up_to_what_is_there(streaming, settled):
    streaming.append_text(2, "one **two")
    settled()
    assert streaming.rows[1].state.status is MessageStatus.WRITING
    key(streaming, "A", CONTROL)
    assert streaming.selected_text() == "Tell me\n\none **two"
    streaming.append_text(2, "** three")
    settled()
    assert streaming.selected_text() == "Tell me\n\none **two** three"


def test_a_reply_without_a_word_yet_is_gone_through_by_the_keyboard(streaming, settled):
    settled()
    key(streaming, "End", SHIFT | CONTROL)
    for step in ("Up", "Right", "Home", "Down", "Left", "End"):
        key(streaming, step, SHIFT)
    assert streaming.selected_text().strip() in "Tell me"


def test_what_came_into_view_while_it_was_selected_is_painted_without_it_afterwards(view, settled):
    view.show_messages([prompt(number, "word " * 200) for number in range(1, 60)])
    settled()
    view.selection.select_all()
    view.verticalScrollBar().setValue(0)
    settled()
    selected = view.screen().grabWindow(view.winId()).toImage()
    view.selection.clear()
    settled()
    shown = view.screen().grabWindow(view.winId()).toImage()
    assert shown != selected
