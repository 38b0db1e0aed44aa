"""A transcript shown as plain text: every character as it was written, also while it arrives; and who hears of work."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication

from qwen_desktop.core.chat.message import MessageStatus
from qwen_desktop.ui.transcript.blocks import TextPiece
from qwen_desktop.ui.transcript.flow import PLAIN_SLICE, Flow
from tests.gui.transcript.conftest import prompt, reply

MARKDOWN = """# A *heading*

- item `code`

```python
print(1)
```

| a | b |
|---|---|
| 1 | 2 |

$$x^2$$
\\end"""


def is_shown(flow: Flow, text: str) -> bool:
    """The pieces are this text as it was written; a line end between two of them is in neither."""
    assert flow.stream is None
    at = 0
    for piece in flow.pieces:
        assert isinstance(piece, TextPiece)
        part = piece.runs[0][0]
        assert text.startswith(part, at)
        at += len(part) + text.startswith("\n", at + len(part))
    return at == len(text)


def test_text_and_reasoning_are_shown_as_they_were_written(view, settled) -> None:
    view.show_messages([prompt(1, "Tell me"), reply(2, MARKDOWN, reasoning="*so*\n\n- it is")], as_plain=True)
    settled()
    widget = view.widget_of(2)
    assert is_shown(widget.body, MARKDOWN)
    assert is_shown(widget.reasoning, "*so*\n\n- it is")
    view.show_messages([prompt(1, "Tell me"), reply(2, MARKDOWN, reasoning="*so*")])
    settled()
    assert view.widget_of(2).body.stream is not None
    assert view.widget_of(2).reasoning.stream is not None


def test_a_reply_that_arrives_is_shown_as_it_is_written(view, settled) -> None:
    view.show_messages([prompt(1, "Tell me")], as_plain=True)
    view.add_message(reply(2, "", MessageStatus.WRITING))
    for at in range(0, len(MARKDOWN), 3):
        view.append_text(2, MARKDOWN[at : at + 3])
        view.flush()
    view.append_reasoning(2, "**why**")
    settled()
    assert is_shown(view.widget_of(2).body, MARKDOWN)
    assert is_shown(view.widget_of(2).reasoning, "**why**")
    view.end_message(reply(2, MARKDOWN, reasoning="**why**"))
    settled()
    assert is_shown(view.widget_of(2).body, MARKDOWN)
    view.replace_text(2, "**other**", "")
    settled()
    assert is_shown(view.widget_of(2).body, "**other**")


def test_what_is_copied_is_the_exact_text_and_nothing_is_read_for_it(view, settled) -> None:
    text = "".join(f"{MARKDOWN}\r\n\t{number}\n" for number in range(40))
    view.show_messages([prompt(1, "*Tell* me"), reply(2, text), prompt(3, "x"), reply(4, MARKDOWN)], as_plain=True)
    settled()
    clipboard = QApplication.clipboard()
    for copy, expected in (
        (view.widget_of(4).copy_all, MARKDOWN),
        (view.widget_of(4).copy_plain, MARKDOWN),
        (lambda: (view.selection.select_all(), view.selection.copy()), f"*Tell* me\n\n{text}\n\nx\n\n{MARKDOWN}"),
        (view.selection.copy_plain, f"*Tell* me\n\n{text}\n\nx\n\n{MARKDOWN}"),
    ):
        clipboard.clear()
        copy()
        assert clipboard.text() == expected
        assert not clipboard.mimeData().hasHtml()


def test_a_part_of_a_long_line_is_copied_as_it_is(view, settled) -> None:
    text = "one two three " * 1000
    view.show_messages([reply(1, text)], as_plain=True)
    settled()
    last = view.widget_of(1).body.end_mark()
    view.selection._take(0, "body", ((0, 4), (last[0], last[1] - 1)), "place")
    for copy in (view.selection.copy, view.selection.copy_plain):
        copy()
        assert QApplication.clipboard().text() == text[4:-1]


def test_keys_to_headings_and_screen_readers_find_no_markdown_in_it(view, settled) -> None:
    view.show_messages([prompt(1, "Tell me"), reply(2, MARKDOWN)], as_plain=True)
    settled()
    before = view.verticalScrollBar().value()
    view._walker.go_to_heading(-1)
    assert view.verticalScrollBar().value() == before
    found = QAccessible.queryAccessibleInterface(view.widget_of(2))
    assert found.text(QAccessible.Text.Description) == ""
    assert found.textInterface().text(0, 1 << 20) == MARKDOWN


@pytest.mark.parametrize("text", ["ab\n" * 100_000, "word " * 250_000, "汉" * 400_000, "x" * 1_000_000])
def test_a_long_one_comes_in_slices_and_is_whole_in_the_end(view, settled, text: str) -> None:
    view.show_messages([reply(1, text)], as_plain=True)
    flow = view.widget_of(1).body
    assert flow.is_reading
    assert sum(len(piece.runs[0][0]) for piece in flow.pieces) <= PLAIN_SLICE
    settled()
    assert not flow.is_reading
    assert is_shown(flow, text)
    assert view.is_following
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()
    assert view.widget_at(QPoint(10, 10)).state.id == 1


def test_text_that_arrives_while_a_long_one_is_read_comes_behind_it(view, settled) -> None:
    long = "a line\n" * 40_000
    view.show_messages([reply(1, long, MessageStatus.WRITING)], as_plain=True)
    for _ in range(5):
        view.append_text(1, "*more*\n")
        view.flush()
    settled()
    assert is_shown(view.widget_of(1).body, long + "*more*\n" * 5)


def test_work_is_told_before_anything_is_laid_out(view, settled) -> None:
    laid_out: list[int] = []
    view.tell_work = lambda: laid_out.append(len(view.widgets()))
    view.show_messages([prompt(number, "Tell me") for number in range(200)])
    assert laid_out[0] == 0
    settled()
    for work in (
        lambda: view.scroll_by(-300),
        lambda: view.resize(700, 500),
        lambda: view.add_message(reply(500, "", MessageStatus.WRITING)),
        lambda: (view.append_text(500, "text"), view.flush()),
        lambda: view.end_message(reply(500, "text")),
        lambda: view.zoom_by(1),
    ):
        laid_out.clear()
        work()
        assert laid_out
        settled()
    laid_out.clear()
    view.repaint()
    assert not laid_out, "what was painted before may be painted again"
